/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paying boosted time back: the fair scheduler is told of it, and has the groups above the vCPU wait for the others.
 */
#ifndef VS_PAYBACK_H
#define VS_PAYBACK_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "vs_pot_calc.h"

struct vs_vcpu;

/* One of struct vs_domain's. @lock: innermost, below that of a vCPU; interrupts off */
struct vs_cpu_pot {
	raw_spinlock_t lock;
	struct vs_pot pot;
};

struct vs_cpu_pot __percpu *vs_payback_pots(void);

void vs_payback_restart(struct vs_vcpu *v);
void vs_payback_awake(struct vs_vcpu *v, u64 now);
void vs_payback_asleep(struct vs_vcpu *v, u64 now);
void vs_payback_idle(struct vs_vcpu *v, bool slept, u64 now);
void vs_payback_turn(struct vs_vcpu *v, bool begins);
void vs_payback_boosted(struct vs_vcpu *v, u64 ran);
void vs_payback_advance(struct vs_vcpu *v);
void vs_payback_charge(struct vs_vcpu *v, u64 now);
u64 vs_payback_credit(struct vs_vcpu *v);
bool vs_payback_owes(const struct vs_vcpu *v);

#endif /* VS_PAYBACK_H */
