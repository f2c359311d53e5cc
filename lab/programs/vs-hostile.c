// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest that misuses the guest channel: writes what it should not into the pages that it shares with the host, and asks for
 * exits in a loop. Runs in the guest as root; the host must not care.
 */
#include <fcntl.h>
#include <glob.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../../kmod/uapi/virtsched-page.h"

#define SLOTS 4	/* of this VM and of nobody */

static volatile uint8_t *memory;
static uint64_t rounds;

static volatile uint64_t *word(size_t at)
{
	return (volatile uint64_t *)(memory + at);
}

static volatile uint64_t *guest_word(unsigned int n)
{
	return word((n + 1) * VS_PAGE_SIZE + offsetof(struct vs_page_slot, guest));
}

static uint64_t session(void)
{
	return VS_PAGE_SESSION_OF(*word(VS_PAGE_SIZE + offsetof(struct vs_page_slot, host)));
}

static uint64_t noise(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* As a guest does that needs it, for ever: the word changes all the time, so it is never too old. */
static void urgent(void)
{
	*guest_word(0) = VS_PAGE_GUEST(VS_PAGE_URGENT, VS_PAGE_REALTIME, session(), rounds);
}

static void frozen(void)
{
	if (!rounds)
		urgent();
}

static void flip(void)
{
	*guest_word(0) = VS_PAGE_GUEST(rounds & 1, rounds & 1 ? VS_PAGE_HARDIRQ : 0, session(), rounds);
}

/* With the right session, or it would be nobody's word. */
static void garbage(void)
{
	*guest_word(0) = (noise() & ~0xffff0000ULL) | session() << 16;
}

/* Header, host's words, reserved bytes, pages of vCPUs that there are not. */
static void everywhere(void)
{
	*word(noise() % ((SLOTS + 1) * VS_PAGE_SIZE) & ~7ULL) = noise();
}

static void foreign(void)
{
	for (unsigned int n = 1; n < SLOTS; n++)
		*guest_word(n) = VS_PAGE_GUEST(VS_PAGE_URGENT, VS_PAGE_REALTIME, session(), rounds);
}

/* Another process with each word, of each class and of none. */
static void tasks(void)
{
	*word(VS_PAGE_SIZE + offsetof(struct vs_page_slot, task)) =
		VS_PAGE_TASK(noise() % (VS_PAGE_TASKS + 1), rounds, session(), noise());
}

/* Somebody types a million times a second. */
static void inputs(void)
{
	*word(VS_PAGE_SIZE + offsetof(struct vs_page_slot, input)) = VS_PAGE_INPUT(VS_PAGE_INPUT_KEY, session(), rounds);
}

static void kick(void)
{
	uint64_t result;

	__asm__ volatile("vmmcall" : "=a"(result) : "a"(VS_PAGE_KICK) : "rbx", "rcx", "rdx", "rsi", "memory");
}

/*
 * Timer interrupts as fast as the guest's kernel makes them. A nested guest's storm looks the same from the host: kicks and
 * wake-ups of this vCPU, whoever they are for.
 */
static void storm(void)
{
	static const struct itimerspec soon = { { 0, 20000 }, { 0, 20000 } };
	static int fd = -1;
	uint64_t ticks;

	if (fd < 0 && ((fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) < 0 || timerfd_settime(fd, 0, &soon, NULL) < 0)) {
		perror("vs-hostile: timerfd");
		exit(1);
	}
	if (read(fd, &ticks, sizeof(ticks)) < 0)
		exit(1);
}

static const struct {
	const char *name;
	void (*act)(void);
} ways[] = {
	{ "urgent", urgent }, { "frozen", frozen }, { "flip", flip }, { "garbage", garbage },
	{ "everywhere", everywhere }, { "foreign", foreign }, { "kick", kick },
	{ "storm", storm },
	{ "tasks", tasks }, { "inputs", inputs },
};

static int map(void)
{
	glob_t found = { 0 };
	int fd = -1;

	for (size_t i = 0; !glob("/sys/bus/pci/devices/*/resource2", 0, NULL, &found) && i < found.gl_pathc && fd < 0; i++) {
		struct stat st = { 0 };
		void *at;

		/* By its size: the host's mark may be overwritten already. */
		fd = open(found.gl_pathv[i], O_RDWR | O_SYNC);
		at = fd < 0 || fstat(fd, &st) < 0 || st.st_size != VS_PAGE_DEVICE_SIZE ? MAP_FAILED :
		     mmap(NULL, VS_PAGE_DEVICE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED) {
			if (fd >= 0)
				close(fd);
			fd = -1;
			continue;
		}
		memory = at;
	}
	globfree(&found);
	return memory ? 0 : -1;
}

int main(int argc, char **argv)
{
	double seconds = argc == 3 ? atof(argv[2]) : 0;
	struct timespec t, begin;

	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]) || seconds <= 0)
			continue;
		if (map() < 0) {
			fprintf(stderr, "vs-hostile: no guest channel\n");
			return 1;
		}
		clock_gettime(CLOCK_MONOTONIC, &begin);
		do {
			for (int k = 0; k < 64; k++, rounds++)
				ways[i].act();
			clock_gettime(CLOCK_MONOTONIC, &t);
		} while ((double)(t.tv_sec - begin.tv_sec) + (double)(t.tv_nsec - begin.tv_nsec) / 1e9 < seconds);
		printf("%s %llu\n", argv[1], (unsigned long long)rounds);
		return 0;
	}
	fprintf(stderr, "usage: vs-hostile urgent|frozen|flip|garbage|everywhere|foreign|kick|storm|tasks|inputs SECONDS\n");
	return 2;
}
