/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtschedd: applies the scheduling settings of libvirt domains, adapts them, explains them. Options, order of start and
 * end; the rest is in virtschedd-manager.c (state), -bus.c (D-Bus), -libvirt.c (libvirt), -backend*.c (kernel).
 */
#include <glib-unix.h>
#include <libvirt/virterror.h>
#include <locale.h>
#include <unistd.h>

#include "virtschedd-bus.h"
#include "virtschedd-events.h"
#include "virtschedd-memory.h"
#include "vs-config.h"
#include "vs-error.h"
#include "vs-names.h"

/* Longest wait at the end for a libvirt that does not answer. */
#define DRAIN_MS 2000

typedef struct {
    char *uri;
    char *config;
    gboolean session_bus;
    gboolean replace;
    gboolean version;
} Options;

typedef struct {
    Options options;
    GMainLoop *loop;
    char *conf;
    VsdManager *manager;
    VsdBus *bus;
    GDBusConnection *connection;
    guint name;
    int status;
} Daemon;

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->uri, "libvirt connection (usual: qemu:///system)", "URI"},
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &o->config, "configuration (usual: " VS_CONF_FILE ")", "FILE"},
        {"session-bus", 0, 0, G_OPTION_ARG_NONE, &o->session_bus, "serve on the session bus, for tests", NULL},
        {"replace", 0, 0, G_OPTION_ARG_NONE, &o->replace, "take the name over from a running virtschedd", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &o->version, "print the version and exit", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- applies the scheduling settings of libvirt domains");

    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean on_signal(gpointer data)
{
    Daemon *d = data;

    g_main_loop_quit(d->loop);
    return G_SOURCE_CONTINUE;
}

static gboolean on_reload(gpointer data)
{
    g_autoptr(GError) error = NULL;
    Daemon *d = data;

    if (d->manager && !vsd_manager_reload(d->manager, NULL, NULL, &error))
        g_message("%s; all stays as it was", error->message);
    return G_SOURCE_CONTINUE;
}

static void on_name_lost(GDBusConnection *connection, const char *name, gpointer data)
{
    Daemon *d = data;

    if (g_dbus_connection_is_closed(d->connection))
        g_printerr("virtschedd: serve %s: the bus is gone\n", name);
    else
        g_printerr("virtschedd: own %s on the bus: another virtschedd has it (use --replace), or the bus does not allow it\n", name);
    d->status = 1;
    g_main_loop_quit(d->loop);
}

/* Only now the name: who is activated by a call finds the domains there. */
static gboolean on_ready(gpointer data)
{
    Daemon *d = data;
    GBusNameOwnerFlags flags = G_BUS_NAME_OWNER_FLAGS_ALLOW_REPLACEMENT;

    if (d->options.replace)
        flags |= G_BUS_NAME_OWNER_FLAGS_REPLACE;
    d->name = g_bus_own_name_on_connection(d->connection, VS_BUS_NAME, flags, NULL, on_name_lost, d, NULL);
    vsd_memory_give_back();
    return G_SOURCE_REMOVE;
}

/* libvirt prints every error on stderr unless told not to; ours travel as GError. */
static void ignore_libvirt(void *data, virErrorPtr error)
{
}

static gboolean start(Daemon *d, GError **error)
{
    const char *root = g_getenv(VS_ENV_ROOT);
    VsdManagerOptions options = {
        .uri = d->options.uri ? d->options.uri : "qemu:///system",
        .root = root ? root : "",
        .backend = vsd_backend_find(g_getenv(VS_ENV_BACKEND)),
    };

    options.conf = d->conf = d->options.config ? g_strdup(d->options.config) : g_strconcat(options.root, VS_CONF_FILE, NULL);
    if (!options.backend) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "choose backend: %s is neither kmod nor fake", g_getenv(VS_ENV_BACKEND));
        return FALSE;
    }
    if (!vsd_config_load(d->conf, options.root, &options.config, error))
        return FALSE;
    virSetErrorFunc(NULL, ignore_libvirt);
    vsd_events_register();
    d->connection = g_bus_get_sync(d->options.session_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, error);
    if (!d->connection) {
        vsd_config_clear(&options.config);
        return FALSE;
    }
    /* Without the bus on_name_lost() ends it, as a failure, so that systemd starts it again. */
    g_dbus_connection_set_exit_on_close(d->connection, FALSE);
    options.connection = d->connection;
    d->manager = vsd_manager_new(&options);
    d->bus = vsd_bus_new(d->connection, d->manager, on_ready, d, error);
    return d->bus != NULL;
}

/* Workers first: they may put into force what has to be put back, and libraries that exit under them crash. */
static void stop(Daemon *d)
{
    gboolean stopped = !d->manager || vsd_manager_stop(d->manager, DRAIN_MS);

    if (d->name)
        g_bus_unown_name(d->name);
    if (d->bus)
        vsd_bus_free(d->bus);
    if (!stopped)
        _exit(d->status);
    if (d->manager)
        vsd_manager_free(d->manager);
    g_clear_object(&d->connection);
    g_main_loop_unref(d->loop);
    g_free(d->options.uri);
    g_free(d->options.config);
    g_free(d->conf);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Daemon d = {0};

    setlocale(LC_ALL, "");
    if (!parse(&d.options, &argc, &argv, &error)) {
        g_printerr("virtschedd: %s\n", error->message);
        return 2;
    }
    if (d.options.version) {
        g_print("virtschedd %s\n", VS_VERSION);
        return 0;
    }
    d.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &d);
    g_unix_signal_add(SIGINT, on_signal, &d);
    g_unix_signal_add(SIGHUP, on_reload, &d);
    if (start(&d, &error)) {
        g_main_loop_run(d.loop);
    } else {
        g_printerr("virtschedd: %s\n", error->message);
        d.status = 1;
    }
    stop(&d);
    return d.status;
}
