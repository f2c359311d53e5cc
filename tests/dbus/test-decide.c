/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What virtschedd decides for a domain, and what it says about it: dbus-service/virtschedd-decide.c by itself, with made
 * snapshots and outcomes. No bus, no libvirt, no kernel.
 */
#include <string.h>

#include "virtschedd-decide.h"
#include "virtschedd-quota.h"

/* Key and value by turns, NULL at the end. */
typedef const char *const *Words;

static VsSettings *settings_of(Words words)
{
    VsSettings *settings = vs_settings_new();

    for (; words && *words; words += 2) {
        g_autoptr(GError) error = NULL;

        vs_settings_set_string(settings, words[0], words[1], &error);
        g_assert_no_error(error);
    }
    return settings;
}

/* One situation: what the XML has, where the domain is, what came of it; and the word for all that. */
typedef struct {
    const char *name;
    Words live;
    Words config;
    gint id;
    const char *live_error;
    const char *config_error;
    const char *obstacle;
    gboolean switched_off;
    const char *failure;
    const char *job;
    const char *quota_failure;
    gboolean quota;
    gboolean attach; /* without a boost */
    guint refused;
    guint stepped_back;
    guint ext;
    gboolean boost;
    gboolean wire;
    const char *input_failure;
    const char *interactive_failure;
    const char *summary;
    const char *key; /* with the reason: "" is the whole domain; NULL: no reasons at all */
    const char *reason;
} Case;

static const char *const on[] = {"boost.state", "on", NULL};
static const char *const off[] = {"boost.state", "off", NULL};
static const char *const loud[] = {"boost.state", "on", "boost.priority", "40", NULL};
static const char *const rest_off[] = {"boost.state", "on", "boost.guest", "off", "interactive.state", "off", "dirtyQuota.state", "off", NULL};
static const char *const interactive[] = {"interactive.state", "on", NULL};
static const char *const quota[] = {"dirtyQuota.state", "on", NULL};
static const char *const limit[] = {"dirtyQuota.rate", "20", NULL};
static const char *const limit_off[] = {"dirtyQuota.rate", "20", "dirtyQuota.state", "off", NULL};
static const char *const value_only[] = {"boost.priority", "40", NULL};
static const char *const desktop[] = {"profile", "desktop", NULL};
static const char *const desktop_off[] = {"profile", "desktop", "boost.state", "off", NULL};
static const char *const build[] = {"profile", "build", "dirtyQuota.state", "off", NULL};

static const Case cases[] = {
    {"nothing", .id = 1, .summary = "off"},
    {"nothing-shut-off", .id = -1, .summary = "shut off"},
    {"boost", .live = on, .id = 1, .boost = TRUE, .wire = TRUE, .summary = "applied"},
    {"boost-and-the-rest-off", .live = rest_off, .id = 1, .boost = TRUE, .wire = TRUE, .summary = "applied"},
    {"boost-in-config-only", .config = on, .id = 1, .summary = "off"},
    {"boost-off", .live = off, .id = 1, .summary = "off"},
    {"boost-shut-off", .config = on, .id = -1, .summary = "shut off"},
    {"ceiling", .live = loud, .id = 1, .boost = TRUE, .wire = TRUE, .summary = "partly", .key = "boost.priority", .reason = "ceiling"},
    {"interactive", .live = interactive, .id = 1, .attach = TRUE, .wire = TRUE, .summary = "applied"},
    {"interactive-without-input", .live = interactive, .id = 1, .attach = TRUE, .wire = TRUE, .input_failure = "no symbol",
     .summary = "partly", .key = "interactive.state", .reason = "no symbol"},
    {"interactive-fails", .live = interactive, .id = 1, .attach = TRUE, .wire = TRUE, .interactive_failure = "no memory",
     .summary = "partly", .key = "interactive.state", .reason = "no memory"},
    {"interactive-not-attached", .live = interactive, .id = 1, .attach = TRUE, .failure = "attach: no", .wire = TRUE,
     .summary = "failed", .key = "interactive.state", .reason = "attach: no"},
    {"quota", .live = quota, .id = 1, .quota = TRUE, .summary = "applied"},
    {"quota-while-migrating", .live = quota, .id = 1, .job = "migration out", .quota = TRUE, .attach = TRUE, .summary = "applied"},
    {"quota-shut-off", .config = quota, .id = -1, .summary = "shut off"},
    {"quota-off", .live = off, .id = 1, .job = "migration out", .summary = "off"},
    {"quota-obstacle", .live = quota, .id = 1, .obstacle = "of type 'qemu'", .summary = "failed", .key = "dirtyQuota.state",
     .reason = "of type 'qemu'"},
    {"quota-failure", .live = quota, .id = 1, .quota = TRUE, .quota_failure = "limit: no", .summary = "partly",
     .key = "dirtyQuota.state", .reason = "limit: no"},
    {"limit-by-hand", .live = limit, .id = 1, .quota = TRUE, .attach = TRUE, .summary = "applied"},
    {"limit-that-is-off", .live = limit_off, .id = 1, .summary = "off"},
    {"limit-failure", .live = limit, .id = 1, .quota = TRUE, .attach = TRUE, .failure = "attach: no", .quota_failure = "attach: no",
     .summary = "failed", .key = "dirtyQuota.rate", .reason = "attach: no"},
    {"value-of-what-is-off", .live = value_only, .id = 1, .summary = "off", .key = "boost.priority", .reason = "ceiling"},
    {"profile", .live = desktop, .id = 1, .quota = TRUE, .boost = TRUE, .wire = TRUE, .summary = "applied"},
    {"domain-over-profile", .live = desktop_off, .id = 1, .quota = TRUE, .attach = TRUE, .wire = TRUE, .summary = "applied"},
    {"profile-build", .live = build, .id = 1, .summary = "off"},
    {"broken", .id = 1, .live_error = "line 3", .summary = "failed", .key = "", .reason = "line 3"},
    {"broken-config", .live = on, .id = 1, .config_error = "line 3", .boost = TRUE, .wire = TRUE, .summary = "applied"},
    {"broken-shut-off", .id = -1, .config_error = "line 3", .summary = "failed", .key = "", .reason = "line 3"},
    {"obstacle", .live = on, .id = 1, .obstacle = "of type 'qemu'", .summary = "failed", .key = "", .reason = "of type 'qemu'"},
    {"obstacle-in-nobodys-way", .live = off, .id = 1, .obstacle = "of type 'qemu'", .summary = "off"},
    {"switched-off", .live = on, .id = 1, .switched_off = TRUE, .summary = "failed", .key = "boost.state", .reason = "enabled=true"},
    {"switched-off-shut-off", .config = on, .id = -1, .switched_off = TRUE, .summary = "shut off"},
    {"failure", .live = on, .id = 1, .failure = "attach: no", .boost = TRUE, .wire = TRUE, .summary = "failed", .key = "boost.state",
     .reason = "attach: no"},
    {"refused", .live = on, .id = 1, .refused = 2, .boost = TRUE, .wire = TRUE, .summary = "failed", .key = "", .reason = "2 vCPU"},
    {"stepped-back", .live = on, .id = 1, .stepped_back = 1, .boost = TRUE, .wire = TRUE, .summary = "failed", .key = "",
     .reason = "from outside"},
    {"sched-ext", .live = on, .id = 1, .ext = 3, .boost = TRUE, .wire = TRUE, .summary = "failed", .key = "boost.state",
     .reason = "3 vCPU thread(s) are scheduled by sched_ext"},
};

static void test_case(gconstpointer data)
{
    const Case *c = data;
    VsdSnapshot snapshot = {
        .id = c->id,
        .live = c->id < 0 || c->live_error ? NULL : settings_of(c->live),
        .config = c->config_error ? NULL : settings_of(c->config),
        .live_error = (char *)c->live_error,
        .config_error = (char *)c->config_error,
        .obstacle = (char *)c->obstacle,
        .job = (char *)c->job,
    };
    VsdConfig config = {.enabled = !c->switched_off, .ceiling = vs_ceiling_default};
    g_autoptr(VsdPlan) plan = vsd_decide_plan(&snapshot, &config, FALSE);
    VsdOutcome outcome = {
        .attached = plan->attach && !c->failure,
        .interactive = plan->interactive && !c->failure && !c->interactive_failure,
        .interactive_failure = (char *)c->interactive_failure,
        .input_failure = (char *)c->input_failure,
        .class_applied = vs_settings_get_uint(plan->resolved, "boost.class"),
        .failure = (char *)c->failure,
        .quota = plan->quota && !c->quota_failure && !c->failure,
        .quota_failure = (char *)(plan->quota && c->failure ? c->failure : c->quota_failure),
        .refused = c->refused,
        .stepped_back = c->stepped_back,
        .ext = c->ext,
    };
    g_autoptr(VsSettings) applied = vsd_decide_applied(plan, &outcome);
    g_autoptr(GHashTable) reasons = vsd_decide_reasons(&snapshot, plan, &outcome, config.enabled);
    const char *reason = c->key ? g_hash_table_lookup(reasons, c->key) : NULL;

    g_assert_cmpint(plan->boost, ==, c->boost);
    g_assert_cmpint(plan->wire, ==, c->wire);
    g_assert_cmpstr(vsd_decide_summary(&snapshot, plan, &outcome, reasons), ==, c->summary);
    g_assert_cmpint(plan->quota, ==, c->quota);
    g_assert_cmpint(plan->attach, ==, c->boost || c->attach);
    g_assert_cmpint(vs_settings_is_set(applied, "boost.class"), ==, outcome.attached && plan->boost);
    g_assert_cmpint(vs_settings_is_set(applied, "interactive.phase.max"), ==, outcome.interactive);
    g_assert_cmpint(vs_settings_is_set(applied, "dirtyQuota.interval"), ==, outcome.quota);
    if (c->key) {
        g_assert_nonnull(reason);
        g_assert_nonnull(strstr(reason, c->reason));
    } else {
        g_assert_cmpuint(g_hash_table_size(reasons), ==, 0);
    }
    g_clear_pointer(&snapshot.live, vs_settings_unref);
    g_clear_pointer(&snapshot.config, vs_settings_unref);
}

/* Every key that a mechanism applies, under the ceiling, and no value of another class. */
static void test_applied(void)
{
    static const struct {
        const char *word;
        const char *key;
        const char *value;
    } rows[] = {{"nice", "boost.nice", "10"}, {"slice", "boost.slice", "500"}, {"fifo", "boost.priority", "1"}};
    static const char *const always[] = {"boost.state", "boost.class", "boost.budget.burst", "boost.budget.share"};

    for (guint class = 0; class < G_N_ELEMENTS(rows); class++) {
        const char *const words[] = {"boost.state", "on", "boost.class", rows[class].word, NULL};
        VsdSnapshot snapshot = {.id = 1, .live = settings_of(words)};
        VsdConfig config = {.enabled = TRUE, .ceiling = vs_ceiling_default};
        g_autoptr(VsdPlan) plan = vsd_decide_plan(&snapshot, &config, FALSE);
        VsdOutcome outcome = {.attached = TRUE, .class_applied = class};
        g_autoptr(VsSettings) applied = vsd_decide_applied(plan, &outcome);

        for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
            g_assert_true(vs_settings_is_set(applied, always[i]));
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autofree char *value = vs_settings_get_string(applied, rows[i].key);

            g_assert_cmpint(vs_settings_is_set(applied, rows[i].key), ==, i == class);
            if (i == class)
                g_assert_cmpstr(value, ==, rows[i].value);
        }
        g_assert_false(vs_settings_is_set(applied, "profile"));
        g_assert_false(vs_settings_is_set(applied, "dirtyQuota.state"));
        vs_settings_unref(snapshot.live);
    }
}

/* What stands under "in force": never nothing where the value is. "-": nothing. */
static void test_in_force(void)
{
    static const struct {
        Words live;
        gint id;
        const char *failure;
        const char *interactive_failure;
        const char *key;
        const char *applied;
        const char *shown;
        const char *reason; /* of the key; NULL: none */
    } rows[] = {
        {on, 1, NULL, NULL, "boost.state", "on", "on", NULL},
        {on, 1, NULL, NULL, "interactive.state", "-", "off", NULL},
        {on, 1, NULL, NULL, "interactive.phase.max", "-", "-", NULL},
        {on, 1, NULL, NULL, "profile", "-", "-", NULL},
        {on, -1, NULL, NULL, "interactive.state", "-", "-", NULL},
        {on, 1, "attach: no", NULL, "boost.state", "-", "-", "attach: no"},
        {on, 1, "attach: no", NULL, "interactive.state", "-", "off", NULL},
        {off, 1, NULL, NULL, "boost.state", "off", "off", NULL},
        {off, -1, NULL, NULL, "boost.state", "-", "-", NULL},
        {desktop, 1, NULL, NULL, "profile", "desktop", "desktop", NULL},
        {desktop, -1, NULL, NULL, "profile", "-", "-", NULL},
        {desktop, 1, "attach: no", NULL, "profile", "-", "-", "boost.state, interactive.state"},
        {desktop, 1, NULL, "no memory", "profile", "-", "-", "in force: interactive.state"},
        {desktop, 1, NULL, "no memory", "boost.state", "on", "on", NULL},
        {desktop_off, 1, NULL, NULL, "profile", "desktop", "desktop", NULL},
        {desktop_off, 1, NULL, NULL, "boost.state", "off", "off", NULL},
        {build, 1, NULL, NULL, "profile", "build", "build", NULL},
        {build, 1, NULL, NULL, "boost.state", "off", "off", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        VsdSnapshot snapshot = {.id = rows[i].id, .live = settings_of(rows[i].live), .config = settings_of(rows[i].live)};
        VsdConfig config = {.enabled = TRUE, .ceiling = vs_ceiling_default};
        g_autoptr(VsdPlan) plan = vsd_decide_plan(&snapshot, &config, FALSE);
        VsdOutcome outcome = {
            .attached = plan->attach && !rows[i].failure,
            .interactive = plan->interactive && !rows[i].failure && !rows[i].interactive_failure,
            .failure = (char *)rows[i].failure,
            .interactive_failure = (char *)rows[i].interactive_failure,
            .class_applied = vs_settings_get_uint(plan->resolved, "boost.class"),
            .quota = plan->quota,
        };
        g_autoptr(VsSettings) applied = vsd_decide_applied(plan, &outcome);
        g_autoptr(GHashTable) reasons = vsd_decide_reasons(&snapshot, plan, &outcome, TRUE);
        g_autofree char *value = vs_settings_is_set(applied, rows[i].key) ? vs_settings_get_string(applied, rows[i].key) : g_strdup("-");
        g_autofree char *shown = vsd_decide_in_force(plan, applied, rows[i].key);
        const char *reason = g_hash_table_lookup(reasons, rows[i].key);

        g_test_message("row %" G_GSIZE_FORMAT ": %s", i, rows[i].key);
        g_assert_cmpstr(value, ==, rows[i].applied);
        g_assert_cmpstr(shown ? shown : "-", ==, rows[i].shown);
        g_assert_cmpint(reason != NULL, ==, rows[i].reason != NULL);
        g_assert_true(!reason || strstr(reason, rows[i].reason));
        vs_settings_unref(snapshot.live);
        vs_settings_unref(snapshot.config);
    }
}

/* MiB become pages; the pool holds 4 % of a second, or an interval. */
static void test_quota(void)
{
    static const char *const usual[] = {"dirtyQuota.floor", "2", NULL};
    static const char *const slow[] = {"dirtyQuota.interval", "1000", NULL};
    g_autoptr(VsSettings) settings = settings_of(usual), long_interval = settings_of(slow);
    VsdQuota quota = vsd_quota_of(settings, 100 * VSD_PAGES_PER_MIB);

    g_assert_cmpuint(quota.interval_ms, ==, 10);
    g_assert_cmpuint(quota.rate, ==, 25600);
    g_assert_cmpuint(quota.floor, ==, 512);
    g_assert_cmpuint(quota.pool, ==, 1024);
    quota = vsd_quota_of(long_interval, 25600);
    g_assert_cmpuint(quota.pool, ==, 25600);
    quota = vsd_quota_of(settings, G_MAXUINT64);
    g_assert_cmpuint(quota.rate, ==, 1ULL << 28);
    g_assert_cmpuint(vsd_quota_of(settings, 0).pool, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/decide/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/decide/applied", test_applied);
    g_test_add_func("/decide/in-force", test_in_force);
    g_test_add_func("/decide/pages", test_quota);
    return g_test_run();
}
