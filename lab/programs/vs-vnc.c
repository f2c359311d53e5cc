// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The person at the keyboard, in level 1: sends the keys of a script to a guest through QEMU's VNC server, with the script's
 * hold and think times, and prints how long the program in the guest (vs-interactive) took to answer each. Used by bench
 * interactive. A person is not a task of the host: it runs as SCHED_FIFO and uses next to no time. Must not poll.
 *
 * Script, a line a key, from standard input: KEY HOLD_MS answer|go THINK_MS. The next key is pressed THINK_MS after the answer, or
 * after the release. KEY: a character, or a name of `names`. Lines of # are comments.
 *
 * Time: from the moment before the release is written to the answer's time stamp in the guest, whose counter is the host's
 * plus --offset (KVM says it in debugfs): nothing on the way back is in it, and no clock has to be matched.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define NSEC 1000000000LL
#define KEYS_MAX 1000
#define PATIENCE_MS 60000
#define PRIORITY 99

struct step {
	uint32_t keysym;
	long hold_ms, think_ms;
	int wait;		/* for the answer */
	uint64_t released, answered;
};

/* Lines from the guest. */
struct lines {
	int fd;
	size_t used;
	char bytes[4096];
};

static const struct {
	const char *name;
	uint32_t keysym;
} names[] = { { "Return", 0xff0d }, { "Page_Down", 0xff56 }, { "space", 0x20 } };

static struct step steps[KEYS_MAX];
static long nr_steps, frames, dropped, glitches;

static void fail(const char *what)
{
	fprintf(stderr, "vs-vnc: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static int attach(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		fail("path too long");
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(path);
	return fd;
}

static void take(int fd, void *to, size_t size)
{
	if (recv(fd, to, size, MSG_WAITALL) != (ssize_t)size)
		fail("the VNC server hung up");
}

static void give(int fd, const void *from, size_t size)
{
	if (write(fd, from, size) != (ssize_t)size)
		fail("write to the VNC server");
}

/* RFB 3.8 without security, up to the server's first words; no picture is ever asked for. */
static int open_vnc(const char *path)
{
	static const unsigned char none = 1, shared = 1;
	unsigned char bytes[256], count;
	int fd = attach(path);
	uint32_t number;

	take(fd, bytes, 12);
	if (memcmp(bytes, "RFB 003.008\n", 12))
		fail("not an RFB 3.8 server");
	give(fd, bytes, 12);
	take(fd, &count, 1);
	take(fd, bytes, count);
	if (!memchr(bytes, none, count))
		fail("the server wants a password");
	give(fd, &none, 1);
	take(fd, &number, 4);
	if (number)
		fail("refused by the server");
	give(fd, &shared, 1);
	take(fd, bytes, 20);
	take(fd, &number, 4);
	for (uint32_t left = ntohl(number); left; left--)
		take(fd, bytes, 1);
	return fd;
}

static void key(int fd, uint32_t keysym, int down)
{
	struct {
		uint8_t type, down, pad[2];
		uint32_t keysym;
	} event = { 4, (uint8_t)down, { 0 }, htonl(keysym) };

	give(fd, &event, sizeof(event));
}

static uint32_t keysym_of(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name))
			return names[i].keysym;
	return name[0] > 0x20 && name[0] < 0x7f && !name[1] ? (uint32_t)name[0] : 0;
}

static void read_script(void)
{
	char line[200], name[32], then[16];

	while (fgets(line, sizeof(line), stdin)) {
		struct step *step = &steps[nr_steps];

		if (line[0] == '#')
			continue;
		if (nr_steps == KEYS_MAX || sscanf(line, "%31s %ld %15s %ld", name, &step->hold_ms, then, &step->think_ms) != 4 ||
		    !(step->keysym = keysym_of(name)) || (strcmp(then, "answer") && strcmp(then, "go"))) {
			fprintf(stderr, "vs-vnc: script: %s", line);
			exit(2);
		}
		step->wait = !strcmp(then, "answer");
		nr_steps++;
	}
}

/* The next line into LINE (of sizeof(from->bytes)). */
static void next_line(struct lines *from, char *line)
{
	struct pollfd guest = { .fd = from->fd, .events = POLLIN };
	char *end;

	while (!(end = memchr(from->bytes, '\n', from->used))) {
		ssize_t got = -1;

		errno = ETIMEDOUT;
		if (from->used < sizeof(from->bytes) && poll(&guest, 1, PATIENCE_MS) > 0)
			got = read(from->fd, from->bytes + from->used, sizeof(from->bytes) - from->used);
		if (got <= 0)
			fail("no answer from the guest");
		from->used += (size_t)got;
	}
	*end = 0;
	strcpy(line, from->bytes);
	from->used -= (size_t)(end + 1 - from->bytes);
	memmove(from->bytes, end + 1, from->used);
}

static void take_answer(struct lines *from, long n)
{
	char line[sizeof(from->bytes)];
	long number, more[3];
	unsigned long long tsc;

	next_line(from, line);
	errno = 0;
	if (sscanf(line, "answer %ld %llu %ld %ld %ld", &number, &tsc, &more[0], &more[1], &more[2]) != 5 || number != n)
		fail(line);
	steps[n].answered = tsc;
	frames += more[0];
	dropped += more[1];
	glitches += more[2];
}

/* Plays the whole script; answers that are not waited for are read at the end, from the port's buffer. */
static void play(int vnc, struct lines *guest)
{
	long answers = 0;

	for (long n = 0; n < nr_steps; n++) {
		key(vnc, steps[n].keysym, 1);
		pause_ms(steps[n].hold_ms);
		steps[n].released = __rdtsc();
		key(vnc, steps[n].keysym, 0);
		while (steps[n].wait && answers <= n)
			take_answer(guest, answers++);
		pause_ms(steps[n].think_ms);
	}
	while (answers < nr_steps)
		take_answer(guest, answers++);
}

static void report(int64_t offset, double ns_per_tick)
{
	printf("{\"responses_us\":[");
	for (long n = 0; n < nr_steps; n++)
		printf("%s%.2f", n ? "," : "",
		       (double)((int64_t)steps[n].answered - offset - (int64_t)steps[n].released) * ns_per_tick / 1000);
	printf("],\"frames\":%ld,\"dropped\":%ld,\"glitches\":%ld}\n", frames, dropped, glitches);
}

static int usage(FILE *to)
{
	fprintf(to, "usage: vs-vnc --vnc SOCKET --answers SOCKET --offset TICKS <SCRIPT\n"
		"Sends the script's keys to a guest by VNC; prints a JSON object: responses_us by key, frames, dropped, glitches.\n"
		"offset: guest's time stamp counter minus the host's (/sys/kernel/debug/kvm/*/vcpu0/tsc-offset).\n"
		"script: lines of KEY HOLD_MS answer|go THINK_MS.\n");
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "vnc", 1, NULL, 'v' }, { "answers", 1, NULL, 'a' }, { "offset", 1, NULL, 'o' },
						 { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct sched_param param = { .sched_priority = PRIORITY };
	const char *vnc = NULL, *answers = NULL, *offset = NULL;
	static struct lines guest;
	char line[sizeof(guest.bytes)];
	uint64_t tsc;
	int64_t ns;
	int c, fd;

	while ((c = getopt_long(argc, argv, "v:a:o:h", options, NULL)) != -1) {
		switch (c) {
		case 'v': vnc = optarg; break;
		case 'a': answers = optarg; break;
		case 'o': offset = optarg; break;
		default: return usage(c == 'h' ? stdout : stderr);
		}
	}
	if (!vnc || !answers || !offset || optind < argc)
		return usage(stderr);
	read_script();
	prctl(PR_SET_TIMERSLACK, 1);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		fail("set SCHED_FIFO");
	guest.fd = attach(answers);
	fd = open_vnc(vnc);
	next_line(&guest, line);
	if (strncmp(line, "ready", 5))
		fail(line);
	ns = now_ns();
	tsc = __rdtsc();
	play(fd, &guest);
	report(strtoll(offset, NULL, 0), (double)(now_ns() - ns) / (double)(__rdtsc() - tsc));
	return 0;
}
