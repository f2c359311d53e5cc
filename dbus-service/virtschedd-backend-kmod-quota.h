/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dirty quota's calls of the kernel backend; nobody else includes it.
 */
#ifndef VIRTSCHEDD_BACKEND_KMOD_QUOTA_H
#define VIRTSCHEDD_BACKEND_KMOD_QUOTA_H

#include "virtschedd-backend.h"

G_BEGIN_DECLS

/** vsd_kmod_quota: @fd: of the device, with control; @quota: (nullable): %NULL ends it. %FALSE with errno */
gboolean vsd_kmod_quota(int fd, const guint8 *uuid, const VsdQuota *quota);
/** vsd_kmod_quota_stats: (transfer full) (element-type VsdQuotaStats): %NULL with errno */
GArray *vsd_kmod_quota_stats(int fd, const guint8 *uuid, VsdQuotaState *state_ret);

G_END_DECLS

#endif /* VIRTSCHEDD_BACKEND_KMOD_QUOTA_H */
