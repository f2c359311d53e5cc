/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guest tasks on VMX: CR3 is read from the VMCS at exits that happen anyway, and a phase changes the weight of what was busy.
 * Run by main.c with the module loaded.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>

#include "bench.h"

/* Even page frames: page table isolation's bit is masked on CPUs that need it. */
#define HOG_CR3 0x122000u
#define EDITOR_CR3 0x456000u
#define FRAME(cr3) ((cr3) >> 12)
/* Longer than the window of 32 x 32 ms, after which the guest counts as no longer young. */
#define BUSY_MS 1300
#define WAIT_MS 500
#define BACKGROUND_NICE 5

static bool await_nice(const struct bench *bench, int nice)
{
    struct sched_state state;

    for (int i = 0; i < WAIT_MS; i++) {
        if (sched_read(bench->vm.tid, &state) == 0 && state.policy == SCHED_OTHER && state.nice == nice)
            return true;
        sleep_ms(1);
    }
    return false;
}

static const char *play(struct bench *bench)
{
    unsigned int class = 0;
    int load;

    vm_set_task(&bench->vm, HOG_CR3);
    vm_set_mode(&bench->vm, GUEST_MODE_BUSY);
    if (device_interactive(bench->fd, &bench->vm) < 0)
        return "interactive phases are refused";
    sleep_ms(BUSY_MS);
    load = device_task(bench->fd, &bench->vm, FRAME(HOG_CR3), &class);
    if (load < 900 || load > 1010)
        return check_text("the busy task has a load of %d permille", load);
    if (device_phase(bench->fd, &bench->vm, 30000) < 0 || !await_nice(bench, BACKGROUND_NICE))
        return "the vCPU with the busy task weighs what it did";
    if (device_task(bench->fd, &bench->vm, FRAME(HOG_CR3), &class) < 0 || class != VS_TASK_BACKGROUND)
        return check_text("the busy task has class %u", class);
    vm_set_task(&bench->vm, EDITOR_CR3);
    if (!await_nice(bench, 0))
        return "another task of the vCPU does not get its weight back";
    vm_set_task(&bench->vm, HOG_CR3);
    if (!await_nice(bench, BACKGROUND_NICE))
        return "the busy task is not found again";
    if (device_phase(bench->fd, &bench->vm, 0) < 0 || !await_nice(bench, 0))
        return "the end of the phase does not put the weight back";
    return device_detach(bench->fd, &bench->vm) < 0 ? "detach failed" : bench_restored(bench);
}

static const char *check_tasks(void)
{
    const struct bench_plan plan = BENCH_USUAL;
    struct bench bench;
    const char *wrong = bench_begin(&bench, &plan);

    watcher_priority(true);
    if (!wrong)
        wrong = play(&bench);
    watcher_priority(false);
    return bench_end(&bench, wrong);
}

const struct check interactive_checks[] = {
    { "guest tasks are told apart, and background ones weigh less in a phase", true, check_tasks },
    { NULL, false, NULL },
};
