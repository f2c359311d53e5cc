// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a VM exit and a wake-up from HLT cost, seen from the guest: CPUID always exits; a short sleep in an idle guest is a
 * HLT and a timer interrupt. Prints one JSON object in ns.
 */
#include <cpuid.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#define SLEEP_NS 200000
#define BATCH 20

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Medians: an interrupt or another task in between is not the cost of an exit. */
static double exit_ns(double *cost, long n)
{
	unsigned int a, b, c, d;

	for (long i = 0; i < n; i++) {
		int64_t start = now_ns();

		for (int k = 0; k < BATCH; k++)
			__cpuid(0, a, b, c, d);
		cost[i] = (double)(now_ns() - start) / BATCH;
	}
	qsort(cost, (size_t)n, sizeof(*cost), by_value);
	return cost[n / 2];
}

/* All of a sleep but the sleep: into HLT, out of it, and back to the program. */
static double halt_ns(double *cost, long n)
{
	struct timespec t = { 0, SLEEP_NS };

	for (long i = 0; i < n; i++) {
		int64_t start = now_ns();

		nanosleep(&t, NULL);
		cost[i] = (double)(now_ns() - start) - SLEEP_NS;
	}
	qsort(cost, (size_t)n, sizeof(*cost), by_value);
	return cost[n / 2];
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = 80 };
	double *cost, exits;
	long n = argc == 2 ? atol(argv[1]) : 0;

	if (n < 100 || n > 1000000) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: vs-exitcost N\nmedian ns per CPUID exit (N x 20 of them) and per wake-up from HLT (N of them), as JSON.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	mlockall(MCL_CURRENT | MCL_FUTURE);
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &param);
	cost = calloc((size_t)n, sizeof(*cost));
	if (!cost)
		return 1;
	exits = exit_ns(cost, n);
	printf("{\"exit_ns\":%.2f,\"halt_wakeup_ns\":%.2f}\n", exits, halt_ns(cost, n));
	return 0;
}
