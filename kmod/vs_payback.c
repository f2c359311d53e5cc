// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paying boosted time back. SCHED_FIFO time is in no fair scheduler's account, so the scheduler goes on as if the VM had not
 * run. It is told: when the vCPU runs as an ordinary thread again, each group it is in (VM, machine.slice, ...) gets the time
 * added to the stretch that the scheduler has yet to account. So the others catch up at every level, by the weights that the
 * admin has set, and sooner or later by nobody's waiting when there is nobody else.
 *
 * Only the groups: a thread's own run time is what people see and are billed by, and FIFO time is in it already.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_payback.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

/* Less is not worth the loop. */
#define VS_PAYBACK_MIN_NS	(200 * VS_NSEC_PER_USEC)
/* As much at once: by then the others have had a few turns, and what is left comes with the vCPU's next one. */
#define VS_PAYBACK_MAX_NS	(VS_LAG_IS_CUT ? TICK_NSEC : 20 * VS_NSEC_PER_MSEC)
/* As much when a boost ends. */
#define VS_PAYBACK_ADVANCE_NS	(200 * VS_NSEC_PER_USEC)
/* Without another turn meanwhile: two ticks and more, so the scheduler has seen the last one, and nobody else wanted the CPU. */
#define VS_PAYBACK_REST_NS	(10 * VS_NSEC_PER_MSEC)

/*
 * The thread is an ordinary one from now on (@begins) or no more: what it ran and waited in between is what the scheduler's own rules give
 * it. What it ran is exact here, as the change of its parameters has just brought that account up to date; a wait is in its account when it
 * is over, and may begin as one kind of thread and end as the other. Context: v->lock held, interrupts off.
 */
void vs_payback_turn(struct vs_vcpu *v, bool begins)
{
	u64 ran = READ_ONCE(v->task->se.sum_exec_runtime), waited = vs_vcpu_waited(v);

	lockdep_assert_held(&v->lock);
	if (!begins)
		vs_debt_sample(&v->debt, ran - v->seen_run, waited - min(waited, v->seen_wait));
	v->seen_run = ran;
	v->seen_wait = waited;
}

/* What its servants had since becomes the vCPU's debt, as far as there is room. Context: v->lock held. */
static void vs_payback_served(struct vs_vcpu *v)
{
	atomic64_t *served = &v->domain->served_ns;

	if (v->paybackable && atomic64_read(served))
		atomic64_add(vs_debt_take(&v->debt, atomic64_xchg(served, 0)), served);
}

/* A boosted stretch ended. Context: v->lock held. */
void vs_payback_boosted(struct vs_vcpu *v, u64 ran)
{
	lockdep_assert_held(&v->lock);
	if (!v->paybackable)
		return;
	if (v->servant) {
		atomic64_add(ran, &v->domain->served_ns);
		return;
	}
	vs_debt_boosted(&v->debt, ran);
}

/* NULL without memory. Context: process. */
struct vs_cpu_pot __percpu *vs_payback_pots(void)
{
	struct vs_cpu_pot __percpu *pots = alloc_percpu(struct vs_cpu_pot);
	int cpu;

	if (pots)
		for_each_possible_cpu(cpu)
			raw_spin_lock_init(&per_cpu_ptr(pots, cpu)->lock);
	return pots;
}

static struct vs_cpu_pot *vs_payback_pot(const struct vs_vcpu *v, int cpu)
{
	return per_cpu_ptr(v->domain->pots, cpu);
}

/* Not awake on the CPU where it was seen last. Context: v->lock held. */
static void vs_payback_leave(struct vs_vcpu *v, bool sleeps, u64 now)
{
	struct vs_cpu_pot *pot;

	if (v->pot_cpu < 0)
		return;
	pot = vs_payback_pot(v, v->pot_cpu);
	raw_spin_lock(&pot->lock);
	vs_pot_leave(&pot->pot, &v->debt, sleeps, now);
	v->idle_seen = vs_pot_idle(&pot->pot, now);
	raw_spin_unlock(&pot->lock);
	v->slept_cpu = sleeps ? v->pot_cpu : -1;
	v->pot_cpu = -1;
}

/* Its accounts begin now, or end. Context: v->lock held. */
void vs_payback_restart(struct vs_vcpu *v)
{
	vs_payback_leave(v, false, ktime_get_mono_fast_ns());
	v->slept_cpu = -1;
}

/* It is awake, on this CPU. Context: v->lock held, interrupts off, v is current's. */
void vs_payback_awake(struct vs_vcpu *v, u64 now)
{
	int cpu = smp_processor_id();
	struct vs_cpu_pot *pot;

	if (v->pot_cpu == cpu || !v->paybackable)
		return;
	vs_payback_leave(v, false, now);
	pot = vs_payback_pot(v, cpu);
	raw_spin_lock(&pot->lock);
	vs_pot_join(&pot->pot, now);
	raw_spin_unlock(&pot->lock);
	v->pot_cpu = cpu;
}

/* HLT begins: siblings that are awake here pay for it. Context: as vs_payback_awake(). */
void vs_payback_asleep(struct vs_vcpu *v, u64 now)
{
	vs_payback_awake(v, now);
	vs_payback_served(v);
	vs_payback_leave(v, true, now);
}

/* HLT is over. If it @slept, what the VM as a whole has left to others in the meantime pays. Context: as vs_payback_awake(). */
void vs_payback_idle(struct vs_vcpu *v, bool slept, u64 now)
{
	struct vs_cpu_pot *pot;
	u64 idle;

	if (slept && v->slept_cpu >= 0 && v->debt.owed) {
		pot = vs_payback_pot(v, v->slept_cpu);
		raw_spin_lock(&pot->lock);
		idle = vs_pot_idle(&pot->pot, now) - v->idle_seen;
		raw_spin_unlock(&pot->lock);
		vs_debt_idle(&v->debt, idle);
	}
	vs_payback_awake(v, now);
}

/* How long may it be boosted so that its VM can still pay for it? Context: v->lock held. */
u64 vs_payback_credit(struct vs_vcpu *v)
{
	struct vs_cpu_pot *pot;
	u64 credit;
	int cpu;

	if (!v->paybackable)
		return U64_MAX;
	if (v->servant)
		return vs_credit(atomic64_read(&v->domain->served_ns));
	cpu = v->pot_cpu < 0 ? v->slept_cpu : v->pot_cpu;
	if (cpu < 0)
		return vs_credit(v->debt.owed);
	pot = vs_payback_pot(v, cpu);
	raw_spin_lock(&pot->lock);
	credit = vs_pot_credit(&pot->pot, &v->debt, v->pot_cpu >= 0);
	raw_spin_unlock(&pot->lock);
	return credit;
}

/* Is there enough to pay? Context: any. */
bool vs_payback_owes(const struct vs_vcpu *v)
{
	int cpu = READ_ONCE(v->pot_cpu);

	return v->paybackable && READ_ONCE(v->debt.owed) + (cpu < 0 ? 0 : READ_ONCE(vs_payback_pot(v, cpu)->pot.owed)) >= VS_PAYBACK_MIN_NS;
}

/*
 * Let the scheduler's next account of current's groups be @ns longer. exec_start is where that account begins; the fair
 * scheduler sets it anew whenever it accounts, under the rq lock, on whatever CPU. Against such a one of another CPU the
 * exchange either fails and is tried again, or is overwritten and this level is charged too little, once. @above: not the nearest group.
 *
 * Context: interrupts off, current is an ordinary thread: then each group above it is the one its own queue runs.
 */
static void vs_payback_groups(u64 ns, bool above)
{
#ifdef CONFIG_FAIR_GROUP_SCHED
	struct sched_entity *se = current->se.parent;

	for (se = above && se ? se->parent : se; ns && se; se = se->parent) {
		u64 began = READ_ONCE(se->exec_start);

		while (!try_cmpxchg64(&se->exec_start, &began, began - ns))
			;
	}
#endif
}

/*
 * Pay so much now. What siblings owe is not the business of the vCPU's own group, if it has one: libvirt's vcpuN, unless the vCPUs share
 * one because of their nice values. Context: v->lock held, as vs_payback_groups().
 */
static void vs_payback_pay(struct vs_vcpu *v, u64 most, bool others)
{
	const struct vs_tasks *tasks = READ_ONCE(v->domain->tasks);
	bool shared = tasks && READ_ONCE(tasks->on) && !READ_ONCE(tasks->no_nice);
	u64 own = min(v->debt.owed, most), theirs = 0;
	struct vs_cpu_pot *pot;

	if (others && v->pot_cpu >= 0) {
		pot = vs_payback_pot(v, v->pot_cpu);
		raw_spin_lock(&pot->lock);
		theirs = vs_pot_pay(&pot->pot, &v->debt, most, &own);
		raw_spin_unlock(&pot->lock);
	} else {
		v->debt.owed -= own;
	}
	vs_payback_groups(own, false);
	vs_payback_groups(theirs, !shared);
	v->stats.payback_ns += own + theirs;
	trace_virtsched_payback(v, own + theirs);
}

/* An outside change that nobody has noticed yet leaves another kind of thread. Context: v is current's. */
static bool vs_payback_can(const struct vs_vcpu *v)
{
	return !v->boosted && v->paybackable && (current->policy == SCHED_NORMAL || current->policy == SCHED_BATCH);
}

/**
 * vs_payback_advance() - the boost has just ended: pay a part of it
 * @v: current's or not
 *
 * Who woke up meanwhile could not preempt the boosted thread, and gets no second try: the scheduler chooses between equals. What the
 * groups have run in the boost decides for the other one, as it would have at the wake-up. The rest stays a debt: see the refusal in
 * vs_boost_grant().
 *
 * Context: v->lock held, interrupts off.
 */
void vs_payback_advance(struct vs_vcpu *v)
{
	u64 part = min(min(v->debt.owed, v->stretch) / 2, VS_PAYBACK_ADVANCE_NS);

	lockdep_assert_held(&v->lock);
	if (v->task != current)
		return;
	v->ended = true;
	if (part && vs_payback_can(v))
		vs_payback_pay(v, part, false);
}

/**
 * vs_payback_charge() - the vCPU is about to enter the guest, not boosted: pay
 * @v: current's
 * @now: ns
 *
 * Once a turn: between two turns the others have run. Who may stay after a boost begins a turn as well.
 *
 * Context: v->lock held, interrupts off.
 */
void vs_payback_charge(struct vs_vcpu *v, u64 now)
{
	bool turn = v->ended || current->nivcsw != v->paid_turn;

	v->ended = false;
	lockdep_assert_held(&v->lock);
	vs_payback_served(v);
	if (!vs_payback_owes(v) || (!turn && now < v->pay_next) || !vs_payback_can(v))
		return;
	vs_payback_pay(v, VS_PAYBACK_MAX_NS, true);
	v->paid_turn = current->nivcsw;
	v->pay_next = now + VS_PAYBACK_REST_NS;
}
