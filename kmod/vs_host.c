// SPDX-License-Identifier: GPL-2.0-only
/*
 * The admin's ceiling, and one budget per host CPU that the boosts of all domains share.
 */
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/ktime.h>

#include "vs_host.h"
#include "vs_policy.h"
#include "vs_pool.h"

/* Longest stretch that boosts together may hold one CPU before its refill counts. */
#define VS_CPU_BURST_NS	(20 * VS_NSEC_PER_MSEC)
/* Long boosts leave so much to short ones, and to QEMU's threads. */
#define VS_CPU_KEPT_NS	(VS_CPU_BURST_NS / 4)

/* Safe without a word from the daemon: lowest FIFO priority, half of a CPU. Written under vs_host_lock. */
static struct vs_host vs_host = {
	.size = sizeof(struct vs_host),
	.max_class = VS_CLASS_FIFO,
	.max_priority = 1,
	.cpu_share_pct = 50,
	.grace_ms = 30000,
};
static DEFINE_SPINLOCK(vs_host_lock);

static DEFINE_PER_CPU(struct vs_pool, vs_host_pools);

static void vs_host_set_budgets(u32 share_pct)
{
	u64 now = ktime_get_mono_fast_ns();
	int cpu;

	for_each_possible_cpu(cpu)
		vs_pool_set(per_cpu_ptr(&vs_host_pools, cpu), now, VS_CPU_BURST_NS, share_pct);
}

void vs_host_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vs_pool_init(per_cpu_ptr(&vs_host_pools, cpu));
	vs_host_set_budgets(vs_host.cpu_share_pct);
}

/* VS_IOC_SET_HOST. Context: process. Return: 0, -EINVAL, -ERANGE. The caller reapplies all domains. */
int vs_host_set(const struct vs_host *host)
{
	if (host->reserved || host->max_class > VS_CLASS_FIFO)
		return -EINVAL;
	if (host->max_priority < 1 || host->max_priority > 49 || host->cpu_share_pct < 1 ||
	    host->cpu_share_pct > 90 || host->grace_ms > 600000)
		return -ERANGE;
	spin_lock(&vs_host_lock);
	vs_host = *host;
	spin_unlock(&vs_host_lock);
	vs_host_set_budgets(host->cpu_share_pct);
	return 0;
}

u32 vs_host_grace_ms(void)
{
	return READ_ONCE(vs_host.grace_ms);
}

/* Class and priority in force for @config into @out's applied fields. Context: process. */
void vs_host_clamp(const struct vs_config *config, struct vs_config *out)
{
	u32 boost_class = config->flags & VS_CONFIG_BOOST ? config->boost_class : VS_CLASS_NONE;
	s32 priority = config->boost_priority;

	spin_lock(&vs_host_lock);
	vs_policy_clamp(&boost_class, &priority, vs_host.max_class, vs_host.max_priority);
	spin_unlock(&vs_host_lock);
	out->applied_class = boost_class;
	out->applied_priority = boost_class == VS_CLASS_NONE ? 0 : priority;
}

/* How much of @want this CPU's budget allows now. @spare: only of what others do not need for interrupts. Context: any. */
u64 vs_host_grant(int cpu, u64 now, u64 want, bool spare)
{
	return vs_pool_grant(per_cpu_ptr(&vs_host_pools, cpu), now, want, spare ? VS_CPU_KEPT_NS : 0);
}

/* A boosted vCPU ran here. Context: any. */
void vs_host_charge(int cpu, u64 now, u64 ran)
{
	vs_pool_charge(per_cpu_ptr(&vs_host_pools, cpu), now, ran);
}
