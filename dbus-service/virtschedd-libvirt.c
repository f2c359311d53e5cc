/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection: opened, watched and closed by workers. libvirtd pings its clients every 5 s, which would wake the daemon
 * for nothing: when nothing has happened for a while it hangs up, and the files that libvirt writes with every start, stop,
 * hotplug, definition and change of metadata wake it.
 */
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "virtschedd-libvirt-private.h"
#include "vs-error.h"
#include "vs-names.h"

#define RETRY_MAX_S 30
#define REST_S 3
#define CONFIG_DIR "/etc/libvirt/qemu"

/* What a worker has opened. */
typedef struct {
    virConnectPtr connection;
    int callbacks[VSD_CALLBACKS];
    char *driver;
    gboolean session;
} Opened;

static void open_later(VsdLibvirt *self, guint seconds);
static gboolean open_now(gpointer data);
static void on_close(virConnectPtr connection, int reason, void *data);

static void on_domain(VsdLibvirt *self, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    vsd_libvirt_stir(self);
    if (virDomainGetUUIDString(domain, uuid) == 0)
        self->calls.domain(uuid, self->data);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *data)
{
    on_domain(data, domain);
    return 0;
}

static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *uri, void *data)
{
    on_domain(data, domain);
}

static void on_tunable(virConnectPtr connection, virDomainPtr domain, virTypedParameterPtr params, int n, void *data)
{
    on_domain(data, domain);
}

static void on_job(VsdLibvirt *self, virDomainPtr domain, void (*call)(const char *uuid, gpointer data))
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    vsd_libvirt_stir(self);
    if (virDomainGetUUIDString(domain, uuid) == 0)
        call(uuid, self->data);
}

static void on_iteration(virConnectPtr connection, virDomainPtr domain, int iteration, void *data)
{
    on_job(data, domain, ((VsdLibvirt *)data)->calls.pass);
}

static void on_completed(virConnectPtr connection, virDomainPtr domain, virTypedParameterPtr params, int n, void *data)
{
    on_job(data, domain, ((VsdLibvirt *)data)->calls.over);
}

static void opened_free(gpointer data)
{
    Opened *opened = data;

    g_free(opened->driver);
    g_free(opened);
}

/* What is to be closed: each callback has a reference to its connection, which stays open as long. */
static void close_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Opened *opened = data;

    for (int i = 0; i < VSD_CALLBACKS; i++) {
        if (opened->callbacks[i] >= 0)
            virConnectDomainEventDeregisterAny(opened->connection, opened->callbacks[i]);
    }
    virConnectUnregisterCloseCallback(opened->connection, on_close);
    virConnectClose(opened->connection);
    g_task_return_boolean(task, TRUE);
}

static void on_closed(GObject *source, GAsyncResult *result, gpointer data)
{
    VsdLibvirt *self = data;

    self->busy--;
}

/* Closing asks libvirtd, which may hang. */
static void hang_up(VsdLibvirt *self)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_closed, self);
    Opened *opened;

    g_clear_handle_id(&self->rest, g_source_remove);
    if (!self->connection)
        return;
    self->busy++;
    opened = g_new0(Opened, 1);
    opened->connection = g_steal_pointer(&self->connection);
    memcpy(opened->callbacks, self->callbacks, sizeof(opened->callbacks));
    g_task_set_task_data(task, opened, opened_free);
    g_task_run_in_thread(task, close_thread);
}

static gboolean drop_later(gpointer data)
{
    VsdLibvirt *self = data;

    if (!self->connection || virConnectIsAlive(self->connection) == 1)
        return G_SOURCE_REMOVE;
    hang_up(self);
    g_clear_pointer(&self->host.driver, g_free);
    self->calls.lost("the connection to libvirt was closed", self->data);
    open_later(self, 1);
    return G_SOURCE_REMOVE;
}

/* From inside of libvirt: the connection cannot be closed here. */
static void on_close(virConnectPtr connection, int reason, void *data)
{
    g_idle_add(drop_later, data);
}

static gboolean rest_now(gpointer data)
{
    VsdLibvirt *self = data;

    self->rest = 0;
    if (self->busy) {
        vsd_libvirt_stir(self);
        return G_SOURCE_REMOVE;
    }
    self->resting = TRUE;
    hang_up(self);
    return G_SOURCE_REMOVE;
}

/* Only the QEMU driver writes these files; tests write them themselves. */
void vsd_libvirt_stir(VsdLibvirt *self)
{
    gboolean writes = self->invent || (g_strcmp0(self->host.driver, "QEMU") == 0 && !self->host.session);

    g_clear_handle_id(&self->rest, g_source_remove);
    if (self->connection && self->status && self->config && writes)
        self->rest = g_timeout_add_seconds(REST_S, rest_now, self);
}

static void end_rest(VsdLibvirt *self)
{
    if (self->resting && !self->opening)
        open_now(self);
}

static void on_status_file(const char *name, gpointer data)
{
    g_autofree char *domain = NULL;
    VsdLibvirt *self = data;

    if (name && !g_str_has_suffix(name, ".xml"))
        return;
    end_rest(self);
    if (!name || !self->connection)
        return;
    domain = g_strndup(name, strlen(name) - strlen(".xml"));
    self->calls.file(domain, self->data);
}

/* While connected, libvirt's own events say it better. */
static void on_config_file(const char *name, gpointer data)
{
    if (name && !g_str_has_suffix(name, ".xml"))
        return;
    vsd_libvirt_stir(data); /* the event may still be on its way */
    end_rest(data);
}

static void watch_folder(VsdLibvirt *self, VsdWatch **watch, const char *folder, VsdWatchEvent event)
{
    g_autofree char *path = g_strconcat(self->root, folder, NULL);

    g_clear_pointer(watch, vsd_watch_free);
    *watch = vsd_watch_new(path, event, self);
}

static void register_events(VsdLibvirt *self, Opened *opened)
{
    static const struct {
        int event;
        virConnectDomainEventGenericCallback callback;
    } events[VSD_CALLBACKS] = {
        {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
        {VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_metadata)},
        {VIR_DOMAIN_EVENT_ID_TUNABLE, VIR_DOMAIN_EVENT_CALLBACK(on_tunable)},
        {VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK(on_iteration)},
        {VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_completed)},
    };

    virConnectRegisterCloseCallback(opened->connection, on_close, self, NULL);
    for (int i = 0; i < VSD_CALLBACKS; i++)
        opened->callbacks[i] = virConnectDomainEventRegisterAny(opened->connection, NULL, events[i].event, events[i].callback,
                                                                self, NULL);
}

/* Events may arrive at the main thread before on_open() does: the look at all that follows sees what they were about. */
static void open_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    VsdLibvirt *self = data;
    virConnectPtr connection = virConnectOpen(self->uri);
    Opened *opened;
    char *uri;

    if (!connection) {
        g_task_return_new_error(task, VS_ERROR, VS_ERROR_NO_LIBVIRT, "connect to libvirt at %s: %s", self->uri,
                                virGetLastErrorMessage());
        return;
    }
    uri = virConnectGetURI(connection);
    opened = g_new0(Opened, 1);
    *opened = (Opened){.connection = connection, .driver = g_strdup(virConnectGetType(connection)),
                       .session = uri && g_str_has_suffix(uri, "/session")};
    register_events(self, opened);
    free(uri);
    g_task_return_pointer(task, opened, opened_free);
}

static void on_open(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    VsdLibvirt *self = data;
    Opened *opened = g_task_propagate_pointer(G_TASK(result), &error);

    self->busy--;
    self->opening = FALSE;
    self->resting = FALSE;
    if (!opened) {
        g_clear_pointer(&self->host.driver, g_free);
        self->calls.lost(error->message, self->data);
        open_later(self, MIN(self->retry_s * 2, RETRY_MAX_S));
        return;
    }
    self->connection = opened->connection;
    memcpy(self->callbacks, opened->callbacks, sizeof(self->callbacks));
    self->retry_s = 1;
    g_free(self->host.driver);
    self->host = (VsdHostFacts){.driver = g_steal_pointer(&opened->driver), .invent = self->invent, .root = self->root,
                                .session = opened->session};
    opened_free(opened);
    /* Folders that were not there, or were made anew. */
    watch_folder(self, &self->status, VS_LIBVIRT_STATUS_DIR, on_status_file);
    watch_folder(self, &self->config, CONFIG_DIR, on_config_file);
    vsd_libvirt_stir(self);
    self->calls.connected(self->data);
}

static gboolean open_now(gpointer data)
{
    VsdLibvirt *self = data;
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_open, self);

    self->retry = 0;
    self->opening = TRUE;
    self->busy++;
    g_task_set_task_data(task, self, NULL);
    g_task_run_in_thread(task, open_thread);
    return G_SOURCE_REMOVE;
}

static void open_later(VsdLibvirt *self, guint seconds)
{
    self->retry_s = MAX(seconds, 1);
    if (!self->retry)
        self->retry = g_timeout_add_seconds(self->retry_s, open_now, self);
}

static void free_line(gpointer line)
{
    g_queue_free_full(line, g_object_unref);
}

VsdLibvirt *vsd_libvirt_new(const char *uri, const char *root, gboolean invent, const VsdLibvirtCalls *calls, gpointer data)
{
    VsdLibvirt *self = g_new0(VsdLibvirt, 1);

    self->uri = g_strdup(uri);
    self->root = g_strdup(root);
    self->invent = invent;
    self->calls = *calls;
    self->data = data;
    self->retry_s = 1;
    self->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_line);
    open_now(self);
    return self;
}

gboolean vsd_libvirt_stop(VsdLibvirt *self, guint ms)
{
    g_clear_handle_id(&self->retry, g_source_remove);
    g_clear_pointer(&self->status, vsd_watch_free);
    g_clear_pointer(&self->config, vsd_watch_free);
    if (!vsd_libvirt_drain(self, ms))
        return FALSE;
    hang_up(self);
    return vsd_libvirt_drain(self, ms);
}

void vsd_libvirt_free(VsdLibvirt *self)
{
    g_clear_handle_id(&self->retry, g_source_remove);
    g_hash_table_unref(self->lines);
    g_free(self->host.driver);
    g_free(self->uri);
    g_free(self->root);
    g_free(self);
}

const char *vsd_libvirt_uri(VsdLibvirt *self)
{
    return self->connection || self->resting ? self->uri : "";
}

const char *vsd_libvirt_driver(VsdLibvirt *self)
{
    return self->host.driver ? self->host.driver : "";
}
