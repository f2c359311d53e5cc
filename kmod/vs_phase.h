/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interactive phases: begun by input or by hand, ended by time, by hand, or when nothing is background any more.
 */
#ifndef VS_PHASE_H
#define VS_PHASE_H

#include "uapi/virtsched.h"

struct vs_domain;
struct vs_task;

void vs_phase_input(struct vs_domain *d, u32 kind, u32 ms);
void vs_phase_sound(struct vs_domain *d);
void vs_phase_stand(struct vs_domain *d, struct vs_task *t, u64 now);
void vs_phase_off(struct vs_domain *d);
int vs_phase_configure(const struct vs_interactive *req);
int vs_phase_request(const struct vs_phase_req *req);
int vs_phase_query(struct vs_query_tasks *query, struct vs_task_info *tasks, struct vs_vcpu_phase *vcpus);
void vs_phase_exit(void);

#endif /* VS_PHASE_H */
