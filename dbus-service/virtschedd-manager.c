/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of the host. Whatever happens (libvirt's events, its status files, the kernel's events, a new module), the
 * answer is the same: look at the domain again, and bring the kernel to what it asks for. No timers here.
 */
#include "virtschedd-manager.h"

#include "virtschedd-interactive.h"
#include "vs-names.h"

struct _VsdManager {
    VsdManagerOptions options;
    VsdManagerCalls calls;
    gpointer data;
    VsdKernel kernel;
    VsdHost host;
    VsdLibvirt *libvirt;
    VsdMigrations *migrations;
    VsdThrottling *throttling;
    GHashTable *domains; /* uuid -> VsdDomain */
    char *lost; /* why there is no connection */
    gboolean met; /* there was a connection */
    gboolean ready;
    guint64 looks;   /* number of the last look asked for */
    guint64 removed; /* number of the last look that found a domain gone */
};

/*
 * A look at libvirt. They may come back in another order than asked for: what a later one saw stays.
 */
typedef struct {
    VsdManager *self;
    guint64 number;
    char *uuid; /* NULL: all */
    gboolean again;
    GSourceFunc done;
    gpointer data;
} Look;

static void domain_free(gpointer domain)
{
    vsd_domain_free(domain);
}

static void say_ready(VsdManager *self)
{
    if (!self->ready)
        self->calls.ready(self->data);
    self->ready = TRUE;
}

static void remove_domain(VsdManager *self, const char *uuid, guint64 number)
{
    VsdDomain *domain = g_hash_table_lookup(self->domains, uuid);

    if (!domain || domain->look > number)
        return;
    self->removed = MAX(self->removed, number);
    vsd_migrations_gone(self->migrations, uuid);
    vsd_throttling_gone(self->throttling, uuid);
    vsd_domain_release(domain, &self->kernel);
    self->calls.removed(domain, self->data);
    vsd_leases_forget(self->host.leases, uuid);
    g_hash_table_remove(self->domains, uuid);
}

/* Takes @snapshot. */
static void take_snapshot(VsdManager *self, VsdSnapshot *snapshot, const Look *look)
{
    VsdDomain *domain = g_hash_table_lookup(self->domains, snapshot->uuid);
    gboolean fresh = !domain;

    if (snapshot->unread || (domain && domain->look > look->number)) {
        vsd_snapshot_free(snapshot);
        return;
    }
    if (fresh && self->removed > look->number) {
        /* Perhaps it is this one that is gone. */
        vsd_manager_look(self, snapshot->uuid, FALSE, NULL, NULL);
        vsd_snapshot_free(snapshot);
        return;
    }
    if (fresh) {
        domain = vsd_domain_new(snapshot);
        g_hash_table_insert(self->domains, g_strdup(snapshot->uuid), domain);
    }
    domain->look = look->number;
    vsd_domain_update(domain, snapshot, &self->host, look->again);
    vsd_migrations_look(self->migrations, domain);
    if (fresh)
        self->calls.added(domain, self->data);
}

/* After a look at all: what was not seen is gone. */
static void sweep(VsdManager *self, GHashTable *seen, guint64 number)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer uuid;

    g_hash_table_iter_init(&iter, self->domains);
    while (g_hash_table_iter_next(&iter, &uuid, NULL)) {
        if (!g_hash_table_contains(seen, uuid))
            g_ptr_array_add(gone, g_strdup(uuid));
    }
    for (guint i = 0; i < gone->len; i++)
        remove_domain(self, gone->pdata[i], number);
}

static void on_look(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) snapshots = NULL;
    g_autoptr(GError) error = NULL;
    Look *look = data;
    VsdManager *self = look->self;

    snapshots = vsd_libvirt_look_finish(result, &error);
    if (error)
        g_message("%s; what is applied stays", error->message);
    while (snapshots && snapshots->len > 0) {
        VsdSnapshot *snapshot = g_ptr_array_steal_index(snapshots, 0);

        g_hash_table_add(seen, g_strdup(snapshot->uuid));
        take_snapshot(self, snapshot, look);
    }
    if (snapshots && !look->uuid)
        sweep(self, seen, look->number);
    else if (snapshots && g_hash_table_size(seen) == 0)
        remove_domain(self, look->uuid, look->number);
    if (!look->uuid)
        say_ready(self);
    if (look->done)
        look->done(look->data);
    g_free(look->uuid);
    g_free(look);
}

void vsd_manager_look(VsdManager *self, const char *uuid, gboolean again, GSourceFunc done, gpointer data)
{
    Look *look;

    if (!done && !again && vsd_libvirt_look_waits(self->libvirt, uuid))
        return;
    look = g_new0(Look, 1);
    *look = (Look){.self = self, .number = ++self->looks, .uuid = g_strdup(uuid), .again = again, .done = done, .data = data};
    vsd_libvirt_look(self->libvirt, uuid, on_look, look);
}

static void on_connected(gpointer data)
{
    VsdManager *self = data;

    if (self->lost || !self->met)
        g_message("connected to libvirt at %s", vsd_libvirt_uri(self->libvirt));
    g_clear_pointer(&self->lost, g_free);
    self->met = TRUE;
    self->calls.host(self->data);
    vsd_manager_look(self, NULL, FALSE, NULL, NULL);
}

static void on_lost(const char *why, gpointer data)
{
    VsdManager *self = data;

    if (g_strcmp0(self->lost, why) != 0)
        g_message("%s; what is applied stays, trying again", why);
    g_free(self->lost);
    self->lost = g_strdup(why);
    self->calls.host(self->data);
    say_ready(self);
}

static void on_domain(const char *uuid, gpointer data)
{
    vsd_manager_look(data, uuid, FALSE, NULL, NULL);
}

static void set_host(VsdManager *self)
{
    g_autoptr(GError) error = NULL;

    if (!self->kernel.ops->set_host(self->kernel.backend, &self->options.config.ceiling, &error))
        g_message("%s", error->message);
}

static void on_kernel(const char *uuid, gpointer data)
{
    VsdManager *self = data;

    if (uuid && g_hash_table_contains(self->domains, uuid)) {
        vsd_manager_look(self, uuid, FALSE, NULL, NULL);
    } else if (uuid && !*uuid) {
        vsd_manager_look(self, NULL, FALSE, NULL, NULL);
    } else if (!uuid) {
        set_host(self);
        self->calls.host(self->data);
        vsd_manager_look(self, NULL, TRUE, NULL, NULL);
    }
}

static void on_phase(const char *uuid, gboolean on, gpointer data)
{
    VsdManager *self = data;
    VsdDomain *domain = g_hash_table_lookup(self->domains, uuid);

    if (domain)
        vsd_interactive_changed(domain, &self->kernel, on);
}

/* libvirt rewrites a domain's status file when a vCPU is plugged, for which it has no event. */
static void on_file(const char *name, gpointer data)
{
    VsdManager *self = data;
    GHashTableIter iter;
    gpointer uuid, domain;

    g_hash_table_iter_init(&iter, self->domains);
    while (g_hash_table_iter_next(&iter, &uuid, &domain)) {
        if (g_strcmp0(((VsdDomain *)domain)->snapshot->name, name) == 0) {
            vsd_manager_look(self, uuid, FALSE, NULL, NULL);
            return;
        }
    }
}

static void replan(VsdManager *self, VsdDomain *domain)
{
    vsd_domain_replan(domain, &self->host);
    vsd_migrations_look(self->migrations, domain);
}

static void on_leases(const char *uuid, gpointer data)
{
    VsdManager *self = data;
    VsdDomain *domain = g_hash_table_lookup(self->domains, uuid);

    if (domain)
        replan(self, domain);
}

static void on_pass(const char *uuid, gpointer data)
{
    VsdManager *self = data;

    vsd_migrations_pass(self->migrations, uuid);
}

/* Let go at once; the look finds out whether there is another job, or a domain at all. */
static void on_over(const char *uuid, gpointer data)
{
    VsdManager *self = data;

    vsd_migrations_over(self->migrations, uuid);
    vsd_manager_look(self, uuid, FALSE, NULL, NULL);
}

VsdManager *vsd_manager_new(const VsdManagerOptions *options)
{
    VsdManager *self = g_new0(VsdManager, 1);

    self->options = *options;
    self->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, domain_free);
    self->kernel = (VsdKernel){.ops = options->backend, .root = options->root, .wires = options->backend == &vsd_backend_kmod};
    self->host = (VsdHost){.kernel = &self->kernel, .config = &self->options.config,
                           .leases = vsd_leases_new(options->connection, on_leases, self)};
    return self;
}

void vsd_manager_start(VsdManager *self, const VsdManagerCalls *calls, gpointer data)
{
    static const VsdLibvirtCalls libvirt_calls = {on_connected, on_lost, on_domain, on_file, on_pass, on_over};

    self->calls = *calls;
    self->data = data;
    self->kernel.backend = self->kernel.ops->open(self->options.root, on_kernel, on_phase, self);
    set_host(self);
    self->libvirt = vsd_libvirt_new(self->options.uri, self->options.root, !self->kernel.wires, &libvirt_calls, self);
    self->migrations = vsd_migrations_new(self->libvirt, &self->kernel);
    self->throttling = vsd_throttling_new(self, self->options.connection);
}

/* Domains in each slice: a millisecond or two, so that nobody waits for a walk over a thousand. */
#define SLICE 16

/* A walk over all domains. */
typedef struct {
    VsdManager *self;
    GPtrArray *uuids;
    guint next;
    void (*func)(VsdDomain *domain, gpointer data);
    GSourceFunc done;
    gpointer data;
} Walk;

static gboolean walk_on(gpointer data)
{
    Walk *walk = data;

    for (guint i = 0; i < SLICE && walk->next < walk->uuids->len; i++) {
        VsdDomain *domain = g_hash_table_lookup(walk->self->domains, walk->uuids->pdata[walk->next++]);

        if (domain)
            walk->func(domain, walk->data);
    }
    if (walk->next < walk->uuids->len)
        return G_SOURCE_CONTINUE;
    if (walk->done)
        walk->done(walk->data);
    g_ptr_array_unref(walk->uuids);
    g_free(walk);
    return G_SOURCE_REMOVE;
}

void vsd_manager_each(VsdManager *self, void (*func)(VsdDomain *domain, gpointer data), GSourceFunc done, gpointer data)
{
    g_autoptr(GPtrArray) domains = vsd_manager_domains(self);
    Walk *walk = g_new0(Walk, 1);

    *walk = (Walk){.self = self, .uuids = g_ptr_array_new_with_free_func(g_free), .func = func, .done = done, .data = data};
    for (guint i = 0; i < domains->len; i++)
        g_ptr_array_add(walk->uuids, g_strdup(((VsdDomain *)domains->pdata[i])->snapshot->uuid));
    g_idle_add(walk_on, walk);
}

/* One reload on its way. */
typedef struct {
    VsdManager *self;
    GSourceFunc done;
    gpointer data;
} Reload;

static void reload_one(VsdDomain *domain, gpointer data)
{
    Reload *reload = data;

    replan(reload->self, domain);
}

static gboolean reload_done(gpointer data)
{
    Reload *reload = data;

    if (reload->done)
        reload->done(reload->data);
    g_free(reload);
    return G_SOURCE_REMOVE;
}

gboolean vsd_manager_reload(VsdManager *self, GSourceFunc done, gpointer data, GError **error)
{
    g_auto(VsdConfig) config = {0};
    Reload *reload;

    if (!vsd_config_load(self->options.conf, self->options.root, &config, error)) {
        g_prefix_error(error, "reload: ");
        return FALSE;
    }
    vsd_config_clear(&self->options.config);
    self->options.config = config;
    config = (VsdConfig){0};
    set_host(self);
    self->calls.host(self->data);
    g_message("configuration, rules and profiles were read anew");
    reload = g_new0(Reload, 1);
    *reload = (Reload){.self = self, .done = done, .data = data};
    vsd_manager_each(self, reload_one, reload_done, reload);
    return TRUE;
}

VsdThrottling *vsd_manager_throttling(VsdManager *self)
{
    return self->throttling;
}

gboolean vsd_manager_stop(VsdManager *self, guint ms)
{
    GHashTableIter iter;
    gpointer domain;
    gboolean stopped;

    if (self->migrations)
        vsd_migrations_stop(self->migrations);
    stopped = !self->libvirt || vsd_libvirt_stop(self->libvirt, ms);

    g_hash_table_iter_init(&iter, self->domains);
    while (g_hash_table_iter_next(&iter, NULL, &domain))
        vsd_domain_release(domain, &self->kernel);
    return stopped;
}

void vsd_manager_free(VsdManager *self)
{
    g_clear_pointer(&self->migrations, vsd_migrations_free);
    g_clear_pointer(&self->throttling, vsd_throttling_free);
    g_clear_pointer(&self->libvirt, vsd_libvirt_free);
    g_hash_table_unref(self->domains);
    vsd_leases_free(self->host.leases);
    if (self->kernel.backend)
        self->kernel.ops->close(self->kernel.backend);
    vsd_config_clear(&self->options.config);
    g_free(self->lost);
    g_free(self);
}

VsdLibvirt *vsd_manager_libvirt(VsdManager *self)
{
    return self->libvirt;
}

VsdLeases *vsd_manager_leases(VsdManager *self)
{
    return self->host.leases;
}

const VsdKernel *vsd_manager_kernel(VsdManager *self)
{
    return &self->kernel;
}

VsdMigrations *vsd_manager_migrations(VsdManager *self)
{
    return self->migrations;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const VsdDomain *x = *(VsdDomain *const *)a, *y = *(VsdDomain *const *)b;

    return g_strcmp0(x->snapshot->name, y->snapshot->name);
}

GPtrArray *vsd_manager_domains(VsdManager *self)
{
    GPtrArray *list = g_ptr_array_new();
    GHashTableIter iter;
    gpointer domain;

    g_hash_table_iter_init(&iter, self->domains);
    while (g_hash_table_iter_next(&iter, NULL, &domain))
        g_ptr_array_add(list, domain);
    g_ptr_array_sort(list, by_name);
    return list;
}

VsdDomain *vsd_manager_find(VsdManager *self, const char *key)
{
    g_autoptr(GPtrArray) list = vsd_manager_domains(self);
    guint64 id = G_MAXUINT64;
    VsdDomain *named = NULL;

    g_ascii_string_to_unsigned(key, 10, 0, G_MAXINT, &id, NULL);
    for (guint i = 0; i < list->len; i++) {
        VsdDomain *domain = list->pdata[i];

        if (domain->snapshot->id >= 0 && (guint64)domain->snapshot->id == id)
            return domain;
        if (g_ascii_strcasecmp(domain->snapshot->uuid, key) == 0)
            return domain;
        if (g_strcmp0(domain->snapshot->name, key) == 0)
            named = domain;
    }
    return named;
}

VsdDomain *vsd_manager_find_path(VsdManager *self, const char *path)
{
    GHashTableIter iter;
    gpointer domain;

    g_hash_table_iter_init(&iter, self->domains);
    while (g_hash_table_iter_next(&iter, NULL, &domain)) {
        if (g_strcmp0(((VsdDomain *)domain)->path, path) == 0)
            return domain;
    }
    return NULL;
}

char **vsd_manager_problems(VsdManager *self)
{
    g_autofree char *kernel = self->kernel.ops->problem(self->kernel.backend);
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    if (!self->options.config.enabled)
        g_ptr_array_add(list, g_strdup("virtsched is switched off on this host; set enabled=true in " VS_CONF_FILE));
    if (kernel)
        g_ptr_array_add(list, g_strdup(kernel));
    if (self->lost)
        g_ptr_array_add(list, g_strdup(self->lost));
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}
