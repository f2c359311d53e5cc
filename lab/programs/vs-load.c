// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Load for benchmarks: hogs that never sleep, sleepers that burn and sleep for pseudo-random times, threads that work as a
 * browser benchmark's do, threads that interrupt each other, code that is written right before it runs, one that writes or reads
 * memory and counts it. Runs until it is killed; the same arguments make the same pattern. Counted hogs tell what they get done
 * to `vs-load count`.
 */
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNTS "/dev/shm/vs-load"
#define COUNTED_MAX 64

static volatile uint64_t sink;

/* Rounds that each counted hog has done, a cache line each. */
struct counts {
	struct {
		volatile uint64_t rounds, pad[7];
	} of[COUNTED_MAX];
};

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

static struct counts *open_counts(void)
{
	int fd = open(COUNTS, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct counts *counts = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(*counts)))
		counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counts == MAP_FAILED) {
		perror("vs-load: " COUNTS);
		exit(1);
	}
	close(fd);
	return counts;
}

/* A hog in a session of its own, as each program on a desktop is; a round is 1000 steps. */
static void counted(unsigned int seed)
{
	struct counts *counts = open_counts();

	setsid();
	for (;;) {
		for (int i = 0; i < 1000; i++)
			sink++;
		counts->of[seed % COUNTED_MAX].rounds++;
	}
}

/* What all counted hogs have done so far, and when that was. */
static void count(void)
{
	struct counts *counts = open_counts();
	uint64_t rounds = 0;

	for (int i = 0; i < COUNTED_MAX; i++)
		rounds += counts->of[i].rounds;
	printf("%llu %lld\n", (unsigned long long)rounds, (long long)now_us());
}

/* Half asleep on average, in stretches of 0.5 to 5 ms. */
static void sleeper(unsigned int seed)
{
	for (;;) {
		burn(500 + rand_r(&seed) % 4500);
		usleep(500 + (useconds_t)(rand_r(&seed) % 4500));
	}
}

/*
 * A browser that runs a page benchmark (a load, Speedometer): many threads that work in pieces of 1 to 30 ms, mostly short
 * ones, wake one another, and wait a moment for what others do. In a burst they want many CPUs; between bursts only timers
 * run. Amounts of work are CPU time, so that who is preempted has not done it.
 */
struct tab {
	pthread_t thread;
	sem_t asked;
	unsigned int seed;
};

static struct tab *tabs;
static long nr_tabs;
static atomic_int bursting;

static int64_t between(unsigned int *seed, int64_t least, int64_t most)
{
	return least + rand_r(seed) % (most - least + 1);
}

static int64_t used_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void work(int64_t us)
{
	int64_t end = used_us() + us;
	volatile uint64_t mine = 0;

	while (used_us() < end)
		for (int i = 0; i < 4000; i++)
			mine += (uint64_t)i;
}

static void wait_asked(struct tab *tab, int64_t us)
{
	int64_t end = now_us() + us;
	struct timespec t = { end / 1000000, end % 1000000 * 1000 };

	sem_clockwait(&tab->asked, CLOCK_MONOTONIC, &t);
}

static void *browse(void *arg)
{
	struct tab *tab = arg;

	for (;;) {
		if (atomic_load(&bursting)) {
			/* the smaller of two draws: most pieces are short */
			int64_t a = between(&tab->seed, 1000, 30000), b = between(&tab->seed, 1000, 30000);

			work(a < b ? a : b);
			if (rand_r(&tab->seed) % 2)
				sem_post(&tabs[rand_r(&tab->seed) % nr_tabs].asked);
			wait_asked(tab, between(&tab->seed, 200, 4000));
		} else {
			wait_asked(tab, between(&tab->seed, 50000, 250000));
			work(between(&tab->seed, 300, 1500));
		}
	}
	return NULL;
}

/* Bursts of 0.4 to 2 s; everybody is woken at the start of one. */
static void browser(long n)
{
	unsigned int seed = 1;

	nr_tabs = n;
	tabs = calloc((size_t)n, sizeof(*tabs));
	for (long i = 0; tabs && i < n; i++) {
		tabs[i].seed = (unsigned int)i + 1;
		sem_init(&tabs[i].asked, 0, 0);
		if (pthread_create(&tabs[i].thread, NULL, browse, &tabs[i]))
			exit(1);
	}
	while (tabs) {
		atomic_store(&bursting, 1);
		for (long i = 0; i < n; i++)
			sem_post(&tabs[i].asked);
		usleep((useconds_t)between(&seed, 400000, 2000000));
		atomic_store(&bursting, 0);
		usleep((useconds_t)between(&seed, 100000, 500000));
	}
}

static void *spin(void *unused)
{
	(void)unused;
	for (;;)
		sink++;
	return NULL;
}

/* membarrier() interrupts each CPU where another thread of ours runs, and spins until all have answered. */
static void interrupt_others(long n)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	for (pthread_t thread; n > 1; n--)
		if (pthread_create(&thread, NULL, spin, NULL))
			exit(1);
	for (;;)
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

/* Code that is written right before it runs, always into pages that are new. */
#define CODE_BYTES (4 << 20)
#define CODE_RET 0xc3

static void rewrite(unsigned int seed)
{
	(void)seed;
	for (;;) {
		unsigned char *code = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (code == MAP_FAILED)
			exit(1);
		for (size_t at = 0; at < CODE_BYTES; at += 4096) {
			code[at] = CODE_RET;
			((void (*)(void))(code + at))();
		}
		munmap(code, CODE_BYTES);
	}
}

static void processes(long n, void (*run)(unsigned int seed))
{
	for (long i = 0; i < n; i++)
		if (fork() == 0)
			run((unsigned int)i + 1);
	while (wait(NULL) > 0)
		;
}

/*
 * Goes round @mib MiB, page by page, at @rate MiB/s (0: as fast as it can), and writes or reads every word of a page. Ten lines a
 * second, "SECONDS PAGES": the guest's clock, and pages done so far. Who was held up for longer than CATCH_UP_US does not make
 * it good afterwards, so that what was lost can be seen in the counts.
 */
#define PAGE_WORDS 512
#define PAGES_PER_MIB 256
#define CATCH_UP_US 20000
#define REPORT_US 100000

static void report(int64_t now, uint64_t pages)
{
	printf("%.6f %llu\n", (double)now / 1e6, (unsigned long long)pages);
	fflush(stdout);
}

static void touch(volatile uint64_t *page, uint64_t value, int writes)
{
	uint64_t sum = 0;

	if (writes)
		for (int i = 0; i < PAGE_WORDS; i++)
			page[i] = value + (uint64_t)i;
	else
		for (int i = 0; i < PAGE_WORDS; i++)
			sum += page[i];
	sink += sum;
}

static int go_round(long mib, long rate, int writes)
{
	uint64_t total = (uint64_t)mib * PAGES_PER_MIB, pages = 0;
	volatile uint64_t *memory = mmap(NULL, total * PAGE_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t now, due, next;

	if (memory == MAP_FAILED)
		return 1;
	for (uint64_t i = 0; i < total; i++)
		touch(memory + i * PAGE_WORDS, i + 1, 1);
	due = next = now_us();
	for (;;) {
		now = now_us();
		if (now >= next) {
			report(now, pages);
			next = now + REPORT_US;
		}
		if (rate && due > now) {
			usleep((useconds_t)(due - now));
			continue;
		}
		if (now - due > CATCH_UP_US)
			due = now - CATCH_UP_US;
		/* A quarter of a MiB between two looks at the clock. */
		for (int i = 0; i < PAGES_PER_MIB / 4; i++, pages++)
			touch(memory + pages % total * PAGE_WORDS, pages, writes);
		due += rate ? 250000 / rate : 0;
	}
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: vs-load hog N | sleeper N | rewrite N | browser N | ipi N | counted N | count | dirty MIB RATE | read MIB RATE\n"
		"N processes that never sleep, that burn and sleep by turns, or that write code and run it, or N threads that work in bursts\n"
		"as a browser's, or of which one interrupts the others' CPUs and waits for them; or one process that writes, or reads, MIB\n"
		"of memory round and round at RATE MiB/s (0: as fast as it can) and prints SECONDS PAGES ten times a second. Until killed.\n"
		"counted: hogs in sessions of their own; count prints the rounds that all of them have done, and the time in us.\n");
	return status;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(unsigned int seed);		/* each process */
		void (*threads)(long n);		/* or all of them */
	} kinds[] = { { "hog", hog, NULL }, { "sleeper", sleeper, NULL }, { "counted", counted, NULL }, { "rewrite", rewrite, NULL },
		      { "browser", NULL, browser }, { "ipi", NULL, interrupt_others } };
	long n = argc > 2 ? atol(argv[2]) : 0, rate = argc == 4 ? atol(argv[3]) : -1;
	int writes = argc == 4 && !strcmp(argv[1], "dirty");

	if (argc == 4 && n > 0 && rate >= 0 && (writes || !strcmp(argv[1], "read")))
		return go_round(n, rate, writes);
	if (argc == 2 && !strcmp(argv[1], "count")) {
		count();
		return 0;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (argc != 3 || strcmp(kinds[k].name, argv[1]) || n < 1)
			continue;
		if (kinds[k].run)
			processes(n, kinds[k].run);
		else
			kinds[k].threads(n);
		return kinds[k].run ? 0 : 1;
	}
	return usage(argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2);
}
