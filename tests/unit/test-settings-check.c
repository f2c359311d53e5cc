/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contradictions: each is found, its neighbour without the contradiction is not.
 */
#include "vs-settings-private.h"

typedef struct {
    const char *settings; /* "key=value key=value" */
    const char *message;  /* NULL: no contradiction */
} CheckCase;

static const CheckCase cases[] = {
    {"", NULL},
    {"boost.state=on boost.priority=5", NULL},
    {"boost.class=fifo boost.priority=5", NULL},
    {"boost.class=nice boost.nice=5", NULL},
    {"boost.class=slice boost.slice=300", NULL},
    {"profile=server boost.nice=5", NULL},
    {"profile=off boost.state=off", NULL},
    {"profile=desktop boost.state=off", NULL},
    {"interactive.weightRatio.background=3", NULL},
    {"interactive.weightRatio.interactive=1", NULL},
    {"boost.class=nice boost.priority=5",
     "check boost.priority: goes with class \"fifo\" only, and the class is \"nice\"; unset one of the two"},
    {"boost.nice=5", "check boost.nice: goes with class \"nice\" only, and the class is \"fifo\"; unset one of the two"},
    {"boost.class=fifo boost.slice=300",
     "check boost.slice: goes with class \"slice\" only, and the class is \"fifo\"; unset one of the two"},
    {"profile=server boost.priority=5",
     "check boost.priority: goes with class \"fifo\" only, and the class is \"nice\"; unset one of the two"},
    {"profile=off boost.state=on", "check boost.state: \"on\" contradicts profile \"off\"; allowed with it: off"},
    {"profile=off dirtyQuota.state=on", "check dirtyQuota.state: \"on\" contradicts profile \"off\"; allowed with it: off"},
    {"interactive.weightRatio.background=4",
     "check interactive.weightRatio.background: background weight 4 is above interactive weight 3; allowed: 1..3"},
    {"interactive.weightRatio.interactive=5 interactive.weightRatio.background=6",
     "check interactive.weightRatio.background: background weight 6 is above interactive weight 5; allowed: 1..5"},
};

static VsSettings *settings_from(const char *text)
{
    VsSettings *settings = vs_settings_new();
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (guint i = 0; words[i] && *words[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(words[i], "=", 2);

        g_assert_true(vs_settings_set_string(settings, pair[0], pair[1], NULL));
    }
    return settings;
}

static void test_contradictions(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VsSettings) settings = settings_from(cases[i].settings);
        g_autoptr(GError) error = NULL;
        gboolean ok = vs_settings_check(settings, &error);

        g_test_message("%s", cases[i].settings);
        g_assert_true(ok == (cases[i].message == NULL));
        if (!cases[i].message)
            continue;
        g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE);
        g_assert_cmpstr(error->message, ==, cases[i].message);
    }
}

static void test_resolved_settings_do_not_contradict(void)
{
    /* With every key set, the ones of other classes come from the default, and nobody wrote those down. */
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VsSettings) settings = settings_from(cases[i].settings);
        g_autofree char *word = vs_settings_get_string(settings, "profile");
        g_autoptr(VsSettings) profile = vs_settings_is_set(settings, "profile") ? vs_profile_builtin(word) : NULL;
        g_autoptr(VsSettings) resolved = vs_settings_resolve(settings, profile, &vs_ceiling_default, NULL);

        g_test_message("%s", cases[i].settings);
        g_assert_true(vs_settings_check(resolved, NULL) == (cases[i].message == NULL));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/contradictions", test_contradictions);
    g_test_add_func("/check/resolved-settings-do-not-contradict", test_resolved_settings_do_not_contradict);
    return g_test_run();
}
