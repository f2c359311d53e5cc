/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtsched-guest: keeps what the host takes for background on some of the guest's CPUs, so that a vCPU's weight does not change with
 * every switch between a build and what the person works with; and tells the guest's module who plays sound. Runs as a service of
 * the guest, beside virtsched_guest.ko. A process stays in its unit: its threads go into a threaded child of the unit's cgroup
 * (cgroup v2, cpuset), and come back when the host says so, when this ends, and when it starts after having been killed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOW "virtsched-slow"
#define DRIVER "/sys/bus/pci/drivers/virtsched_guest"
#define DEVICE DRIVER "/0000*/"
#define GROUPS "/sys/fs/cgroup"
#define READY "virtsched-ready"
#define PROCESSES_MAX 128
/* While a list is there its processes make threads, and players come and go. */
#define LOOK_MS 1000
/* The module is there and the channel is not: it is plugged in later, or never. */
#define WAIT_MS 5000

static const char *root = "";
static int fast;
static volatile sig_atomic_t ended;

/* struct list - process ids, as read last */
struct list {
	int nr;
	long id[PROCESSES_MAX];
};

static bool has(const struct list *list, long id)
{
	for (int i = 0; i < list->nr; i++)
		if (list->id[i] == id)
			return true;
	return false;
}

/* Reads a small file to the end; "" when it is not there. */
static void read_file(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, room - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* One write; a made tree, as in the tests, keeps each. Returns 0 or an errno. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), code = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		code = errno;
	close(fd);
	return code;
}

static int write_in(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return write_file(path, text);
}

/* The first path that @pattern stands for, in *@path. */
static bool find_path(const char *pattern, const char *name, char *path, size_t room)
{
	glob_t found;
	char full[512];
	bool there;

	snprintf(full, sizeof(full), "%s%s%s", root, pattern, name);
	there = glob(full, 0, NULL, &found) == 0 && found.gl_pathc > 0;
	if (there)
		snprintf(path, room, "%s", found.gl_pathv[0]);
	globfree(&found);
	return there;
}

/* Calls @each for every thread of a process. */
static void each_thread(long id, void (*each)(const char *tid, const char *folder), const char *folder)
{
	char path[512];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "%s/proc/%ld/task", root, id);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (isdigit((unsigned char)entry->d_name[0]))
			each(entry->d_name, folder);
	if (tasks)
		closedir(tasks);
}

/* A thread that ended meanwhile is none. */
static void move_thread(const char *tid, const char *folder)
{
	char line[NAME_MAX + 2];

	snprintf(line, sizeof(line), "%s\n", tid);
	write_in(folder, "cgroup.threads", line);
}

/* Is it kept off some CPUs already? Who did that knows better, and a change of cgroup would lose it. */
static bool is_pinned(const char *tid)
{
	cpu_set_t cpus;

	/* The numbers of a made tree are nobody's. */
	return !*root && sched_getaffinity(atoi(tid), sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) < sysconf(_SC_NPROCESSORS_ONLN);
}

/* The cgroup (v2) of a process or thread, as in /proc; NULL when it has none. @text: where to read it to. */
static char *group_of(const char *id, char *text, size_t room)
{
	char path[512], *line;

	snprintf(path, sizeof(path), "%s/proc/%s/cgroup", root, id);
	read_file(path, text, room);
	line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!line)
		return NULL;
	line = strstr(line, "0::") + 3;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool is_slow(const char *tid)
{
	char text[4096], *group = group_of(tid, text, sizeof(text));

	return group && strcmp(strrchr(group, '/'), "/" SLOW) == 0;
}

/* Reading where a thread is costs little, moving it stops every fork and exit of the guest for a moment. */
static void slow_thread(const char *tid, const char *folder)
{
	if (!is_slow(tid) && !is_pinned(tid))
		move_thread(tid, folder);
}

/* The cgroup that a process has of its own unit, as a folder; our child is not its own. */
static bool unit_of(long id, char *folder, size_t room)
{
	char number[24], text[4096], *group, *end;

	snprintf(number, sizeof(number), "%ld", id);
	group = group_of(number, text, sizeof(text));
	if (!group)
		return false;
	end = strrchr(group, '/');
	if (strcmp(end, "/" SLOW) == 0)
		*end = '\0';
	return snprintf(folder, room, "%s" GROUPS "%s", root, strcmp(group, "/") ? group : "") < (int)room;
}

/* cpuset for the children of @folder, and of each one above it. systemd may take it away again when it turns units over. */
static void allow_cpuset(const char *folder)
{
	char path[PATH_MAX], *at;

	snprintf(path, sizeof(path), "%s", folder);
	for (at = path + strlen(root) + strlen(GROUPS); at; at = strchr(at + 1, '/')) {
		char was = *at;

		*at = '\0';
		write_in(path, "cgroup.subtree_control", "+cpuset\n");
		*at = was;
		if (!was)
			break;
	}
	if (!at)
		write_in(path, "cgroup.subtree_control", "+cpuset\n");
}

/*
 * The child of a unit's cgroup in which slow threads live. One that is there is left alone, unless the CPUs changed. Returns 0 or an
 * errno.
 */
static int make_slow(const char *unit, const char *cpus, bool changed, char *folder, size_t room)
{
	char path[PATH_MAX + 64];
	int code;

	if (snprintf(folder, room, "%s/" SLOW, unit) >= (int)room)
		return ENAMETOOLONG;
	snprintf(path, sizeof(path), "%s/cpuset.cpus", folder);
	if (!changed && access(path, F_OK) == 0)
		return 0;
	allow_cpuset(unit);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return errno;
	code = write_in(folder, "cgroup.type", "threaded\n");
	return code ? code : write_in(folder, "cpuset.cpus", cpus);
}

/* Everybody in @folder, a child of ours, back to its unit. */
static void put_back(const char *folder)
{
	char unit[PATH_MAX], path[PATH_MAX + 64], line[64];
	FILE *threads;

	snprintf(path, sizeof(path), "%s/cgroup.threads", folder);
	memcpy(unit, path, sizeof(unit));
	unit[strlen(folder) - strlen("/" SLOW)] = '\0';
	threads = fopen(path, "re");
	while (threads && fgets(line, sizeof(line), threads)) {
		line[strcspn(line, "\n")] = '\0';
		move_thread(line, unit);
	}
	if (threads)
		fclose(threads);
	rmdir(folder);
}

static int put_back_found(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_DP && strcmp(path + ftw->base, SLOW) == 0)
		put_back(path);
	return 0;
}

/* Wherever something of ours is, from whatever time. */
static void put_all_back(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" GROUPS, root);
	nftw(path, put_back_found, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/*
 * A guest's first cpuset patches its kernel's code, and the last one that goes patches it back: each time every CPU has to take an
 * interrupt, a slow one as well. That is done before, not while the person waits: an empty group keeps it so.
 */
static void get_ready(bool on)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" GROUPS, root);
	if (on)
		write_in(path, "cgroup.subtree_control", "+cpuset\n");
	snprintf(path, sizeof(path), "%s" GROUPS "/" READY, root);
	(void)(on ? mkdir(path, 0755) : rmdir(path));
}

/* CPUs from @fast on, as cpuset has them; false when none is left for one of the two. */
static bool slow_cpus(char *cpus, size_t room)
{
	char path[512], text[256];
	long nr = 0, first;

	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/online", root);
	read_file(path, text, sizeof(text));
	/* The last number is the highest CPU. Those that are off in between do not hurt a cpuset. */
	for (char *at = text; *at; at += strspn(at, ",-\n")) {
		char *end;

		nr = strtol(at, &end, 10) + 1;
		if (end == at)
			break;
		at = end;
	}
	first = fast ? fast : (nr + 1) / 2;
	if (first >= nr)
		return false;
	snprintf(cpus, room, "%ld-%ld\n", first, nr - 1);
	return true;
}

/*
 * Who moves a thread between cgroups spins until the CPU that it was on last has taken an interrupt. On a fast CPU that would keep the
 * person's program waiting for a slow one's turn; on a slow CPU it keeps nobody, and the host sees that no background work runs there.
 */
static void stay_with_the_slow(const char *cpus)
{
	long last = strtol(cpus + strcspn(cpus, "-") + 1, NULL, 10);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long cpu = atol(cpus); cpu <= last && cpu < CPU_SETSIZE; cpu++)
		CPU_SET(cpu, &set);
	if (!*root)
		sched_setaffinity(0, sizeof(set), &set);
}

static void slow_down(long id, const char *cpus, bool changed)
{
	static bool said;
	char unit[PATH_MAX], folder[PATH_MAX];
	int code;

	if (id <= 1 || id == getpid() || !unit_of(id, unit, sizeof(unit)))
		return;
	code = make_slow(unit, cpus, changed, folder, sizeof(folder));
	if (code == 0)
		each_thread(id, slow_thread, folder);
	else if (!said)
		fprintf(stderr, "keep process %ld apart in %s: %s; cgroup v2 with the cpuset controller is wanted\n", id, unit, strerror(code));
	said = said || code;
}

static void speed_up(long id)
{
	char unit[PATH_MAX];

	if (unit_of(id, unit, sizeof(unit)))
		each_thread(id, move_thread, unit);
}

static void read_list(int fd, struct list *list)
{
	char text[PROCESSES_MAX * 12], *at = text, *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	list->nr = 0;
	while (list->nr < PROCESSES_MAX) {
		long id = strtol(at, &end, 10);

		if (end == at)
			return;
		list->id[list->nr++] = id;
		at = end;
	}
}

/* @now is background. @again: also who was before, for threads that it has made since; most came along by themselves. */
static void apply(const struct list *before, const struct list *now, bool again)
{
	static char last[64];
	char cpus[64];
	bool changed;

	if (now->nr == 0) {
		if (before->nr)
			put_all_back();
		return;
	}
	for (int i = 0; i < before->nr; i++)
		if (!has(now, before->id[i]))
			speed_up(before->id[i]);
	if (!slow_cpus(cpus, sizeof(cpus)))
		return;
	changed = strcmp(cpus, last) != 0;
	strcpy(last, cpus);
	for (int i = 0; i < now->nr; i++)
		if (again || changed || !has(before, now->id[i]))
			slow_down(now->id[i], cpus, changed);
}

/* Who has a playback device open and running, for the module. */
static void tell_sound(const char *file)
{
	static char before[512] = "\n";
	char now[512] = "", pattern[512], text[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/proc/asound/card*/pcm*p/sub*/status", root);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char *owner;

			read_file(found.gl_pathv[i], text, sizeof(text));
			owner = strstr(text, "owner_pid");
			if (strstr(text, "state: RUNNING") && owner && strlen(now) < sizeof(now) - 32)
				sprintf(now + strlen(now), "%ld ", strtol(owner + strcspn(owner, "0123456789\n"), NULL, 10));
		}
		globfree(&found);
	}
	strcat(now, "\n");
	if (strcmp(now, before) != 0 && write_file(file, now) == 0)
		strcpy(before, now);
}

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
		if (find_path(DEVICE, "background", background, room) && find_path(DEVICE, "audio", audio, room))
			return true;
		if (once || !find_path(DRIVER, "", driver, sizeof(driver))) {
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

/* The module may be loaded later, and taken out: then this ends, and the service manager starts it again. */
static int run(bool once)
{
	struct list before = {0}, now;
	bool again = false;
	char background[512], audio[512], card[512], cpus[64];
	struct pollfd list;
	int code;

	if (!wait_for_channel(once, background, audio, sizeof(background)))
		return ended ? 0 : 1;
	list = (struct pollfd){.fd = open(background, O_RDONLY | O_CLOEXEC), .events = POLLPRI | POLLERR};
	if (list.fd < 0) {
		fprintf(stderr, "open %s: %s\n", background, strerror(errno));
		return 1;
	}
	put_all_back();
	if (!once)
		get_ready(true);
	if (slow_cpus(cpus, sizeof(cpus)))
		stay_with_the_slow(cpus);
	/* Among hogs its turn comes first; without the right to that it comes later. */
	(void)(*root || setpriority(PRIO_PROCESS, 0, -10));
	while (!ended) {
		bool sound = find_path("/proc/asound/card*", "", card, sizeof(card));

		read_list(list.fd, &now);
		apply(&before, &now, again);
		if (sound)
			tell_sound(audio);
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
	put_all_back();
	get_ready(false);
	return ended ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"fast", required_argument, NULL, 'f'}, {"once", no_argument, NULL, 'o'},
		{"put-back", no_argument, NULL, 'p'}, {"root", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL}};
	struct sigaction action = {.sa_handler = on_signal};
	bool once = false, back = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'f' && (fast = atoi(optarg)) < 1) {
			fprintf(stderr, "--fast needs a number of CPUs, 1 at least, not %s\n", optarg);
			return 2;
		}
		if (option == 'r')
			root = optarg;
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
		return run(once);
	put_all_back();
	get_ready(false);
	return 0;
}
