// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rare events for the daemon. Pushed from any context, so the reader is woken from an irq_work.
 */
#include <linux/irq_work.h>
#include <linux/kfifo.h>
#include <linux/spinlock.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "vs_events.h"

#define VS_EVENTS_MAX	256

static DEFINE_KFIFO(vs_events, struct vs_event, VS_EVENTS_MAX);
static DEFINE_RAW_SPINLOCK(vs_events_lock);
static DECLARE_WAIT_QUEUE_HEAD(vs_events_wait);
static bool vs_events_lost;

static void vs_events_wake(struct irq_work *work)
{
	wake_up_interruptible(&vs_events_wait);
}
static struct irq_work vs_events_waker = IRQ_WORK_INIT(vs_events_wake);

/**
 * vs_events_push() - report an event; dropped, and reported as VS_EVENT_LOST, when nobody reads
 * @type: enum vs_event_type
 * @uuid: domain
 * @vcpu_id: vCPU, or ~0
 *
 * Context: any but under a scheduler lock.
 */
void vs_events_push(u32 type, const u8 *uuid, u32 vcpu_id)
{
	struct vs_event event = {
		.type = type,
		.vcpu_id = vcpu_id,
		.time_ns = ktime_get_mono_fast_ns(),
	};
	unsigned long flags;

	memcpy(event.uuid, uuid, VS_UUID_LEN);
	raw_spin_lock_irqsave(&vs_events_lock, flags);
	if (!kfifo_put(&vs_events, event))
		vs_events_lost = true;
	raw_spin_unlock_irqrestore(&vs_events_lock, flags);
	irq_work_queue(&vs_events_waker);
}

static bool vs_events_next(struct vs_event *event)
{
	unsigned long flags;
	bool got = true;

	raw_spin_lock_irqsave(&vs_events_lock, flags);
	if (vs_events_lost) {
		*event = (struct vs_event){ .type = VS_EVENT_LOST, .vcpu_id = ~0U,
					    .time_ns = ktime_get_mono_fast_ns() };
		vs_events_lost = false;
	} else {
		got = kfifo_get(&vs_events, event);
	}
	raw_spin_unlock_irqrestore(&vs_events_lock, flags);
	return got;
}

static bool vs_events_waiting(void)
{
	return READ_ONCE(vs_events_lost) || !kfifo_is_empty(&vs_events);
}

/* read(): whole records; waits for the first one unless O_NONBLOCK. */
ssize_t vs_events_read(struct file *file, char __user *buf, size_t len)
{
	struct vs_event event;
	ssize_t done = 0;
	int err;

	if (len < sizeof(event))
		return -EINVAL;
	while (!vs_events_waiting()) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(vs_events_wait, vs_events_waiting());
		if (err)
			return err;
	}
	while (len - done >= sizeof(event) && vs_events_next(&event)) {
		if (copy_to_user(buf + done, &event, sizeof(event)))
			return -EFAULT;
		done += sizeof(event);
	}
	return done ?: -EAGAIN;
}

__poll_t vs_events_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &vs_events_wait, wait);
	return vs_events_waiting() ? EPOLLIN | EPOLLRDNORM : 0;
}

void vs_events_exit(void)
{
	irq_work_sync(&vs_events_waker);
}
