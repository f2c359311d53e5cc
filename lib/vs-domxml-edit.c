/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A value set into text: our element alone, as virDomainSetMetadata wants it, or a whole domain document. Called by
 * the daemon and the command. Does not judge what is already there: vs_domxml_parse() does.
 */
#include <libxml/xmlsave.h>
#include <string.h>

#include "vs-domxml-element.h"
#include "vs-names.h"

/* Elements of a domain after which libvirt puts <metadata>. */
static const char *const before_metadata[] = {"name", "uuid", "genid", "title", "description", NULL};

/* Never %NULL without an error: to the caller that would mean "remove the element". */
static char *write_out(xmlDoc *doc, xmlNode *node, int options, GError **error)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *ctxt = buffer ? xmlSaveToBuffer(buffer, "UTF-8", options) : NULL;
    gboolean ok = ctxt && (node ? xmlSaveTree(ctxt, node) : xmlSaveDoc(ctxt, doc)) >= 0;
    char *text = NULL;

    if (ctxt)
        ok = xmlSaveClose(ctxt) >= 0 && ok;
    if (ok)
        text = g_strdup((const char *) xmlBufferContent(buffer));
    if (!text)
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "write XML: not enough memory");
    if (buffer)
        xmlBufferFree(buffer);
    return text;
}

/* @text as a tree with our element in @ours_ret (%NULL when it has none); other findings do not matter here. */
static xmlDoc *read_to_edit(const char *text, xmlNode **ours_ret, GError **error)
{
    g_autoptr(GPtrArray) problems = vs_problems_new();
    g_autoptr(GPtrArray) findings = vs_problems_new();
    g_autoptr(xmlDoc) doc = vs_xml_read(text, problems);

    if (!doc) {
        vs_problems_finish(problems, error);
        return NULL;
    }
    *ours_ret = vs_xml_ours(doc, findings);
    if (!*ours_ret && !vs_xml_domain(doc)) {
        vs_problems_finish(findings, error);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

static xmlDoc *new_element_doc(xmlNode **ours_ret)
{
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");

    *ours_ret = xmlNewDocNode(doc, NULL, BAD_CAST VS_XML_ROOT, NULL);
    xmlDocSetRootElement(doc, *ours_ret);
    return doc;
}

char *vs_domxml_format_element(const VsSettings *settings, const char *old_element, GError **error)
{
    xmlNode *ours = NULL;
    g_autoptr(xmlDoc) doc = old_element ? read_to_edit(old_element, &ours, error) : new_element_doc(&ours);

    if (!doc) {
        g_prefix_error(error, "edit element: ");
        return NULL;
    }
    if (vs_settings_is_empty(settings))
        return NULL;
    if (!ours) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "edit element: no <" VS_XML_ROOT "> in it");
        return NULL;
    }
    vs_element_strip_namespace(ours);
    vs_element_apply(ours, settings);
    vs_element_indent(ours, 0);
    return write_out(doc, ours, XML_SAVE_NO_DECL, error);
}

static guint depth_of(const xmlNode *node)
{
    guint depth = 0;

    for (node = node->parent; node && node->type == XML_ELEMENT_NODE; node = node->parent)
        depth++;
    return depth;
}

static gboolean has_content(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if (!xmlIsBlankNode(child))
            return TRUE;
    return FALSE;
}

/* Puts @node, laid out, after @after (%NULL: as the first child) with the indentation of its depth. */
static void insert_child(xmlNode *parent, xmlNode *after, xmlNode *node)
{
    guint depth = depth_of(parent) + 1;
    g_autofree char *indent = g_strdup_printf("\n%*s", (int) depth * 2, "");
    g_autofree char *outdent = g_strdup_printf("\n%*s", (int) (depth - 1) * 2, "");

    if (after)
        xmlAddNextSibling(after, node);
    else if (parent->children)
        xmlAddPrevSibling(parent->children, node);
    else
        xmlAddChild(parent, node);
    xmlAddPrevSibling(node, xmlNewDocText(parent->doc, BAD_CAST indent));
    if (!node->next)
        xmlAddNextSibling(node, xmlNewDocText(parent->doc, BAD_CAST outdent));
}

static xmlNode *reach_metadata(xmlNode *domain)
{
    xmlNode *metadata = vs_xml_child(domain, "metadata");
    xmlNode *after = NULL;

    if (metadata)
        return metadata;
    for (xmlNode *child = domain->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && g_strv_contains(before_metadata, (const char *) child->name))
            after = child;
    metadata = xmlNewDocNode(domain->doc, domain->ns, BAD_CAST "metadata", NULL);
    insert_child(domain, after, metadata);
    return metadata;
}

static xmlNode *add_ours(xmlNode *domain)
{
    xmlNode *metadata = reach_metadata(domain);
    xmlNode *ours = xmlNewDocNode(domain->doc, NULL, BAD_CAST VS_XML_ROOT, NULL);
    xmlNode *last = metadata->last;

    xmlSetNs(ours, xmlNewNs(ours, BAD_CAST VS_XML_NAMESPACE, BAD_CAST VS_XML_PREFIX));
    while (last && xmlIsBlankNode(last))
        last = last->prev;
    if (!last) {
        while (metadata->children) {
            xmlNode *blank = metadata->children;

            xmlUnlinkNode(blank);
            xmlFreeNode(blank);
        }
    }
    insert_child(metadata, last, ours);
    return ours;
}

/* With the blank before it, so that no empty line stays. */
static void remove_node(xmlNode *node)
{
    xmlNode *blank = node->prev;

    if (blank && xmlIsBlankNode(blank)) {
        xmlUnlinkNode(blank);
        xmlFreeNode(blank);
    }
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

static void remove_ours(xmlNode *ours)
{
    xmlNode *metadata = ours->parent;

    remove_node(ours);
    if (vs_xml_named(metadata, "metadata") && !has_content(metadata))
        remove_node(metadata);
}

char *vs_domxml_edit(const char *domain_xml, const VsSettings *settings, GError **error)
{
    xmlNode *ours = NULL;
    g_autoptr(xmlDoc) doc = read_to_edit(domain_xml, &ours, error);
    xmlNode *domain = doc ? vs_xml_domain(doc) : NULL;
    gboolean declared = g_str_has_prefix(domain_xml, "<?xml");

    if (!domain) {
        if (doc)
            g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "no <domain> in it");
        g_prefix_error(error, "edit domain XML: ");
        return NULL;
    }
    if (vs_settings_is_empty(settings)) {
        if (ours)
            remove_ours(ours);
    } else {
        ours = ours ? ours : add_ours(domain);
        vs_element_apply(ours, settings);
        vs_element_indent(ours, depth_of(ours));
    }
    return write_out(doc, NULL, declared ? 0 : XML_SAVE_NO_DECL, error);
}
