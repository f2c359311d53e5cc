// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/virtsched. One open file at a time is the controller. When it is closed, settings stay for the grace period, so
 * that a daemon that crashed finds its domains as they were; then everything is put back.
 */
#include <linux/capability.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "vs_dev.h"
#include "vs_domain.h"
#include "vs_events.h"
#include "vs_host.h"

static DEFINE_MUTEX(vs_dev_lock);
static struct file *vs_controller;

static void vs_grace_over(struct work_struct *work)
{
	bool abandoned;

	mutex_lock(&vs_dev_lock);
	abandoned = !vs_controller;
	if (abandoned)
		vs_domains_detach_all();
	mutex_unlock(&vs_dev_lock);
}
static DECLARE_DELAYED_WORK(vs_grace, vs_grace_over);

/* VS_IOC_CONTROL. Context: process. Return: 0, also when held already by @file; -EBUSY. */
int vs_dev_control(struct file *file)
{
	int err = 0;

	mutex_lock(&vs_dev_lock);
	if (vs_controller && vs_controller != file)
		err = -EBUSY;
	else
		vs_controller = file;
	mutex_unlock(&vs_dev_lock);
	if (!err)
		cancel_delayed_work_sync(&vs_grace);
	return err;
}

bool vs_dev_is_controller(const struct file *file)
{
	return READ_ONCE(vs_controller) == file;
}

bool vs_dev_is_controlled(void)
{
	return READ_ONCE(vs_controller);
}

static int vs_dev_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_NICE) ? 0 : -EPERM;
}

static int vs_dev_release(struct inode *inode, struct file *file)
{
	mutex_lock(&vs_dev_lock);
	if (vs_controller == file) {
		vs_controller = NULL;
		schedule_delayed_work(&vs_grace, msecs_to_jiffies(vs_host_grace_ms()));
	}
	mutex_unlock(&vs_dev_lock);
	return 0;
}

static ssize_t vs_dev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return vs_events_read(file, buf, len);
}

static const struct file_operations vs_dev_ops = {
	.owner = THIS_MODULE,
	.open = vs_dev_open,
	.release = vs_dev_release,
	.read = vs_dev_read,
	.poll = vs_events_poll,
	.unlocked_ioctl = vs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice vs_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "virtsched",
	.fops = &vs_dev_ops,
	.mode = 0600,
};

int vs_dev_start(void)
{
	return misc_register(&vs_dev);
}

/* No file is open: each holds the module. */
void vs_dev_stop(void)
{
	misc_deregister(&vs_dev);
	cancel_delayed_work_sync(&vs_grace);
}
