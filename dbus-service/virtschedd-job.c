/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a domain's job from libvirt: see the header.
 */
#include "virtschedd-job.h"

#include <string.h>

static const struct {
    const char *field;
    gsize offset;
} fields[] = {
    {VIR_DOMAIN_JOB_TIME_ELAPSED, G_STRUCT_OFFSET(VsdJob, elapsed)},
    {VIR_DOMAIN_JOB_MEMORY_TOTAL, G_STRUCT_OFFSET(VsdJob, total)},
    {VIR_DOMAIN_JOB_MEMORY_REMAINING, G_STRUCT_OFFSET(VsdJob, remaining)},
    {VIR_DOMAIN_JOB_MEMORY_PROCESSED, G_STRUCT_OFFSET(VsdJob, processed)},
    {VIR_DOMAIN_JOB_MEMORY_BPS, G_STRUCT_OFFSET(VsdJob, bps)},
    {VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, G_STRUCT_OFFSET(VsdJob, dirty_rate)},
    {VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, G_STRUCT_OFFSET(VsdJob, page_size)},
    {VIR_DOMAIN_JOB_MEMORY_ITERATION, G_STRUCT_OFFSET(VsdJob, iteration)},
};

gboolean vsd_job_take(virDomainPtr domain, gboolean downtime, VsdJob *job)
{
    virTypedParameterPtr params = NULL;
    unsigned long long value;
    int n = 0;

    *job = (VsdJob){0};
    if (virDomainGetJobStats(domain, &job->type, &params, &n, 0) < 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (virTypedParamsGetULLong(params, n, fields[i].field, &value) > 0)
            *(guint64 *)((char *)job + fields[i].offset) = value;
    }
    virTypedParamsGetInt(params, n, VIR_DOMAIN_JOB_OPERATION, &job->operation);
    virTypedParamsFree(params, n);
    if (downtime && virDomainMigrateGetMaxDowntime(domain, &value, 0) == 0)
        job->downtime_allowed = value;
    return TRUE;
}

gboolean vsd_job_runs(const VsdJob *job)
{
    return job->type == VIR_DOMAIN_JOB_BOUNDED || job->type == VIR_DOMAIN_JOB_UNBOUNDED;
}

const char *vsd_job_operation(const VsdJob *job)
{
    static const char *const words[] = {
        [VIR_DOMAIN_JOB_OPERATION_UNKNOWN] = "unknown", [VIR_DOMAIN_JOB_OPERATION_START] = "start",
        [VIR_DOMAIN_JOB_OPERATION_SAVE] = "save", [VIR_DOMAIN_JOB_OPERATION_RESTORE] = "restore",
        [VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = "incoming migration",
        [VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = "outgoing migration",
        [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = "snapshot", [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = "snapshot revert",
        [VIR_DOMAIN_JOB_OPERATION_DUMP] = "dump", [VIR_DOMAIN_JOB_OPERATION_BACKUP] = "backup",
    };

    return job->operation >= 0 && job->operation < (int)G_N_ELEMENTS(words) ? words[job->operation] : "unknown";
}
