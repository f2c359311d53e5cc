/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that load and unload the modules themselves, with VMs running.
 * Run by main.c; each leaves virtsched unloaded and kvm_intel loaded, the last one without the VMX preemption timer.
 */
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 20
#define LONG_GRACE_MS 60000
#define WAIT_MS 1000

/* Unloads with a boost on: the device is closed, the grace keeps the boosts. */
static const char *unload_boosted(struct bench *bench)
{
    uint32_t ticks;
    int result;

    bench_close(bench);
    if (!sched_await_fifo(bench->vm.tid, true, WAIT_MS))
        return "no boost to unload from";
    result = module_unload("virtsched");
    if (result < 0)
        return check_text("unload virtsched: %s", strerror(-result));
    ticks = vm_word(&bench->vm, GUEST_TICKS);
    sleep_ms(50);
    if (vm_word(&bench->vm, GUEST_TICKS) == ticks)
        return "the guest stands still after the unload";
    return bench_restored(bench);
}

static const char *load_and_unload(unsigned int mode, bool quiet)
{
    struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong;
    int result = module_load(MODULE_PATH, "");

    if (result < 0)
        return check_text("load virtsched: %s", strerror(-result));
    plan.grace_ms = LONG_GRACE_MS;
    plan.nice = 2;
    plan.quiet = quiet;
    wrong = bench_begin(&bench, &plan);
    watcher_priority(true);
    vm_set_mode(&bench.vm, mode);
    if (!wrong)
        wrong = unload_boosted(&bench);
    watcher_priority(false);
    wrong = bench_end(&bench, wrong);
    if (module_loaded("virtsched"))
        module_unload("virtsched");
    return wrong;
}

static const char *check_unload_halting(void)
{
    return load_and_unload(GUEST_MODE_HALT, false);
}

static const char *check_unload_busy(void)
{
    return load_and_unload(GUEST_MODE_BUSY, false);
}

/* Without the hog, which would take three quarters of the time. */
static const char *check_rounds(void)
{
    const char *wrong = NULL;

    for (unsigned int i = 0; !wrong && i < ROUNDS; i++)
        wrong = load_and_unload(GUEST_MODE_HALT, true);
    return wrong;
}

/* NULL when the module's opinion of kvm's presence is `wanted`. */
static const char *kvm_seen(bool wanted)
{
    struct vs_info info;
    int fd = device_open(), result = fd < 0 ? fd : device_info(fd, &info);

    if (fd >= 0)
        close(fd);
    if (result < 0)
        return check_text("read info: %s", strerror(-result));
    if (!!info.kvm_loaded != wanted || (wanted && info.missing_hook[0]))
        return check_text("kvm is %s, the module says %u (missing hook \"%.64s\")", wanted ? "there" : "gone", info.kvm_loaded, info.missing_hook);
    return NULL;
}

static const char *boosts_come(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong = bench_begin(&bench, &plan);

    if (!wrong && !sched_await_fifo(bench.vm.tid, true, WAIT_MS))
        wrong = "no boost after kvm came back";
    return bench_end(&bench, wrong);
}

/* kvm comes and goes under the module: it must let go of its hooks and find them again. late_checks go on with this kvm_intel. */
static const char *kvm_reload(void)
{
    int down = module_unload("kvm_intel"), up;
    const char *wrong = NULL;

    if (down == 0)
        down = module_unload("kvm");
    if (down < 0)
        wrong = check_text("unload kvm: %s", strerror(-down));
    else
        wrong = kvm_seen(false);
    up = module_loaded("kvm") ? 0 : module_load("/modules/kvm.ko", "");
    if (up == 0 && !module_loaded("kvm_intel"))
        up = module_load("/modules/kvm-intel.ko", "preemption_timer=0");
    if (up < 0)
        return check_text("load kvm again: %s", strerror(-up));
    if (!wrong)
        wrong = kvm_seen(true);
    return wrong ? wrong : boosts_come();
}

const struct check unload_checks[] = {
    { "unload while a boost is on, guest halts", false, check_unload_halting },
    { "unload while a boost is on, guest never halts", false, check_unload_busy },
    { "20 rounds of load, boost, unload", false, check_rounds },
    { "kvm leaves and comes back under the module", true, kvm_reload },
    { NULL, false, NULL },
};
