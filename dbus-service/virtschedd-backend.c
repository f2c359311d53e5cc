/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry of backends: a new one is a file and a row.
 */
#include "virtschedd-backend.h"

static const VsdBackendOps *const backends[] = {&vsd_backend_kmod, &vsd_backend_fake};

const VsdBackendOps *vsd_backend_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(backends); i++) {
        if (!name || g_strcmp0(backends[i]->name, name) == 0)
            return backends[i];
    }
    return NULL;
}

VsdTasks *vsd_tasks_new(void)
{
    VsdTasks *tasks = g_new0(VsdTasks, 1);

    tasks->tasks = g_array_new(FALSE, TRUE, sizeof(VsdTask));
    tasks->vcpus = g_array_new(FALSE, TRUE, sizeof(VsdVcpuPhase));
    return tasks;
}

void vsd_tasks_free(VsdTasks *tasks)
{
    g_array_unref(tasks->tasks);
    g_array_unref(tasks->vcpus);
    g_free(tasks);
}
