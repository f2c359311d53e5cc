/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much the vCPUs of a domain that migrates may dirty, so that it comes to an end: from what libvirt says of the job, and
 * what the kernel counted. Pure: no clock, no libvirt, no kernel.
 *
 * While a pass sends R bytes at B bytes a second, R/B seconds go by; if f x B are dirtied a second, f x R are left for the next
 * pass. So the quota is f x B whatever R is, and passes shrink by f until the rest fits into the allowed downtime.
 */
#ifndef VIRTSCHEDD_QUOTA_POLICY_H
#define VIRTSCHEDD_QUOTA_POLICY_H

#include <glib.h>

G_BEGIN_DECLS

/** VsdQuotaWish: what the settings say: @factor: percent; @floor: pages per second that each of @vcpus keeps */
typedef struct {
    guint factor;
    guint64 floor;
    guint vcpus;
} VsdQuotaWish;

/**
 * VsdQuotaSample: one look at the job
 * @now_us: any steady clock
 * @iteration: pass of the memory, the first one is 1; 0: not known yet
 * @bandwidth: bytes per second, 0: not known yet; @remaining: bytes
 * @dirty_rate: of the whole VM in pages per second, measured by QEMU over the last pass; 0: not known yet
 * @page_size: bytes of a page of @dirty_rate, 0: 4096
 * @counted: pages that the vCPUs dirtied since any fixed moment
 * @downtime_ms: allowed at the end
 */
typedef struct {
    gint64 now_us;
    guint iteration;
    guint64 bandwidth;
    guint64 remaining;
    guint64 dirty_rate;
    guint64 page_size;
    guint64 counted;
    guint64 downtime_ms;
} VsdQuotaSample;

/** VsdQuotaPhase: @VSD_PHASE_WAITING: nothing known yet; @VSD_PHASE_FIRST: all memory is sent once; @VSD_PHASE_GIVEN_UP: no limit any more */
typedef enum {
    VSD_PHASE_WAITING,
    VSD_PHASE_FIRST,
    VSD_PHASE_SHRINKING,
    VSD_PHASE_LAST,
    VSD_PHASE_GIVEN_UP,
} VsdQuotaPhase;

/**
 * VsdQuotaAdvice: what to do now
 * @rate: pages of 4096 bytes per second for all vCPUs, 0: count and do not limit
 * @forecast_s: until the end, below 0: not known, or never
 * @reason: for a person
 */
typedef struct {
    VsdQuotaPhase phase;
    guint64 rate;
    double forecast_s;
    char *reason;
} VsdQuotaAdvice;

/** VsdQuotaPolicy: what is remembered of one job; zeroed at its start */
typedef struct {
    double bandwidth; /* bytes per second, smoothed */
    double others;    /* bytes per second that no vCPU dirtied, smoothed */
    guint64 allowed;  /* bytes per second in force since the last advice */
    guint iteration;
    gint64 pass_us;         /* start of the pass */
    guint64 pass_counted;   /* and of its count */
    guint64 pass_remaining; /* most that was left in it */
    guint64 last_remaining; /* in the pass before */
    guint stuck;            /* counts passes that did not shrink */
    gboolean given_up;
} VsdQuotaPolicy;

/** vsd_quota_policy_next: @advice_ret: its reason is to be freed */
void vsd_quota_policy_next(VsdQuotaPolicy *self, const VsdQuotaWish *wish, const VsdQuotaSample *sample, VsdQuotaAdvice *advice_ret);
/** vsd_quota_phase_word: (transfer none): for D-Bus and JSON */
const char *vsd_quota_phase_word(VsdQuotaPhase phase);

G_END_DECLS

#endif /* VIRTSCHEDD_QUOTA_POLICY_H */
