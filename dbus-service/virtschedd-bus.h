/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.virtsched1 on the bus: binds the generated skeletons to the manager.
 */
#ifndef VIRTSCHEDD_BUS_H
#define VIRTSCHEDD_BUS_H

#include <gio/gio.h>

#include "virtschedd-manager.h"

G_BEGIN_DECLS

typedef struct _VsdBus VsdBus;

/** vsd_bus_new: exports everything on @connection; starts @manager; @ready is called when the name may be owned */
VsdBus *vsd_bus_new(GDBusConnection *connection, VsdManager *manager, GSourceFunc ready, gpointer data, GError **error);
void vsd_bus_free(VsdBus *self);

G_END_DECLS

#endif /* VIRTSCHEDD_BUS_H */
