/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection: opened and opened again by a worker, watched by libvirt's own close callback and events. A timer runs
 * only while there is no connection.
 */
#include "virtschedd-libvirt.h"

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "vs-error.h"

#define RETRY_MAX_S 30

struct _VsdLibvirt {
    char *uri;
    char *root;
    gboolean invent;
    VsdLibvirtCalls calls;
    gpointer data;
    virConnectPtr connection; /* NULL: none */
    VsdHostFacts host;
    guint retry_s;
    guint retry;
    GCancellable *stop;
};

/* One change at a time. */
static GMutex changing;
/* Workers on their way, until the main thread has their answer. */
static guint busy;

/* A worker's job has all that it needs, so that a lost connection can be dropped meanwhile, and the daemon can end. */
typedef struct {
    virConnectPtr connection;
    VsdHostFacts host;
    char *uri;
    char *root;
    char *uuid;
    VsdChange *change;
} Job;

static void open_later(VsdLibvirt *self, guint seconds);

static void job_free(Job *job)
{
    if (job->connection)
        virConnectClose(job->connection);
    g_clear_pointer(&job->change, vsd_change_free);
    g_free(job->host.driver);
    g_free(job->uri);
    g_free(job->root);
    g_free(job->uuid);
    g_free(job);
}

static GTask *job_new(VsdLibvirt *self, const char *uuid, VsdChange *change, GAsyncReadyCallback done, gpointer data)
{
    GTask *task = g_task_new(NULL, NULL, done, data);
    Job *job = g_new0(Job, 1);

    busy++;
    job->uri = g_strdup(self->uri);
    job->root = g_strdup(self->root);
    job->uuid = g_strdup(uuid);
    job->change = change;
    job->host = self->host;
    job->host.driver = g_strdup(self->host.driver);
    job->host.root = job->root;
    if (self->connection) {
        virConnectRef(self->connection);
        job->connection = self->connection;
    }
    g_task_set_task_data(task, job, (GDestroyNotify)job_free);
    return task;
}

/* Context: main thread, like every close of the connection. */
static GPtrArray *job_finish(GAsyncResult *result, GError **error)
{
    Job *job = g_task_get_task_data(G_TASK(result));

    busy--;
    g_clear_pointer(&job->connection, virConnectClose);
    return g_task_propagate_pointer(G_TASK(result), error);
}

static gboolean job_connected(GTask *task, Job *job)
{
    if (!job->connection)
        g_task_return_new_error(task, VS_ERROR, VS_ERROR_NO_LIBVIRT, "connect to libvirt at %s: no connection; is it running?",
                                job->uri);
    return job->connection != NULL;
}

static void look_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GPtrArray *snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)vsd_snapshot_free);
    virDomainPtr *domains = NULL;
    Job *job = data;
    int n = 1;

    if (!job_connected(task, job)) {
        g_ptr_array_unref(snapshots);
        return;
    }
    if (job->uuid) {
        domains = calloc(1, sizeof(*domains));
        domains[0] = virDomainLookupByUUIDString(job->connection, job->uuid);
        n = domains[0] ? 1 : 0;
    } else {
        n = virConnectListAllDomains(job->connection, &domains, 0);
    }
    for (int i = 0; i < n; i++) {
        VsdSnapshot *snapshot = vsd_snapshot_take(domains[i], &job->host);

        if (snapshot)
            g_ptr_array_add(snapshots, snapshot);
        virDomainFree(domains[i]);
    }
    free(domains);
    g_task_return_pointer(task, snapshots, (GDestroyNotify)g_ptr_array_unref);
}

void vsd_libvirt_look(VsdLibvirt *self, const char *uuid, GAsyncReadyCallback done, gpointer data)
{
    g_autoptr(GTask) task = job_new(self, uuid, NULL, done, data);

    g_task_run_in_thread(task, look_run);
}

GPtrArray *vsd_libvirt_look_finish(GAsyncResult *result, GError **error)
{
    return job_finish(result, error);
}

static void change_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Job *job = data;
    GError *error = NULL;
    virDomainPtr domain;
    GPtrArray *rows;

    if (!job_connected(task, job))
        return;
    domain = virDomainLookupByUUIDString(job->connection, job->uuid);
    if (!domain) {
        g_task_return_new_error(task, VS_ERROR, VS_ERROR_GONE, "change settings of %s: the domain is gone", job->uuid);
        return;
    }
    g_mutex_lock(&changing);
    rows = vsd_change_run(domain, job->change, &error);
    g_mutex_unlock(&changing);
    virDomainFree(domain);
    if (rows)
        g_task_return_pointer(task, rows, (GDestroyNotify)g_ptr_array_unref);
    else
        g_task_return_error(task, error);
}

void vsd_libvirt_change(VsdLibvirt *self, const char *uuid, VsdChange *change, GAsyncReadyCallback done, gpointer data)
{
    g_autoptr(GTask) task = job_new(self, uuid, change, done, data);

    g_task_run_in_thread(task, change_run);
}

GPtrArray *vsd_libvirt_change_finish(GAsyncResult *result, GError **error)
{
    return job_finish(result, error);
}

static void on_domain(VsdLibvirt *self, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

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

static gboolean drop_later(gpointer data)
{
    VsdLibvirt *self = data;

    if (!self->connection)
        return G_SOURCE_REMOVE;
    virConnectUnregisterCloseCallback(self->connection, NULL);
    virConnectClose(self->connection);
    self->connection = NULL;
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

static void open_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    virConnectPtr connection = virConnectOpen(data);

    if (connection)
        g_task_return_pointer(task, connection, NULL);
    else
        g_task_return_new_error(task, VS_ERROR, VS_ERROR_NO_LIBVIRT, "connect to libvirt at %s: %s", (const char *)data,
                                virGetLastErrorMessage());
}

static void watch(VsdLibvirt *self)
{
    virConnectRegisterCloseCallback(self->connection, on_close, self, NULL);
    virConnectDomainEventRegisterAny(self->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                     VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), self, NULL);
    virConnectDomainEventRegisterAny(self->connection, NULL, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                                     VIR_DOMAIN_EVENT_CALLBACK(on_metadata), self, NULL);
    virConnectDomainEventRegisterAny(self->connection, NULL, VIR_DOMAIN_EVENT_ID_TUNABLE,
                                     VIR_DOMAIN_EVENT_CALLBACK(on_tunable), self, NULL);
}

static void on_open(GObject *source, GAsyncResult *result, gpointer data)
{
    virConnectPtr connection;
    g_autoptr(GError) error = NULL;
    VsdLibvirt *self = data;
    char *uri;

    busy--;
    connection = g_task_propagate_pointer(G_TASK(result), &error);
    if (!connection) {
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        self->calls.lost(error->message, self->data);
        open_later(self, MIN(self->retry_s * 2, RETRY_MAX_S));
        return;
    }
    self->connection = connection;
    self->retry_s = 1;
    uri = virConnectGetURI(connection);
    self->host = (VsdHostFacts){.driver = g_strdup(virConnectGetType(connection)), .invent = self->invent, .root = self->root,
                                .session = uri && g_str_has_suffix(uri, "/session")};
    free(uri);
    watch(self);
    self->calls.connected(self->data);
}

static gboolean open_now(gpointer data)
{
    VsdLibvirt *self = data;
    g_autoptr(GTask) task = g_task_new(NULL, self->stop, on_open, self);

    self->retry = 0;
    busy++;
    g_task_set_task_data(task, g_strdup(self->uri), g_free);
    g_task_run_in_thread(task, open_run);
    return G_SOURCE_REMOVE;
}

static void open_later(VsdLibvirt *self, guint seconds)
{
    self->retry_s = MAX(seconds, 1);
    if (!self->retry)
        self->retry = g_timeout_add_seconds(self->retry_s, open_now, self);
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
    self->stop = g_cancellable_new();
    open_now(self);
    return self;
}

static gboolean set_true(gpointer flag)
{
    *(gboolean *)flag = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean vsd_libvirt_drain(guint ms)
{
    gboolean late = FALSE;
    guint timer = g_timeout_add(ms, set_true, &late);

    while (busy && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(timer);
    return !busy;
}

void vsd_libvirt_free(VsdLibvirt *self)
{
    g_cancellable_cancel(self->stop);
    g_clear_handle_id(&self->retry, g_source_remove);
    if (self->connection)
        virConnectClose(self->connection);
    g_clear_object(&self->stop);
    g_free(self->host.driver);
    g_free(self->uri);
    g_free(self->root);
    g_free(self);
}

const char *vsd_libvirt_uri(VsdLibvirt *self)
{
    return self->connection ? self->uri : "";
}

const char *vsd_libvirt_driver(VsdLibvirt *self)
{
    return self->host.driver ? self->host.driver : "";
}
