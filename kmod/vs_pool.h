/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A budget that several vCPUs share: those of a domain, or those that run on one host CPU. No state of its own.
 */
#ifndef VS_POOL_H
#define VS_POOL_H

#include <linux/spinlock.h>

#include "vs_budget_calc.h"

/**
 * struct vs_pool - a token bucket with its lock
 * @lock: innermost, irqsave
 * @budget: cap 0 means no limit
 */
struct vs_pool {
	raw_spinlock_t lock;
	struct vs_budget budget;
};

void vs_pool_init(struct vs_pool *p);
void vs_pool_set(struct vs_pool *p, u64 now, u64 cap, u32 share_pct);
u64 vs_pool_grant(struct vs_pool *p, u64 now, u64 want, u64 kept);
void vs_pool_charge(struct vs_pool *p, u64 now, u64 ran);

#endif /* VS_POOL_H */
