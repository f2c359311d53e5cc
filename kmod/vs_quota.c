// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty quota of a domain and its vCPUs. Pages are charged where KVM marks them, which may be under the rq lock with
 * interrupts off: nothing is woken and nobody sleeps there. Who has nothing left is held up in process context before guest
 * entry, one interval at a time.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "vs_domain.h"
#include "vs_quota.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

/* Whoever has waited so long without being in the guest is let in, whatever it owes: its timers and its siblings wait too. */
#define VS_QUOTA_WAIT_MAX_NS	(200 * VS_NSEC_PER_MSEC)
#define VS_QUOTA_SLACK_NS	(50 * VS_NSEC_PER_USEC)

void vs_quota_init(struct vs_quota_domain *q)
{
	raw_spin_lock_init(&q->lock);
}

/* Is the request one that the arithmetic can carry? Context: any. Return: 0, -EINVAL, -ERANGE. */
int vs_quota_check(const struct vs_quota *asked)
{
	if (asked->flags & ~VS_QUOTA_ON || asked->reserved0 || memchr_inv(asked->reserved, 0, sizeof(asked->reserved)))
		return -EINVAL;
	if (!(asked->flags & VS_QUOTA_ON))
		return 0;
	if (asked->interval_us < VS_QUOTA_INTERVAL_MIN || asked->interval_us > VS_QUOTA_INTERVAL_MAX ||
	    asked->rate > VS_QUOTA_RATE_MAX || asked->floor > VS_QUOTA_FLOOR_MAX || asked->pool > VS_QUOTA_POOL_MAX)
		return -ERANGE;
	return 0;
}

/**
 * vs_quota_resize() - shares for the vCPUs that there are now, or for what is asked for now
 * @d: with @d->quota.asked and @d->nr_vcpus
 *
 * Context: process, registry mutex held.
 */
void vs_quota_resize(struct vs_domain *d)
{
	struct vs_quota_domain *q = &d->quota;
	const struct vs_quota *asked = &q->asked;
	struct vs_quota_limit limit;
	bool on = asked->flags & VS_QUOTA_ON;
	unsigned long flags;

	vs_quota_limit_set(&limit, asked->rate, asked->interval_us, asked->floor, asked->pool, d->nr_vcpus);
	raw_spin_lock_irqsave(&q->lock, flags);
	vs_quota_change(&q->limit, &q->pool, &limit, ktime_get_mono_fast_ns(), !q->limited);
	WRITE_ONCE(q->counting, on);
	WRITE_ONCE(q->limited, on && asked->rate);
	raw_spin_unlock_irqrestore(&q->lock, flags);
}

/* VS_IOC_QUOTA, checked. Context: process, registry mutex held. */
void vs_quota_set(struct vs_domain *d, const struct vs_quota *asked)
{
	u64 interval = d->quota.limit.interval_ns;
	struct vs_vcpu *v;

	d->quota.asked = *asked;
	vs_quota_resize(d);
	/* Another rate is soon enough at the end of the interval. */
	if (d->quota.limited && d->quota.limit.interval_ns == interval)
		return;
	list_for_each_entry(v, &d->vcpus, link)
		vs_quota_wake(v);
}

/* A vCPU that waits goes on, or looks again. Context: process; the thread has not ended. */
void vs_quota_wake(struct vs_vcpu *v)
{
	/* Pairs with set_current_state() in vs_quota_sleep(). */
	smp_mb();
	if (READ_ONCE(v->quota.asleep))
		wake_up_process(v->task);
}

static s64 vs_quota_look(struct vs_vcpu *v, u64 *until)
{
	struct vs_quota_domain *q = &v->domain->quota;
	unsigned long flags;
	s64 left;
	u64 now;

	raw_spin_lock_irqsave(&q->lock, flags);
	now = ktime_get_mono_fast_ns();
	left = q->limited ? vs_quota_claim(&v->quota.own, &q->pool, &q->limit, now) : 1;
	*until = vs_quota_until_turn(&q->pool, &q->limit, now);
	if (left > 0) {
		v->quota.waited_ns = 0;
		v->quota.let_in = false;
	}
	raw_spin_unlock_irqrestore(&q->lock, flags);
	trace_virtsched_quota_claim(v, v->quota.pages, left);
	return left;
}

/**
 * vs_quota_dirtied() - a page was marked dirty
 * @v: current's
 * @fresh: it was clean in this round of the dirty log
 *
 * Context: probe in the vCPU's thread, preemption off; perhaps under the rq lock.
 */
void vs_quota_dirtied(struct vs_vcpu *v, bool fresh)
{
	const struct vs_quota_domain *q = &v->domain->quota;
	struct vs_quota_vcpu *mine = &v->quota;
	u64 until;

	if (!READ_ONCE(q->counting))
		return;
	mine->dirtied++;
	if (!fresh)
		return;
	mine->pages++;
	if (!READ_ONCE(q->limited))
		return;
	vs_quota_charge(&mine->own, 1);
	mine->let_in = false;
	if (mine->own.left <= 0 && vs_quota_look(v, &until) <= 0)
		vs_quota_hold(v);
}

/*
 * Userspace runs the vCPU again. The way out there has cleared what asks for a look before guest entry.
 * Context: probe in the vCPU's thread.
 */
void vs_quota_resume(struct vs_vcpu *v)
{
	if (vs_quota_due(v))
		vs_quota_hold(v);
}

/* Has the vCPU used up its quota? Context: any; no lock, a late answer is made up for at the next page. */
bool vs_quota_due(const struct vs_vcpu *v)
{
	return READ_ONCE(v->domain->quota.limited) && READ_ONCE(v->quota.own.left) <= 0 && !READ_ONCE(v->quota.let_in) &&
	       READ_ONCE(v->quota.own.generation) == READ_ONCE(v->domain->quota.pool.generation) &&
	       !test_bit(VS_BIT_DEAD, &v->bits);
}

/* Has vs_quota_wait() anything to do, outside of vs_entry()? Context: as vs_quota_due(). */
bool vs_quota_wants_entry(const struct vs_vcpu *v)
{
	return vs_quota_by_entry() && vs_quota_due(v) && !test_bit(VS_BIT_IN_ENTRY, &v->bits);
}

static void vs_quota_sleep(struct vs_vcpu *v, u64 until)
{
	ktime_t wait = ns_to_ktime(until);
	u64 began = ktime_get_mono_fast_ns();

	WRITE_ONCE(v->quota.asleep, true);
	/* Pairs with vs_quota_wake(): it sees us asleep, or we see why it came. */
	set_current_state(TASK_INTERRUPTIBLE);
	if (vs_quota_due(v) && !signal_pending(current))
		schedule_hrtimeout_range(&wait, VS_QUOTA_SLACK_NS, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(v->quota.asleep, false);
	began = ktime_get_mono_fast_ns() - began;
	v->quota.sleeps++;
	v->quota.slept_ns += began;
	v->quota.waited_ns += began;
}

/**
 * vs_quota_wait() - wait once, to the end of the interval at most, if the vCPU has used up its quota
 * @v: current's
 *
 * Context: process, before guest entry, KVM's SRCU not held. Returns early for a signal, a new limit, or detaching. Whether
 * more is due is vs_quota_due().
 */
void vs_quota_wait(struct vs_vcpu *v)
{
	u64 until;

	if (!vs_quota_due(v) || vs_quota_look(v, &until) > 0 || signal_pending(current))
		return;
	if (v->quota.waited_ns < VS_QUOTA_WAIT_MAX_NS) {
		trace_virtsched_quota(v, until);
		vs_quota_sleep(v, until);
		return;
	}
	preempt_disable();
	v->quota.waited_ns = 0;
	v->quota.let_in = true;
	v->quota.let_ins++;
	preempt_enable();
}

static void vs_quota_row(const struct vs_domain *d, const struct vs_vcpu *v, struct vs_quota_stats *out)
{
	s64 left = READ_ONCE(v->quota.own.left);

	*out = (struct vs_quota_stats){
		.vcpu_id = v->vcpu_id,
		.tid = v->tid,
		.state = READ_ONCE(v->quota.asleep) ? VS_QUOTA_ASLEEP : 0,
		.dirtied = READ_ONCE(v->quota.dirtied),
		.pages = READ_ONCE(v->quota.pages),
		.debt = d->quota.limited && left < 0 ? div_u64(-left + VS_QUOTA_PAGE - 1, VS_QUOTA_PAGE) : 0,
		.slept_ns = READ_ONCE(v->quota.slept_ns),
		.sleeps = READ_ONCE(v->quota.sleeps),
		.let_ins = READ_ONCE(v->quota.let_ins),
	};
}

/* VS_IOC_QUERY_QUOTA. Context: process, registry mutex held. */
void vs_quota_query(struct vs_domain *d, struct vs_quota_view *view)
{
	struct vs_query_quota *out = view->head;
	struct vs_quota_domain *q = &d->quota;
	struct vs_vcpu *v;
	unsigned long flags;
	u32 n = 0;

	list_for_each_entry(v, &d->vcpus, link)
		if (!v->servant && n++ < view->room)
			vs_quota_row(d, v, &view->rows[n - 1]);
	out->nr_vcpus = n;
	out->flags = q->asked.flags;
	out->interval_us = q->asked.interval_us;
	out->rate = q->asked.rate;
	out->pool_depth = q->asked.pool;
	raw_spin_lock_irqsave(&q->lock, flags);
	if (q->limited)
		vs_quota_turn(&q->pool, &q->limit, ktime_get_mono_fast_ns());
	out->pool_left = q->limited ? div_u64(q->pool.left, VS_QUOTA_PAGE) : 0;
	out->share = q->limited ? div64_u64(q->limit.share * VS_NSEC_PER_USEC, q->limit.interval_ns) : 0;
	raw_spin_unlock_irqrestore(&q->lock, flags);
}
