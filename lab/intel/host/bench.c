/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets up and ends the scene that bench.h describes. Called by the checks; it must clean up from every half-made state. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const char *failed(const char *what, int result)
{
    return check_text("%s: %s", what, strerror(-result));
}

const char *bench_begin(struct bench *bench, const struct bench_plan *plan)
{
    int result;

    *bench = (struct bench) { .fd = -1, .hog = -1 };
    result = vm_start(&bench->vm, plan->timer, plan->period_us);
    if (result < 0)
        return failed("start VM", result);
    if (!plan->quiet)
        bench->hog = hog_start();
    result = sched_set(bench->vm.tid, plan->policy, plan->nice, 0);
    if (result == 0)
        result = sched_read(bench->vm.tid, &bench->before);
    if (result < 0)
        return failed("set the vCPU thread's policy", result);
    bench->fd = device_open();
    if (bench->fd < 0)
        return failed("open " VS_DEVICE_PATH, bench->fd);
    result = device_control(bench->fd);
    if (result < 0)
        return failed("take control", result);
    result = device_host(bench->fd, plan->grace_ms);
    if (result < 0)
        return failed("set the host's ceiling", result);
    result = device_attach(bench->fd, &bench->vm);
    if (result < 0)
        return failed("attach VM", result);
    result = device_boost(bench->fd, &bench->vm, plan->burst_us, plan->share_pct);
    if (result < 0)
        return failed("configure boost", result);
    return NULL;
}

void bench_close(struct bench *bench)
{
    if (bench->fd >= 0)
        close(bench->fd);
    bench->fd = -1;
}

const char *bench_end(struct bench *bench, const char *verdict)
{
    bench_close(bench);
    hog_stop(bench->hog);
    if (bench->vm.pid > 0)
        vm_stop(&bench->vm);
    return verdict;
}

const char *bench_restored(const struct bench *bench)
{
    const struct sched_state *was = &bench->before;
    struct sched_state now;
    int result = sched_read(bench->vm.tid, &now);

    if (result < 0)
        return failed("read the vCPU thread's policy", result);
    if (!sched_same(was, &now))
        return check_text("vCPU thread not as before: policy %u nice %d priority %u flags %llu, was policy %u nice %d priority %u flags %llu",
                          now.policy, now.nice, now.priority, (unsigned long long)now.flags,
                          was->policy, was->nice, was->priority, (unsigned long long)was->flags);
    return NULL;
}
