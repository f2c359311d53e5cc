/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One domain of the connection: its last snapshot, what was applied, and its object on the bus.
 */
#ifndef VIRTSCHEDD_DOMAIN_H
#define VIRTSCHEDD_DOMAIN_H

#include "virtschedd-backend.h"
#include "virtschedd-dbus.h"
#include "virtschedd-decide.h"
#include "virtschedd-leases.h"
#include "virtschedd-weights.h"

G_BEGIN_DECLS

/** VsdKernel: the backend in use */
typedef struct {
    const VsdBackendOps *ops;
    VsdBackend *backend;
    const char *root;
    gboolean wires; /* FALSE: cgroups are not touched (fake backend) */
} VsdKernel;

/** VsdHost: what counts for every domain: the kernel, the admin's words, and who holds boosts */
typedef struct {
    const VsdKernel *kernel;
    const VsdConfig *config;
    VsdLeases *leases;
} VsdHost;

/** VsdDomain: fields are read by the bus side; changed here alone */
typedef struct {
    VsdSnapshot *snapshot;
    guint64 look; /* number of the look that saw it last */
    VsdPlan *plan;
    VsdOutcome outcome;
    VsSettings *applied;
    GHashTable *reasons;
    const char *summary;
    const char *wiring;
    VsdWeights *weights; /* only where nice values do not meet, while guest tasks are watched */
    guint phase_tick;    /* while a phase is on there */
    char *path;
    VsdDbusDomain *skeleton;
    VsdDbusObjectSkeleton *object;
} VsdDomain;

VsdDomain *vsd_domain_new(VsdSnapshot *snapshot);
void vsd_domain_free(VsdDomain *self);

/**
 * vsd_domain_update: takes @snapshot, brings the kernel to what it asks for, and publishes the result
 * @again: the kernel may have lost it: attach and configure even if nothing changed
 */
void vsd_domain_update(VsdDomain *self, VsdSnapshot *snapshot, const VsdHost *host, gboolean again);
/** vsd_domain_replan: the same for the snapshot that it has, after a change of configuration or leases; asks libvirt nothing */
void vsd_domain_replan(VsdDomain *self, const VsdHost *host);
/** vsd_domain_release: every thread back as it was */
void vsd_domain_release(VsdDomain *self, const VsdKernel *kernel);
/** vsd_domain_stats: floating aa{sv} for GetStats, %NULL with error */
GVariant *vsd_domain_stats(VsdDomain *self, const VsdKernel *kernel, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_DOMAIN_H */
