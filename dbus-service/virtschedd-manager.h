/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of the host: configuration, kernel, connection, domains; and what has to happen when one of them changes.
 */
#ifndef VIRTSCHEDD_MANAGER_H
#define VIRTSCHEDD_MANAGER_H

#include "virtschedd-domain.h"
#include "virtschedd-libvirt.h"
#include "virtschedd-migration.h"
#include "virtschedd-throttling.h"

G_BEGIN_DECLS

typedef struct _VsdManager VsdManager;

/** VsdManagerCalls: @ready: the domains were looked at once, or cannot be; @added, @removed: a domain; @host: Connection, Problems or ModuleVersion changed */
typedef struct {
    void (*ready)(gpointer data);
    void (*added)(VsdDomain *domain, gpointer data);
    void (*removed)(VsdDomain *domain, gpointer data);
    void (*host)(gpointer data);
} VsdManagerCalls;

/** VsdManagerOptions: @uri: libvirt; @root: prefix of all paths, "" usually; @conf: file, for reloads; @connection: for leases; @backend: row of the registry */
typedef struct {
    const char *uri;
    const char *root;
    const char *conf;
    GDBusConnection *connection;
    const VsdBackendOps *backend;
    VsdConfig config;
} VsdManagerOptions;

/** vsd_manager_new: takes @options->config */
VsdManager *vsd_manager_new(const VsdManagerOptions *options);
/** vsd_manager_start: opens kernel and connection; @calls are made from now on */
void vsd_manager_start(VsdManager *self, const VsdManagerCalls *calls, gpointer data);
/**
 * vsd_manager_reload: reads configuration, rules and profiles anew, brings every domain to them, then calls @done (nullable)
 * %FALSE with @error: something is wrong in a file; all stays as it was, and @done is not called
 */
gboolean vsd_manager_reload(VsdManager *self, GSourceFunc done, gpointer data, GError **error);
/**
 * vsd_manager_each: calls @func for every domain, sorted by name, a few at a time between other work, and @done (nullable) at the end
 * A domain that goes meanwhile is left out.
 */
void vsd_manager_each(VsdManager *self, void (*func)(VsdDomain *domain, gpointer data), GSourceFunc done, gpointer data);
/** vsd_manager_stop: ends the workers, hangs up, puts every domain back as it was; %FALSE: libvirt hangs, one worker still runs */
gboolean vsd_manager_stop(VsdManager *self, guint ms);
/** vsd_manager_free: only after vsd_manager_stop() said %TRUE */
void vsd_manager_free(VsdManager *self);

VsdLibvirt *vsd_manager_libvirt(VsdManager *self);
VsdLeases *vsd_manager_leases(VsdManager *self);
const VsdKernel *vsd_manager_kernel(VsdManager *self);
VsdMigrations *vsd_manager_migrations(VsdManager *self);
VsdThrottling *vsd_manager_throttling(VsdManager *self);
/** vsd_manager_domains: (transfer container) (element-type VsdDomain): sorted by name */
GPtrArray *vsd_manager_domains(VsdManager *self);
/** vsd_manager_find: (nullable): by id, UUID or name, in this order */
VsdDomain *vsd_manager_find(VsdManager *self, const char *key);
VsdDomain *vsd_manager_find_path(VsdManager *self, const char *path);
/** vsd_manager_problems: (transfer full) (array zero-terminated=1) */
char **vsd_manager_problems(VsdManager *self);
/** vsd_manager_look: look at one domain, then call @done (nullable); @again: tell the kernel even if nothing has changed */
void vsd_manager_look(VsdManager *self, const char *uuid, gboolean again, GSourceFunc done, gpointer data);

G_END_DECLS

#endif /* VIRTSCHEDD_MANAGER_H */
