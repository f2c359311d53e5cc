/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which address space a vCPU runs: the only file that looks into struct kvm_vcpu beyond its pid, and the only vendor code.
 */
#ifndef VS_GUEST_TASK_H
#define VS_GUEST_TASK_H

#include <linux/types.h>

struct kvm_vcpu;

u64 vs_guest_task(const struct kvm_vcpu *vcpu, const struct pid *pid);

#endif /* VS_GUEST_TASK_H */
