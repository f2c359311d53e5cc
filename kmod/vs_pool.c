// SPDX-License-Identifier: GPL-2.0-only
/*
 * A budget that several vCPUs share. The arithmetic is in vs_budget_calc.h.
 */
#include "vs_pool.h"

void vs_pool_init(struct vs_pool *p)
{
	raw_spin_lock_init(&p->lock);
}

/* New limits; @cap 0: none. Context: process. */
void vs_pool_set(struct vs_pool *p, u64 now, u64 cap, u32 share_pct)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&p->lock, flags);
	vs_budget_set(&p->budget, now, cap, share_pct);
	raw_spin_unlock_irqrestore(&p->lock, flags);
}

/* How much of @want the pool allows now, if @kept is to be left. Context: any. */
u64 vs_pool_grant(struct vs_pool *p, u64 now, u64 want, u64 kept)
{
	unsigned long flags;
	u64 grant = want;

	if (!READ_ONCE(p->budget.cap))
		return want;
	raw_spin_lock_irqsave(&p->lock, flags);
	if (p->budget.cap)
		grant = vs_budget_grant(&p->budget, now, want, kept);
	raw_spin_unlock_irqrestore(&p->lock, flags);
	return grant;
}

/* One of those who share it ran boosted for @ran. Context: any. */
void vs_pool_charge(struct vs_pool *p, u64 now, u64 ran)
{
	unsigned long flags;

	if (!READ_ONCE(p->budget.cap))
		return;
	raw_spin_lock_irqsave(&p->lock, flags);
	vs_budget_refill(&p->budget, now);
	vs_budget_charge(&p->budget, ran);
	raw_spin_unlock_irqrestore(&p->lock, flags);
}
