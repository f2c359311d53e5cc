// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes in KVM. They run for every vCPU of the host while any domain is attached: the first thing each does is to
 * look the thread up, and an empty hash bucket ends it. No kvm.ko symbol is linked.
 */
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/trace_recursion.h>

#include "vs_boost.h"
#include "vs_compat.h"
#include "vs_hooks.h"
#include "vs_quota.h"
#include "vs_tasks.h"
#include "vs_vcpu.h"

/* vCPU threads between the redirection and the end of vs_entry(). */
static atomic_t vs_entry_users = ATOMIC_INIT(0);

/* kvm_vcpu_halt(vcpu): current is the vCPU, and is about to block. */
static int vs_probe_halt(struct kprobe *kp, struct pt_regs *regs)
{
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (!v)
		return 0;
	vs_tasks_halt(v, (struct kvm_vcpu *)regs_get_kernel_argument(regs, 0));
	vs_boost_block(v);
	return 0;
}

/*
 * kvm_vcpu_kick(vcpu), kvm_vcpu_wake_up(vcpu): any context, also a timer's interrupt in the middle of another probe. Preemption is
 * off in between.
 */
static void notrace vs_trace_kick(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	int bit = ftrace_test_recursion_trylock(ip, parent_ip);
	struct kvm_vcpu *vcpu;
	struct vs_vcpu *v;

	if (bit < 0)
		return;
	vcpu = (struct kvm_vcpu *)vs_ftrace_argument(fregs, 0);
	/* Only compared, never followed: it may be stale. */
	v = vs_vcpu_find((const struct pid *)READ_ONCE(vcpu->pid));
	if (v) {
		vs_tasks_kicked(v, vcpu);
		vs_boost_kick(v);
	}
	ftrace_test_recursion_unlock(bit);
}

struct ftrace_ops vs_kvm_trace = { .func = vs_trace_kick };

/* kvm_emulate_hypercall(vcpu): current is the vCPU. Any hypercall has its word looked at. */
static int vs_probe_hypercall(struct kprobe *kp, struct pt_regs *regs)
{
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (v)
		vs_boost_give_up(v, true);
	return 0;
}

/* kvm_vcpu_yield_to(), when a vCPU spins or yields, asks yield_to(task, preempt) to have a preempted sibling run. */
static int vs_probe_yield(struct kprobe *kp, struct pt_regs *regs)
{
	struct task_struct *task = (struct task_struct *)regs_get_kernel_argument(regs, 0);
	struct vs_vcpu *v = vs_vcpu_find(task_pid(task));
	struct vs_vcpu *spinner = vs_vcpu_find(task_pid(current));

	if (spinner)
		vs_boost_give_up(spinner, false);
	if (v)
		vs_boost_spin(v);
	return 0;
}

/*
 * mark_page_dirty_in_slot(kvm, slot, gfn): every page that a vCPU dirties comes here, by fault, by PML, by emulation; so do
 * steal time and the like, under the rq lock. Without dirty logging there is nothing to count.
 */
static int vs_probe_dirty(struct kprobe *kp, struct pt_regs *regs)
{
	const struct kvm_memory_slot *slot = (const struct kvm_memory_slot *)regs_get_kernel_argument(regs, 1);
	gfn_t page = (gfn_t)regs_get_kernel_argument(regs, 2);
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (!v || !slot || !(slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return 0;
	page -= slot->base_gfn;
	if (page < slot->npages)
		vs_quota_dirtied(v, !slot->dirty_bitmap || !test_bit_le(page, slot->dirty_bitmap));
	return 0;
}

/* kvm_sched_out(notifier, next): current is the vCPU, under the rq lock. */
static int vs_probe_out(struct kprobe *kp, struct pt_regs *regs)
{
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (v)
		vs_boost_lost(v);
	return 0;
}

/* kvm_arch_vcpu_ioctl_run(vcpu): current is the vCPU, and comes from userspace. */
static int vs_probe_run(struct kprobe *kp, struct pt_regs *regs)
{
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (v)
		vs_quota_resume(v);
	return 0;
}

/*
 * Stands in for KVM's pre-entry work. The original is called from here, and our probe lets it pass (VS_BIT_IN_ENTRY).
 * @vcpu is the original's argument, which newer kernels do not have.
 */
static noinline int vs_entry(struct kvm_vcpu *vcpu)
{
	struct vs_vcpu *v = vs_vcpu_get_current();
	unsigned long switches, before = current->nivcsw;
	bool turn;
	int ret;

	if (v) {
		set_bit(VS_BIT_IN_ENTRY, &v->bits);
		vs_tasks_sample(v, vs_xfer_vcpu(vcpu));
	}
	do {
		if (v) {
			if (vs_quota_by_entry())
				vs_quota_wait(v);
			vs_boost_entry(v);
		}
		switches = current->nivcsw;
		ret = vs_xfer_to_guest_mode(vcpu);
		/* The thread may have been preempted in there, and the timer may have fired since. */
		turn = current->nivcsw != switches;
	} while (!ret && v && (vs_boost_again(v, turn) || (vs_quota_by_entry() && vs_quota_due(v))));
	if (v) {
		/* It has waited, and the guest has not run meanwhile: that time is the same task's. */
		if (current->nivcsw != before)
			vs_tasks_sample(v, NULL);
		clear_bit(VS_BIT_IN_ENTRY, &v->bits);
		vs_vcpu_put(v);
	}
	atomic_dec(&vs_entry_users);
	return ret;
}

/* xfer_to_guest_mode_handle_work(): current is a vCPU outside of SRCU, with work pending. */
static int vs_probe_entry(struct kprobe *kp, struct pt_regs *regs)
{
	struct vs_vcpu *v = vs_vcpu_find(task_pid(current));

	if (!v || !(vs_boost_wants_entry(v) || vs_quota_wants_entry(v) || vs_tasks_wants_entry(v)))
		return 0;
	atomic_inc(&vs_entry_users);
	regs->ip = (unsigned long)vs_entry;
	return 1;
}

/* kvm:kvm_vcpu_wakeup: current is the vCPU, and leaves kvm_vcpu_halt(). */
void vs_hook_kvm_wakeup(void *data, u64 ns, bool waited, bool valid)
{
	struct vs_vcpu *v;

	rcu_read_lock();
	v = vs_vcpu_find(task_pid(current));
	if (v) {
		vs_tasks_wake(v);
		vs_boost_wake(v, waited, ns);
	}
	rcu_read_unlock();
}

/* Wait until no thread is in vs_entry() or in a work, nor on its last instructions. Everything is detached: nobody stays long. */
void vs_hook_kvm_drain(void)
{
	while (atomic_read(&vs_entry_users))
		schedule_timeout_uninterruptible(1);
	vs_quota_stop();
	synchronize_rcu_tasks();
}

static const char *const vs_halt_symbols[] = { "kvm_vcpu_halt", NULL };
static const char *const vs_wake_symbols[] = { "kvm_vcpu_wake_up", NULL };
static const char *const vs_kick_symbols[] = { VS_KICK_SYMBOLS, NULL };
static const char *const vs_hypercall_symbols[] = { "kvm_emulate_hypercall", NULL };
static const char *const vs_yield_symbols[] = { "yield_to", NULL };
static const char *const vs_dirty_symbols[] = { "mark_page_dirty_in_slot", NULL };
static const char *const vs_run_symbols[] = { "kvm_arch_vcpu_ioctl_run", NULL };
static const char *const vs_out_symbols[] = { "kvm_sched_out", NULL };
static const char *const vs_xfer_symbols[] = { "xfer_to_guest_mode_handle_work", NULL };

struct vs_probe vs_kvm_probes[] = {
	{ vs_halt_symbols, vs_probe_halt, .in_kvm = true, .feature = VS_FEATURE_WAKE },
	{ vs_wake_symbols, .traced = true, .in_kvm = true, .feature = VS_FEATURE_KICK },
	{ vs_kick_symbols, .traced = true, .in_kvm = true, .feature = VS_FEATURE_KICK },
	{ vs_hypercall_symbols, vs_probe_hypercall, .in_kvm = true, .feature = VS_FEATURE_GUEST,
	  .optional = true },
	{ vs_yield_symbols, vs_probe_yield, .feature = VS_FEATURE_SPIN, .optional = true },
	{ vs_dirty_symbols, vs_probe_dirty, .in_kvm = true, .feature = VS_FEATURE_QUOTA, .optional = true },
	{ vs_run_symbols, vs_probe_run, .in_kvm = true, .feature = VS_FEATURE_QUOTA, .optional = true },
	{ vs_out_symbols, vs_probe_out, .in_kvm = true, .preempts = true },
	{ vs_xfer_symbols, vs_probe_entry, .redirects = true, .feature = VS_FEATURE_PAYBACK },
};
const unsigned int vs_nr_kvm_probes = ARRAY_SIZE(vs_kvm_probes);
