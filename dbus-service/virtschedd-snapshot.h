/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one domain was like when libvirt was asked: a value, made away from the main thread and handed to it.
 */
#ifndef VIRTSCHEDD_SNAPSHOT_H
#define VIRTSCHEDD_SNAPSHOT_H

#include <libvirt/libvirt.h>

#include "vs-domxml.h"
#include "vs-settings.h"

G_BEGIN_DECLS

/**
 * VsdSnapshot:
 * @unread: libvirt failed when asked: only @uuid is valid, and what was known of the domain stays
 * @id: libvirt's, -1 when shut off
 * @state: virsh domstate's word
 * @live: (nullable): settings of the live XML; %NULL when shut off, or with @live_error
 * @config: (nullable): settings of the persistent XML; %NULL for a transient domain, or with @config_error
 * @title: (nullable): libvirt's <title>, of the same copy
 * @element: the copy that counts (live when running) has an element of ours, good or bad
 * @live_error: @config_error: (nullable): why our element cannot be read, with line and name
 * @facts: (nullable): of the live XML
 * @pid: QEMU, 0 when unknown
 * @threads: (element-type VsVcpuThread): vCPU threads, empty when unknown
 * @job: (nullable): what libvirt does with it for longer, its own word: "migration out", "save", "backup" ...
 * @obstacle: (nullable): why nothing can be applied to this running domain, whatever it wants
 */
typedef struct {
    char *uuid;
    gboolean unread;
    char *name;
    char *title;
    gboolean element;
    gint id;
    const char *state;
    VsSettings *live;
    VsSettings *config;
    char *live_error;
    char *config_error;
    VsDomainFacts *facts;
    gint pid;
    GArray *threads;
    char *job;
    char *obstacle;
} VsdSnapshot;

/** VsdHostFacts: of the connection: @driver: virConnectGetType(); @session: an unprivileged libvirt; @invent: make up threads (fake backend) */
typedef struct {
    char *driver;
    gboolean session;
    gboolean invent;
    const char *root;
} VsdHostFacts;

/** vsd_snapshot_take: (transfer full) (nullable): %NULL when the domain is gone. Blocks on libvirt: not on the main thread. */
VsdSnapshot *vsd_snapshot_take(virDomainPtr domain, const VsdHostFacts *host);
void vsd_snapshot_free(VsdSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsdSnapshot, vsd_snapshot_free)

G_END_DECLS

#endif /* VIRTSCHEDD_SNAPSHOT_H */
