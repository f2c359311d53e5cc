// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Moving one thread between cgroups without losing its CPU affinity; see vs_cgroup_move_thread() in vs-cgroup.h.
 * Touches the affinity only of a thread that it has just moved, and only where the move changed it.
 */
#include "vs-cgroup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "vs-error.h"

/* NR_CPUS of the largest distribution kernels; the system call refuses a smaller set than the kernel's own. */
#define CPUS_MAX 8192

typedef cpu_set_t CpuMask;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpuMask, g_free)

static gsize mask_size(void)
{
    return CPU_ALLOC_SIZE(CPUS_MAX);
}

static CpuMask *mask_new(void)
{
    return g_malloc0(mask_size());
}

static gboolean fail_affinity(const char *verb, gint tid, GError **error)
{
    int code = errno;

    g_set_error(error, VS_ERROR, code == ESRCH ? VS_ERROR_GONE : VS_ERROR_FAILED, "%s CPU affinity of thread %d: %s",
                verb, tid, g_strerror(code));
    return FALSE;
}

/* "0-3,8": what the kernel prints in cpuset.cpus; anything else gives FALSE, and then nothing is narrowed. */
static gboolean mask_parse(const char *list, CpuMask *mask)
{
    g_auto(GStrv) ranges = g_strsplit(list, ",", -1);

    for (gsize i = 0; ranges[i]; i++) {
        g_auto(GStrv) ends = g_strsplit(ranges[i], "-", 2);
        guint64 first = 0, last = 0;

        if (!ends[0] || !g_ascii_string_to_unsigned(ends[0], 10, 0, CPUS_MAX - 1, &first, NULL))
            return FALSE;
        last = first;
        if (ends[1] && !g_ascii_string_to_unsigned(ends[1], 10, first, CPUS_MAX - 1, &last, NULL))
            return FALSE;
        for (guint64 cpu = first; cpu <= last; cpu++)
            CPU_SET_S(cpu, mask_size(), mask);
    }
    return TRUE;
}

static void mask_narrow(CpuMask *mask, const char *list)
{
    g_autoptr(CpuMask) allowed = mask_new();
    g_autoptr(CpuMask) common = mask_new();

    if (!list || *list == '\0' || !mask_parse(list, allowed))
        return;
    CPU_AND_S(mask_size(), common, mask, allowed);
    if (CPU_COUNT_S(mask_size(), common) > 0)
        memcpy(mask, common, mask_size());
}

gboolean vs_cgroup_move_thread(const char *root, const char *cgroup, gint tid, const char *cpus, GError **error)
{
    g_autoptr(CpuMask) wanted = mask_new();
    g_autoptr(CpuMask) after = mask_new();
    g_autofree char *number = g_strdup_printf("%d", tid);

    if (sched_getaffinity(tid, mask_size(), wanted) < 0)
        return fail_affinity("read", tid, error);
    mask_narrow(wanted, cpus);
    if (!vs_cgroup_write(root, cgroup, "cgroup.threads", number, error))
        return FALSE;
    if (sched_getaffinity(tid, mask_size(), after) < 0)
        return fail_affinity("read", tid, error);
    if (CPU_EQUAL_S(mask_size(), wanted, after))
        return TRUE;
    if (sched_setaffinity(tid, mask_size(), wanted) < 0)
        return fail_affinity("set", tid, error);
    return TRUE;
}
