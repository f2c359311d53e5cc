// SPDX-License-Identifier: GPL-2.0-only
/*
 * One FIFO thread per host CPU. Probes and timers cannot change another thread's parameters (the kernel BUGs in
 * interrupts), so they queue the vCPU here. smpboot parks and unparks the threads with their CPUs.
 */
#include <linux/cpumask.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smpboot.h>

#include "vs_boost.h"
#include "vs_tasks.h"
#include "vs_vcpu.h"
#include "vs_worker.h"

static DEFINE_PER_CPU(struct task_struct *, vs_worker_task);
static DEFINE_PER_CPU(struct llist_head, vs_worker_list);

static int vs_worker_should_run(unsigned int cpu)
{
	return !llist_empty(per_cpu_ptr(&vs_worker_list, cpu));
}

static void vs_worker_run(unsigned int cpu)
{
	struct llist_node *node = llist_del_all(per_cpu_ptr(&vs_worker_list, cpu));

	while (node) {
		struct vs_vcpu *v = llist_entry(node, struct vs_vcpu, work);

		/* Once the bit is clear the node may be on another list. */
		node = node->next;
		clear_bit(VS_BIT_QUEUED, &v->bits);
		smp_mb__after_atomic();
		vs_boost_work(v);
		vs_tasks_work(v);
		vs_vcpu_put(v);
	}
}

/* Above every boost (49 at most), so that a boost can always be ended. */
static void vs_worker_setup(unsigned int cpu)
{
	sched_set_fifo(current);
}

static struct smp_hotplug_thread vs_worker_threads = {
	.store = &vs_worker_task,
	.thread_should_run = vs_worker_should_run,
	.thread_fn = vs_worker_run,
	.setup = vs_worker_setup,
	/* The CPU goes: finish what is queued here. */
	.park = vs_worker_run,
	.thread_comm = "virtsched/%u",
};

int vs_worker_start(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		init_llist_head(per_cpu_ptr(&vs_worker_list, cpu));
	return smpboot_register_percpu_thread(&vs_worker_threads);
}

/* After the last source of work is gone. What is still queued only holds references: drop them. */
void vs_worker_stop(void)
{
	int cpu;

	smpboot_unregister_percpu_thread(&vs_worker_threads);
	for_each_possible_cpu(cpu)
		vs_worker_run(cpu);
}

/**
 * vs_worker_queue() - have vs_boost_work() called soon for a vCPU, on this CPU
 * @v: the caller is in an RCU section or holds a reference
 *
 * Context: any where a wake-up is allowed; not under a scheduler lock, not under v->lock.
 */
void vs_worker_queue(struct vs_vcpu *v)
{
	struct task_struct *worker;
	int cpu;

	if (test_and_set_bit(VS_BIT_QUEUED, &v->bits))
		return;
	if (!refcount_inc_not_zero(&v->ref)) {
		clear_bit(VS_BIT_QUEUED, &v->bits);
		return;
	}
	preempt_disable();
	cpu = smp_processor_id();
	/* The worker of a CPU that is going is parked already. */
	if (unlikely(!cpu_active(cpu)))
		cpu = cpumask_any(cpu_active_mask);
	llist_add(&v->work, per_cpu_ptr(&vs_worker_list, cpu));
	worker = per_cpu(vs_worker_task, cpu);
	if (worker)
		wake_up_process(worker);
	preempt_enable();
}
