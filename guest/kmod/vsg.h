/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtsched_guest.ko: the guest's voice on the channel of virtsched-page.h.
 *
 *	vsg_main.c    the PCI device and the module's life
 *	vsg_map.c     its memory
 *	vsg_voice.c   the words of each CPU: what is urgent, what was said, when to ask for an end
 *	vsg_told.c    the rest that the host may want to be told: which process runs, input
 *	vsg_input.c   the kernel's input devices
 *	vsg_list.c    sysfs for an agent: what the host takes for background, who makes sound
 *	vsg_hooks.c   the kernel's tracepoints
 *	vsg_nmi.c     NMIs, if they are wanted
 */
#ifndef VSG_H
#define VSG_H

#include <linux/device.h>
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

bool vsg_is_open(void);

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
struct vs_page_slot *vsg_voice_slot(void);

void vsg_told_open(const struct vs_page_slot *slot);
void vsg_told_switch(const struct task_struct *prev, const struct task_struct *next);
void vsg_told_interrupt(void);
void vsg_told_waking(const struct task_struct *task);
void vsg_told_sound(const pid_t *tgids, unsigned int nr);
void vsg_told_input(u8 kind);

#if IS_ENABLED(CONFIG_INPUT)
void vsg_input_start(void);
void vsg_input_stop(void);
#else
static inline void vsg_input_start(void) { }
static inline void vsg_input_stop(void) { }
#endif

void vsg_list_look(void);
void vsg_list_open(const struct vs_page_header *header, struct device *dev);
void vsg_list_close(void);
extern struct attribute *vsg_list_attrs[];

#endif /* VSG_H */
