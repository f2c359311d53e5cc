// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of attached domains: attach, configure, query, detach, and the reaping of threads that ended.
 * Everything here is process context under one mutex; the probes never come here.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_domain.h"
#include "vs_events.h"
#include "vs_hooks.h"
#include "vs_host.h"
#include "vs_input.h"
#include "vs_payback.h"
#include "vs_phase.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

static DEFINE_MUTEX(vs_domains_lock);
static LIST_HEAD(vs_domains);
static u32 vs_nr_domains;

struct vs_domain *vs_domain_get(struct vs_domain *d)
{
	kref_get(&d->ref);
	return d;
}

static void vs_domain_free(struct kref *ref)
{
	struct vs_domain *d = container_of(ref, struct vs_domain, ref);

	free_percpu(d->pots);
	kvfree(d->tasks);
	kfree(d);
}

void vs_domain_put(struct vs_domain *d)
{
	kref_put(&d->ref, vs_domain_free);
}

u32 vs_domains_count(void)
{
	return READ_ONCE(vs_nr_domains);
}

static struct vs_domain *vs_domain_find(const u8 *uuid)
{
	struct vs_domain *d;

	lockdep_assert_held(&vs_domains_lock);
	list_for_each_entry(d, &vs_domains, link)
		if (!memcmp(d->uuid, uuid, VS_UUID_LEN))
			return d;
	return NULL;
}

/* Put a list of vCPUs back and forget them. One RCU grace period for all. */
static void vs_vcpus_release(struct list_head *gone)
{
	struct vs_vcpu *v, *next;

	if (list_empty(gone))
		return;
	list_for_each_entry(v, gone, link)
		vs_vcpu_hide(v);
	synchronize_rcu();
	list_for_each_entry_safe(v, next, gone, link) {
		list_del(&v->link);
		vs_vcpu_stop(v);
	}
}

/* VS_FEATURE_* whose hooks the attached domains need. */
static u64 vs_domains_want(void)
{
	struct vs_domain *d;
	u64 wanted = 0;

	lockdep_assert_held(&vs_domains_lock);
	list_for_each_entry(d, &vs_domains, link) {
		if (d->channel)
			wanted |= VS_FEATURE_GUEST;
		if (d->config.flags & VS_CONFIG_BOOST && d->nr_vcpus > 1)
			wanted |= VS_FEATURE_SPIN;
		if (d->quota.counting)
			wanted |= VS_FEATURE_QUOTA;
	}
	return wanted;
}

/* After every change of what there is. kvm.ko may be gone: then there is nothing to arm. */
static void vs_domains_rearm(void)
{
	if (vs_nr_domains)
		vs_hooks_arm(vs_domains_want());
	else
		vs_hooks_disarm();
}

static void vs_domain_drop(struct vs_domain *d)
{
	lockdep_assert_held(&vs_domains_lock);
	list_del(&d->link);
	vs_nr_domains--;
	vs_input_close(d);
	vs_phase_off(d);
	vs_vcpus_release(&d->vcpus);
	vs_channel_close(d);
	trace_virtsched_detach(d);
	vs_domain_put(d);
	vs_domains_rearm();
}

/* A live thread of @tgid by number in the caller's pid namespace, with a reference; ERR_PTR(-ESRCH), ERR_PTR(-EXDEV). */
static struct task_struct *vs_thread_get(pid_t tid, pid_t tgid)
{
	struct pid *pid = find_get_pid(tid);
	struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;

	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	if (task_tgid_vnr(task) != tgid || (task->flags & PF_EXITING)) {
		int err = task->flags & PF_EXITING ? -ESRCH : -EXDEV;

		put_task_struct(task);
		return ERR_PTR(err);
	}
	return task;
}

static struct vs_vcpu *vs_domain_vcpu(struct list_head *from, const struct pid *pid, u32 vcpu_id)
{
	struct vs_vcpu *v;

	list_for_each_entry(v, from, link)
		if (v->pid == pid && v->vcpu_id == vcpu_id)
			return v;
	return NULL;
}

/* Move the vCPU of one reference from @old to @kept, or make it. */
static int vs_domain_take(struct vs_domain *d, const struct vs_vcpu_ref *ref, struct list_head *old,
			  struct list_head *kept)
{
	struct task_struct *task = vs_thread_get(ref->tid, d->tgid);
	struct vs_vcpu *v;
	int err = 0;

	if (IS_ERR(task))
		return PTR_ERR(task);
	v = vs_domain_vcpu(old, task_pid(task), ref->vcpu_id);
	if (!v) {
		rcu_read_lock();
		if (vs_vcpu_find(task_pid(task)))
			err = -EBUSY;
		rcu_read_unlock();
		if (!err) {
			v = vs_vcpu_new(d, ref->vcpu_id, ref->tid, task);
			err = v ? 0 : -ENOMEM;
		}
		if (v) {
			list_add_tail(&v->link, kept);
			/* It may have ended before the exit tracepoint could find it. */
			if (READ_ONCE(task->flags) & PF_EXITING)
				vs_domains_thread_exit(NULL, task);
		}
	} else {
		list_move_tail(&v->link, kept);
	}
	put_task_struct(task);
	return err;
}

static struct vs_domain *vs_domain_new(const struct vs_attach *req)
{
	struct vs_domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (d)
		d->pots = vs_payback_pots();
	if (!d || !d->pots) {
		kfree(d);
		return NULL;
	}
	kref_init(&d->ref);
	memcpy(d->uuid, req->uuid, VS_UUID_LEN);
	strscpy(d->name, req->name, sizeof(d->name));
	d->tgid = req->tgid;
	INIT_LIST_HEAD(&d->vcpus);
	INIT_HLIST_HEAD(&d->servants);
	vs_pool_init(&d->pool);
	vs_quota_init(&d->quota);
	return d;
}

/* The new list of threads; on an error every thread of the domain is as it was, and new ones are let go. */
static int vs_domain_replace(struct vs_domain *d, const struct vs_vcpu_ref *refs, u32 nr)
{
	struct vs_vcpu *v, *next;
	LIST_HEAD(old);
	LIST_HEAD(kept);
	LIST_HEAD(fresh);
	int err = 0;
	u32 i, had = d->nr_vcpus;

	list_splice_init(&d->vcpus, &old);
	for (i = 0; i < nr && !err; i++)
		err = vs_domain_take(d, &refs[i], &old, &kept);
	if (err) {
		list_for_each_entry_safe(v, next, &kept, link)
			if (!v->settled)
				list_move_tail(&v->link, &fresh);
		vs_vcpus_release(&fresh);
		list_splice(&old, &kept);
		list_splice(&kept, &d->vcpus);
		d->nr_vcpus = had;
		return err;
	}
	list_for_each_entry(v, &kept, link) {
		v->settled = true;
		vs_boost_configure(v, &d->config, false);
	}
	list_splice(&kept, &d->vcpus);
	d->nr_vcpus = 0;
	list_for_each_entry(v, &d->vcpus, link)
		d->nr_vcpus += !v->servant;
	if (d->quota.counting)
		vs_quota_resize(d);
	vs_channel_wire(d);
	vs_tasks_watch(d);
	vs_vcpus_release(&old);
	return 0;
}

/**
 * vs_domains_attach() - VS_IOC_ATTACH
 * @req: checked for form by the caller
 * @refs: @req->nr_vcpus of them
 *
 * Context: process. Return: as in uapi/virtsched.h.
 */
int vs_domains_attach(const struct vs_attach *req, const struct vs_vcpu_ref *refs)
{
	struct vs_domain *d;
	bool known;
	int err;

	mutex_lock(&vs_domains_lock);
	d = vs_domain_find(req->uuid);
	if (d && d->tgid != req->tgid) {
		/* The same domain in a new QEMU: what is left of the old one is gone or going. */
		vs_domain_drop(d);
		d = NULL;
	}
	known = d;
	err = known ? 0 : vs_nr_domains >= VS_MAX_DOMAINS ? -ENOSPC : vs_hooks_arm(vs_domains_want());
	if (!err && !known) {
		d = vs_domain_new(req);
		if (d) {
			list_add_tail(&d->link, &vs_domains);
			vs_nr_domains++;
		} else {
			err = -ENOMEM;
		}
	}
	if (!err)
		err = vs_domain_replace(d, refs, req->nr_vcpus);
	if (!err)
		trace_virtsched_attach(d);
	if (err && !known && d)
		vs_domain_drop(d);
	else
		vs_domains_rearm();
	mutex_unlock(&vs_domains_lock);
	return err;
}

static void vs_domain_apply(struct vs_domain *d, bool fresh)
{
	struct vs_vcpu *v;

	list_for_each_entry(v, &d->vcpus, link)
		vs_boost_configure(v, &d->config, fresh);
}

/* All vCPUs at once may have a burst each, and then their share together. */
static void vs_domain_set_pool(struct vs_domain *d)
{
	const struct vs_config *c = &d->config;
	u64 cap = c->budget_vm_share_pct ? c->budget_burst_us * VS_NSEC_PER_USEC * d->nr_vcpus : 0;

	vs_pool_set(&d->pool, ktime_get_mono_fast_ns(), cap, c->budget_vm_share_pct);
}

/**
 * vs_domains_configure() - VS_IOC_CONFIGURE
 * @config: in: checked for form by the caller; out: class and priority in force
 *
 * Context: process. Return: 0, -ENOENT.
 */
int vs_domains_configure(struct vs_config *config)
{
	struct vs_domain *d;
	int err = -ENOENT;

	mutex_lock(&vs_domains_lock);
	d = vs_domain_find(config->uuid);
	if (d) {
		d->config = *config;
		vs_host_clamp(&d->config, config);
		vs_domain_set_pool(d);
		vs_domain_apply(d, true);
		vs_domains_rearm();
		err = 0;
	}
	mutex_unlock(&vs_domains_lock);
	return err;
}

/**
 * vs_domains_channel() - VS_IOC_CHANNEL
 * @req: checked for form by the caller
 *
 * Context: process. Return: as in uapi/virtsched.h.
 */
int vs_domains_channel(const struct vs_channel *req)
{
	struct vs_channel_map *map = NULL;
	struct vs_domain *d;
	int err = 0;

	if (req->nr_pages) {
		map = vs_channel_map(req);
		if (IS_ERR(map))
			return PTR_ERR(map);
	}
	mutex_lock(&vs_domains_lock);
	d = vs_domain_find(req->uuid);
	if (d) {
		vs_channel_close(d);
		swap(d->channel, map);
		vs_channel_wire(d);
		vs_domains_rearm();
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&vs_domains_lock);
	vs_channel_unmap(map);
	return err;
}

/* Lock the registry and find a domain in it; NULL: there is none, and nothing is locked. Context: process. */
struct vs_domain *vs_domains_begin(const u8 *uuid)
{
	struct vs_domain *d;

	mutex_lock(&vs_domains_lock);
	d = vs_domain_find(uuid);
	if (!d)
		mutex_unlock(&vs_domains_lock);
	return d;
}

void vs_domains_end(void)
{
	mutex_unlock(&vs_domains_lock);
}

/* As vs_domains_end(), after a change of what the hooks are needed for. */
void vs_domains_changed(void)
{
	vs_domains_rearm();
	mutex_unlock(&vs_domains_lock);
}

/* Call @fn for every domain, with the registry locked. Context: process. */
void vs_domains_each(void (*fn)(struct vs_domain *d, void *data), void *data)
{
	struct vs_domain *d;

	mutex_lock(&vs_domains_lock);
	list_for_each_entry(d, &vs_domains, link)
		fn(d, data);
	mutex_unlock(&vs_domains_lock);
}

/* The ceiling changed. */
void vs_domains_reapply(void)
{
	struct vs_domain *d;

	mutex_lock(&vs_domains_lock);
	list_for_each_entry(d, &vs_domains, link)
		vs_domain_apply(d, false);
	mutex_unlock(&vs_domains_lock);
}

int vs_domains_detach(const u8 *uuid)
{
	struct vs_domain *d;

	mutex_lock(&vs_domains_lock);
	d = vs_domain_find(uuid);
	if (d)
		vs_domain_drop(d);
	mutex_unlock(&vs_domains_lock);
	return d ? 0 : -ENOENT;
}

void vs_domains_detach_all(void)
{
	struct vs_domain *d, *next;

	mutex_lock(&vs_domains_lock);
	list_for_each_entry_safe(d, next, &vs_domains, link)
		vs_domain_drop(d);
	mutex_unlock(&vs_domains_lock);
}

/**
 * vs_domains_query() - counters of one domain
 * @uuid: which
 * @stats: @room entries are filled at most
 * @room: length of @stats
 * @total: out: vCPUs there are
 *
 * Context: process. Return: 0, -ENOENT.
 */
int vs_domains_query(const u8 *uuid, struct vs_vcpu_stats *stats, u32 room, u32 *total)
{
	struct vs_domain *d = vs_domains_begin(uuid);
	struct vs_vcpu *v;
	u32 n = 0;

	if (!d)
		return -ENOENT;
	list_for_each_entry(v, &d->vcpus, link)
		if (n++ < room)
			vs_boost_stats(v, &stats[n - 1]);
	*total = n;
	vs_domains_end();
	return 0;
}

/* Detach the threads that ended; a domain without threads goes with its last one. */
static void vs_domains_reap(struct work_struct *work)
{
	struct vs_domain *d, *next_d;
	struct vs_vcpu *v, *next;
	LIST_HEAD(gone);

	mutex_lock(&vs_domains_lock);
	list_for_each_entry_safe(d, next_d, &vs_domains, link) {
		list_for_each_entry_safe(v, next, &d->vcpus, link) {
			if (!test_bit(VS_BIT_GONE, &v->bits))
				continue;
			vs_events_push(VS_EVENT_THREAD_GONE, d->uuid, v->vcpu_id);
			list_move_tail(&v->link, &gone);
			d->nr_vcpus -= !v->servant;
		}
		vs_vcpus_release(&gone);
		if (list_empty(&d->vcpus)) {
			vs_events_push(VS_EVENT_DOMAIN_GONE, d->uuid, ~0U);
			vs_domain_drop(d);
		}
	}
	mutex_unlock(&vs_domains_lock);
}

static DECLARE_WORK(vs_reaper, vs_domains_reap);

/* Tracepoint sched_process_exit, in the context of the thread that ends; every exit of the host comes here. */
void vs_domains_thread_exit(void *data, struct task_struct *task)
{
	struct vs_vcpu *v;

	rcu_read_lock();
	v = vs_vcpu_find(task_pid(task));
	if (v) {
		vs_boost_gone(v);
		schedule_work(&vs_reaper);
	}
	rcu_read_unlock();
}

/* After the hooks are gone and everything is detached: nothing queues the reaper any more. */
void vs_domains_exit(void)
{
	cancel_work_sync(&vs_reaper);
}
