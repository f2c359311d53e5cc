/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Placing and arming the hooks into KVM and the scheduler. What a hook does is in vs_hook_kvm.c and vs_domain.c.
 */
#ifndef VS_HOOKS_H
#define VS_HOOKS_H

#include <linux/kprobes.h>

#include "uapi/virtsched.h"

/**
 * struct vs_probe - a kprobe on the entry of a function, by ftrace
 * @symbols: names in the order to try, ends with NULL
 * @handler: pre-handler
 * @redirects: the handler may change the instruction pointer
 * @in_kvm: the function is in kvm.ko
 * @feature: VS_FEATURE_* that needs it
 * @optional: armed only while a domain uses @feature
 * @kp: registered while @placed
 * @placed: @armed: under the hooks' mutex
 */
struct vs_probe {
	const char *const *symbols;
	kprobe_pre_handler_t handler;
	bool redirects;
	bool in_kvm;
	u64 feature;
	bool optional;
	struct kprobe kp;
	bool placed;
	bool armed;
};

extern struct vs_probe vs_kvm_probes[];
extern const unsigned int vs_nr_kvm_probes;
void vs_hook_kvm_wakeup(void *data, u64 ns, bool waited, bool valid);
void vs_hook_kvm_drain(void);

int vs_hooks_start(void);
void vs_hooks_stop(void);
int vs_hooks_arm(u64 wanted);
void vs_hooks_disarm(void);
void vs_hooks_info(struct vs_info *info);

#endif /* VS_HOOKS_H */
