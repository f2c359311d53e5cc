/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a vCPU is boosted, for how long, and how it ends. The events come from vs_hook_kvm.c.
 */
#ifndef VS_BOOST_H
#define VS_BOOST_H

#include <linux/hrtimer.h>

#include "uapi/virtsched.h"

struct irq_work;
struct vs_domain;
struct vs_vcpu;

void vs_boost_settle(struct vs_vcpu *v, u64 now);
void vs_boost_configure(struct vs_vcpu *v, const struct vs_config *config, bool fresh);
void vs_boost_weigh(struct vs_vcpu *v);
void vs_boost_weigh_busy(struct vs_vcpu *v);
void vs_boost_block(struct vs_vcpu *v);
void vs_boost_wake(struct vs_vcpu *v, bool slept, u64 ns);
void vs_boost_kick(struct vs_vcpu *v);
void vs_boost_lost(struct vs_vcpu *v);
void vs_boost_regain(struct irq_work *work);
void vs_boost_spin(struct vs_vcpu *v);
void vs_boost_serve(const struct vs_domain *d);
void vs_boost_attend(const struct vs_domain *d);
void vs_boost_give_up(struct vs_vcpu *v, bool calm);
void vs_boost_release(struct vs_vcpu *v);
bool vs_boost_wants_entry(const struct vs_vcpu *v);
bool vs_boost_again(const struct vs_vcpu *v, bool turn);
void vs_boost_entry(struct vs_vcpu *v);
void vs_boost_gone(struct vs_vcpu *v);
void vs_boost_work(struct vs_vcpu *v);
enum hrtimer_restart vs_boost_timer(struct hrtimer *timer);
void vs_boost_stats(struct vs_vcpu *v, struct vs_vcpu_stats *out);

#endif /* VS_BOOST_H */
