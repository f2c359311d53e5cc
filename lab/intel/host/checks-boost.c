/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that boosts happen on VMX, and end: by the module's counters for the
 * cause, by the kernel's own view of the thread for the effect.
 * Run by main.c with the module loaded.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define RUN_MS 500
#define SAMPLE_US 300
/* One sample more than the truth, the sampler's own time and the exit that ends the boost, on a CPU of 50 MIPS. */
#define SLACK_US 1500
/* From the policy's change to the start of charging, and from its end to the change back, on that CPU. */
#define SWITCH_US 120

static const char *check_info(void)
{
    const uint64_t wanted = VS_FEATURE_WAKE | VS_FEATURE_KICK | VS_FEATURE_FIFO;
    struct vs_info info;
    int fd = device_open(), result;

    if (fd < 0)
        return check_text("open " VS_DEVICE_PATH ": %s", strerror(-fd));
    result = device_info(fd, &info);
    close(fd);
    if (result < 0)
        return check_text("read info: %s", strerror(-result));
    if (info.abi != VS_ABI_VERSION || !info.kvm_loaded || (info.features & wanted) != wanted || info.missing_hook[0])
        return check_text("abi %u, kvm_loaded %u, features %#llx, missing hook \"%.64s\"", info.abi, info.kvm_loaded,
                          (unsigned long long)info.features, info.missing_hook);
    return NULL;
}

static const char *check_refusals(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong = bench_begin(&bench, &plan);
    int other, result;

    if (wrong)
        return bench_end(&bench, wrong);
    other = device_open();
    if (device_attach(other, &bench.vm) != -EPERM)
        wrong = "attach without control is not refused";
    if (device_control(other) != -EBUSY)
        wrong = "a second controller is not refused";
    close(other);
    result = device_attach_thread(bench.fd, &bench.vm, getpid());
    if (result != -EXDEV && result != -ESRCH)
        wrong = "a thread of another process is not refused";
    return bench_end(&bench, wrong);
}

static const char *check_wake(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    struct vs_vcpu_stats stats;
    struct sched_watch watch;
    const char *wrong = bench_begin(&bench, &plan);

    if (wrong)
        return bench_end(&bench, wrong);
    watcher_priority(true);
    sched_watch(bench.vm.pid, bench.vm.tid, RUN_MS, SAMPLE_US, &watch);
    watcher_priority(false);
    if (device_stats(bench.fd, &bench.vm, &stats) < 0)
        wrong = "query failed";
    else if (stats.boosts_wake < RUN_MS / 4 || !watch.boosted)
        wrong = check_text("%llu wake boosts in %u ms, SCHED_FIFO in %u of %u samples", (unsigned long long)stats.boosts_wake, RUN_MS,
                           watch.boosted, watch.samples);
    say("wake: %llu boosts, %llu exhausted, %llu rejected, boosted %llu us, samples %u/%u", (unsigned long long)stats.boosts_wake,
        (unsigned long long)stats.exhausted, (unsigned long long)stats.rejected, (unsigned long long)stats.boosted_ns / 1000,
        watch.boosted, watch.samples);
    return bench_end(&bench, wrong);
}

static const char *kick_stats(unsigned int timer, const char *name, struct vs_vcpu_stats *stats)
{
    const struct bench_plan plan = { .timer = timer, .period_us = 5000, .burst_us = 500, .share_pct = 50 };
    struct bench bench;
    const char *wrong = bench_begin(&bench, &plan);
    uint32_t ticks;

    if (wrong)
        return bench_end(&bench, wrong);
    vm_set_mode(&bench.vm, GUEST_MODE_BUSY);
    ticks = vm_word(&bench.vm, GUEST_TICKS);
    sleep_ms(RUN_MS);
    ticks = vm_word(&bench.vm, GUEST_TICKS) - ticks;
    if (device_stats(bench.fd, &bench.vm, stats) < 0)
        wrong = "query failed";
    else if (ticks < RUN_MS / 50)
        wrong = check_text("%u ticks of a %u us timer in %u ms", ticks, plan.period_us, RUN_MS);
    say("kick by %s: %llu boosts, %llu extended, %llu cut off, %llu exhausted, %llu rejected", name, (unsigned long long)stats->boosts_kick,
        (unsigned long long)stats->extended, (unsigned long long)stats->cutoffs, (unsigned long long)stats->exhausted,
        (unsigned long long)stats->rejected);
    return bench_end(&bench, wrong);
}

static const char *kick_wanted(unsigned int timer, const char *name)
{
    struct vs_vcpu_stats stats;
    const char *wrong = kick_stats(timer, name, &stats);

    if (!wrong && !stats.boosts_kick)
        wrong = check_text("no kick boost in %u ms", RUN_MS);
    return wrong;
}

static const char *check_kick_pit(void)
{
    return kick_wanted(GUEST_TIMER_PIT, "PIT");
}

/*
 * With the VMX preemption timer the deadline of the guest's local APIC timer is in the VMCS: while the vCPU is preempted
 * nothing fires, so no module can see it. Only that boosts do no harm is checked.
 */
static const char *check_kick_preemption_timer(void)
{
    struct vs_vcpu_stats stats;

    return kick_stats(GUEST_TIMER_LAPIC, "local APIC with the preemption timer", &stats);
}

static const char *check_kick_hrtimer(void)
{
    if (!module_parameter_is("kvm_intel", "preemption_timer", 'N'))
        return "kvm_intel was not loaded with preemption_timer=0";
    return kick_wanted(GUEST_TIMER_LAPIC, "local APIC without the preemption timer");
}

/* Waits until the guest, told to be busy while it halted, has been woken; false when that takes too long. */
static bool await_busy(struct vm *vm)
{
    int64_t end = now_ns() + RUN_MS * NS_PER_MS;
    uint32_t loops = vm_word(vm, GUEST_LOOPS);

    vm_set_mode(vm, GUEST_MODE_BUSY);
    while (vm_word(vm, GUEST_LOOPS) == loops) {
        if (now_ns() > end)
            return false;
        sleep_us(SAMPLE_US);
    }
    return true;
}

/*
 * The guest is woken boosted, then never halts again: only the timer can end the boost. Its ticks ask for more than the budget has, and
 * are further apart than samples: boosts a millisecond apart would be taken for one.
 */
static const char *check_cutoff(void)
{
    const struct bench_plan plan = { .timer = GUEST_TIMER_PIT, .period_us = 4000, .burst_us = 5000, .share_pct = 10 };
    const int64_t longest_us = plan.burst_us * 100 / (100 - plan.share_pct) + SLACK_US;
    /* The ticks before, each with a boost of its own, have used up some of the budget. */
    const int64_t least_us = plan.burst_us / 5;
    struct bench bench;
    struct sched_watch watch = { 0 };
    struct vs_vcpu_stats stats = { 0 };
    const char *wrong = bench_begin(&bench, &plan);
    unsigned int share, allowed;

    if (wrong)
        return bench_end(&bench, wrong);
    watcher_priority(true);
    if (!sched_await_fifo(bench.vm.tid, true, RUN_MS) || !await_busy(&bench.vm))
        wrong = "the halting guest is not armed, or not woken";
    sched_watch(bench.vm.pid, bench.vm.tid, 2 * RUN_MS, SAMPLE_US, &watch);
    watcher_priority(false);
    share = watch.samples ? 100 * watch.boosted / watch.samples : 100;
    if (device_stats(bench.fd, &bench.vm, &stats) < 0)
        wrong = "query failed";
    else if (!wrong && !stats.cutoffs)
        wrong = "no boost was cut off";
    else if (!wrong && (watch.longest_ns > longest_us * 1000 || watch.longest_ns < least_us * 1000))
        wrong = check_text("SCHED_FIFO for %lld us, wanted %lld to %lld", (long long)watch.longest_ns / 1000, (long long)least_us,
                           (long long)longest_us);
    allowed = plan.share_pct + (plan.burst_us + (unsigned int)stats.cutoffs * SWITCH_US) / (2 * RUN_MS * 10);
    if (!wrong && share > allowed)
        wrong = check_text("SCHED_FIFO in %u %% of the samples, allowed %u %%", share, allowed);
    say("cut-off: %llu cut off, longest %lld us of %lld, %u %% of samples, %llu exhausted, payback %llu us", (unsigned long long)stats.cutoffs,
        (long long)watch.longest_ns / 1000, (long long)longest_us, share, (unsigned long long)stats.exhausted,
        (unsigned long long)stats.payback_ns / 1000);
    return bench_end(&bench, wrong);
}

const struct check boost_checks[] = {
    { "the module says what it can do", true, check_info },
    { "strangers and foreign threads are refused", true, check_refusals },
    { "a halting guest is boosted when it wakes", true, check_wake },
    { "a preempted guest is boosted for an interrupt, timer: PIT", true, check_kick_pit },
    { "a preempted guest with the preemption timer runs", true, check_kick_preemption_timer },
    { "the cut-off ends the boost of a guest that never halts", true, check_cutoff },
    { NULL, false, NULL },
};

/* After kvm_intel was loaded again with preemption_timer=0 (the last of unload_checks). */
const struct check late_checks[] = {
    { "a preempted guest is boosted for an interrupt, timer: local APIC", true, check_kick_hrtimer },
    { NULL, false, NULL },
};
