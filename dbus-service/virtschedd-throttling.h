/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Throttling of single vCPUs, for who asked to be told: Manager.WatchThrottling and Domain.ThrottlingChanged. The kernel only
 * counts it, so somebody has to look; nobody does unless somebody listens.
 */
#ifndef VIRTSCHEDD_THROTTLING_H
#define VIRTSCHEDD_THROTTLING_H

#include <gio/gio.h>

G_BEGIN_DECLS

#define VSD_WATCHERS_IN_ALL 64

typedef struct _VsdManager VsdManager;
typedef struct _VsdThrottling VsdThrottling;

VsdThrottling *vsd_throttling_new(VsdManager *manager, GDBusConnection *connection);
void vsd_throttling_free(VsdThrottling *self);
/** vsd_throttling_watch: @owner (unique bus name) wants to be told, or no longer. Errors: VS_ERROR_LIMIT */
gboolean vsd_throttling_watch(VsdThrottling *self, const char *owner, gboolean on, GError **error);
/** vsd_throttling_gone: the domain is */
void vsd_throttling_gone(VsdThrottling *self, const char *uuid);

G_END_DECLS

#endif /* VIRTSCHEDD_THROTTLING_H */
