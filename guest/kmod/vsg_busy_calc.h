/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure logic: whose the time is that a CPU was busy before it idles. The host looks when the CPU halts, and gives what was since its last
 * look to whom the word names: what the kernel's threads and interrupts did in between is not the process's that ran there some time ago.
 * No kernel headers besides types, so that tests/kmod builds it in userspace.
 */
#ifndef VSG_BUSY_CALC_H
#define VSG_BUSY_CALC_H

#include "virtsched-page.h"

/* enum vsg_kind - of a task */
enum vsg_kind {
	VSG_IDLE,
	VSG_KERNEL,
	VSG_PROCESS,
};

/* In struct vsg_busy.before: not known, the switch to the running task was not seen. */
#define VSG_NOT_SEEN	(~0ULL)

/**
 * struct vsg_busy - one CPU
 * @process: the last process that ran
 * @idle: who had most of the time before the CPU became idle; while it is
 * @before: time that the running task had used when it began to run
 * @process_ns: @kernel_ns: used by processes, and by the kernel's threads, since the CPU was idle last
 */
struct vsg_busy {
	__u32 process;
	__u32 idle;
	__u64 before;
	__u64 process_ns;
	__u64 kernel_ns;
};

/* struct vsg_side - one side of a switch: what it is, whose, and what it has used so far */
struct vsg_side {
	enum vsg_kind kind;
	__u32 id;
	__u64 used;
};

static inline void vsg_busy_begin(struct vsg_busy *b)
{
	*b = (struct vsg_busy){ .process = VS_PAGE_KERNEL, .idle = VS_PAGE_KERNEL, .before = VSG_NOT_SEEN };
}

/* @next runs instead of @prev. */
static inline void vsg_busy_switch(struct vsg_busy *b, const struct vsg_side *prev, const struct vsg_side *next)
{
	__u64 ran = prev->used > b->before ? prev->used - b->before : 0;

	if (prev->kind == VSG_IDLE)
		b->process_ns = b->kernel_ns = 0;
	else if (prev->kind == VSG_KERNEL)
		b->kernel_ns += ran;
	else
		b->process_ns += ran;
	b->before = next->used;
	if (next->kind == VSG_PROCESS)
		b->process = next->id;
	if (next->kind == VSG_IDLE)
		b->idle = b->kernel_ns > b->process_ns ? VS_PAGE_KERNEL : b->process;
}

/* An interrupt found the CPU idle: what it does is no process's. */
static inline void vsg_busy_interrupt(struct vsg_busy *b)
{
	b->idle = VS_PAGE_KERNEL;
}

#endif /* VSG_BUSY_CALC_H */
