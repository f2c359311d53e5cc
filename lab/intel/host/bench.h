/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scene that most checks play in: a VM, a CPU hog on the same CPU (unless
 * the plan is quiet), and the device held by us. A check sets it up with bench_begin() and always ends it.
 * It must not judge; it only says why the scene could not be set up.
 */
#ifndef LAB_INTEL_BENCH_H
#define LAB_INTEL_BENCH_H

#include "../guest/shared.h"
#include "lab.h"

struct bench {
    struct vm vm;
    pid_t hog;
    int fd;                         /* the controller's, -1 when closed */
    struct sched_state before;      /* the vCPU thread before it was attached */
};

struct bench_plan {
    unsigned int timer, period_us;  /* the guest's interrupts */
    unsigned int burst_us, share_pct;
    unsigned int grace_ms;
    uint32_t policy;                /* of the vCPU thread before it is attached */
    int nice;
    bool quiet;                     /* no hog */
};

/* The plan of checks that ask for nothing special: a tick a millisecond, a budget that is not the limit. */
#define BENCH_USUAL { .timer = GUEST_TIMER_PIT, .period_us = 1000, .burst_us = 20000, .share_pct = 90 }

/* VM, hog and device are there, the VM is attached and boosts are on. NULL, or what did not work; bench_end() in both cases. */
const char *bench_begin(struct bench *bench, const struct bench_plan *plan);
/* Ends it all; passes `verdict` on, so that a check can end with it. */
const char *bench_end(struct bench *bench, const char *verdict);
/* Gives the device up, as a controller that dies does. */
void bench_close(struct bench *bench);
/* NULL when the vCPU thread is scheduled exactly as before it was attached. */
const char *bench_restored(const struct bench *bench);

#endif
