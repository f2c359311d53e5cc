/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paying boosted time back: the fair scheduler is told of it, and has the vCPU and all groups above it wait for the others.
 */
#ifndef VS_PAYBACK_H
#define VS_PAYBACK_H

#include <linux/types.h>

struct vs_vcpu;

void vs_payback_restart(struct vs_vcpu *v);
void vs_payback_tell(struct vs_vcpu *v);
void vs_payback_idle(struct vs_vcpu *v, u64 now);
void vs_payback_boosted(struct vs_vcpu *v, u64 ran);
void vs_payback_advance(struct vs_vcpu *v);
void vs_payback_charge(struct vs_vcpu *v, u64 now);
bool vs_payback_owes(const struct vs_vcpu *v);

#endif /* VS_PAYBACK_H */
