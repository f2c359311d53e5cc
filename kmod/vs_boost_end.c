// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a boost ends, and what happens before guest entry: the deadline's timer, the cut by the thread itself or by the
 * worker, the guest that says it is done.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>

#include "vs_boost_private.h"
#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_payback.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_worker.h"

/* A thread that was asked to end its boost and did not pass a guest entry for so long is demoted from outside. */
#define VS_CUTOFF_BACKSTOP_NS	(50 * VS_NSEC_PER_USEC)
/* So soon after an interrupt has come to the host the guest may say that it is calm because it has not taken it yet: it was on its way out. */
#define VS_HANDLED_NS		(20 * VS_NSEC_PER_USEC)
/* One that waits for a CPU is looked at so often: as much longer than granted may a boost last. */
#define VS_LOOK_MAX_NS		(200 * VS_NSEC_PER_USEC)
/* An interrupt in a guest is over by then. */
#define VS_RELEASE_NS		(100 * VS_NSEC_PER_USEC)

/* A boost has ended. Context: as vs_policy_set(). */
static void vs_boost_over(struct vs_vcpu *v)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->lock, flags);
	vs_payback_advance(v);
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

/* End a boost whose time is up. Context: as vs_policy_set(). False: try again. */
bool vs_boost_cut(struct vs_vcpu *v)
{
	bool due, done;
	unsigned long flags;
	u64 now;

	preempt_disable();
	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	if (v->active_since)
		vs_boost_reckon_wait(v, now);
	/* Not charged and not armed: an earlier try was settled, but found somebody else at the thread's parameters. */
	due = v->boosted && !v->blocked && (!v->active_since || now >= v->deadline);
	if (due && v->active_since) {
		vs_boost_settle(v, now);
		vs_boost_timer_off(v);
		v->stats.cutoffs++;
		trace_virtsched_cutoff(v, v->debt.owed);
	} else if (v->boosted && v->active_since) {
		/* The timer that found it due is over. */
		vs_boost_timer_at(v, v->deadline);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	done = !due || vs_boost_set(v, false);
	if (due && done)
		vs_boost_over(v);
	preempt_enable();
	return done;
}

/* A servant in a phase may be as long as it has budget: what it sleeps costs none. Context: as vs_boost_renew(). */
static bool vs_boost_renew_servant(struct vs_vcpu *v, u64 now)
{
	u64 grant;

	vs_boost_lap(v, now);
	grant = vs_boost_grant(v, now, v->burst_ns);
	if (grant < v->span.grant)
		return false;
	v->deadline = now + grant;
	v->stats.extended++;
	return true;
}

/*
 * The time is up, but the guest says that it is in the middle of something urgent, or the person waits for what it runs, and there is
 * budget left. @seen: what it runs was looked at just now. Context: v->lock held, boosted and charged.
 */
static bool vs_boost_renew(struct vs_vcpu *v, u64 now, bool seen)
{
	bool urgent;
	u64 grant;

	if (v->servant)
		return vs_tasks_in_phase(v->domain) && vs_boost_renew_servant(v, now);
	urgent = vs_channel_hear(v, now) == VS_VOICE_URGENT;
	if (!urgent && !(seen && (v->meagre ? READ_ONCE(v->watch.serving) : vs_tasks_serves(v, now))))
		return false;
	vs_boost_lap(v, now);
	grant = vs_boost_grant(v, now, urgent ? v->burst_ns : vs_boost_task_ns(v));
	if (!grant || (!urgent && grant < min(VS_BOOST_TASK_MIN_NS, v->span.grant)))
		return false;
	*(urgent ? &v->stats.boosts_guest : &v->stats.boosts_task) += 1;
	if (grant > v->span.grant)
		vs_peer_hold(v);
	v->deadline = now + grant;
	v->cutoff_asked = false;
	vs_boost_timer_at(v, v->deadline);
	trace_virtsched_boost(v, urgent ? VS_BY_GUEST : VS_BY_TASK, grant);
	return true;
}

/* Is the time up of a boost that is charged for? It is renewed if there is reason for that. @seen: as above. Context: v->lock held. */
static bool vs_boost_due(struct vs_vcpu *v, u64 now, bool seen)
{
	vs_boost_reckon_wait(v, now);
	return now >= v->deadline && !vs_boost_renew(v, now, seen);
}

/* Is the vCPU about to lose the CPU in the middle of something urgent? If so, for how long it may keep it. Context: v->lock held. */
static bool vs_boost_keeps(struct vs_vcpu *v, u64 now)
{
	bool kicked = vs_boost_has_interrupt(v, now), urgent, task;

	if (!v->on || v->boosted || !vs_need_resched() || vs_vcpu_hands_off(v))
		return false;
	urgent = vs_channel_hear(v, now) == VS_VOICE_URGENT;
	task = !urgent && vs_tasks_serves(v, now);
	if (!kicked && !urgent && !task)
		return false;
	v->by = urgent ? VS_BY_GUEST : task ? VS_BY_TASK : VS_BY_KICK;
	v->granted = vs_boost_grant(v, now, urgent ? v->burst_ns : task ? vs_boost_task_ns(v) : vs_boost_event_ns(v, now));
	return v->granted;
}

/*
 * Who has used more than its budget, or owes the others much, and runs nothing urgent now lets its siblings go first: the VM pays
 * as a whole, so they would wait for what they have not had. Context: v->lock held. Return: whether the thread's weight changes.
 */
static bool vs_boost_deboost(struct vs_vcpu *v, u64 now)
{
	bool urgent, low;

	if (!v->deboost || v->boosted || vs_vcpu_hands_off(v))
		return false;
	vs_budget_refill(&v->budget, now);
	urgent = vs_boost_has_interrupt(v, now) || vs_tasks_serves(v, now) || vs_channel_hear(v, now) == VS_VOICE_URGENT;
	low = !urgent && vs_debt_deep(&v->debt, &v->budget, v->low);
	if (low == v->low)
		return false;
	v->low = low;
	v->stats.deboosts += low;
	trace_virtsched_deboost(v, low);
	return true;
}

/**
 * vs_boost_give_up() - the boosted vCPU needs it no more
 * @v: current's
 * @calm: only if the guest says so; false: it spins
 *
 * An interrupt that has just come may still be to be handled: then the boost lasts a moment longer, and on if the guest is in a hurry then.
 *
 * Context: probe in the vCPU's thread, preemption off, not in interrupt.
 */
void vs_boost_give_up(struct vs_vcpu *v, bool calm)
{
	unsigned long flags;
	bool over, recent;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	now = ktime_get_mono_fast_ns();
	if (!calm)
		v->spun = now;
	over = v->boosted && v->active_since && (!calm || vs_channel_hear(v, now) == VS_VOICE_CALM);
	recent = now - v->late < VS_HANDLED_NS;
	if (over && recent && now + VS_HANDLED_NS < v->deadline) {
		v->deadline = now + VS_HANDLED_NS;
		vs_boost_timer_at(v, v->deadline);
	}
	over = over && !recent;
	if (over) {
		vs_boost_settle(v, now);
		v->stats.unboosts_guest += calm;
		trace_virtsched_give_up(v, v->debt.owed);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (over && vs_boost_set(v, false))
		vs_boost_over(v);
	else if (over)
		vs_worker_queue(v);
}

/**
 * vs_boost_release() - the boosted vCPU has done what it was boosted for, but for the end of an interrupt
 * @v: current's
 *
 * It has a moment left: a guest that is in the middle of an interrupt holds locks, and who has just been woken needs them.
 *
 * Context: probe in the vCPU's thread.
 */
void vs_boost_release(struct vs_vcpu *v)
{
	unsigned long flags;
	u64 end;

	raw_spin_lock_irqsave(&v->lock, flags);
	end = ktime_get_mono_fast_ns() + VS_RELEASE_NS;
	if (v->boosted && v->active_since && end < v->deadline) {
		v->deadline = end;
		vs_boost_timer_at(v, end);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

/**
 * vs_boost_wants_entry() - has vs_boost_entry() anything to do?
 * @v: current's
 *
 * Up to 6.12 work is pending after every switch (rseq), so after every wake-up, and a boosted vCPU is in a hurry: it is let by until
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

/* After pending work: is there reason for another vs_boost_entry()? A boosted one is in a hurry. Context: as that. */
bool vs_boost_again(const struct vs_vcpu *v, bool turn)
{
	return test_bit(VS_BIT_ENTRY, &v->bits) || ((turn || READ_ONCE(v->ended)) && !READ_ONCE(v->boosted) && vs_payback_owes(v));
}

/**
 * vs_boost_entry() - the vCPU is about to enter the guest, with work pending
 * @v: current's
 *
 * Context: process, KVM's SRCU not held. Pending work has to be looked at afterwards.
 */
void vs_boost_entry(struct vs_vcpu *v)
{
	unsigned long flags;
	bool cut, keep, weigh;
	u64 now;

	raw_spin_lock_irqsave(&v->lock, flags);
	clear_bit(VS_BIT_ENTRY, &v->bits);
	now = ktime_get_mono_fast_ns();
	cut = v->boosted && v->active_since && vs_boost_due(v, now, true);
	vs_payback_awake(v, now);
	/* The kernel is about to take the CPU from a vCPU whose interrupt, or whose urgent work, was not handled yet. */
	keep = vs_boost_keeps(v, now);
	if (keep)
		v->kicked = 0;
	else
		vs_payback_charge(v, now);
	weigh = !keep && vs_boost_deboost(v, now);
	raw_spin_unlock_irqrestore(&v->lock, flags);

	if (cut && !vs_boost_cut(v))
		vs_worker_queue(v);
	if (keep)
		vs_boost_promote(v);
	if (weigh)
		vs_boost_weigh(v);
}

/**
 * vs_boost_gone() - the thread is about to end
 * @v: current's, or one that was found to have ended
 *
 * What is left of its way may be long, as all of the guest's memory is freed there, and nobody ends a boost of a thread that is gone.
 *
 * Context: process, or tracepoint in the thread that ends.
 */
void vs_boost_gone(struct vs_vcpu *v)
{
	set_bit(VS_BIT_GONE, &v->bits);
	/* Somebody else is at its parameters: the reaper sees to it. */
	if (v->task == current)
		vs_boost_set(v, false);
}

/*
 * When to look whether the boost is over: while it waits for a CPU its end moves on, and it is looked at less often. It may get the CPU
 * right after that. Context: v->lock held.
 */
static u64 vs_boost_next(const struct vs_vcpu *v, u64 now)
{
	u64 rest = READ_ONCE(v->task->on_cpu) ? VS_GRANT_MIN_NS : min((VS_PATIENCE_NS - v->patience) / 4, VS_LOOK_MAX_NS);

	return max(v->deadline, now + max(VS_GRANT_MIN_NS, rest));
}

/**
 * vs_boost_timer() - a deadline has come
 * @timer: of a vCPU; hrtimer_cancel() in vs_vcpu_stop() keeps it alive
 *
 * Context: hard interrupt.
 */
enum hrtimer_restart vs_boost_timer(struct hrtimer *timer)
{
	struct vs_vcpu *v = container_of(timer, struct vs_vcpu, timer);
	bool queue = false, waits = false;
	unsigned long flags;
	u64 now, next = 0;

	raw_spin_lock_irqsave(&v->lock, flags);
	if (hrtimer_is_queued(timer)) {
		/* Started again for an earlier time, from another CPU, while this call was on its way to the lock. */
		raw_spin_unlock_irqrestore(&v->lock, flags);
		return HRTIMER_NORESTART;
	}
	now = ktime_get_mono_fast_ns();
	if (!test_bit(VS_BIT_DEAD, &v->bits) && v->boosted && v->active_since) {
		if (!vs_boost_due(v, now, false)) {
			next = vs_boost_next(v, now);
		} else if (current == v->task && !v->cutoff_asked && !v->servant) {
			v->cutoff_asked = true;
			set_bit(VS_BIT_ENTRY, &v->bits);
			set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
			next = now + VS_CUTOFF_BACKSTOP_NS;
		} else {
			queue = true;
			/* Neither in HLT nor running, nor held up for its dirty quota: in QEMU, for a lock or a device. */
			waits = !v->servant && !task_is_running(v->task) && !READ_ONCE(v->quota.asleep);
		}
	}
	v->timer_set = next;
	if (next)
		hrtimer_set_expires(timer, ns_to_ktime(next));
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (queue)
		vs_worker_queue(v);
	if (waits) {
		rcu_read_lock();
		vs_boost_serve(v->domain);
		rcu_read_unlock();
	}
	return next ? HRTIMER_RESTART : HRTIMER_NORESTART;
}
