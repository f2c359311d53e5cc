/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the boost share among themselves: vs_boost.c (HLT, wake-up, the books), vs_boost_kick.c (other ways in),
 * vs_boost_end.c (ways out).
 */
#ifndef VS_BOOST_PRIVATE_H
#define VS_BOOST_PRIVATE_H

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_vcpu.h"

/* Under v->lock. */
void vs_boost_charge(struct vs_vcpu *v, u64 now);
u64 vs_boost_grant(struct vs_vcpu *v, u64 now, u64 want);
void vs_boost_begin(struct vs_vcpu *v, u64 now, u64 grant);
void vs_boost_timer_at(struct vs_vcpu *v, u64 when);
void vs_boost_timer_off(struct vs_vcpu *v);

/* Without it, where vs_policy_set() may be called. False: somebody else is at it, try again. */
bool vs_boost_set(struct vs_vcpu *v, bool boost);
bool vs_boost_promote(struct vs_vcpu *v);
bool vs_boost_cut(struct vs_vcpu *v);

#endif /* VS_BOOST_PRIVATE_H */
