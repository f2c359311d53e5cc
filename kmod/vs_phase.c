// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an input does: every guest task is judged by what it used before, the busy ones that were not busy because of the person are
 * background until the phase ends or they are quiet. The threads' weights follow in vs_tasks.c, vCPU by vCPU, as they are seen to run
 * such a task; here only for those that cannot see to it themselves because they wait for a CPU.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_domain.h"
#include "vs_events.h"
#include "vs_input.h"
#include "vs_phase.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

/* Inputs that come sooner than this after one that counted only make the phase longer. */
#define VS_INPUT_REST_NS	(50 * VS_NSEC_PER_MSEC)
/* Background tasks are looked at again after so many epochs, and a phase without any ends after twice as long. */
#define VS_PHASE_LOOK_EPOCHS	4
/* A vCPU that runs passes a hook more often. */
#define VS_PHASE_WAITED_NS	(16 * VS_NSEC_PER_MSEC)

static void vs_phase_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(vs_phase_worker, vs_phase_work);

/* @load: permille of a CPU, what decided it */
static void vs_phase_class(const struct vs_domain *d, struct vs_task *t, enum vs_task_class class, u32 load)
{
	if (t->class == class && class == VS_TASK_INTERACTIVE)
		return;
	t->class = class;
	trace_virtsched_classify(d, t, load);
}

/* Each young task is light alone; together they may be a build. Context: lock held. Return: permille. */
static u32 vs_phase_swarm(struct vs_tasks *tasks, const struct vs_inputs *before, u64 now)
{
	u32 sum = 0, load;
	struct vs_task *t;

	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++)
		if (t->id && vs_task_judge(t, &tasks->rules, before, now, &load) == VS_VERDICT_YOUNG)
			sum += load;
	return sum;
}

/* What a task has over the last @epochs where its vCPU had no time to spare, or 0. Context: lock held, all clocks at @now. */
static u32 vs_phase_peak(const struct vs_tasks *tasks, const struct vs_task *t, u32 epochs, u64 now)
{
	const struct vs_rules *r = &tasks->rules;
	u32 load = t->id && vs_task_crowded(t, r, epochs, now) ? vs_load_both(&t->load, vs_rules_epoch(r, now), epochs, r->epoch_us) : 0;

	return load < VS_PEAK_MIN ? 0 : load;
}

/* Give each task the measure of what can be had where it runs. Context: lock held, all clocks at @now. */
static void vs_phase_peaks(struct vs_tasks *tasks, u64 now)
{
	struct vs_task *t, *other;
	u32 peak, late;

	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++)
		t->peak = t->peak_late = 0;
	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++) {
		peak = vs_phase_peak(tasks, t, tasks->rules.window, now);
		late = vs_phase_peak(tasks, t, vs_rules_late(&tasks->rules), now);
		if (!peak && !late)
			continue;
		for (other = tasks->task; other < tasks->task + VS_MAX_TASKS; other++) {
			if (!other->id || other->vcpu != t->vcpu)
				continue;
			other->peak = max(other->peak, peak);
			other->peak_late = max(other->peak_late, late);
		}
	}
}

/* Judge every task by the time before @now. Context: lock held. Return: how many are background. */
static u32 vs_phase_judge(struct vs_domain *d, const struct vs_inputs *before, u64 now)
{
	struct vs_tasks *tasks = d->tasks;
	bool sound = vs_tasks_sound(tasks, now);
	struct vs_task *t;
	u32 swarm, load, background = 0;

	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++) {
		if (!t->id)
			continue;
		if (t->bits & VS_TASKF_WAITS)
			vs_task_stood(t, &tasks->rules, now);
		vs_task_clock(t, &tasks->rules, before, now);
		vs_task_unheard(t, &tasks->rules, sound, now);
	}
	vs_phase_peaks(tasks, now);
	swarm = vs_phase_swarm(tasks, before, now);
	/* Once it was there it goes on through the inputs that follow: its children seem to answer them. */
	tasks->swarm = swarm > tasks->rules.threshold || (tasks->swarm && tasks->phase_since);
	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++) {
		enum vs_task_class class = VS_TASK_INTERACTIVE;
		enum vs_verdict verdict;

		if (!t->id)
			continue;
		verdict = vs_task_judge(t, &tasks->rules, before, now, &load);
		if (verdict == VS_VERDICT_SPARED)
			class = VS_TASK_AUDIO;
		else if (verdict == VS_VERDICT_SYSTEM)
			class = VS_TASK_SYSTEM;
		else if (verdict == VS_VERDICT_HEAVY || (verdict == VS_VERDICT_YOUNG && load && swarm > tasks->rules.threshold))
			class = VS_TASK_BACKGROUND;
		/* A busy one only happened to be there when the guest was idle for a moment. */
		else if (vs_idler_is(&tasks->idler, t->id))
			class = VS_TASK_SYSTEM;
		background += class == VS_TASK_BACKGROUND;
		vs_phase_class(d, t, class, load);
		vs_task_verdict(t, class == VS_TASK_BACKGROUND);
	}
	return background;
}

/**
 * vs_phase_input() - the person did something
 * @d: with tasks; the caller keeps it
 * @kind: one of VS_INPUT_*, 0: by hand
 * @ms: length of the phase, 0: as configured
 *
 * Context: process.
 */
void vs_phase_input(struct vs_domain *d, u32 kind, u32 ms)
{
	struct vs_tasks *tasks = d->tasks;
	bool begins = false, judge = false, heeded;
	struct vs_inputs before;
	unsigned long flags;
	u64 now, length;
	u32 background;

	raw_spin_lock_irqsave(&tasks->lock, flags);
	now = ktime_get_mono_fast_ns();
	length = ms ? ms * VS_NSEC_PER_MSEC : tasks->rules.phase_ns;
	heeded = tasks->on && (!kind || tasks->inputs & kind);
	if (heeded) {
		before = tasks->in;
		judge = !kind || !tasks->phase_since || now - tasks->judged >= VS_INPUT_REST_NS;
		vs_inputs_add(&tasks->in, &tasks->rules, now);
		tasks->phase_until = max(tasks->phase_until, now + length);
	}
	if (judge) {
		begins = !tasks->phase_since;
		tasks->nr_inputs++;
		trace_virtsched_input(d, kind);
		background = vs_phase_judge(d, &before, now);
		tasks->judged = now;
		tasks->phase_until = now + length;
		if (begins) {
			tasks->phase_since = now;
			tasks->nr_phases++;
		}
		trace_virtsched_phase_begin(d, background, length);
	} else if (heeded) {
		tasks->nr_ignored++;
	}
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	if (heeded)
		vs_boost_attend(d);
	if (begins)
		vs_events_push(VS_EVENT_PHASE_BEGIN, d->uuid, ~0U);
	if (judge)
		mod_delayed_work(system_highpri_wq, &vs_phase_worker, 0);
}

/* QEMU was given sound to play. Context: process. */
void vs_phase_sound(struct vs_domain *d)
{
	WRITE_ONCE(d->tasks->sound_at, ktime_get_mono_fast_ns());
}

/* Quiet background tasks are let off, children of many young ones join them. Context: lock held. Return: how many are background still. */
static u32 vs_phase_look(struct vs_domain *d, u64 now)
{
	struct vs_tasks *tasks = d->tasks;
	struct vs_task *t;
	u32 background = 0;

	vs_phase_peaks(tasks, now);
	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++) {
		if (t->id && t->class == VS_TASK_INTERACTIVE && tasks->swarm && vs_task_swarms(t, &tasks->rules, &tasks->in, now))
			vs_phase_class(d, t, VS_TASK_BACKGROUND, 0);
		if (!t->id || t->class != VS_TASK_BACKGROUND)
			continue;
		vs_phase_stand(d, t, now);
		if (!vs_task_young(t, &tasks->rules, now) && vs_task_is_quiet(t, &tasks->rules, now))
			vs_phase_class(d, t, VS_TASK_INTERACTIVE, vs_task_late(t, &tasks->rules, now));
		else
			background++;
	}
	return background;
}

/* A vCPU that has been waiting for a CPU all the time has passed no hook: its task is not quiet. Context: lock and registry mutex held. */
static void vs_phase_waiters(struct vs_domain *d, u64 now)
{
	struct vs_tasks *tasks = d->tasks;
	struct vs_vcpu *v;

	list_for_each_entry(v, &d->vcpus, link) {
		struct vs_watch *w = &v->watch;

		if (!w->at || now < w->at + VS_PHASE_WAITED_NS || !w->task || w->task->id != w->id || !task_is_running(v->task))
			continue;
		vs_task_charge(w->task, &tasks->rules, &tasks->in, now, 0, now - w->at);
		vs_task_stint(w->task, true, now - w->at);
		w->at = now;
	}
}

/* Time from one look at the background tasks to the next. */
static u64 vs_phase_step(const struct vs_tasks *tasks)
{
	return VS_PHASE_LOOK_EPOCHS * vs_rules_epoch_ns(&tasks->rules);
}

/* Context: lock held. Return: whether the phase ended. */
static bool vs_phase_turn(struct vs_domain *d, u64 now)
{
	struct vs_tasks *tasks = d->tasks;
	struct vs_task *t;
	u32 background;

	if (!tasks->phase_since)
		return false;
	vs_phase_waiters(d, now);
	background = vs_phase_look(d, now);
	if (now < tasks->phase_until && (background || now - tasks->judged < 2 * vs_phase_step(tasks)))
		return false;
	trace_virtsched_phase_end(d, background, now - tasks->phase_since);
	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++)
		t->bits &= ~VS_TASKF_WAITS;
	tasks->phase_since = tasks->phase_until = 0;
	return true;
}

/* Every thread has the weight of what it runs; those that run see to it themselves as well. Context: process, registry mutex held. */
static void vs_phase_weigh(struct vs_domain *d)
{
	struct vs_tasks *tasks = d->tasks;
	struct vs_vcpu *v;
	unsigned long flags;
	bool change;

	list_for_each_entry(v, &d->vcpus, link) {
		if (v->servant)
			continue;
		raw_spin_lock_irqsave(&tasks->lock, flags);
		v->watch.lag = vs_tasks_lag(v, ktime_get_mono_fast_ns());
		raw_spin_unlock_irqrestore(&tasks->lock, flags);
		/* Who is at the parameters may have read what it was before, and nobody looks again once the domain is not watched. */
		smp_mb();
		change = test_bit_acquire(VS_BIT_BUSY, &v->bits) || READ_ONCE(v->watch.lag) != READ_ONCE(v->watch.lag_set);
		if (change) {
			vs_vcpu_wait_busy(v);
			vs_boost_weigh_busy(v);
		}
	}
}

/* The guest's background processes, as it named them. @ids: VS_MAX_TASKS. Context: lock held. Return: how many. */
static u32 vs_phase_list(const struct vs_tasks *tasks, u32 *ids)
{
	const struct vs_task *t;
	u32 n = 0;

	for (t = tasks->task; tasks->phase_since && tasks->tell && t < tasks->task + VS_MAX_TASKS; t++)
		if (t->id & VS_TASK_TOLD && t->class == VS_TASK_BACKGROUND)
			ids[n++] = (u32)t->id;
	return n;
}

/* Have the guest know what is background now. Context: process, registry mutex held. */
static void vs_phase_tell(struct vs_domain *d)
{
	struct vs_tasks *tasks = d->tasks;
	u32 ids[VS_MAX_TASKS], n;
	unsigned long flags;

	if (!d->channel)
		return;
	raw_spin_lock_irqsave(&tasks->lock, flags);
	n = vs_phase_list(tasks, ids);
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	vs_channel_publish(d, ids, n);
}

/* @data: when to look again, at the earliest, 0: never */
static void vs_phase_visit(struct vs_domain *d, void *data)
{
	struct vs_tasks *tasks = d->tasks;
	u64 now, *next = data, when = 0;
	unsigned long flags;
	bool ended;

	if (!tasks)
		return;
	raw_spin_lock_irqsave(&tasks->lock, flags);
	now = ktime_get_mono_fast_ns();
	ended = vs_phase_turn(d, now);
	if (tasks->phase_since)
		when = clamp(tasks->phase_until, now + VS_NSEC_PER_MSEC, now + vs_phase_step(tasks));
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	vs_phase_weigh(d);
	vs_phase_tell(d);
	if (ended)
		vs_events_push(VS_EVENT_PHASE_END, d->uuid, ~0U);
	if (when && (!*next || when < *next))
		*next = when;
}

static void vs_phase_work(struct work_struct *work)
{
	u64 next = 0, now;

	vs_domains_each(vs_phase_visit, &next);
	now = ktime_get_mono_fast_ns();
	if (next)
		queue_delayed_work(system_highpri_wq, &vs_phase_worker, nsecs_to_jiffies(next > now ? next - now : 0) + 1);
}

/* Nobody looks from here on, and who does later knows neither who was busy meanwhile nor whether page frames changed hands. */
static void vs_phase_forget(struct vs_tasks *tasks)
{
	lockdep_assert_held(&tasks->lock);
	memset(tasks->task, 0, sizeof(tasks->task));
	tasks->in = (struct vs_inputs){ 0 };
	tasks->swarm = false;
	tasks->idler = (struct vs_idler){ 0 };
	tasks->sound_at = 0;
}

/* No phase, nobody watched, every thread back to its own nice value. Context: process, registry mutex held. */
void vs_phase_off(struct vs_domain *d)
{
	struct vs_tasks *tasks = d->tasks;
	unsigned long flags;
	bool ended;

	if (!tasks)
		return;
	raw_spin_lock_irqsave(&tasks->lock, flags);
	ended = tasks->phase_since;
	tasks->on = false;
	tasks->phase_since = tasks->phase_until = 0;
	vs_phase_forget(tasks);
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	vs_tasks_watch(d);
	vs_phase_weigh(d);
	vs_phase_tell(d);
	vs_channel_ask(d);
	if (ended)
		vs_events_push(VS_EVENT_PHASE_END, d->uuid, ~0U);
}

/* Everything is detached and no uprobe is left: nobody queues the work any more. */
void vs_phase_exit(void)
{
	cancel_delayed_work_sync(&vs_phase_worker);
}

static void vs_phase_set(struct vs_domain *d, const struct vs_interactive *req)
{
	struct vs_tasks *tasks = d->tasks;
	struct vs_rules rules = {
		.epoch_us = req->epoch_ms * 1000,
		.window = req->epoch_window,
		.threshold = req->threshold_pct * 10,
		.phase_ns = req->phase_max_ms * VS_NSEC_PER_MSEC,
	};
	unsigned long flags;

	raw_spin_lock_irqsave(&tasks->lock, flags);
	/* Loads of another epoch length say nothing. */
	if (tasks->rules.epoch_us != rules.epoch_us)
		memset(tasks->task, 0, sizeof(tasks->task));
	tasks->rules = rules;
	tasks->on = true;
	tasks->no_nice = req->flags & VS_INTERACTIVE_NO_NICE;
	tasks->heed = req->flags & VS_INTERACTIVE_GUEST;
	tasks->tell = tasks->heed && req->flags & VS_INTERACTIVE_TELL;
	tasks->inputs = req->inputs;
	tasks->nice = vs_nice_for(req->weight_interactive, req->weight_background);
	tasks->track = req->audio_track;
	tasks->ring_ns = req->audio_latency_us * VS_NSEC_PER_USEC;
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	vs_tasks_watch(d);
	vs_phase_weigh(d);
	vs_phase_tell(d);
	vs_channel_ask(d);
}

/**
 * vs_phase_configure() - VS_IOC_INTERACTIVE
 * @req: checked for form by the caller
 *
 * Context: process. Return: as in uapi/virtsched.h.
 */
int vs_phase_configure(const struct vs_interactive *req)
{
	struct vs_domain *d = vs_domains_begin(req->uuid);
	bool on = req->flags & VS_INTERACTIVE_ON;
	int err = 0;

	if (!d)
		return -ENOENT;
	if (on && !d->tasks) {
		struct vs_tasks *tasks = vs_tasks_new();

		/* Probes look for it. */
		smp_store_release(&d->tasks, tasks);
		err = tasks ? 0 : -ENOMEM;
	}
	if (!err && on)
		err = vs_input_open(d, req);
	if (!err && on)
		vs_phase_set(d, req);
	if (!on) {
		vs_input_close(d);
		vs_phase_off(d);
	}
	vs_domains_end();
	return err;
}

/* VS_IOC_PHASE. Context: process. Return: as in uapi/virtsched.h. */
int vs_phase_request(const struct vs_phase_req *req)
{
	struct vs_domain *d = vs_domains_begin(req->uuid);
	unsigned long flags;
	int err = 0;

	if (!d)
		return -ENOENT;
	if (!d->tasks || !d->tasks->on) {
		err = -ENODATA;
	} else if (req->ms) {
		vs_phase_input(d, 0, req->ms);
	} else {
		raw_spin_lock_irqsave(&d->tasks->lock, flags);
		d->tasks->phase_until = 0;
		raw_spin_unlock_irqrestore(&d->tasks->lock, flags);
		mod_delayed_work(system_highpri_wq, &vs_phase_worker, 0);
	}
	vs_domains_end();
	return err;
}
