/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dirty quota of one domain: settings in MiB/s become what the kernel is asked for, in pages. Pure.
 */
#ifndef VIRTSCHEDD_QUOTA_H
#define VIRTSCHEDD_QUOTA_H

#include "virtschedd-backend.h"

G_BEGIN_DECLS

#define VSD_PAGE_SIZE 4096
#define VSD_PAGES_PER_MIB 256

/** vsd_quota_of: @settings: resolved; @rate: of all vCPUs, pages per second, 0: only count */
VsdQuota vsd_quota_of(const VsSettings *settings, guint64 rate);

G_END_DECLS

#endif /* VIRTSCHEDD_QUOTA_H */
