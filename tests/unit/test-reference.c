/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema and the reference page say what the table says: every setting, its range, unit, default and doc line.
 * With --print-reference it prints the page's blocks as they should be, for pasting into formatvirtsched.rst.
 */
#include <string.h>

#include "vs-domxml-private.h"
#include "vs-names.h"
#include "vs-settings-private.h"

static char *schema_file(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv(VS_ENV_SCHEMA_DIR), name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static xmlDoc *read_rng(void)
{
    g_autofree char *text = schema_file(VS_SCHEMA_FILE);
    g_autoptr(GPtrArray) problems = vs_problems_new();
    xmlDoc *doc = vs_xml_read(text, problems);

    g_assert_nonnull(doc);
    return doc;
}

static const xmlNode *find_define(const xmlDoc *doc, const char *name)
{
    for (const xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next) {
        g_autofree char *have = vs_xml_named(node, "define") ? vs_xml_attribute(node, "name") : NULL;

        if (g_strcmp0(have, name) == 0)
            return node;
    }
    return NULL;
}

/* "1..49" of a data type, "nice, slice, fifo" of a choice; a reference is followed. Unit left out. */
static char *range_of_type(const xmlDoc *doc, const xmlNode *type)
{
    const xmlNode *data = vs_xml_child(type, "data");
    const xmlNode *choice = vs_xml_child(type, "choice");
    const xmlNode *ref = vs_xml_child(type, "ref");
    g_autofree char *ref_name = ref ? vs_xml_attribute(ref, "name") : NULL;
    g_autofree char *min = NULL;
    g_autofree char *max = NULL;
    g_autoptr(GString) words = g_string_new(NULL);

    if (ref)
        return range_of_type(doc, find_define(doc, ref_name));
    for (const xmlNode *node = data ? data->children : NULL; node; node = node->next) {
        g_autofree char *name = vs_xml_named(node, "param") ? vs_xml_attribute(node, "name") : NULL;

        if (g_strcmp0(name, "minInclusive") == 0)
            min = vs_xml_text(node);
        if (g_strcmp0(name, "maxInclusive") == 0)
            max = vs_xml_text(node);
    }
    if (data)
        return g_strdup_printf("%s..%s", min, max);
    for (const xmlNode *node = choice->children; node; node = node->next) {
        g_autofree char *word = vs_xml_named(node, "value") ? vs_xml_text(node) : NULL;

        if (word)
            g_string_append_printf(words, "%s%s", words->len ? ", " : "", word);
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

static char *range_without_unit(const VsSettingInfo *info)
{
    VsSettingInfo bare = *info;

    bare.unit = NULL;
    return vs_setting_range_text(&bare);
}

/* Both forms: the bare attribute, and the one in our namespace. */
static void check_attribute_names(const xmlNode *define, const char *attribute)
{
    guint bare = 0;
    guint ours = 0;

    for (const xmlNode *node = vs_xml_child(define, "choice")->children; node; node = node->next) {
        g_autofree char *name = vs_xml_named(node, "attribute") ? vs_xml_attribute(node, "name") : NULL;
        g_autofree char *ns = name ? vs_xml_attribute(node, "ns") : NULL;

        if (!name)
            continue;
        g_assert_cmpstr(name, ==, attribute);
        bare += ns == NULL;
        ours += g_strcmp0(ns, VS_XML_NAMESPACE) == 0;
    }
    g_assert_cmpuint(bare, ==, 1);
    g_assert_cmpuint(ours, ==, 1);
}

static gboolean refers_to(const xmlNode *node, const char *name)
{
    g_autofree char *have = vs_xml_named(node, "ref") ? vs_xml_attribute(node, "name") : NULL;

    if (g_strcmp0(have, name) == 0)
        return TRUE;
    for (const xmlNode *child = node->children; child; child = child->next)
        if (refers_to(child, name))
            return TRUE;
    return FALSE;
}

static void check_element_holds(const xmlDoc *doc, const char *element, const char *define_name)
{
    const char *slash = strrchr(element, '/');
    const char *local = !*element ? VS_XML_ROOT : slash ? slash + 1 : element;
    g_autofree char *content = g_strdup_printf("content.%s", local);
    const xmlNode *define = find_define(doc, content);

    g_test_message("%s has %s", content, define_name);
    g_assert_nonnull(define);
    g_assert_true(refers_to(define, define_name));
}

static void test_schema_agrees_with_table(void)
{
    g_autoptr(xmlDoc) doc = read_rng();
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        const xmlNode *define = find_define(doc, table[i].key);
        g_autofree char *type_name = g_strdup_printf("type.%s", table[i].key);
        const xmlNode *type = find_define(doc, type_name);
        const char *unit = vs_setting_element_unit(table[i].element);
        g_autofree char *unit_name = unit ? g_strdelimit(g_strdup_printf("unit.%s", unit), "/", '.') : NULL;
        g_autofree char *expect = range_without_unit(&table[i]);
        g_autofree char *range = NULL;

        g_test_message("%s", table[i].key);
        g_assert_nonnull(define);
        g_assert_nonnull(type);
        check_attribute_names(define, table[i].attribute);
        check_element_holds(doc, table[i].element, table[i].key);
        if (unit)
            check_element_holds(doc, table[i].element, unit_name);
        range = range_of_type(doc, type);
        if (table[i].type == VS_SETTING_BOOL)
            g_assert_cmpstr(range, ==, "on, off");
        else
            g_assert_cmpstr(range, ==, expect);
    }
}

static void test_schema_has_no_setting_of_its_own(void)
{
    g_autoptr(xmlDoc) doc = read_rng();
    guint settings = 0;

    for (const xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next) {
        g_autofree char *name = vs_xml_named(node, "define") ? vs_xml_attribute(node, "name") : NULL;

        if (!name || !g_str_has_prefix(name, "type.") || g_str_has_prefix(name, "type.unit."))
            continue;
        g_test_message("%s", name);
        g_assert_nonnull(vs_setting_find(name + strlen("type."), NULL));
        settings++;
    }
    g_assert_cmpuint(settings, >, 0);
}

/* The page's block of one setting; the version is the page's to know. */
static char *reference_block(const VsSettingInfo *info, const char *since)
{
    g_autofree char *range = range_without_unit(info);
    g_autofree char *def = vs_value_format(info, info->def);

    return g_strdup_printf("``%s%s@%s``\n"
                           "    %s\n\n"
                           "    :Key: ``%s``\n"
                           "    :Values: %s\n"
                           "    :Unit: %s\n"
                           "    :Default: %s\n"
                           "    :Since: %s\n"
                           "    :Applied: %s\n",
                           info->element, *info->element ? "/" : "", info->attribute, info->doc, info->key, range,
                           info->unit ? info->unit : "none", def, since, info->pending ? info->pending : "yes");
}

static void test_reference_page_agrees_with_table(void)
{
    g_autofree char *page = schema_file("formatvirtsched.rst");
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    guint blocks = 0;

    for (gsize i = 0; i < n; i++) {
        g_autofree char *block = reference_block(&table[i], "\x01");
        g_autofree char *escaped = g_regex_escape_string(block, -1);
        g_auto(GStrv) parts = g_strsplit(escaped, "\x01", 2);
        g_autofree char *pattern = g_strconcat(parts[0], "[0-9]+\\.[0-9]+\\.[0-9]+", parts[1], NULL);

        g_test_message("wanted:\n%s", block);
        g_assert_true(g_regex_match_simple(pattern, page, 0, 0));
    }
    for (const char *at = strstr(page, ":Key:"); at; at = strstr(at + 1, ":Key:"))
        blocks++;
    g_assert_cmpuint(blocks, ==, n);
}

int main(int argc, char **argv)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    if (argc == 2 && strcmp(argv[1], "--print-reference") == 0) {
        for (gsize i = 0; i < n; i++) {
            g_autofree char *block = reference_block(&table[i], "0.1.0");

            g_print("%s\n", block);
        }
        return 0;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reference/schema-agrees-with-table", test_schema_agrees_with_table);
    g_test_add_func("/reference/schema-has-no-setting-of-its-own", test_schema_has_no_setting_of_its_own);
    g_test_add_func("/reference/reference-page-agrees-with-table", test_reference_page_agrees_with_table);
    return g_test_run();
}
