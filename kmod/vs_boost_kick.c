// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boosts of a vCPU that does not run, or is about to be preempted: for an interrupt, for a sibling that spins, for what the
 * guest has said. What a probe may not do itself is left to the worker.
 */
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/ktime.h>

#include "vs_boost_private.h"
#include "vs_domain.h"
#include "vs_payback.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_worker.h"

/* A boost by the worker takes less, or the worker was held up. */
#define VS_WORK_MAX_NS	(20 * VS_NSEC_PER_USEC)

/* A vCPU that was just seen to spin does not get its CPU back for so long. */
#define VS_SPUN_NS	(100 * VS_NSEC_PER_USEC)

/* The counter of a kind of boost. Context: v->lock held. */
static u64 *vs_boost_counter(struct vs_vcpu *v, enum vs_by by)
{
	u64 *const counters[] = {
		[VS_BY_WAKE] = &v->stats.boosts_wake,
		[VS_BY_KICK] = &v->stats.boosts_kick,
		[VS_BY_GUEST] = &v->stats.boosts_guest,
		[VS_BY_SPIN] = &v->stats.boosts_spin,
		[VS_BY_SERVE] = &v->stats.boosts_serve,
		[VS_BY_TASK] = &v->stats.boosts_task,
	};

	return counters[by];
}

/*
 * A kick for a boosted vCPU near its deadline must not be lost. KVM kicks the same interrupt a second time when the vCPU's
 * thread is back on a CPU: what that would add is not worth the time. Context: v->lock held.
 */
static void vs_boost_extend(struct vs_vcpu *v, u64 now)
{
	u64 want = vs_boost_event_ns(v, now), grant;

	if (now + want / 2 <= v->deadline)
		return;
	vs_boost_lap(v, now);
	grant = vs_boost_grant(v, now, want);
	if (now + grant <= v->deadline)
		return;
	v->deadline = now + grant;
	v->cutoff_asked = false;
	/* It may have fired already, and the worker that it asked to end the boost finds the new deadline. */
	vs_boost_timer_at(v, v->deadline);
	v->stats.extended++;
	trace_virtsched_extend(v, grant);
}

/* A boost from outside begins. Context: v->lock held, v is boosted and runs, or is about to. */
static void vs_boost_kicked(struct vs_vcpu *v, u64 now)
{
	*vs_boost_counter(v, v->by) += 1;
	trace_virtsched_boost(v, v->by, v->granted);
	vs_boost_begin(v, now, v->granted);
}

/* Ask for a boost by the worker, or by a wake-up. Context: v->lock held. Return: whether there is budget for it. */
static bool vs_boost_ask(struct vs_vcpu *v, u64 now, enum vs_by by)
{
	/* What the guest said last before it was preempted: who is in the middle of something urgent needs longer. */
	bool urgent = by < VS_BY_SPIN && vs_channel_hear(v, now) == VS_VOICE_URGENT;
	bool task = by == VS_BY_KICK && !urgent && vs_tasks_serves(v, now);

	v->by = task ? VS_BY_TASK : by;
	v->asked = now;
	v->granted = vs_boost_grant(v, now, urgent ? v->burst_ns : task ? vs_boost_task_ns(v) : vs_boost_event_ns(v, now));
	return v->granted;
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
	unsigned long flags;
	bool queue = false;
	u64 now;

	/* Who waits for having dirtied too much is not preempted: a boost would run out unused. */
	if (!READ_ONCE(v->on) || vs_vcpu_hands_off(v) || READ_ONCE(v->quota.asleep))
		return;
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->boosted && v->blocked) {
		/* Armed: the wake-up itself preempts. */
		vs_peer_queued(v);
		raw_spin_unlock_irqrestore(&v->lock, flags);
		vs_peer_make_way(v);
		return;
	}
	now = ktime_get_mono_fast_ns();
	if (v->boosted && v->active_since) {
		v->late = now;
		vs_boost_extend(v, now);
	} else if (v->boosted || vs_boost_off_cpu(v)) {
		/* Boosted and not charged for it: the boost is just being ended. It has to begin again. */
		if (!v->promote)
			queue = v->promote = vs_boost_ask(v, now, VS_BY_KICK);
	} else {
		v->kicked = now;
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (queue) {
		vs_peer_make_way(v);
		vs_worker_queue(v);
	}
}

/**
 * vs_boost_lost() - the CPU is taken from the vCPU
 * @v: current's
 *
 * A kernel that preempts itself does so at once when a real-time thread wakes up: the entry hook is not passed. When that thread is done
 * the scheduler chooses anew, and an interrupt that the guest is about to take waits for the vCPU's next turn.
 *
 * Context: probe, under the rq lock: nothing is locked or woken here.
 */
void vs_boost_lost(struct vs_vcpu *v)
{
	u64 now;

	if (!READ_ONCE(v->on) || READ_ONCE(v->boosted) || !task_is_running(current) || test_bit(VS_BIT_IN_ENTRY, &v->bits))
		return;
	now = ktime_get_mono_fast_ns();
	/* Who spins has it taken for a sibling's sake. */
	if (now - READ_ONCE(v->spun) < VS_SPUN_NS)
		return;
	if (READ_ONCE(v->slot) || vs_boost_has_interrupt(v, now) || vs_tasks_serves(v, now))
		irq_work_queue(&v->lost);
}

/**
 * vs_boost_regain() - the CPU was taken from a vCPU: if something cannot wait there, the worker gets it back
 * @work: of a vCPU; irq_work_sync() in vs_vcpu_stop() keeps it alive
 *
 * Context: hard interrupt, right after the switch.
 */
void vs_boost_regain(struct irq_work *work)
{
	struct vs_vcpu *v = container_of(work, struct vs_vcpu, lost);
	unsigned long flags;
	bool queue = false;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	if (v->on && !v->boosted && !v->blocked && !v->promote && !READ_ONCE(v->task->on_cpu) && !vs_vcpu_hands_off(v) &&
	    (vs_boost_has_interrupt(v, now) || vs_channel_hear(v, now) == VS_VOICE_URGENT || vs_tasks_serves(v, now)))
		queue = v->promote = vs_boost_ask(v, now, VS_BY_KICK);
	/* One boost for one interrupt. */
	if (queue)
		v->kicked = 0;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (!queue)
		return;
	rcu_read_lock();
	vs_peer_make_way(v);
	rcu_read_unlock();
	vs_worker_queue(v);
}

/* Somebody waits for @v, which is preempted or not. Context: any. */
static void vs_boost_help(struct vs_vcpu *v, enum vs_by by)
{
	unsigned long flags;
	bool queue = false;

	if (!READ_ONCE(v->on) || vs_vcpu_hands_off(v))
		return;
	raw_spin_lock_irqsave(&v->lock, flags);
	if (!v->boosted && !v->blocked && !v->promote && !READ_ONCE(v->task->on_cpu))
		queue = v->promote = vs_boost_ask(v, ktime_get_mono_fast_ns(), by);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (queue)
		vs_worker_queue(v);
}

/**
 * vs_boost_spin() - a sibling spins, and KVM would rather have this vCPU run
 * @v: runnable or not; the one that spins is current's
 *
 * Only a preempted one is helped: it may hold what the other waits for.
 *
 * Context: probe in the sibling's thread, preemption off.
 */
void vs_boost_spin(struct vs_vcpu *v)
{
	vs_boost_help(v, VS_BY_SPIN);
}

/**
 * vs_boost_serve() - a boosted vCPU waits, perhaps for QEMU's emulator or I/O thread
 * @d: the vCPU's domain
 *
 * One that is runnable and does not run would keep the vCPU waiting for all that is between them: the ordinary threads of
 * the host.
 *
 * Context: any in an RCU read section; v->lock of the vCPU not held.
 */
void vs_boost_serve(const struct vs_domain *d)
{
	struct vs_vcpu *s;

	hlist_for_each_entry_rcu(s, &d->servants, serve, true)
		if (task_is_running(s->task))
			vs_boost_help(s, VS_BY_SERVE);
}

/* In its own thread. Context: as vs_policy_set(). */
static void vs_boost_self(struct vs_vcpu *v, enum vs_by by)
{
	unsigned long flags;
	bool ask;

	if (!READ_ONCE(v->on) || vs_vcpu_hands_off(v))
		return;
	raw_spin_lock_irqsave(&v->lock, flags);
	ask = !v->boosted && !v->promote && vs_boost_ask(v, ktime_get_mono_fast_ns(), by);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (ask)
		vs_boost_promote(v);
}

/**
 * vs_boost_attend() - the person did something, and QEMU's threads bring it to the guest and the answer back
 * @d: in a phase
 *
 * They are in a hurry until the phase is over, as far as their budget goes: see vs_boost_renew(). Who sleeps will be when it wakes.
 *
 * Context: process or probe; no lock held.
 */
void vs_boost_attend(const struct vs_domain *d)
{
	struct vs_vcpu *s;

	rcu_read_lock();
	hlist_for_each_entry_rcu(s, &d->servants, serve) {
		if (s->task == current)
			vs_boost_self(s, VS_BY_SERVE);
		else
			vs_boost_help(s, VS_BY_SERVE);
	}
	rcu_read_unlock();
}

/*
 * Between the change of the parameters and of the books the vCPU looks as if somebody were just ending its boost, and a
 * worker that sees that tries again at once: so no preemption in between, or it would try for ever on this CPU.
 */

/* Boost and start charging. Context: as vs_policy_set(). False: try again. */
bool vs_boost_promote(struct vs_vcpu *v)
{
	unsigned long flags;

	preempt_disable();
	if (!vs_boost_set(v, true)) {
		preempt_enable();
		return false;
	}
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->boosted && !v->active_since && !v->blocked) {
		u64 now = ktime_get_mono_fast_ns();

		vs_boost_kicked(v, now);
		/* The worker's time is nobody's: who is boosted pays for it, or the others would. */
		if (v->task != current)
			vs_payback_boosted(v, min(now - v->asked, VS_WORK_MAX_NS));
		/* Also in its own thread: it is there because the CPU is about to be somebody else's. */
		vs_peer_queued(v);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	preempt_enable();
	return true;
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
	if (v->boosted) {
		v->promote = true;
		return VS_JOB_AGAIN;
	}
	if (vs_boost_off_cpu(v))
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
}
