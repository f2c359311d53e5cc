/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dirty quota in the kernel's words.
 */
#include "virtschedd-backend-kmod-quota.h"

#include <string.h>
#include <sys/ioctl.h>

#include "../kmod/uapi/virtsched.h"

gboolean vsd_kmod_quota(int fd, const guint8 *uuid, const VsdQuota *quota)
{
    struct vs_quota request = {.size = sizeof(request)};

    memcpy(request.uuid, uuid, VS_UUID_LEN);
    if (quota) {
        request.flags = VS_QUOTA_ON;
        request.interval_us = quota->interval_ms * 1000;
        request.rate = quota->rate;
        request.floor = quota->floor;
        request.pool = quota->pool;
    }
    return ioctl(fd, VS_IOC_QUOTA, &request) == 0;
}

GArray *vsd_kmod_quota_stats(int fd, const guint8 *uuid, VsdQuotaState *state_ret)
{
    g_autofree struct vs_quota_stats *stats = g_new0(struct vs_quota_stats, VS_MAX_VCPUS);
    struct vs_query_quota query = {
        .size = sizeof(query),
        .stat_size = sizeof(*stats),
        .nr_vcpus = VS_MAX_VCPUS,
        .stats = (guintptr)stats,
    };
    GArray *rows;

    memcpy(query.uuid, uuid, VS_UUID_LEN);
    if (ioctl(fd, VS_IOC_QUERY_QUOTA, &query) < 0)
        return NULL;
    *state_ret = (VsdQuotaState){
        .on = query.flags & VS_QUOTA_ON,
        .quota = {.interval_ms = query.interval_us / 1000, .rate = query.rate, .pool = query.pool_depth},
        .share = query.share,
        .pool_left = query.pool_left,
    };
    rows = g_array_new(FALSE, TRUE, sizeof(VsdQuotaStats));
    for (guint i = 0; i < MIN(query.nr_vcpus, VS_MAX_VCPUS); i++) {
        const struct vs_quota_stats *s = &stats[i];
        VsdQuotaStats row = {
            .vcpu_id = s->vcpu_id, .tid = s->tid, .asleep = (s->state & VS_QUOTA_ASLEEP) != 0, .dirtied = s->dirtied,
            .counted = s->pages, .debt = s->debt, .slept_ns = s->slept_ns, .sleeps = s->sleeps, .let_ins = s->let_ins,
        };

        g_array_append_val(rows, row);
    }
    return rows;
}
