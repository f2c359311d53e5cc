// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a vCPU that has used up its dirty quota waits: two ways into process context before guest entry, one of which is
 * chosen when the module is loaded.
 *
 *	throttle=entry		the redirected pre-entry work function (vs_hook_kvm.c); exported symbols of every kernel
 *	throttle=task_work	task_work_add(), which Debian exports and upstream does not; it is looked up, not linked
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>

#include "vs_quota.h"
#include "vs_vcpu.h"

static char *throttle = "entry";
module_param(throttle, charp, 0444);
MODULE_PARM_DESC(throttle, "where vCPUs over their dirty quota wait: entry (default) or task_work");

static typeof(&task_work_add) vs_task_work_add;
/* Works that are queued or run. */
static atomic_t vs_quota_works = ATOMIC_INIT(0);

/* Context: module_init. Return: 0, -EINVAL, -ENOENT. */
int vs_quota_start(void)
{
	if (!strcmp(throttle, "entry"))
		return 0;
	if (strcmp(throttle, "task_work")) {
		pr_err("throttle=%s: not one of entry, task_work\n", throttle);
		return -EINVAL;
	}
	vs_task_work_add = symbol_get(task_work_add);
	if (vs_task_work_add)
		return 0;
	pr_err("throttle=task_work: this kernel does not export task_work_add(); use throttle=entry\n");
	return -ENOENT;
}

/* Nothing is attached and no probe armed: no work is queued any more, and those that are come to their end at once. */
void vs_quota_stop(void)
{
	while (atomic_read(&vs_quota_works))
		schedule_timeout_uninterruptible(1);
	if (vs_task_work_add)
		symbol_put(task_work_add);
	vs_task_work_add = NULL;
}

/* Do vCPUs wait in the pre-entry hook? */
bool vs_quota_by_entry(void)
{
	return !vs_task_work_add;
}

/* In the vCPU's thread, on its way to the guest or to userspace. */
static void vs_quota_work(struct callback_head *work)
{
	struct vs_vcpu *v = container_of(work, struct vs_vcpu, quota.work);

	do {
		vs_quota_wait(v);
	} while (vs_quota_due(v) && !signal_pending(current));
	clear_bit(VS_BIT_HELD, &v->bits);
	vs_vcpu_put(v);
	atomic_dec(&vs_quota_works);
}

/**
 * vs_quota_hold() - the vCPU is to wait before it enters the guest
 * @v: current's
 *
 * Context: probe in the vCPU's thread, preemption off; perhaps under the rq lock, in the middle of HLT. Work that is queued
 * there would wait for the vCPU's wake-up, and the module's end for the work: it is left to the next page.
 */
void vs_quota_hold(struct vs_vcpu *v)
{
	if (!vs_task_work_add) {
		set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
		return;
	}
	if (irqs_disabled() || test_and_set_bit(VS_BIT_HELD, &v->bits))
		return;
	if (refcount_inc_not_zero(&v->ref)) {
		atomic_inc(&vs_quota_works);
		init_task_work(&v->quota.work, vs_quota_work);
		if (!vs_task_work_add(current, &v->quota.work, TWA_RESUME))
			return;
		atomic_dec(&vs_quota_works);
		vs_vcpu_put(v);
	}
	clear_bit(VS_BIT_HELD, &v->bits);
}
