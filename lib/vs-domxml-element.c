/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A value set into the tree of our element, leaving comments, unknown children and other people's attributes where
 * they are. Called by vs-domxml-edit.c, which knows where the element is and how it is written out.
 */
#include "vs-domxml-element.h"

#include <string.h>

#include "vs-names.h"

/* Position of an element in the table, so that new ones go where the reference page shows them. */
static gsize table_order(const char *path)
{
    gsize length = strlen(path);
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++)
        if (g_str_has_prefix(table[i].element, path) && (table[i].element[length] == '\0' || table[i].element[length] == '/'))
            return i;
    return n;
}

static xmlNode *find_element(const xmlNode *parent, const char *name)
{
    for (xmlNode *child = parent->children; child; child = child->next)
        if (vs_xml_named(child, name) && !vs_xml_is_foreign(child->ns))
            return child;
    return NULL;
}

static xmlNode *add_element(xmlNode *parent, const char *parent_path, const char *name)
{
    g_autofree char *path = vs_xml_path(parent_path, name);
    xmlNode *node = xmlNewDocNode(parent->doc, parent->ns, BAD_CAST name, NULL);

    for (xmlNode *child = parent->children; child; child = child->next) {
        g_autofree char *child_path = NULL;

        if (child->type != XML_ELEMENT_NODE || vs_xml_is_foreign(child->ns))
            continue;
        child_path = vs_xml_path(parent_path, (const char *) child->name);
        if (table_order(child_path) > table_order(path))
            return xmlAddPrevSibling(child, node);
    }
    return xmlAddChild(parent, node);
}

/* The element at @path below @root; %NULL when it is not there and @create is FALSE. */
static xmlNode *reach_element(xmlNode *root, const char *path, gboolean create)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    g_autofree char *parent_path = g_strdup("");
    xmlNode *node = root;

    for (guint i = 0; names[i] && *names[i] && node; i++) {
        xmlNode *child = find_element(node, names[i]);
        char *child_path = vs_xml_path(parent_path, names[i]);

        node = child || !create ? child : add_element(node, parent_path, names[i]);
        g_free(parent_path);
        parent_path = child_path;
    }
    return node;
}

static xmlAttr *find_attribute(const xmlNode *element, const char *name)
{
    for (xmlAttr *attribute = element->properties; attribute; attribute = attribute->next)
        if (!vs_xml_is_foreign(attribute->ns) && strcmp((const char *) attribute->name, name) == 0)
            return attribute;
    return NULL;
}

/* An attribute that is there keeps its form and place. %NULL @value removes it, in both forms. */
static void put_attribute(xmlNode *element, const char *name, const char *value)
{
    xmlAttr *attribute = find_attribute(element, name);

    if (value) {
        xmlSetNsProp(element, attribute ? attribute->ns : NULL, BAD_CAST name, BAD_CAST value);
        return;
    }
    while (attribute) {
        xmlRemoveProp(attribute);
        attribute = find_attribute(element, name);
    }
}

static gboolean wants_unit(const VsSettings *settings, const char *element)
{
    const char *unit = vs_setting_element_unit(element);
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; unit && i < n; i++)
        if (strcmp(table[i].element, element) == 0 && g_strcmp0(table[i].unit, unit) == 0 && vs_settings_is_set(settings, table[i].key))
            return TRUE;
    return FALSE;
}

/* Elements of ours that say nothing any more; a comment or somebody else's child keeps one. */
static void prune(xmlNode *element)
{
    xmlNode *next;

    for (xmlNode *child = element->children; child; child = next) {
        gboolean bare = TRUE;

        next = child->next;
        if (child->type != XML_ELEMENT_NODE || vs_xml_is_foreign(child->ns))
            continue;
        prune(child);
        for (const xmlNode *inner = child->children; inner; inner = inner->next)
            bare = bare && xmlIsBlankNode(inner);
        if (bare && !child->properties && !child->nsDef) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
}

void vs_element_apply(xmlNode *root, const VsSettings *settings)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        gboolean set = vs_settings_is_set(settings, table[i].key);
        g_autofree char *value = set ? vs_settings_get_string(settings, table[i].key) : NULL;
        xmlNode *element = reach_element(root, table[i].element, set);

        if (!element)
            continue;
        put_attribute(element, table[i].attribute, value);
        if (vs_setting_element_unit(table[i].element))
            put_attribute(element, "unit", wants_unit(settings, table[i].element) ? vs_setting_element_unit(table[i].element) : NULL);
    }
    prune(root);
}

static void drop_blank_children(xmlNode *element)
{
    xmlNode *next;

    for (xmlNode *child = element->children; child; child = next) {
        next = child->next;
        if (!xmlIsBlankNode(child))
            continue;
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
}

static xmlNode *new_indent(const xmlNode *near, guint depth)
{
    g_autofree char *text = g_strdup_printf("\n%*s", (int) depth * 2, "");

    return xmlNewDocText(near->doc, BAD_CAST text);
}

void vs_element_indent(xmlNode *element, guint depth)
{
    /* Text in ours is not allowed; where there is some all the same, nothing around it moves. */
    for (const xmlNode *child = element->children; child; child = child->next)
        if ((child->type == XML_TEXT_NODE && !xmlIsBlankNode(child)) || child->type == XML_CDATA_SECTION_NODE)
            return;
    drop_blank_children(element);
    if (!element->children)
        return;
    for (xmlNode *child = element->children; child; child = child->next) {
        xmlAddPrevSibling(child, new_indent(element, depth + 1));
        if (child->type == XML_ELEMENT_NODE && !vs_xml_is_foreign(child->ns))
            vs_element_indent(child, depth + 1);
    }
    xmlAddChild(element, new_indent(element, depth));
}

void vs_element_strip_namespace(xmlNode *element)
{
    if (vs_xml_in_namespace(element->ns))
        xmlSetNs(element, NULL);
    for (xmlAttr *attribute = element->properties; attribute; attribute = attribute->next)
        if (vs_xml_in_namespace(attribute->ns))
            attribute->ns = NULL;
    for (xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            vs_element_strip_namespace(child);

    for (xmlNs **link = &element->nsDef; *link;) {
        xmlNs *ns = *link;

        if (!vs_xml_in_namespace(ns)) {
            link = &ns->next;
            continue;
        }
        *link = ns->next;
        xmlFreeNs(ns);
    }
}
