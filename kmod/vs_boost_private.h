/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the boost share among themselves: vs_boost.c (HLT, wake-up, the books), vs_boost_kick.c (other ways in),
 * vs_boost_end.c (ways out), vs_boost_peer.c (others on the same CPU).
 */
#ifndef VS_BOOST_PRIVATE_H
#define VS_BOOST_PRIVATE_H

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_tasks.h"
#include "vs_vcpu.h"

/* Under v->lock. */
void vs_boost_lap(struct vs_vcpu *v, u64 now);
void vs_boost_reckon_wait(struct vs_vcpu *v, u64 now);
u64 vs_boost_grant(struct vs_vcpu *v, u64 now, u64 want);
void vs_boost_begin(struct vs_vcpu *v, u64 now, u64 grant);
void vs_boost_timer_at(struct vs_vcpu *v, u64 when);
void vs_boost_timer_off(struct vs_vcpu *v);

/* As much waiting for a CPU does not shorten a boost: who is held up for longer is so by real-time threads of the host, or by one boost after another. */
#define VS_PATIENCE_NS	(10 * VS_NSEC_PER_MSEC)
/* Without HLT for so long it is busy with work that nobody waits for, as far as can be seen. */
#define VS_BUSY_NS	(1000 * VS_NSEC_PER_MSEC)
/* What the vCPU runs is looked at again after so long. */
#define VS_BOOST_TASK_NS	(2 * VS_NSEC_PER_MSEC)
/* Less is not worth the way through the entry hook. */
#define VS_BOOST_TASK_MIN_NS	(200 * VS_NSEC_PER_USEC)

/* One stretch for a vCPU that runs what the person waits for. */
static inline u64 vs_boost_task_ns(const struct vs_vcpu *v)
{
	return min(v->burst_ns, max(v->span.grant, VS_BOOST_TASK_NS));
}

/*
 * What an interrupt gets. In a phase one for a vCPU on which nobody serves the person is most often that one's own tick, but it may wake what the
 * person waits for, or a sibling may spin until it has been taken: it gets the least, and more when that is seen to run. So does one for a vCPU that never
 * sleeps: what an interrupt takes shows in HLT alone, and what runs when it is over is the work that was there before.
 */
static inline u64 vs_boost_event_ns(const struct vs_vcpu *v, u64 now)
{
	bool works = now - v->halted > VS_BUSY_NS || (READ_ONCE(v->watched) && vs_tasks_in_phase(v->domain));

	return works && !vs_tasks_serves(v, now) ? v->span.least : v->span.grant;
}

/* Did an interrupt come that the guest may not have handled yet? With host interrupts in between, not within one kick's time. */
static inline bool vs_boost_has_interrupt(const struct vs_vcpu *v, u64 now)
{
	u64 kicked = READ_ONCE(v->kicked);

	return kicked && now - kicked < 2 * v->span.grant + v->span.grant / 2;
}

void vs_peer_queued(struct vs_vcpu *v);
bool vs_peer_is_behind(struct vs_vcpu *v);
void vs_peer_hold(struct vs_vcpu *v);
void vs_peer_release(struct vs_vcpu *v);
void vs_peer_make_way(const struct vs_vcpu *v);

/* Without it, where vs_policy_set() may be called. False: somebody else is at it, try again. */
bool vs_boost_set(struct vs_vcpu *v, bool boost);
bool vs_boost_promote(struct vs_vcpu *v);
bool vs_boost_cut(struct vs_vcpu *v);

#endif /* VS_BOOST_PRIVATE_H */
