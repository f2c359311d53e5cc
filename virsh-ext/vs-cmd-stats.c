/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched stats: counters of each vCPU since its domain was attached. Times are readable here and nanoseconds in
 * JSON. Counters that this command does not know are in the JSON as well.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-table.h"

static gint only_vcpu;
static gboolean only_given;

static gboolean parse_vcpu(const char *name, const char *value, gpointer data, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT, &number, NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--vcpu needs a number from 0 on, not %s"), value);
        return FALSE;
    }
    only_vcpu = (gint) number;
    only_given = TRUE;
    return TRUE;
}

static const GOptionEntry options[] = {
    {"vcpu", 0, 0, G_OPTION_ARG_CALLBACK, parse_vcpu, N_("This vCPU only"), "N"},
    {NULL},
};

static guint64 counter(GVariant *stats, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(stats, key, NULL);

    if (!value)
        return 0;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64(value);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return g_variant_get_uint32(value);
    return 0;
}

static char *state_words(GVariant *stats)
{
    g_autofree const char **words = NULL;

    if (!g_variant_lookup(stats, "state", "^a&s", &words) || !words[0])
        return NULL;
    return g_strjoinv(", ", (char **) words);
}

static char *optional_time(GVariant *stats, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(stats, key, NULL);

    if (!value)
        return NULL;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        return vs_format_ns(g_variant_get_int64(value));
    return vs_format_ns((gint64) MIN(counter(stats, key), G_MAXINT64));
}

/* A vCPU's number, or the name of another thread of QEMU's that is boosted. */
static char *thread_name(GVariant *stats)
{
    const char *name;

    if (g_variant_lookup(stats, "thread", "&s", &name))
        return g_strdup(name);
    return g_strdup_printf("%" G_GUINT64_FORMAT, counter(stats, "vcpu"));
}

static void add_row(VsTable *table, GVariant *stats)
{
    g_autofree char *vcpu = thread_name(stats);
    /* The share of its CPU time, where the daemon knows that from libvirt. */
    g_autofree char *boosted = vs_format_share(counter(stats, "boosted.ns"), counter(stats, "time.ns"));
    g_autofree char *boosts = g_strdup_printf("%" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT, counter(stats, "boosts.wake"),
                                              counter(stats, "boosts.kick"));
    g_autofree char *by_guest = g_strdup_printf("%" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT, counter(stats, "boosts.guest"),
                                                counter(stats, "boosts.spin") + counter(stats, "boosts.served") + counter(stats, "boosts.task"));
    g_autofree char *cutoffs = g_strdup_printf("%" G_GUINT64_FORMAT, counter(stats, "boosts.cutoffs"));
    g_autofree char *refused = g_strdup_printf("%" G_GUINT64_FORMAT,
                                               counter(stats, "boosts.exhausted") + counter(stats, "boosts.rejected"));
    g_autofree char *rejected = g_strdup_printf("%" G_GUINT64_FORMAT, counter(stats, "guest.rejected"));
    g_autofree char *payback = optional_time(stats, "payback.ns");
    g_autofree char *debt = optional_time(stats, "debt.ns");
    g_autofree char *budget = optional_time(stats, "budget.ns");
    g_autofree char *delay = optional_time(stats, "delay.ns");
    g_autofree char *state = state_words(stats);

    vs_table_add(table, vcpu, boosted, boosts, by_guest, cutoffs, refused, rejected, payback, debt, budget, delay, state);
}

static void add_json(JsonBuilder *builder, GVariant *stats)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;

    json_builder_begin_object(builder);
    g_variant_iter_init(&iter, stats);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        json_builder_set_member_name(builder, key);
        json_builder_add_value(builder, json_gvariant_serialize(value));
        g_variant_unref(value);
    }
    json_builder_end_object(builder);
}

static gboolean print(const VsCall *call, const char *name, GVariant *vcpus, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(VsTable) table = vs_table_new(_("vCPU"), _("Boosted"), _("Wakes + kicks"), _("Guest + help"), _("Cut off"), _("Refused"),
                                            _("Rejected"), _("Paid back"), _("Debt"), _("Budget"), _("Waited"), _("State"), NULL);
    gboolean any = FALSE;

    json_builder_begin_object(builder);
    vs_json_string(builder, "domain", name);
    vs_json_begin(builder, "vcpus");
    for (gsize i = 0; i < g_variant_n_children(vcpus); i++) {
        g_autoptr(GVariant) stats = g_variant_get_child_value(vcpus, i);

        if (only_given && (g_variant_lookup(stats, "thread", "s", NULL) || counter(stats, "vcpu") != (guint64) only_vcpu))
            continue;
        any = TRUE;
        add_row(table, stats);
        add_json(builder, stats);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (only_given && !any) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, _("no vCPU %d among those that virtsched looks after"), only_vcpu);
        return FALSE;
    }
    if (call->json)
        vs_json_print(builder);
    else if (any)
        vs_table_print(table, !call->quiet);
    else if (!call->quiet)
        g_print(_("No counters: nothing of virtsched is in force. \"virt-sched why\" says why.\n"));
    return TRUE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    g_autoptr(GVariant) vcpus = NULL;

    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, call->domain, error);
    if (!domain)
        return FALSE;
    if (!vs_proxy_domain_call_get_stats_sync(domain, bus.flags, bus.timeout_ms, &vcpus, NULL, error))
        return vs_bus_fix_error(error);
    return print(call, vs_proxy_domain_get_name(domain), vcpus, error);
}

const VsCommand vs_cmd_stats = {
    .name = "stats",
    .synopsis = "DOMAIN",
    .summary = N_("Show what each vCPU of a domain was given"),
    .details = N_("Boosted: time ahead of ordinary tasks, and its share of the vCPU's CPU time where that is known.\n"
                  "Wakes + kicks: boosts because the vCPU woke up, and because an interrupt waited for it.\n"
                  "Guest + help: because the guest said that its work is urgent, and because a boosted vCPU waited for it.\n"
                  "Below the vCPUs: threads of QEMU's that vCPUs wait for, see boost.io.\n"
                  "Refused: boosts not given, for want of budget or another reason. Waited: for a CPU while runnable.\n"
                  "Rejected: what the guest said of itself that made no sense, or was too old."),
    .options = options,
    .takes = VS_TAKES_DOMAIN,
    .run = run,
};
