/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.virtsched1 on the bus. Every method is a row of one table: signal of the skeleton, polkit action, function. A method
 * that is not in the table is denied by GDBus ("not implemented").
 */
#include "virtschedd-bus.h"

#include "virtschedd-auth.h"
#include "virtschedd-calls.h"
#include "vs-config.h"
#include "vs-error.h"
#include "vs-names.h"

struct _VsdBus {
    VsdManager *manager;
    GDBusObjectManagerServer *objects;
    VsdDbusManager *skeleton;
    GSourceFunc ready;
    gpointer data;
};

/* One call between its arrival and polkit's answer. */
typedef struct {
    VsdBus *bus;
    const VsdCall *call;
} Pending;

static void on_allowed(GDBusMethodInvocation *invocation, gpointer data)
{
    Pending *pending = data;
    VsdDomain *domain = NULL;

    if (pending->call->on_domain) {
        domain = vsd_manager_find_path(pending->bus->manager, g_dbus_method_invocation_get_object_path(invocation));
        if (!domain) {
            g_dbus_method_invocation_return_error_literal(invocation, VS_ERROR, VS_ERROR_GONE, "the domain is gone");
            return;
        }
    }
    pending->call->run(pending->bus->manager, domain, invocation);
}

/* Every handle-... signal of a skeleton has the invocation as its second value, and wants TRUE back. */
static void on_call(GClosure *closure, GValue *ret, guint n, const GValue *values, gpointer hint, gpointer marshal_data)
{
    GDBusMethodInvocation *invocation = g_value_get_object(&values[1]);
    const Pending *template = closure->data;
    Pending *pending = g_memdup2(template, sizeof(*template));
    VsdManager *manager = pending->bus->manager;
    VsdDomain *domain = vsd_manager_find_path(manager, g_dbus_method_invocation_get_object_path(invocation));
    const char *key;

    if (pending->call->names_domain) {
        g_variant_get_child(g_dbus_method_invocation_get_parameters(invocation), 0, "&s", &key);
        domain = vsd_manager_find(manager, key);
    }
    g_value_set_boolean(ret, TRUE);
    vsd_auth_check(invocation, pending->call->action, vsd_libvirt_driver(vsd_manager_libvirt(manager)),
                   domain ? domain->snapshot->name : NULL, domain ? domain->snapshot->uuid : NULL, on_allowed, pending);
}

static void free_pending(gpointer data, GClosure *closure)
{
    g_free(data);
}

static void bind(VsdBus *self, gpointer skeleton, gboolean on_domain)
{
    for (gsize i = 0; i < vsd_n_calls; i++) {
        Pending *pending;
        GClosure *closure;

        if (vsd_calls[i].on_domain != on_domain)
            continue;
        pending = g_new0(Pending, 1);
        *pending = (Pending){.bus = self, .call = &vsd_calls[i]};
        closure = g_closure_new_simple(sizeof(GClosure), pending);
        g_closure_set_marshal(closure, on_call);
        g_closure_add_finalize_notifier(closure, pending, free_pending);
        g_signal_connect_closure(skeleton, vsd_calls[i].signal, closure, FALSE);
    }
}

static void on_added(VsdDomain *domain, gpointer data)
{
    VsdBus *self = data;

    bind(self, domain->skeleton, TRUE);
    g_dbus_object_manager_server_export(self->objects, G_DBUS_OBJECT_SKELETON(domain->object));
}

static void on_removed(VsdDomain *domain, gpointer data)
{
    VsdBus *self = data;

    g_dbus_object_manager_server_unexport(self->objects, domain->path);
}

static void on_host(gpointer data)
{
    VsdBus *self = data;
    const VsdKernel *kernel = vsd_manager_kernel(self->manager);
    g_auto(GStrv) problems = vsd_manager_problems(self->manager);

    vsd_dbus_manager_set_problems(self->skeleton, (const char *const *)problems);
    vsd_dbus_manager_set_module_version(self->skeleton, kernel->ops->version(kernel->backend));
    vsd_dbus_manager_set_connection(self->skeleton, vsd_libvirt_uri(vsd_manager_libvirt(self->manager)));
}

static void on_ready(gpointer data)
{
    VsdBus *self = data;

    on_host(self);
    self->ready(self->data);
}

VsdBus *vsd_bus_new(GDBusConnection *connection, VsdManager *manager, GSourceFunc ready, gpointer data, GError **error)
{
    static const VsdManagerCalls calls = {on_ready, on_added, on_removed, on_host};
    VsdBus *self = g_new0(VsdBus, 1);

    self->manager = manager;
    self->ready = ready;
    self->data = data;
    self->skeleton = vsd_dbus_manager_skeleton_new();
    vsd_dbus_manager_set_version(self->skeleton, VS_VERSION);
    bind(self, self->skeleton, FALSE);
    if (!g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(self->skeleton), connection, VS_BUS_PATH, error)) {
        vsd_bus_free(self);
        return NULL;
    }
    self->objects = g_dbus_object_manager_server_new(VS_BUS_PATH);
    g_dbus_object_manager_server_set_connection(self->objects, connection);
    vsd_manager_start(manager, &calls, self);
    return self;
}

void vsd_bus_free(VsdBus *self)
{
    if (self->skeleton && g_dbus_interface_skeleton_get_connection(G_DBUS_INTERFACE_SKELETON(self->skeleton)))
        g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(self->skeleton));
    g_clear_object(&self->objects);
    g_clear_object(&self->skeleton);
    g_free(self);
}
