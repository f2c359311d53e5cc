/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched top: what the guests of domains with interactive phases do now, again and again: phase, vCPUs, guest tasks with class
 * and load, boosts. Asks the daemon; on a terminal the screen is redrawn and "q" ends it.
 */
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-rows.h"
#include "vs-table.h"

#define DELAY_MS 2000
#define TASKS_SHOWN 20

static gint delay_ms;
static gint count;

static gboolean parse_delay(const char *name, const char *value, gpointer data, GError **error)
{
    gdouble seconds = g_ascii_strtod(value, NULL);

    if (!(seconds >= 0.1 && seconds <= 3600)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--delay needs seconds in 0.1..3600, not %s"), value);
        return FALSE;
    }
    delay_ms = (gint) (seconds * 1000);
    return TRUE;
}

static const GOptionEntry options[] = {
    {"delay", 0, 0, G_OPTION_ARG_CALLBACK, parse_delay, N_("Look again after so long (usual: 2)"), "SECONDS"},
    {"count", 0, 0, G_OPTION_ARG_INT, &count, N_("End after so many looks"), "N"},
    {NULL},
};

/* One domain at one look. */
typedef struct {
    char *name;
    GVariant *phase;
    GVariant *tasks;
    GVariant *vcpus;
    GVariant *stats;
} Look;

static void look_free(gpointer data)
{
    Look *look = data;

    g_clear_pointer(&look->phase, g_variant_unref);
    g_clear_pointer(&look->tasks, g_variant_unref);
    g_clear_pointer(&look->vcpus, g_variant_unref);
    g_clear_pointer(&look->stats, g_variant_unref);
    g_free(look->name);
    g_free(look);
}

static guint64 load_of(GVariant *task)
{
    return vs_row_number(task, "run.permille") + vs_row_number(task, "wait.permille");
}

static gint by_load(gconstpointer a, gconstpointer b)
{
    guint64 x = load_of(*(GVariant *const *) a), y = load_of(*(GVariant *const *) b);

    return x < y ? 1 : x > y ? -1 : 0;
}

/* (transfer full): a{sv} rows, heaviest first */
static GPtrArray *sorted(GVariant *tasks)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);

    for (gsize i = 0; i < g_variant_n_children(tasks); i++)
        g_ptr_array_add(rows, g_variant_get_child_value(tasks, i));
    g_ptr_array_sort(rows, by_load);
    return rows;
}

static char *percent(guint64 permille)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %%", permille / 10, permille % 10);
}

static char *boosts_of(const Look *look, guint64 vcpu)
{
    for (gsize i = 0; look->stats && i < g_variant_n_children(look->stats); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(look->stats, i);

        if (vs_row_number(row, "vcpu") == vcpu)
            return g_strdup_printf("%" G_GUINT64_FORMAT, vs_row_number(row, "boosts.wake") + vs_row_number(row, "boosts.kick") +
                                   vs_row_number(row, "boosts.guest") + vs_row_number(row, "boosts.spin"));
    }
    return NULL;
}

static void print_vcpus(const Look *look)
{
    g_autoptr(VsTable) table = vs_table_new(_("vCPU"), _("State"), _("Task"), _("Nice"), _("Boosts"), NULL);

    for (gsize i = 0; i < g_variant_n_children(look->vcpus); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(look->vcpus, i);
        guint64 number = vs_row_number(row, "vcpu"), task = vs_row_number(row, "task");
        g_autofree char *vcpu = g_strdup_printf("%" G_GUINT64_FORMAT, number);
        g_autofree char *state = vs_row_word(row, "state");
        g_autofree char *id = task ? g_strdup_printf("%" G_GINT64_MODIFIER "x", task) : NULL;
        g_autofree char *nice = g_strdup_printf("+%" G_GUINT64_FORMAT, vs_row_number(row, "nice"));
        g_autofree char *boosts = boosts_of(look, number);

        vs_table_add(table, vcpu, state, id, nice, boosts);
    }
    vs_table_print(table, TRUE);
}

static void print_tasks(const Look *look)
{
    g_autoptr(VsTable) table = vs_table_new(_("Task"), _("Class"), _("vCPU"), _("Runs"), _("Waits"), _("Known for"), NULL);
    g_autoptr(GPtrArray) rows = sorted(look->tasks);

    for (guint i = 0; i < MIN(rows->len, TASKS_SHOWN); i++) {
        GVariant *row = rows->pdata[i];
        g_autofree char *id = g_strdup_printf("%" G_GINT64_MODIFIER "x", vs_row_number(row, "task"));
        g_autofree char *class = vs_row_word(row, "class");
        g_autofree char *vcpu = g_strdup_printf("%" G_GUINT64_FORMAT, vs_row_number(row, "vcpu"));
        g_autofree char *runs = percent(vs_row_number(row, "run.permille"));
        g_autofree char *waits = percent(vs_row_number(row, "wait.permille"));
        g_autofree char *age = vs_format_ns((gint64) vs_row_number(row, "age.ms") * 1000000);

        vs_table_add(table, id, class, vcpu, runs, waits, age);
    }
    vs_table_print(table, TRUE);
}

static void print_look(const Look *look)
{
    guint64 left = vs_row_number(look->phase, "left.ms");
    g_autofree char *rest = vs_format_ns((gint64) left * 1000000);
    g_autofree char *phase = left ? g_strdup_printf(_("interactive phase, %s left"), rest) : g_strdup(_("no phase"));

    g_print(_("%s: %s; %" G_GUINT64_FORMAT " inputs, %" G_GUINT64_FORMAT " phases, %" G_GUINT64_FORMAT " changes of weight\n\n"), look->name,
            phase, vs_row_number(look->phase, "inputs"), vs_row_number(look->phase, "phases"), vs_row_number(look->phase, "weight.changes"));
    print_vcpus(look);
    g_print("\n");
    print_tasks(look);
    g_print("\n");
}

static void json_rows(JsonBuilder *builder, const char *name, GVariant *rows)
{
    vs_json_begin(builder, name);
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);

        vs_row_json(builder, row);
    }
    json_builder_end_array(builder);
}

static void print_json(const GPtrArray *looks)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vs_json_begin(builder, "domains");
    for (guint i = 0; i < looks->len; i++) {
        const Look *look = looks->pdata[i];

        json_builder_begin_object(builder);
        vs_json_string(builder, "domain", look->name);
        json_builder_set_member_name(builder, "phase");
        vs_row_json(builder, look->phase);
        json_rows(builder, "vcpus", look->vcpus);
        json_rows(builder, "tasks", look->tasks);
        json_rows(builder, "stats", look->stats);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

/* (transfer full) (nullable): NULL with error, or without one when the domain has no phases and @only is not set */
static Look *look_at(VsBus *bus, const char *name, gboolean only, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(VsProxyDomain) domain = vs_bus_domain(bus, name, &local);
    Look *look = g_new0(Look, 1);

    if (domain && vs_proxy_domain_call_get_tasks_sync(domain, bus->flags, bus->timeout_ms, &look->phase, &look->tasks, &look->vcpus,
                                                      NULL, &local)) {
        look->name = vs_format_safe(vs_proxy_domain_get_name(domain));
        vs_proxy_domain_call_get_stats_sync(domain, bus->flags, bus->timeout_ms, &look->stats, NULL, NULL);
        return look;
    }
    look_free(look);
    vs_bus_fix_error(&local);
    if (only || (!g_error_matches(local, VS_ERROR, VS_ERROR_UNSUPPORTED) && !g_error_matches(local, VS_ERROR, VS_ERROR_NO_DOMAIN) &&
                 !g_error_matches(local, VS_ERROR, VS_ERROR_GONE)))
        g_propagate_error(error, g_steal_pointer(&local));
    return NULL;
}

/* (transfer full) (nullable): every running domain with phases, or @only */
static GPtrArray *look_at_all(VsBus *bus, const char *only, GError **error)
{
    g_autoptr(GPtrArray) looks = g_ptr_array_new_with_free_func(look_free);
    g_autoptr(GVariant) domains = NULL;
    GError *local = NULL;
    GVariantIter iter;
    const char *uuid;
    gint id;

    if (only) {
        Look *look = look_at(bus, only, TRUE, error);

        if (!look)
            return NULL;
        g_ptr_array_add(looks, look);
        return g_steal_pointer(&looks);
    }
    domains = vs_bus_domains(bus, error);
    if (!domains)
        return NULL;
    g_variant_iter_init(&iter, domains);
    while (!local && g_variant_iter_next(&iter, "(&o&s&si&s&s)", NULL, NULL, &uuid, &id, NULL, NULL)) {
        Look *look = id < 0 ? NULL : look_at(bus, uuid, FALSE, &local);

        if (look)
            g_ptr_array_add(looks, look);
    }
    if (!local)
        return g_steal_pointer(&looks);
    g_propagate_error(error, local);
    return NULL;
}

/* FALSE: "q" was typed. */
static gboolean wait_for_next(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        g_usleep((gulong) delay_ms * 1000);
        return TRUE;
    }
    if (poll(&in, 1, delay_ms) <= 0)
        return TRUE;
    return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
}

static gboolean loop(const VsCall *call, VsBus *bus, GError **error)
{
    gboolean screen = !call->json && isatty(STDOUT_FILENO);

    for (gint round = 0; count <= 0 || round < count; round++) {
        g_autoptr(GPtrArray) looks = NULL;

        if (round > 0 && !wait_for_next())
            return TRUE;
        looks = look_at_all(bus, call->words[0], error);
        if (!looks)
            return FALSE;
        if (screen)
            g_print("\033[H\033[J");
        for (guint i = 0; !call->json && i < looks->len; i++)
            print_look(looks->pdata[i]);
        if (call->json)
            print_json(looks);
        else if (!looks->len && !call->quiet)
            g_print(_("No running domain has interactive.state in force.\n"));
        fflush(stdout);
    }
    return TRUE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    struct termios before, raw;
    gboolean terminal, ok;

    if (!delay_ms)
        delay_ms = DELAY_MS;
    if (!vs_bus_open(&bus, error))
        return FALSE;
    terminal = !call->json && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        raw = before;
        raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    ok = loop(call, &bus, error);
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return ok;
}

const VsCommand vs_cmd_top = {
    .name = "top",
    .synopsis = "[DOMAIN]",
    .summary = N_("Watch phases, vCPUs and guest tasks"),
    .details = N_("Guest tasks are address spaces, named by the page frame of their page table. Runs and Waits: share of one CPU\n"
                  "over the window before now, on a CPU and waiting for one. Nice: what a background task costs its vCPU.\n"
                  "\"q\" ends it. With --json one object a look."),
    .options = options,
    .words = VS_WORDS_FILE,
    .max_words = 1,
    .run = run,
};
