// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtsched.ko: scheduling mechanisms for KVM's vCPU threads, from outside of kvm.ko. Policy is virtschedd's.
 *
 *	vs_dev, vs_ioctl, vs_events	/dev/virtsched
 *	vs_domain			which domains and threads are attached
 *	vs_vcpu, vs_policy		one thread: its parameters, what they were, putting them back
 *	vs_boost, vs_payback		when a thread is boosted, how that ends, how it is paid for
 *	vs_quota, vs_quota_calc		dirtied pages are counted, who dirties too many waits
 *	vs_tasks, vs_guest_task, vs_tick	which tasks the guests run, and what each uses
 *	vs_phase, vs_phase_wait, vs_input	what a phase makes of them; who only waits; what begins it
 *	vs_host, vs_budget_calc		the host's ceiling; the arithmetic of budgets (vs_pot_calc: and of debts)
 *	vs_hooks, vs_hook_kvm		probes in KVM and the scheduler
 *	vs_worker			changes of threads that are not current
 */
#include <linux/module.h>

#include "vs_dev.h"
#include "vs_domain.h"
#include "vs_events.h"
#include "vs_hooks.h"
#include "vs_host.h"
#include "vs_phase.h"
#include "vs_quota.h"
#include "vs_tick.h"
#include "vs_worker.h"

static int __init vs_init(void)
{
	int err;

	vs_host_init();
	vs_tick_init();
	err = vs_quota_start();
	if (err)
		return err;
	err = vs_worker_start();
	if (err)
		goto err_quota;
	err = vs_hooks_start();
	if (err)
		goto err_worker;
	err = vs_dev_start();
	if (err)
		goto err_hooks;
	return 0;

err_hooks:
	vs_hooks_stop();
err_worker:
	vs_worker_stop();
err_quota:
	vs_quota_stop();
	return err;
}

static void __exit vs_exit(void)
{
	vs_dev_stop();
	vs_domains_detach_all();
	vs_hooks_stop();
	vs_domains_exit();
	vs_phase_exit();
	vs_tick_stop();
	vs_worker_stop();
	vs_events_exit();
	/* Memory of the last vCPUs is freed by RCU callbacks in this module's text. */
	rcu_barrier();
}

module_init(vs_init);
module_exit(vs_exit);
MODULE_DESCRIPTION("Scheduling of virtual machines by what they are doing");
MODULE_AUTHOR("The virtsched maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(VS_VERSION);
