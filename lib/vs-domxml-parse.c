/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our element to a value set, by the table, with line and name for everything that is wrong. The daemon, the hook and
 * the command call vs_domxml_parse(). Table first, because its messages name what is allowed; the schema then has the
 * last word.
 */
#include "vs-domxml-private.h"

#include <string.h>

#include "vs-names.h"
#include "vs-settings-private.h"

typedef struct {
    VsSettings *settings;
    GPtrArray *problems;
    guint *lines; /* by table row: where the value was written */
    gboolean namespaced;
} Parse;

static const char *shown(const char *path)
{
    return *path ? path : VS_XML_ROOT;
}

/* What may stand below @path: elements (@attributes FALSE) or attributes, as "a, b, c"; %NULL when nothing may. */
static char *allowed_names(const char *path, gboolean attributes)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gsize skip = *path ? strlen(path) + 1 : 0;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        const char *element = table[i].element;
        g_autofree char *name = NULL;

        if (attributes && strcmp(element, path) == 0)
            name = g_strdup(table[i].attribute);
        else if (!attributes && strlen(element) > skip && (!skip || (g_str_has_prefix(element, path) && element[skip - 1] == '/')))
            name = g_strndup(element + skip, strcspn(element + skip, "/"));
        if (name && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    if (attributes && vs_setting_element_unit(path))
        g_ptr_array_add(names, g_strdup("unit"));
    if (names->len == 0)
        return NULL;
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **) names->pdata);
}

static gboolean is_allowed(const char *path, gboolean attributes, const char *name)
{
    g_autofree char *allowed = allowed_names(path, attributes);
    g_auto(GStrv) names = g_strsplit(allowed ? allowed : "", ", ", -1);

    return g_strv_contains((const char *const *) names, name);
}

static void complain_unknown(Parse *parse, const char *what, guint line, const char *path, gboolean attributes, const char *name)
{
    g_autofree char *allowed = allowed_names(path, attributes);

    vs_problems_add(parse->problems, VS_ERROR_INVALID_XML, line, name,
                    g_strdup_printf("unknown %s; allowed in %s: %s", what, shown(path), allowed ? allowed : "none"));
}

static gint find_row(const char *path, const char *attribute)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++)
        if (strcmp(table[i].element, path) == 0 && strcmp(table[i].attribute, attribute) == 0)
            return (gint) i;
    return -1;
}

static void take_unit(Parse *parse, guint line, const char *path, const char *name, const char *text)
{
    const char *unit = vs_setting_element_unit(path);
    g_autofree char *quoted = vs_text_quote(text);

    if (strcmp(text, unit) != 0)
        vs_problems_add(parse->problems, VS_ERROR_INVALID_VALUE, line, name,
                        g_strdup_printf("%s is not the unit of this element; allowed: %s", quoted, unit));
}

static void take_attribute(Parse *parse, const xmlNode *element, const xmlAttr *attribute, const char *path)
{
    const char *bare = (const char *) attribute->name;
    g_autofree char *name = g_strdup_printf("%s/@%s", shown(path), bare);
    g_autofree char *text = vs_xml_text((const xmlNode *) attribute);
    g_autofree char *why = NULL;
    guint line = vs_xml_line(element);
    gint row = find_row(path, bare);
    guint value;

    if (!is_allowed(path, TRUE, bare)) {
        complain_unknown(parse, "attribute", line, path, TRUE, name);
        return;
    }
    for (const xmlAttr *other = element->properties; other != attribute; other = other->next) {
        if (vs_xml_is_foreign(other->ns) || strcmp((const char *) other->name, bare) != 0)
            continue;
        vs_problems_add(parse->problems, VS_ERROR_INVALID_XML, line, name,
                        g_strdup("stands there twice, with and without prefix; allowed: one of them"));
        return;
    }
    if (row < 0) {
        take_unit(parse, line, path, name, text);
        return;
    }
    if (!vs_value_parse(&vs_setting_table(NULL)[row], text, FALSE, &value, &why)) {
        vs_problems_add(parse->problems, VS_ERROR_INVALID_VALUE, line, name, g_steal_pointer(&why));
        return;
    }
    vs_settings_put(parse->settings, (gsize) row, value, VS_ORIGIN_DOMAIN);
    parse->lines[row] = line;
}

static gboolean is_repeated(const xmlNode *node)
{
    for (const xmlNode *before = node->prev; before; before = before->prev)
        if (vs_xml_named(before, (const char *) node->name) && !vs_xml_is_foreign(before->ns))
            return TRUE;
    return FALSE;
}

/* TRUE when @child is a known element that may be looked into. */
static gboolean accept_child(Parse *parse, const xmlNode *child, const char *path, const char *child_path)
{
    if (!is_allowed(path, FALSE, (const char *) child->name)) {
        complain_unknown(parse, "element", vs_xml_line(child), path, FALSE, child_path);
    } else if (vs_xml_in_namespace(child->ns) != parse->namespaced) {
        vs_problems_add(parse->problems, VS_ERROR_INVALID_XML, vs_xml_line(child), child_path,
                        g_strdup("not in the same namespace as " VS_XML_ROOT "; allowed: all elements with our namespace, or none"));
    } else if (is_repeated(child)) {
        vs_problems_add(parse->problems, VS_ERROR_INVALID_XML, vs_xml_line(child), child_path,
                        g_strdup("stands there twice; allowed: once"));
    } else {
        return TRUE;
    }
    return FALSE;
}

/* A wrong unit explains a number out of range, so it is said first. */
static void take_attributes(Parse *parse, const xmlNode *element, const char *path)
{
    for (guint pass = 0; pass < 2; pass++)
        for (const xmlAttr *attribute = element->properties; attribute; attribute = attribute->next)
            if (!vs_xml_is_foreign(attribute->ns) && (strcmp((const char *) attribute->name, "unit") == 0) == (pass == 0))
                take_attribute(parse, element, attribute, path);
}

/* As deep as the table: unknown elements are not entered. */
static void take_element(Parse *parse, const xmlNode *element, const char *path)
{
    gboolean text_seen = FALSE;

    take_attributes(parse, element, path);
    for (const xmlNode *child = element->children; child; child = child->next) {
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) && !xmlIsBlankNode(child) && !text_seen) {
            vs_problems_add(parse->problems, VS_ERROR_INVALID_XML, vs_xml_line(element), shown(path),
                            g_strdup("text is not allowed in it; values are attributes"));
            text_seen = TRUE;
        } else if (child->type == XML_ELEMENT_NODE && !vs_xml_is_foreign(child->ns)) {
            g_autofree char *child_path = vs_xml_path(path, (const char *) child->name);

            if (accept_child(parse, child, path, child_path))
                take_element(parse, child, child_path);
        }
    }
}

static void take_contradictions(Parse *parse)
{
    g_autoptr(GPtrArray) list = vs_settings_contradictions(parse->settings);

    for (guint i = 0; i < list->len; i++) {
        VsContradiction *contradiction = list->pdata[i];
        const VsSettingInfo *info = &vs_setting_table(NULL)[contradiction->row];
        g_autofree char *name = g_strdup_printf("%s/@%s", shown(info->element), info->attribute);

        vs_problems_add(parse->problems, VS_ERROR_INVALID_VALUE, parse->lines[contradiction->row], name,
                        g_steal_pointer(&contradiction->message));
    }
}

/* FALSE: the schema could not be read. What is wrong with the element goes to @problems. */
static gboolean parse_ours(const xmlNode *ours, VsSettings *settings, GPtrArray *problems, GError **error)
{
    gsize n;
    g_autofree guint *lines = NULL;
    Parse parse = {.settings = settings, .problems = problems, .namespaced = vs_xml_in_namespace(ours->ns)};

    vs_setting_table(&n);
    parse.lines = lines = g_new0(guint, n);
    take_element(&parse, ours, "");
    take_contradictions(&parse);
    return problems->len > 0 || vs_schema_check(ours, problems, error);
}

VsSettings *vs_domxml_parse(const char *xml, gboolean *found_ret, GPtrArray **problems_ret, GError **error)
{
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_autoptr(GPtrArray) problems = vs_problems_new();
    g_autoptr(xmlDoc) doc = vs_xml_read(xml, problems);
    xmlNode *ours = doc ? vs_xml_ours(doc, problems) : NULL;
    gboolean ok = !ours || parse_ours(ours, settings, problems, error);

    ok = ok && vs_problems_finish(problems, error);
    if (problems_ret)
        *problems_ret = g_steal_pointer(&problems);
    if (!ok)
        return NULL;
    if (found_ret)
        *found_ret = ours != NULL;
    return g_steal_pointer(&settings);
}
