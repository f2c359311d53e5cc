// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placing the hooks (registered, not armed) while kvm.ko is there, and arming them while a domain is attached: a host
 * without one pays nothing. A kprobe that is not ftrace-based is refused: its handler would run in_interrupt(). What interrupts
 * call is hooked by ftrace itself, see struct vs_probe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/tracepoint.h>

#include "vs_domain.h"
#include "vs_hooks.h"
#include "vs_policy.h"

static DEFINE_MUTEX(vs_hooks_lock);
static bool vs_armed;
static bool vs_traces;
static bool vs_kvm_there;
static u64 vs_missing;
static char vs_missing_symbol[64];
static struct tracepoint *vs_tp_wakeup;
static struct tracepoint *vs_tp_exit;

static void vs_probe_post(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

/*
 * Where the ftrace hook is while nothing is armed: one that had no function at all would be called for every function. To have it
 * there from load to unload makes arming and disarming cheap, as only leaving for good waits for all tasks of the host.
 */
static noinline void vs_trace_rest(void)
{
	barrier();
}

static int vs_trace_start(void)
{
	int err = ftrace_set_filter_ip(&vs_kvm_trace, (unsigned long)vs_trace_rest, 0, 0);

	if (!err)
		err = register_ftrace_function(&vs_kvm_trace);
	if (!err)
		return 0;
	ftrace_free_filter(&vs_kvm_trace);
	pr_err("cannot hook functions by ftrace: %d\n", err);
	return err;
}

/* Context: process; nothing is armed. When it returns the handler is not running any more. */
static void vs_trace_stop(void)
{
	unregister_ftrace_function(&vs_kvm_trace);
	ftrace_free_filter(&vs_kvm_trace);
}

/* All that it traces at once: each change is a walk over all traceable functions. Context: hooks' mutex. */
static int vs_trace_set(bool on)
{
	unsigned long ips[VS_MAX_TRACED];
	unsigned int i, n = 0;
	int err;

	if (on == vs_traces)
		return 0;
	for (i = 0; i < vs_nr_kvm_probes; i++)
		if (vs_kvm_probes[i].traced && n < VS_MAX_TRACED)
			ips[n++] = vs_kvm_probes[i].ip;
	err = ftrace_set_filter_ips(&vs_kvm_trace, ips, n, !on, 0);
	if (!err)
		vs_traces = on;
	return err;
}

static int vs_probe_place(struct vs_probe *p)
{
	const char *const *symbol;
	int err = -ENOENT;

	if (p->preempts && !preempt_model_preemptible())
		return 0;
	for (symbol = p->symbols; *symbol; symbol++) {
		p->kp = (struct kprobe){
			.symbol_name = *symbol,
			.pre_handler = p->handler,
			/* With a post-handler ftrace knows that the ip may change, and keeps live patches away. */
			.post_handler = p->redirects ? vs_probe_post : NULL,
			.flags = KPROBE_FLAG_DISABLED,
		};
		err = register_kprobe(&p->kp);
		if (err)
			continue;
		p->placed = p->kp.flags & KPROBE_FLAG_FTRACE;
		p->ip = (unsigned long)p->kp.addr;
		if (p->traced || !p->placed)
			unregister_kprobe(&p->kp);
		if (p->placed)
			return 0;
		err = -EOPNOTSUPP;
	}
	if (p->preempts)
		return 0;
	vs_missing |= p->feature;
	strscpy(vs_missing_symbol, p->symbols[0], sizeof(vs_missing_symbol));
	return err;
}

static void vs_probe_remove(struct vs_probe *p)
{
	if (p->placed && !p->traced)
		unregister_kprobe(&p->kp);
	p->placed = false;
}

static int vs_probes_place(bool in_kvm)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < vs_nr_kvm_probes && !err; i++)
		if (vs_kvm_probes[i].in_kvm == in_kvm)
			err = vs_probe_place(&vs_kvm_probes[i]);
	return err;
}

static void vs_probes_remove(bool in_kvm)
{
	unsigned int i;

	for (i = 0; i < vs_nr_kvm_probes; i++)
		if (vs_kvm_probes[i].in_kvm == in_kvm)
			vs_probe_remove(&vs_kvm_probes[i]);
}

static void vs_probe_disarm(struct vs_probe *p)
{
	if (p->armed)
		disable_kprobe(&p->kp);
	p->armed = false;
}

/* Arm what always has to be and what @wanted needs, disarm the rest. On an error what was armed before is as it was, or off. */
static int vs_probes_arm(u64 wanted)
{
	unsigned int i;
	int err;

	for (i = 0; i < vs_nr_kvm_probes; i++) {
		struct vs_probe *p = &vs_kvm_probes[i];

		if (p->optional && !(p->feature & wanted)) {
			vs_probe_disarm(p);
		} else if (p->placed && !p->armed && !p->traced) {
			err = enable_kprobe(&p->kp);
			if (err)
				return err;
			p->armed = true;
		}
	}
	return vs_trace_set(true);
}

static void vs_disarm_locked(void)
{
	unsigned int i;

	lockdep_assert_held(&vs_hooks_lock);
	if (!vs_armed)
		return;
	for (i = 0; i < vs_nr_kvm_probes; i++)
		vs_probe_disarm(&vs_kvm_probes[i]);
	vs_trace_set(false);
	if (vs_tp_wakeup)
		tracepoint_probe_unregister(vs_tp_wakeup, vs_hook_kvm_wakeup, NULL);
	tracepoint_probe_unregister(vs_tp_exit, vs_domains_thread_exit, NULL);
	tracepoint_synchronize_unregister();
	vs_armed = false;
}

static int vs_arm_locked(u64 wanted)
{
	int err;

	lockdep_assert_held(&vs_hooks_lock);
	if (vs_armed)
		return vs_probes_arm(wanted);
	err = tracepoint_probe_register(vs_tp_exit, vs_domains_thread_exit, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(vs_tp_wakeup, vs_hook_kvm_wakeup, NULL);
	if (err) {
		tracepoint_probe_unregister(vs_tp_exit, vs_domains_thread_exit, NULL);
		tracepoint_synchronize_unregister();
		return err;
	}
	vs_armed = true;
	err = vs_probes_arm(wanted);
	if (err)
		vs_disarm_locked();
	return err;
}

/**
 * vs_hooks_arm() - a domain is about to be attached, or what the domains need has changed
 * @wanted: VS_FEATURE_* of optional hooks that a domain needs
 *
 * Context: process. Each change costs the kernel a walk over all its traceable functions.
 * Return: 0 (also when armed already), -ENODEV without kvm.ko, -EOPNOTSUPP when a hook cannot be placed.
 */
int vs_hooks_arm(u64 wanted)
{
	int err;

	mutex_lock(&vs_hooks_lock);
	if (!vs_kvm_there)
		err = -ENODEV;
	else if (vs_missing || !vs_tp_wakeup)
		err = -EOPNOTSUPP;
	else
		err = vs_arm_locked(wanted);
	mutex_unlock(&vs_hooks_lock);
	return err;
}

/* The last domain was detached. Context: process. */
void vs_hooks_disarm(void)
{
	mutex_lock(&vs_hooks_lock);
	vs_disarm_locked();
	mutex_unlock(&vs_hooks_lock);
}

static void vs_kvm_comes(void)
{
	mutex_lock(&vs_hooks_lock);
	if (!vs_kvm_there && !vs_probes_place(true))
		vs_kvm_there = true;
	mutex_unlock(&vs_hooks_lock);
}

static void vs_kvm_goes(void)
{
	mutex_lock(&vs_hooks_lock);
	vs_disarm_locked();
	/* Whatever was left there for want of memory, ftrace forgets with the module. */
	vs_traces = false;
	vs_probes_remove(true);
	vs_kvm_there = false;
	vs_missing &= ~(VS_FEATURE_WAKE | VS_FEATURE_KICK | VS_FEATURE_GUEST | VS_FEATURE_QUOTA);
	mutex_unlock(&vs_hooks_lock);
}

static int vs_module_event(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "kvm"))
		return NOTIFY_OK;
	if (state == MODULE_STATE_LIVE)
		vs_kvm_comes();
	else if (state == MODULE_STATE_GOING)
		vs_kvm_goes();
	return NOTIFY_OK;
}
static struct notifier_block vs_module_nb = { .notifier_call = vs_module_event };

/* Called for the modules that are there already, too. */
static int vs_tracepoint_event(struct notifier_block *nb, unsigned long state, void *data)
{
	struct tp_module *tpm = data;
	int i;

	if (strcmp(tpm->mod->name, "kvm"))
		return NOTIFY_OK;
	if (state == MODULE_STATE_GOING) {
		vs_kvm_goes();
		vs_tp_wakeup = NULL;
		return NOTIFY_OK;
	}
	for (i = 0; i < tpm->mod->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&tpm->mod->tracepoints_ptrs[i]);

		if (!strcmp(tp->name, "kvm_vcpu_wakeup"))
			vs_tp_wakeup = tp;
	}
	return NOTIFY_OK;
}
static struct notifier_block vs_tracepoint_nb = { .notifier_call = vs_tracepoint_event };

static void vs_find_exit(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		vs_tp_exit = tp;
}

/**
 * vs_hooks_start() - place what can be placed
 *
 * Context: module_init. kvm.ko may come later.
 * Return: 0; -EOPNOTSUPP or another error when the kernel is not one that virtsched can work on.
 */
int vs_hooks_start(void)
{
	int err;

	for_each_kernel_tracepoint(vs_find_exit, NULL);
	if (!vs_tp_exit)
		return -EOPNOTSUPP;
	err = vs_trace_start();
	if (err)
		return err;
	err = vs_probes_place(false);
	if (err)
		goto err_missing;
	err = register_tracepoint_module_notifier(&vs_tracepoint_nb);
	if (err)
		goto err_probes;
	err = register_module_notifier(&vs_module_nb);
	if (err)
		goto err_tracepoints;
	if (vs_tp_wakeup)
		vs_kvm_comes();
	err = vs_missing ? -EOPNOTSUPP : 0;
	if (!err)
		return 0;

	unregister_module_notifier(&vs_module_nb);
err_tracepoints:
	unregister_tracepoint_module_notifier(&vs_tracepoint_nb);
	vs_probes_remove(true);
err_probes:
	vs_probes_remove(false);
err_missing:
	vs_trace_stop();
	if (vs_missing)
		pr_err("cannot place a hook on %s(): %d; this kernel is not supported\n", vs_missing_symbol, err);
	return err;
}

/* Everything is detached, so nothing is armed. */
void vs_hooks_stop(void)
{
	unregister_module_notifier(&vs_module_nb);
	unregister_tracepoint_module_notifier(&vs_tracepoint_nb);
	vs_probes_remove(true);
	vs_probes_remove(false);
	vs_trace_stop();
	vs_hook_kvm_drain();
}

/* Fill what VS_IOC_INFO says of the hooks. */
void vs_hooks_info(struct vs_info *info)
{
	mutex_lock(&vs_hooks_lock);
	info->features = (VS_FEATURE_WAKE | VS_FEATURE_KICK | VS_FEATURE_PAYBACK | VS_FEATURE_GUEST | VS_FEATURE_SPIN |
			  VS_FEATURE_IO | VS_FEATURE_QUOTA | VS_FEATURE_INTERACTIVE | vs_policy_features()) & ~vs_missing;
	info->missing = vs_missing;
	info->kvm_loaded = vs_kvm_there;
	strscpy(info->missing_hook, vs_missing ? vs_missing_symbol : "", sizeof(info->missing_hook));
	mutex_unlock(&vs_hooks_lock);
}
