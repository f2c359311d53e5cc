/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See virtschedd-leases.h. A list is enough: there are a few hundred at most, and each change of one is a call on the bus.
 */
#include "virtschedd-leases.h"

#include <string.h>

#include "vs-error.h"

typedef struct {
    VsdLeases *leases;
    guint cookie;
    guint watch; /* of the holder's name */
    char *owner;
    char *uuid;
    char *reason;
    char *application;
} Lease;

struct _VsdLeases {
    GDBusConnection *connection;
    VsdLeasesChanged changed;
    gpointer data;
    GPtrArray *list; /* Lease, oldest first */
    guint last;      /* cookie */
};

static void lease_free(gpointer data)
{
    Lease *lease = data;

    g_bus_unwatch_name(lease->watch);
    g_free(lease->owner);
    g_free(lease->uuid);
    g_free(lease->reason);
    g_free(lease->application);
    g_free(lease);
}

VsdLeases *vsd_leases_new(GDBusConnection *connection, VsdLeasesChanged changed, gpointer data)
{
    VsdLeases *self = g_new0(VsdLeases, 1);

    *self = (VsdLeases){.connection = connection, .changed = changed, .data = data,
                        .list = g_ptr_array_new_with_free_func(lease_free)};
    return self;
}

void vsd_leases_free(VsdLeases *self)
{
    g_ptr_array_unref(self->list);
    g_free(self);
}

static void end(VsdLeases *self, guint index)
{
    const Lease *lease = self->list->pdata[index];
    g_autofree char *uuid = g_strdup(lease->uuid);

    g_ptr_array_remove_index(self->list, index);
    self->changed(uuid, self->data);
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer data)
{
    VsdLeases *self = ((Lease *)data)->leases;
    guint index;

    if (g_ptr_array_find(self->list, data, &index))
        end(self, index);
}

static gboolean check_text(const char *what, const char *text, GError **error)
{
    if (*text && strlen(text) <= VSD_LEASE_TEXT_MAX)
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "hold boost: %s has to be a text of 1 to %d bytes", what, VSD_LEASE_TEXT_MAX);
    return FALSE;
}

static gboolean check_limits(VsdLeases *self, const char *owner, GError **error)
{
    guint own = 0;

    for (guint i = 0; i < self->list->len; i++)
        own += g_strcmp0(((Lease *)self->list->pdata[i])->owner, owner) == 0;
    if (own < VSD_LEASES_PER_CALLER && self->list->len < VSD_LEASES_IN_ALL)
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_LIMIT, "hold boost: no more than %d leases per caller and %d in all; release one",
                VSD_LEASES_PER_CALLER, VSD_LEASES_IN_ALL);
    return FALSE;
}

guint vsd_leases_hold(VsdLeases *self, const char *owner, const char *uuid, const char *reason, const char *application, GError **error)
{
    Lease *lease;
    guint cookie;

    if (!check_text("the reason", reason, error) || !check_text("the application", application, error) ||
        !check_limits(self, owner, error))
        return 0;
    lease = g_new0(Lease, 1);
    cookie = ++self->last ? self->last : ++self->last; /* 0 is no cookie */
    *lease = (Lease){.leases = self, .cookie = cookie, .owner = g_strdup(owner), .uuid = g_strdup(uuid), .reason = g_strdup(reason),
                     .application = g_strdup(application)};
    g_ptr_array_add(self->list, lease);
    lease->watch = g_bus_watch_name_on_connection(self->connection, owner, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, lease,
                                                  NULL);
    self->changed(uuid, self->data);
    return cookie;
}

gboolean vsd_leases_release(VsdLeases *self, const char *owner, guint cookie, GError **error)
{
    for (guint i = 0; i < self->list->len; i++) {
        const Lease *lease = self->list->pdata[i];

        if (lease->cookie == cookie && g_strcmp0(lease->owner, owner) == 0) {
            end(self, i);
            return TRUE;
        }
    }
    g_set_error(error, VS_ERROR, VS_ERROR_NO_LEASE, "release boost: this caller holds no lease with cookie %u", cookie);
    return FALSE;
}

void vsd_leases_forget(VsdLeases *self, const char *uuid)
{
    for (guint i = self->list->len; i-- > 0;) {
        if (g_strcmp0(((Lease *)self->list->pdata[i])->uuid, uuid) == 0)
            g_ptr_array_remove_index(self->list, i);
    }
}

GVariant *vsd_leases_of(VsdLeases *self, const char *uuid)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (guint i = 0; i < self->list->len; i++) {
        const Lease *lease = self->list->pdata[i];

        if (g_strcmp0(lease->uuid, uuid) == 0)
            g_variant_builder_add(&builder, "(ss)", lease->application, lease->reason);
    }
    return g_variant_builder_end(&builder);
}

gboolean vsd_leases_has(VsdLeases *self, const char *uuid)
{
    for (guint i = 0; i < self->list->len; i++) {
        if (g_strcmp0(((Lease *)self->list->pdata[i])->uuid, uuid) == 0)
            return TRUE;
    }
    return FALSE;
}
