// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CPU load for benchmarks: hogs that never sleep, and sleepers that burn and sleep for pseudo-random times. Runs until it
 * is killed; the same arguments make the same pattern.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void burn(int64_t us)
{
	int64_t end = now_us() + us;

	while (now_us() < end)
		for (int i = 0; i < 200; i++)
			sink += (uint64_t)i;
}

static void hog(unsigned int seed)
{
	(void)seed;
	for (;;)
		sink++;
}

/* Half asleep on average, in stretches of 0.5 to 5 ms. */
static void sleeper(unsigned int seed)
{
	for (;;) {
		burn(500 + rand_r(&seed) % 4500);
		usleep(500 + (useconds_t)(rand_r(&seed) % 4500));
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(unsigned int seed);
	} kinds[] = { { "hog", hog }, { "sleeper", sleeper } };
	long n = argc == 3 ? atol(argv[2]) : 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (argc < 2 || strcmp(kinds[k].name, argv[1]) || n < 1)
			continue;
		for (long i = 0; i < n; i++)
			if (fork() == 0)
				kinds[k].run((unsigned int)i + 1);
		while (wait(NULL) > 0)
			;
		return 0;
	}
	fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
		"usage: vs-load hog N | sleeper N\nN processes that never sleep, or that burn and sleep by turns, until killed.\n");
	return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
}
