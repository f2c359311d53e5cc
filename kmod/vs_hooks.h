/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Placing and arming the hooks into KVM and the scheduler. What a hook does is in vs_hook_kvm.c and vs_domain.c.
 */
#ifndef VS_HOOKS_H
#define VS_HOOKS_H

#include <linux/ftrace.h>
#include <linux/kprobes.h>

#include "uapi/virtsched.h"

/* So many probes can be @traced. */
#define VS_MAX_TRACED	2

/**
 * struct vs_probe - a hook on the entry of a function, a kprobe by ftrace
 * @symbols: names in the order to try, ends with NULL
 * @handler: pre-handler
 * @traced: instead, the function is one of vs_kvm_trace's: interrupts call it, and a kprobe in the middle of another one's handler
 *	is missed
 * @redirects: the handler may change the instruction pointer
 * @in_kvm: the function is in kvm.ko
 * @preempts: only where the kernel preempts itself, and without it boosts are lost at times, but nothing else
 * @feature: VS_FEATURE_* that needs it
 * @optional: armed only while a domain uses @feature
 * @kp: registered while @placed; with @traced only to find @ip
 * @ip: where ftrace calls from
 * @placed: @armed: under the hooks' mutex; what is @traced is armed with all others
 */
struct vs_probe {
	const char *const *symbols;
	kprobe_pre_handler_t handler;
	bool traced;
	bool redirects;
	bool in_kvm;
	bool preempts;
	u64 feature;
	bool optional;
	struct kprobe kp;
	unsigned long ip;
	bool placed;
	bool armed;
};

extern struct vs_probe vs_kvm_probes[];
extern const unsigned int vs_nr_kvm_probes;
extern struct ftrace_ops vs_kvm_trace;
void vs_hook_kvm_wakeup(void *data, u64 ns, bool waited, bool valid);
void vs_hook_kvm_drain(void);

int vs_hooks_start(void);
void vs_hooks_stop(void);
int vs_hooks_arm(u64 wanted);
void vs_hooks_disarm(void);
void vs_hooks_info(struct vs_info *info);

#endif /* VS_HOOKS_H */
