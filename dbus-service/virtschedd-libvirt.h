/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection to libvirt. Calls that ask libvirt run in worker threads and call back on the main one; so a libvirtd
 * that hangs, or waits for a hook, never stops the daemon.
 */
#ifndef VIRTSCHEDD_LIBVIRT_H
#define VIRTSCHEDD_LIBVIRT_H

#include <gio/gio.h>

#include "virtschedd-change.h"
#include "virtschedd-snapshot.h"

G_BEGIN_DECLS

typedef struct _VsdLibvirt VsdLibvirt;

/** VsdLibvirtCalls: all on the main thread; @domain: something about this domain changed, look at it again (%NULL: all) */
typedef struct {
    void (*connected)(gpointer data);
    void (*lost)(const char *why, gpointer data);
    void (*domain)(const char *uuid, gpointer data);
} VsdLibvirtCalls;

VsdLibvirt *vsd_libvirt_new(const char *uri, const char *root, gboolean invent, const VsdLibvirtCalls *calls, gpointer data);
void vsd_libvirt_free(VsdLibvirt *self);
/** vsd_libvirt_drain: waits for the workers, @ms at most; %FALSE: one still hangs in libvirt */
gboolean vsd_libvirt_drain(guint ms);
const char *vsd_libvirt_uri(VsdLibvirt *self);
/** vsd_libvirt_driver: polkit's detail connect_driver, "" while not connected */
const char *vsd_libvirt_driver(VsdLibvirt *self);

/** vsd_libvirt_look: snapshots of one domain, or of all (@uuid %NULL); finish: (element-type VsdSnapshot), empty when it is gone */
void vsd_libvirt_look(VsdLibvirt *self, const char *uuid, GAsyncReadyCallback done, gpointer data);
GPtrArray *vsd_libvirt_look_finish(GAsyncResult *result, GError **error);

/** vsd_libvirt_change: takes @change; finish: (element-type VsSettingChange) */
void vsd_libvirt_change(VsdLibvirt *self, const char *uuid, VsdChange *change, GAsyncReadyCallback done, gpointer data);
GPtrArray *vsd_libvirt_change_finish(GAsyncResult *result, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_LIBVIRT_H */
