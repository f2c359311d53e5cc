// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host wants to be told besides what is urgent: which process runs, what it is, and that there was input. A store to the page
 * at a switch, and none while the host does not ask. The tracepoints' functions run with interrupts off.
 */
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "vsg.h"
#include "vsg_busy_calc.h"

/* Who has a sound device open, as somebody who knows says (sysfs: audio). */
#define VSG_SOUND_MAX	16
static pid_t vsg_sound[VSG_SOUND_MAX];
static unsigned int vsg_nr_sound;

/*
 * Who wakes one of those, and so often in a second, makes the sound: the player behind a sound server. A period of sound is 5 to
 * 50 ms long.
 */
#define VSG_WAKES_MIN	10
static struct vsg_waker {
	pid_t tgid;
	unsigned int wakes;
	unsigned long since;
	unsigned long sounds_until;
} vsg_wakers[VSG_SOUND_MAX];
static DEFINE_RAW_SPINLOCK(vsg_wakers_lock);

/**
 * struct vsg_told - what one CPU has said; its owner is the CPU itself, with interrupts off
 * @task: the task word
 * @busy: whose the time is
 * @switches: modulo 256
 * @inputs: so far
 */
struct vsg_told {
	u64 task;
	struct vsg_busy busy;
	u8 switches;
	u32 inputs;
};
static DEFINE_PER_CPU(struct vsg_told, vsg_tolds);

/* What the host asks for, 0: nothing. */
static u64 vsg_wants(const struct vs_page_slot *slot)
{
	u64 wants = slot ? READ_ONCE(slot->wants) : 0;

	return VS_PAGE_VERSION_OF(wants) == VS_PAGE_VERSION ? wants : 0;
}

static bool vsg_has_sound(pid_t tgid)
{
	unsigned int i, nr = READ_ONCE(vsg_nr_sound);

	for (i = 0; i < nr; i++)
		if (READ_ONCE(vsg_sound[i]) == tgid)
			return true;
	return false;
}

static bool vsg_makes_sound(pid_t tgid)
{
	unsigned int i;

	if (!READ_ONCE(vsg_nr_sound))
		return false;
	for (i = 0; i < VSG_SOUND_MAX; i++)
		if (READ_ONCE(vsg_wakers[i].tgid) == tgid && time_before(jiffies, READ_ONCE(vsg_wakers[i].sounds_until)))
			return true;
	return vsg_has_sound(tgid);
}

static enum vsg_kind vsg_kind(const struct task_struct *task)
{
	if (is_idle_task(task))
		return VSG_IDLE;
	return task->flags & PF_KTHREAD ? VSG_KERNEL : VSG_PROCESS;
}

/* By the policies that the scheduler itself puts behind the others, and its own measure. */
static bool vsg_thread_is_behind(const struct task_struct *thread)
{
	return thread->policy == SCHED_IDLE || thread->policy == SCHED_BATCH || task_nice(thread) > 0;
}

/*
 * A process is behind others if the thread that it began with is: a browser has threads behind others that work for the one which draws.
 * Who ends has been forgotten by its process, and does not know whether that is still there.
 */
static bool vsg_is_behind(const struct task_struct *task)
{
	bool behind = vsg_thread_is_behind(task);

	if (!behind || task->group_leader == task)
		return behind;
	rcu_read_lock();
	behind = !pid_alive(task) || vsg_thread_is_behind(task->group_leader);
	rcu_read_unlock();
	return behind;
}

static enum vs_page_task vsg_class(const struct task_struct *task)
{
	switch (vsg_kind(task)) {
	case VSG_IDLE:
		return VS_PAGE_TASK_IDLE;
	case VSG_KERNEL:
		return VS_PAGE_TASK_SYSTEM;
	default:
		if (vsg_makes_sound(task->tgid))
			return VS_PAGE_TASK_AUDIO;
		return vsg_is_behind(task) ? VS_PAGE_TASK_BACKGROUND : VS_PAGE_TASK_ORDINARY;
	}
}

static u32 vsg_id(const struct vsg_told *told, const struct task_struct *task)
{
	switch (vsg_kind(task)) {
	case VSG_IDLE:
		return told->busy.idle;
	case VSG_KERNEL:
		return VS_PAGE_KERNEL;
	default:
		return task->tgid;
	}
}

/* Does the host ask? While it does not, nobody keeps the books. */
static bool vsg_told_asked(struct vsg_told *told, u64 wants)
{
	if (VS_PAGE_STATE_OF(wants) & VS_PAGE_WANT_TASKS)
		return true;
	if (told->busy.before != VSG_NOT_SEEN)
		told->busy.before = VSG_NOT_SEEN;
	return false;
}

static void vsg_told_say(struct vs_page_slot *slot, struct vsg_told *told, const struct task_struct *task, u64 wants)
{
	u64 word = VS_PAGE_TASK(vsg_class(task), told->switches, VS_PAGE_SESSION_OF(wants), vsg_id(told, task));

	if (word == told->task)
		return;
	told->task = word;
	WRITE_ONCE(slot->task, word);
}

static struct vsg_side vsg_side(const struct task_struct *task)
{
	return (struct vsg_side){ .kind = vsg_kind(task), .id = task->tgid, .used = task->se.sum_exec_runtime };
}

/* From here on @next runs, and @prev does not. Both are of this CPU. Context: tracepoint, under the rq lock, interrupts off. */
void vsg_told_switch(const struct task_struct *prev, const struct task_struct *next)
{
	struct vs_page_slot *slot = vsg_voice_slot();
	struct vsg_told *told = this_cpu_ptr(&vsg_tolds);
	u64 wants = vsg_wants(slot);
	struct vsg_side from, to;

	if (!vsg_told_asked(told, wants))
		return;
	from = vsg_side(prev);
	to = vsg_side(next);
	told->switches++;
	vsg_busy_switch(&told->busy, &from, &to);
	vsg_told_say(slot, told, next, wants);
}

/* The running task goes on after an interrupt, and may have become something else. Context: tracepoint, interrupts off. */
void vsg_told_interrupt(void)
{
	struct vs_page_slot *slot = vsg_voice_slot();
	struct vsg_told *told = this_cpu_ptr(&vsg_tolds);
	u64 wants = vsg_wants(slot);

	if (!vsg_told_asked(told, wants))
		return;
	if (is_idle_task(current))
		vsg_busy_interrupt(&told->busy);
	vsg_told_say(slot, told, current, wants);
}

/* The CPU's page is there. Inputs are counted on: one that the host has heard is no new one. Context: on the CPU, interrupts off. */
void vsg_told_open(const struct vs_page_slot *slot)
{
	struct vsg_told *told = this_cpu_ptr(&vsg_tolds);

	*told = (struct vsg_told){ .inputs = slot ? VS_PAGE_ID_OF(READ_ONCE(slot->input)) : 0 };
	vsg_busy_begin(&told->busy);
}

/* The entry of @tgid, or the one that is oldest. Context: lock held. */
static struct vsg_waker *vsg_waker(pid_t tgid)
{
	struct vsg_waker *w, *oldest = vsg_wakers;

	for (w = vsg_wakers; w < vsg_wakers + VSG_SOUND_MAX; w++) {
		if (w->tgid == tgid)
			return w;
		if (time_before(w->since, oldest->since))
			oldest = w;
	}
	*oldest = (struct vsg_waker){ .tgid = tgid, .since = jiffies, .sounds_until = jiffies };
	return oldest;
}

/* The running task wakes @task. Context: tracepoint, under the woken task's lock; interrupts do not count as the task that they hit. */
void vsg_told_waking(const struct task_struct *task)
{
	struct vsg_waker *w;

	if (!READ_ONCE(vsg_nr_sound) || !in_task() || current->flags & PF_KTHREAD || current->tgid == task->tgid ||
	    !vsg_has_sound(task->tgid))
		return;
	/* Another CPU has it: one wake-up more or less does not count. */
	if (!raw_spin_trylock(&vsg_wakers_lock))
		return;
	w = vsg_waker(current->tgid);
	if (time_after(jiffies, w->since + HZ)) {
		w->wakes = 0;
		w->since = jiffies;
	}
	if (++w->wakes >= VSG_WAKES_MIN)
		WRITE_ONCE(w->sounds_until, jiffies + 2 * HZ);
	raw_spin_unlock(&vsg_wakers_lock);
}

/**
 * vsg_told_sound() - who has a sound device open now
 * @tgids: process ids
 * @nr: how many; more than there is room for are not heeded
 *
 * Context: process; callers take turns.
 */
void vsg_told_sound(const pid_t *tgids, unsigned int nr)
{
	unsigned int i;

	nr = min_t(unsigned int, nr, VSG_SOUND_MAX);
	for (i = 0; i < nr; i++)
		WRITE_ONCE(vsg_sound[i], tgids[i]);
	WRITE_ONCE(vsg_nr_sound, nr);
}

/* The person did something. @kind: one of VS_PAGE_INPUT_*. Context: any. */
void vsg_told_input(u8 kind)
{
	struct vs_page_slot *slot;
	struct vsg_told *told;
	unsigned long flags;
	u64 wants;

	local_irq_save(flags);
	slot = vsg_voice_slot();
	wants = vsg_wants(slot);
	if (VS_PAGE_INPUTS_OF(wants) & kind) {
		told = this_cpu_ptr(&vsg_tolds);
		WRITE_ONCE(slot->input, VS_PAGE_INPUT(kind, VS_PAGE_SESSION_OF(wants), ++told->inputs));
	}
	local_irq_restore(flags);
}
