// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Timer wake-up latency, as cyclictest measures it: threads sleep until absolute times and note how late they wake.
 * Used by lab/bench in level 1 and in guests. Prints one JSON object; allocates and prints nothing while it measures.
 * With --cyclictest the real one measures, and its histogram is reported in the same form.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NSEC 1000000000LL

static long interval_us = 500, threads = 1, priority;
static double duration_s = 2, warm_up_s, linger_s;
static int cyclictest;

struct worker {
	pthread_t thread;
	int cpu;
	size_t room, n;
	int64_t *late;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void *measure(void *arg)
{
	struct worker *w = arg;
	struct sched_param param = { .sched_priority = (int)priority };
	int64_t next, end;
	cpu_set_t set;

	if (threads > 1) {
		CPU_ZERO(&set);
		CPU_SET(w->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	prctl(PR_SET_TIMERSLACK, 1);
	if (priority && pthread_setschedparam(pthread_self(), SCHED_FIFO, &param)) {
		fprintf(stderr, "vs-latency: set SCHED_FIFO %ld: not permitted; run as root\n", priority);
		exit(1);
	}
	next = now_ns() + (int64_t)(warm_up_s * NSEC) + interval_us * 1000;
	end = next + (int64_t)(duration_s * NSEC);
	while (next < end && w->n < w->room) {
		struct timespec t = { next / NSEC, next % NSEC };
		int64_t now;

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
			;
		now = now_ns();
		w->late[w->n++] = now - next;
		/* As cyclictest does: a wake-up that was overslept altogether is not made up for. */
		do
			next += interval_us * 1000;
		while (next < now);
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(int64_t *late, size_t n)
{
	double sum = 0;
	size_t i, step = n / 200 + 1;

	if (!n) {
		printf("{\"samples\":0}\n");
		return;
	}
	qsort(late, n, sizeof(*late), by_value);
	for (i = 0; i < n; i++)
		sum += (double)late[i];
	printf("{\"samples\":%zu,\"avg_us\":%.2f,\"median_us\":%.2f,\"p99_us\":%.2f,\"max_us\":%.2f,\"curve_us\":[", n,
	       sum / (double)n / 1000, (double)late[n / 2] / 1000, (double)late[(n * 99) / 100] / 1000,
	       (double)late[n - 1] / 1000);
	for (i = 0; i < n; i += step)
		printf("%.1f,", (double)late[i] / 1000);
	printf("%.1f]}\n", (double)late[n - 1] / 1000);
}

/* Bucket number and count of each thread; what is over the histogram counts as its maximum. Whole microseconds. */
static size_t histogram(FILE *from, int64_t *late, size_t room)
{
	long over = 0, most = 0, us, count;
	char line[1024], *at, *end;
	size_t n = 0;

	while (fgets(line, sizeof(line), from)) {
		at = strchr(line, ':');
		if (line[0] == '#') {
			for (at = at ? at + 1 : line + strlen(line); strstr(line, "Overflow") || strstr(line, "Max"); at = end) {
				count = strtol(at, &end, 10);
				if (end == at)
					break;
				over += strstr(line, "Overflow") ? count : 0;
				most = strstr(line, "Max") && count > most ? count : most;
			}
			continue;
		}
		us = strtol(line, &at, 10);
		for (count = strtol(at, &end, 10); at != line && end != at; at = end, count = strtol(at, &end, 10))
			for (; count > 0 && n < room; count--)
				late[n++] = us * 1000;
	}
	for (; over > 0 && n < room; over--)
		late[n++] = most * 1000;
	return n;
}

static size_t run_cyclictest(int64_t *late, size_t room)
{
	char words[256], policy[32] = "--policy=other";
	FILE *from;
	size_t n;

	if (priority)
		snprintf(policy, sizeof(policy), "-p %ld", priority);

	snprintf(words, sizeof(words), "exec cyclictest -q -m -t %ld %s %s -i %ld -l %ld -h 5000", threads,
		 threads > 1 ? "-a" : "", policy, interval_us, (long)(duration_s * 1e6 / (double)interval_us));
	usleep((useconds_t)(warm_up_s * 1e6));
	from = popen(words, "r");
	if (!from)
		return 0;
	n = histogram(from, late, room);
	if (pclose(from)) {
		fprintf(stderr, "vs-latency: %s: failed\n", words);
		exit(1);
	}
	return n;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: vs-latency [--interval US] [--duration S] [--priority 0..99] [--threads N]\n"
		"                  [--warm-up S] [--linger S] [--cyclictest]\n"
		"Wake-up latency as JSON: samples, avg, median, p99, max, and a curve of up to 201 quantiles, in us.\n"
		"priority 0 is SCHED_OTHER, else SCHED_FIFO; more than one thread: thread i is pinned to CPU i.\n"
		"warm-up: sleep before the first sample; linger: sleep after the last, so that its own exit disturbs nobody else's.\n");
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", 1, NULL, 'i' }, { "duration", 1, NULL, 'D' }, { "priority", 1, NULL, 'p' },
		{ "threads", 1, NULL, 't' },  { "warm-up", 1, NULL, 'w' },  { "linger", 1, NULL, 'l' },
		{ "cyclictest", 0, NULL, 'c' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "i:D:p:t:w:l:ch", options, NULL)) != -1) {
		switch (c) {
		case 'i': interval_us = atol(optarg); break;
		case 'D': duration_s = atof(optarg); break;
		case 'p': priority = atol(optarg); break;
		case 't': threads = atol(optarg); break;
		case 'w': warm_up_s = atof(optarg); break;
		case 'l': linger_s = atof(optarg); break;
		case 'c': cyclictest = 1; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); return 2;
		}
	}
	if (interval_us < 10 || duration_s <= 0 || priority < 0 || priority > 99 || threads < 1 || threads > 64 ||
	    warm_up_s < 0 || warm_up_s > 60 || linger_s < 0 || linger_s > 60) {
		usage(stderr);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct worker workers[64] = { 0 };
	size_t room, n = 0;
	int64_t *all;
	long i;

	if (parse(argc, argv))
		return 2;
	room = (size_t)(duration_s * 1e6 / (double)interval_us) + 2;
	all = calloc(room * (size_t)threads, sizeof(*all));
	if (!all)
		return 1;
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (cyclictest)
		n = run_cyclictest(all, room * (size_t)threads);
	for (i = 0; !cyclictest && i < threads; i++) {
		workers[i] = (struct worker){ .cpu = (int)i, .room = room, .late = all + (size_t)i * room };
		if (pthread_create(&workers[i].thread, NULL, measure, &workers[i]))
			return 1;
	}
	for (i = 0; !cyclictest && i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		for (size_t k = 0; k < workers[i].n; k++)
			all[n++] = workers[i].late[k];
	}
	usleep((useconds_t)(linger_s * 1e6));
	report(all, n);
	return 0;
}
