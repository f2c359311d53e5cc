/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dirty quota: pages that each vCPU dirties while dirty logging is on are counted, and who has used up its quota waits
 * before guest entry. The events come from vs_hook_kvm.c.
 */
#ifndef VS_QUOTA_H
#define VS_QUOTA_H

#include <linux/spinlock.h>

#include "uapi/virtsched.h"
#include "vs_quota_calc.h"

struct vs_domain;
struct vs_vcpu;

/**
 * struct vs_quota_domain - the quota of a domain
 * @lock: irqsave, innermost; taken under the rq lock too, so nothing is woken inside
 * @asked: as last asked for; registry mutex
 * @counting: pages are counted; @limited: and limited. Written under @lock, read without
 * @limit: @pool: under @lock
 */
struct vs_quota_domain {
	raw_spinlock_t lock;
	struct vs_quota asked;
	bool counting;
	bool limited;
	struct vs_quota_limit limit;
	struct vs_quota_pool pool;
};

/**
 * struct vs_quota_vcpu - the quota of a vCPU; written by its own thread alone, with preemption off
 * @own: its part
 * @waited_ns: slept since it was in the guest last
 * @let_in: has waited so long that it may run in spite of its debt
 * @asleep: waits, or is about to
 * @work: while VS_BIT_HELD
 * @dirtied: @pages: @slept_ns: @sleeps: @let_ins: counters as reported
 */
struct vs_quota_vcpu {
	struct vs_quota_own own;
	u64 waited_ns;
	bool let_in;
	bool asleep;
	struct callback_head work;
	u64 dirtied;
	u64 pages;
	u64 slept_ns;
	u64 sleeps;
	u64 let_ins;
};

/**
 * struct vs_quota_view - what VS_IOC_QUERY_QUOTA is filled with
 * @head: the call's structure
 * @rows: @room of them
 */
struct vs_quota_view {
	struct vs_query_quota *head;
	struct vs_quota_stats *rows;
	u32 room;
};

void vs_quota_init(struct vs_quota_domain *q);
int vs_quota_check(const struct vs_quota *asked);
void vs_quota_set(struct vs_domain *d, const struct vs_quota *asked);
void vs_quota_resize(struct vs_domain *d);
void vs_quota_wake(struct vs_vcpu *v);
void vs_quota_query(struct vs_domain *d, struct vs_quota_view *view);

void vs_quota_dirtied(struct vs_vcpu *v, bool fresh);
void vs_quota_resume(struct vs_vcpu *v);
int vs_quota_start(void);
void vs_quota_stop(void);
bool vs_quota_by_entry(void);
void vs_quota_hold(struct vs_vcpu *v);

bool vs_quota_due(const struct vs_vcpu *v);
bool vs_quota_wants_entry(const struct vs_vcpu *v);
void vs_quota_wait(struct vs_vcpu *v);

#endif /* VS_QUOTA_H */
