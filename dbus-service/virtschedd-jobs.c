/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of libvirt: looks and changes, each in a worker. The jobs of one domain are done one after the other, in
 * the order in which they came; those of two domains at the same time, so that a domain whose hook hangs delays itself alone.
 */
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "virtschedd-libvirt-private.h"
#include "vs-error.h"

/* Has all that the worker needs, so that a lost connection can be dropped meanwhile. */
typedef struct {
    VsdLibvirt *self; /* for the main thread alone */
    GPtrArray *(*run)(virConnectPtr connection, void *job, GError **error);
    virConnectPtr connection;
    gboolean resting;
    VsdHostFacts host;
    char *uri;
    char *root;
    char *uuid;
    char *line;        /* NULL: uuid is */
    VsdChange *change; /* NULL: a look */
    gboolean downtime;
} Job;

static void job_free(gpointer data)
{
    Job *job = data;

    g_clear_pointer(&job->change, vsd_change_free);
    g_free(job->host.driver);
    g_free(job->uri);
    g_free(job->root);
    g_free(job->uuid);
    g_free(job->line);
    g_free(job);
}

static void job_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Job *job = data;
    GError *error = NULL;
    GPtrArray *rows = NULL;

    /* While the daemon rests, each job calls for itself. */
    if (!job->connection && job->resting)
        job->connection = virConnectOpen(job->uri);
    if (job->connection)
        rows = job->run(job->connection, job, &error);
    else
        g_set_error(&error, VS_ERROR, VS_ERROR_NO_LIBVIRT, "connect to libvirt at %s: %s; is it running?", job->uri,
                    job->resting ? virGetLastErrorMessage() : "no connection");
    g_clear_pointer(&job->connection, virConnectClose);
    if (rows)
        g_task_return_pointer(task, rows, (GDestroyNotify)g_ptr_array_unref);
    else
        g_task_return_error(task, error);
}

/* Jobs of one line wait for each other. */
static const char *line_of(const Job *job)
{
    return job->line ? job->line : job->uuid ? job->uuid : "";
}

static void job_start(VsdLibvirt *self, GTask *task)
{
    Job *job = g_task_get_task_data(task);

    job->host = self->host;
    job->host.driver = g_strdup(self->host.driver);
    job->host.root = job->root;
    job->resting = self->resting;
    if (self->connection) {
        virConnectRef(self->connection);
        job->connection = self->connection;
    }
    g_task_run_in_thread(task, job_thread);
}

static void job_add(VsdLibvirt *self, Job *job, GAsyncReadyCallback done, gpointer data)
{
    GTask *task = g_task_new(NULL, NULL, done, data);
    GQueue *line = g_hash_table_lookup(self->lines, line_of(job));

    job->self = self;
    job->uri = g_strdup(self->uri);
    job->root = g_strdup(self->root);
    g_task_set_task_data(task, job, job_free);
    if (!line) {
        line = g_queue_new();
        g_hash_table_insert(self->lines, g_strdup(line_of(job)), line);
    }
    g_queue_push_tail(line, task);
    self->busy++;
    if (g_queue_get_length(line) == 1)
        job_start(self, task);
}

static GPtrArray *job_finish(GAsyncResult *result, GError **error)
{
    Job *job = g_task_get_task_data(G_TASK(result));
    VsdLibvirt *self = job->self;
    GQueue *line = g_hash_table_lookup(self->lines, line_of(job));

    self->busy--;
    g_object_unref(g_queue_pop_head(line));
    if (g_queue_is_empty(line))
        g_hash_table_remove(self->lines, line_of(job));
    else
        job_start(self, g_queue_peek_head(line));
    vsd_libvirt_stir(self);
    return g_task_propagate_pointer(G_TASK(result), error);
}

static GPtrArray *failed(const char *what, const char *uuid, GError **error)
{
    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "%s %s: %s", what, uuid ? uuid : "all domains", virGetLastErrorMessage());
    return NULL;
}

static GPtrArray *look_run(virConnectPtr connection, void *data, GError **error)
{
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)vsd_snapshot_free);
    virDomainPtr *domains = NULL;
    const Job *job = data;
    int n;

    if (job->uuid) {
        domains = calloc(1, sizeof(*domains));
        domains[0] = virDomainLookupByUUIDString(connection, job->uuid);
        n = domains[0] ? 1 : virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? 0 : -1;
    } else {
        n = virConnectListAllDomains(connection, &domains, 0);
    }
    for (int i = 0; i < n; i++) {
        VsdSnapshot *snapshot = vsd_snapshot_take(domains[i], &job->host);

        if (snapshot)
            g_ptr_array_add(snapshots, snapshot);
        virDomainFree(domains[i]);
    }
    free(domains);
    return n < 0 ? failed("look at", job->uuid, error) : g_steal_pointer(&snapshots);
}

static GPtrArray *change_run(virConnectPtr connection, void *data, GError **error)
{
    const Job *job = data;
    virDomainPtr domain = virDomainLookupByUUIDString(connection, job->uuid);
    GPtrArray *rows;

    if (!domain && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN)
        return failed("change settings of", job->uuid, error);
    if (!domain) {
        g_set_error(error, VS_ERROR, VS_ERROR_GONE, "change settings of %s: the domain is gone", job->uuid);
        return NULL;
    }
    rows = vsd_change_run(domain, job->change, error);
    virDomainFree(domain);
    return rows;
}

void vsd_libvirt_look(VsdLibvirt *self, const char *uuid, GAsyncReadyCallback done, gpointer data)
{
    Job *job = g_new0(Job, 1);

    *job = (Job){.run = look_run, .uuid = g_strdup(uuid)};
    job_add(self, job, done, data);
}

gboolean vsd_libvirt_look_waits(VsdLibvirt *self, const char *uuid)
{
    GQueue *line = g_hash_table_lookup(self->lines, uuid ? uuid : "");

    return line && g_queue_get_length(line) > 1 && !((Job *)g_task_get_task_data(g_queue_peek_tail(line)))->change;
}

GPtrArray *vsd_libvirt_look_finish(GAsyncResult *result, GError **error)
{
    return job_finish(result, error);
}

void vsd_libvirt_change(VsdLibvirt *self, const char *uuid, VsdChange *change, GAsyncReadyCallback done, gpointer data)
{
    Job *job = g_new0(Job, 1);

    *job = (Job){.run = change_run, .uuid = g_strdup(uuid), .change = change};
    job_add(self, job, done, data);
}

GPtrArray *vsd_libvirt_change_finish(GAsyncResult *result, GError **error)
{
    return job_finish(result, error);
}

static GPtrArray *job_run(virConnectPtr connection, void *data, GError **error)
{
    const Job *job = data;
    virDomainPtr domain = virDomainLookupByUUIDString(connection, job->uuid);
    VsdJob *result = g_new0(VsdJob, 1);
    gboolean taken = domain && vsd_job_take(domain, job->downtime, result);
    GPtrArray *rows = NULL;

    if (taken) {
        rows = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(rows, g_steal_pointer(&result));
    } else {
        failed("ask for the job of", job->uuid, error);
    }
    g_clear_pointer(&domain, virDomainFree);
    g_free(result);
    return rows;
}

void vsd_libvirt_job(VsdLibvirt *self, const char *uuid, gboolean downtime, GAsyncReadyCallback done, gpointer data)
{
    Job *job = g_new0(Job, 1);

    /* A line of its own: a look at the domain must not wait for this. */
    *job = (Job){.run = job_run, .uuid = g_strdup(uuid), .line = g_strconcat("job ", uuid, NULL), .downtime = downtime};
    job_add(self, job, done, data);
}

VsdJob *vsd_libvirt_job_finish(GAsyncResult *result, GError **error)
{
    g_autoptr(GPtrArray) rows = job_finish(result, error);

    return rows ? g_ptr_array_steal_index(rows, 0) : NULL;
}

static gboolean set_true(gpointer flag)
{
    *(gboolean *)flag = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean vsd_libvirt_drain(VsdLibvirt *self, guint ms)
{
    gboolean late = FALSE;
    guint timer = g_timeout_add(ms, set_true, &late);

    while (self->busy && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(timer);
    return !self->busy;
}
