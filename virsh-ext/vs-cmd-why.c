/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched why: where each value comes from, and why something wanted is not in force. For one key it says so in
 * sentences, with the setting's doc line.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-settings.h"
#include "vs-table.h"

typedef struct {
    const char *key;
    const char *wanted;
    const char *applied;
    const char *origin;
    const char *reason;
} Row;

static const struct {
    const char *origin;
    const char *words;
} origins[] = {
    {"default", N_("the default")},
    {"profile", N_("the domain's profile")},
    {"rule", N_("a rule of this host")},
    {"domain", N_("the domain's XML")},
    {"lease", N_("a boost that is held for now")},
    {"ceiling", N_("this host's ceiling")},
};

static const char *origin_words(const char *origin)
{
    for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
        if (g_str_equal(origins[i].origin, origin))
            return _(origins[i].words);
    }
    return origin;
}

static void print_sentence(const char *head, const char *text)
{
    g_autofree char *safe = vs_format_safe(text);

    g_print("%-11s %s\n", head, safe);
}

/* Who holds a boost, and which rule it is, for values that come from there. */
static void print_source(VsProxyDomain *domain, const char *origin)
{
    GVariant *leases = vs_proxy_domain_get_leases(domain);
    const char *rule = vs_proxy_domain_get_rule(domain);
    const char *application, *reason;
    GVariantIter iter;

    if (g_str_equal(origin, "rule") && rule)
        print_sentence(_("Rule:"), rule);
    if (!g_str_equal(origin, "lease") || !leases)
        return;
    g_variant_iter_init(&iter, leases);
    while (g_variant_iter_next(&iter, "(&s&s)", &application, &reason)) {
        g_autofree char *text = g_strdup_printf("%s (%s)", application, reason);

        print_sentence(_("Held by:"), text);
    }
}

/* @domain_reason: what is wrong with the whole domain, "" for nothing */
static void print_one(VsProxyDomain *domain, const Row *row, const char *domain_reason)
{
    const VsSettingInfo *info = vs_setting_find(row->key, NULL);
    g_autofree char *wanted = vs_format_setting(row->key, row->wanted);
    g_autofree char *applied = vs_format_setting(row->key, row->applied);

    print_sentence(_("Setting:"), row->key);
    if (info)
        print_sentence(_("Meaning:"), _(info->doc));
    print_sentence(_("Wanted:"), wanted ? wanted : "-");
    print_sentence(_("In force:"), applied ? applied : "-");
    print_sentence(_("Comes from:"), origin_words(row->origin));
    print_source(domain, row->origin);
    if (*row->reason)
        print_sentence(_("Reason:"), row->reason);
    if (*domain_reason && !g_str_equal(domain_reason, row->reason))
        print_sentence(_("Domain:"), domain_reason);
}

static void add_json(JsonBuilder *builder, const Row *row)
{
    json_builder_begin_object(builder);
    vs_json_string(builder, "key", row->key);
    vs_json_setting(builder, "wanted", row->key, row->wanted);
    vs_json_setting(builder, "in-force", row->key, row->applied);
    vs_json_string(builder, "origin", row->origin);
    vs_json_string(builder, "reason", row->reason);
    json_builder_end_object(builder);
}

static void add_row(VsTable *table, const Row *row)
{
    g_autofree char *wanted = vs_format_setting(row->key, row->wanted);
    g_autofree char *applied = vs_format_setting(row->key, row->applied);

    vs_table_add(table, *row->key ? row->key : _("(domain)"), wanted, applied, row->origin, row->reason);
}

/* Why "In force" is empty all the way down. */
static void print_state(const VsCall *call, VsProxyDomain *domain)
{
    if (vs_proxy_domain_get_id(domain) >= 0 || call->json || call->quiet)
        return;
    if (call->words[0])
        print_sentence(_("Domain:"), _("does not run; nothing is in force before its next start"));
    else
        g_print("%s\n", _("The domain does not run; nothing is in force before its next start."));
}

static void print(const VsCall *call, VsProxyDomain *domain, GVariant *rows)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(VsTable) table = vs_table_new(_("Setting"), _("Wanted"), _("In force"), _("From"), _("Reason"), NULL);
    const char *key = call->words[0], *domain_reason = "";
    GVariantIter iter;
    Row row;

    json_builder_begin_object(builder);
    vs_json_string(builder, "domain", vs_proxy_domain_get_name(domain));
    vs_json_begin(builder, "settings");
    g_variant_iter_init(&iter, rows);
    while (g_variant_iter_next(&iter, "(&s&s&s&s&s)", &row.key, &row.wanted, &row.applied, &row.origin, &row.reason)) {
        if (!*row.key)
            domain_reason = row.reason;
        if (key && !g_str_equal(key, row.key))
            continue;
        add_json(builder, &row);
        add_row(table, &row);
        if (key && !call->json)
            print_one(domain, &row, domain_reason);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (call->json)
        vs_json_print(builder);
    else if (!key)
        vs_table_print(table, !call->quiet);
    print_state(call, domain);
}

static gboolean has_key(GVariant *rows, const char *key)
{
    GVariantIter iter;
    const char *row_key;

    g_variant_iter_init(&iter, rows);
    while (g_variant_iter_next(&iter, "(&s&s&s&s&s)", &row_key, NULL, NULL, NULL, NULL)) {
        if (g_str_equal(row_key, key))
            return TRUE;
    }
    return FALSE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    g_autoptr(GVariant) rows = NULL;
    const char *key = call->words[0];

    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, call->domain, error);
    if (!domain)
        return FALSE;
    if (!vs_proxy_domain_call_why_sync(domain, bus.flags, bus.timeout_ms, &rows, NULL, error))
        return vs_bus_fix_error(error);
    if (key && !has_key(rows, key)) {
        if (!vs_setting_find(key, error))
            return FALSE;
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, 
                    _("virtschedd says nothing about %s; it may be older than this command"), key);
        return FALSE;
    }
    print(call, domain, rows);
    return TRUE;
}

const VsCommand vs_cmd_why = {
    .name = "why",
    .synopsis = "DOMAIN [KEY]",
    .summary = N_("Say where each value comes from, and why one is not in force"),
    .details = N_("Wanted: what the domain's XML says, or a rule of the host for one without our element. In force: what the kernel does now; \"-\" where\n"
                  "the domain does not run, or where what the value belongs to is off or failed. From: default, profile, rule, domain (its XML),\n"
                  "lease (somebody holds a boost), or ceiling (the host's limit cut it); a later one wins. With KEY the same in sentences."),
    .takes = VS_TAKES_DOMAIN,
    .words = VS_WORDS_KEY,
    .max_words = 1,
    .run = run,
};
