/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the level-2 guest (guest.S), its VMM (vm.c) and the checks meet in guest memory.
 * Included by C and by assembly, so it must hold nothing but numbers.
 */
#ifndef LAB_INTEL_SHARED_H
#define LAB_INTEL_SHARED_H

#define GUEST_RAM_BYTES   0x10000
#define GUEST_CODE        0x1000    /* load address and entry */
#define GUEST_STACK_TOP   0x8000

/* 32-bit words; MODE, TIMER, PERIOD and TASK are written from outside, the others by the guest. */
#define GUEST_MODE        0x8000    /* GUEST_MODE_*, may change at any time */
#define GUEST_TIMER       0x8004    /* GUEST_TIMER_*, read once at the start */
#define GUEST_PERIOD      0x8008    /* timer ticks between interrupts: PIT 1.193 MHz, LAPIC 1 GHz */
#define GUEST_TICKS       0x800c    /* timer interrupts taken */
#define GUEST_HALTS       0x8010    /* HLT instructions begun */
#define GUEST_LOOPS       0x8014    /* rounds of the busy loop, or pages written to */
#define GUEST_LOGGED      0x8018    /* pages that KVM's dirty log has had, written by the VMM */
#define GUEST_TASK        0x801c    /* value for CR3, written from outside, may change at any time */

#define GUEST_MODE_HALT   0         /* HLT between interrupts */
#define GUEST_MODE_BUSY   1         /* never halts */
#define GUEST_MODE_DIRTY  2         /* never halts, writes to the pages below by turns */

/* Memory of its own for that mode; the VMM has it logged while asked to (SIGUSR1 begins and ends it), and clears the log. */
#define GUEST_DIRTY_BASE  0x100000
#define GUEST_DIRTY_BYTES 0x100000
#define GUEST_LOG_MS      10

#define GUEST_TIMER_PIT   0         /* in-kernel PIT through the PIC: a kernel thread of the host kicks the vCPU */
#define GUEST_TIMER_LAPIC 1         /* in-kernel local APIC: the VMX preemption timer while the guest runs */

#endif
