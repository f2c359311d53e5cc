/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What belongs to the host and not to a domain: the admin's ceiling, and the budget of each host CPU.
 */
#ifndef VS_HOST_H
#define VS_HOST_H

#include "uapi/virtsched.h"

void vs_host_init(void);
int vs_host_set(const struct vs_host *host);
u32 vs_host_grace_ms(void);
void vs_host_clamp(const struct vs_config *config, struct vs_config *out);
u64 vs_host_grant(int cpu, u64 now, u64 want, bool spare);
void vs_host_charge(int cpu, u64 now, u64 ran);

#endif /* VS_HOST_H */
