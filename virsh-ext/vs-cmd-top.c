/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched top: what the guests of domains with interactive phases do now, again and again: phase, vCPUs, guest tasks with class
 * and load, boosts. Asks the daemon; on a terminal the screen is redrawn, with top's keys (vs-top-view.h).
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
#include "vs-top-view.h"

#define DELAY_MS 2000

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

static gint by_view(gconstpointer a, gconstpointer b, gpointer data)
{
    GVariant *x = *(GVariant *const *) a, *y = *(GVariant *const *) b;

    return vs_top_view_compare(data, vs_row_number(x, "task"), load_of(x), vs_row_number(x, "age.ms"), vs_row_number(y, "task"), load_of(y),
                               vs_row_number(y, "age.ms"));
}

/* (transfer full): a{sv} rows that the view shows, in its order */
static GPtrArray *sorted(GVariant *tasks, VsTopView *view)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);

    for (gsize i = 0; i < g_variant_n_children(tasks); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(tasks, i);

        if (!view->busy_only || load_of(row))
            g_ptr_array_add(rows, g_steal_pointer(&row));
    }
    g_ptr_array_sort_with_data(rows, by_view, view);
    return rows;
}

/* (transfer full): the number that a person knows it by: a process id as such, a page frame in hexadecimal digits */
static char *task_name(GVariant *row, guint64 task)
{
    gboolean process = FALSE;

    g_variant_lookup(row, "process", "b", &process);
    return g_strdup_printf(process ? "pid %" G_GUINT64_FORMAT : "%" G_GINT64_MODIFIER "x", task);
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

static void print_vcpus(const Look *look, const VsTopView *view)
{
    g_autoptr(VsTable) table = vs_table_new(_("vCPU"), _("State"), _("Task"), _("Nice"), _("Boosts"), NULL);

    for (gsize i = 0; i < g_variant_n_children(look->vcpus); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(look->vcpus, i);
        guint64 number = vs_row_number(row, "vcpu"), task = vs_row_number(row, "task");
        g_autofree char *vcpu = g_strdup_printf("%" G_GUINT64_FORMAT, number);
        g_autofree char *state = vs_row_word(row, "state");
        g_autofree char *id = task ? task_name(row, task) : NULL;
        g_autofree char *nice = g_strdup_printf("+%" G_GUINT64_FORMAT, vs_row_number(row, "nice"));
        g_autofree char *boosts = boosts_of(look, number);

        if (!view->busy_only || g_strcmp0(state, "idle") != 0)
            vs_table_add(table, vcpu, state, id, nice, boosts);
    }
    vs_table_print(table, TRUE);
}

static void print_tasks(const Look *look, VsTopView *view)
{
    g_autoptr(VsTable) table = vs_table_new(_("Task"), _("Class"), _("vCPU"), _("Runs"), _("Waits"), _("Known for"), NULL);
    g_autoptr(GPtrArray) rows = sorted(look->tasks, view);

    for (guint i = 0; i < MIN(rows->len, view->rows); i++) {
        GVariant *row = rows->pdata[i];
        g_autofree char *id = task_name(row, vs_row_number(row, "task"));
        g_autofree char *class = vs_row_word(row, "class");
        g_autofree char *vcpu = g_strdup_printf("%" G_GUINT64_FORMAT, vs_row_number(row, "vcpu"));
        g_autofree char *runs = percent(vs_row_number(row, "run.permille"));
        g_autofree char *waits = percent(vs_row_number(row, "wait.permille"));
        g_autofree char *age = vs_format_ns((gint64) vs_row_number(row, "age.ms") * 1000000);

        vs_table_add(table, id, class, vcpu, runs, waits, age);
    }
    vs_table_print(table, TRUE);
}

static void print_look(const Look *look, VsTopView *view)
{
    guint64 left = vs_row_number(look->phase, "left.ms");
    g_autofree char *rest = vs_format_ns((gint64) left * 1000000);
    g_autofree char *phase = left ? g_strdup_printf(_("interactive phase, %s left"), rest) : g_strdup(_("no phase"));

    g_print(_("%s: %s; %" G_GUINT64_FORMAT " inputs, %" G_GUINT64_FORMAT " phases, %" G_GUINT64_FORMAT " changes of weight\n\n"), look->name,
            phase, vs_row_number(look->phase, "inputs"), vs_row_number(look->phase, "phases"), vs_row_number(look->phase, "weight.changes"));
    print_vcpus(look, view);
    g_print("\n");
    print_tasks(look, view);
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

/* On the screen, or line by line. */
static void draw(const VsCall *call, const GPtrArray *looks, VsTopView *view, gboolean screen)
{
    g_autofree char *prompt = screen ? vs_top_view_prompt(view) : NULL;

    if (screen)
        g_print("\033[H\033[J");
    if (call->json) {
        print_json(looks);
    } else if (view->help) {
        g_print("%s", vs_top_help());
    } else {
        if (prompt)
            g_print("%s\n\n", prompt);
        for (guint i = 0; i < looks->len; i++)
            print_look(looks->pdata[i], view);
        if (!looks->len && !call->quiet)
            g_print(_("No running domain has interactive.state in force.\n"));
    }
    fflush(stdout);
}

/* Until it is time to look again. FALSE: "q" was typed. */
static gboolean wait_for_next(const VsCall *call, const GPtrArray *looks, VsTopView *view, gboolean screen)
{
    gint64 until = g_get_monotonic_time() + view->delay_ms * G_TIME_SPAN_MILLISECOND;
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;

    if (!screen || !isatty(STDIN_FILENO)) {
        g_usleep((gulong) view->delay_ms * 1000);
        return TRUE;
    }
    for (;;) {
        gint64 left = (until - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
        VsTopAnswer answer;

        /* Nothing moves under who types a number or reads the help. */
        if (left <= 0 && !view->asks && !view->help)
            return TRUE;
        if (poll(&in, 1, view->asks || view->help ? -1 : (int) MAX(left, 0)) <= 0)
            continue;
        if (read(STDIN_FILENO, &key, 1) != 1)
            return FALSE;
        answer = vs_top_view_key(view, key);
        if (answer == VS_TOP_QUIT || answer == VS_TOP_AGAIN)
            return answer == VS_TOP_AGAIN;
        if (answer == VS_TOP_DRAW)
            draw(call, looks, view, screen);
    }
}

static gboolean loop(const VsCall *call, VsBus *bus, GError **error)
{
    gboolean screen = !call->json && isatty(STDOUT_FILENO);
    g_autoptr(GPtrArray) looks = NULL;
    VsTopView view;

    vs_top_view_init(&view, delay_ms);
    for (gint round = 0; count <= 0 || round < count; round++) {
        if (round > 0 && !wait_for_next(call, looks, &view, screen))
            return TRUE;
        g_clear_pointer(&looks, g_ptr_array_unref);
        looks = look_at_all(bus, call->words[0], error);
        if (!looks)
            return FALSE;
        draw(call, looks, &view, screen);
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
    .details = N_("Guest tasks are address spaces, named by the page frame of their page table, or processes where the guest says so.\n"
                  "Runs and Waits: share of one CPU over the window before now, on a CPU and waiting for one. Nice: what a background task costs its vCPU.\n"
                  "Keys as in top: h lists them, q ends it. With --json one object a look."),
    .options = options,
    .words = VS_WORDS_FILE,
    .max_words = 1,
    .run = run,
};
