/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection to libvirt. Everything that asks libvirt runs in worker threads and calls back on the main one; so a
 * libvirtd that hangs, or waits for a hook, never stops the daemon.
 */
#ifndef VIRTSCHEDD_LIBVIRT_H
#define VIRTSCHEDD_LIBVIRT_H

#include <gio/gio.h>

#include "virtschedd-change.h"
#include "virtschedd-job.h"
#include "virtschedd-snapshot.h"

G_BEGIN_DECLS

typedef struct _VsdLibvirt VsdLibvirt;

/**
 * VsdLibvirtCalls: all on the main thread
 * @connected: at first, again after @lost, and when libvirt's files have ended a rest: look at all
 * @pass: a migration of this domain has begun another pass over its memory; @over: its job is done
 * @domain: something about this domain changed; @file: so did libvirt's status file of the domain of this name
 */
typedef struct {
    void (*connected)(gpointer data);
    void (*lost)(const char *why, gpointer data);
    void (*domain)(const char *uuid, gpointer data);
    void (*file)(const char *name, gpointer data);
    void (*pass)(const char *uuid, gpointer data);
    void (*over)(const char *uuid, gpointer data);
} VsdLibvirtCalls;

VsdLibvirt *vsd_libvirt_new(const char *uri, const char *root, gboolean invent, const VsdLibvirtCalls *calls, gpointer data);
/** vsd_libvirt_stop: waits for the workers and hangs up; %FALSE: libvirt hangs, so one still runs after 2 x @ms */
gboolean vsd_libvirt_stop(VsdLibvirt *self, guint ms);
/** vsd_libvirt_free: only after vsd_libvirt_stop() said %TRUE */
void vsd_libvirt_free(VsdLibvirt *self);
/** vsd_libvirt_uri: "" while libvirt cannot be reached */
const char *vsd_libvirt_uri(VsdLibvirt *self);
/** vsd_libvirt_driver: polkit's detail connect_driver, "" while not connected */
const char *vsd_libvirt_driver(VsdLibvirt *self);

/** vsd_libvirt_look: snapshots of one domain, or of all (@uuid %NULL); finish: (element-type VsdSnapshot), empty when it is gone */
void vsd_libvirt_look(VsdLibvirt *self, const char *uuid, GAsyncReadyCallback done, gpointer data);
GPtrArray *vsd_libvirt_look_finish(GAsyncResult *result, GError **error);
/** vsd_libvirt_look_waits: a look with the same @uuid has yet to begin, with nothing behind it: it will do for this one too */
gboolean vsd_libvirt_look_waits(VsdLibvirt *self, const char *uuid);

/** vsd_libvirt_change: takes @change; finish: (element-type VsSettingChange) */
void vsd_libvirt_change(VsdLibvirt *self, const char *uuid, VsdChange *change, GAsyncReadyCallback done, gpointer data);
GPtrArray *vsd_libvirt_change_finish(GAsyncResult *result, GError **error);

/** vsd_libvirt_job: what the domain's job is doing; @downtime: and what downtime is allowed; finish: (transfer full): %NULL with error */
void vsd_libvirt_job(VsdLibvirt *self, const char *uuid, gboolean downtime, GAsyncReadyCallback done, gpointer data);
VsdJob *vsd_libvirt_job_finish(GAsyncResult *result, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_LIBVIRT_H */
