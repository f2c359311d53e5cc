/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure arithmetic of the dirty quota: what one vCPU may dirty, and the pool of what others left. No kernel headers besides
 * types, so that tests/kmod builds it in userspace. Times in ns; "now" is an argument, never read here.
 *
 * The books are kept in millionths of a page: pages per second times microseconds, so that a low rate is never cut to nothing.
 */
#ifndef VS_QUOTA_CALC_H
#define VS_QUOTA_CALC_H

#include "vs_budget_calc.h"

#define VS_QUOTA_PAGE		1000000LL
/* Bounds of what the caller may ask for; they keep every product below 2^62. */
#define VS_QUOTA_RATE_MAX	(1ULL << 28)	/* pages per second: 1 TiB/s */
#define VS_QUOTA_FLOOR_MAX	(1ULL << 20)	/* pages per second: 4 GiB/s */
#define VS_QUOTA_POOL_MAX	(1ULL << 32)	/* pages */
#define VS_QUOTA_INTERVAL_MIN	1000U		/* us */
#define VS_QUOTA_INTERVAL_MAX	1000000U	/* us */
/* Intervals nobody looked at count at most so often: they only fill the pool. */
#define VS_QUOTA_ROUNDS_MAX	1000ULL
/* Debt is carried so far: two full logs of PML, which is flushed only at an exit. */
#define VS_QUOTA_DEBT_MAX	(1024 * VS_QUOTA_PAGE)
/* Most that is taken out of the pool in one go. */
#define VS_QUOTA_CHUNK_MAX	(16 * VS_QUOTA_PAGE)

/**
 * struct vs_quota_limit - what was asked for, per interval
 * @interval_ns: length, not 0
 * @share: of each vCPU, at least its floor and more than 0
 * @whole: of all vCPUs, at least the sum of their shares
 * @depth: most that the pool holds
 */
struct vs_quota_limit {
	u64 interval_ns;
	s64 share;
	s64 whole;
	s64 depth;
};

/**
 * struct vs_quota_pool - what is left over, for whoever comes first
 * @start: when round 0 began
 * @round: interval that was looked at last
 * @epoch: changes with every round; a vCPU's share is claimed once in each
 * @generation: changes when the quota is switched on: older debts are void
 * @claimed: shares claimed in this round
 * @left: in the pool, 0 or more
 */
struct vs_quota_pool {
	u64 start;
	u64 round;
	u64 epoch;
	u32 generation;
	s64 claimed;
	s64 left;
};

/**
 * struct vs_quota_own - of one vCPU
 * @epoch: @generation: of the last claim
 * @left: may still be dirtied; 0 or less: it has to wait, what is below 0 is owed
 */
struct vs_quota_own {
	u64 epoch;
	u32 generation;
	s64 left;
};

static inline s64 vs_quota_min(s64 a, s64 b)
{
	return a < b ? a : b;
}

static inline s64 vs_quota_max(s64 a, s64 b)
{
	return a > b ? a : b;
}

/* @rate and @floor in pages per second, @floor for each of @nr vCPUs; @depth in pages. All within the bounds above. */
static inline void vs_quota_limit_set(struct vs_quota_limit *l, u64 rate, u32 interval_us, u64 floor, u64 depth, u32 nr)
{
	s64 least;

	interval_us = interval_us ? interval_us : 1;
	nr = nr ? nr : 1;
	least = vs_quota_max((s64)(floor * interval_us), 1);
	l->interval_ns = interval_us * VS_NSEC_PER_USEC;
	l->share = vs_quota_max((s64)div_u64(rate * interval_us, nr), least);
	l->whole = vs_quota_max((s64)(rate * interval_us), l->share * nr);
	l->depth = (s64)depth * VS_QUOTA_PAGE;
}

static inline void vs_quota_give(struct vs_quota_pool *p, const struct vs_quota_limit *l, s64 units)
{
	p->left = vs_quota_min(p->left + units, vs_quota_max(p->left, l->depth));
}

/* What nobody claimed in the rounds that are over goes to the pool. */
static inline void vs_quota_turn(struct vs_quota_pool *p, const struct vs_quota_limit *l, u64 now)
{
	u64 round = now > p->start ? div64_u64(now - p->start, l->interval_ns) : 0, rounds;

	if (round <= p->round)
		return;
	rounds = round - p->round < VS_QUOTA_ROUNDS_MAX ? round - p->round : VS_QUOTA_ROUNDS_MAX;
	vs_quota_give(p, l, vs_quota_max((s64)rounds * l->whole - p->claimed, 0));
	p->claimed = 0;
	p->round = round;
	p->epoch++;
}

/*
 * @next is in force from now on. @fresh: there was no limit. Rounds go on if they are as long as before: whoever changes the rate
 * often must not give every vCPU another share each time.
 */
static inline void vs_quota_change(struct vs_quota_limit *l, struct vs_quota_pool *p, const struct vs_quota_limit *next, u64 now,
				   bool fresh)
{
	if (!fresh && l->interval_ns == next->interval_ns) {
		vs_quota_turn(p, l, now);
	} else {
		p->start = now;
		p->round = 0;
		p->claimed = 0;
		p->epoch++;
	}
	p->left = fresh ? 0 : vs_quota_min(p->left, next->depth);
	p->generation += fresh;
	*l = *next;
}

/* Until the round's end, when there is a new share. Never 0, never longer than an interval. */
static inline u64 vs_quota_until_turn(const struct vs_quota_pool *p, const struct vs_quota_limit *l, u64 now)
{
	u64 end = p->start + (p->round + 1) * l->interval_ns;

	if (end <= now)
		return 1;
	return end - now < l->interval_ns ? end - now : l->interval_ns;
}

/* @pages were dirtied. */
static inline void vs_quota_charge(struct vs_quota_own *own, u32 pages)
{
	own->left = vs_quota_max(own->left - (s64)pages * VS_QUOTA_PAGE, -VS_QUOTA_DEBT_MAX);
}

/*
 * Take this round's share if that was not done yet, and from the pool what is owed and a little more if it is all gone.
 * What was left of an earlier share goes to the pool. Return: @own->left.
 */
static inline s64 vs_quota_claim(struct vs_quota_own *own, struct vs_quota_pool *p, const struct vs_quota_limit *l, u64 now)
{
	s64 want, take;

	vs_quota_turn(p, l, now);
	if (own->generation != p->generation) {
		own->generation = p->generation;
		own->epoch = p->epoch - 1;
		own->left = 0;
	}
	if (own->epoch != p->epoch) {
		if (own->left > 0) {
			vs_quota_give(p, l, own->left);
			own->left = 0;
		}
		own->left += l->share;
		own->epoch = p->epoch;
		p->claimed += l->share;
	}
	if (own->left <= 0) {
		want = -own->left + vs_quota_max(vs_quota_min(l->share, VS_QUOTA_CHUNK_MAX), VS_QUOTA_PAGE);
		take = vs_quota_min(p->left, want);
		p->left -= take;
		own->left += take;
	}
	return own->left;
}

#endif /* VS_QUOTA_CALC_H */
