/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched metrics: the counters of all domains in Prometheus's text format, to standard output or, whole or not at all, to a
 * file in node_exporter's textfile directory. One call to the daemon, however many domains there are.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-bus.h"
#include "vs-call.h"

static char *output;

static const GOptionEntry options[] = {
    {"output", 0, 0, G_OPTION_ARG_FILENAME, &output, N_("Write this file, in one step"), N_("FILE")},
    {NULL},
};

#define NS_PER_S 1e9

/* A family of samples per vCPU; several rows of one @name follow each other and differ in @label. */
typedef struct {
    const char *key; /* of GetStats */
    const char *name;
    const char *label; /* NULL: none */
    const char *type;
    gboolean seconds; /* the daemon counts ns */
    const char *help;
} Family;

static const Family families[] = {
    {"boosts.wake", "virtsched_vcpu_boosts_total", "reason=\"wake\"", "counter", FALSE, "Boosts of a vCPU, by what asked for them."},
    {"boosts.kick", "virtsched_vcpu_boosts_total", "reason=\"kick\"", "counter", FALSE, NULL},
    {"boosts.guest", "virtsched_vcpu_boosts_total", "reason=\"guest\"", "counter", FALSE, NULL},
    {"boosts.spin", "virtsched_vcpu_boosts_total", "reason=\"spin\"", "counter", FALSE, NULL},
    {"boosts.served", "virtsched_vcpu_boosts_total", "reason=\"served\"", "counter", FALSE, NULL},
    {"boosts.task", "virtsched_vcpu_boosts_total", "reason=\"task\"", "counter", FALSE, NULL},
    {"boosts.cutoffs", "virtsched_vcpu_boost_cutoffs_total", NULL, "counter", FALSE, "Boosts ended because their time was up."},
    {"boosts.exhausted", "virtsched_vcpu_boosts_refused_total", "cause=\"budget\"", "counter", FALSE, "Boosts not given."},
    {"boosts.rejected", "virtsched_vcpu_boosts_refused_total", "cause=\"other\"", "counter", FALSE, NULL},
    {"deboosts", "virtsched_vcpu_deboosts_total", NULL, "counter", FALSE, "Times that a vCPU went below normal for its debt."},
    {"guest.rejected", "virtsched_vcpu_guest_words_rejected_total", NULL, "counter", FALSE, "Words of the guest that made no sense."},
    {"boosted.ns", "virtsched_vcpu_boosted_seconds_total", NULL, "counter", TRUE, "Time that a vCPU ran boosted."},
    {"payback.ns", "virtsched_vcpu_payback_seconds_total", NULL, "counter", TRUE, "Time that a vCPU waited to pay boosts back."},
    {"delay.ns", "virtsched_vcpu_wait_seconds_total", NULL, "counter", TRUE, "Time that a vCPU was runnable and waited for a CPU."},
    {"debt.ns", "virtsched_vcpu_debt_seconds", NULL, "gauge", TRUE, "Boosted time that is still to be paid back."},
    {"budget.ns", "virtsched_vcpu_budget_seconds", NULL, "gauge", TRUE, "Boosted time that is left now; below 0 is overdrawn."},
};

static const char *const summaries[] = {"off", "applied", "partly", "failed", "shut off"};

static char *escaped(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (*text == '\n') {
            g_string_append(out, "\\n");
            continue;
        }
        if (*text == '\\' || *text == '"')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static gboolean number(GVariant *stats, const char *key, gdouble *value_ret)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(stats, key, NULL);

    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        *value_ret = (gdouble) g_variant_get_uint64(value);
    else if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        *value_ret = (gdouble) g_variant_get_int64(value);
    else
        return FALSE;
    return TRUE;
}

static void head(GString *text, const char *name, const char *type, const char *help)
{
    g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void sample(GString *text, const char *name, const char *labels, gboolean seconds, gdouble value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(digits, sizeof(digits), seconds ? "%.9f" : "%.0f", seconds ? value / NS_PER_S : value);
    g_string_append_printf(text, "%s{%s} %s\n", name, labels, digits);
}

static void add_vcpu(GString *text, const Family *family, const char *domain, GVariant *stats)
{
    g_autofree char *labels = NULL, *which = NULL;
    guint vcpu = 0;
    const char *thread;
    gdouble value;

    if (!number(stats, family->key, &value))
        return;
    /* A thread of QEMU's that a boosted vCPU waits for has a name instead of a number. */
    if (g_variant_lookup(stats, "thread", "&s", &thread)) {
        g_autofree char *safe = escaped(thread);

        which = g_strdup_printf("thread=\"%s\"", safe);
    } else {
        g_variant_lookup(stats, "vcpu", "u", &vcpu);
        which = g_strdup_printf("vcpu=\"%u\"", vcpu);
    }
    labels = g_strdup_printf("%s,%s%s%s", domain, which, family->label ? "," : "", family->label ? family->label : "");
    sample(text, family->name, labels, family->seconds, value);
}

/* All rows of one family stand together, as the format wants it. */
static void add_family(GString *text, const Family *family, GVariant *domains)
{
    GVariantIter iter;
    const char *name, *uuid;
    GVariant *vcpus;

    if (family->help)
        head(text, family->name, family->type, family->help);
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&s&s&s@aa{sv})", &name, &uuid, NULL, &vcpus)) {
        g_autofree char *safe = escaped(name);
        g_autofree char *domain = g_strdup_printf("domain=\"%s\",uuid=\"%s\"", safe, uuid);

        for (gsize i = 0; i < g_variant_n_children(vcpus); i++) {
            g_autoptr(GVariant) stats = g_variant_get_child_value(vcpus, i);

            add_vcpu(text, family, domain, stats);
        }
        g_variant_unref(vcpus);
    }
}

static void add_host(GString *text, VsProxyManager *manager)
{
    const char *version = vs_proxy_manager_get_version(manager), *module = vs_proxy_manager_get_module_version(manager);
    const char *const *problems = vs_proxy_manager_get_problems(manager);
    g_autofree char *labels = g_strdup_printf("version=\"%s\",module_version=\"%s\"", version ? version : "", module ? module : "");

    head(text, "virtsched_info", "gauge", "Versions of virtschedd and of the kernel module, empty when it cannot be used.");
    sample(text, "virtsched_info", labels, FALSE, 1);
    head(text, "virtsched_problems", "gauge", "What does not work on this host; virt-sched doctor says it in words.");
    g_string_append_printf(text, "virtsched_problems %u\n", problems ? g_strv_length((char **) problems) : 0);
}

static void add_domains(GString *text, GVariant *domains)
{
    const char *name, *uuid, *summary;
    GVariantIter iter;

    head(text, "virtsched_domain_state", "gauge", "Whether a domain's settings are in force: 1 for the state that it is in.");
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&s&s&s@aa{sv})", &name, &uuid, &summary, NULL)) {
        g_autofree char *safe = escaped(name);

        for (gsize i = 0; i < G_N_ELEMENTS(summaries); i++) {
            g_autofree char *labels = g_strdup_printf("domain=\"%s\",uuid=\"%s\",state=\"%s\"", safe, uuid, summaries[i]);

            sample(text, "virtsched_domain_state", labels, FALSE, strcmp(summary, summaries[i]) == 0);
        }
    }
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(VsProxyManager) manager = NULL;
    g_autoptr(GVariant) domains = NULL;
    g_auto(VsBus) bus = {0};

    if (!vs_bus_open(&bus, error))
        return FALSE;
    if (!vs_proxy_manager_call_get_all_stats_sync(bus.manager, bus.flags, bus.timeout_ms, &domains, NULL, error))
        return vs_bus_fix_error(error);
    manager = vs_bus_host(&bus, error);
    if (!manager)
        return FALSE;
    add_host(text, manager);
    add_domains(text, domains);
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        add_family(text, &families[i], domains);
    if (output)
        return g_file_set_contents_full(output, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
    g_print("%s", text->str);
    return TRUE;
}

const VsCommand vs_cmd_metrics = {
    .name = "metrics",
    .synopsis = "",
    .summary = N_("Print the counters of all domains in Prometheus's text format"),
    .details = N_("For node_exporter: --output FILE in its textfile directory; virtsched-metrics.timer does that.\n"
                  "Counters begin anew when a domain is attached; times are in seconds."),
    .options = options,
    .run = run,
};
