/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The whole face of virtsched.ko: /dev/virtsched and its ioctls.
 *
 * Included by the module and by virtschedd's kernel backend, by nobody else. Every structure starts with its size, so
 * that either side may be older: unknown trailing bytes must be zero (-E2BIG otherwise), missing ones read as zero.
 * All times are in the unit that the name ends in; all reserved fields must be zero (-EINVAL).
 */
#ifndef VIRTSCHED_UAPI_H
#define VIRTSCHED_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VS_DEVICE_PATH		"/dev/virtsched"

/* Raised when an older reader would misunderstand; additions at the end of a structure do not raise it. */
#define VS_ABI_VERSION		1

#define VS_MAX_VCPUS		1024	/* per domain */
#define VS_MAX_DOMAINS		4096	/* per host */
#define VS_UUID_LEN		16

/**
 * enum vs_class - how a boosted vCPU thread is scheduled, weakest first
 * @VS_CLASS_NONE: no boost
 * @VS_CLASS_NICE: SCHED_NORMAL with a lower nice value
 * @VS_CLASS_SLICE: SCHED_NORMAL with a short EEVDF slice (kernel 6.12 and later)
 * @VS_CLASS_FIFO: SCHED_FIFO at a low priority
 */
enum vs_class {
	VS_CLASS_NONE	= 0,
	VS_CLASS_NICE	= 1,
	VS_CLASS_SLICE	= 2,
	VS_CLASS_FIFO	= 3,
};

/* struct vs_info.features */
#define VS_FEATURE_WAKE		(1ULL << 0)	/* pre-armed wake-up boost */
#define VS_FEATURE_KICK		(1ULL << 1)	/* boost of a preempted vCPU with an interrupt waiting */
#define VS_FEATURE_PAYBACK	(1ULL << 2)	/* boosted time is charged to the fair scheduler */
#define VS_FEATURE_SLICE	(1ULL << 3)	/* VS_CLASS_SLICE works on this kernel */
#define VS_FEATURE_FIFO		(1ULL << 4)	/* VS_CLASS_FIFO is allowed on this kernel (no RT_GROUP_SCHED) */
#define VS_FEATURE_GUEST	(1ULL << 5)	/* VS_IOC_CHANNEL: the guest says itself what is urgent */
#define VS_FEATURE_SPIN		(1ULL << 6)	/* a vCPU that spins helps a preempted sibling */
#define VS_FEATURE_INTERACTIVE	(1ULL << 7)	/* VS_IOC_INTERACTIVE: background tasks of the guest weigh less after user input */
#define VS_FEATURE_IO		(1ULL << 16)	/* a boosted vCPU that waits helps QEMU's threads */
#define VS_FEATURE_QUOTA	(1ULL << 12)	/* VS_IOC_QUOTA: vCPUs that dirty too much memory wait */

/**
 * struct vs_info - VS_IOC_INFO: what this module is and can do
 * @size: in: sizeof; out: what the module knows
 * @abi: VS_ABI_VERSION of the module
 * @features: VS_FEATURE_*
 * @missing: features that this kernel refuses, with the hook that could not be placed in @missing_hook
 * @kvm_loaded: 1 when kvm.ko is loaded and hooked
 * @nr_domains: attached domains
 * @controlled: 1 when a controller holds the device
 * @module_version: NUL-terminated, as in modinfo
 * @missing_hook: NUL-terminated kernel symbol, empty when all hooks are placed
 */
struct vs_info {
	__u32 size;
	__u32 abi;
	__u64 features;
	__u64 missing;
	__u32 kvm_loaded;
	__u32 nr_domains;
	__u32 controlled;
	__u32 reserved;
	char module_version[32];
	char missing_hook[64];
};

/**
 * struct vs_host - VS_IOC_SET_HOST: the admin's ceiling for all domains, in force at once
 * @size: sizeof
 * @max_class: strongest enum vs_class that any domain may use
 * @max_priority: highest SCHED_FIFO priority, 1..49
 * @cpu_share_pct: most of one host CPU that boosts of all domains together may use, 1..90
 * @grace_ms: how long settings stay in force after the controller vanished, 0..600000; then everything is put back
 */
struct vs_host {
	__u32 size;
	__u32 max_class;
	__u32 max_priority;
	__u32 cpu_share_pct;
	__u32 grace_ms;
	__u32 reserved;
};

/* In vs_vcpu_ref.vcpu_id: not a vCPU but a thread of QEMU's that vCPUs wait for, emulator or I/O; the rest is the caller's. */
#define VS_ID_SERVANT		0x80000000U

/**
 * struct vs_vcpu_ref - one vCPU thread
 * @vcpu_id: libvirt's vCPU number, or VS_ID_SERVANT and a number
 * @tid: thread id in the caller's pid namespace
 */
struct vs_vcpu_ref {
	__u32 vcpu_id;
	__s32 tid;
};

/**
 * struct vs_attach - VS_IOC_ATTACH: make a domain known, or replace its list of vCPU threads (hotplug)
 * @size: sizeof
 * @uuid: the domain's UUID, its key in every other call
 * @tgid: QEMU's process; every thread must belong to it (-ESRCH, -EXDEV otherwise). The caller holds a pidfd of it
 *	  around the call, so that the number cannot be reused meanwhile
 * @nr_vcpus: length of @vcpus, 1..VS_MAX_VCPUS
 * @vcpus: user pointer to struct vs_vcpu_ref[]
 * @name: domain name for tracepoints, NUL-terminated, cut if longer
 *
 * Threads that were attached before and are not in the new list are put back. A domain that was left behind by a
 * vanished controller is adopted. Nothing changes for a thread until VS_IOC_CONFIGURE.
 * Return: 0, -EBUSY (a thread belongs to another domain), -ESRCH, -EXDEV, -ENOSPC, -EINVAL, -EPERM (not controller).
 */
struct vs_attach {
	__u32 size;
	__s32 tgid;
	__u8 uuid[VS_UUID_LEN];
	__u32 nr_vcpus;
	__u32 reserved;
	__u64 vcpus;
	char name[64];
};

/* struct vs_config.flags */
#define VS_CONFIG_BOOST		(1U << 0)	/* boost on */
#define VS_CONFIG_GUEST		(1U << 1)	/* heed what the guest says on its channel */
#define VS_CONFIG_IO		(1U << 2)	/* boost QEMU's threads that a boosted vCPU waits for */
#define VS_CONFIG_DEBOOST	(1U << 3)	/* a vCPU in debt that runs nothing urgent goes below normal */

/**
 * struct vs_config - VS_IOC_CONFIGURE: a domain's settings, replaced as a whole; takes effect at once
 * @size: sizeof
 * @uuid: attached domain (-ENOENT)
 * @flags: VS_CONFIG_*
 * @boost_class: enum vs_class wanted; above the ceiling is clamped, see @applied_class
 * @boost_priority: FIFO priority 1..49, nice value as -20..-1 for NICE, slice in us 100..100000 for SLICE
 * @budget_burst_us: longest boost in one go, 50..100000
 * @budget_share_pct: boosted share of one CPU per vCPU in the long run, 1..90
 * @budget_vm_share_pct: boosted share of one CPU for all vCPUs of the domain together, 1..10000; 0: no such limit
 * @applied_class: out: class in force after the ceiling
 * @applied_priority: out: priority, nice or slice in force
 *
 * Return: 0, -ENOENT, -EINVAL, -ERANGE, -EOPNOTSUPP (class not possible on this kernel), -EPERM (not controller).
 */
struct vs_config {
	__u32 size;
	__u32 flags;
	__u8 uuid[VS_UUID_LEN];
	__u32 boost_class;
	__s32 boost_priority;
	__u32 budget_burst_us;
	__u32 budget_share_pct;
	__u32 applied_class;
	__s32 applied_priority;
	__u32 budget_vm_share_pct;
	__u32 reserved[7];
};

/**
 * struct vs_channel - VS_IOC_CHANNEL: the pages that a domain's guest shares with the host, see virtsched-page.h
 * @size: sizeof
 * @nr_pages: header and vCPU pages there are at @addr, 2..VS_PAGE_SLOTS + 1; 0 takes the channel away
 * @uuid: attached domain (-ENOENT)
 * @addr: page-aligned address of the caller's own shared, writable mapping of the device's memory; may be unmapped after the
 *	  call
 * @session: not 0, and another one each time: requests of before are void. A request that says "urgent" for longer than 100 ms
 *	     is void as well, and any that has not changed for 2 s: nobody tells of a guest that was reset
 * @reserved: 0
 *
 * Replaces the channel there is. The host's words are written at once, requests are heeded while VS_CONFIG_GUEST is on. vCPUs
 * beyond the pages have no voice. The pages stay pinned until the channel is taken away or the domain detached.
 * Return: 0, -ENOENT, -EINVAL, -EFAULT (not such a mapping), -ENOMEM, -EPERM (not controller).
 */
struct vs_channel {
	__u32 size;
	__u32 nr_pages;
	__u8 uuid[VS_UUID_LEN];
	__u64 addr;
	__u32 session;
	__u32 reserved;
};

/* struct vs_vcpu_stats.state */
#define VS_STATE_BOOSTED	(1U << 0)	/* the thread has its boosted policy now */
#define VS_STATE_BLOCKED	(1U << 1)	/* in HLT */
#define VS_STATE_EXHAUSTED	(1U << 2)	/* no budget left */
#define VS_STATE_PAYBACK	(1U << 3)	/* owes boosted time that the fair scheduler has not been charged with yet */
#define VS_STATE_STEPPED_BACK	(1U << 4)	/* an outside change of policy or nice was found; hands off */
#define VS_STATE_GONE		(1U << 5)	/* the thread has ended */
#define VS_STATE_REFUSED	(1U << 6)	/* the thread's own policy is not SCHED_NORMAL or SCHED_BATCH */
#define VS_STATE_VOICE		(1U << 7)	/* the guest has answered on its channel, in the present session */
#define VS_STATE_LOW		(1U << 8)	/* below normal, for its debt */
#define VS_STATE_EXT		(1U << 9)	/* sched_ext schedules the thread; hands off */

/**
 * struct vs_vcpu_stats - counters of one vCPU since attach; all grow only
 * @boosts_wake: boosts because the vCPU left HLT
 * @boosts_kick: boosts because an interrupt waited for the preempted vCPU
 * @extended: kicks that made a running boost longer
 * @cutoffs: boosts ended by the timer
 * @exhausted: boosts not given for want of budget, or because the VM owes as much as it may
 * @rejected: boosts not given for any other reason (policy changed outside, change already under way)
 * @boosted_ns: time boosted while runnable
 * @payback_ns: boosted time that the fair scheduler has been charged with
 * @debt_ns: CPU time still owed now (not a counter)
 * @budget_ns: budget left now, negative when overdrawn (not a counter)
 * @boosts_guest: boosts, or longer ones, because the guest said that its work is urgent
 * @unboosts_guest: boosts ended early because the guest said that nothing is
 * @boosts_spin: boosts because a sibling spun while this vCPU was preempted
 * @boosts_task: boosts in an interactive phase, because it ran, or was about to run, what the person waits for
 * @boosts_serve: of a servant: boosts because a boosted vCPU waited while it was preempted
 * @rejected_guest: words of the guest that made no sense, or were too old
 * @deboosts: times that the vCPU went below normal for its debt
 */
struct vs_vcpu_stats {
	__u32 vcpu_id;
	__s32 tid;
	__u32 state;
	__u32 reserved;
	__u64 boosts_wake;
	__u64 boosts_kick;
	__u64 extended;
	__u64 cutoffs;
	__u64 exhausted;
	__u64 rejected;
	__u64 boosted_ns;
	__u64 payback_ns;
	__u64 debt_ns;
	__s64 budget_ns;
	__u64 boosts_guest;
	__u64 unboosts_guest;
	__u64 boosts_spin;
	__u64 rejected_guest;
	__u64 boosts_serve;
	__u64 deboosts;
	__u64 boosts_task;
};

/**
 * struct vs_query - VS_IOC_QUERY: counters of one domain; needs no controller role
 * @size: sizeof
 * @stat_size: in: sizeof(struct vs_vcpu_stats) of the caller; the stride of @stats
 * @nr_vcpus: in: room in @stats; out: vCPUs there are (the call fills what fits)
 * @stats: user pointer to struct vs_vcpu_stats[]
 */
struct vs_query {
	__u32 size;
	__u32 stat_size;
	__u8 uuid[VS_UUID_LEN];
	__u32 nr_vcpus;
	__u32 reserved;
	__u64 stats;
};

/**
 * struct vs_detach - VS_IOC_DETACH: put every thread of a domain back as it was and forget it
 */
struct vs_detach {
	__u32 size;
	__u32 reserved;
	__u8 uuid[VS_UUID_LEN];
};

/* struct vs_quota.flags */
#define VS_QUOTA_ON		(1U << 0)	/* count pages, and limit them if there is a rate */

/**
 * struct vs_quota - VS_IOC_QUOTA: how many pages the vCPUs of a domain may dirty while dirty logging is on
 * @size: sizeof
 * @flags: VS_QUOTA_*; 0 ends it: every vCPU runs freely at once, and debts are forgotten
 * @uuid: attached domain (-ENOENT)
 * @interval_us: quotas are for so long, and a vCPU waits so long at most before it looks again; 1000..1000000
 * @reserved0: 0
 * @rate: pages of 4 KiB per second for all vCPUs together, 1..2^28; 0: count and do not limit
 * @floor: pages per second that each vCPU may dirty whatever @rate says, 0..2^20
 * @pool: most pages that the common pool of what vCPUs left unused holds, 0..2^32
 * @reserved: 0
 *
 * Each vCPU has the same share of @rate, what it does not use goes to the pool, and any vCPU whose share is gone takes from
 * there, first come first served. Who has nothing left sleeps before guest entry. Pages count once in each round of the
 * dirty log; with a dirty ring, each time. A vCPU that was kept out of the guest for 200 ms is let in whatever it owes.
 * Replaces what was asked for before; counters go on.
 * Return: 0, -ENOENT, -EINVAL, -ERANGE, -EPERM (not controller).
 */
struct vs_quota {
	__u32 size;
	__u32 flags;
	__u8 uuid[VS_UUID_LEN];
	__u32 interval_us;
	__u32 reserved0;
	__u64 rate;
	__u64 floor;
	__u64 pool;
	__u64 reserved[2];
};

/* struct vs_quota_stats.state */
#define VS_QUOTA_ASLEEP		(1U << 0)	/* waits before guest entry now */

/**
 * struct vs_quota_stats - of one vCPU since attach; all but @state and @debt grow only
 * @vcpu_id: @tid: as attached
 * @state: VS_QUOTA_*
 * @reserved: 0
 * @dirtied: pages marked dirty in slots with dirty logging
 * @pages: of them, those that were clean in that round: they count
 * @debt: pages beyond the quota that are still to be paid for, 0..1024
 * @slept_ns: time waited before guest entry, in @sleeps pieces
 * @let_ins: times that it ran in spite of its debt
 */
struct vs_quota_stats {
	__u32 vcpu_id;
	__s32 tid;
	__u32 state;
	__u32 reserved;
	__u64 dirtied;
	__u64 pages;
	__u64 debt;
	__u64 slept_ns;
	__u64 sleeps;
	__u64 let_ins;
};

/**
 * struct vs_query_quota - VS_IOC_QUERY_QUOTA: counters and quota of one domain; needs no controller role
 * @size: sizeof
 * @stat_size: in: sizeof(struct vs_quota_stats) of the caller; the stride of @stats
 * @uuid: attached domain (-ENOENT)
 * @nr_vcpus: in: room in @stats; out: vCPUs there are (the call fills what fits)
 * @flags: out: VS_QUOTA_* in force
 * @stats: user pointer to struct vs_quota_stats[]
 * @interval_us: @reserved: out, as set; 0
 * @rate: out: pages per second for all vCPUs, 0: no limit
 * @share: out: pages per second that each vCPU has of its own, floor included
 * @pool_depth: @pool_left: out: pages
 */
struct vs_query_quota {
	__u32 size;
	__u32 stat_size;
	__u8 uuid[VS_UUID_LEN];
	__u32 nr_vcpus;
	__u32 flags;
	__u64 stats;
	__u32 interval_us;
	__u32 reserved;
	__u64 rate;
	__u64 share;
	__u64 pool_depth;
	__u64 pool_left;
};

#include "virtsched-interactive.h"

/**
 * enum vs_event_type - what read() reports; the device polls readable while events wait
 * @VS_EVENT_STEPPED_BACK: somebody else changed a boosted thread's policy or nice value, or sched_ext took it over
 * @VS_EVENT_THREAD_GONE: a vCPU thread ended (hot-unplug, QEMU's end)
 * @VS_EVENT_DOMAIN_GONE: the last thread of a domain ended; it is detached
 * @VS_EVENT_LOST: events were dropped since the last read; query instead
 * @VS_EVENT_PHASE_BEGIN: an interactive phase began; @VS_EVENT_PHASE_END: it ended
 */
enum vs_event_type {
	VS_EVENT_STEPPED_BACK	= 1,
	VS_EVENT_THREAD_GONE	= 2,
	VS_EVENT_DOMAIN_GONE	= 3,
	VS_EVENT_LOST		= 4,
	VS_EVENT_PHASE_BEGIN	= 5,
	VS_EVENT_PHASE_END	= 6,
};

/**
 * struct vs_event - one record of read(); only whole records are returned
 * @type: enum vs_event_type
 * @vcpu_id: vCPU it is about, ~0 for the whole domain
 * @time_ns: CLOCK_MONOTONIC
 */
struct vs_event {
	__u32 type;
	__u32 vcpu_id;
	__u64 time_ns;
	__u8 uuid[VS_UUID_LEN];
};

#define VS_IOC_MAGIC		0xB7
#define VS_IOC_INFO		_IOWR(VS_IOC_MAGIC, 0x00, struct vs_info)
/* Take the controller role for this open file: -EBUSY while another one holds it. Ends with close(), then grace. */
#define VS_IOC_CONTROL		_IO(VS_IOC_MAGIC, 0x01)
#define VS_IOC_SET_HOST		_IOW(VS_IOC_MAGIC, 0x02, struct vs_host)
#define VS_IOC_ATTACH		_IOW(VS_IOC_MAGIC, 0x03, struct vs_attach)
#define VS_IOC_CONFIGURE	_IOWR(VS_IOC_MAGIC, 0x04, struct vs_config)
#define VS_IOC_QUERY		_IOWR(VS_IOC_MAGIC, 0x05, struct vs_query)
#define VS_IOC_DETACH		_IOW(VS_IOC_MAGIC, 0x06, struct vs_detach)
#define VS_IOC_CHANNEL		_IOW(VS_IOC_MAGIC, 0x07, struct vs_channel)
#define VS_IOC_INTERACTIVE	_IOW(VS_IOC_MAGIC, 0x08, struct vs_interactive)
#define VS_IOC_PHASE		_IOW(VS_IOC_MAGIC, 0x09, struct vs_phase_req)
#define VS_IOC_QUERY_TASKS	_IOWR(VS_IOC_MAGIC, 0x0A, struct vs_query_tasks)
#define VS_IOC_QUOTA		_IOW(VS_IOC_MAGIC, 0x0B, struct vs_quota)
#define VS_IOC_QUERY_QUOTA	_IOWR(VS_IOC_MAGIC, 0x0C, struct vs_query_quota)

#endif /* VIRTSCHED_UAPI_H */
