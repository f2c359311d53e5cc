/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt says of a domain's job (a migration, a save): a value, made away from the main thread and handed to it.
 */
#ifndef VIRTSCHEDD_JOB_H
#define VIRTSCHEDD_JOB_H

#include <glib.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

/**
 * VsdJob: names as libvirt's memory_* fields; bytes and milliseconds, 0 where libvirt says nothing
 * @type: virDomainJobType; @operation: virDomainJobOperation
 * @dirty_rate: pages of @page_size per second; @downtime_allowed: 0 unless asked for
 */
typedef struct {
    int type;
    int operation;
    guint64 elapsed, total, remaining, processed, bps, dirty_rate, page_size, iteration, throttle;
    guint64 downtime_allowed;
} VsdJob;

/** vsd_job_take: FALSE: libvirt did not answer, or the domain is not there. Blocks on libvirt. @downtime: ask for that too */
gboolean vsd_job_take(virDomainPtr domain, gboolean downtime, VsdJob *job_ret);
/** vsd_job_runs: there is one */
gboolean vsd_job_runs(const VsdJob *job);
/** vsd_job_operation: (transfer none): libvirt's word as in virsh domjobinfo, lower case */
const char *vsd_job_operation(const VsdJob *job);

G_END_DECLS

#endif /* VIRTSCHEDD_JOB_H */
