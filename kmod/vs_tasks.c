// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest tasks, told apart by address space. Time between two samples goes to the task that the later one finds: the guest's own tick,
 * the host's, HLT and preemption are samples, so few switches are missed. Time in which the vCPU waited for a CPU is the task's too:
 * a starved one is no less heavy. A borrowed address space (kernel threads, lazy idle) counts for its owner.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_guest_task.h"
#include "vs_phase.h"
#include "vs_tasks.h"
#include "vs_tick.h"
#include "vs_trace.h"
#include "vs_vcpu.h"
#include "vs_worker.h"

static_assert(VS_MAX_EPOCHS < VS_LOAD_EPOCHS);

/* Nobody is looked at more often. */
#define VS_SAMPLE_NS	(1 * VS_NSEC_PER_MSEC)
/* The scheduler's account of a thread's run time is newer than this, as long as there are ticks. */
#define VS_GAP_NS	(64 * VS_NSEC_PER_MSEC)

/* Sound that came so long ago still plays. */
#define VS_SOUND_NS	(300 * VS_NSEC_PER_MSEC)

/*
 * An interrupt that is not the guest's own tick may wake an interactive task on a vCPU that runs a background one: the vCPU has its full
 * weight until it has run for so long, or runs another task. So often at most, or a chatty guest would have its hogs run unhindered.
 */
#define VS_LIFT_RUN_NS	(1 * VS_NSEC_PER_MSEC)
#define VS_LIFT_REST_NS	(10 * VS_NSEC_PER_MSEC)
/* QEMU interrupts a vCPU for an input within so long, also if its thread has to wait for a CPU in between. */
#define VS_INPUT_IRQ_NS	(20 * VS_NSEC_PER_MSEC)

bool vs_tasks_sound(const struct vs_tasks *tasks, u64 now)
{
	u64 at = READ_ONCE(tasks->sound_at);

	return at && (s64)(now - at) < (s64)VS_SOUND_NS;
}

/* Context: process. NULL without memory. */
struct vs_tasks *vs_tasks_new(void)
{
	struct vs_tasks *tasks = kvzalloc(sizeof(*tasks), GFP_KERNEL_ACCOUNT);

	if (tasks)
		raw_spin_lock_init(&tasks->lock);
	return tasks;
}

/* Every vCPU of the domain is watched, or none. What one did while nobody looked is nobody's. Context: process, registry mutex held. */
void vs_tasks_watch(struct vs_domain *d)
{
	bool on = d->tasks && d->tasks->on;
	unsigned long flags;
	struct vs_vcpu *v;

	list_for_each_entry(v, &d->vcpus, link) {
		if (on && !v->servant && !v->watched) {
			raw_spin_lock_irqsave(&d->tasks->lock, flags);
			v->watch.at = v->watch.id = v->watch.idle_since = v->watch.idled = 0;
			v->watch.task = NULL;
			raw_spin_unlock_irqrestore(&d->tasks->lock, flags);
		}
		WRITE_ONCE(v->watched, on && !v->servant);
	}
}

/*
 * The task @id, made if it is new; the one not seen for longest gives way. @last: where to look first, or NULL. Context: lock held.
 */
static struct vs_task *vs_tasks_get(struct vs_tasks *tasks, u64 id, struct vs_task *last, u64 now)
{
	struct vs_task *t, *oldest = &tasks->task[0];

	lockdep_assert_held(&tasks->lock);
	if (last && last->id == id && vs_task_is_known(last, &tasks->rules, now))
		return last;
	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++) {
		if (t->id == id)
			break;
		if (t->seen < oldest->seen)
			oldest = t;
	}
	if (t == tasks->task + VS_MAX_TASKS) {
		t = oldest;
		if (t->id && vs_task_is_known(t, &tasks->rules, now))
			tasks->nr_evicted++;
	} else if (vs_task_is_known(t, &tasks->rules, now)) {
		return t;
	}
	vs_task_begin(t, id, &tasks->rules, &tasks->in, now);
	return t;
}

/* What the thread's nice value is to be raised by now. Context: lock held. */
u32 vs_tasks_lag(const struct vs_vcpu *v, u64 now)
{
	const struct vs_tasks *tasks = v->domain->tasks;
	const struct vs_watch *w = &v->watch;
	const struct vs_task *t = w->task;

	if (!tasks->on || tasks->no_nice || !tasks->phase_since || w->halted || !t || t->id != w->id)
		return 0;
	if (w->lifted && w->lift_ran < VS_LIFT_RUN_NS)
		return 0;
	if (vs_serves(w->served, w->awaited, &tasks->rules, now))
		return 0;
	return t->class == VS_TASK_BACKGROUND ? tasks->nice : 0;
}

/* Context: any in which the domain is held. */
bool vs_tasks_in_phase(const struct vs_domain *d)
{
	const struct vs_tasks *tasks = READ_ONCE(d->tasks);

	return tasks && READ_ONCE(tasks->phase_since);
}

/**
 * vs_tasks_serves() - does the vCPU run what the person waits for, as far as the last look at it tells, or is it about to?
 * @v: watched or not
 * @now: monotonic
 *
 * Context: any; no lock, a stale answer is as old as the last look, a few ms.
 */
bool vs_tasks_serves(const struct vs_vcpu *v, u64 now)
{
	return READ_ONCE(v->watched) && READ_ONCE(v->domain->tasks->phase_since) &&
	       (READ_ONCE(v->watch.serving) || vs_awaits(READ_ONCE(v->watch.await_at), READ_ONCE(v->watch.awaited), now));
}

/**
 * vs_tasks_works() - does the vCPU that wakes up go on with background work that waited for a lock?
 * @v: watched or not
 * @now: monotonic
 *
 * Context: as vs_tasks_serves(), after vs_tasks_wake().
 */
bool vs_tasks_works(const struct vs_vcpu *v, u64 now)
{
	return READ_ONCE(v->watched) && READ_ONCE(v->watch.worked) && now >= READ_ONCE(v->watch.awaited);
}

/* In a phase: note whether the vCPU runs an interactive task. Context: lock held. */
static void vs_tasks_served(const struct vs_tasks *tasks, struct vs_watch *w, const struct vs_task *t, bool halting, u64 now)
{
	/* The guest's own housekeeping serves nobody. */
	bool interactive = tasks->phase_since && (t->class == VS_TASK_INTERACTIVE || t->class == VS_TASK_AUDIO);

	WRITE_ONCE(w->serving, interactive && !halting);
	if (!interactive)
		return;
	w->served = now;
	/* Here it is. */
	WRITE_ONCE(w->awaited, 0);
}

/*
 * Time since the last sample that the vCPU ran or waited for a CPU. The scheduler knows how long it ran: a host that is itself kept
 * from running has gaps between its ticks, and they count; a vCPU that QEMU stopped has one, too, and it does not. @wait: out: how much
 * of it was waiting; @stood: out: how long it did neither. Context: lock held.
 */
static u64 vs_watch_elapsed(struct vs_watch *w, const struct task_struct *task, u64 now, u64 *wait, u64 *stood)
{
	u64 delay = READ_ONCE(task->sched_info.run_delay), ran = READ_ONCE(task->se.sum_exec_runtime);
	u64 total = w->at && now > w->at ? now - w->at : 0;
	u64 elapsed;

	*wait = min(delay - w->delay, total);
	elapsed = min(total, *wait + max(VS_GAP_NS, ran - w->ran));
	*stood = total - elapsed;
	w->delay = delay;
	w->ran = ran;
	w->at = now;
	return elapsed;
}

/* Context: lock held. NULL: there is none (any more). */
static struct vs_task *vs_tasks_known(struct vs_tasks *tasks, u64 id)
{
	struct vs_task *t;

	for (t = tasks->task; t < tasks->task + VS_MAX_TASKS; t++)
		if (t->id == id)
			return t;
	return NULL;
}

/* Does the task that the vCPU runs behave as one that plays, and was another one behind it? Context: lock held. */
static void vs_tasks_listen(struct vs_tasks *tasks, struct vs_watch *w, struct vs_task *t, bool switched, bool halting, u64 now)
{
	bool weighted = tasks->track & VS_TRACK_WEIGHTED, woken = w->rang && now - w->rang <= tasks->ring_ns;
	struct vs_task *by;

	if (!switched && !halting)
		return;
	by = woken && w->rang_by && w->rang_by != t->id ? vs_tasks_known(tasks, w->rang_by) : NULL;
	if ((halting || woken) && tasks->track && vs_tasks_sound(tasks, now)) {
		vs_task_heard(t, &tasks->rules, weighted, now);
		if (by)
			vs_task_heard(by, &tasks->rules, weighted, now);
	}
	w->waker = by ? by->id : 0;
	w->rang = w->rang_by = 0;
}

/* Which task of @from is behind an interrupt that it sends to a sibling. 0: none. Context: any. */
static u64 vs_tasks_sender(const struct vs_vcpu *from, u64 now)
{
	const struct vs_tasks *tasks = from->domain->tasks;
	u64 struck = READ_ONCE(from->watch.struck);

	if (tasks->track & VS_TRACK_INTERRUPT && struck && now - struck <= tasks->ring_ns)
		return 0;
	return READ_ONCE(from->watch.waker) ?: READ_ONCE(from->watch.id);
}

/* Somebody wants something of the vCPU while sound plays. Context: any. */
static void vs_tasks_rung(struct vs_vcpu *v, u64 now)
{
	const struct vs_vcpu *from = NULL;

	if (READ_ONCE(v->domain->tasks->track) & VS_TRACK_TRANSITIVE && !in_hardirq()) {
		rcu_read_lock();
		from = vs_vcpu_find(task_pid(current));
		/* QEMU's own threads bring what comes from outside. */
		if (from && from->servant)
			from = NULL;
		WRITE_ONCE(v->watch.rang_by, from && from->domain == v->domain ? vs_tasks_sender(from, now) : 0);
		rcu_read_unlock();
	} else {
		WRITE_ONCE(v->watch.rang_by, 0);
	}
	if (!from)
		WRITE_ONCE(v->watch.struck, now);
	WRITE_ONCE(v->watch.rang, now);
}

/* What was not seen until @now because its turn in the guest had not come was not quiet. Context: lock held. */
static void vs_tasks_waited(const struct vs_tasks *tasks, const struct vs_vcpu *v, struct vs_task *t, u64 now)
{
	bool busy = t->stint >= VS_STINT_LONG_NS || (tasks->phase_since && t->class == VS_TASK_BACKGROUND);
	bool waited = t->bits & VS_TASKF_WAITS ||
		      (busy && t->vcpu == v->vcpu_id && vs_task_waits(t, v->watch.ran, v->watch.idled, now));

	t->bits &= ~VS_TASKF_WAITS;
	if (waited && now > t->seen + vs_rules_epoch_ns(&tasks->rules))
		vs_task_stood(t, &tasks->rules, now);
}

/* Take the time until now into the books; @id is the task. Return: whether the weight has to change. */
static bool vs_tasks_account(struct vs_vcpu *v, u64 id, const struct vs_told *told, bool halting)
{
	struct vs_tasks *tasks = v->domain->tasks;
	struct vs_watch *w = &v->watch;
	u64 now, total, wait, stood, left;
	struct vs_task *t;
	unsigned long flags;
	bool switched = false, change;

	raw_spin_lock_irqsave(&tasks->lock, flags);
	now = ktime_get_mono_fast_ns();
	total = vs_watch_elapsed(w, v->task, now, &wait, &stood);
	left = w->id;
	if (id) {
		if (stood && w->task && w->task->id == id && left == id) {
			vs_task_stood(w->task, &tasks->rules, now);
			w->task->seen = now;
		}
		t = vs_tasks_get(tasks, id, w->task, now);
		vs_tasks_waited(tasks, v, t, now - total);
		t->turn = w->ran;
		t->vcpu = v->vcpu_id;
		t->idled = max(t->idled, w->idled);
		vs_task_charge(t, &tasks->rules, &tasks->in, now, total - wait, wait);
		switched = left != id;
		vs_task_stint(t, !switched, total);
		w->lift_ran = switched ? VS_LIFT_RUN_NS : w->lift_ran + total - wait;
		w->id = id;
		w->task = t;
		vs_tasks_listen(tasks, w, t, switched, halting, now);
		if (told->id)
			vs_task_hear(t, &tasks->rules, told->class, now);
		vs_tasks_served(tasks, w, t, halting, now);
	}
	w->halted = halting;
	w->halt_from = switched ? left : 0;
	if (halting)
		w->at = 0;
	/* In HLT in the middle of a task it waits for a lock. */
	w->idle_since = halting && (!told->id || told->class == VS_PAGE_TASK_IDLE) ? now : 0;
	w->lag = vs_tasks_lag(v, now);
	change = w->lag != READ_ONCE(w->lag_set);
	if (switched)
		trace_virtsched_task(v, left, id);
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	return change;
}

/* What the vCPU runs: as the guest says, else by its address space. Return: whether the weight has to change. */
static bool vs_tasks_look(struct vs_vcpu *v, const struct kvm_vcpu *vcpu, bool halting)
{
	u64 id = vs_guest_task(vcpu, v->pid);
	struct vs_told told;
	bool change;

	vs_channel_told(v, id, &told);
	change = vs_tasks_account(v, told.id ?: id, &told, halting);
	if (told.input)
		vs_phase_input(v->domain, told.input, 0);
	return change;
}

/**
 * vs_tasks_wants_entry() - is vs_tasks_sample() due?
 * @v: current's
 *
 * Context: any; a late answer only costs precision.
 */
bool vs_tasks_wants_entry(const struct vs_vcpu *v)
{
	if (!READ_ONCE(v->watched) || test_bit(VS_BIT_IN_ENTRY, &v->bits))
		return false;
	return vs_need_resched() || ktime_get_mono_fast_ns() - READ_ONCE(v->watch.at) >= VS_SAMPLE_NS;
}

/**
 * vs_tasks_sample() - see what the vCPU runs, and have its thread weigh what that is worth
 * @v: current's, watched
 * @vcpu: NULL where the hook has none
 *
 * Context: vCPU's thread on its way into the guest; not in interrupt.
 */
void vs_tasks_sample(struct vs_vcpu *v, const struct kvm_vcpu *vcpu)
{
	if (!READ_ONCE(v->watched))
		return;
	if (vcpu)
		WRITE_ONCE(v->kvm, vcpu);
	if (vs_tasks_look(v, READ_ONCE(v->kvm), false))
		vs_boost_weigh(v);
	vs_tick_start(READ_ONCE(v->domain->tasks->phase_since));
}

/* The vCPU is about to block: whatever wakes it is worth the full weight. Context: probe in the vCPU's thread. */
void vs_tasks_halt(struct vs_vcpu *v, const struct kvm_vcpu *vcpu)
{
	if (!READ_ONCE(v->watched))
		return;
	WRITE_ONCE(v->kvm, vcpu);
	if (vs_tasks_look(v, vcpu, true))
		vs_boost_weigh(v);
}

/* The end of a HLT. Context: lock held. */
static void vs_tasks_idled(struct vs_tasks *tasks, struct vs_watch *w, u64 now)
{
	bool idle = vs_idles(w->idle_since, now), background = w->task && w->task->id == w->id && w->task->class == VS_TASK_BACKGROUND;

	WRITE_ONCE(w->worked, tasks->phase_since && background && !idle);
	if (idle) {
		w->idled = now;
		if (w->task && w->task->id == w->id && !(w->id & VS_TASK_TOLD))
			vs_idler_add(&tasks->idler, w->id, w->halt_from);
	}
	w->idle_since = 0;
}

/* The vCPU runs again. Context: tracepoint in the vCPU's thread. */
void vs_tasks_wake(struct vs_vcpu *v)
{
	struct vs_tasks *tasks = v->domain->tasks;
	unsigned long flags;
	u64 now;

	if (!READ_ONCE(v->watched))
		return;
	raw_spin_lock_irqsave(&tasks->lock, flags);
	now = ktime_get_mono_fast_ns();
	/* Waiting for a CPU after the wake-up counts, HLT does not. */
	if (v->watch.halted)
		v->watch.at = now - min(now, READ_ONCE(v->task->sched_info.run_delay) - v->watch.delay);
	v->watch.halted = false;
	vs_tasks_idled(tasks, &v->watch, now);
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	vs_tick_start(READ_ONCE(tasks->phase_since));
}

static void vs_tasks_lift(struct vs_vcpu *v, u64 now)
{
	struct vs_tasks *tasks = v->domain->tasks;
	unsigned long flags;
	bool lift;

	raw_spin_lock_irqsave(&tasks->lock, flags);
	lift = v->watch.lag && now - v->watch.lifted >= VS_LIFT_REST_NS;
	if (lift) {
		v->watch.lifted = now;
		v->watch.lift_ran = 0;
		v->watch.lag = 0;
	}
	raw_spin_unlock_irqrestore(&tasks->lock, flags);
	if (lift)
		vs_worker_queue(v);
}

/* Somebody is about to answer an input there: in a hurry until @until, and at full weight for as long as one that was seen to. */
static void vs_tasks_expect(struct vs_vcpu *v, u64 now, u64 until)
{
	WRITE_ONCE(v->watch.served, now);
	WRITE_ONCE(v->watch.await_at, now);
	WRITE_ONCE(v->watch.awaited, until);
}

/*
 * A vCPU that has handled an input's interrupt wakes somebody on a sibling. If nobody answers there, it was somebody else: who waited for
 * the input may be on the first one, whose turn it is again then.
 */
static void vs_tasks_pass(struct vs_vcpu *from, struct vs_vcpu *to, u64 now)
{
	u64 until = READ_ONCE(from->watch.awaited);

	if (from->domain != to->domain || !vs_awaits(READ_ONCE(from->watch.await_at), until, now))
		return;
	vs_tasks_expect(to, now, min(until, now + VS_PASS_NS));
	WRITE_ONCE(from->watch.await_at, now + VS_PASS_NS);
	if (!READ_ONCE(from->watch.serving))
		vs_boost_release(from);
}

/* Is it QEMU that interrupts the vCPU, for the input that it has just passed on? Context: not the vCPU's thread, else any. */
static void vs_tasks_await(struct vs_vcpu *v, u64 now)
{
	const struct vs_tasks *tasks = v->domain->tasks;
	u64 input = READ_ONCE(tasks->in.last);
	struct vs_vcpu *from;

	if (!READ_ONCE(tasks->phase_since) || !same_thread_group(current, v->task) || in_hardirq())
		return;
	rcu_read_lock();
	from = vs_vcpu_find(task_pid(current));
	if (from && !from->servant)
		vs_tasks_pass(from, v, now);
	else if (input && now - input < VS_INPUT_IRQ_NS)
		vs_tasks_expect(v, now, now + VS_AWAIT_NS);
	rcu_read_unlock();
}

/* The worker's part of a lift. Context: worker. */
void vs_tasks_work(struct vs_vcpu *v)
{
	if (READ_ONCE(v->watched) && READ_ONCE(v->watch.lag) != READ_ONCE(v->watch.lag_set))
		vs_boost_weigh(v);
}

/**
 * vs_tasks_kicked() - an interrupt for the vCPU; if it comes from its own timer the guest's tick is due, and its task about to change
 * @v: any
 * @vcpu: its
 *
 * Context: any.
 */
void vs_tasks_kicked(struct vs_vcpu *v, const struct kvm_vcpu *vcpu)
{
	u64 now;

	if (!READ_ONCE(v->watched))
		return;
	WRITE_ONCE(v->kvm, vcpu);
	now = ktime_get_mono_fast_ns();
	if (current != v->task) {
		vs_tasks_await(v, now);
		if (vs_tasks_sound(v->domain->tasks, now))
			vs_tasks_rung(v, now);
		/* From a timer it is the tick of a guest that does not run. */
		if (READ_ONCE(v->watch.lag_set) && !in_hardirq())
			vs_tasks_lift(v, now);
		return;
	}
	WRITE_ONCE(v->watch.struck, now);
	if (now - READ_ONCE(v->watch.at) >= VS_SAMPLE_NS)
		set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
}
