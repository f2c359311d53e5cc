/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure arithmetic of time used, in epochs: kept for a while, moved on, summed up. Nothing here knows what a task is; see vs_load_calc.h.
 */
#ifndef VS_EPOCH_CALC_H
#define VS_EPOCH_CALC_H

#include "vs_budget_calc.h"

#define VS_LOAD_EPOCHS		64	/* room; how many count is a setting, fewer */

/**
 * struct vs_load - what a task used, in epochs
 * @epoch: number of the newest one
 * @run: @wait: us in each: on a CPU, and waiting for one; slot is the number modulo the room
 */
struct vs_load {
	u64 epoch;
	u32 run[VS_LOAD_EPOCHS];
	u32 wait[VS_LOAD_EPOCHS];
};

/* Begin epoch @to; those in between are empty. A time that goes backwards changes nothing. */
static inline void vs_load_roll(struct vs_load *l, u64 to)
{
	u64 e, from = l->epoch;

	if (to <= from)
		return;
	if (to - from > VS_LOAD_EPOCHS)
		from = to - VS_LOAD_EPOCHS;
	for (e = from + 1; e <= to; e++) {
		l->run[e % VS_LOAD_EPOCHS] = 0;
		l->wait[e % VS_LOAD_EPOCHS] = 0;
	}
	l->epoch = to;
}

/* Slots move on by @by: what was in epoch n is in epoch n + by. */
static inline void vs_load_turn(u32 *us, u32 by)
{
	u32 was[VS_LOAD_EPOCHS], n;

	for (n = 0; n < VS_LOAD_EPOCHS; n++)
		was[n] = us[n];
	for (n = 0; n < VS_LOAD_EPOCHS; n++)
		us[(n + by) % VS_LOAD_EPOCHS] = was[n];
}

/* The time until epoch @to says nothing of the task: what was before it is as if it was right before @to. */
static inline void vs_load_stand(struct vs_load *l, u64 to)
{
	u32 by;

	if (to <= l->epoch)
		return;
	by = (u32)((to - l->epoch) % VS_LOAD_EPOCHS);
	if (by) {
		vs_load_turn(l->run, by);
		vs_load_turn(l->wait, by);
	}
	l->epoch = to;
}

static inline u32 vs_load_us(u64 ns)
{
	return ns > VS_ELAPSED_MAX_NS ? (u32)(VS_ELAPSED_MAX_NS / VS_NSEC_PER_USEC) : (u32)div_u64(ns, VS_NSEC_PER_USEC);
}

/*
 * Put @ns that ended @into us after the begin of epoch @last into the epochs in which they were. A task with several threads gets
 * more than an epoch's length into one.
 */
static inline void vs_load_spread(u32 *us, u64 last, u32 into, u64 ns, u32 epoch_us)
{
	u32 left = vs_load_us(ns), room = into, n;

	for (n = 0; left && n < VS_LOAD_EPOCHS && n <= last; n++) {
		u32 part = left < room ? left : room;

		us[(last - n) % VS_LOAD_EPOCHS] += part;
		left -= part;
		room = epoch_us;
	}
}

/* @run and @wait ns that ended @into us after the begin of epoch @to. */
static inline void vs_load_add(struct vs_load *l, u64 to, u32 into, u64 run, u64 wait, u32 epoch_us)
{
	vs_load_roll(l, to);
	vs_load_spread(l->wait, l->epoch, into, wait, epoch_us);
	vs_load_spread(l->run, l->epoch, into, run, epoch_us);
}

/* Permille of one CPU over the @window epochs before @epoch, which is not among them. */
static inline u32 vs_load_permille(const u32 *us, const struct vs_load *l, u64 epoch, u32 window, u32 epoch_us)
{
	u64 sum = 0, e, first = epoch > window ? epoch - window : 0;

	for (e = first; e < epoch; e++)
		if (e <= l->epoch && l->epoch - e < VS_LOAD_EPOCHS)
			sum += us[e % VS_LOAD_EPOCHS];
	return (u32)div64_u64(sum * 1000, (u64)window * epoch_us);
}

static inline u32 vs_load_both(const struct vs_load *l, u64 epoch, u32 window, u32 epoch_us)
{
	return vs_load_permille(l->run, l, epoch, window, epoch_us) + vs_load_permille(l->wait, l, epoch, window, epoch_us);
}

#endif /* VS_EPOCH_CALC_H */
