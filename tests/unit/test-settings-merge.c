/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domain over profile over default, clamped by the ceiling; diffs; built-in profiles.
 */
#include <string.h>

#include "vs-settings-private.h"

static VsSettings *make(const char *first, ...)
{
    VsSettings *settings = vs_settings_new();
    va_list args;

    va_start(args, first);
    for (const char *key = first; key; key = va_arg(args, const char *)) {
        g_autoptr(GError) error = NULL;

        vs_settings_set_string(settings, key, va_arg(args, const char *), &error);
        g_assert_no_error(error);
    }
    va_end(args);
    return settings;
}

static void test_domain_over_profile_over_default(void)
{
    g_autoptr(VsSettings) domain = make("boost.priority", "3", NULL);
    g_autoptr(VsSettings) profile = vs_profile_builtin("audio");
    g_autoptr(VsSettings) result = vs_settings_resolve(domain, profile, NULL, NULL);

    g_assert_cmpuint(vs_settings_get_uint(result, "boost.priority"), ==, 3);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.priority"), ==, VS_ORIGIN_DOMAIN);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.budget.burst"), ==, 10000);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.budget.burst"), ==, VS_ORIGIN_PROFILE);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.nice"), ==, 10);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.nice"), ==, VS_ORIGIN_DEFAULT);
}

static void test_rule_and_lease_keep_their_name(void)
{
    g_autoptr(VsSettings) rule = make("boost.priority", "3", "boost.state", "off", NULL);
    g_autoptr(VsSettings) profile = vs_profile_builtin("audio");
    g_autoptr(VsSettings) result = NULL;

    vs_settings_set_origin(rule, VS_ORIGIN_RULE);
    vs_settings_set_lease(rule, "boost.state");
    result = vs_settings_resolve(rule, profile, NULL, NULL);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.priority"), ==, 3);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.priority"), ==, VS_ORIGIN_RULE);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.state"), ==, TRUE);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.state"), ==, VS_ORIGIN_LEASE);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.budget.burst"), ==, VS_ORIGIN_PROFILE);
}

static void test_every_key_is_resolved(void)
{
    g_autoptr(VsSettings) domain = vs_settings_new();
    g_autoptr(VsSettings) result = vs_settings_resolve(domain, NULL, &vs_ceiling_default, NULL);
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++)
        g_assert_true(vs_settings_is_set(result, table[i].key));
    g_assert_true(vs_settings_is_empty(domain));
}

static void test_ceiling_clamps_and_says_so(void)
{
    static const VsCeiling ceiling = {.max_class = 0, .max_priority = 2, .max_share = 10, .max_burst = 1000};
    g_autoptr(VsSettings) domain =
        make("boost.class", "fifo", "boost.priority", "9", "boost.budget.share", "90", "boost.budget.burst", "5000", NULL);
    g_autoptr(GHashTable) notes = NULL;
    g_autoptr(VsSettings) result = vs_settings_resolve(domain, NULL, &ceiling, &notes);
    g_autofree char *class_word = vs_settings_get_string(result, "boost.class");

    g_assert_cmpstr(class_word, ==, "nice");
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.priority"), ==, 2);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.budget.share"), ==, 10);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.budget.burst"), ==, 1000);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.budget.burst"), ==, VS_ORIGIN_CEILING);
    g_assert_cmpuint(g_hash_table_size(notes), ==, 4);
    g_assert_cmpstr(g_hash_table_lookup(notes, "boost.budget.burst"), ==, "5000 us is above the host's ceiling, 1000 is in force");
    g_assert_cmpstr(g_hash_table_lookup(notes, "boost.class"), ==, "fifo is above the host's ceiling, nice is in force");
}

static void test_value_at_the_ceiling_stays(void)
{
    static const VsCeiling ceiling = {.max_class = 2, .max_priority = 9, .max_share = 90, .max_burst = 5000};
    g_autoptr(VsSettings) domain = make("boost.priority", "9", "boost.budget.burst", "5000", NULL);
    g_autoptr(GHashTable) notes = NULL;
    g_autoptr(VsSettings) result = vs_settings_resolve(domain, NULL, &ceiling, &notes);

    g_assert_cmpuint(g_hash_table_size(notes), ==, 0);
    g_assert_cmpint(vs_settings_get_origin(result, "boost.priority"), ==, VS_ORIGIN_DOMAIN);
}

static void test_ceiling_below_minimum_gives_the_minimum(void)
{
    static const VsCeiling ceiling = {0};
    g_autoptr(VsSettings) domain = vs_settings_new();
    g_autoptr(VsSettings) result = vs_settings_resolve(domain, NULL, &ceiling, NULL);

    g_assert_cmpuint(vs_settings_get_uint(result, "boost.priority"), ==, 1);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.budget.burst"), ==, 50);
    g_assert_cmpuint(vs_settings_get_uint(result, "boost.budget.share"), ==, 1);
}

static void test_defaults_are_below_the_default_ceiling(void)
{
    static const char *const words[] = {"off", "desktop", "audio", "server", "build"};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(VsSettings) domain = vs_settings_new();
        g_autoptr(VsSettings) profile = vs_profile_builtin(words[i]);
        g_autoptr(GHashTable) notes = NULL;
        g_autoptr(VsSettings) result = vs_settings_resolve(domain, profile, &vs_ceiling_default, &notes);

        g_assert_nonnull(result);
        g_assert_cmpuint(g_hash_table_size(notes), ==, 0);
    }
}

static void test_every_profile_word_is_built_in(void)
{
    const VsSettingInfo *info = vs_setting_find("profile", NULL);

    for (gsize i = 0; info->choices[i]; i++) {
        g_autoptr(VsSettings) profile = vs_profile_builtin(info->choices[i]);
        g_autoptr(VsSettings) domain = vs_settings_new();
        g_autoptr(GError) error = NULL;

        g_assert_nonnull(profile);
        g_assert_cmpint(vs_settings_get_origin(profile, "boost.state"), ==, VS_ORIGIN_PROFILE);
        g_assert_true(vs_settings_set_string(domain, "profile", info->choices[i], NULL));
        g_assert_true(vs_settings_check(domain, &error));
    }
    g_assert_null(vs_profile_builtin("turbo"));
    g_assert_null(vs_profile_builtin(NULL));
}

static void change_is(const VsSettingChange *change, const char *key, const char *before, const char *after)
{
    g_assert_cmpstr(change->info->key, ==, key);
    g_assert_cmpstr(change->before, ==, before);
    g_assert_cmpstr(change->after, ==, after);
}

static void test_diff_in_table_order(void)
{
    g_autoptr(VsSettings) before = make("dirtyQuota.state", "on", "boost.priority", "3", "boost.state", "on", NULL);
    g_autoptr(VsSettings) after = make("boost.state", "on", "boost.priority", "4", "profile", "desktop", NULL);
    g_autoptr(GPtrArray) changes = vs_settings_diff(before, after);
    g_autoptr(GPtrArray) none = vs_settings_diff(after, after);

    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpuint(changes->len, ==, 3);
    change_is(changes->pdata[0], "profile", NULL, "desktop");
    change_is(changes->pdata[1], "boost.priority", "3", "4");
    change_is(changes->pdata[2], "dirtyQuota.state", "on", NULL);
}

static void test_default_written_down_is_a_change(void)
{
    g_autoptr(VsSettings) before = vs_settings_new();
    g_autoptr(VsSettings) after = make("boost.priority", "1", NULL);
    g_autoptr(GPtrArray) changes = vs_settings_diff(before, after);

    g_assert_cmpuint(changes->len, ==, 1);
    change_is(changes->pdata[0], "boost.priority", NULL, "1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge/domain-over-profile-over-default", test_domain_over_profile_over_default);
    g_test_add_func("/merge/rule-and-lease-keep-their-name", test_rule_and_lease_keep_their_name);
    g_test_add_func("/merge/every-key-is-resolved", test_every_key_is_resolved);
    g_test_add_func("/merge/ceiling-clamps-and-says-so", test_ceiling_clamps_and_says_so);
    g_test_add_func("/merge/value-at-the-ceiling-stays", test_value_at_the_ceiling_stays);
    g_test_add_func("/merge/ceiling-below-minimum-gives-the-minimum", test_ceiling_below_minimum_gives_the_minimum);
    g_test_add_func("/merge/defaults-are-below-the-default-ceiling", test_defaults_are_below_the_default_ceiling);
    g_test_add_func("/merge/every-profile-word-is-built-in", test_every_profile_word_is_built_in);
    g_test_add_func("/merge/diff-in-table-order", test_diff_in_table_order);
    g_test_add_func("/merge/default-written-down-is-a-change", test_default_written_down_is_a_change);
    return g_test_run();
}
