/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-bus.h. The daemon's own errors pass as they are; those of the bus, of systemd's activation and of the socket
 * mean that the daemon cannot be reached.
 */
#include "vs-bus.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "vs-names.h"

/* The bus's own errors that do not mean "not reachable". */
static const struct {
    const char *name;
    VsError code;
} remote_errors[] = {
    {"org.freedesktop.DBus.Error.AccessDenied", VS_ERROR_DENIED},
    {"org.freedesktop.DBus.Error.AuthFailed", VS_ERROR_DENIED},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", VS_ERROR_DENIED},
    {"org.freedesktop.DBus.Error.UnknownObject", VS_ERROR_GONE},
    {"org.freedesktop.DBus.Error.UnknownMethod", VS_ERROR_FAILED},
    {"org.freedesktop.DBus.Error.UnknownInterface", VS_ERROR_FAILED},
    {"org.freedesktop.DBus.Error.InvalidArgs", VS_ERROR_FAILED},
    {"org.freedesktop.DBus.Error.Failed", VS_ERROR_FAILED},
    {"org.freedesktop.DBus.Error.LimitsExceeded", VS_ERROR_FAILED},
};

void vs_bus_clear(VsBus *bus)
{
    g_clear_object(&bus->manager);
}

static VsError code_for(const GError *error)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);

    for (gsize i = 0; i < G_N_ELEMENTS(remote_errors); i++) {
        if (g_strcmp0(remote, remote_errors[i].name) == 0)
            return remote_errors[i].code;
    }
    /* A name that nobody registered: a newer daemon's own error, or systemd's reason for not starting one. */
    if (remote && g_str_has_prefix(remote, VS_BUS_ERROR_PREFIX))
        return VS_ERROR_FAILED;
    return VS_ERROR_NO_DAEMON;
}

gboolean vs_bus_fix_error(GError **error)
{
    g_autoptr(GError) cause = NULL;
    VsError code;

    if (!error || !*error)
        return FALSE;
    if ((*error)->domain == VS_ERROR) {
        g_dbus_error_strip_remote_error(*error);
        return FALSE;
    }
    cause = g_steal_pointer(error);
    code = code_for(cause);
    g_dbus_error_strip_remote_error(cause);
    g_set_error(error, VS_ERROR, code, code == VS_ERROR_NO_DAEMON ? _("virtschedd cannot be reached: %s") : "%s", cause->message);
    return FALSE;
}

gboolean vs_bus_open(VsBus *bus, GError **error)
{
    gboolean interactive = isatty(STDIN_FILENO);
    GBusType type = g_strcmp0(g_getenv(VS_ENV_BUS), "session") == 0 ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;

    /* Registers the daemon's error names with GDBus before the first reply. */
    vs_error_quark();
    bus->flags = interactive ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE;
    bus->timeout_ms = interactive ? G_MAXINT : -1;
    bus->manager = vs_proxy_manager_proxy_new_for_bus_sync(
        type, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS
        | G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION, VS_BUS_NAME, VS_BUS_PATH, NULL, error);
    return bus->manager ? TRUE : vs_bus_fix_error(error);
}

VsProxyManager *vs_bus_host(VsBus *bus, GError **error)
{
    GDBusConnection *connection = g_dbus_proxy_get_connection(G_DBUS_PROXY(bus->manager));
    VsProxyManager *host = vs_proxy_manager_proxy_new_sync(connection, G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, VS_BUS_NAME, VS_BUS_PATH,
                                                           NULL, error);

    if (!host)
        vs_bus_fix_error(error);
    return host;
}

GVariant *vs_bus_domains(VsBus *bus, GError **error)
{
    g_autoptr(VsProxyManager) host = NULL;
    g_autoptr(GVariant) domains = NULL;

    if (!vs_proxy_manager_call_list_domains_sync(bus->manager, bus->flags, bus->timeout_ms, &domains, NULL, error)) {
        vs_bus_fix_error(error);
        return NULL;
    }
    if (g_variant_n_children(domains) > 0)
        return g_steal_pointer(&domains);
    /* None, or none that the daemon can see? */
    host = vs_bus_host(bus, error);
    if (host && g_strcmp0(vs_proxy_manager_get_connection(host), "") == 0) {
        g_set_error_literal(error, VS_ERROR, VS_ERROR_NO_LIBVIRT, _("no connection to libvirt; is it running?"));
        return NULL;
    }
    return host ? g_steal_pointer(&domains) : NULL;
}

VsProxyDomain *vs_bus_domain(VsBus *bus, const char *key, GError **error)
{
    g_autofree char *path = NULL;
    VsProxyDomain *domain;

    if (!vs_proxy_manager_call_find_domain_sync(bus->manager, key, bus->flags, bus->timeout_ms, &path, NULL, error)) {
        vs_bus_fix_error(error);
        return NULL;
    }
    domain = vs_proxy_domain_proxy_new_sync(g_dbus_proxy_get_connection(G_DBUS_PROXY(bus->manager)),
                                          G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, VS_BUS_NAME, path, NULL, error);
    if (!domain)
        vs_bus_fix_error(error);
    return domain;
}
