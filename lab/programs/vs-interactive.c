// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plays the program that a person uses, in a guest: waits for real key releases from the guest's keyboard and answers each
 * of them, in one of four ways (struct app). Used by bench interactive; the player of level 1 is vs-vnc.c.
 *
 * Work is a fixed amount, so that who is preempted has not done it; sizes are those that take the time said where an
 * instruction is a nanosecond. All of an app's work fits into a quarter of a CPU: what needs more than a VM's share of the
 * host cannot be answered in time without taking from others. An answer is the moment at which the picture would change, read from the guest's time
 * stamp counter, which the host can place on its own; it is told to level 1 by a virtio-serial port. Must not poll.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define NSEC 1000000000LL
#define PORT_NAME "org.virtsched.answer.0"
#define TOUCHED (1 << 20)	/* bytes that a program which starts writes to for the first time */
#define SOUND_NS 10000000LL	/* period of the sound */
#define SOUND_US 500
#define SOUND_PRIORITY 80

/* What is told of one input. */
struct answer {
	uint64_t tsc;		/* when the picture changed */
	long frames, dropped;	/* after it; dropped: periods without a new picture */
	long glitches;		/* periods without sound */
};

struct app {
	const char *name;
	void (*act)(struct answer *answer);
};

struct sound {
	atomic_int stop;
	long glitches;
};

static volatile uint64_t sink;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = { ns / NSEC, ns % NSEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* US microseconds: 250 rounds of four instructions are one. */
static void work(long us)
{
	uint64_t x = sink;

	for (long i = 250 * us; i > 0; i--)
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
	sink = x;
}

/* Whole periods that have passed when something is LATE ns behind its deadline. */
static long missed(int64_t late, int64_t period, long left)
{
	long n = late > 0 ? (long)((late - 1) / period + 1) : 0;

	return n < left ? n : left;
}

/* FRAMES pictures, US of work each, one a PERIOD from now on; the first one is the answer. */
static void show(struct answer *answer, long frames, int64_t period, long us)
{
	int64_t begin = now_ns();

	for (long at = 0; at < frames;) {
		long lost;

		sleep_until(begin + at * period);
		work(us);
		if (at++ == 0)
			answer->tsc = __rdtsc();
		lost = missed(now_ns() - begin - at * period, period, frames - at);
		answer->dropped += lost;
		at += lost;
	}
	answer->frames = frames;
}

/* A short piece of work a key: lay the line out, draw it. */
static void type(struct answer *answer)
{
	work(1000);
	answer->tsc = __rdtsc();
}

/* Smooth scrolling: 20 pictures at 60 Hz. */
static void scroll(struct answer *answer)
{
	show(answer, 20, NSEC / 60, 4000);
}

/* A program starts: a new process that touches its memory, then works and waits for its files by turns. */
static void launch(struct answer *answer)
{
	int back[2];
	pid_t child;

	if (pipe(back) || (child = fork()) < 0)
		exit(1);
	if (child == 0) {
		char *memory = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint64_t tsc;

		for (size_t at = 0; memory != MAP_FAILED && at < TOUCHED; at += 4096)
			memory[at] = 1;
		for (int stage = 0; stage < 8; stage++) {
			sleep_until(now_ns() + 30000000);
			work(8000);
		}
		tsc = __rdtsc();
		_exit(write(back[1], &tsc, sizeof(tsc)) != sizeof(tsc));
	}
	close(back[1]);
	if (read(back[0], &answer->tsc, sizeof(answer->tsc)) != sizeof(answer->tsc))
		exit(1);
	close(back[0]);
	waitpid(child, NULL, 0);
}

static void *sound(void *arg)
{
	struct sched_param param = { .sched_priority = SOUND_PRIORITY };
	struct sound *sound = arg;
	int64_t at = now_ns();

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	while (!atomic_load(&sound->stop)) {
		long lost;

		sleep_until(at);
		work(SOUND_US);
		at += SOUND_NS;
		lost = missed(now_ns() - at, SOUND_NS, 1000);
		sound->glitches += lost;
		at += lost * SOUND_NS;
	}
	return NULL;
}

/* Play from somewhere else: wait for the file, decode up to there, then 24 pictures a second, and sound, for 1.5 s. */
static void video(struct answer *answer)
{
	struct sound playing = { 0 };
	pthread_t thread;

	sleep_until(now_ns() + 30000000);
	work(4000);
	if (pthread_create(&thread, NULL, sound, &playing))
		exit(1);
	show(answer, 36, NSEC / 24, 6000);
	atomic_store(&playing.stop, 1);
	pthread_join(thread, NULL);
	answer->glitches = playing.glitches;
}

/* Opens FOLDER/event* that has an Enter key. */
static int open_keyboard(void)
{
	DIR *folder = opendir("/dev/input");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		unsigned char keys[KEY_MAX / 8 + 1] = { 0 };
		int fd;

		if (strncmp(entry->d_name, "event", 5))
			continue;
		fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) >= 0 && keys[KEY_ENTER / 8] & 1 << KEY_ENTER % 8) {
			closedir(folder);
			return fd;
		}
		close(fd);
	}
	return -1;
}

static int open_port(void)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *entry;

	while (ports && (entry = readdir(ports))) {
		char path[300], name[64] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (!fgets(name, sizeof(name), file))
			name[0] = 0;
		fclose(file);
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if (!strcmp(name, PORT_NAME "\n")) {
			closedir(ports);
			return open(path, O_WRONLY | O_CLOEXEC);
		}
	}
	return -1;
}

/* Answers INPUTS key releases; blocks in the first write until level 1 listens. */
static int serve(const struct app *app, long inputs, int keyboard, int port)
{
	dprintf(port, "ready %s\n", app->name);
	for (long n = 0; n < inputs;) {
		struct answer answer = { 0 };
		struct input_event event;

		if (read(keyboard, &event, sizeof(event)) != sizeof(event))
			return 1;
		if (event.type != EV_KEY || event.value != 0)
			continue;
		app->act(&answer);
		dprintf(port, "answer %ld %llu %ld %ld %ld\n", n++, (unsigned long long)answer.tsc, answer.frames, answer.dropped,
			answer.glitches);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct app apps[] = { { "launch", launch }, { "scroll", scroll }, { "type", type }, { "video", video } };
	long inputs = argc == 3 ? atol(argv[2]) : 0;
	int keyboard, port, help = argc == 2 && !strcmp(argv[1], "--help");

	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++) {
		if (inputs < 1 || strcmp(apps[i].name, argv[1]))
			continue;
		prctl(PR_SET_TIMERSLACK, 1);
		keyboard = open_keyboard();
		port = open_port();
		if (keyboard < 0 || port < 0) {
			fprintf(stderr, "vs-interactive: no %s; give the guest one\n", port < 0 ? "port " PORT_NAME : "keyboard");
			return 1;
		}
		return serve(&apps[i], inputs, keyboard, port);
	}
	fprintf(help ? stdout : stderr, "usage: vs-interactive launch|scroll|type|video INPUTS\n"
		"Answers INPUTS key releases as a program of that kind does; tells port " PORT_NAME " when, and what was dropped.\n");
	return help ? 0 : 2;
}
