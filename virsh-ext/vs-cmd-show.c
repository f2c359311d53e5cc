/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched show: what a domain's XML asks for, what is in force, and why not. Live and config stand side by side
 * where they differ. A copy whose element is broken shows its error instead of hiding the rest.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-exit.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-table.h"
#include "vs-values.h"

/* What there is to show; all of it is the proxy's or owned here. */
typedef struct {
    VsProxyDomain *domain;
    GVariant *live;    /* a{sv}, NULL: not asked for, or not there */
    GVariant *config;
    char *live_problem; /* why @live cannot be read */
    char *config_problem;
    GVariant *applied; /* of the proxy */
    GVariant *reasons; /* of the proxy */
} View;

static void view_clear(View *view)
{
    g_clear_object(&view->domain);
    g_clear_pointer(&view->live, g_variant_unref);
    g_clear_pointer(&view->config, g_variant_unref);
    g_clear_pointer(&view->live_problem, g_free);
    g_clear_pointer(&view->config_problem, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(View, view_clear)

static gboolean read_copy(VsBus *bus, View *view, guint flags, GVariant **copy_ret, char **problem_ret, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (vs_proxy_domain_call_get_settings_sync(view->domain, flags, bus->flags, bus->timeout_ms, copy_ret, NULL, &cause))
        return TRUE;
    vs_bus_fix_error(&cause);
    if (g_error_matches(cause, VS_ERROR, VS_ERROR_INVALID_XML) || g_error_matches(cause, VS_ERROR, VS_ERROR_INVALID_VALUE)) {
        *problem_ret = g_strdup(cause->message);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

static gboolean load(const VsCall *call, VsBus *bus, View *view, GError **error)
{
    gboolean running;
    guint want;

    view->domain = vs_bus_domain(bus, call->domain, error);
    if (!view->domain)
        return FALSE;
    view->applied = vs_proxy_domain_get_applied(view->domain);
    view->reasons = vs_proxy_domain_get_reasons(view->domain);
    running = vs_proxy_domain_get_id(view->domain) >= 0;

    want = call->impact;
    if (want == VS_IMPACT_CURRENT)
        want = !running ? VS_IMPACT_CONFIG : call->impact_given ? VS_IMPACT_LIVE : VS_IMPACT_LIVE | VS_IMPACT_CONFIG;
    if (want & VS_IMPACT_LIVE && !read_copy(bus, view, VS_IMPACT_LIVE, &view->live, &view->live_problem, error))
        return FALSE;
    if (want & VS_IMPACT_CONFIG) {
        g_autoptr(GError) cause = NULL;

        /* A transient domain has no configuration; only somebody who asked for it needs to know. */
        if (!read_copy(bus, view, VS_IMPACT_CONFIG, &view->config, &view->config_problem, &cause)
            && (call->impact & VS_IMPACT_CONFIG || !running)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
    }
    return TRUE;
}

static void add_leases(JsonBuilder *builder, const View *view)
{
    GVariant *leases = vs_proxy_domain_get_leases(view->domain);
    const char *application, *reason;
    GVariantIter iter;

    vs_json_begin(builder, "leases");
    if (leases)
        g_variant_iter_init(&iter, leases);
    while (leases && g_variant_iter_next(&iter, "(&s&s)", &application, &reason)) {
        json_builder_begin_object(builder);
        vs_json_string(builder, "application", application);
        vs_json_string(builder, "reason", reason);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void print_json(const View *view, const GPtrArray *keys)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *reason = vs_values_get(view->reasons, "");
    gint id = vs_proxy_domain_get_id(view->domain);

    json_builder_begin_object(builder);
    vs_json_string(builder, "name", vs_proxy_domain_get_name(view->domain));
    vs_json_string(builder, "uuid", vs_proxy_domain_get_uuid(view->domain));
    if (id >= 0)
        vs_json_int(builder, "id", id);
    else
        vs_json_string(builder, "id", NULL);
    vs_json_string(builder, "state", vs_proxy_domain_get_state(view->domain));
    vs_json_string(builder, "summary", vs_proxy_domain_get_summary(view->domain));
    vs_json_string(builder, "wiring", vs_proxy_domain_get_wiring(view->domain));
    vs_json_string(builder, "reason", reason);
    vs_json_string(builder, "rule", vs_proxy_domain_get_rule(view->domain));
    add_leases(builder, view);
    vs_json_string(builder, "live-problem", view->live_problem);
    vs_json_string(builder, "config-problem", view->config_problem);
    vs_json_begin(builder, "settings");
    for (guint i = 0; i < keys->len; i++) {
        const char *key = keys->pdata[i];
        g_autofree char *live = vs_values_get(view->live, key);
        g_autofree char *config = vs_values_get(view->config, key);
        g_autofree char *applied = vs_values_get(view->applied, key);
        g_autofree char *why = vs_values_get(view->reasons, key);

        json_builder_begin_object(builder);
        vs_json_string(builder, "key", key);
        vs_json_setting(builder, "live", key, live);
        vs_json_setting(builder, "config", key, config);
        vs_json_setting(builder, "in-force", key, applied);
        vs_json_string(builder, "reason", why);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

static void print_line(const char *head, const char *text)
{
    g_autofree char *safe = text && *text ? vs_format_safe(text) : g_strdup("-");

    g_print("%-12s %s\n", head, safe);
}

static const char *wiring_words(const char *wiring)
{
    if (g_strcmp0(wiring, "shared") == 0)
        return _("vCPUs side by side in one cgroup");
    if (g_strcmp0(wiring, "place") == 0)
        return _("vCPUs in libvirt's own cgroups");
    return wiring;
}

/* What is not the domain's own: the rule that stands for its XML, and who holds boosts. */
static void print_others(const View *view)
{
    GVariant *leases = vs_proxy_domain_get_leases(view->domain);
    const char *rule = vs_proxy_domain_get_rule(view->domain), *application, *reason;
    GVariantIter iter;

    if (rule && *rule)
        print_line(_("Rule:"), rule);
    if (leases)
        g_variant_iter_init(&iter, leases);
    while (leases && g_variant_iter_next(&iter, "(&s&s)", &application, &reason)) {
        g_autofree char *text = g_strdup_printf("%s (%s)", application, reason);

        print_line(_("Held by:"), text);
    }
}

static void print_head(const View *view)
{
    gint id = vs_proxy_domain_get_id(view->domain);
    g_autofree char *id_text = id >= 0 ? g_strdup_printf("%d", id) : NULL;
    g_autofree char *reason = vs_values_get(view->reasons, "");

    print_line(_("Id:"), id_text);
    print_line(_("Name:"), vs_proxy_domain_get_name(view->domain));
    print_line(_("UUID:"), vs_proxy_domain_get_uuid(view->domain));
    print_line(_("State:"), vs_proxy_domain_get_state(view->domain));
    print_line(_("Scheduling:"), vs_proxy_domain_get_summary(view->domain));
    print_line(_("Wiring:"), wiring_words(vs_proxy_domain_get_wiring(view->domain)));
    print_others(view);
    if (reason && *reason)
        print_line(_("Reason:"), reason);
    if (view->live_problem)
        print_line(_("Live XML:"), view->live_problem);
    if (view->config_problem)
        print_line(_("Config XML:"), view->config_problem);
}

static void print_table(const View *view, const GPtrArray *keys, gboolean heads)
{
    gboolean both = view->live && view->config && !g_variant_equal(view->live, view->config);
    g_autoptr(VsTable) table = both ? vs_table_new(_("Setting"), _("Live"), _("Config"), _("In force"), _("Reason"), NULL)
                                    : vs_table_new(_("Setting"), _("Wanted"), _("In force"), _("Reason"), NULL);
    g_autofree char *last = NULL;

    for (guint i = 0; i < keys->len; i++) {
        const char *key = keys->pdata[i];
        g_autofree char *section = vs_values_section(key);
        g_autofree char *live = vs_values_get(view->live ? view->live : view->config, key);
        g_autofree char *config = vs_values_get(view->config, key);
        g_autofree char *applied = vs_values_get(view->applied, key);
        g_autofree char *why = vs_values_get(view->reasons, key);
        g_autofree char *live_text = vs_format_setting(key, live);
        g_autofree char *config_text = vs_format_setting(key, config);
        g_autofree char *applied_text = vs_format_setting(key, applied);

        if (g_strcmp0(section, last) != 0)
            vs_table_section(table, section);
        g_clear_pointer(&last, g_free);
        last = g_steal_pointer(&section);
        if (both)
            vs_table_add(table, key, live_text, config_text, applied_text, why);
        else
            vs_table_add(table, key, live_text, applied_text, why);
    }
    g_print("\n");
    vs_table_print(table, heads);
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_auto(View) view = {0};
    g_autoptr(GPtrArray) keys = NULL;

    if (!vs_bus_open(&bus, error) || !load(call, &bus, &view, error))
        return FALSE;
    keys = vs_values_keys((GVariant *const[]){view.live, view.config, view.applied}, 3);
    if (call->json) {
        print_json(&view, keys);
        return TRUE;
    }
    print_head(&view);
    if (keys->len)
        print_table(&view, keys, !call->quiet);
    else
        g_print(_("\nNo settings.\n"));
    return TRUE;
}

const VsCommand vs_cmd_show = {
    .name = "show",
    .synopsis = "DOMAIN",
    .summary = N_("Show a domain's settings: wanted, in force, and why not"),
    .details = N_("Without --live, --config or --current, the running domain's and the configuration's settings are\n"
                  "shown side by side where they differ."),
    .takes = VS_TAKES_DOMAIN | VS_TAKES_IMPACT,
    .run = run,
};
