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
/* Ticks make the kernel's run time jump: sample the share over more than a few. */
#define VS_SAMPLE_MIN_NS	(10 * VS_NSEC_PER_MSEC)

static void vs_payback_sample(struct vs_vcpu *v)
{
	u64 run = READ_ONCE(v->task->se.sum_exec_runtime);
	u64 wait = READ_ONCE(v->task->sched_info.run_delay);
	u64 ran = run - v->seen_run, waited = wait - v->seen_wait;
	u64 boosted = v->stats.boosted_ns - v->seen_boosted;

	if (ran + waited < VS_SAMPLE_MIN_NS)
		return;
	vs_debt_sample(&v->debt, ran > boosted ? ran - boosted : 0, waited);
	v->seen_run = run;
	v->seen_wait = wait;
	v->seen_boosted = v->stats.boosted_ns;
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
	vs_payback_sample(v);
	vs_debt_boosted(&v->debt, ran);
}

/* Its accounts begin now. Context: v->lock held. */
void vs_payback_restart(struct vs_vcpu *v)
{
	v->told_run = READ_ONCE(v->task->se.sum_exec_runtime);
	v->told_boosted = v->stats.boosted_ns;
	v->ran_cpu = -1;
}

/*
 * Tell the siblings what the vCPU has run without a boost: who of them idles has given that to its own VM, not to the others. The
 * scheduler's account of the thread may lack the time since the last tick, which comes with the next telling then.
 *
 * Context: v->lock held, interrupts off, v is current's.
 */
void vs_payback_tell(struct vs_vcpu *v)
{
	u64 run, boosted;

	if (!v->paybackable)
		return;
	run = READ_ONCE(current->se.sum_exec_runtime) - v->told_run;
	boosted = min(v->stats.boosted_ns - v->told_boosted, run);
	v->told_run += run;
	v->told_boosted += boosted;
	this_cpu_add(*v->domain->ran, run - boosted);
	if (v->ran_cpu == smp_processor_id())
		v->ran_seen += run - boosted;
	else
		v->ran_cpu = -1;
}

/* HLT is over: what the VM as a whole has left to others in the meantime pays. Context: v->lock held, interrupts off, v is current's. */
void vs_payback_idle(struct vs_vcpu *v, u64 now)
{
	u64 ran = this_cpu_read(*v->domain->ran);
	int cpu = smp_processor_id();
	u64 siblings = v->ran_cpu == cpu ? ran - v->ran_seen : 0;

	v->ran_cpu = cpu;
	v->ran_seen = ran;
	vs_debt_idle(&v->debt, now - v->blocked_since, siblings);
}

/* Is there enough to pay? Context: any. */
bool vs_payback_owes(const struct vs_vcpu *v)
{
	return READ_ONCE(v->debt.owed) >= VS_PAYBACK_MIN_NS;
}

/*
 * Let the scheduler's next account of current's groups be @ns longer. exec_start is where that account begins; the fair
 * scheduler sets it anew whenever it accounts, under the rq lock, on whatever CPU. Against such a one of another CPU the
 * exchange either fails and is tried again, or is overwritten and this level is charged too little, once.
 *
 * Context: interrupts off, current is an ordinary thread: then each group above it is the one its own queue runs.
 */
static void vs_payback_groups(u64 ns)
{
#ifdef CONFIG_FAIR_GROUP_SCHED
	struct sched_entity *se;

	for (se = current->se.parent; se; se = se->parent) {
		u64 began = READ_ONCE(se->exec_start);

		while (!try_cmpxchg64(&se->exec_start, &began, began - ns))
			;
	}
#endif
}

/* Pay so much now. Context: v->lock held, as vs_payback_groups(). */
static void vs_payback_pay(struct vs_vcpu *v, u64 part)
{
	vs_payback_groups(part);
	v->debt.owed -= part;
	v->stats.payback_ns += part;
	trace_virtsched_payback(v, part);
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
		vs_payback_pay(v, part);
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
	if (atomic64_read(&v->domain->served_ns))
		vs_debt_boosted(&v->debt, atomic64_xchg(&v->domain->served_ns, 0));
	if (!vs_payback_owes(v) || (!turn && now < v->pay_next) || !vs_payback_can(v))
		return;
	vs_payback_pay(v, min(v->debt.owed, VS_PAYBACK_MAX_NS));
	v->paid_turn = current->nivcsw;
	v->pay_next = now + VS_PAYBACK_REST_NS;
}
