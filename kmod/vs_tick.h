/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has running vCPUs of watched domains pass the pre-entry hook now and then.
 */
#ifndef VS_TICK_H
#define VS_TICK_H

#include <linux/types.h>

void vs_tick_init(void);
void vs_tick_start(bool phase);
void vs_tick_stop(void);

#endif /* VS_TICK_H */
