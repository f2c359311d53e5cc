/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table is sound, and the value set takes what the table allows and nothing else.
 */
#include <string.h>

#include "vs-settings-private.h"

static void test_table_is_sound(void)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_assert_cmpuint(n, >, 0);
    for (gsize i = 0; i < n; i++) {
        const VsSettingInfo *info = &table[i];

        g_assert_true(g_hash_table_add(seen, g_strdup(info->key)));
        g_assert_true(g_hash_table_add(seen, g_strdup_printf("%s/@%s", info->element, info->attribute)));
        g_assert_nonnull(info->doc);
        g_assert_null(strchr(info->doc, '\n'));
        g_assert_true(info->type == VS_SETTING_ENUM ? info->choices != NULL : info->choices == NULL);
        if (info->type == VS_SETTING_ENUM)
            g_assert_cmpuint(info->def, <, g_strv_length((char **) info->choices));
        else
            g_assert_true(info->min <= info->def && info->def <= info->max);
        if (info->pending)
            g_assert_true(g_str_has_prefix(info->pending, "not in this version: "));
        g_assert_true(vs_setting_find(info->key, NULL) == info);
    }
}

static void test_every_setting_has_a_mechanism(void)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        g_test_message("%s", table[i].key);
        g_assert_null(table[i].pending);
    }
}

typedef struct {
    const char *key;
    const char *value;
    const char *expect; /* formatted value, or NULL: refused */
    const char *message;
} ValueCase;

static const ValueCase value_cases[] = {
    {"boost.state", "on", "on"},
    {"boost.state", "off", "off"},
    {"boost.state", "yes", NULL, "set boost.state: \"yes\" is not one of on, off"},
    {"boost.state", "ON", NULL, "set boost.state: \"ON\" is not one of on, off"},
    {"boost.state", "", NULL, "set boost.state: \"\" is not one of on, off"},
    {"boost.class", "slice", "slice"},
    {"boost.class", "rr", NULL, "set boost.class: \"rr\" is not one of nice, slice, fifo"},
    {"boost.priority", "1", "1"},
    {"boost.priority", "49", "49"},
    {"boost.priority", "0", NULL, "set boost.priority: \"0\" is not a whole number in 1..49"},
    {"boost.priority", "50", NULL, "set boost.priority: \"50\" is not a whole number in 1..49"},
    {"boost.priority", "-1", NULL, "set boost.priority: \"-1\" is not a whole number in 1..49"},
    {"boost.priority", "+1", NULL, "set boost.priority: \"+1\" is not a whole number in 1..49"},
    {"boost.priority", " 1", NULL, "set boost.priority: \" 1\" is not a whole number in 1..49"},
    {"boost.priority", "0x10", NULL, "set boost.priority: \"0x10\" is not a whole number in 1..49"},
    {"boost.priority", "1us", NULL, "set boost.priority: \"1us\" is not a whole number in 1..49"},
    {"boost.priority", "", NULL, "set boost.priority: \"\" is not a whole number in 1..49"},
    {"boost.priority", "4294967297", NULL, "set boost.priority: \"4294967297\" is not a whole number in 1..49"},
    {"boost.priority", "99999999999999999999999", NULL, "set boost.priority: \"99999999999999999999999\" is not a whole number in 1..49"},
    {"boost.budget.burst", "2000us", "2000"},
    {"boost.budget.burst", "2ms", "2000"},
    {"boost.budget.burst", "1s", NULL, "set boost.budget.burst: \"1s\" is not a whole number in 50..100000 us"},
    {"boost.budget.burst", "99999999999999999s", NULL, "set boost.budget.burst: \"99999999999999999s\" is not a whole number in 50..100000 us"},
    {"boost.budget.burst", "2%", NULL, "set boost.budget.burst: \"2%\" is not a whole number in 50..100000 us"},
    {"boost.budget.burst", "2kg", NULL, "set boost.budget.burst: \"2kg\" is not a whole number in 50..100000 us"},
    {"boost.budget.burst", "2 ms", NULL, "set boost.budget.burst: \"2 ms\" is not a whole number in 50..100000 us"},
    {"boost.budget.share", "20%", "20"},
    {"boost.budget.share", "20percent", "20"},
    {"boost.budget.share", "91", NULL, "set boost.budget.share: \"91\" is not a whole number in 1..90 percent"},
    {"interactive.phase.max", "5s", "5000"},
    {"interactive.phase.max", "500000us", "500"},
    {"interactive.phase.max", "500001us", NULL, "set interactive.phase.max: \"500001us\" is not a whole number in 100..60000 ms"},
    {"boost.class", "fi\nfo\x1b[31m", NULL, "set boost.class: \"fi?fo?[31m\" is not one of nice, slice, fifo"},
    {"boost.class", "\xff\xfe", NULL, "set boost.class: \"\xef\xbf\xbd\xef\xbf\xbd\" is not one of nice, slice, fifo"},
    {"boost.class", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
     "set boost.class: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is not one of nice, slice, fifo"},
};

static void test_values_in_and_out_of_range(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(value_cases); i++) {
        const ValueCase *c = &value_cases[i];
        g_autoptr(VsSettings) settings = vs_settings_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        g_autofree char *shown = g_strescape(c->value, NULL);
        gboolean ok = vs_settings_set_string(settings, c->key, c->value, &error);

        g_test_message("%s = %s", c->key, shown);
        g_assert_true(vs_settings_is_set(settings, c->key) == ok);
        if (c->expect) {
            g_assert_no_error(error);
            text = vs_settings_get_string(settings, c->key);
            g_assert_cmpstr(text, ==, c->expect);
        } else {
            g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE);
            g_assert_cmpstr(error->message, ==, c->message);
        }
    }
}

static void test_refused_value_changes_nothing(void)
{
    g_autoptr(VsSettings) settings = vs_settings_new();

    g_assert_true(vs_settings_set_string(settings, "boost.priority", "7", NULL));
    g_assert_false(vs_settings_set_string(settings, "boost.priority", "70", NULL));
    g_assert_cmpuint(vs_settings_get_uint(settings, "boost.priority"), ==, 7);
}

static void test_unset_key_reads_as_default(void)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    g_assert_true(vs_settings_is_empty(settings));
    for (gsize i = 0; i < n; i++) {
        g_assert_cmpuint(vs_settings_get_uint(settings, table[i].key), ==, table[i].def);
        g_assert_cmpint(vs_settings_get_origin(settings, table[i].key), ==, VS_ORIGIN_DEFAULT);
    }
    g_assert_true(vs_settings_set_string(settings, "boost.state", "on", NULL));
    g_assert_false(vs_settings_is_empty(settings));
    g_assert_cmpint(vs_settings_get_origin(settings, "boost.state"), ==, VS_ORIGIN_DOMAIN);
    vs_settings_unset(settings, "boost.state");
    g_assert_true(vs_settings_is_empty(settings));
}

static void test_unknown_key_names_its_neighbours(void)
{
    static const struct {
        const char *key;
        const char *near;
    } cases[] = {
        {"boost.prority", "boost.priority"}, {"dirtyquota.state", "dirtyQuota.state"}, {"budget", "boost.budget.burst, boost.budget.share"},
        {"", "unknown; boost.state is one"}, {"zzzzzz", "unknown; boost.state is one"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VsSettings) settings = vs_settings_new();
        g_autoptr(GError) error = NULL;

        g_assert_false(vs_settings_set_string(settings, cases[i].key, "on", &error));
        g_assert_error(error, VS_ERROR, VS_ERROR_UNKNOWN_SETTING);
        g_assert_nonnull(strstr(error->message, cases[i].near));
    }
    g_assert_null(vs_setting_find(NULL, NULL));
}

static void test_variants_by_type(void)
{
    static const struct {
        const char *key;
        const char *variant;
        const char *expect;
    } cases[] = {
        {"boost.state", "true", "on"},           {"boost.state", "'off'", "off"},         {"boost.state", "uint32 1", NULL},
        {"boost.priority", "uint32 5", "5"},     {"boost.priority", "'5'", "5"},          {"boost.priority", "5", NULL},
        {"boost.priority", "uint32 50", NULL},   {"boost.priority", "true", NULL},        {"boost.class", "'nice'", "nice"},
        {"boost.class", "uint32 1", NULL},       {"boost.budget.burst", "'2ms'", "2000"}, {"boost.class", "@as []", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VsSettings) settings = vs_settings_new();
        g_autoptr(GVariant) variant = g_variant_parse(NULL, cases[i].variant, NULL, NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        gboolean ok = vs_settings_set_variant(settings, cases[i].key, variant, &error);

        g_test_message("%s = %s", cases[i].key, cases[i].variant);
        g_assert_true(ok == (cases[i].expect != NULL));
        if (!ok) {
            g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE);
            continue;
        }
        text = vs_settings_get_string(settings, cases[i].key);
        g_assert_cmpstr(text, ==, cases[i].expect);
    }
}

static void test_variant_dictionary_round_trip(void)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_autoptr(VsSettings) back = vs_settings_new();
    g_autoptr(GVariant) all = g_variant_ref_sink(vs_settings_to_variant(settings, TRUE));
    g_autoptr(GVariant) none = g_variant_ref_sink(vs_settings_to_variant(settings, FALSE));
    g_autoptr(GPtrArray) changes = NULL;
    GVariantIter iter;
    const char *key;
    GVariant *value;
    gsize n;

    vs_setting_table(&n);
    g_assert_cmpuint(g_variant_n_children(none), ==, 0);
    g_assert_cmpuint(g_variant_n_children(all), ==, n);
    g_variant_iter_init(&iter, all);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        g_assert_true(vs_settings_set_variant(back, key, value, NULL));
    changes = vs_settings_diff(settings, back);
    g_assert_cmpuint(changes->len, ==, n);
}

static void test_copy_is_apart(void)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_autoptr(VsSettings) again = vs_settings_ref(settings);
    g_autoptr(VsSettings) copy = NULL;

    g_assert_true(vs_settings_set_string(settings, "boost.state", "on", NULL));
    copy = vs_settings_copy(settings);
    g_assert_true(vs_settings_set_string(settings, "boost.state", "off", NULL));
    g_assert_cmpuint(vs_settings_get_uint(copy, "boost.state"), ==, 1);
    g_assert_cmpuint(vs_settings_get_uint(again, "boost.state"), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settings/table-is-sound", test_table_is_sound);
    g_test_add_func("/settings/every-one-has-a-mechanism", test_every_setting_has_a_mechanism);
    g_test_add_func("/settings/values-in-and-out-of-range", test_values_in_and_out_of_range);
    g_test_add_func("/settings/refused-value-changes-nothing", test_refused_value_changes_nothing);
    g_test_add_func("/settings/unset-key-reads-as-default", test_unset_key_reads_as_default);
    g_test_add_func("/settings/unknown-key-names-its-neighbours", test_unknown_key_names_its_neighbours);
    g_test_add_func("/settings/variants-by-type", test_variants_by_type);
    g_test_add_func("/settings/variant-dictionary-round-trip", test_variant_dictionary_round_trip);
    g_test_add_func("/settings/copy-is-apart", test_copy_is_apart);
    return g_test_run();
}
