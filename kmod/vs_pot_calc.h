/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure arithmetic of what the vCPUs of one VM that are on one host CPU owe together, built in userspace by tests/kmod. The group of a VM
 * does not care who of its vCPUs pays, and one that sleeps cannot.
 */
#ifndef VS_POT_CALC_H
#define VS_POT_CALC_H

#include "vs_budget_calc.h"

/**
 * struct vs_pot - of one VM on one host CPU
 * @awake: vCPUs that are not in HLT there
 * @since: when the last one went into HLT; valid while @awake is 0
 * @idle: ns that all were in HLT, until @since
 * @owed: ns that sleeping ones have left to those who are awake; VS_OWED_MAX_NS at most
 * @debts: ns that those who are awake owe themselves, as far as they have told
 */
struct vs_pot {
	u32 awake;
	u64 since;
	u64 idle;
	u64 owed;
	u64 debts;
};

/* One that is awake here says what it owes now. */
static inline void vs_pot_tell(struct vs_pot *p, struct vs_debt *d)
{
	p->debts += d->owed - d->told;
	d->told = d->owed;
}

/*
 * How much boosted time may @d still be given, which is @awake here or in HLT? The VM has one limit on a CPU, however many of its vCPUs
 * are there.
 */
static inline u64 vs_pot_credit(struct vs_pot *p, struct vs_debt *d, bool awake)
{
	if (awake)
		vs_pot_tell(p, d);
	return vs_credit(p->owed + p->debts + (awake ? 0 : d->owed));
}

/* Another one is awake here. */
static inline void vs_pot_join(struct vs_pot *p, u64 now)
{
	if (!p->awake++ && now > p->since)
		p->idle += now - p->since;
}

/* For how long has nobody wanted this CPU for the VM? Only differences mean something. */
static inline u64 vs_pot_idle(const struct vs_pot *p, u64 now)
{
	return p->idle + (!p->awake && now > p->since ? now - p->since : 0);
}

/*
 * One is awake here no more; the last one takes along what is owed. @sleeps: it is in HLT from now on, and leaves to the others what it
 * owes itself.
 */
static inline void vs_pot_leave(struct vs_pot *p, struct vs_debt *d, bool sleeps, u64 now)
{
	u64 part;

	p->debts -= d->told;
	d->told = 0;
	if (p->awake && !--p->awake)
		p->since = now;
	if (!p->awake) {
		part = VS_OWED_MAX_NS - d->owed < p->owed ? VS_OWED_MAX_NS - d->owed : p->owed;
		p->owed -= part;
		d->owed += part;
	} else if (sleeps) {
		part = VS_OWED_MAX_NS - p->owed < d->owed ? VS_OWED_MAX_NS - p->owed : d->owed;
		d->owed -= part;
		p->owed += part;
	}
}

/* @most of what is owed is paid. Return: how much of it was others'; @own: out: how much was @d's own. */
static inline u64 vs_pot_pay(struct vs_pot *p, struct vs_debt *d, u64 most, u64 *own)
{
	u64 others = p->owed < most ? p->owed : most;

	*own = d->owed < most - others ? d->owed : most - others;
	p->owed -= others;
	d->owed -= *own;
	vs_pot_tell(p, d);
	return others;
}

#endif /* VS_POT_CALC_H */
