/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure arithmetic of the boost budget, of how long a boost for one event is, and of the debt that a boost leaves behind. No kernel
 * headers besides types, so that tests/kmod builds it in userspace. All times in ns; "now" is an argument, never read here.
 */
#ifndef VS_BUDGET_CALC_H
#define VS_BUDGET_CALC_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/math64.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
static inline u64 div_u64(u64 a, u32 b) { return a / b; }
static inline u64 div64_u64(u64 a, u64 b) { return a / b; }
#endif

#define VS_NSEC_PER_USEC	1000ULL
#define VS_NSEC_PER_MSEC	1000000ULL
/* A boost shorter than this costs more than it gives. */
#define VS_GRANT_MIN_NS		(20 * VS_NSEC_PER_USEC)
/* No refill counts more than this much elapsed time: keeps products far from overflow. */
#define VS_ELAPSED_MAX_NS	(10000 * VS_NSEC_PER_MSEC)
/* At this debt none is added: a bound on how long a vCPU can be made to pay. */
#define VS_OWED_MAX_NS		(200 * VS_NSEC_PER_MSEC)
/* At this one of all vCPUs that a VM has on a CPU no boost begins. The rest is for what boosts last longer than was granted, and for the worker: or that would be forgiven. */
#define VS_CREDIT_MAX_NS	(VS_OWED_MAX_NS * 9 / 10)
/* From so much on a vCPU is in debt, whatever its budget says. */
#define VS_OWED_DEEP_NS		(50 * VS_NSEC_PER_MSEC)
/* Weight of the past in the share estimate: totals are halved when they pass this. */
#define VS_SHARE_WINDOW_NS	(400 * VS_NSEC_PER_MSEC)
/* Less evidence than this, and the vCPU's share is not known. */
#define VS_SHARE_EVIDENCE_NS	(4 * VS_NSEC_PER_MSEC)
/* Then so little counts, permille: it is refused when it owes too much, which shows what the share is. */
#define VS_SHARE_UNKNOWN	200

/**
 * struct vs_budget - token bucket
 * @tokens: ns of boost left; negative when overdrawn, which is carried
 * @stamp: time of the last refill
 * @cap: most tokens, also the deepest overdraft
 * @share_pct: refill in percent of elapsed time
 */
struct vs_budget {
	s64 tokens;
	u64 stamp;
	u64 cap;
	u32 share_pct;
};

static inline void vs_budget_set(struct vs_budget *b, u64 now, u64 cap, u32 share_pct)
{
	/* A change of settings must not be a way to fill the bucket: only a first use does. */
	if (!b->cap)
		b->tokens = (s64)cap;
	if (b->tokens > (s64)cap)
		b->tokens = (s64)cap;
	b->cap = cap;
	b->share_pct = share_pct;
	b->stamp = now;
}

static inline void vs_budget_refill(struct vs_budget *b, u64 now)
{
	u64 elapsed = now > b->stamp ? now - b->stamp : 0;

	if (elapsed > VS_ELAPSED_MAX_NS)
		elapsed = VS_ELAPSED_MAX_NS;
	b->tokens += (s64)div_u64(elapsed * b->share_pct, 100);
	if (b->tokens > (s64)b->cap)
		b->tokens = (s64)b->cap;
	/* Who has waited for the lock of a common one comes with an older time: what was refilled since is not refilled again. */
	if (now > b->stamp)
		b->stamp = now;
}

static inline void vs_budget_charge(struct vs_budget *b, u64 ran)
{
	if (ran > VS_ELAPSED_MAX_NS)
		ran = VS_ELAPSED_MAX_NS;
	b->tokens -= (s64)ran;
	if (b->tokens < -(s64)b->cap)
		b->tokens = -(s64)b->cap;
}

/* How long a boost may last now: at most @want, 0 when what is left (after @used ns not yet charged) is not worth it. */
static inline u64 vs_budget_grant(struct vs_budget *b, u64 now, u64 want, u64 used)
{
	s64 left;

	vs_budget_refill(b, now);
	left = b->tokens - (s64)used;
	if (left < (s64)VS_GRANT_MIN_NS)
		return 0;
	return (u64)left < want ? (u64)left : want;
}

/*
 * Less than half of the bucket is left: each event gets what one takes, and no more, so that the next ones get theirs too. Otherwise
 * long work that nobody waits for uses up what many short waits could have had.
 */
static inline bool vs_budget_short(const struct vs_budget *b)
{
	return b->tokens < (s64)(b->cap >> 1);
}

/**
 * struct vs_span - how long what a wake-up brings takes, and what an interrupt is granted therefore
 * @grant: ns, a quarter more than two of three wake-ups needed until the next HLT
 * @least: @most: bounds of that, ns
 */
struct vs_span {
	u64 grant;
	u64 least;
	u64 most;
};

/* A span of another range begins at its upper end: what an event takes is not known yet. */
static inline void vs_span_set(struct vs_span *s, u64 least, u64 most)
{
	if (s->least != least || s->most != most)
		s->grant = most;
	s->least = least;
	s->most = most;
}

/* From a wake-up to the next HLT it took @took ns, of which some may have been spent waiting. Steps of two up and one down end where a third is longer. */
static inline void vs_span_learn(struct vs_span *s, u64 took)
{
	if (took + (took >> 2) > s->grant)
		s->grant += s->grant >> 5;
	else
		s->grant -= s->grant >> 6;
	if (s->grant < s->least)
		s->grant = s->least;
	if (s->grant > s->most)
		s->grant = s->most;
}

/**
 * struct vs_debt - what a boosted vCPU owes the others, in ns of CPU time
 * @owed: boosted time that the scheduler has yet to be told of
 * @told: as much of it is in its pot's sum
 * @run: @wait: decayed totals of running and of waiting while not boosted: the share it gets by the scheduler's own rules
 * @blind: ns boosted since they were aged for that: who is always boosted learns nothing
 */
struct vs_debt {
	u64 owed;
	u64 told;
	u64 run;
	u64 wait;
	u64 blind;
};

static inline void vs_debt_sample(struct vs_debt *d, u64 ran, u64 waited)
{
	/* The first one is the thread's whole life. */
	while ((ran | waited) > VS_ELAPSED_MAX_NS) {
		ran >>= 1;
		waited >>= 1;
	}
	d->run += ran;
	d->wait += waited;
	while (d->run + d->wait > VS_SHARE_WINDOW_NS) {
		d->run >>= 1;
		d->wait >>= 1;
	}
}

/* Share of the CPU that the vCPU gets unboosted while it competes, 20..1000 permille. */
static inline u32 vs_debt_share(const struct vs_debt *d)
{
	u64 total = d->run + d->wait, share;

	if (total < VS_SHARE_EVIDENCE_NS)
		return VS_SHARE_UNKNOWN;
	share = div64_u64(d->run * 1000, total);
	return share < 20 ? 20 : (u32)share;
}

/* @ran ns were boosted: the scheduler has not counted them. */
static inline void vs_debt_boosted(struct vs_debt *d, u64 ran)
{
	if (ran > VS_OWED_MAX_NS)
		ran = VS_OWED_MAX_NS;
	d->owed += ran;
	if (d->owed > VS_OWED_MAX_NS)
		d->owed = VS_OWED_MAX_NS;
	d->blind += ran;
	if (d->blind >= VS_SHARE_WINDOW_NS) {
		d->blind = 0;
		d->run >>= 1;
		d->wait >>= 1;
	}
}

/*
 * With @owed, how much may still be boosted? What is beyond a debt's limit is not paid by anybody: boosts that are more than their VM's
 * share of a CPU would give it more than the share.
 */
static inline u64 vs_credit(u64 owed)
{
	return owed < VS_CREDIT_MAX_NS ? VS_CREDIT_MAX_NS - owed : 0;
}

/* Take over what servants were boosted for, as far as there is room. Return: what is left of it. */
static inline u64 vs_debt_take(struct vs_debt *d, u64 served)
{
	u64 part = VS_OWED_MAX_NS - d->owed < served ? VS_OWED_MAX_NS - d->owed : served;

	d->owed += part;
	return served - part;
}

/* All vCPUs of the VM were in HLT there for @idle ns: this one's share of that went to the others. */
static inline void vs_debt_idle(struct vs_debt *d, u64 idle)
{
	u64 paid;

	/* Most wake-ups: nothing to divide. */
	if (!d->owed)
		return;
	paid = div_u64((idle < VS_ELAPSED_MAX_NS ? idle : VS_ELAPSED_MAX_NS) * vs_debt_share(d), 1000);
	d->owed = d->owed > paid ? d->owed - paid : 0;
}

/* Has the vCPU used more boost than it may? @was: it had before; it is out of it with a quarter of the budget back, and half of the debt paid. */
static inline bool vs_debt_deep(const struct vs_debt *d, const struct vs_budget *b, bool was)
{
	s64 least = was ? (s64)(b->cap >> 2) : (s64)VS_GRANT_MIN_NS;

	if (least < (s64)VS_GRANT_MIN_NS)
		least = VS_GRANT_MIN_NS;
	return b->tokens < least || d->owed >= (was ? VS_OWED_DEEP_NS / 2 : VS_OWED_DEEP_NS);
}

#endif /* VS_BUDGET_CALC_H */
