/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One vCPU thread: identity, look-up, what it was like before, what it is like now.
 */
#ifndef VS_VCPU_H
#define VS_VCPU_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "vs_budget_calc.h"
#include "vs_policy.h"
#include "vs_quota.h"
#include "vs_voice_calc.h"

struct kvm_vcpu;
struct vs_domain;
struct vs_page_slot;
struct vs_task;

/**
 * enum vs_vcpu_bit - bits of struct vs_vcpu.bits, atomic
 * @VS_BIT_BUSY: somebody is changing the thread's parameters; taken by test_and_set, never waited for in a probe
 * @VS_BIT_DEAD: detached; nothing may be armed, queued or changed any more
 * @VS_BIT_STEPPED_BACK: an outside change was found; hands off until the next configure
 * @VS_BIT_REFUSED: the thread's own policy is not one that we may change
 * @VS_BIT_GONE: the thread has ended
 * @VS_BIT_QUEUED: on a worker's list
 * @VS_BIT_ENTRY: wants the pre-entry hook (the end of a boost) the next time KVM handles pending work
 * @VS_BIT_IN_ENTRY: is in the pre-entry hook
 * @VS_BIT_EXT: sched_ext schedules the thread; hands off until the next configure
 * @VS_BIT_HELD: its quota's work is queued, or runs
 */
enum vs_vcpu_bit {
	VS_BIT_BUSY,
	VS_BIT_DEAD,
	VS_BIT_STEPPED_BACK,
	VS_BIT_REFUSED,
	VS_BIT_GONE,
	VS_BIT_QUEUED,
	VS_BIT_ENTRY,
	VS_BIT_IN_ENTRY,
	VS_BIT_HELD,
	VS_BIT_EXT,
};

/* Why a boost began. */
enum vs_by {
	VS_BY_WAKE,	/* it left HLT */
	VS_BY_KICK,	/* an interrupt waited */
	VS_BY_GUEST,	/* the guest said that its work is urgent */
	VS_BY_SPIN,	/* a sibling spun while it was preempted */
	VS_BY_SERVE,	/* not a vCPU, but what a boosted one waits for */
	VS_BY_TASK,	/* in a phase: it runs, or is about to run, what the person waits for */
};

/* Bits with which no boost may begin. */
#define VS_BITS_HANDS_OFF	(BIT(VS_BIT_DEAD) | BIT(VS_BIT_STEPPED_BACK) | BIT(VS_BIT_REFUSED) | BIT(VS_BIT_GONE) | \
				 BIT(VS_BIT_EXT))

/**
 * struct vs_watch - what a vCPU runs; under the lock of its domain's tasks
 * @at: time of the last sample, 0: no time passes (HLT, or none yet)
 * @delay: @ran: the thread's run_delay and run time then
 * @id: the task, 0: not known; @task: its place in the table, only if that has the same id
 * @rang: another vCPU's interrupt, or one from outside, came then, while sound played; 0: looked at; @rang_by: the task that was behind it,
 *	  0: not known, or none
 * @waker: the task that was behind the one that runs, likewise
 * @struck: an interrupt that is no other vCPU's came then
 * @lifted: somebody wants something of a vCPU that runs a background task: full weight from then on, for @lift_ran ns of running
 * @halted: in HLT; @halt_from: what ran right before the task that halts, 0: itself
 * @idle_since: 0: not in a HLT that may be for want of work; @idled: end of the last one that was
 * @worked: the HLT that ended last was in the middle of background work, in a phase
 * @serving: what it was found to run last is interactive; @served: when that was so last, in this phase; @await_at: @awaited:
 *	     from then until then somebody is expected because of an input
 * @lag: what the thread's nice value is to be raised by; @lag_set: what it is raised by, under VS_BIT_BUSY
 */
struct vs_watch {
	u64 at;
	u64 delay;
	u64 ran;
	u64 id;
	struct vs_task *task;
	u64 rang;
	u64 rang_by;
	u64 waker;
	u64 struck;
	u64 lifted;
	u64 lift_ran;
	u64 served;
	u64 await_at;
	u64 awaited;
	u64 halt_from;
	u64 idle_since;
	u64 idled;
	bool serving;
	bool halted;
	bool worked;
	u32 lag;
	u32 lag_set;
};

/**
 * struct vs_vcpu - one attached vCPU thread
 * @hash: look-up by @pid; RCU
 * @link: in the domain's list; under the registry's mutex
 * @serve: in the domain's list of servants; RCU
 * @rcu: frees the memory
 * @ref: the domain's list, each worker list and each user in process context hold one
 * @domain: holds a reference
 * @pid: key; reference held
 * @task: reference held
 * @vcpu_id: libvirt's number
 * @tid: for people
 * @servant: an emulator or I/O thread of QEMU; it has no guest entry, and the vCPUs pay for it
 * @settled: came through an attach that succeeded; registry mutex
 * @bits: enum vs_vcpu_bit
 * @work: on a worker's list while VS_BIT_QUEUED
 * @timer: ends the boost; pinned, hard interrupt
 * @lost: the CPU was taken from it in the middle of something
 * @watched: the domain's tasks are looked at; @kvm: its struct kvm_vcpu as a hook last saw it, may be stale
 * @watch: what it runs
 * @base: parameters to put back; written under VS_BIT_BUSY
 * @last: parameters that we set last; under VS_BIT_BUSY
 * @quota: of pages dirtied
 * @lock: irqsave; only locks of pools, pots and timers are taken inside; guards all below
 * @want: parameters of the boosted thread
 * @on: boost is configured
 * @paybackable: boosted time escapes the fair scheduler's accounts (FIFO), so it has to be paid back
 * @boosted: the thread has @want, or is being given it
 * @blocked: between the halt probe and the wake-up tracepoint
 * @promote: the worker is to boost
 * @by: @granted: @asked: why, how long and since when, by the last grant that waits to be used
 * @burst_ns: longest boost in one go
 * @span: boost per waiting interrupt, as it has turned out
 * @woken: a boosted wake-up whose HLT has not come yet; 0: none
 * @active_since: boosted and runnable since, what it waited for a CPU left out; 0: not
 * @deadline: the boost ends then, unless it waits for a CPU meanwhile
 * @waited: the thread's wait for CPUs up to which @active_since and @deadline are reckoned; @patience: as much more of it moves @deadline
 * @meagre: in a phase it had to wait before its boost, which is a short one now; renewed only for what serves the person without doubt
 * @cutoff_asked: the timer has asked the thread itself to end the boost
 * @timer_set: @timer is queued, or its function is about to queue it again
 * @pay_next: without another turn no payment before this
 * @paid_turn: current->nivcsw at the last payment
 * @ended: a boost has ended in the thread itself, and the others were asked: what it runs from there on is a turn
 * @queued: the CPU whose queue it was put into for an interrupt, and one; 0: it has woken up boosted since. @holds: the CPU that its long boost keeps, and one; 0: none
 * @halted: time of the last HLT
 * @kicked: time of the last interrupt that found the vCPU running unboosted
 * @late: time of the last interrupt that found the vCPU running boosted
 * @spun: time at which it was seen to spin
 * @stretch: what was charged for this boost so far
 * @ran_before: the thread's run time when the boost began, for a servant, which may sleep in it
 * @seen_run: @seen_wait: its account when it became an ordinary thread the last time
 * @pot_cpu: where it is counted as awake, -1: nowhere; @slept_cpu: @idle_seen: where its HLT began, -1: none, and how long all had slept there
 * @slot: what the guest and we say to each other, NULL without a channel; @session: whose requests count
 * @deboost: in debt and with nothing urgent to do, it goes below normal; @low: it is there
 * @voice: what the guest has said of its tasks and inputs
 * @heed: the guest's requests count; @said: our last word; @heard: the guest's last, new at @heard_at
 * @budget: of this vCPU
 * @debt: of this vCPU
 * @stats: counters as reported
 */
struct vs_vcpu {
	struct hlist_node hash;
	struct list_head link;
	struct hlist_node serve;
	struct rcu_head rcu;
	refcount_t ref;
	struct vs_domain *domain;
	struct pid *pid;
	struct task_struct *task;
	u32 vcpu_id;
	pid_t tid;
	bool servant;
	bool settled;
	unsigned long bits;
	struct llist_node work;
	struct hrtimer timer;
	struct irq_work lost;
	bool watched;
	const struct kvm_vcpu *kvm;
	struct vs_watch watch;
	struct vs_policy base;
	struct vs_policy last;
	struct vs_quota_vcpu quota;

	raw_spinlock_t lock;
	struct vs_policy want;
	bool on;
	bool paybackable;
	bool boosted;
	bool blocked;
	bool promote;
	bool cutoff_asked;
	bool meagre;
	bool ended;
	bool timer_set;
	bool heed;
	bool deboost;
	bool low;
	u8 said;
	enum vs_by by;
	u16 session;
	struct vs_page_slot *slot;
	struct vs_voice_task voice;
	u64 heard;
	u64 heard_at;
	u64 granted;
	u64 asked;
	u64 burst_ns;
	struct vs_span span;
	u64 woken;
	u64 active_since;
	u64 deadline;
	u64 waited;
	u64 patience;
	u64 pay_next;
	unsigned long paid_turn;
	unsigned int queued;
	unsigned int holds;
	u64 halted;
	u64 kicked;
	u64 late;
	u64 spun;
	u64 stretch;
	u64 ran_before;
	u64 seen_run;
	u64 seen_wait;
	u64 idle_seen;
	int pot_cpu;
	int slept_cpu;
	struct vs_budget budget;
	struct vs_debt debt;
	struct vs_vcpu_stats stats;
};

struct vs_vcpu *vs_vcpu_new(struct vs_domain *domain, u32 vcpu_id, pid_t tid, struct task_struct *task);
struct vs_vcpu *vs_vcpu_find(const struct pid *pid);
struct vs_vcpu *vs_vcpu_get_current(void);
void vs_vcpu_put(struct vs_vcpu *v);
void vs_vcpu_hide(struct vs_vcpu *v);
void vs_vcpu_stop(struct vs_vcpu *v);
u64 vs_vcpu_waited(const struct vs_vcpu *v);
bool vs_vcpu_try_busy(struct vs_vcpu *v);
void vs_vcpu_wait_busy(struct vs_vcpu *v);
void vs_vcpu_end_busy(struct vs_vcpu *v);
bool vs_vcpu_apply(struct vs_vcpu *v, const struct vs_policy *to);
bool vs_vcpu_rest(struct vs_vcpu *v);
void vs_vcpu_restart(struct vs_vcpu *v);

static inline bool vs_vcpu_hands_off(const struct vs_vcpu *v)
{
	return READ_ONCE(v->bits) & VS_BITS_HANDS_OFF;
}

#endif /* VS_VCPU_H */
