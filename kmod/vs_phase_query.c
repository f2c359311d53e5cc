// SPDX-License-Identifier: GPL-2.0-only
/*
 * VS_IOC_QUERY_TASKS: what is known of a guest's tasks and of what its vCPUs run. Changes nothing.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>

#include "vs_domain.h"
#include "vs_phase.h"
#include "vs_tasks.h"
#include "vs_vcpu.h"

static void vs_phase_tell_task(const struct vs_tasks *tasks, const struct vs_task *t, u64 now, struct vs_task_info *out)
{
	const struct vs_rules *r = &tasks->rules;
	u64 epoch = vs_rules_epoch(r, now);

	*out = (struct vs_task_info){
		.id = t->id,
		.class = t->class,
		.vcpu_id = t->vcpu,
		.run_permille = vs_load_permille(t->used.run, &t->used, epoch, r->window, r->epoch_us),
		.wait_permille = vs_load_permille(t->used.wait, &t->used, epoch, r->window, r->epoch_us),
		.age_ms = div_u64(now - t->born, VS_NSEC_PER_MSEC),
		.seen_ms = div_u64(now - t->seen, VS_NSEC_PER_MSEC),
	};
}

static u32 vs_phase_tell_tasks(const struct vs_tasks *tasks, u64 now, struct vs_task_info *out, u32 room)
{
	u64 window = tasks->rules.window * vs_rules_epoch_ns(&tasks->rules);
	const struct vs_task *t;
	u32 n = 0;

	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++)
		if (t->id && now - t->seen <= window && n++ < room)
			vs_phase_tell_task(tasks, t, now, &out[n - 1]);
	return n;
}

static u32 vs_phase_tell_vcpus(struct vs_domain *d, struct vs_vcpu_phase *out, u32 room)
{
	struct vs_vcpu *v;
	u32 n = 0;

	list_for_each_entry(v, &d->vcpus, link) {
		const struct vs_task *t = v->watch.task;
		bool known = v->watch.id && t && t->id == v->watch.id;

		if (v->servant || n++ >= room)
			continue;
		out[n - 1] = (struct vs_vcpu_phase){
			.vcpu_id = v->vcpu_id,
			.task = v->watch.id,
			.nice = READ_ONCE(v->watch.lag_set),
			.state = (v->watch.halted ? VS_VCPU_IDLE :
				  known && d->tasks->phase_since && t->class == VS_TASK_BACKGROUND ? VS_VCPU_BACKGROUND : 0),
		};
	}
	return n;
}

/**
 * vs_phase_query() - VS_IOC_QUERY_TASKS
 * @query: in and out
 * @tasks: @query->nr_tasks of them
 * @vcpus: @query->nr_vcpus of them
 *
 * Context: process. Return: 0, -ENOENT.
 */
int vs_phase_query(struct vs_query_tasks *query, struct vs_task_info *tasks, struct vs_vcpu_phase *vcpus)
{
	struct vs_domain *d = vs_domains_begin(query->uuid);
	u32 room_tasks = query->nr_tasks, room_vcpus = query->nr_vcpus;
	struct vs_tasks *t;
	unsigned long flags;
	u64 now;

	if (!d)
		return -ENOENT;
	t = d->tasks;
	query->nr_tasks = query->nr_vcpus = 0;
	if (t) {
		raw_spin_lock_irqsave(&t->lock, flags);
		now = ktime_get_mono_fast_ns();
		query->on = t->on;
		query->phase_left_ms = t->phase_since && t->phase_until > now ?
				       div_u64(t->phase_until - now, VS_NSEC_PER_MSEC) + 1 : 0;
		query->phases = t->nr_phases;
		query->inputs = t->nr_inputs;
		query->inputs_ignored = t->nr_ignored;
		query->evicted = t->nr_evicted;
		query->weight_changes = atomic64_read(&t->nr_weights);
		query->sound = vs_tasks_sound(t, now);
		if (t->on) {
			query->nr_tasks = vs_phase_tell_tasks(t, now, tasks, room_tasks);
			query->nr_vcpus = vs_phase_tell_vcpus(d, vcpus, room_vcpus);
		}
		raw_spin_unlock_irqrestore(&t->lock, flags);
	}
	vs_domains_end();
	return 0;
}
