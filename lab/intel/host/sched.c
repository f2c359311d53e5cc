/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at a thread's scheduling policy from outside, and samples it over time.
 * Called by the checks. It must believe the kernel's system calls only, never
 * the module's own counters.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

/* Above any boost (at most 49), so that the sampler sees the end of one that should have ended. */
#define WATCHER_PRIORITY 60
#define POLL_US 200

int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_until(int64_t ns)
{
    struct timespec at = { .tv_sec = ns / 1000000000LL, .tv_nsec = ns % 1000000000LL };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

void sleep_ms(unsigned int ms)
{
    sleep_until(now_ns() + ms * NS_PER_MS);
}

void sleep_us(unsigned int us)
{
    sleep_until(now_ns() + us * 1000LL);
}

int sched_read(pid_t tid, struct sched_state *state)
{
    memset(state, 0, sizeof(*state));
    return syscall(SYS_sched_getattr, tid, state, sizeof(*state), 0) < 0 ? -errno : 0;
}

int sched_set(pid_t tid, uint32_t policy, int nice, uint32_t priority)
{
    struct sched_state state = { .size = 48, .policy = policy, .nice = nice, .priority = priority };

    return syscall(SYS_sched_setattr, tid, &state, 0) < 0 ? -errno : 0;
}

bool sched_same(const struct sched_state *a, const struct sched_state *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * CPU time of a process: an armed thread is SCHED_FIFO in its sleep too, which takes nobody's time, and a sample counts when
 * the thread ran for most of it.
 */
static int64_t cpu_ns(pid_t pid)
{
    struct timespec t = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int sched_watch(pid_t pid, pid_t tid, unsigned int ms, unsigned int period_us, struct sched_watch *watch)
{
    int64_t at = now_ns(), end = at + ms * NS_PER_MS, since = 0;
    int64_t used = cpu_ns(pid), before;
    struct sched_state state;

    *watch = (struct sched_watch) { 0 };
    while (at < end) {
        int result = sched_read(tid, &state);
        int64_t now = now_ns();

        if (result < 0)
            return result;
        watch->samples++;
        before = used;
        used = cpu_ns(pid);
        if (state.policy == SCHED_FIFO && used - before > period_us * 500LL) {
            watch->boosted++;
            since = since ? since : now;
            if (now - since > watch->longest_ns)
                watch->longest_ns = now - since;
        } else {
            since = 0;
        }
        at += period_us * 1000LL;
        sleep_until(at);
    }
    return 0;
}

bool sched_await_fifo(pid_t tid, bool fifo, unsigned int ms)
{
    int64_t end = now_ns() + ms * NS_PER_MS;
    struct sched_state state;

    while (now_ns() < end) {
        if (sched_read(tid, &state) == 0 && (state.policy == SCHED_FIFO) == fifo)
            return true;
        sleep_us(POLL_US);
    }
    return false;
}

void watcher_priority(bool on)
{
    sched_set(0, on ? SCHED_FIFO : SCHED_OTHER, 0, on ? WATCHER_PRIORITY : 0);
}
