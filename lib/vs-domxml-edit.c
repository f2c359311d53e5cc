/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A value set into text: our element alone, as virDomainSetMetadata wants it, or a whole domain document. Called by
 * the daemon and the command. Does not judge what is already there: vs_domxml_parse() does. Of a document only our
 * element is written anew: people compare and keep these files, and libxml2 would lay out every tag its own way.
 */
#include <libxml/xmlsave.h>
#include <string.h>

#include "vs-domxml-element.h"
#include "vs-domxml-span.h"
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

/* Where what becomes a child of an element at the latest place is to stand: behind what is there, before the blank that ends it. */
static gsize before_blank(const char *text, gsize at)
{
    while (at > 0 && strchr(" \t\r\n", text[at - 1]))
        at--;
    return at;
}

static gboolean is_crlf(const char *text)
{
    const char *line = strchr(text, '\n');

    return line && line > text && line[-1] == '\r';
}

/* @text with @piece, whose lines end as those of the text, instead of what is from @start to @end. */
static char *splice(const char *text, gsize start, gsize end, const char *piece)
{
    g_autoptr(GString) out = g_string_new_len(text, (gssize) start);
    g_autoptr(GString) lines = g_string_new(piece);

    if (is_crlf(text))
        g_string_replace(lines, "\n", "\r\n", 0);
    g_string_append(out, lines->str);
    g_string_append(out, text + end);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* @child becomes a child of the element at @parent, which is @depth levels down, at @at. */
static char *splice_child(const char *text, const VsXmlSpan *parent, gsize at, const char *child, guint depth)
{
    g_autofree char *indented = g_strdup_printf("\n%*s%s", (int) (depth + 1) * 2, "", child);
    g_autofree char *closed = g_strdup_printf("%s\n%*s", indented, (int) depth * 2, "");
    const char *tag = text + parent->start + 1;
    g_autofree char *opened = NULL;

    if (parent->inner < parent->end)
        return splice(text, at, at, at == parent->close ? closed : indented);
    /* <metadata/> */
    opened = g_strdup_printf(">%s</%.*s>", closed, (int) strcspn(tag, " \t\r\n/>"), tag);
    return splice(text, before_blank(text, parent->end - strlen("/>")), parent->end, opened);
}

/* Our element, new in @domain, as text. */
static char *new_ours(xmlNode *domain, const VsSettings *settings, guint depth, GError **error)
{
    xmlNode *ours = xmlNewChild(domain, NULL, BAD_CAST VS_XML_ROOT, NULL);

    xmlSetNs(ours, xmlNewNs(ours, BAD_CAST VS_XML_NAMESPACE, BAD_CAST VS_XML_PREFIX));
    vs_element_apply(ours, settings);
    vs_element_indent(ours, depth);
    return write_out(domain->doc, ours, XML_SAVE_NO_DECL, error);
}

static char *add_metadata(const char *text, const xmlNode *domain, const VsXmlSpan *span, const char *ours)
{
    guint depth = depth_of(domain);
    const char *prefix = domain->ns ? (const char *) domain->ns->prefix : NULL;
    g_autofree char *name = g_strconcat(prefix ? prefix : "", prefix ? ":" : "", "metadata", NULL);
    g_autofree char *metadata = g_strdup_printf("<%s>\n%*s%s\n%*s</%s>", name, (int) (depth + 2) * 2, "", ours, (int) (depth + 1) * 2, "", name);
    VsXmlSpan before = {.end = span->inner};

    for (const xmlNode *child = domain->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && g_strv_contains(before_metadata, (const char *) child->name))
            vs_xml_span(text, child, &before);
    return splice_child(text, span, before.end, metadata, depth);
}

static char *add_ours(const char *text, xmlNode *domain, const VsSettings *settings, GError **error)
{
    const xmlNode *metadata = vs_xml_child(domain, "metadata");
    VsXmlSpan span;
    g_autofree char *ours = NULL;

    vs_xml_span(text, metadata ? metadata : domain, &span);
    ours = new_ours(domain, settings, depth_of(domain) + 2, error);
    if (!ours)
        return NULL;
    if (!metadata)
        return add_metadata(text, domain, &span, ours);
    return splice_child(text, &span, before_blank(text, span.close), ours, depth_of(metadata));
}

/* With the blank before it, so that no empty line stays, and with the <metadata> that was there for it. */
static char *remove_ours(const char *text, const xmlNode *ours)
{
    gboolean alone = TRUE;
    VsXmlSpan span;

    for (const xmlNode *node = ours->parent->children; node; node = node->next)
        alone = alone && (node == ours || xmlIsBlankNode(node));
    vs_xml_span(text, alone ? ours->parent : ours, &span);
    return splice(text, before_blank(text, span.start), span.end, "");
}

static char *change_ours(const char *text, xmlNode *ours, const VsSettings *settings, GError **error)
{
    g_autofree char *piece = NULL;
    VsXmlSpan span;

    vs_xml_span(text, ours, &span);
    vs_element_apply(ours, settings);
    vs_element_indent(ours, depth_of(ours));
    piece = write_out(ours->doc, ours, XML_SAVE_NO_DECL, error);
    return piece ? splice(text, span.start, span.end, piece) : NULL;
}

static gboolean is_utf8(const xmlDoc *doc)
{
    return !doc->encoding || g_ascii_strcasecmp((const char *) doc->encoding, "UTF-8") == 0;
}

char *vs_domxml_edit(const char *domain_xml, const VsSettings *settings, GError **error)
{
    xmlNode *ours = NULL;
    g_autoptr(xmlDoc) doc = read_to_edit(domain_xml, &ours, error);
    xmlNode *domain = doc ? vs_xml_domain(doc) : NULL;

    if (!domain) {
        if (doc)
            g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "no <domain> in it");
        g_prefix_error(error, "edit domain XML: ");
        return NULL;
    }
    if (!is_utf8(doc)) {
        g_autofree char *text = write_out(doc, NULL, 0, error);

        return text ? vs_domxml_edit(text, settings, error) : NULL;
    }
    if (vs_settings_is_empty(settings))
        return ours ? remove_ours(domain_xml, ours) : g_strdup(domain_xml);
    return ours ? change_ours(domain_xml, ours, settings, error) : add_ours(domain_xml, domain, settings, error);
}
