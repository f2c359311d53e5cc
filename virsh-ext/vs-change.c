/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-change.h. "changed" and "unchanged" are the first word of the output, so that a script can tell them apart.
 */
#include "vs-change.h"

#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-exit.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-values.h"

static const char *const impact_words[] = {"current", "live", "config", "both"};

static void print_json(const VsCall *call, const VsChange *change, const char *name, GVariant *changes)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GVariantIter iter;
    const char *key, *before, *after;

    json_builder_begin_object(builder);
    vs_json_string(builder, "domain", name);
    vs_json_bool(builder, "changed", g_variant_n_children(changes) > 0);
    vs_json_bool(builder, "dry-run", change->dry_run);
    vs_json_string(builder, "copy", impact_words[call->impact]);
    vs_json_begin(builder, "changes");
    g_variant_iter_init(&iter, changes);
    while (g_variant_iter_next(&iter, "(&s&s&s)", &key, &before, &after)) {
        json_builder_begin_object(builder);
        vs_json_string(builder, "key", key);
        vs_json_setting(builder, "before", key, before);
        vs_json_setting(builder, "after", key, after);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

static void print_side(char sign, const char *key, const char *value)
{
    g_autofree char *line = g_strdup_printf("%c%s=%s", sign, key, value);
    g_autofree char *safe = vs_format_safe(line);

    if (*value)
        g_print("%s\n", safe);
}

static void print_text(const VsCall *call, const VsChange *change, const char *name, GVariant *changes)
{
    gboolean changed = g_variant_n_children(changes) > 0;
    g_autofree char *safe = vs_format_safe(name);
    GVariantIter iter;
    const char *key, *before, *after;

    if (!call->quiet)
        g_print("%s %s%s\n", changed ? "changed" : "unchanged", safe, change->dry_run ? _(" (dry run, nothing was done)") : "");
    g_variant_iter_init(&iter, changes);
    while (change->diff && g_variant_iter_next(&iter, "(&s&s&s)", &key, &before, &after)) {
        print_side('-', key, before);
        print_side('+', key, after);
    }
}

/* Stored is not yet in force: say so now, and not only to those who think of asking `show`. */
static void warn_not_in_force(VsBus *bus, VsProxyDomain *domain, const char *name, GVariant *changes)
{
    g_autoptr(GVariant) rows = NULL;
    GVariantIter iter;
    const char *key, *reason, *changed_key, *after;

    if (!vs_proxy_domain_call_why_sync(domain, bus->flags, bus->timeout_ms, &rows, NULL, NULL))
        return;
    g_variant_iter_init(&iter, rows);
    while (g_variant_iter_next(&iter, "(&s&s&s&s&s)", &key, NULL, NULL, NULL, &reason)) {
        GVariantIter changed;

        g_variant_iter_init(&changed, changes);
        while (*reason && g_variant_iter_next(&changed, "(&s&s&s)", &changed_key, NULL, &after)) {
            g_autofree char *text = NULL;

            if (!*after || !g_str_equal(key, changed_key))
                continue;
            text = g_strdup_printf(_("%s=%s is stored but not in force: %s"), key, after, reason);
            vs_warn(name, text);
        }
    }
}

static gboolean ask(VsBus *bus, VsProxyDomain *domain, const VsCall *call, const VsChange *change, GVariant **changes, GError **error)
{
    static const char *const none[] = {NULL};
    g_autoptr(GVariant) set = change->set ? g_variant_ref_sink(change->set) : NULL;

    if (change->channel != VS_CHANNEL_KEEP)
        return vs_proxy_domain_call_set_guest_channel_sync(domain, change->channel == VS_CHANNEL_ENABLE, call->impact,
                                                           change->dry_run, bus->flags, bus->timeout_ms, changes, NULL, error);
    return vs_proxy_domain_call_set_settings_sync(domain, set, change->unset ? change->unset : none, call->impact, change->dry_run,
                                                  bus->flags, bus->timeout_ms, changes, NULL, error);
}

gboolean vs_change_run(const VsCall *call, const VsChange *change, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    g_autoptr(GVariant) changes = NULL;
    const char *name;
    gboolean live;

    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, call->domain, error);
    if (!domain)
        return FALSE;
    if (!ask(&bus, domain, call, change, &changes, error))
        return vs_bus_fix_error(error);

    name = vs_proxy_domain_get_name(domain) ? vs_proxy_domain_get_name(domain) : call->domain;
    if (call->json)
        print_json(call, change, name, changes);
    else
        print_text(call, change, name, changes);
    live = call->impact != VS_IMPACT_CONFIG && vs_proxy_domain_get_id(domain) >= 0;
    if (live && !change->dry_run && g_variant_n_children(changes) > 0)
        warn_not_in_force(&bus, domain, name, changes);
    return TRUE;
}
