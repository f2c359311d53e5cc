// SPDX-License-Identifier: GPL-2.0-only
/*
 * One timer per host CPU, on while a watched vCPU runs there. Outside of a phase it may be late by more than a tick, so that the
 * kernel runs it from the tick's interrupt, which takes the vCPU out of the guest anyway: no exit of our own. In a phase it is on time.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "vs_budget_calc.h"
#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_tasks.h"
#include "vs_tick.h"
#include "vs_vcpu.h"

#define VS_TICK_NS	(2 * VS_NSEC_PER_MSEC)
#define VS_TICK_LATE_NS	(6 * VS_NSEC_PER_MSEC)
/* Somebody else has the CPU: look so many times whether a vCPU comes back. */
#define VS_TICK_IDLE	4

struct vs_tick {
	struct hrtimer timer;
	unsigned int idle;
};
static DEFINE_PER_CPU(struct vs_tick, vs_ticks);

static void vs_tick_next(struct hrtimer *timer, bool phase)
{
	ktime_t when = ktime_add_ns(ktime_get(), VS_TICK_NS);

	hrtimer_set_expires_range_ns(timer, when, phase ? 0 : VS_TICK_LATE_NS);
}

/* Hard interrupt. */
static enum hrtimer_restart vs_tick_fire(struct hrtimer *timer)
{
	struct vs_tick *tick = container_of(timer, struct vs_tick, timer);
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));
	bool phase = false;

	/* Moved here from a CPU that went. */
	if (tick != this_cpu_ptr(&vs_ticks))
		return HRTIMER_NORESTART;
	if (v && READ_ONCE(v->watched)) {
		set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
		phase = READ_ONCE(v->domain->tasks->phase_since);
		tick->idle = 0;
	} else if (is_idle_task(current) || ++tick->idle > VS_TICK_IDLE) {
		return HRTIMER_NORESTART;
	}
	vs_tick_next(timer, phase);
	return HRTIMER_RESTART;
}

/* A watched vCPU runs here. Context: its thread, or a probe in it. */
void vs_tick_start(bool phase)
{
	struct vs_tick *tick;

	preempt_disable();
	tick = this_cpu_ptr(&vs_ticks);
	tick->idle = 0;
	if (!hrtimer_active(&tick->timer))
		hrtimer_start_range_ns(&tick->timer, ktime_add_ns(ktime_get(), VS_TICK_NS), phase ? 0 : VS_TICK_LATE_NS,
				       HRTIMER_MODE_ABS_PINNED_HARD);
	preempt_enable();
}

void vs_tick_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vs_hrtimer_setup(&per_cpu_ptr(&vs_ticks, cpu)->timer, vs_tick_fire);
}

/* Nobody is watched any more, and no thread is on its way through a hook. Context: process. */
void vs_tick_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&vs_ticks, cpu)->timer);
}
