/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of the lab itself, without the module: kvm_intel has what the emulated
 * CPU promises, and the small guest does what the other checks rely on.
 * Run by main.c.
 */
#include <stdlib.h>

#include "bench.h"

#define PERIOD_US 1000
#define RUN_MS 200

static const char *check_parameters(void)
{
    static const char *const wanted[] = { "ept", "eptad", "unrestricted_guest", "vpid", "preemption_timer", "flexpriority" };
    const char *pml = getenv("lab_pml");

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!module_parameter_is("kvm_intel", wanted[i], 'Y'))
            return check_text("kvm_intel parameter %s is not Y", wanted[i]);
    if (!module_parameter_is("kvm_intel", "pml", pml ? pml[0] : 'N'))
        return check_text("kvm_intel parameter pml is not %s", pml ? pml : "N");
    return NULL;
}

static const char *check_guest(unsigned int timer)
{
    struct vm vm;
    uint32_t ticks, halts, loops;
    const char *verdict = NULL;

    if (vm_start(&vm, timer, PERIOD_US) < 0)
        return "the guest did not start";
    ticks = vm_word(&vm, GUEST_TICKS);
    halts = vm_word(&vm, GUEST_HALTS);
    sleep_ms(RUN_MS);
    ticks = vm_word(&vm, GUEST_TICKS) - ticks;
    halts = vm_word(&vm, GUEST_HALTS) - halts;
    if (ticks < RUN_MS / 2 || ticks > RUN_MS * 2 || halts < ticks / 2)
        verdict = check_text("%u ticks and %u halts in %u ms of a 1 ms timer", ticks, halts, RUN_MS);
    vm_set_mode(&vm, GUEST_MODE_BUSY);
    sleep_ms(2 * PERIOD_US / 1000);
    halts = vm_word(&vm, GUEST_HALTS);
    loops = vm_word(&vm, GUEST_LOOPS);
    sleep_ms(RUN_MS);
    if (!verdict && (vm_word(&vm, GUEST_HALTS) != halts || vm_word(&vm, GUEST_LOOPS) == loops))
        verdict = "the busy guest halts";
    vm_stop(&vm);
    return verdict;
}

static const char *check_guest_pit(void)
{
    return check_guest(GUEST_TIMER_PIT);
}

static const char *check_guest_lapic(void)
{
    return check_guest(GUEST_TIMER_LAPIC);
}

const struct check platform_checks[] = {
    { "kvm_intel has the features of the emulated CPU", false, check_parameters },
    { "the guest halts and spins as told, timer: PIT", false, check_guest_pit },
    { "the guest halts and spins as told, timer: local APIC", false, check_guest_lapic },
    { NULL, false, NULL },
};
