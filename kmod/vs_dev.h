/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/virtsched: open files, the controller role and its grace period.
 */
#ifndef VS_DEV_H
#define VS_DEV_H

#include <linux/fs.h>

int vs_dev_start(void);
void vs_dev_stop(void);
int vs_dev_control(struct file *file);
bool vs_dev_is_controller(const struct file *file);
bool vs_dev_is_controlled(void);
long vs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* VS_DEV_H */
