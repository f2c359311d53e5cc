/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file with kernel version checks. Supported: 6.1 (CFS) to 7.x (EEVDF). Each entry says what changed and when.
 */
#ifndef VS_COMPAT_H
#define VS_COMPAT_H

#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/uprobes.h>
#include <linux/version.h>
#if __has_include(<linux/entry-virt.h>)
#include <linux/entry-virt.h>
#else
#include <linux/entry-kvm.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "virtsched needs Linux 6.1 or later"
#endif

/* 6.13: hrtimer_init() became hrtimer_setup() and took the function. */
static inline void vs_hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*fn)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
	timer->function = fn;
#endif
}

/* 6.12: sched_attr.sched_runtime is a fair task's EEVDF slice, kept in se.custom_slice and se.slice. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define VS_HAS_SLICE 1
static inline u64 vs_task_slice(const struct task_struct *task)
{
	return task->se.custom_slice ? task->se.slice : 0;
}
#else
#define VS_HAS_SLICE 0
static inline u64 vs_task_slice(const struct task_struct *task)
{
	return 0;
}
#endif

/*
 * 7.0: a group that leaves its queue while it is behind (its last thread becomes SCHED_FIFO for a boost) is placed anew when it comes
 * back, not further behind than its slice and a tick; until then it stayed where it was. What it was charged beyond that would be
 * forgotten with the next boost. The slice is what it runs until it is switched out: the tick is left for the charge.
 */
#define VS_LAG_IS_CUT (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

/*
 * 6.12: sched_ext. A thread that a BPF scheduler has is of policy SCHED_NORMAL all the same; its state tells. That is a number of its
 * own in 6.12 and has its place in the flags since 7.2.
 */
static inline bool vs_task_is_ext(const struct task_struct *task)
{
#ifdef CONFIG_SCHED_CLASS_EXT
	u32 enabled = SCX_TASK_ENABLED & SCX_TASK_STATE_MASK ? SCX_TASK_ENABLED : SCX_TASK_ENABLED << SCX_TASK_STATE_SHIFT;

	return (READ_ONCE(task->scx.flags) & SCX_TASK_STATE_MASK) == enabled;
#else
	return false;
#endif
}

/* 6.18: KVM's pre-entry work function lost its vcpu argument (and moved from entry/kvm.c to entry/virt.c). */
struct kvm_vcpu;
static inline int vs_xfer_to_guest_mode(struct kvm_vcpu *vcpu)
{
#if __has_include(<linux/entry-virt.h>)
	return xfer_to_guest_mode_handle_work();
#else
	return xfer_to_guest_mode_handle_work(vcpu);
#endif
}

static inline struct kvm_vcpu *vs_xfer_vcpu(struct kvm_vcpu *vcpu)
{
#if __has_include(<linux/entry-virt.h>)
	return NULL;
#else
	return vcpu;
#endif
}

/* 6.2: what ftrace saves of the registers has accessors. */
static inline unsigned long vs_ftrace_argument(struct ftrace_regs *fregs, unsigned int n)
{
#ifdef ftrace_regs_get_argument
	return ftrace_regs_get_argument(fregs, n);
#else
	return regs_get_kernel_argument(&fregs->regs, n);
#endif
}

/* 6.13: with lazy preemption a fair thread that is to make way for another one has a flag of its own until the next tick. */
static inline bool vs_need_resched(void)
{
#ifdef TIF_NEED_RESCHED_LAZY
	return need_resched() || test_thread_flag(TIF_NEED_RESCHED_LAZY);
#else
	return need_resched();
#endif
}

/* 7.x: kvm_vcpu_kick() is an inline around __kvm_vcpu_kick(). Tried in this order. */
#define VS_KICK_SYMBOLS "__kvm_vcpu_kick", "kvm_vcpu_kick"

/*
 * 6.12: uprobe_register() returns a handle, takes the reference counter's offset, and unregistering has two halves; the filter lost its
 * context. 6.13: the handler has a third argument.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define VS_UPROBE_FILTER(name, uc, mm)	bool name(struct uprobe_consumer *uc, struct mm_struct *mm)
static inline int vs_uprobe_register(struct inode *inode, loff_t offset, struct uprobe_consumer *uc, struct uprobe **handle)
{
	*handle = uprobe_register(inode, offset, 0, uc);
	return PTR_ERR_OR_ZERO(*handle);
}

static inline void vs_uprobe_unregister(struct inode *inode, loff_t offset, struct uprobe_consumer *uc, struct uprobe *handle)
{
	uprobe_unregister_nosync(handle, uc);
	uprobe_unregister_sync();
}
#else
#define VS_UPROBE_FILTER(name, uc, mm) \
	bool name(struct uprobe_consumer *uc, enum uprobe_filter_ctx context, struct mm_struct *mm)
static inline int vs_uprobe_register(struct inode *inode, loff_t offset, struct uprobe_consumer *uc, struct uprobe **handle)
{
	return uprobe_register(inode, offset, uc);
}

static inline void vs_uprobe_unregister(struct inode *inode, loff_t offset, struct uprobe_consumer *uc, struct uprobe *handle)
{
	uprobe_unregister(inode, offset, uc);
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define VS_UPROBE_HANDLER(name, uc, regs)	int name(struct uprobe_consumer *uc, struct pt_regs *regs, __u64 *unused)
#else
#define VS_UPROBE_HANDLER(name, uc, regs)	int name(struct uprobe_consumer *uc, struct pt_regs *regs)
#endif

#endif /* VS_COMPAT_H */
