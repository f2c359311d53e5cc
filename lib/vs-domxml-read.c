/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From untrusted text to a tree: bounded size and depth, no network, no document type (and so no entities). Also the
 * small helpers on libxml2's tree that the other vs-domxml-*.c files use. Works on libxml2 2.9 to 2.15.
 */
#include "vs-domxml-private.h"

#include <string.h>

#include "vs-names.h"

static void on_error(void *data, VsXmlError error)
{
    xmlParserCtxt *ctxt = data;
    GPtrArray *problems = ctxt->_private;

    /* libvirt itself takes undeclared prefixes; vs_xml_ours() judges those that are ours. */
    if (error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE || problems->len > 0)
        return;
    vs_problems_add_libxml(problems, error);
}

/* Called at <!DOCTYPE, before anything in it is read. */
static void refuse_document_type(void *data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    xmlParserCtxt *ctxt = data;
    GPtrArray *problems = ctxt->_private;

    vs_problems_add(problems, VS_ERROR_INVALID_XML, (guint) ctxt->input->line, "document",
                    g_strdup("a document type declaration is not allowed (entities could hide in it); remove <!DOCTYPE"));
    xmlStopParser(ctxt);
}

/* Without recursion, because depth is what it is about. */
static gboolean too_deep(const xmlDoc *doc)
{
    const xmlNode *node = xmlDocGetRootElement(doc);
    guint depth = 1;

    while (node) {
        if (depth > VS_XML_MAX_DEPTH)
            return TRUE;
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            depth++;
            continue;
        }
        while (node && !node->next) {
            node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
            depth--;
        }
        node = node ? node->next : NULL;
    }
    return FALSE;
}

xmlDoc *vs_xml_read(const char *text, GPtrArray *problems)
{
    gsize length = strlen(text);
    int options = XML_PARSE_NONET | XML_PARSE_BIG_LINES;
    xmlParserCtxt *ctxt;
    g_autoptr(xmlDoc) doc = NULL;
    guint before = problems->len;

    if (length > VS_XML_MAX_BYTES) {
        vs_problems_add(problems, VS_ERROR_INVALID_XML, 0, "document",
                        g_strdup_printf("%" G_GSIZE_FORMAT " bytes are more than the allowed %u", length, VS_XML_MAX_BYTES));
        return NULL;
    }
    xmlInitParser();
    ctxt = xmlNewParserCtxt();
    if (!ctxt) {
        vs_problems_add(problems, VS_ERROR_FAILED, 0, "document", g_strdup("not enough memory to read it"));
        return NULL;
    }
    ctxt->_private = problems;
    ctxt->sax->serror = on_error;
    ctxt->sax->internalSubset = refuse_document_type;
    doc = xmlCtxtReadMemory(ctxt, text, (int) length, NULL, NULL, options);
    xmlFreeParserCtxt(ctxt);

    if (problems->len > before)
        return NULL;
    if (!doc || !xmlDocGetRootElement(doc)) {
        vs_problems_add(problems, VS_ERROR_INVALID_XML, 0, "document", g_strdup("no XML element in it"));
        return NULL;
    }
    if (too_deep(doc)) {
        vs_problems_add(problems, VS_ERROR_INVALID_XML, 0, "document",
                        g_strdup_printf("elements are nested deeper than the allowed %d", VS_XML_MAX_DEPTH));
        return NULL;
    }
    return g_steal_pointer(&doc);
}

gboolean vs_xml_in_namespace(const xmlNs *ns)
{
    return ns && ns->href && strcmp((const char *) ns->href, VS_XML_NAMESPACE) == 0;
}

gboolean vs_xml_is_foreign(const xmlNs *ns)
{
    return ns && !vs_xml_in_namespace(ns);
}

gboolean vs_xml_named(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && strcmp((const char *) node->name, name) == 0;
}

xmlNode *vs_xml_child(const xmlNode *node, const char *name)
{
    for (xmlNode *child = node ? node->children : NULL; child; child = child->next)
        if (vs_xml_named(child, name))
            return child;
    return NULL;
}

char *vs_xml_text(const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent((xmlNode *) node);
    char *text = g_strdup(content ? (const char *) content : "");

    xmlFree(content);
    return text;
}

char *vs_xml_attribute(const xmlNode *node, const char *name)
{
    const xmlAttr *attribute = xmlHasNsProp((xmlNode *) node, BAD_CAST name, NULL);

    return attribute ? vs_xml_text((const xmlNode *) attribute) : NULL;
}

guint vs_xml_line(const xmlNode *node)
{
    long line = xmlGetLineNo((xmlNode *) node);

    return line > 0 ? (guint) line : 0;
}

char *vs_xml_path(const char *parent, const char *name)
{
    return *parent ? g_strconcat(parent, "/", name, NULL) : g_strdup(name);
}
