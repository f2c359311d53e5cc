/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure logic: what of a CPU is urgent now, out of what nests on it. No kernel headers besides types, so that tests/kmod builds
 * it in userspace.
 */
#ifndef VSG_URGENCY_CALC_H
#define VSG_URGENCY_CALC_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
#endif

#include "virtsched-page.h"

/**
 * struct vsg_urgency - one CPU
 * @depth: how often each reason holds now, by enum vs_page_reason; reasons that do not nest are 0 or 1
 */
struct vsg_urgency {
	u16 depth[VS_PAGE_REASONS];
};

static inline void vsg_urgency_begin(struct vsg_urgency *u, enum vs_page_reason reason)
{
	if (u->depth[reason] < (u16)~0)
		u->depth[reason]++;
}

/* An end without a beginning is one that we came too late for. */
static inline void vsg_urgency_end(struct vsg_urgency *u, enum vs_page_reason reason)
{
	if (u->depth[reason])
		u->depth[reason]--;
}

static inline void vsg_urgency_set(struct vsg_urgency *u, enum vs_page_reason reason, bool on)
{
	u->depth[reason] = on;
}

/* The first reason that holds and is in @mask (bit N: reason N); VS_PAGE_NO_REASON when nothing is urgent. */
static inline enum vs_page_reason vsg_urgency_reason(const struct vsg_urgency *u, unsigned int mask)
{
	unsigned int reason;

	for (reason = VS_PAGE_HARDIRQ; reason < VS_PAGE_REASONS; reason++)
		if (u->depth[reason] && mask & 1U << reason)
			return (enum vs_page_reason)reason;
	return VS_PAGE_NO_REASON;
}

#endif /* VSG_URGENCY_CALC_H */
