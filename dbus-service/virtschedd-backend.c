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
