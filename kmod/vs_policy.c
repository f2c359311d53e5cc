// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads, compares and sets a thread's scheduling parameters. Knows the limits of each boost class. No state.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <uapi/linux/sched/types.h>

#include "vs_compat.h"
#include "vs_policy.h"

#define VS_SLICE_MIN_US	100
#define VS_SLICE_MAX_US	100000
/* What a boost of class SLICE or NICE gets when the ceiling took FIFO away. */
#define VS_SLICE_FALLBACK_US	100
#define VS_NICE_FALLBACK	(-10)

/**
 * vs_policy_read() - a thread's parameters as they are now
 * @p: out
 * @task: any thread that the caller keeps alive
 *
 * Context: any; racy against a concurrent change, as every reader of these fields is.
 */
void vs_policy_read(struct vs_policy *p, const struct task_struct *task)
{
	p->policy = READ_ONCE(task->policy);
	p->nice = task_nice(task);
	p->rt_priority = READ_ONCE(task->rt_priority);
	p->reset_on_fork = task->sched_reset_on_fork;
	p->slice_ns = vs_task_slice(task);
	p->slack_ns = task->timer_slack_ns;
}

/* Same policy and priority; nice, slice and slack are looked at apart. */
bool vs_policy_same_class(const struct vs_policy *a, const struct vs_policy *b)
{
	return a->policy == b->policy && a->rt_priority == b->rt_priority;
}

bool vs_policy_same(const struct vs_policy *a, const struct vs_policy *b)
{
	return vs_policy_same_class(a, b) && a->nice == b->nice && a->reset_on_fork == b->reset_on_fork &&
	       a->slice_ns == b->slice_ns && a->slack_ns == b->slack_ns;
}

/**
 * vs_policy_set() - set a thread's parameters
 * @task: current outside of interrupts (an ftrace-based probe is fine), or any thread from a kernel thread or system call
 * @p: parameters; timer slack only where the policy is not real-time
 *
 * Context: not in_interrupt() (the kernel would BUG); takes the rq lock; interrupts on unless @task is current.
 * Return: 0, -ESRCH, -EPERM (a cpuset or sched_ext vetoes).
 */
int vs_policy_set(struct task_struct *task, const struct vs_policy *p)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = p->policy,
		.sched_flags = p->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
		.sched_nice = p->nice,
		.sched_priority = p->rt_priority,
		.sched_runtime = p->slice_ns,
	};
	int err = sched_setattr_nocheck(task, &attr);

	if (!err && !p->rt_priority && task->timer_slack_ns != p->slack_ns)
		task->timer_slack_ns = p->slack_ns;
	return err;
}

/*
 * The parameters of a boosted thread: @base with the class on top. What the thread starts meanwhile is not boosted, as nobody would end
 * that: QEMU's threads have helpers (migration, thread pool, io_uring), which would be SCHED_FIFO for as long as they live.
 */
void vs_policy_boost(struct vs_policy *out, const struct vs_policy *base, u32 boost_class, s32 priority)
{
	*out = *base;
	out->reset_on_fork |= boost_class != VS_CLASS_NONE;
	switch (boost_class) {
	case VS_CLASS_NICE:
		out->nice = min(base->nice, priority);
		break;
	case VS_CLASS_SLICE:
		out->slice_ns = (u64)priority * NSEC_PER_USEC;
		break;
	case VS_CLASS_FIFO:
		out->policy = SCHED_FIFO;
		out->rt_priority = priority;
		break;
	}
}

/* Is this class possible here, and the priority in its range? 0, -EINVAL, -ERANGE, -EOPNOTSUPP. */
int vs_policy_check(u32 boost_class, s32 priority)
{
	switch (boost_class) {
	case VS_CLASS_NONE:
		return 0;
	case VS_CLASS_NICE:
		return priority >= MIN_NICE && priority < 0 ? 0 : -ERANGE;
	case VS_CLASS_SLICE:
		if (!VS_HAS_SLICE)
			return -EOPNOTSUPP;
		return priority >= VS_SLICE_MIN_US && priority <= VS_SLICE_MAX_US ? 0 : -ERANGE;
	case VS_CLASS_FIFO:
		/* A group's real-time bandwidth would be bypassed: kernel-side changes skip that check. */
		if (IS_ENABLED(CONFIG_RT_GROUP_SCHED))
			return -EOPNOTSUPP;
		return priority >= 1 && priority <= 49 ? 0 : -ERANGE;
	default:
		return -EINVAL;
	}
}

/* Bring class and priority under the host's ceiling. */
void vs_policy_clamp(u32 *boost_class, s32 *priority, u32 max_class, u32 max_priority)
{
	if (*boost_class == VS_CLASS_FIFO && *priority > (s32)max_priority)
		*priority = max_priority;
	if (*boost_class <= max_class)
		return;
	*boost_class = max_class;
	if (max_class == VS_CLASS_SLICE && !VS_HAS_SLICE)
		*boost_class = VS_CLASS_NICE;
	*priority = *boost_class == VS_CLASS_SLICE ? VS_SLICE_FALLBACK_US :
		    *boost_class == VS_CLASS_NICE ? VS_NICE_FALLBACK : 0;
}

u64 vs_policy_features(void)
{
	return (VS_HAS_SLICE ? VS_FEATURE_SLICE : 0) |
	       (IS_ENABLED(CONFIG_RT_GROUP_SCHED) ? 0 : VS_FEATURE_FIFO);
}
