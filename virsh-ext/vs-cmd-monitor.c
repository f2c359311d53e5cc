/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched monitor: what happens, line by line as it happens: phases, summaries that change (a step back among them), vCPUs that
 * are throttled, and how many boosts there were. All but the last are the daemon's signals; boosts are too many for that and are counted.
 */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-names.h"
#include "vs-rows.h"

static gint seconds;
static gint count;

static const GOptionEntry options[] = {
    {"boosts", 0, 0, G_OPTION_ARG_INT, &seconds, N_("Count boosts every so many seconds"), "SECONDS"},
    {"count", 0, 0, G_OPTION_ARG_INT, &count, N_("End after so many lines"), "N"},
    {NULL},
};

typedef struct {
    const VsCall *call;
    VsBus bus;
    GMainLoop *loop;
    char *only;         /* object path, or NULL: all */
    GHashTable *names;  /* object path -> name */
    GHashTable *boosts; /* object path -> boosts so far */
    gint lines;
} Monitor;

/* (transfer none) */
static const char *name_of(Monitor *m, const char *path)
{
    const char *known = g_hash_table_lookup(m->names, path);
    g_autoptr(VsProxyDomain) domain = NULL;
    char *name;

    if (known)
        return known;
    domain = vs_proxy_domain_proxy_new_sync(g_dbus_proxy_get_connection(G_DBUS_PROXY(m->bus.manager)),
                                            G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS, VS_BUS_NAME, path, NULL, NULL);
    name = vs_format_safe(domain && vs_proxy_domain_get_name(domain) ? vs_proxy_domain_get_name(domain) : path);
    g_hash_table_insert(m->names, g_strdup(path), name);
    return name;
}

/* @cause: (nullable): of what happened to vCPU @vcpu alone */
static void say_vcpu(Monitor *m, const char *path, const char *event, const char *detail, guint vcpu, const char *cause)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
    g_autofree char *safe = vs_format_safe(detail ? detail : "");

    if (m->call->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        g_autoptr(JsonGenerator) generator = json_generator_new();
        g_autoptr(JsonNode) root = NULL;
        g_autofree char *line = NULL;

        json_builder_begin_object(builder);
        vs_json_int(builder, "time-us", g_get_real_time());
        vs_json_string(builder, "domain", name_of(m, path));
        vs_json_string(builder, "event", event);
        if (cause) {
            vs_json_int(builder, "vcpu", vcpu);
            vs_json_string(builder, "cause", cause);
        }
        vs_json_string(builder, "detail", detail);
        json_builder_end_object(builder);
        root = json_builder_get_root(builder);
        json_generator_set_root(generator, root);
        line = json_generator_to_data(generator, NULL);
        g_print("%s\n", line);
    } else {
        g_print("%s.%03d  %s  %s%s%s\n", time, g_date_time_get_microsecond(now) / 1000, name_of(m, path), event, *safe ? "  " : "", safe);
    }
    fflush(stdout);
    if (count > 0 && ++m->lines >= count)
        g_main_loop_quit(m->loop);
}

static void say(Monitor *m, const char *path, const char *event, const char *detail)
{
    say_vcpu(m, path, event, detail, 0, NULL);
}

static void on_throttling(Monitor *m, const char *path, GVariant *parameters)
{
    static const struct {
        const char *cause;
        const char *words;
    } causes[] = {
        {"budget", N_("vCPU %u: its boosts are refused, the budget is used up or it owes too much")},
        {"dirty", N_("vCPU %u: it dirties more memory than its quota")},
    };
    g_autofree char *text = NULL;
    const char *cause;
    gboolean on;
    guint vcpu;

    g_variant_get(parameters, "(u&sb)", &vcpu, &cause, &on);
    for (gsize i = 0; i < G_N_ELEMENTS(causes) && !text; i++) {
        if (g_str_equal(causes[i].cause, cause))
            text = g_strdup_printf(_(causes[i].words), vcpu);
    }
    /* A newer daemon's cause is shown as it is. */
    if (!text)
        text = g_strdup_printf(_("vCPU %u: %s"), vcpu, cause);
    say_vcpu(m, path, on ? "throttle-begin" : "throttle-end", text, vcpu, cause);
}

static void on_signal(GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
                      GVariant *parameters, gpointer data)
{
    Monitor *m = data;
    g_autoptr(GVariant) changed = NULL;
    const char *summary, *phase, *reason;
    g_autofree char *limit = NULL;
    guint64 quota;
    gboolean on;

    if (m->only && !g_str_equal(m->only, path))
        return;
    if (g_str_equal(signal, "PhaseChanged") && g_variant_is_of_type(parameters, G_VARIANT_TYPE("(b)"))) {
        g_variant_get(parameters, "(b)", &on);
        say(m, path, on ? "phase-begin" : "phase-end", NULL);
    } else if (g_str_equal(signal, "ThrottlingChanged") && g_variant_is_of_type(parameters, G_VARIANT_TYPE("(usb)"))) {
        on_throttling(m, path, parameters);
    } else if (g_str_equal(signal, "MigrationChanged") && g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sst)"))) {
        g_autofree char *text = NULL;

        g_variant_get(parameters, "(&s&st)", &phase, &reason, &quota);
        limit = quota ? vs_format_bytes(quota) : NULL;
        text = limit ? g_strdup_printf(_("%s, limited to %s/s: %s"), phase, limit, reason) : g_strdup_printf("%s: %s", phase, reason);
        say(m, path, "migration", text);
    } else if (g_str_equal(signal, "PropertiesChanged") && g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sa{sv}as)"))) {
        changed = g_variant_get_child_value(parameters, 1);
        if (g_variant_lookup(changed, "Summary", "&s", &summary))
            say(m, path, "scheduling", summary);
    }
}

static guint64 boosts_in(GVariant *vcpus)
{
    static const char *const keys[] = {"boosts.wake", "boosts.kick", "boosts.guest", "boosts.spin"};
    guint64 sum = 0;

    for (gsize i = 0; i < g_variant_n_children(vcpus); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(vcpus, i);

        for (gsize k = 0; k < G_N_ELEMENTS(keys); k++)
            sum += vs_row_number(row, keys[k]);
    }
    return sum;
}

static void count_boosts(Monitor *m, const char *path)
{
    g_autoptr(VsProxyDomain) domain = NULL;
    g_autoptr(GVariant) vcpus = NULL;
    g_autofree char *text = NULL;
    guint64 now, *before;

    domain = vs_proxy_domain_proxy_new_sync(g_dbus_proxy_get_connection(G_DBUS_PROXY(m->bus.manager)),
                                            G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS | G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES,
                                            VS_BUS_NAME, path, NULL, NULL);
    if (!domain || !vs_proxy_domain_call_get_stats_sync(domain, m->bus.flags, m->bus.timeout_ms, &vcpus, NULL, NULL))
        return;
    now = boosts_in(vcpus);
    before = g_hash_table_lookup(m->boosts, path);
    if (before && now > *before) {
        text = g_strdup_printf("%" G_GUINT64_FORMAT, now - *before);
        say(m, path, "boosts", text);
    }
    g_hash_table_insert(m->boosts, g_strdup(path), g_memdup2(&now, sizeof(now)));
}

static gboolean on_tick(gpointer data)
{
    Monitor *m = data;
    g_autoptr(GVariant) domains = NULL;
    GVariantIter iter;
    const char *path;
    gint id;

    if (!vs_proxy_manager_call_list_domains_sync(m->bus.manager, m->bus.flags, m->bus.timeout_ms, &domains, NULL, NULL))
        return G_SOURCE_CONTINUE;
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&o&s&si&s&s)", &path, NULL, NULL, &id, NULL, NULL)) {
        if (id >= 0 && (!m->only || g_str_equal(m->only, path)))
            count_boosts(m, path);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer data)
{
    g_main_loop_quit(data);
}

static void watch(Monitor *m)
{
    GDBusConnection *connection = g_dbus_proxy_get_connection(G_DBUS_PROXY(m->bus.manager));
    guint own = g_dbus_connection_signal_subscribe(connection, VS_BUS_NAME, VS_BUS_NAME ".Domain", NULL, NULL, NULL,
                                                   G_DBUS_SIGNAL_FLAGS_NONE, on_signal, m, NULL);
    guint properties = g_dbus_connection_signal_subscribe(connection, VS_BUS_NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                                          NULL, VS_BUS_NAME ".Domain", G_DBUS_SIGNAL_FLAGS_NONE, on_signal, m, NULL);
    guint name = g_bus_watch_name_on_connection(connection, VS_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, m->loop, NULL);
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, m->loop);
    guint tick = 0;

    /* No answer is waited for: an older daemon has no such thing to tell, and all else is told without it. */
    vs_proxy_manager_call_watch_throttling(m->bus.manager, TRUE, m->bus.flags, m->bus.timeout_ms, NULL, NULL, NULL);
    if (seconds > 0) {
        on_tick(m);
        tick = g_timeout_add_seconds((guint) seconds, on_tick, m);
    }
    g_main_loop_run(m->loop);
    if (tick)
        g_source_remove(tick);
    g_source_remove(interrupt);
    g_bus_unwatch_name(name);
    g_dbus_connection_signal_unsubscribe(connection, properties);
    g_dbus_connection_signal_unsubscribe(connection, own);
}

static gboolean run(const VsCall *call, GError **error)
{
    Monitor m = {.call = call};
    gboolean ok = FALSE;

    if (seconds < 0 || seconds > 3600 || count < 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("--boosts needs seconds in 0..3600, --count a number from 0 on"));
        return FALSE;
    }
    if (!vs_bus_open(&m.bus, error))
        return FALSE;
    m.loop = g_main_loop_new(NULL, FALSE);
    m.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    m.boosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    /* Asked first in either case: a daemon that is not there is an error, not silence. */
    if (call->words[0])
        ok = vs_proxy_manager_call_find_domain_sync(m.bus.manager, call->words[0], m.bus.flags, m.bus.timeout_ms, &m.only, NULL, error);
    else
        ok = vs_proxy_manager_call_list_domains_sync(m.bus.manager, m.bus.flags, m.bus.timeout_ms, NULL, NULL, error);
    if (ok)
        watch(&m);
    else
        vs_bus_fix_error(error);
    g_hash_table_unref(m.boosts);
    g_hash_table_unref(m.names);
    g_main_loop_unref(m.loop);
    g_free(m.only);
    vs_bus_clear(&m.bus);
    return ok;
}

const VsCommand vs_cmd_monitor = {
    .name = "monitor",
    .synopsis = "[DOMAIN]",
    .summary = N_("Print phases, changes, migrations and boosts as they happen"),
    .details = N_("One line each: phase-begin, phase-end, scheduling (the word of \"list\", when it changes: a step back is \"failed\"),\n"
                  "migration (its phase, what is limited, and why), throttle-begin and throttle-end of one vCPU (its boosts are refused, or it dirties\n"
                  "more memory than its quota), and with --boosts how many there were. With --json one object a line. It ends with the daemon, or with Ctrl-C."),
    .options = options,
    .words = VS_WORDS_FILE,
    .max_words = 1,
    .run = run,
};
