/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of org.virtsched1. All but SetSettings, SetGuestChannel and GetMigration answer from what the daemon knows, without asking libvirt.
 */
#include "virtschedd-calls.h"

#include "virtschedd-interactive.h"
#include "vs-error.h"
#include "vs-names.h"

static void list_domains(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    g_autoptr(GPtrArray) domains = vsd_manager_domains(manager);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ossiss)"));
    for (guint i = 0; i < domains->len; i++) {
        const VsdDomain *d = domains->pdata[i];

        g_variant_builder_add(&builder, "(ossiss)", d->path, d->snapshot->name, d->snapshot->uuid, d->snapshot->id,
                              d->snapshot->state, d->summary);
    }
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(a(ossiss))", &builder));
}

/* NULL: the invocation is answered; @what: what was to be done, for the error. */
static VsdDomain *domain_of(VsdManager *manager, GDBusMethodInvocation *invocation, const char *what, const char *key)
{
    VsdDomain *domain = vsd_manager_find(manager, key);

    if (domain)
        return domain;
    if (*vsd_libvirt_uri(vsd_manager_libvirt(manager)))
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_NO_DOMAIN, "%s '%s': no domain has this name, id or UUID",
                                              what, key);
    else
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_NO_LIBVIRT, "%s '%s': no connection to libvirt; is it "
                                              "running?", what, key);
    return NULL;
}

static void find_domain(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    const VsdDomain *domain;
    const char *key;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &key);
    domain = domain_of(manager, invocation, "find domain", key);
    if (domain)
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(o)", domain->path));
}

/* A setting's value of its D-Bus type. */
static GVariant *default_of(const VsSettingInfo *info)
{
    if (info->type == VS_SETTING_BOOL)
        return g_variant_new_boolean(info->def != 0);
    if (info->type == VS_SETTING_UINT)
        return g_variant_new_uint32(info->def);
    return g_variant_new_string(info->choices[info->def]);
}

static void list_settings(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    static const char *const types[] = {[VS_SETTING_BOOL] = "b", [VS_SETTING_UINT] = "u", [VS_SETTING_ENUM] = "s"};
    static const char *const no_choices[] = {NULL};
    GVariantBuilder builder;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sssuuvasss)"));
    for (gsize i = 0; i < n; i++) {
        const VsSettingInfo *s = &table[i];

        g_variant_builder_add(&builder, "(sssuuv^asss)", s->key, types[s->type], s->unit ? s->unit : "", s->min, s->max,
                              default_of(s), s->choices ? s->choices : no_choices, s->pending ? s->pending : "", s->doc);
    }
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(a(sssuuvasss))", &builder));
}

static void doctor(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(@a(ssss))", vsd_doctor(manager)));
}

static gboolean reload_done(gpointer invocation)
{
    g_dbus_method_invocation_return_value(invocation, NULL);
    return G_SOURCE_REMOVE;
}

static void reload(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;

    if (!vsd_manager_reload(manager, reload_done, invocation, &error))
        g_dbus_method_invocation_take_error(invocation, error);
}

static void hold_boost(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    const char *key, *reason, *application;
    const VsdDomain *domain;
    GError *error = NULL;
    guint cookie;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s&s&s)", &key, &reason, &application);
    domain = domain_of(manager, invocation, "hold boost of", key);
    if (!domain)
        return;
    if (domain->snapshot->id < 0) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_NOT_RUNNING, "hold boost of %s: the domain is shut "
                                              "off", domain->snapshot->name);
        return;
    }
    cookie = vsd_leases_hold(vsd_manager_leases(manager), g_dbus_method_invocation_get_sender(invocation), domain->snapshot->uuid,
                             reason, application, &error);
    if (cookie)
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", cookie));
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

static void watch_throttling(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;
    gboolean on;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(b)", &on);
    if (vsd_throttling_watch(vsd_manager_throttling(manager), g_dbus_method_invocation_get_sender(invocation), on, &error))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

static void release_boost(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;
    guint cookie;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(u)", &cookie);
    if (vsd_leases_release(vsd_manager_leases(manager), g_dbus_method_invocation_get_sender(invocation), cookie, &error))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

static void get_settings(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    const VsdSnapshot *s = domain->snapshot;
    gboolean live;
    const VsSettings *settings;
    const char *error;
    guint flags;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(u)", &flags);
    if (flags > VIR_DOMAIN_AFFECT_CONFIG) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_INVALID_VALUE, "get settings of %s: flags has to be "
                                              "0 (current), 1 (live) or 2 (config)", s->name);
        return;
    }
    if (flags == VIR_DOMAIN_AFFECT_LIVE && s->id < 0) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_NOT_RUNNING, "get live settings of %s: the domain "
                                              "is shut off; use --config", s->name);
        return;
    }
    live = flags == VIR_DOMAIN_AFFECT_LIVE || (flags == VIR_DOMAIN_AFFECT_CURRENT && s->id >= 0);
    settings = live ? s->live : s->config;
    error = live ? s->live_error : s->config_error;
    if (error) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_INVALID_XML, "get settings of %s: %s", s->name, error);
        return;
    }
    g_dbus_method_invocation_return_value(
        invocation, g_variant_new("(@a{sv})", settings ? vs_settings_to_variant(settings, FALSE)
                                                       : g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0)));
}

static void why(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    static const char *const origins[] = {
        [VS_ORIGIN_DEFAULT] = "default", [VS_ORIGIN_PROFILE] = "profile", [VS_ORIGIN_RULE] = "rule",
        [VS_ORIGIN_DOMAIN] = "domain",   [VS_ORIGIN_LEASE] = "lease",     [VS_ORIGIN_CEILING] = "ceiling",
    };
    GVariantBuilder builder;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    const char *whole = g_hash_table_lookup(domain->reasons, "");

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sssss)"));
    if (whole)
        g_variant_builder_add(&builder, "(sssss)", "", "", "", "domain", whole);
    for (gsize i = 0; i < n; i++) {
        const char *key = table[i].key, *reason = g_hash_table_lookup(domain->reasons, key);
        g_autofree char *wanted = NULL, *applied = NULL;

        if (!reason)
            reason = g_hash_table_lookup(domain->plan->notes, key); /* a default above the ceiling */
        if (vs_settings_is_set(domain->plan->wanted, key))
            wanted = vs_settings_get_string(domain->plan->wanted, key);
        applied = vsd_decide_in_force(domain->plan, domain->applied, key);
        g_variant_builder_add(&builder, "(sssss)", key, wanted ? wanted : "", applied ? applied : "",
                              origins[vs_settings_get_origin(domain->plan->resolved, key)], reason ? reason : "");
    }
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(a(sssss))", &builder));
}

static void get_stats(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;
    GVariant *rows = vsd_domain_stats(domain, vsd_manager_kernel(manager), &error);

    if (rows)
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(@aa{sv})", rows));
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

typedef struct {
    VsdManager *manager;
    GDBusMethodInvocation *invocation;
    GVariantBuilder rows;
} AllStats;

/* A domain whose counters cannot be read just now has none. */
static void add_stats(VsdDomain *domain, gpointer data)
{
    AllStats *all = data;
    g_autoptr(GVariant) rows = vsd_domain_stats(domain, vsd_manager_kernel(all->manager), NULL);

    rows = g_variant_ref_sink(rows ? rows : g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0));
    /* As bytes it is a tenth of the tree that it was built as. */
    g_variant_get_data(rows);
    g_variant_builder_add(&all->rows, "(sss@aa{sv})", domain->snapshot->name, domain->snapshot->uuid, domain->summary, rows);
}

static gboolean all_stats_done(gpointer data)
{
    AllStats *all = data;

    g_dbus_method_invocation_return_value(all->invocation, g_variant_new("(a(sssaa{sv}))", &all->rows));
    g_free(all);
    return G_SOURCE_REMOVE;
}

static void get_all_stats(VsdManager *manager, VsdDomain *none, GDBusMethodInvocation *invocation)
{
    AllStats *all = g_new0(AllStats, 1);

    *all = (AllStats){.manager = manager, .invocation = invocation};
    g_variant_builder_init(&all->rows, G_VARIANT_TYPE("a(sssaa{sv})"));
    vsd_manager_each(manager, add_stats, all_stats_done, all);
}

/* Libvirt is asked, so that a job which nobody follows is shown too. */
typedef struct {
    VsdManager *manager;
    GDBusMethodInvocation *invocation;
    char *uuid;
} JobCall;

static void on_job(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    JobCall *call = data;
    VsdJob *job = vsd_libvirt_job_finish(result, &error);
    VsdDomain *domain = vsd_manager_find(call->manager, call->uuid);

    if (domain)
        g_dbus_method_invocation_return_value(call->invocation,
                                              vsd_migrations_describe(vsd_manager_migrations(call->manager), domain, job));
    else
        g_dbus_method_invocation_return_error_literal(call->invocation, VS_ERROR, VS_ERROR_GONE, "the domain is gone");
    g_free(job);
    g_free(call->uuid);
    g_free(call);
}

static void get_migration(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    JobCall *call = g_new0(JobCall, 1);

    if (domain->snapshot->id < 0) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_NOT_RUNNING, "get migration of %s: the domain is "
                                              "shut off", domain->snapshot->name);
        g_free(call);
        return;
    }
    *call = (JobCall){.manager = manager, .invocation = invocation, .uuid = g_strdup(domain->snapshot->uuid)};
    vsd_libvirt_job(vsd_manager_libvirt(manager), call->uuid, FALSE, on_job, call);
}

static void change_phase(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation, guint ms)
{
    GError *error = NULL;

    if (vsd_interactive_phase(domain, vsd_manager_kernel(manager), ms, &error))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

static void start_phase(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    guint ms;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(u)", &ms);
    if (ms < 1 || ms > 60000)
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_INVALID_VALUE, "start a phase of %s: %u ms is not in "
                                              "1..60000", domain->snapshot->name, ms);
    else
        change_phase(manager, domain, invocation, ms);
}

static void end_phase(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    change_phase(manager, domain, invocation, 0);
}

static void get_tasks(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;
    GVariant *reply = vsd_interactive_tasks(domain, vsd_manager_kernel(manager), &error);

    if (reply)
        g_dbus_method_invocation_return_value(invocation, reply);
    else
        g_dbus_method_invocation_take_error(invocation, error);
}

/* A change on its way: answered when the kernel was brought to it. */
typedef struct {
    VsdManager *manager;
    GDBusMethodInvocation *invocation;
    char *uuid;
    gboolean dry_run;
    GVariant *rows; /* floating sunk */
} Change;

static gboolean change_done(gpointer data)
{
    Change *change = data;

    g_dbus_method_invocation_return_value(change->invocation, g_variant_new("(@a(sss))", change->rows));
    g_variant_unref(change->rows);
    g_free(change->uuid);
    g_free(change);
    return G_SOURCE_REMOVE;
}

static void on_changed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GPtrArray) rows = NULL;
    GVariantBuilder builder;
    GError *error = NULL;
    Change *change = data;
    const VsdDomain *domain;
    gboolean again;

    rows = vsd_libvirt_change_finish(result, &error);
    if (!rows) {
        g_dbus_method_invocation_take_error(change->invocation, error);
        g_free(change->uuid);
        g_free(change);
        return;
    }
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sss)"));
    for (guint i = 0; i < rows->len; i++) {
        const VsSettingChange *row = rows->pdata[i];

        g_variant_builder_add(&builder, "(sss)", row->info->key, row->before ? row->before : "", row->after ? row->after : "");
    }
    change->rows = g_variant_ref_sink(g_variant_builder_end(&builder));
    domain = vsd_manager_find(change->manager, change->uuid);
    /* Who sets what is set already wants the threads back that somebody else changed. */
    again = !change->dry_run && domain && (domain->outcome.stepped_back > 0 || domain->outcome.ext > 0);
    vsd_manager_look(change->manager, change->uuid, again, change_done, change);
}

static VsSettings *settings_of(GVariant *dict, GError **error)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_iter_init(&iter, dict);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        gboolean ok = vs_settings_set_variant(settings, key, value, error);

        g_variant_unref(value);
        if (!ok)
            return NULL;
    }
    return g_steal_pointer(&settings);
}

/* Takes @request. */
static void start_change(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation, VsdChange *request)
{
    Change *change;

    if (request->flags > (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_INVALID_VALUE, "change settings of %s: flags has to "
                                              "be 0 (current), 1 (live), 2 (config) or 3 (both)", domain->snapshot->name);
        vsd_change_free(request);
        return;
    }
    change = g_new0(Change, 1);
    *change = (Change){.manager = manager, .invocation = invocation, .uuid = g_strdup(domain->snapshot->uuid),
                       .dry_run = request->dry_run};
    vsd_libvirt_change(vsd_manager_libvirt(manager), change->uuid, request, on_changed, change);
}

static void set_guest_channel(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    static const char *const key[] = {"boost.guest", "interactive.guest", NULL};
    static const char *const none[] = {NULL};
    VsdChange *request = g_new0(VsdChange, 1);
    gboolean enable;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(bub)", &enable, &request->flags, &request->dry_run);
    request->channel = enable ? VSD_CHANNEL_ADD : VSD_CHANNEL_REMOVE;
    request->set = vs_settings_new();
    if (enable)
        vs_settings_set_string(request->set, key[0], "on", NULL);
    request->unset = g_strdupv((char **)(enable ? none : key));
    start_change(manager, domain, invocation, request);
}

static void set_settings(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation)
{
    g_autoptr(GVariant) dict = NULL;
    g_autoptr(VsSettings) set = NULL;
    g_auto(GStrv) unset = NULL;
    GError *error = NULL;
    VsdChange *request;
    gboolean dry_run;
    guint flags;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(@a{sv}^asub)", &dict, &unset, &flags, &dry_run);
    set = settings_of(dict, &error);
    if (!set) {
        g_dbus_method_invocation_take_error(invocation, error);
        return;
    }
    request = g_new0(VsdChange, 1);
    *request = (VsdChange){.set = g_steal_pointer(&set), .unset = g_steal_pointer(&unset), .flags = flags, .dry_run = dry_run};
    start_change(manager, domain, invocation, request);
}

const VsdCall vsd_calls[] = {
    {"handle-list-domains", VS_POLKIT_LOOK, FALSE, list_domains},
    {"handle-find-domain", VS_POLKIT_LOOK, FALSE, find_domain},
    {"handle-list-settings", VS_POLKIT_LOOK, FALSE, list_settings},
    {"handle-doctor", VS_POLKIT_LOOK, FALSE, doctor},
    {"handle-get-settings", VS_POLKIT_LOOK, TRUE, get_settings},
    {"handle-why", VS_POLKIT_LOOK, TRUE, why},
    {"handle-get-stats", VS_POLKIT_LOOK, TRUE, get_stats},
    {"handle-get-all-stats", VS_POLKIT_LOOK, FALSE, get_all_stats},
    {"handle-get-migration", VS_POLKIT_LOOK, TRUE, get_migration},
    {"handle-get-tasks", VS_POLKIT_LOOK, TRUE, get_tasks},
    {"handle-start-phase", VS_POLKIT_CHANGE, TRUE, start_phase},
    {"handle-end-phase", VS_POLKIT_CHANGE, TRUE, end_phase},
    {"handle-set-settings", VS_POLKIT_CHANGE, TRUE, set_settings},
    {"handle-set-guest-channel", VS_POLKIT_CHANGE, TRUE, set_guest_channel},
    {"handle-reload", VS_POLKIT_CHANGE, FALSE, reload},
    {"handle-hold-boost", VS_POLKIT_HOLD, FALSE, hold_boost, TRUE},
    {"handle-release-boost", VS_POLKIT_LOOK, FALSE, release_boost},
    {"handle-watch-throttling", VS_POLKIT_LOOK, FALSE, watch_throttling},
};
const gsize vsd_n_calls = G_N_ELEMENTS(vsd_calls);
