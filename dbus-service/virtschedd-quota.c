/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dirty quota of one domain: see the header.
 */
#include "virtschedd-quota.h"

/* What the pool holds comes on top of a second's quota: 4 % of it, or one interval's if that is more. */
#define POOL_PART 25
#define RATE_MAX (1ULL << 28)

VsdQuota vsd_quota_of(const VsSettings *settings, guint64 rate)
{
    VsdQuota quota = {
        .interval_ms = vs_settings_get_uint(settings, "dirtyQuota.interval"),
        .rate = MIN(rate, RATE_MAX),
        .floor = (guint64)vs_settings_get_uint(settings, "dirtyQuota.floor") * VSD_PAGES_PER_MIB,
    };

    quota.pool = MAX(quota.rate / POOL_PART, quota.rate * quota.interval_ms / 1000);
    return quota;
}
