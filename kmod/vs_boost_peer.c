// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boosted vCPUs that meet on one CPU, of one VM or of two. To the scheduler they are equals, and the first one stays: a long boost of
 * one would keep the interrupt of the other waiting. So who is in the way of an interrupt keeps the CPU for its own one only, unless it
 * serves the person in a phase; a boost is renewed after that if the guest is in a hurry.
 *
 * What a CPU has here are hints: a vCPU that was moved between two of them has a boost that is too short or too long, once.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "vs_boost_private.h"
#include "vs_tasks.h"

/* Which vCPU was put into the CPU's queue last, boosted. Only compared. */
static DEFINE_PER_CPU(const struct vs_vcpu *, vs_peer_last);
/* Whose boost is longer than for an interrupt there. A key, since nobody takes it away when the vCPU goes. */
static DEFINE_PER_CPU(const struct pid *, vs_peer_holder);

/* In a phase it runs background work. */
static bool vs_peer_lags(const struct vs_vcpu *v)
{
	return READ_ONCE(v->watched) && READ_ONCE(v->watch.lag);
}

/* @v, which is boosted or about to be, is put into its CPU's queue for an interrupt. Context: v->lock held. */
void vs_peer_queued(struct vs_vcpu *v)
{
	unsigned int cpu = task_cpu(v->task);

	v->queued = cpu + 1;
	if (!vs_peer_lags(v))
		WRITE_ONCE(per_cpu(vs_peer_last, cpu), v);
}

/* It has the CPU: is another one behind it? Context: v->lock held, v is current's, interrupts off. */
bool vs_peer_is_behind(struct vs_vcpu *v)
{
	unsigned int cpu = smp_processor_id();
	bool behind = v->queued == cpu + 1 && READ_ONCE(per_cpu(vs_peer_last, cpu)) != v;

	v->queued = 0;
	return behind;
}

/* Its boost is over. Context: v->lock held. */
void vs_peer_release(struct vs_vcpu *v)
{
	if (v->holds && READ_ONCE(per_cpu(vs_peer_holder, v->holds - 1)) == v->pid)
		WRITE_ONCE(per_cpu(vs_peer_holder, v->holds - 1), NULL);
	v->holds = 0;
}

/* It may keep its CPU for long. Context: v->lock held. */
void vs_peer_hold(struct vs_vcpu *v)
{
	if (v->servant)
		return;
	vs_peer_release(v);
	v->holds = task_cpu(v->task) + 1;
	WRITE_ONCE(per_cpu(vs_peer_holder, v->holds - 1), v->pid);
}

/**
 * vs_peer_make_way() - an interrupt waits for a vCPU that is boosted, or about to be
 * @v: not the one that runs background work in a phase: it has time
 *
 * Context: any in an RCU read section, no lock of a vCPU held.
 */
void vs_peer_make_way(const struct vs_vcpu *v)
{
	const struct pid *holder = READ_ONCE(per_cpu(vs_peer_holder, task_cpu(v->task)));
	struct vs_vcpu *other = holder && holder != v->pid && !vs_peer_lags(v) ? vs_vcpu_find(holder) : NULL;
	unsigned long flags;
	u64 end;

	if (!other || vs_tasks_serves(other, ktime_get_mono_fast_ns()))
		return;
	raw_spin_lock_irqsave(&other->lock, flags);
	end = max(ktime_get_mono_fast_ns(), max(other->active_since, other->late) + other->span.grant);
	if (other->holds && other->active_since && end < other->deadline) {
		other->deadline = end;
		vs_boost_timer_at(other, end);
	}
	raw_spin_unlock_irqrestore(&other->lock, flags);
}
