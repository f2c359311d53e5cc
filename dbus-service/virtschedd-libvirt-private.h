/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What virtschedd-libvirt.c (the connection) and virtschedd-jobs.c (what is asked over it) share; nobody else includes it.
 */
#ifndef VIRTSCHEDD_LIBVIRT_PRIVATE_H
#define VIRTSCHEDD_LIBVIRT_PRIVATE_H

#include "virtschedd-libvirt.h"
#include "virtschedd-watch.h"

G_BEGIN_DECLS

/* lifecycle, metadata, tunable, migration iteration, job completed */
#define VSD_CALLBACKS 5

/* All of it belongs to the main thread; workers have copies. */
struct _VsdLibvirt {
    char *uri;
    char *root;
    gboolean invent;
    VsdLibvirtCalls calls;
    gpointer data;
    virConnectPtr connection; /* NULL: none, or resting */
    int callbacks[VSD_CALLBACKS]; /* of connection, which each of them keeps open; -1: refused */
    gboolean resting;         /* hung up because nothing happens; libvirt's files wake us */
    gboolean opening;
    VsdHostFacts host; /* of the last connection */
    guint retry_s;
    guint retry; /* timer, only while libvirt cannot be reached */
    guint rest;  /* timer, only while connected and able to rest */
    VsdWatch *status;
    VsdWatch *config;
    GHashTable *lines; /* of jobs: domain's UUID, "" for all -> GQueue of GTask; the first one is on its way */
    guint busy;        /* workers on their way, and waiting jobs */
};

/** vsd_libvirt_stir: something happened; not the time to rest */
void vsd_libvirt_stir(VsdLibvirt *self);
/** vsd_libvirt_drain: waits for the workers, @ms at most; %FALSE: one still hangs in libvirt */
gboolean vsd_libvirt_drain(VsdLibvirt *self, guint ms);

G_END_DECLS

#endif /* VIRTSCHEDD_LIBVIRT_PRIVATE_H */
