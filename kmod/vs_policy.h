/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread's scheduling parameters as one value: read, compare, set. Everything that virtsched ever changes of a thread
 * is in here, so that putting a thread back means setting one of these.
 */
#ifndef VS_POLICY_H
#define VS_POLICY_H

#include <linux/sched.h>

#include "uapi/virtsched.h"

/**
 * struct vs_policy - one complete set of parameters
 * @policy: SCHED_*
 * @nice: -20..19, kept by the kernel for real-time policies too
 * @rt_priority: 1..99 for SCHED_FIFO and SCHED_RR, else 0
 * @reset_on_fork: SCHED_RESET_ON_FORK
 * @slice_ns: custom EEVDF slice, 0: the kernel's own
 * @slack_ns: timer slack; a real-time policy zeroes it in the kernel
 */
struct vs_policy {
	u32 policy;
	s32 nice;
	u32 rt_priority;
	bool reset_on_fork;
	u64 slice_ns;
	u64 slack_ns;
};

void vs_policy_read(struct vs_policy *p, const struct task_struct *task);
bool vs_policy_same(const struct vs_policy *a, const struct vs_policy *b);
bool vs_policy_same_class(const struct vs_policy *a, const struct vs_policy *b);
int vs_policy_set(struct task_struct *task, const struct vs_policy *p);
void vs_policy_boost(struct vs_policy *out, const struct vs_policy *base, u32 boost_class, s32 priority);
int vs_policy_check(u32 boost_class, s32 priority);
void vs_policy_clamp(u32 *boost_class, s32 *priority, u32 max_class, u32 max_priority);
u64 vs_policy_features(void);

#endif /* VS_POLICY_H */
