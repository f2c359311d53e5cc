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

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double exit_ns(long n)
{
	unsigned int a, b, c, d;
	int64_t start = now_ns();

	for (long i = 0; i < n; i++)
		__cpuid(0, a, b, c, d);
	return (double)(now_ns() - start) / (double)n;
}

/* All of a sleep but the sleep: into HLT, out of it, and back to the program. */
static double halt_ns(long n)
{
	struct timespec t = { 0, SLEEP_NS };
	int64_t start = now_ns();

	for (long i = 0; i < n; i++)
		nanosleep(&t, NULL);
	return (double)(now_ns() - start) / (double)n - SLEEP_NS;
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = 80 };
	long n = argc == 2 ? atol(argv[1]) : 0;

	if (n < 100) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: vs-exitcost N\nns per CPUID exit (N of them) and per wake-up from HLT (N / 20 of them), as JSON.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	mlockall(MCL_CURRENT | MCL_FUTURE);
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &param);
	exit_ns(100);
	halt_ns(20);
	printf("{\"exit_ns\":%.2f,\"halt_wakeup_ns\":%.2f}\n", exit_ns(n), halt_ns(n / 20));
	return 0;
}
