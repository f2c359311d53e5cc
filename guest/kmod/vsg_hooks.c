// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's tracepoints that tell what a CPU is at. None is exported: they are found by name. A kernel without one of the
 * optional ones is served with what it has. Sections with preemption off have no tracepoint in distribution kernels.
 */
#include <linux/interrupt.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "vsg.h"

static void vsg_on_switch(void *data, bool preempt, struct task_struct *prev, struct task_struct *next,
			  unsigned int prev_state)
{
	vsg_told_switch(prev, next);
	vsg_voice_switch(vsg_is_realtime(next), is_idle_task(next));
}

static void vsg_on_waking(void *data, struct task_struct *task)
{
	vsg_told_waking(task);
}

/* Of another CPU's task only that CPU knows: the interrupt that tells it is the host's business. */
static void vsg_on_wakeup(void *data, struct task_struct *task)
{
	if (vsg_is_realtime(task) && task_cpu(task) == smp_processor_id())
		vsg_voice_woken();
}

/* The task that goes on may have been given another class, the host may ask for more, or tell more. */
static void vsg_after(void)
{
	vsg_told_interrupt();
	vsg_list_look();
}

static void vsg_on_irq(void *data, int irq, struct irqaction *action)
{
	vsg_voice_begin(VS_PAGE_HARDIRQ);
}

static void vsg_on_irq_end(void *data, int irq, struct irqaction *action, int ret)
{
	vsg_after();
	vsg_voice_end(VS_PAGE_HARDIRQ);
}

static void vsg_on_vector(void *data, int vector)
{
	vsg_voice_begin(VS_PAGE_HARDIRQ);
}

static void vsg_on_vector_end(void *data, int vector)
{
	vsg_after();
	vsg_voice_end(VS_PAGE_HARDIRQ);
}

#ifndef CONFIG_PREEMPT_RT
static void vsg_on_softirq(void *data, unsigned int vector)
{
	vsg_voice_begin(VS_PAGE_SOFTIRQ);
}

static void vsg_on_softirq_end(void *data, unsigned int vector)
{
	vsg_voice_end(VS_PAGE_SOFTIRQ);
}
#endif

/* needed: the module is of no use without it. Ends come before beginnings, so that none is left open when it starts. */
static struct vsg_hook {
	const char *name;
	void *probe;
	bool needed;
	struct tracepoint *tp;
	bool on;
} vsg_hooks[] = {
	{ "irq_handler_exit", vsg_on_irq_end },
	{ "irq_handler_entry", vsg_on_irq },
	{ "local_timer_exit", vsg_on_vector_end },
	{ "local_timer_entry", vsg_on_vector },
#ifndef CONFIG_PREEMPT_RT
	/* With it they are a task's work, which an ordinary task may preempt half-way: that task's class tells. */
	{ "softirq_exit", vsg_on_softirq_end },
	{ "softirq_entry", vsg_on_softirq },
#endif
	{ "sched_waking", vsg_on_waking },
	{ "sched_wakeup", vsg_on_wakeup, true },
	{ "sched_switch", vsg_on_switch, true },
};

static void vsg_find(struct tracepoint *tp, void *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vsg_hooks); i++)
		if (!strcmp(tp->name, vsg_hooks[i].name))
			vsg_hooks[i].tp = tp;
}

/* Context: process. */
void vsg_hooks_stop(void)
{
	size_t i = ARRAY_SIZE(vsg_hooks);

	while (i--) {
		if (vsg_hooks[i].on)
			tracepoint_probe_unregister(vsg_hooks[i].tp, vsg_hooks[i].probe, NULL);
		vsg_hooks[i].on = false;
	}
	tracepoint_synchronize_unregister();
}

/* Context: process. Return: 0; -EOPNOTSUPP, or another error, when a tracepoint that is needed cannot be had. */
int vsg_hooks_start(void)
{
	size_t i;
	int err = 0;

	for_each_kernel_tracepoint(vsg_find, NULL);
	for (i = 0; i < ARRAY_SIZE(vsg_hooks) && !err; i++) {
		struct vsg_hook *hook = &vsg_hooks[i];

		err = hook->tp ? tracepoint_probe_register(hook->tp, hook->probe, NULL) : -EOPNOTSUPP;
		hook->on = !err;
		if (!hook->needed)
			err = 0;
	}
	if (err)
		vsg_hooks_stop();
	return err;
}
