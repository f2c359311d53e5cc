// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a vCPU is boosted, for how long, and how it ends.
 *
 *	HLT         vs_boost_block   in its own context: give itself the boosted parameters, so that the wake-up preempts
 *	wake-up     vs_boost_wake    in its own context: start charging, set the deadline
 *	interrupt   vs_boost_kick    any context: a preempted vCPU is boosted by the worker, a boosted one kept longer
 *	spinning    vs_boost_spin    in a sibling's context: a preempted vCPU is boosted by the worker
 *	deadline    vs_boost_timer   hard interrupt: ask the thread itself, or the worker, to end the boost
 *	guest entry vs_boost_entry   in its own context, with work pending: end of boost, boost against preemption, payback
 *	hypercall   vs_boost_give_up in its own context: the guest says that nothing is urgent any more, or it spins
 *
 * Here: HLT and wake-up, and what all share. The other ways in are in vs_boost_kick.c, the ways out in vs_boost_end.c.
 *
 * The parameters change under VS_BIT_BUSY outside of v->lock, the books are kept under v->lock. Order: BUSY, v->lock,
 * timer base; the rq lock is taken by the scheduler under BUSY alone.
 */
#include <linux/sched.h>
#include <linux/ktime.h>

#include "vs_boost_private.h"
#include "vs_domain.h"
#include "vs_host.h"
#include "vs_payback.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_worker.h"

/* Boosted, and it has not had a CPU since. Context: v->lock held. */
static bool vs_boost_unused(const struct vs_vcpu *v)
{
	return !READ_ONCE(v->task->on_cpu) && READ_ONCE(v->task->se.sum_exec_runtime) == v->ran_before;
}

/*
 * A boosted vCPU that waits behind another one, or a real-time thread, has not had what it was boosted for: the boost ends later, and
 * nobody pays for it. In a phase the one that it waits behind serves the person, as far as is known: who has not run yet keeps the
 * least that an interrupt gets, and the others get no more. Context: v->lock held, v->active_since set.
 */
void vs_boost_reckon_wait(struct vs_vcpu *v, u64 now)
{
	s64 waited = v->servant ? 0 : (s64)(vs_vcpu_waited(v) - v->waited);
	bool phase = vs_tasks_in_phase(v->domain);
	u64 later;

	/* 0 was read before the total was added to. */
	if (waited <= 0)
		return;
	v->waited += waited;
	waited = min(waited, (s64)(now - min(now, v->active_since)));
	v->active_since = min(v->active_since + waited, now);
	if (phase && !vs_boost_unused(v))
		return;
	later = min((u64)waited, v->patience);
	v->patience -= later;
	v->deadline += later;
	if (phase && later) {
		v->meagre = true;
		v->deadline = min(v->deadline, now + v->span.least);
	}
}

/* Charge the running boosted stretch up to now. Context: v->lock held, v->active_since set. */
static void vs_boost_charge(struct vs_vcpu *v, u64 now)
{
	u64 ran;

	vs_boost_reckon_wait(v, now);
	ran = now > v->active_since ? now - v->active_since : 0;
	/* A servant goes to sleep when it has nothing to do, and nobody says so. What it has run since the last tick is not in its account. */
	if (v->servant)
		ran = min(ran, READ_ONCE(v->task->se.sum_exec_runtime) - v->ran_before + (READ_ONCE(v->task->on_cpu) ? TICK_NSEC : 0));
	v->stretch += ran;
	v->stats.boosted_ns += ran;
	vs_budget_refill(&v->budget, now);
	vs_budget_charge(&v->budget, ran);
	vs_pool_charge(&v->domain->pool, now, ran);
	vs_host_charge(task_cpu(v->task), now, ran);
	vs_payback_boosted(v, ran);
}

/* Charge the running boosted stretch, and begin another one: what may be had is asked of every budget. Context: v->lock held, v->active_since set. */
void vs_boost_lap(struct vs_vcpu *v, u64 now)
{
	vs_boost_charge(v, now);
	v->active_since = now;
	v->ran_before = READ_ONCE(v->task->se.sum_exec_runtime);
}

/* Close the running boosted stretch and charge it. Context: v->lock held. */
void vs_boost_settle(struct vs_vcpu *v, u64 now)
{
	if (!v->active_since)
		return;
	vs_boost_charge(v, now);
	v->active_since = 0;
	vs_peer_release(v);
	vs_channel_say(v, VS_PAGE_NORMAL);
}

/* How long may @v be boosted now, by every budget there is? Context: v->lock held. */
u64 vs_boost_grant(struct vs_vcpu *v, u64 now, u64 want)
{
	u64 grant = 0, some = vs_payback_credit(v);
	bool spare = want > v->span.grant && !v->servant;
	/* Who could not pay what it owes gets no more credit than what it has paid. */
	bool broke = some < min(want, v->span.grant);

	want = min(want, some);
	/* A long boost leaves enough for one interrupt: work that nobody waits for must not use up all there is. */
	if (!broke && want > v->span.grant)
		grant = vs_budget_grant(&v->budget, now, want, v->span.grant);
	if (!broke && !grant)
		grant = vs_budget_grant(&v->budget, now, min(want, v->span.grant), 0);
	if (grant)
		grant = vs_pool_grant(&v->domain->pool, now, grant, 0);
	if (grant) {
		some = min(grant, v->span.grant);
		grant = vs_host_grant(task_cpu(v->task), now, grant, spare);
		if (!grant && spare)
			grant = vs_host_grant(task_cpu(v->task), now, some, false);
	}
	if (!grant) {
		v->stats.exhausted++;
		trace_virtsched_refuse(v, v->budget.tokens);
	}
	return grant;
}

/* A timer that fires earlier sets itself again. Context: v->lock held. */
void vs_boost_timer_at(struct vs_vcpu *v, u64 when)
{
	if (test_bit(VS_BIT_DEAD, &v->bits))
		return;
	if (v->timer_set && ktime_to_ns(hrtimer_get_expires(&v->timer)) <= (s64)when)
		return;
	v->timer_set = true;
	hrtimer_start(&v->timer, ns_to_ktime(when), HRTIMER_MODE_ABS_PINNED_HARD);
}

/*
 * In HLT, and after the end of a boost, no timer is needed. Left alone it would fire at a later wake-up of its guest, for
 * guests like periods that divide the burst. Context: v->lock held; also from the timer's own CPU while it waits for that.
 */
void vs_boost_timer_off(struct vs_vcpu *v)
{
	if (v->timer_set && hrtimer_try_to_cancel(&v->timer) >= 0)
		v->timer_set = false;
}

/* Start charging a boosted, runnable vCPU. Context: v->lock held. */
void vs_boost_begin(struct vs_vcpu *v, u64 now, u64 grant)
{
	v->active_since = now;
	v->stretch = 0;
	v->ran_before = READ_ONCE(v->task->se.sum_exec_runtime);
	v->waited = vs_vcpu_waited(v);
	v->patience = VS_PATIENCE_NS;
	v->meagre = false;
	v->deadline = now + grant;
	v->cutoff_asked = false;
	vs_boost_timer_at(v, v->deadline);
	vs_channel_say(v, VS_PAGE_BOOSTED);
	if (grant > v->span.grant)
		vs_peer_hold(v);
}

/* Change the parameters and note it. Context: as vs_policy_set(). False: somebody else is at it, try again. */
bool vs_boost_set(struct vs_vcpu *v, bool boost)
{
	unsigned long flags;
	bool done;

	if (!vs_vcpu_try_busy(v))
		return false;
	if (boost && vs_vcpu_hands_off(v)) {
		vs_vcpu_end_busy(v);
		return true;
	}
	done = boost ? vs_vcpu_apply(v, &v->want) : vs_vcpu_rest(v);
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->boosted != (boost && done))
		vs_payback_turn(v, v->boosted);
	v->boosted = boost && done;
	/* Nobody is charged, or has a deadline, without a boost. */
	if (!v->boosted)
		vs_boost_settle(v, ktime_get_mono_fast_ns());
	if (boost && !done) {
		v->stats.rejected++;
		trace_virtsched_deny(v, v->budget.tokens);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	vs_vcpu_end_busy(v);
	return true;
}

/* With VS_BIT_BUSY held, which is given back. A boosted thread gets its weight when its boost ends. Context: as vs_policy_set(). */
void vs_boost_weigh_busy(struct vs_vcpu *v)
{
	if (!vs_vcpu_hands_off(v) && !READ_ONCE(v->boosted))
		vs_vcpu_rest(v);
	vs_vcpu_end_busy(v);
}

/**
 * vs_boost_weigh() - what the vCPU runs is worth another nice value than what it ran before
 * @v: current's, or any
 *
 * When somebody else is at the parameters, the next sample will see to it.
 *
 * Context: as vs_policy_set().
 */
void vs_boost_weigh(struct vs_vcpu *v)
{
	if (vs_vcpu_try_busy(v))
		vs_boost_weigh_busy(v);
}

/* Has somebody else changed the boosted thread? Cheap enough for every HLT. Context: v->lock held, v is current's. */
static bool vs_boost_touched(const struct vs_vcpu *v)
{
	/* A real-time thread keeps the nice value that it had. */
	return v->boosted && (current->policy != v->last.policy || current->rt_priority != v->last.rt_priority ||
			      task_nice(current) != v->last.nice);
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
	if (v->active_since) {
		vs_boost_settle(v, now);
		trace_virtsched_sleep(v, v->debt.owed);
	}
	vs_boost_timer_off(v);
	vs_payback_asleep(v, now);
	if (v->woken)
		vs_span_learn(&v->span, now - v->woken);
	v->woken = 0;
	v->blocked = true;
	v->halted = now;
	v->kicked = 0;
	arm = v->on && !vs_vcpu_hands_off(v) && !vs_boost_touched(v) && vs_boost_grant(v, now, v->burst_ns);
	/* Who sleeps lets everybody go first. */
	change = arm != v->boosted || v->low;
	if (v->low) {
		v->low = false;
		trace_virtsched_deboost(v, false);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (change && !vs_boost_set(v, arm))
		vs_worker_queue(v);
	if (arm)
		vs_boost_serve(v->domain);
}

/**
 * vs_boost_wake() - the vCPU runs again after HLT
 * @v: current's
 * @slept: others could have the CPU meanwhile; if not, a guest that sets its timer to be over at once would have time that nobody counts
 * @ns: since it went into HLT
 *
 * Who owes passes the entry hook, though since 7.0 a wake-up alone leaves no work pending.
 *
 * Context: tracepoint in the vCPU's thread.
 */
void vs_boost_wake(struct vs_vcpu *v, bool slept, u64 ns)
{
	unsigned long flags;
	u64 now, grant;
	bool brief;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	if (v->blocked) {
		v->blocked = false;
		vs_payback_idle(v, slept, now);
	}
	if (v->boosted) {
		v->woken = now;
		vs_budget_refill(&v->budget, now);
		brief = vs_peer_is_behind(v);
		brief = brief || vs_budget_short(&v->budget) || vs_tasks_works(v, now);
		/* Without a grant the deadline is now, and the boost ends at once. */
		grant = vs_boost_grant(v, now, brief ? v->span.grant : v->burst_ns);
		v->stats.boosts_wake++;
		trace_virtsched_boost(v, VS_BY_WAKE, grant);
		vs_boost_begin(v, now, grant);
		if (!slept)
			v->active_since -= min3(ns, VS_GRANT_MIN_NS, now);
	} else if (vs_payback_owes(v)) {
		set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
}
