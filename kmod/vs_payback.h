/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paying boosted time back: a vCPU in debt waits a little before it enters the guest with nothing urgent to do.
 */
#ifndef VS_PAYBACK_H
#define VS_PAYBACK_H

#include <linux/types.h>

struct vs_vcpu;

void vs_payback_boosted(struct vs_vcpu *v, u64 ran);
bool vs_payback_due(struct vs_vcpu *v, u64 now, bool turn);
void vs_payback_wait(struct vs_vcpu *v, bool turn);
u64 vs_payback_timer(struct vs_vcpu *v, u64 now, bool *wake);

#endif /* VS_PAYBACK_H */
