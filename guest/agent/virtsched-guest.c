/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtsched-guest: keeps what the host takes for background on some of the guest's CPUs, so that a vCPU's weight does not change with
 * every switch between a build and what the person works with; and tells the guest's module who plays sound. Runs as a service of
 * the guest, beside virtsched_guest.ko. A process stays in its unit: its threads go into a threaded child of the unit's cgroup
 * (cgroup v2, cpuset), and come back when the host says so, when this ends, and when it starts after having been killed.
 *
 * Here: options, waiting for the module's files, and the loop. vsg-background.c has who is slow, vsg-sound.c who plays.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vsg-background.h"
#include "vsg-cpus.h"
#include "vsg-files.h"
#include "vsg-groups.h"
#include "vsg-sound.h"

#define DRIVER "/sys/bus/pci/drivers/virtsched_guest"
#define DEVICE DRIVER "/0000*/"
/* While a list is there its processes make threads, and players come and go. */
#define LOOK_MS 1000
/* The module is there and the channel is not: it is plugged in later, or never. */
#define WAIT_MS 5000

static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	ended = 1;
}

/* The module's two files, as soon as they are there; false when they will not be, which is said unless it was told to end. */
static bool wait_for_channel(bool once, char *background, char *audio, size_t room)
{
	char driver[512];
	bool said = false;

	while (!ended) {
		if (vsg_find(DEVICE, "background", background, room) && vsg_find(DEVICE, "audio", audio, room))
			return true;
		if (once || !vsg_find(DRIVER, "", driver, sizeof(driver))) {
			fprintf(stderr, "find " DEVICE "background: virtsched_guest.ko is not loaded, or the VM has no guest channel\n");
			return false;
		}
		if (!said)
			fprintf(stderr, "wait for " DEVICE "background: on the host, virt-sched enable-guest plugs the guest channel in\n");
		said = true;
		poll(NULL, 0, WAIT_MS);
	}
	return false;
}

/* What this does itself is to keep nobody waiting. */
static void keep_out_of_the_way(int fast)
{
	char cpus[64];

	if (vsg_cpus_slow(fast, cpus, sizeof(cpus)))
		vsg_cpus_stay_on(cpus);
	/* Among hogs its turn comes first; without the right to that it comes later. */
	if (!*vsg_root)
		setpriority(PRIO_PROCESS, 0, -10);
}

/* The module may be loaded later, and taken out: then this ends, and the service manager starts it again. */
static int run(bool once, int fast)
{
	struct vsg_list before = {0}, now;
	bool again = false;
	char background[512], audio[512];
	struct pollfd list;
	int code;

	if (!wait_for_channel(once, background, audio, sizeof(background)))
		return ended ? 0 : 1;
	list = (struct pollfd){.fd = open(background, O_RDONLY | O_CLOEXEC), .events = POLLPRI | POLLERR};
	if (list.fd < 0) {
		fprintf(stderr, "open %s: %s\n", background, strerror(errno));
		return 1;
	}
	vsg_groups_put_back();
	if (!once)
		vsg_groups_get_ready();
	keep_out_of_the_way(fast);
	while (!ended) {
		bool sound = vsg_sound_is_there();

		vsg_background_read(list.fd, &now);
		vsg_background_apply(&before, &now, again, fast);
		if (sound)
			vsg_sound_tell(audio);
		before = now;
		if (once)
			return 0;
		code = poll(&list, 1, sound || now.nr ? LOOK_MS : -1);
		if (code < 0 && errno != EINTR)
			break;
		again = code == 0;
		if (access(background, F_OK) < 0)
			break;
	}
	vsg_groups_end();
	return ended ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"fast", required_argument, NULL, 'f'}, {"once", no_argument, NULL, 'o'},
		{"put-back", no_argument, NULL, 'p'}, {"root", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL}};
	struct sigaction action = {.sa_handler = on_signal};
	bool once = false, back = false;
	int option, fast = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'f' && (fast = atoi(optarg)) < 1) {
			fprintf(stderr, "--fast needs a number of CPUs, 1 at least, not %s\n", optarg);
			return 2;
		}
		if (option == 'r')
			vsg_root = optarg;
		once = once || option == 'o';
		back = back || option == 'p';
		if (option == 'h' || option == '?') {
			printf("usage: virtsched-guest [--fast CPUS] [--once] [--put-back]\nKeeps what the host calls background off the first CPUS CPUs (usual: half of them). --put-back: only end that.\n");
			return option == 'h' ? 0 : 2;
		}
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (!back)
		return run(once, fast);
	vsg_groups_end();
	return 0;
}
