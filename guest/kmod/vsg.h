/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtsched_guest.ko: the guest's voice on the channel of virtsched-page.h.
 *
 *	vsg_main.c    the PCI device and the module's life
 *	vsg_map.c     its memory
 *	vsg_voice.c   the words of each CPU: what is urgent, what was said, when to ask for an end
 *	vsg_hooks.c   the kernel's tracepoints
 *	vsg_nmi.c     NMIs, if they are wanted
 */
#ifndef VSG_H
#define VSG_H

#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/types.h>

#include "virtsched-page.h"

/* struct vsg_counts - of one CPU or of all; they grow only */
struct vsg_counts {
	u64 urgent;	/* times that something became urgent */
	u64 calm;	/* times that nothing was any more */
	u64 kicks;	/* exits to have a boost ended early */
	u64 nmis;	/* NMIs that were said to be urgent */
};

/* Deadline tasks are below zero; a boosted owner of a lock that one waits for counts as well. */
static inline bool vsg_is_realtime(const struct task_struct *task)
{
	return task->prio < MAX_RT_PRIO;
}

void *vsg_map(phys_addr_t start);
void vsg_unmap(void *memory);

int vsg_hooks_start(void);
void vsg_hooks_stop(void);

int vsg_nmi_start(void);
void vsg_nmi_stop(void);

void vsg_voice_open(void *memory);
int vsg_voice_online(unsigned int cpu);
int vsg_voice_offline(unsigned int cpu);
void vsg_voice_calm_all(void);
void vsg_voice_begin(enum vs_page_reason reason);
void vsg_voice_end(enum vs_page_reason reason);
void vsg_voice_woken(void);
void vsg_voice_switch(bool realtime, bool idle);
bool vsg_voice_wants_nmi(void);
void vsg_voice_nmi(bool begins);
void vsg_voice_count(struct vsg_counts *sum);

#endif /* VSG_H */
