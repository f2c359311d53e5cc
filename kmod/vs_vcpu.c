// SPDX-License-Identifier: GPL-2.0-only
/*
 * One vCPU thread: creation, look-up by struct pid, change of its parameters with notice of outside changes, exact
 * restore. Who boosts and when is in vs_boost.c.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/sched/clock.h>
#include <linux/sched/prio.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_events.h"
#include "vs_payback.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

#define VS_HASH_BITS	10
/* A thread that goes below normal: a third of the weight. */
#define VS_DEBOOST_NICE	5

static struct hlist_head vs_vcpu_hash[1 << VS_HASH_BITS];
static DEFINE_SPINLOCK(vs_vcpu_hash_lock);

static struct hlist_head *vs_vcpu_bucket(const struct pid *pid)
{
	return &vs_vcpu_hash[hash_ptr(pid, VS_HASH_BITS)];
}

/**
 * vs_vcpu_find() - the vCPU of a thread
 * @pid: any value, only compared
 *
 * Context: any, inside an RCU read section (a probe is one). On every wake-up and kick of every VM: an empty bucket is
 * the usual case and costs a hash and a load.
 * Return: the vCPU, valid until the RCU section ends; NULL for everybody else's thread.
 */
struct vs_vcpu *vs_vcpu_find(const struct pid *pid)
{
	struct vs_vcpu *v;

	hlist_for_each_entry_rcu(v, vs_vcpu_bucket(pid), hash, true)
		if (v->pid == pid)
			return v;
	return NULL;
}

/* Current's vCPU with a reference, or NULL. Context: process. */
struct vs_vcpu *vs_vcpu_get_current(void)
{
	struct vs_vcpu *v;

	rcu_read_lock();
	v = vs_vcpu_find(task_pid(current));
	if (v && !refcount_inc_not_zero(&v->ref))
		v = NULL;
	rcu_read_unlock();
	return v;
}

/* Take the thread's parameters as the ones to put back, and see whether they are ours to change. */
static void vs_vcpu_baseline(struct vs_vcpu *v)
{
	vs_policy_read(&v->base, v->task);
	v->last = v->base;
	assign_bit(VS_BIT_REFUSED, &v->bits, v->base.policy != SCHED_NORMAL && v->base.policy != SCHED_BATCH);
	assign_bit(VS_BIT_EXT, &v->bits, vs_task_is_ext(v->task));
}

/**
 * vs_vcpu_new() - make a thread known
 * @domain: a reference is taken
 * @vcpu_id: libvirt's number
 * @tid: for people
 * @task: a reference is taken
 *
 * Context: process, registry mutex held.
 * Return: visible to the probes, boost off; NULL without memory.
 */
struct vs_vcpu *vs_vcpu_new(struct vs_domain *domain, u32 vcpu_id, pid_t tid, struct task_struct *task)
{
	struct vs_vcpu *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	refcount_set(&v->ref, 1);
	raw_spin_lock_init(&v->lock);
	v->domain = vs_domain_get(domain);
	v->task = get_task_struct(task);
	v->pid = get_pid(task_pid(task));
	v->vcpu_id = vcpu_id;
	v->tid = tid;
	v->servant = vcpu_id & VS_ID_SERVANT;
	v->stats.vcpu_id = vcpu_id;
	v->stats.tid = tid;
	v->pot_cpu = v->slept_cpu = -1;
	vs_hrtimer_setup(&v->timer, vs_boost_timer);
	v->lost = IRQ_WORK_INIT_HARD(vs_boost_regain);
	vs_vcpu_baseline(v);
	spin_lock(&vs_vcpu_hash_lock);
	hlist_add_head_rcu(&v->hash, vs_vcpu_bucket(v->pid));
	spin_unlock(&vs_vcpu_hash_lock);
	if (v->servant)
		hlist_add_head_rcu(&v->serve, &domain->servants);
	/* Pairs with the end of a thread: it finds the vCPU, or the caller sees that it ends. */
	smp_mb();
	return v;
}

static void vs_vcpu_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct vs_vcpu, rcu));
}

void vs_vcpu_put(struct vs_vcpu *v)
{
	if (!refcount_dec_and_test(&v->ref))
		return;
	put_task_struct(v->task);
	put_pid(v->pid);
	vs_domain_put(v->domain);
	call_rcu(&v->rcu, vs_vcpu_free);
}

/* The thread is as it was, whatever was on. VS_BIT_BUSY is held afterwards. Context: process, may sleep. */
static void vs_vcpu_restore(struct vs_vcpu *v)
{
	unsigned long flags;

	vs_vcpu_wait_busy(v);
	/* One that is on its way out has put itself back, unless somebody else was at it then. */
	if (!test_bit(VS_BIT_GONE, &v->bits) || !READ_ONCE(v->task->exit_state))
		vs_vcpu_apply(v, &v->base);
	v->watch.lag_set = 0;
	raw_spin_lock_irqsave(&v->lock, flags);
	v->boosted = false;
	v->low = false;
	vs_boost_settle(v, ktime_get_mono_fast_ns());
	vs_payback_restart(v);
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

/*
 * First half of detaching: no probe finds it any more after the next RCU grace period, no new boost begins now, and one that
 * is on ends: during that grace period nothing would cut it off.
 */
void vs_vcpu_hide(struct vs_vcpu *v)
{
	unsigned long flags;

	spin_lock(&vs_vcpu_hash_lock);
	hlist_del_rcu(&v->hash);
	spin_unlock(&vs_vcpu_hash_lock);
	if (v->servant)
		hlist_del_rcu(&v->serve);
	raw_spin_lock_irqsave(&v->lock, flags);
	set_bit(VS_BIT_DEAD, &v->bits);
	v->on = false;
	WRITE_ONCE(v->watched, false);
	vs_channel_unwire(v);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	vs_vcpu_restore(v);
	vs_vcpu_end_busy(v);
	vs_quota_wake(v);
}

/*
 * Second half, after that grace period: timer and interrupt work off, thread put back, reference dropped. Context: process. A worker that
 * still holds a reference sees VS_BIT_DEAD; VS_BIT_BUSY is kept for ever, so nobody changes the thread after us.
 */
void vs_vcpu_stop(struct vs_vcpu *v)
{
	hrtimer_cancel(&v->timer);
	irq_work_sync(&v->lost);
	vs_vcpu_restore(v);
	preempt_enable();
	vs_vcpu_put(v);
}

/* What the thread has waited for CPUs, all told. A CPU's clock is the one that the scheduler's own account is kept by. Context: interrupts off. */
u64 vs_vcpu_waited(const struct vs_vcpu *v)
{
	u64 total, queued, clock;

	/* What it waits for now is added to the total when it gets a CPU, after the one is set to 0. */
	do {
		total = READ_ONCE(v->task->sched_info.run_delay);
		smp_rmb();
		queued = READ_ONCE(v->task->sched_info.last_queued);
		clock = queued ? sched_clock_cpu(task_cpu(v->task)) : 0;
		smp_rmb();
	} while (total != READ_ONCE(v->task->sched_info.run_delay));
	return total + (clock > queued ? clock - queued : 0);
}

/*
 * The right to change the thread. Held with preemption off: a worker that finds it taken tries again at once, which must
 * not keep a preempted holder from going on.
 */
bool vs_vcpu_try_busy(struct vs_vcpu *v)
{
	preempt_disable();
	if (!test_and_set_bit_lock(VS_BIT_BUSY, &v->bits))
		return true;
	preempt_enable();
	return false;
}

/* Context: process, may sleep. Holders are a few us long. */
void vs_vcpu_wait_busy(struct vs_vcpu *v)
{
	while (!vs_vcpu_try_busy(v))
		usleep_range(20, 50);
}

void vs_vcpu_end_busy(struct vs_vcpu *v)
{
	clear_bit_unlock(VS_BIT_BUSY, &v->bits);
	preempt_enable();
}

/* @why: VS_BIT_STEPPED_BACK or VS_BIT_EXT */
static void vs_vcpu_step_back(struct vs_vcpu *v, enum vs_vcpu_bit why)
{
	if (test_and_set_bit(why, &v->bits))
		return;
	trace_virtsched_step_back(v);
	vs_events_push(VS_EVENT_STEPPED_BACK, v->domain->uuid, v->vcpu_id);
}

/*
 * Somebody else has given the thread the policy that it has @now. A mere change of policy leaves nice value and slice as they were: if those
 * are ours they go, or they would stay for ever. With VS_BIT_BUSY held.
 */
static void vs_vcpu_leave(struct vs_vcpu *v, const struct vs_policy *now)
{
	struct vs_policy next = *now;

	if (now->nice == v->last.nice)
		next.nice = v->base.nice;
	if (now->slice_ns == v->last.slice_ns)
		next.slice_ns = v->base.slice_ns;
	/* From here on what differs from the base is theirs. */
	v->last.nice = v->base.nice;
	v->last.slice_ns = v->base.slice_ns;
	if (now->policy != SCHED_NORMAL && now->policy != SCHED_BATCH)
		set_user_nice(v->task, next.nice);
	else if (!vs_policy_same(now, &next))
		vs_policy_set(v->task, &next);
}

/**
 * vs_vcpu_apply() - give the thread these parameters, unless somebody else changed them meanwhile
 * @v: with VS_BIT_BUSY held
 * @to: base or boosted parameters
 *
 * An outside change of policy or priority is left as it is. An outside renice, or another slice, during a boost becomes what
 * the thread goes back to. Either way no further boost begins. What sched_ext has taken over is not moved out of its hands.
 *
 * Context: as vs_policy_set().
 * Return: whether the thread has @to now.
 */
bool vs_vcpu_apply(struct vs_vcpu *v, const struct vs_policy *to)
{
	struct vs_policy now, next = *to;

	vs_policy_read(&now, v->task);
	if (!vs_policy_same_class(&now, &v->last)) {
		vs_vcpu_step_back(v, VS_BIT_STEPPED_BACK);
		vs_vcpu_leave(v, &now);
		return false;
	}
	if ((to == &v->want || to->policy != now.policy) && vs_task_is_ext(v->task)) {
		vs_vcpu_step_back(v, VS_BIT_EXT);
		return false;
	}
	if (now.nice != v->last.nice || now.slice_ns != v->last.slice_ns) {
		vs_vcpu_step_back(v, VS_BIT_STEPPED_BACK);
		if (now.nice != v->last.nice)
			v->base.nice = now.nice;
		if (now.slice_ns != v->last.slice_ns)
			v->base.slice_ns = now.slice_ns;
		next = v->base;
	}
	if (vs_policy_same(&now, &next) || !vs_policy_set(v->task, &next)) {
		vs_policy_read(&v->last, v->task);
		return next.policy == to->policy;
	}
	return false;
}

/**
 * vs_vcpu_rest() - give the unboosted thread its own parameters, with the nice value that what it runs, or owes, is worth
 * @v: with VS_BIT_BUSY held
 *
 * Context: as vs_policy_set().
 * Return: as vs_vcpu_apply().
 */
bool vs_vcpu_rest(struct vs_vcpu *v)
{
	u32 lag = vs_vcpu_hands_off(v) ? 0 : READ_ONCE(v->watch.lag), low = 0;
	struct vs_policy rest = v->base;

	if (READ_ONCE(v->low) && !vs_vcpu_hands_off(v))
		low = VS_DEBOOST_NICE;
	rest.nice = min(rest.nice + (s32)max(lag, low), MAX_NICE);
	if (!vs_vcpu_apply(v, &rest))
		return false;
	/* Somebody else's renice may have been found. */
	lag = min_t(u32, lag, v->last.nice > v->base.nice ? v->last.nice - v->base.nice : 0);
	if (v->watch.lag_set != lag) {
		WRITE_ONCE(v->watch.lag_set, lag);
		atomic64_inc(&v->domain->tasks->nr_weights);
		trace_virtsched_weight(v, v->last.nice);
	}
	return true;
}

/* A new configuration: forget that we stepped back, and take what the thread has now as its own. VS_BIT_BUSY held, not boosted. */
void vs_vcpu_restart(struct vs_vcpu *v)
{
	clear_bit(VS_BIT_STEPPED_BACK, &v->bits);
	vs_vcpu_baseline(v);
}
