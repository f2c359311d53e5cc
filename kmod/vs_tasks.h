/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tasks of one domain's guest: which vCPU runs which, what each used. Sampled by the vCPU threads themselves on their way
 * through hooks that are there anyway. What a phase makes of it is in vs_phase.c.
 */
#ifndef VS_TASKS_H
#define VS_TASKS_H

#include <linux/atomic.h>
#include <linux/spinlock.h>

#include "uapi/virtsched.h"
#include "vs_load_calc.h"

struct kvm_vcpu;
struct vs_domain;
struct vs_vcpu;

/**
 * struct vs_tasks - of one domain; made at the first VS_IOC_INTERACTIVE, freed with the domain
 * @lock: guards all below, and struct vs_watch of the domain's vCPUs; innermost, irqsave
 * @on: VS_INTERACTIVE_ON; @no_nice: VS_INTERACTIVE_NO_NICE
 * @heed: VS_INTERACTIVE_GUEST; @tell: VS_INTERACTIVE_TELL
 * @inputs: VS_INPUT_* that start a phase
 * @rules: what classification goes by
 * @nice: what background raises the nice value by
 * @track: VS_TRACK_*
 * @ring_ns: VS_IOC_INTERACTIVE's audio_latency_us
 * @in: inputs so far
 * @phase_since: 0: no phase is on; @phase_until: it ends then
 * @judged: last classification
 * @swarm: many young tasks together were background then
 * @sound_at: QEMU was last given sound then
 * @idler: the task that idles
 * @nr_inputs: @nr_ignored: @nr_phases: @nr_evicted: counters; @nr_weights: likewise
 * @task: the table
 */
struct vs_tasks {
	raw_spinlock_t lock;
	bool on;
	bool no_nice;
	bool heed;
	bool tell;
	u32 inputs;
	struct vs_rules rules;
	u32 nice;
	u32 track;
	u64 ring_ns;
	struct vs_inputs in;
	u64 phase_since;
	u64 phase_until;
	u64 judged;
	bool swarm;
	u64 sound_at;
	struct vs_idler idler;
	u64 nr_inputs;
	u64 nr_ignored;
	u64 nr_phases;
	u64 nr_evicted;
	atomic64_t nr_weights;
	struct vs_task task[VS_MAX_TASKS];
};

struct vs_tasks *vs_tasks_new(void);
void vs_tasks_watch(struct vs_domain *d);
bool vs_tasks_wants_entry(const struct vs_vcpu *v);
void vs_tasks_kicked(struct vs_vcpu *v, const struct kvm_vcpu *vcpu);
void vs_tasks_sample(struct vs_vcpu *v, const struct kvm_vcpu *vcpu);
void vs_tasks_work(struct vs_vcpu *v);
void vs_tasks_halt(struct vs_vcpu *v, const struct kvm_vcpu *vcpu);
void vs_tasks_wake(struct vs_vcpu *v);
u32 vs_tasks_lag(const struct vs_vcpu *v, u64 now);
bool vs_tasks_in_phase(const struct vs_domain *d);
bool vs_tasks_serves(const struct vs_vcpu *v, u64 now);
bool vs_tasks_works(const struct vs_vcpu *v, u64 now);
bool vs_tasks_sound(const struct vs_tasks *tasks, u64 now);

#endif /* VS_TASKS_H */
