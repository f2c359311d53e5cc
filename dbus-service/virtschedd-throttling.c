/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See virtschedd-throttling.h. One look a second is the limit of the rate as well: a vCPU has one signal for each cause and look at
 * most, whatever its guest does.
 */
#include "virtschedd-throttling.h"

#include "virtschedd-manager.h"
#include "vs-error.h"

#define LOOK_S 1

enum { BUDGET, DIRTY, CAUSES };

static const char *const causes[CAUSES] = {[BUDGET] = "budget", [DIRTY] = "dirty"};

/* What the last look saw of one vCPU. */
typedef struct {
    guint64 count[CAUSES];
    gboolean known[CAUSES];
    gboolean on[CAUSES];
} Vcpu;

struct _VsdThrottling {
    VsdManager *manager;
    GDBusConnection *connection;
    GHashTable *watchers; /* unique name -> watch of it */
    GHashTable *rows;     /* uuid -> (vCPU -> Vcpu) */
    guint timer;
    gboolean looking;
};

static void unwatch(gpointer watch)
{
    g_bus_unwatch_name(GPOINTER_TO_UINT(watch));
}

VsdThrottling *vsd_throttling_new(VsdManager *manager, GDBusConnection *connection)
{
    VsdThrottling *self = g_new0(VsdThrottling, 1);

    *self = (VsdThrottling){.manager = manager, .connection = connection};
    self->watchers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unwatch);
    self->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    return self;
}

void vsd_throttling_free(VsdThrottling *self)
{
    g_clear_handle_id(&self->timer, g_source_remove);
    g_hash_table_unref(self->watchers);
    g_hash_table_unref(self->rows);
    g_free(self);
}

static Vcpu *vcpu_of(GHashTable *row, guint vcpu_id)
{
    Vcpu *vcpu = g_hash_table_lookup(row, GUINT_TO_POINTER(vcpu_id));

    if (!vcpu) {
        vcpu = g_new0(Vcpu, 1);
        g_hash_table_insert(row, GUINT_TO_POINTER(vcpu_id), vcpu);
    }
    return vcpu;
}

static void tell(VsdDomain *domain, Vcpu *vcpu, guint vcpu_id, guint cause, gboolean on)
{
    if (vcpu->on[cause] == on)
        return;
    vcpu->on[cause] = on;
    vsd_dbus_domain_emit_throttling_changed(domain->skeleton, vcpu_id, causes[cause], on);
}

/* @now: it is held up at this moment. What was counted before the first look says nothing about now. */
static void note(VsdDomain *domain, GHashTable *row, guint vcpu_id, guint cause, guint64 count, gboolean now)
{
    Vcpu *vcpu = vcpu_of(row, vcpu_id);
    gboolean grew = vcpu->known[cause] && count > vcpu->count[cause];

    vcpu->known[cause] = TRUE;
    vcpu->count[cause] = count;
    tell(domain, vcpu, vcpu_id, cause, grew || now);
}

/* Nothing of it is in force any more, so nothing is held up. */
static void end_all(VsdDomain *domain, GHashTable *row)
{
    gpointer key, vcpu;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, row);
    while (g_hash_table_iter_next(&iter, &key, &vcpu)) {
        for (guint cause = 0; cause < CAUSES; cause++)
            tell(domain, vcpu, GPOINTER_TO_UINT(key), cause, FALSE);
    }
    g_hash_table_remove_all(row);
}

static GHashTable *row_of(VsdThrottling *self, const char *uuid)
{
    GHashTable *row = g_hash_table_lookup(self->rows, uuid);

    if (!row) {
        row = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        g_hash_table_insert(self->rows, g_strdup(uuid), row);
    }
    return row;
}

/* Compares with the last look. */
static void look(VsdDomain *domain, gpointer data)
{
    VsdThrottling *self = data;
    const VsdKernel *kernel = vsd_manager_kernel(self->manager);
    const char *uuid = domain->snapshot->uuid;
    GHashTable *row = row_of(self, uuid);
    g_autoptr(GArray) stats = NULL;
    g_autoptr(GArray) quota = NULL;
    VsdQuotaState state = {0};

    if (!domain->outcome.attached) {
        end_all(domain, row);
        return;
    }
    stats = kernel->ops->stats(kernel->backend, uuid, NULL);
    for (guint i = 0; stats && i < stats->len; i++) {
        const VsdVcpuStats *s = &g_array_index(stats, VsdVcpuStats, i);

        if (!s->servant)
            note(domain, row, s->vcpu_id, BUDGET, s->exhausted, FALSE);
    }
    quota = kernel->ops->quota_stats(kernel->backend, uuid, &state, NULL);
    for (guint i = 0; quota && i < quota->len; i++) {
        const VsdQuotaStats *s = &g_array_index(quota, VsdQuotaStats, i);

        note(domain, row, s->vcpu_id, DIRTY, s->sleeps, s->asleep);
    }
}

void vsd_throttling_gone(VsdThrottling *self, const char *uuid)
{
    g_hash_table_remove(self->rows, uuid);
}

static gboolean on_looked(gpointer data)
{
    VsdThrottling *self = data;

    self->looking = FALSE;
    /* Who left while it went on has nobody to be told, and the next one begins anew. */
    if (!self->timer)
        g_hash_table_remove_all(self->rows);
    return G_SOURCE_REMOVE;
}

static gboolean on_time(gpointer data)
{
    VsdThrottling *self = data;

    if (!self->looking) {
        self->looking = TRUE;
        vsd_manager_each(self->manager, look, on_looked, self);
    }
    return G_SOURCE_CONTINUE;
}

static void drop(VsdThrottling *self, const char *owner)
{
    g_hash_table_remove(self->watchers, owner);
    if (g_hash_table_size(self->watchers) > 0)
        return;
    g_clear_handle_id(&self->timer, g_source_remove);
    g_hash_table_remove_all(self->rows);
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer data)
{
    g_autofree char *owner = g_strdup(name);

    drop(data, owner);
}

gboolean vsd_throttling_watch(VsdThrottling *self, const char *owner, gboolean on, GError **error)
{
    if (!on) {
        drop(self, owner);
        return TRUE;
    }
    if (g_hash_table_contains(self->watchers, owner))
        return TRUE;
    if (g_hash_table_size(self->watchers) >= VSD_WATCHERS_IN_ALL) {
        g_set_error(error, VS_ERROR, VS_ERROR_LIMIT, "watch throttling: %d callers do already", VSD_WATCHERS_IN_ALL);
        return FALSE;
    }
    g_hash_table_insert(self->watchers, g_strdup(owner),
                        GUINT_TO_POINTER(g_bus_watch_name_on_connection(self->connection, owner, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                                        on_vanished, self, NULL)));
    if (!self->timer) {
        self->timer = g_timeout_add_seconds(LOOK_S, on_time, self);
        on_time(self);
    }
    return TRUE;
}
