/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registry of attached domains: who is attached, with which settings, under which host ceiling.
 */
#ifndef VS_DOMAIN_H
#define VS_DOMAIN_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/sched.h>

#include "uapi/virtsched.h"
#include "vs_pool.h"
#include "vs_quota.h"

struct vs_channel_map;
struct vs_input;
struct vs_tasks;

/**
 * struct vs_domain - one attached libvirt domain
 * @link: in the registry; under its mutex
 * @ref: the registry and each vCPU hold one
 * @uuid: key
 * @name: for tracepoints
 * @tgid: QEMU, in the caller's pid namespace at attach
 * @vcpus: struct vs_vcpu; under the registry's mutex
 * @nr_vcpus: how many of @vcpus are vCPUs
 * @servants: those of @vcpus that are not vCPUs; RCU, written under the registry's mutex
 * @served_ns: boosted time of servants that the next vCPU to pay takes over
 * @pots: per CPU, what its vCPUs there owe together
 * @config: as asked for, before the ceiling; flags 0 until the first configure
 * @pool: boosted time of all vCPUs together
 * @quota: of pages dirtied
 * @channel: pages shared with the guest, or NULL; under the registry's mutex
 * @tasks: of the guest; set once, with the first VS_IOC_INTERACTIVE
 * @input: what watches QEMU's input, or NULL; under the registry's mutex
 */
struct vs_domain {
	struct list_head link;
	struct kref ref;
	u8 uuid[VS_UUID_LEN];
	char name[64];
	s32 tgid;
	struct list_head vcpus;
	u32 nr_vcpus;
	struct hlist_head servants;
	atomic64_t served_ns;
	struct vs_cpu_pot __percpu *pots;
	struct vs_config config;
	struct vs_pool pool;
	struct vs_quota_domain quota;
	struct vs_channel_map *channel;
	struct vs_tasks *tasks;
	struct vs_input *input;
};

struct vs_domain *vs_domain_get(struct vs_domain *d);
void vs_domain_put(struct vs_domain *d);

int vs_domains_attach(const struct vs_attach *req, const struct vs_vcpu_ref *refs);
int vs_domains_configure(struct vs_config *config);
int vs_domains_channel(const struct vs_channel *req);
struct vs_domain *vs_domains_begin(const u8 *uuid);
void vs_domains_end(void);
void vs_domains_changed(void);
void vs_domains_each(void (*fn)(struct vs_domain *d, void *data), void *data);
int vs_domains_detach(const u8 *uuid);
int vs_domains_query(const u8 *uuid, struct vs_vcpu_stats *stats, u32 room, u32 *total);
void vs_domains_detach_all(void);
void vs_domains_reapply(void);
u32 vs_domains_count(void);
void vs_domains_thread_exit(void *data, struct task_struct *task);
void vs_domains_exit(void);

#endif /* VS_DOMAIN_H */
