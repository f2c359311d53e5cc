// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paying boosted time back. SCHED_FIFO time is in no fair scheduler's account, and nice cannot settle it across cgroups,
 * so the vCPU waits before guest entry until the others have had what they lost. Time in HLT counts as payment. The wait
 * ends for a signal (QEMU wants the vCPU), an interrupt with budget (vs_boost_kick), or when the CPU goes idle.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>

#include "vs_boost.h"
#include "vs_compat.h"
#include "vs_payback.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

/* Short waits cost two switches each, and CFS gives back a part of each: pay rarely, but all of it. */
#define VS_PAYBACK_MIN_NS	(8 * VS_NSEC_PER_MSEC)
#define VS_PAYBACK_DONE_NS	(200 * VS_NSEC_PER_USEC)
/* After so much waiting, in one go or in pieces, the guest gets a rest from it: a large debt must not stop its work. */
#define VS_PAYBACK_MAX_NS	(20 * VS_NSEC_PER_MSEC)
#define VS_PAYBACK_REST_NS	(5 * VS_NSEC_PER_MSEC)
/* How often a wait looks whether anybody wants the CPU. */
#define VS_PAYBACK_LOOK_NS	(1 * VS_NSEC_PER_MSEC)
/* Ticks make the kernel's run time jump: sample the share over more than a few. */
#define VS_SAMPLE_MIN_NS	(10 * VS_NSEC_PER_MSEC)

static void vs_payback_sample(struct vs_vcpu *v)
{
	u64 run = READ_ONCE(v->task->se.sum_exec_runtime);
	u64 wait = READ_ONCE(v->task->sched_info.run_delay);
	u64 ran = run - v->seen_run, waited = wait - v->seen_wait;
	u64 boosted = v->stats.boosted_ns - v->seen_boosted;

	if (ran + waited < VS_SAMPLE_MIN_NS)
		return;
	vs_debt_sample(&v->debt, ran > boosted ? ran - boosted : 0, waited);
	v->seen_run = run;
	v->seen_wait = wait;
	v->seen_boosted = v->stats.boosted_ns;
}

/* A boosted stretch ended. Context: v->lock held. */
void vs_payback_boosted(struct vs_vcpu *v, u64 ran)
{
	lockdep_assert_held(&v->lock);
	if (!v->paybackable)
		return;
	vs_payback_sample(v);
	vs_debt_boosted(&v->debt, ran);
}

/*
 * Is it time to wait? Context: v->lock held.
 * @turn: the scheduler has just picked the thread. Only then do its waits begin: while it is behind for having run, the same
 * time would settle that as well.
 */
bool vs_payback_due(struct vs_vcpu *v, u64 now, bool turn)
{
	u64 wait;

	lockdep_assert_held(&v->lock);
	if (!v->on || v->boosted || !v->paybackable || now < v->pay_next || !(turn || v->in_debt))
		return false;
	wait = vs_debt_wait(&v->debt);
	v->in_debt = wait >= (v->in_debt ? VS_PAYBACK_DONE_NS : VS_PAYBACK_MIN_NS);
	/* What the scheduler will give back for having waited is taken from the others as a boost is. */
	if (v->in_debt && !v->credited)
		vs_debt_boosted(&v->debt, vs_sleeper_credit_ns());
	v->credited = v->in_debt;
	return v->in_debt;
}

/*
 * Timer of a waiting vCPU, in hard interrupt on the CPU where it went to sleep. Context: v->lock held.
 * Return: when to look again, 0 with *@wake set: the wait is over.
 */
u64 vs_payback_timer(struct vs_vcpu *v, u64 now, bool *wake)
{
	lockdep_assert_held(&v->lock);
	if (is_idle_task(current)) {
		/* Nobody wants the CPU: there is nobody to pay. */
		v->debt.owed = 0;
		*wake = true;
		return 0;
	}
	if (now >= v->pay_until) {
		*wake = true;
		return 0;
	}
	return min(v->pay_until, now + VS_PAYBACK_LOOK_NS);
}

/* False: nothing is due. From here on a kick takes the vCPU out again. */
static bool vs_payback_begin(struct vs_vcpu *v, bool turn)
{
	unsigned long flags;
	bool due;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	due = vs_payback_due(v, now, turn);
	if (due) {
		v->paying = true;
		v->blocked_since = now;
		v->pay_until = now + min(vs_debt_wait(&v->debt), VS_PAYBACK_MAX_NS - v->paid_ns);
		trace_virtsched_payback(v, v->pay_until - now);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	return due;
}

static void vs_payback_sleep(struct vs_vcpu *v)
{
	unsigned long flags;
	bool sleep;
	u64 look;

	raw_spin_lock_irqsave(&v->lock, flags);
	/* A kick may have come already. */
	sleep = !v->active_since && !test_bit(VS_BIT_DEAD, &v->bits);
	if (sleep) {
		set_current_state(TASK_INTERRUPTIBLE);
		look = min(v->pay_until, v->blocked_since + VS_PAYBACK_LOOK_NS);
		v->timer_set = true;
		hrtimer_start(&v->timer, ns_to_ktime(look), HRTIMER_MODE_ABS_PINNED_HARD);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);

	if (sleep && !signal_pending(current))
		schedule();
	__set_current_state(TASK_RUNNING);
}

/* Return: whether the vCPU is still armed. */
static bool vs_payback_end(struct vs_vcpu *v)
{
	unsigned long flags;
	u64 now, waited;
	bool armed;

	raw_spin_lock_irqsave(&v->lock, flags);
	v->paying = false;
	now = ktime_get_mono_fast_ns();
	waited = now - v->blocked_since;
	v->paid_ns += waited;
	if (v->paid_ns + VS_PAYBACK_DONE_NS > VS_PAYBACK_MAX_NS) {
		v->paid_ns = 0;
		v->in_debt = v->credited = false;
		v->pay_next = now + VS_PAYBACK_REST_NS;
	}
	v->stats.payback_ns += waited;
	vs_debt_idle(&v->debt, waited);
	armed = v->boosted && !v->active_since;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	return armed;
}

/**
 * vs_payback_wait() - wait for what is owed, once; armed, so that an interrupt with budget has only to wake the vCPU
 * @v: current's
 * @turn: as for vs_payback_due()
 *
 * Context: process, before guest entry, KVM's SRCU not held. Returns early for a signal, a boost or detaching.
 */
void vs_payback_wait(struct vs_vcpu *v, bool turn)
{
	if (!vs_payback_begin(v, turn))
		return;
	vs_boost_arm(v, true);
	vs_payback_sleep(v);
	if (vs_payback_end(v))
		vs_boost_arm(v, false);
}
