// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host wants to be told besides what is urgent: which process runs, what it is, and that there was input. A store at a switch,
 * and none while the host does not ask. The tracepoints' functions run with interrupts off.
 */
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "vsg.h"

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

/* All threads of the kernel have the id of the one that makes them. */
#define VSG_KERNEL	2

/**
 * struct vsg_told - what one CPU has said; its owner is the CPU itself, with interrupts off
 * @task: the task word
 * @process: the last process that ran
 * @switches: modulo 256
 * @inputs: so far
 */
struct vsg_told {
	u64 task;
	u32 process;
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

/* PRIO_TO_NICE() and the policies that the scheduler itself puts behind the others. */
static enum vs_page_task vsg_class(const struct task_struct *task)
{
	if (is_idle_task(task))
		return VS_PAGE_TASK_IDLE;
	if (task->flags & PF_KTHREAD)
		return VS_PAGE_TASK_SYSTEM;
	if (vsg_makes_sound(task->tgid))
		return VS_PAGE_TASK_AUDIO;
	if (task->policy == SCHED_IDLE || task->policy == SCHED_BATCH || task_nice(task) > 0)
		return VS_PAGE_TASK_BACKGROUND;
	return VS_PAGE_TASK_ORDINARY;
}

/**
 * vsg_told_task() - @task runs
 * @task: of this CPU
 * @switched: from here on; else it goes on, and may have become something else
 *
 * Context: tracepoint, interrupts off.
 */
void vsg_told_task(const struct task_struct *task, bool switched)
{
	struct vs_page_slot *slot = vsg_voice_slot();
	struct vsg_told *told = this_cpu_ptr(&vsg_tolds);
	u64 wants = vsg_wants(slot), word;

	if (!(VS_PAGE_STATE_OF(wants) & VS_PAGE_WANT_TASKS))
		return;
	told->switches += switched;
	if (!(task->flags & PF_KTHREAD))
		told->process = task->tgid;
	word = VS_PAGE_TASK(vsg_class(task), told->switches, VS_PAGE_SESSION_OF(wants),
			    task->flags & PF_KTHREAD && !is_idle_task(task) ? VSG_KERNEL : told->process);
	if (word == told->task)
		return;
	told->task = word;
	WRITE_ONCE(slot->task, word);
}

/* The CPU's page is there. Inputs are counted on: one that the host has heard is no new one. Context: on the CPU, interrupts off. */
void vsg_told_open(const struct vs_page_slot *slot)
{
	*this_cpu_ptr(&vsg_tolds) = (struct vsg_told){
		.process = VSG_KERNEL,
		.inputs = slot ? VS_PAGE_ID_OF(READ_ONCE(slot->input)) : 0,
	};
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
