/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched migration: how a migration goes, what each vCPU may dirty meanwhile, and why it comes to an end or not. Sizes
 * are readable here and bytes in JSON. What this command does not know is in the JSON as well.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-table.h"

#define WATCH_US G_USEC_PER_SEC

static gboolean watch;

static const GOptionEntry options[] = {
    {"watch", 0, 0, G_OPTION_ARG_NONE, &watch, N_("Again every second, until a job has come and gone"), NULL},
    {NULL},
};

static guint64 number(GVariant *dict, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(dict, key, NULL);

    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64(value);
    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return g_variant_get_uint32(value);
    return 0;
}

static char *word(GVariant *dict, const char *key)
{
    const char *text = "";

    g_variant_lookup(dict, key, "&s", &text);
    return vs_format_safe(text);
}

static char *size(GVariant *dict, const char *key)
{
    return vs_format_bytes(number(dict, key));
}

static gboolean runs(GVariant *job)
{
    g_autofree char *state = word(job, "job");

    return g_str_equal(state, "running");
}

static char *forecast(GVariant *job)
{
    gint64 ms = -1;

    g_variant_lookup(job, "forecast-ms", "x", &ms);
    return ms < 0 ? g_strdup(_("not known")) : vs_format_ns(ms * 1000000);
}

static void line(const char *head, const char *text)
{
    g_print("%-16s%s\n", head, text);
}

static void print_job(GVariant *job)
{
    g_autofree char *operation = word(job, "operation"), *left = size(job, "remaining"), *total = size(job, "total");
    g_autofree char *link = size(job, "bandwidth"), *dirty = size(job, "dirty-rate"), *others = size(job, "other-rate");
    g_autofree char *elapsed = vs_format_ns((gint64) MIN(number(job, "elapsed-ms"), G_MAXINT32) * 1000000);
    g_autofree char *pass = g_strdup_printf(_("%" G_GUINT64_FORMAT ", %s of %s left"), number(job, "iteration"), left, total);
    g_autofree char *speed = g_strdup_printf(_("%s/s sent, %s/s dirtied in the last pass, %s/s of it not by vCPUs"), link, dirty, others);

    line(_("Job:"), operation);
    line(_("Running for:"), elapsed);
    line(_("Pass:"), pass);
    line(_("Bandwidth:"), speed);
}

static void print_follow(GVariant *job)
{
    g_autofree char *phase = word(job, "phase"), *reason = word(job, "reason"), *quota = size(job, "quota"), *end = forecast(job);
    g_autofree char *share = size(job, "share"), *pool = size(job, "pool");
    g_autofree char *limit = g_strdup_printf(_("%s/s, each vCPU %s/s and what others leave (%s now)"), quota, share, pool);

    if (!runs(job))
        line(_("Job:"), _("none"));
    line(_("Phase:"), phase);
    line(_("Why:"), reason);
    line(_("Quota:"), number(job, "quota") ? limit : _("none"));
    if (runs(job))
        line(_("End in:"), end);
}

static void add_row(VsTable *table, GVariant *row)
{
    g_autofree char *vcpu = g_strdup_printf("%" G_GUINT64_FORMAT, number(row, "vcpu"));
    g_autofree char *dirtied = size(row, "dirtied"), *rate = size(row, "rate"), *debt = size(row, "debt");
    g_autofree char *speed = g_strconcat(rate, "/s", NULL);
    g_autofree char *slept = vs_format_ns((gint64) MIN(number(row, "slept.ns"), G_MAXINT64));
    g_autofree char *times = g_strdup_printf("%" G_GUINT64_FORMAT, number(row, "sleeps"));
    gboolean asleep = FALSE;

    g_variant_lookup(row, "asleep", "b", &asleep);
    vs_table_add(table, vcpu, dirtied, speed, debt, slept, times, asleep ? _("waits") : NULL);
}

static void print_text(const VsCall *call, GVariant *job, GVariant *vcpus)
{
    g_autoptr(VsTable) table = vs_table_new(_("vCPU"), _("Dirtied"), _("Lately"), _("Owes"), _("Waited"), _("Times"), _("State"), NULL);

    if (runs(job))
        print_job(job);
    print_follow(job);
    for (gsize i = 0; i < g_variant_n_children(vcpus); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(vcpus, i);

        add_row(table, row);
    }
    if (g_variant_n_children(vcpus)) {
        g_print("\n");
        vs_table_print(table, !call->quiet);
    }
    if (watch)
        g_print("\n");
}

static void add_members(JsonBuilder *builder, GVariant *dict)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;

    json_builder_begin_object(builder);
    g_variant_iter_init(&iter, dict);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        json_builder_set_member_name(builder, key);
        json_builder_add_value(builder, json_gvariant_serialize(value));
        g_variant_unref(value);
    }
    json_builder_end_object(builder);
}

static void print_json(const char *name, GVariant *job, GVariant *vcpus)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vs_json_string(builder, "domain", name);
    json_builder_set_member_name(builder, "job");
    add_members(builder, job);
    vs_json_begin(builder, "vcpus");
    for (gsize i = 0; i < g_variant_n_children(vcpus); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(vcpus, i);

        add_members(builder, row);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

/* Once; @running_ret: there is a job. */
static gboolean look(const VsCall *call, VsBus *bus, VsProxyDomain *domain, gboolean *running_ret, GError **error)
{
    g_autoptr(GVariant) job = NULL, vcpus = NULL;

    if (!vs_proxy_domain_call_get_migration_sync(domain, bus->flags, bus->timeout_ms, &job, &vcpus, NULL, error))
        return vs_bus_fix_error(error);
    if (call->json)
        print_json(vs_proxy_domain_get_name(domain), job, vcpus);
    else
        print_text(call, job, vcpus);
    *running_ret = runs(job);
    return TRUE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    gboolean running = FALSE, seen = FALSE, again = FALSE;

    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, call->domain, error);
    if (!domain)
        return FALSE;
    do {
        if (again)
            g_usleep(WATCH_US);
        if (!look(call, &bus, domain, &running, error))
            return FALSE;
        seen |= running;
        again = watch && (running || !seen);
    } while (again);
    return TRUE;
}

const VsCommand vs_cmd_migration = {
    .name = "migration",
    .synopsis = "DOMAIN",
    .summary = N_("Show how a migration goes, and what the vCPUs may dirty meanwhile"),
    .details = N_("Quota: what all vCPUs together may dirty; who has used up its share takes what others left, and then waits\n"
                  "before it goes on. Dirtied: since virtsched looks after the domain; a page counts once in each pass.\n"
                  "Owes: dirtied beyond the quota. Why: what keeps the passes shrinking, or why nothing is limited."),
    .options = options,
    .takes = VS_TAKES_DOMAIN,
    .run = run,
};
