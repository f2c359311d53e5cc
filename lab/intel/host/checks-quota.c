/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of the dirty quota on VMX: what the module counts is what KVM's log has, a quota holds, and whoever was held up runs on
 * when it ends. With PML pages are told by up to 512 at once. Run by main.c, with the module loaded or not as the table says.
 */
#include <string.h>

#include "bench.h"

#define RUN_MS 1000
#define RATE 2000
#define PML_PAGES 512
#define GUEST_PAGES (GUEST_DIRTY_BYTES / 4096)

struct run {
    struct vs_quota_stats stats;    /* of the run alone */
    uint32_t logged, written;
};

static const struct bench_plan plan = { .timer = GUEST_TIMER_PIT, .period_us = 10000, .burst_us = 2000, .share_pct = 20, .quiet = true };

/* One second of writing, with these pages a second. */
static const char *run_with(struct bench *bench, uint64_t rate, struct run *run)
{
    struct vs_quota_stats before, after;
    uint32_t logged, written;

    if (device_quota(bench->fd, &bench->vm, true, rate) < 0)
        return "set quota failed";
    if (device_quota_stats(bench->fd, &bench->vm, &before) < 0)
        return "query quota failed";
    logged = vm_word(&bench->vm, GUEST_LOGGED);
    written = vm_word(&bench->vm, GUEST_LOOPS);
    sleep_ms(RUN_MS);
    if (device_quota_stats(bench->fd, &bench->vm, &after) < 0)
        return "query quota failed";
    run->logged = vm_word(&bench->vm, GUEST_LOGGED) - logged;
    run->written = vm_word(&bench->vm, GUEST_LOOPS) - written;
    run->stats = after;
    run->stats.pages -= before.pages;
    run->stats.sleeps -= before.sleeps;
    run->stats.slept_ns -= before.slept_ns;
    return NULL;
}

static void tell(const char *name, const struct run *run)
{
    say("quota %s: %llu pages counted, %u logged, %u writes, %llu waits of %llu ms, debt %llu", name, (unsigned long long)run->stats.pages,
        run->logged, run->written, (unsigned long long)run->stats.sleeps, (unsigned long long)run->stats.slept_ns / 1000000,
        (unsigned long long)run->stats.debt);
}

/* Free, held, free again: all in one VM. */
static const char *hold(struct bench *bench)
{
    struct run loose, held, after;
    const char *wrong;
    int odd = device_odd_quotas(bench->fd, &bench->vm);

    if (odd)
        return check_text("the odd quota number %d was not refused", odd);
    vm_set_mode(&bench->vm, GUEST_MODE_DIRTY);
    vm_toggle_log(&bench->vm);
    wrong = run_with(bench, 0, &loose);
    if (!wrong)
        wrong = run_with(bench, RATE, &held);
    if (!wrong)
        wrong = run_with(bench, 0, &after);
    if (wrong)
        return wrong;
    tell("none", &loose);
    tell("2000 a second", &held);
    tell("none again", &after);
    if (loose.stats.pages < 3 * RATE || loose.stats.sleeps)
        return check_text("%llu pages counted without a limit, %llu waits", (unsigned long long)loose.stats.pages,
                          (unsigned long long)loose.stats.sleeps);
    /* The log is taken every 10 ms: a round may be in one and not in the other, at both ends. */
    if (loose.stats.pages > loose.logged + 2 * GUEST_PAGES || loose.logged > loose.stats.pages + 2 * GUEST_PAGES)
        return check_text("%llu pages counted, KVM's log had %u", (unsigned long long)loose.stats.pages, loose.logged);
    if (held.stats.pages > RATE * 105 / 100 + PML_PAGES || held.stats.pages < RATE / 2 || !held.stats.sleeps)
        return check_text("%llu pages with a quota of %u, %llu waits", (unsigned long long)held.stats.pages, RATE,
                          (unsigned long long)held.stats.sleeps);
    if (after.stats.pages < loose.stats.pages / 2 || after.written < loose.written / 2)
        return check_text("%llu pages and %u writes after the quota, %llu and %u before", (unsigned long long)after.stats.pages,
                          after.written, (unsigned long long)loose.stats.pages, loose.written);
    return NULL;
}

static const char *check_hold(void)
{
    struct bench bench;
    const char *wrong = bench_begin(&bench, &plan);

    return bench_end(&bench, wrong ? wrong : hold(&bench));
}

/* The other way to wait, then the module goes while the vCPU is held up. */
static const char *check_task_work(void)
{
    struct bench_plan lasting = plan;
    struct bench bench;
    const char *wrong;
    uint32_t loops;
    int result = module_load(MODULE_PATH, "throttle=task_work");

    if (result < 0)
        return check_text("load with throttle=task_work: %s", strerror(-result));
    lasting.grace_ms = 60000;
    wrong = bench_begin(&bench, &lasting);
    if (!wrong)
        wrong = hold(&bench);
    if (!wrong && device_quota(bench.fd, &bench.vm, true, 1) < 0)
        wrong = "set quota failed";
    sleep_ms(RUN_MS / 2);
    bench_close(&bench);
    loops = bench.vm.pid > 0 ? vm_word(&bench.vm, GUEST_LOOPS) : 0;
    result = module_unload("virtsched");
    if (!wrong && result < 0)
        wrong = check_text("unload while a vCPU waits: %s", strerror(-result));
    sleep_ms(RUN_MS / 5);
    if (!wrong && vm_word(&bench.vm, GUEST_LOOPS) - loops < GUEST_PAGES)
        wrong = "the guest does not run on after the module has gone";
    return bench_end(&bench, wrong);
}

static const char *check_bad_word(void)
{
    if (module_load(MODULE_PATH, "throttle=sideways") >= 0) {
        module_unload("virtsched");
        return "throttle=sideways was taken";
    }
    return NULL;
}

const struct check quota_checks[] = {
    { "a vCPU that dirties too much is held to its quota", true, check_hold },
    { "so it is by task_work, and the module can go meanwhile", false, check_task_work },
    { "no third way to wait is taken", false, check_bad_word },
    { NULL, false, NULL },
};
