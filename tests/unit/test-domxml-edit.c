/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is formatted parses back to the same values, whatever was there before; what is not ours stays.
 */
#include <string.h>

#include "vs-domxml.h"
#include "vs-names.h"
#include "vs-settings-private.h"

#define NS "xmlns:virtsched=\"" VS_XML_NAMESPACE "\""

/* A value that no other key has, as far as the range allows; @turn gives a different one for each turn. */
static guint distinct_value(const VsSettingInfo *info, gsize row, guint turn)
{
    guint wanted = (guint) row * 3 + turn + 1;

    if (info->type == VS_SETTING_BOOL)
        return (wanted + turn) % 2;
    if (info->type == VS_SETTING_ENUM)
        return wanted % g_strv_length((char **) info->choices);
    return info->min + wanted % (info->max - info->min + 1);
}

/* Contradictions are the check's business; here the keys that depend on others are given what they need. */
static void make_consistent(VsSettings *settings)
{
    static const char *const keys[] = {"boost.nice", "boost.slice", "boost.priority"};
    static const char *const classes[] = {"nice", "slice", "fifo"};
    guint kept = 0;

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (vs_settings_is_set(settings, keys[i]))
            kept = i;
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (i != kept)
            vs_settings_unset(settings, keys[i]);
    if (vs_settings_is_set(settings, keys[kept]))
        vs_settings_set_string(settings, "boost.class", classes[kept], NULL);
    if (vs_settings_is_set(settings, "interactive.weightRatio.background"))
        vs_settings_set_string(settings, "interactive.weightRatio.interactive", "100", NULL);
    else if (vs_settings_is_set(settings, "interactive.weightRatio.interactive"))
        vs_settings_set_string(settings, "interactive.weightRatio.interactive", "42", NULL);
    if (vs_settings_is_set(settings, "profile") && vs_settings_get_uint(settings, "profile") == 0)
        vs_settings_set_string(settings, "profile", "build", NULL);
}

static void assert_same(const VsSettings *a, const VsSettings *b)
{
    g_autoptr(GPtrArray) changes = vs_settings_diff(a, b);

    for (guint i = 0; i < changes->len; i++) {
        const VsSettingChange *change = changes->pdata[i];

        g_test_message("%s: %s -> %s", change->info->key, change->before, change->after);
    }
    g_assert_cmpuint(changes->len, ==, 0);
}

static void assert_survives(const VsSettings *settings, const char *old_element)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = vs_domxml_format_element(settings, old_element, &error);
    g_autoptr(VsSettings) back = NULL;
    g_autofree char *again = NULL;

    g_assert_no_error(error);
    back = vs_domxml_parse(text, NULL, NULL, &error);
    g_assert_no_error(error);
    assert_same(settings, back);
    again = vs_domxml_format_element(settings, text, &error);
    g_assert_cmpstr(again, ==, text);
}

static void test_every_key_alone_survives(void)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        for (guint turn = 0; turn < 4; turn++) {
            g_autoptr(VsSettings) settings = vs_settings_new();

            g_test_message("%s", table[i].key);
            vs_settings_put(settings, i, distinct_value(&table[i], i, turn), VS_ORIGIN_DOMAIN);
            make_consistent(settings);
            assert_survives(settings, NULL);
        }
    }
}

static void test_random_sets_survive_over_each_other(void)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    g_autoptr(GRand) rand = g_rand_new_with_seed(20);
    g_autofree char *old_element = NULL;

    for (guint round = 0; round < 300; round++) {
        g_autoptr(VsSettings) settings = vs_settings_new();
        char *text;

        for (gsize i = 0; i < n; i++)
            if (g_rand_boolean(rand))
                vs_settings_put(settings, i, distinct_value(&table[i], i, round), VS_ORIGIN_DOMAIN);
        make_consistent(settings);
        if (vs_settings_is_empty(settings))
            continue;
        assert_survives(settings, old_element);
        text = vs_domxml_format_element(settings, old_element, NULL);
        g_free(old_element);
        old_element = text;
    }
}

static void test_all_keys_at_once_keep_apart(void)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_autofree char *text = NULL;

    for (gsize i = 0; i < n; i++)
        vs_settings_put(settings, i, distinct_value(&table[i], i, 0), VS_ORIGIN_DOMAIN);
    make_consistent(settings);
    assert_survives(settings, NULL);
    text = vs_domxml_format_element(settings, NULL, NULL);
    /* burst and share are in one element, and the unit is burst's. */
    g_assert_nonnull(strstr(text, "unit=\"us\""));
    g_assert_null(strstr(text, "xmlns"));
    g_assert_null(strstr(text, "virtsched"));
}

static VsSettings *make_boost(void)
{
    VsSettings *settings = vs_settings_new();

    vs_settings_set_string(settings, "boost.state", "on", NULL);
    vs_settings_set_string(settings, "boost.budget.burst", "700", NULL);
    return settings;
}

static void test_layout_of_a_new_element(void)
{
    g_autoptr(VsSettings) settings = make_boost();
    g_autofree char *text = vs_domxml_format_element(settings, NULL, NULL);

    g_assert_cmpstr(text, ==,
                    "<scheduling>\n"
                    "  <boost state=\"on\">\n"
                    "    <budget burst=\"700\" unit=\"us\"/>\n"
                    "  </boost>\n"
                    "</scheduling>");
}

static void test_not_ours_stays(void)
{
    static const char old_element[] = "<scheduling xmlns:o=\"urn:o\" profile=\"audio\" o:by=\"me\">\n"
                                      "  <!-- why: it crackled -->\n"
                                      "  <o:note>do <b>not</b> touch</o:note>\n"
                                      "  <dirtyQuota state=\"on\"/>\n"
                                      "  <boost class=\"nice\"><!-- soft --></boost>\n"
                                      "  <future x=\"1\"/>\n"
                                      "</scheduling>";
    g_autoptr(VsSettings) settings = make_boost();
    g_autofree char *text = vs_domxml_format_element(settings, old_element, NULL);

    g_assert_cmpstr(text, ==,
                    "<scheduling xmlns:o=\"urn:o\" o:by=\"me\">\n"
                    "  <!-- why: it crackled -->\n"
                    "  <o:note>do <b>not</b> touch</o:note>\n"
                    "  <boost state=\"on\">\n"
                    "    <!-- soft -->\n"
                    "    <budget burst=\"700\" unit=\"us\"/>\n"
                    "  </boost>\n"
                    "  <future x=\"1\"/>\n"
                    "</scheduling>");
}

static void test_prefixed_attributes_do_not_double(void)
{
    static const char *const old_elements[] = {
        "<v:scheduling xmlns:v=\"" VS_XML_NAMESPACE "\"><v:boost v:state=\"off\"/></v:scheduling>",
        "<scheduling><boost virtsched:state=\"off\"/></scheduling>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(old_elements); i++) {
        g_autoptr(VsSettings) settings = make_boost();
        g_autofree char *text = vs_domxml_format_element(settings, old_elements[i], NULL);
        g_autofree char *fresh = vs_domxml_format_element(settings, NULL, NULL);

        g_assert_cmpstr(text, ==, fresh);
    }
}

static void test_nothing_set_means_remove(void)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(vs_domxml_format_element(settings, "<scheduling profile='audio'/>", &error));
    g_assert_no_error(error);
    g_assert_null(vs_domxml_format_element(settings, NULL, &error));
    g_assert_no_error(error);
    g_assert_null(vs_domxml_format_element(settings, "<scheduling", &error));
    g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
}

static const char plain_domain[] = "<domain type=\"kvm\">\n"
                                   "  <name>desk &amp; chair</name>\n"
                                   "  <title>\xc3\xa4</title>\n"
                                   "  <!-- mine -->\n"
                                   "  <memory unit=\"KiB\">1024</memory>\n"
                                   "</domain>\n";

static void test_domain_gets_metadata_and_loses_it(void)
{
    g_autoptr(VsSettings) settings = make_boost();
    g_autoptr(VsSettings) none = vs_settings_new();
    g_autofree char *edited = vs_domxml_edit(plain_domain, settings, NULL);
    g_autofree char *back = vs_domxml_edit(edited, none, NULL);
    g_autofree char *untouched = vs_domxml_edit(plain_domain, none, NULL);

    g_assert_cmpstr(edited, ==,
                    "<domain type=\"kvm\">\n"
                    "  <name>desk &amp; chair</name>\n"
                    "  <title>\xc3\xa4</title>\n"
                    "  <metadata>\n"
                    "    <virtsched:scheduling " NS ">\n"
                    "      <virtsched:boost state=\"on\">\n"
                    "        <virtsched:budget burst=\"700\" unit=\"us\"/>\n"
                    "      </virtsched:boost>\n"
                    "    </virtsched:scheduling>\n"
                    "  </metadata>\n"
                    "  <!-- mine -->\n"
                    "  <memory unit=\"KiB\">1024</memory>\n"
                    "</domain>\n");
    g_assert_cmpstr(back, ==, plain_domain);
    g_assert_cmpstr(untouched, ==, plain_domain);
}

static void test_neighbours_in_metadata_stay(void)
{
    static const char domain[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<domain type=\"kvm\">\n"
                                 "  <metadata>\n"
                                 "    <o:os xmlns:o=\"urn:o\" id=\"1\"/>\n"
                                 "  </metadata>\n"
                                 "</domain>\n";
    g_autoptr(VsSettings) settings = make_boost();
    g_autoptr(VsSettings) none = vs_settings_new();
    g_autofree char *edited = vs_domxml_edit(domain, settings, NULL);
    g_autofree char *back = vs_domxml_edit(edited, none, NULL);
    g_autoptr(VsSettings) parsed = vs_domxml_parse(edited, NULL, NULL, NULL);

    g_assert_nonnull(strstr(edited, "    <o:os xmlns:o=\"urn:o\" id=\"1\"/>\n    <virtsched:scheduling"));
    assert_same(settings, parsed);
    g_assert_cmpstr(back, ==, domain);
}

/* Each stands for what some tool or hand writes; %s is where our <metadata> comes, or our element. */
static const char *const odd_domains[] = {
    "<domain type='kvm' id='1'>\n  <name>a&#x41;</name>%s\n  <os></os>\n</domain>\n",
    "<?xml version='1.0' encoding='utf-8' ?>\n<!-- <domain> --><?x <y> ?>\n<domain\n\ttype='kvm'  id = \"'>'\">\n<name >a</name\n>%s<os/></domain>",
    "\xef\xbb\xbf<domain type='kvm'>\n  <name><![CDATA[</name><metadata>]]></name>%s\n  <x a='/>' b=\">\"/><!-- </domain> -->\n</domain>\n\n<!-- end -->\n",
    "<domain xmlns:q='urn:q'>%s\n  <q:commandline a='&lt;'/>\n  <memory>&gt;</memory>\n</domain>",
};

static void test_other_bytes_stay(void)
{
    g_autoptr(VsSettings) settings = make_boost();
    g_autoptr(VsSettings) none = vs_settings_new();
    static const char metadata[] = "\n  <metadata>\n    <virtsched:scheduling " NS ">\n"
                                   "      <virtsched:boost state=\"on\">\n        <virtsched:budget burst=\"700\" unit=\"us\"/>\n"
                                   "      </virtsched:boost>\n    </virtsched:scheduling>\n  </metadata>";

    for (gsize i = 0; i < G_N_ELEMENTS(odd_domains); i++) {
        for (guint crlf = 0; crlf < 2; crlf++) {
            g_autoptr(GString) domain = g_string_new(odd_domains[i]);
            g_autoptr(GString) wanted = g_string_new(odd_domains[i]);
            g_autofree char *edited = NULL;
            g_autofree char *back = NULL;

            g_string_replace(domain, "%s", "", 0);
            g_string_replace(wanted, "%s", metadata, 0);
            for (guint n = 0; crlf && n < 2; n++)
                g_string_replace(n ? domain : wanted, "\n", "\r\n", 0);
            edited = vs_domxml_edit(domain->str, settings, NULL);
            g_assert_cmpstr(edited, ==, wanted->str);
            back = vs_domxml_edit(edited, none, NULL);
            g_assert_cmpstr(back, ==, domain->str);
        }
    }
}

static void test_empty_tags_are_opened(void)
{
    static const char *const closed[] = {"<domain/>", "<domain ></domain>", "<domain><metadata a='b' /></domain>", "<d:domain xmlns:d='u'/>",
                                         "<domain><metadata> </metadata></domain>"};
    static const char *const begins[] = {"<domain>\n  <metadata>\n    <v", "<domain >\n  <metadata>\n    <v",
                                         "<domain><metadata a='b'>\n    <v", "<d:domain xmlns:d='u'>\n  <d:metadata>\n    <v",
                                         "<domain><metadata>\n    <v"};

    for (gsize i = 0; i < G_N_ELEMENTS(closed); i++) {
        g_autoptr(VsSettings) settings = make_boost();
        g_autoptr(VsSettings) parsed = NULL;
        g_autofree char *edited = vs_domxml_edit(closed[i], settings, NULL);

        g_test_message("%s", edited);
        g_assert_true(g_str_has_prefix(edited, begins[i]));
        parsed = vs_domxml_parse(edited, NULL, NULL, NULL);
        g_assert_nonnull(parsed);
        assert_same(settings, parsed);
    }
}

static void test_other_encodings_become_utf8(void)
{
    g_autoptr(VsSettings) settings = make_boost();
    g_autofree char *edited = vs_domxml_edit("<?xml version='1.0' encoding='ISO-8859-1'?><domain><name>\xfc</name></domain>", settings, NULL);

    g_assert_nonnull(strstr(edited, "encoding=\"UTF-8\""));
    g_assert_nonnull(strstr(edited, "<name>\xc3\xbc</name>\n  <metadata>"));
}

static void test_edit_refuses_what_is_no_domain(void)
{
    static const char *const bad[] = {"<network/>", "<scheduling/>", "<domain>", ""};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(VsSettings) settings = make_boost();
        g_autoptr(GError) error = NULL;

        g_assert_null(vs_domxml_edit(bad[i], settings, &error));
        g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
        g_assert_true(g_str_has_prefix(error->message, "edit domain XML: "));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/edit/every-key-alone-survives", test_every_key_alone_survives);
    g_test_add_func("/edit/random-sets-survive-over-each-other", test_random_sets_survive_over_each_other);
    g_test_add_func("/edit/all-keys-at-once-keep-apart", test_all_keys_at_once_keep_apart);
    g_test_add_func("/edit/layout-of-a-new-element", test_layout_of_a_new_element);
    g_test_add_func("/edit/not-ours-stays", test_not_ours_stays);
    g_test_add_func("/edit/prefixed-attributes-do-not-double", test_prefixed_attributes_do_not_double);
    g_test_add_func("/edit/nothing-set-means-remove", test_nothing_set_means_remove);
    g_test_add_func("/edit/domain-gets-metadata-and-loses-it", test_domain_gets_metadata_and_loses_it);
    g_test_add_func("/edit/neighbours-in-metadata-stay", test_neighbours_in_metadata_stay);
    g_test_add_func("/edit/other-bytes-stay", test_other_bytes_stay);
    g_test_add_func("/edit/empty-tags-are-opened", test_empty_tags_are_opened);
    g_test_add_func("/edit/other-encodings-become-utf8", test_other_encodings_become_utf8);
    g_test_add_func("/edit/edit-refuses-what-is-no-domain", test_edit_refuses_what_is_no_domain);
    return g_test_run();
}
