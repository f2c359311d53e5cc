/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-change.h. "changed" and "unchanged" are the first word of the output, so that a script can tell them apart.
 */
#include "vs-change.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-exit.h"
#include "vs-format.h"
#include "vs-values.h"

static const char *const impact_words[] = {"current", "live", "config", "both"};

static void add_json(JsonBuilder *builder, const VsCall *call, guint impact, const char *name, GVariant *changes)
{
    GVariantIter iter;
    const char *key, *before, *after;

    json_builder_begin_object(builder);
    vs_json_string(builder, "domain", name);
    vs_json_bool(builder, "changed", g_variant_n_children(changes) > 0);
    vs_json_bool(builder, "dry-run", call->dry_run);
    vs_json_string(builder, "copy", impact_words[impact]);
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
}

static void print_side(char sign, const char *key, const char *value)
{
    g_autofree char *line = g_strdup_printf("%c%s=%s", sign, key, value);
    g_autofree char *safe = vs_format_safe(line);

    if (*value)
        g_print("%s\n", safe);
}

static void print_text(const VsCall *call, const char *name, GVariant *changes)
{
    gboolean changed = g_variant_n_children(changes) > 0;
    g_autofree char *safe = vs_format_safe(name);
    GVariantIter iter;
    const char *key, *before, *after;

    if (!call->quiet)
        g_print("%s %s%s\n", changed ? "changed" : "unchanged", safe, call->dry_run ? _(" (dry run, nothing was done)") : "");
    g_variant_iter_init(&iter, changes);
    while (call->diff && g_variant_iter_next(&iter, "(&s&s&s)", &key, &before, &after)) {
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

static gboolean ask(VsBus *bus, VsProxyDomain *domain, const VsCall *call, const VsChange *change, guint impact, GVariant **changes,
                    GError **error)
{
    static const char *const none[] = {NULL};

    if (change->channel != VS_CHANNEL_KEEP)
        return vs_proxy_domain_call_set_guest_channel_sync(domain, change->channel == VS_CHANNEL_ENABLE, impact, call->dry_run,
                                                           bus->flags, bus->timeout_ms, changes, NULL, error);
    return vs_proxy_domain_call_set_settings_sync(domain, change->set, change->unset ? change->unset : none, impact, call->dry_run,
                                                  bus->flags, bus->timeout_ms, changes, NULL, error);
}

/* A transient domain has no configuration; somebody who wants every copy of it means the one there is. */
static gboolean ask_every_copy(VsBus *bus, VsProxyDomain *domain, const VsCall *call, const VsChange *change, guint *impact,
                               GVariant **changes, GError **error)
{
    g_autoptr(GError) cause = NULL;
    gboolean running = vs_proxy_domain_get_id(domain) >= 0;

    *impact = running ? VS_IMPACT_LIVE | VS_IMPACT_CONFIG : VS_IMPACT_CONFIG;
    if (ask(bus, domain, call, change, *impact, changes, &cause))
        return TRUE;
    vs_bus_fix_error(&cause);
    if (running && g_error_matches(cause, VS_ERROR, VS_ERROR_UNSUPPORTED)) {
        *impact = VS_IMPACT_LIVE;
        return ask(bus, domain, call, change, *impact, changes, error);
    }
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

/* @builder: (nullable): for --json */
static gboolean change_domain(VsBus *bus, const VsCall *call, const VsChange *change, const char *key, JsonBuilder *builder,
                              gboolean *changed, GError **error)
{
    g_autoptr(VsProxyDomain) domain = vs_bus_domain(bus, key, error);
    g_autoptr(GVariant) changes = NULL;
    guint impact = call->impact;
    const char *name;
    gboolean ok;

    if (!domain)
        return FALSE;
    ok = change->every_copy ? ask_every_copy(bus, domain, call, change, &impact, &changes, error)
                            : ask(bus, domain, call, change, impact, &changes, error);
    if (!ok)
        return vs_bus_fix_error(error);
    *changed = g_variant_n_children(changes) > 0;
    if (*changed && call->exit_status)
        vs_exit_changed();
    name = vs_proxy_domain_get_name(domain) ? vs_proxy_domain_get_name(domain) : key;
    if (builder)
        add_json(builder, call, impact, name, changes);
    else
        print_text(call, name, changes);
    if (impact != VS_IMPACT_CONFIG && vs_proxy_domain_get_id(domain) >= 0 && !call->dry_run && *changed)
        warn_not_in_force(bus, domain, name, changes);
    return TRUE;
}

gboolean vs_is_pattern(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

GPtrArray *vs_change_names(VsBus *bus, const char *pattern, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GVariant) domains = vs_bus_domains(bus, error);
    GVariantIter iter;
    const char *name, *uuid;

    if (!domains)
        return NULL;
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&o&s&si&s&s)", NULL, &name, &uuid, NULL, NULL, NULL)) {
        if (pattern && !g_pattern_match_simple(pattern, name))
            continue;
        g_ptr_array_add(list, g_strdup(uuid));
        g_ptr_array_add(list, g_strdup(name));
    }
    return g_steal_pointer(&list);
}

void vs_change_begin(const VsCall *call, VsChangeResult *result)
{
    *result = (VsChangeResult){.builder = call->json ? json_builder_new() : NULL};
    if (!call->json)
        return;
    json_builder_begin_object(result->builder);
    vs_json_begin(result->builder, "domains");
}

void vs_change_one(VsBus *bus, const VsCall *call, const VsChange *change, const char *key, const char *name, VsChangeResult *result)
{
    g_autoptr(GError) error = NULL;
    gboolean changed = FALSE;

    if (!change_domain(bus, call, change, key, result->builder, &changed, &error)) {
        vs_exit_report(error, call->command->name, name);
        result->code = result->failed++ == 0 || result->code == error->code ? error->code : VS_ERROR_FAILED;
    }
    result->changed += changed;
}

gboolean vs_change_finish(const VsCall *call, VsChangeResult *result, GError **error)
{
    if (call->json) {
        json_builder_end_array(result->builder);
        vs_json_bool(result->builder, "changed", result->changed > 0);
        vs_json_int(result->builder, "failed", result->failed);
        json_builder_end_object(result->builder);
        vs_json_print(result->builder);
        g_clear_object(&result->builder);
    }
    if (!result->failed)
        return TRUE;
    g_set_error(error, VS_ERROR, result->code,
                g_dngettext(GETTEXT_PACKAGE, "%u domain failed; the line above says why", "%u domains failed; the lines above say why",
                            result->failed), result->failed);
    return FALSE;
}

static gboolean change_many(VsBus *bus, const VsCall *call, const VsChange *change, GError **error)
{
    g_autoptr(GPtrArray) list = vs_change_names(bus, call->domain, error);
    VsChangeResult result;

    if (!list)
        return FALSE;
    if (!list->len && call->domain)
        vs_warn(call->domain, _("no domain's name fits this pattern"));
    vs_change_begin(call, &result);
    for (guint i = 0; i < list->len; i += 2)
        vs_change_one(bus, call, change, list->pdata[i], list->pdata[i + 1], &result);
    return vs_change_finish(call, &result, error);
}

gboolean vs_change_run(const VsCall *call, const VsChange *change, GError **error)
{
    g_autoptr(JsonBuilder) builder = call->json ? json_builder_new() : NULL;
    g_autoptr(GVariant) set = change->set ? g_variant_ref_sink(change->set) : NULL;
    g_auto(VsBus) bus = {0};
    gboolean changed;

    if (!vs_bus_open(&bus, error))
        return FALSE;
    if (call->all || vs_is_pattern(call->domain))
        return change_many(&bus, call, change, error);
    if (!change_domain(&bus, call, change, call->domain, builder, &changed, error))
        return FALSE;
    if (builder)
        vs_json_print(builder);
    return TRUE;
}
