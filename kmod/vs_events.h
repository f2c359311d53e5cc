/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rare events for the daemon: a bounded ring behind read() and poll().
 */
#ifndef VS_EVENTS_H
#define VS_EVENTS_H

#include <linux/fs.h>
#include <linux/poll.h>

#include "uapi/virtsched.h"

void vs_events_push(u32 type, const u8 *uuid, u32 vcpu_id);
ssize_t vs_events_read(struct file *file, char __user *buf, size_t len);
__poll_t vs_events_poll(struct file *file, poll_table *wait);
void vs_events_exit(void);

#endif /* VS_EVENTS_H */
