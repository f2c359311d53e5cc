/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that every way out of a boost puts the vCPU thread back exactly as it
 * was, and that an admin's own change wins. Run by main.c with the module loaded.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

#define WAIT_MS 1000
#define GRACE_MS 300

/* Waits for a boost to be on; every check of this file leaves it from there. */
static const char *begin_boosted(struct bench *bench, const struct bench_plan *plan)
{
    const char *wrong = bench_begin(bench, plan);

    if (wrong)
        return wrong;
    watcher_priority(true);
    if (!sched_await_fifo(bench->vm.tid, true, WAIT_MS))
        wrong = "no boost to leave";
    return wrong;
}

static const char *end(struct bench *bench, const char *wrong)
{
    watcher_priority(false);
    return bench_end(bench, wrong);
}

static const char *check_detach(void)
{
    static const struct { uint32_t policy; int nice; } rows[] = {
        { SCHED_OTHER, 0 }, { SCHED_OTHER, 5 }, { SCHED_OTHER, -7 }, { SCHED_BATCH, 3 },
    };
    const char *wrong = NULL;

    for (size_t i = 0; !wrong && i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench_plan plan = BENCH_USUAL;
        struct bench bench;

        plan.policy = rows[i].policy;
        plan.nice = rows[i].nice;
        wrong = begin_boosted(&bench, &plan);
        if (!wrong && device_detach(bench.fd, &bench.vm) < 0)
            wrong = "detach failed";
        if (!wrong)
            wrong = bench_restored(&bench);
        wrong = end(&bench, wrong);
    }
    return wrong;
}

static const char *check_close(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong = begin_boosted(&bench, &plan);

    bench_close(&bench);
    sleep_ms(20);
    if (!wrong)
        wrong = bench_restored(&bench);
    return end(&bench, wrong);
}

static const char *check_grace(void)
{
    struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong;

    plan.grace_ms = GRACE_MS;
    wrong = begin_boosted(&bench, &plan);
    bench_close(&bench);
    sleep_ms(GRACE_MS / 2);
    if (!wrong && !sched_await_fifo(bench.vm.tid, true, GRACE_MS / 4))
        wrong = "no boosts in the time of grace";
    sleep_ms(GRACE_MS);
    if (!wrong)
        wrong = bench_restored(&bench);
    if (!wrong && sched_await_fifo(bench.vm.tid, true, 50))
        wrong = "boosts go on after the time of grace";
    return end(&bench, wrong);
}

static const char *check_chrt(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    struct vs_vcpu_stats stats;
    struct sched_state now = { 0 };
    const char *wrong = begin_boosted(&bench, &plan);

    sched_set(bench.vm.tid, SCHED_RR, 0, 3);
    sleep_ms(100);
    if (!wrong && (device_stats(bench.fd, &bench.vm, &stats) < 0 || !(stats.state & VS_STATE_STEPPED_BACK)))
        wrong = "an outside chrt is not noticed";
    device_detach(bench.fd, &bench.vm);
    sched_read(bench.vm.tid, &now);
    if (!wrong && (now.policy != SCHED_RR || now.priority != 3))
        wrong = check_text("an outside chrt to RR 3 became policy %u priority %u", now.policy, now.priority);
    return end(&bench, wrong);
}

static const char *check_renice(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    struct sched_state now = { 0 };
    const char *wrong = begin_boosted(&bench, &plan);

    setpriority(PRIO_PROCESS, (id_t)bench.vm.tid, 4);
    sleep_ms(100);
    device_detach(bench.fd, &bench.vm);
    sched_read(bench.vm.tid, &now);
    if (!wrong && (now.policy != SCHED_OTHER || now.nice != 4))
        wrong = check_text("an outside renice to 4 became policy %u nice %d", now.policy, now.nice);
    return end(&bench, wrong);
}

static const char *check_killed(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    struct vs_event event = { 0 };
    const char *wrong = begin_boosted(&bench, &plan);
    bool gone = false;

    if (wrong)
        return end(&bench, wrong);
    vm_stop(&bench.vm);
    for (int i = 0; i < 50 && !gone; i++) {
        sleep_ms(20);
        while (!gone && read(bench.fd, &event, sizeof(event)) == sizeof(event))
            gone = event.type == VS_EVENT_DOMAIN_GONE;
    }
    if (!gone)
        wrong = "no event tells that the VM is gone";
    return end(&bench, wrong);
}

const struct check restore_checks[] = {
    { "detach puts policy and nice back", true, check_detach },
    { "close without grace puts policy and nice back", true, check_close },
    { "grace keeps boosts for a while, then all is put back", true, check_grace },
    { "an outside chrt wins", true, check_chrt },
    { "an outside renice wins", true, check_renice },
    { "a VM killed while a boost is on is forgotten", true, check_killed },
    { NULL, false, NULL },
};
