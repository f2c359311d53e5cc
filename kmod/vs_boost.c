// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a vCPU is boosted, for how long, and how it ends.
 *
 *	HLT         vs_boost_block   in its own context: give itself the boosted parameters, so that the wake-up preempts
 *	wake-up     vs_boost_wake    in its own context: start charging, set the deadline
 *	interrupt   vs_boost_kick    any context: a preempted vCPU is boosted by the worker, a boosted one kept longer
 *	deadline    vs_boost_timer   hard interrupt: ask the thread itself, or the worker, to end the boost
 *	guest entry vs_boost_entry   in its own context, with work pending: end of boost, boost against preemption, payback
 *
 * The parameters change under VS_BIT_BUSY outside of v->lock, the books are kept under v->lock. Order: BUSY, v->lock,
 * timer base; the rq lock is taken by the scheduler under BUSY alone.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>

#include "vs_boost.h"
#include "vs_domain.h"
#include "vs_host.h"
#include "vs_payback.h"
#include "vs_trace.h"
#include "vs_vcpu.h"
#include "vs_worker.h"

/* A thread that was asked to end its boost and did not pass a guest entry for so long is demoted from outside. */
#define VS_CUTOFF_BACKSTOP_NS	(50 * VS_NSEC_PER_USEC)

/* Close the running boosted stretch and charge it. Context: v->lock held. */
void vs_boost_settle(struct vs_vcpu *v, u64 now)
{
	u64 ran;

	if (!v->active_since)
		return;
	ran = now > v->active_since ? now - v->active_since : 0;
	v->active_since = 0;
	v->stats.boosted_ns += ran;
	vs_budget_refill(&v->budget, now);
	vs_budget_charge(&v->budget, ran);
	vs_host_charge(task_cpu(v->task), now, ran);
	vs_payback_boosted(v, ran);
}

/* How long may @v be boosted now, by every budget there is? Context: v->lock held. */
static u64 vs_boost_grant(struct vs_vcpu *v, u64 now, u64 want)
{
	/* Who could not pay what it owes gets no more credit. */
	bool broke = v->paybackable && v->debt.owed >= VS_OWED_MAX_NS;
	u64 grant = broke ? 0 : vs_budget_grant(&v->budget, now, want, 0);

	if (grant)
		grant = vs_host_grant(task_cpu(v->task), now, grant);
	if (!grant) {
		v->stats.exhausted++;
		trace_virtsched_refuse(v, v->budget.tokens);
	}
	return grant;
}

/* A timer that fires earlier sets itself again. Context: v->lock held. */
static void vs_boost_timer_at(struct vs_vcpu *v, u64 when)
{
	if (test_bit(VS_BIT_DEAD, &v->bits))
		return;
	if (v->timer_set && ktime_to_ns(hrtimer_get_expires(&v->timer)) <= (s64)when)
		return;
	v->timer_set = true;
	hrtimer_start(&v->timer, ns_to_ktime(when), HRTIMER_MODE_ABS_PINNED_HARD);
}

/*
 * In HLT no timer is needed. Left alone it would fire at a later wake-up of its guest, for guests like periods that divide
 * the burst. Context: v->lock held.
 */
static void vs_boost_timer_off(struct vs_vcpu *v)
{
	if (v->timer_set && hrtimer_try_to_cancel(&v->timer) >= 0)
		v->timer_set = false;
}

/* Start charging a boosted, runnable vCPU. Context: v->lock held. */
static void vs_boost_begin(struct vs_vcpu *v, u64 now, u64 grant)
{
	v->active_since = now;
	v->deadline = now + grant;
	v->cutoff_asked = false;
	vs_boost_timer_at(v, v->deadline);
}

/* Change the parameters and note it. Context: as vs_policy_set(). False: somebody else is at it, try again. */
static bool vs_boost_set(struct vs_vcpu *v, bool boost)
{
	unsigned long flags;
	bool done;

	if (!vs_vcpu_try_busy(v))
		return false;
	if (boost && vs_vcpu_hands_off(v)) {
		vs_vcpu_end_busy(v);
		return true;
	}
	done = vs_vcpu_apply(v, boost ? &v->want : &v->base);
	raw_spin_lock_irqsave(&v->lock, flags);
	v->boosted = boost && done;
	/* Nobody is charged, or has a deadline, without a boost. */
	if (!v->boosted)
		vs_boost_settle(v, ktime_get_mono_fast_ns());
	if (boost && !done)
		v->stats.rejected++;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	vs_vcpu_end_busy(v);
	return true;
}

/* Has somebody else changed the boosted thread? Cheap enough for every HLT. Context: v->lock held, v is current's. */
static bool vs_boost_touched(const struct vs_vcpu *v)
{
	return v->boosted && (current->policy != v->want.policy || current->rt_priority != v->want.rt_priority ||
			      task_nice(current) != v->want.nice);
}

/**
 * vs_boost_arm() - a vCPU that is about to wait gets the boosted parameters, so that an interrupt has only to wake it
 * @v: current's, with @v->paying set
 * @arm: false when it is back and no interrupt came
 *
 * Context: process.
 */
void vs_boost_arm(struct vs_vcpu *v, bool arm)
{
	/* A worker of this CPU that saw the end of the wait first may have begun a boost: that is not for us to end. */
	preempt_disable();
	if ((arm || !READ_ONCE(v->active_since)) && !vs_boost_set(v, arm))
		vs_worker_queue(v);
	preempt_enable();
}

/**
 * vs_boost_block() - the vCPU is about to block in HLT
 * @v: current's
 *
 * Context: probe in the vCPU's thread, preemption off, not in interrupt.
 */
void vs_boost_block(struct vs_vcpu *v)
{
	unsigned long flags;
	bool arm, change;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	vs_boost_settle(v, now);
	vs_boost_timer_off(v);
	v->blocked = true;
	v->blocked_since = now;
	v->kicked = 0;
	arm = v->on && !vs_vcpu_hands_off(v) && !vs_boost_touched(v) && vs_boost_grant(v, now, v->burst_ns);
	change = arm != v->boosted;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (change && !vs_boost_set(v, arm))
		vs_worker_queue(v);
}

/**
 * vs_boost_wake() - the vCPU runs again after HLT
 * @v: current's
 *
 * Context: tracepoint in the vCPU's thread.
 */
void vs_boost_wake(struct vs_vcpu *v)
{
	unsigned long flags;
	u64 now, grant;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	if (v->blocked) {
		v->blocked = false;
		vs_debt_idle(&v->debt, now - v->blocked_since);
	}
	if (v->boosted) {
		/* Without a grant the deadline is now, and the boost ends at once. */
		grant = vs_boost_grant(v, now, v->burst_ns);
		v->stats.boosts_wake++;
		trace_virtsched_boost(v, false, grant);
		vs_boost_begin(v, now, grant);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

/* A kick for a boosted vCPU near its deadline must not be lost. Context: v->lock held. */
static void vs_boost_extend(struct vs_vcpu *v, u64 now)
{
	u64 grant = vs_budget_grant(&v->budget, now, v->kick_ns, now - v->active_since);

	if (now + grant <= v->deadline)
		return;
	v->deadline = now + grant;
	/* It may have fired already, and the worker that it asked to end the boost finds the new deadline. */
	vs_boost_timer_at(v, v->deadline);
	v->stats.extended++;
	trace_virtsched_extend(v, grant);
}

/* A boost for an interrupt begins. Context: v->lock held, v is boosted and runs, or is about to. */
static void vs_boost_kicked(struct vs_vcpu *v, u64 now, u64 grant)
{
	v->stats.boosts_kick++;
	trace_virtsched_boost(v, true, grant);
	vs_boost_begin(v, now, grant);
}

/*
 * Not running the guest, nor on its way there: a thread in the pre-entry hook is often about to be switched out, and an
 * interrupt that comes then would wait for its next turn.
 */
static bool vs_boost_off_cpu(const struct vs_vcpu *v)
{
	return !READ_ONCE(v->task->on_cpu) || test_bit(VS_BIT_IN_ENTRY, &v->bits);
}

/**
 * vs_boost_kick() - an interrupt or another request waits for the vCPU
 * @v: any
 *
 * Context: any in which KVM wakes a vCPU; often a hard interrupt.
 */
void vs_boost_kick(struct vs_vcpu *v)
{
	bool queue = false, wake = false;
	unsigned long flags;
	u64 now, grant;

	if (!READ_ONCE(v->on) || vs_vcpu_hands_off(v))
		return;
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->boosted && v->blocked) {
		/* Armed: the wake-up itself preempts. */
		raw_spin_unlock_irqrestore(&v->lock, flags);
		return;
	}
	now = ktime_get_mono_fast_ns();
	if (v->boosted && v->active_since) {
		vs_boost_extend(v, now);
	} else if (v->boosted && v->paying) {
		grant = vs_boost_grant(v, now, v->kick_ns);
		wake = grant;
		if (wake)
			vs_boost_kicked(v, now, grant);
	} else if (v->boosted || v->paying || vs_boost_off_cpu(v)) {
		/* Boosted and not charged for it: the boost is just being ended. It has to begin again. */
		if (!v->promote) {
			v->granted = vs_boost_grant(v, now, v->kick_ns);
			queue = v->promote = v->granted;
		}
	} else {
		v->kicked = now;
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (wake)
		wake_up_process(v->task);
	if (queue)
		vs_worker_queue(v);
}

/*
 * Between the change of the parameters and of the books the vCPU looks as if somebody were just ending its boost, and a
 * worker that sees that tries again at once: so no preemption in between, or it would try for ever on this CPU.
 */

/* Boost and start charging. Context: as vs_policy_set(). False: try again. */
static bool vs_boost_promote(struct vs_vcpu *v)
{
	unsigned long flags;

	preempt_disable();
	if (!vs_boost_set(v, true)) {
		preempt_enable();
		return false;
	}
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->boosted && !v->active_since && !v->blocked)
		vs_boost_kicked(v, ktime_get_mono_fast_ns(), v->granted);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	preempt_enable();
	return true;
}

/* End a boost whose time is up. Context: as vs_policy_set(). False: try again. */
static bool vs_boost_cut(struct vs_vcpu *v)
{
	bool due, done;
	unsigned long flags;
	u64 now;

	preempt_disable();
	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	/* Not charged and not armed: an earlier try was settled, but found somebody else at the thread's parameters. */
	due = v->boosted && !v->blocked && (v->active_since ? now >= v->deadline : !v->paying);
	if (due && v->active_since) {
		vs_boost_settle(v, now);
		v->stats.cutoffs++;
		trace_virtsched_cutoff(v, v->debt.owed);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	done = !due || vs_boost_set(v, false);
	preempt_enable();
	return done;
}

/**
 * vs_boost_wants_entry() - has vs_boost_entry() anything to do?
 * @v: current's
 *
 * Work is pending after every switch (rseq), so after every wake-up, and a boosted vCPU is in a hurry: it is let by until
 * the timer has asked.
 *
 * Context: any; no lock, a late answer is made up for at the next entry, or by the timer's backstop.
 */
bool vs_boost_wants_entry(const struct vs_vcpu *v)
{
	if (!READ_ONCE(v->on) || test_bit(VS_BIT_IN_ENTRY, &v->bits))
		return false;
	return !READ_ONCE(v->boosted) || test_bit(VS_BIT_ENTRY, &v->bits);
}

/**
 * vs_boost_entry() - the vCPU is about to enter the guest, with work pending
 * @v: current's
 * @turn: it has just been picked again after a preemption
 *
 * Context: process, KVM's SRCU not held; may sleep. Pending work has to be looked at afterwards.
 * Return: whether a boost was ended; who is still on the CPU after pending work was then picked by the scheduler.
 */
bool vs_boost_entry(struct vs_vcpu *v, bool turn)
{
	bool cut, keep, pay;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	clear_bit(VS_BIT_ENTRY, &v->bits);
	now = ktime_get_mono_fast_ns();
	cut = v->boosted && v->active_since && now >= v->deadline;
	/* The kernel is about to take the CPU from a vCPU whose interrupt was not handled yet. */
	keep = v->on && !v->boosted && v->kicked && now - v->kicked < v->kick_ns && need_resched() &&
	       !vs_vcpu_hands_off(v);
	if (keep)
		v->granted = vs_boost_grant(v, now, v->kick_ns);
	keep = keep && v->granted;
	pay = !cut && !keep && vs_payback_due(v, now, turn) && !signal_pending(current);
	if (keep)
		v->kicked = 0;
	raw_spin_unlock_irqrestore(&v->lock, flags);

	if (cut && !vs_boost_cut(v))
		vs_worker_queue(v);
	if (keep)
		vs_boost_promote(v);
	/* After a cut the books have changed: it looks for itself whether anything is due. */
	if (pay || cut)
		vs_payback_wait(v, turn);
	return cut;
}

/* What the worker is to do, decided under v->lock. */
enum vs_job {
	VS_JOB_CUT,		/* end the boost if its time is up */
	VS_JOB_PROMOTE,
	VS_JOB_DISARM,		/* boosted although it is switched off */
	VS_JOB_AGAIN,		/* the boost was settled but its end was held up: finish that, then promote */
};

static enum vs_job vs_boost_job(struct vs_vcpu *v)
{
	bool promote = v->promote;

	lockdep_assert_held(&v->lock);
	v->promote = false;
	if (v->boosted && !v->on)
		return VS_JOB_DISARM;
	if (!promote || !v->on)
		return VS_JOB_CUT;
	if (v->active_since || (v->boosted && v->blocked))
		return VS_JOB_CUT;
	if (v->boosted && !v->paying) {
		v->promote = true;
		return VS_JOB_AGAIN;
	}
	if (v->paying || vs_boost_off_cpu(v))
		return VS_JOB_PROMOTE;
	/* It began to run by itself meanwhile: the interrupt is being handled. */
	v->kicked = ktime_get_mono_fast_ns();
	return VS_JOB_CUT;
}

/**
 * vs_boost_work() - what a probe or timer could not do itself
 * @v: the worker's reference
 *
 * Context: worker thread.
 */
void vs_boost_work(struct vs_vcpu *v)
{
	unsigned long flags;
	enum vs_job job;
	bool done;

	if (test_bit(VS_BIT_DEAD, &v->bits) || test_bit(VS_BIT_GONE, &v->bits))
		return;
	raw_spin_lock_irqsave(&v->lock, flags);
	job = vs_boost_job(v);
	raw_spin_unlock_irqrestore(&v->lock, flags);

	if (job == VS_JOB_PROMOTE)
		done = vs_boost_promote(v);
	else if (job == VS_JOB_DISARM)
		done = vs_boost_set(v, false);
	else
		done = vs_boost_cut(v) && job == VS_JOB_CUT;

	if (job == VS_JOB_PROMOTE && !done) {
		raw_spin_lock_irqsave(&v->lock, flags);
		v->promote = true;
		raw_spin_unlock_irqrestore(&v->lock, flags);
	}
	if (!done)
		vs_worker_queue(v);
	else if (job == VS_JOB_PROMOTE && READ_ONCE(v->paying))
		wake_up_process(v->task);
}

/**
 * vs_boost_timer() - a deadline has come, or a payback wait looks around
 * @timer: of a vCPU; hrtimer_cancel() in vs_vcpu_stop() keeps it alive
 *
 * Context: hard interrupt.
 */
enum hrtimer_restart vs_boost_timer(struct hrtimer *timer)
{
	struct vs_vcpu *v = container_of(timer, struct vs_vcpu, timer);
	bool wake = false, queue = false;
	unsigned long flags;
	u64 now, next = 0;

	raw_spin_lock_irqsave(&v->lock, flags);
	if (hrtimer_is_queued(timer)) {
		/* Started again for an earlier time, from another CPU, while this call was on its way to the lock. */
		raw_spin_unlock_irqrestore(&v->lock, flags);
		return HRTIMER_NORESTART;
	}
	now = ktime_get_mono_fast_ns();
	if (test_bit(VS_BIT_DEAD, &v->bits)) {
		wake = v->paying;
	} else if (v->paying && !v->active_since) {
		next = vs_payback_timer(v, now, &wake);
	} else if (v->boosted && v->active_since) {
		if (now < v->deadline) {
			next = v->deadline;
		} else if (current == v->task && !v->cutoff_asked) {
			v->cutoff_asked = true;
			set_bit(VS_BIT_ENTRY, &v->bits);
			set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
			next = now + VS_CUTOFF_BACKSTOP_NS;
		} else {
			queue = true;
		}
	}
	v->timer_set = next;
	if (next)
		hrtimer_set_expires(timer, ns_to_ktime(next));
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (wake)
		wake_up_process(v->task);
	if (queue)
		vs_worker_queue(v);
	return next ? HRTIMER_RESTART : HRTIMER_NORESTART;
}
