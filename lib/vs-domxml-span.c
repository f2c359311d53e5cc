/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an element of the tree back to its bytes. libxml2 keeps lines alone, so the tags are counted again. Called by the
 * editor, with text that libxml2 has found to be well-formed and without a document type: that is what makes it short.
 */
#include "vs-domxml-span.h"

#include <string.h>

/* Which start tag of the document is @node's, from 0. Without recursion. */
static guint number_of(const xmlNode *node)
{
    guint number = 0;

    for (const xmlNode *at = xmlDocGetRootElement(node->doc); at != node;) {
        number += at->type == XML_ELEMENT_NODE;
        if (at->type == XML_ELEMENT_NODE && at->children) {
            at = at->children;
            continue;
        }
        while (!at->next)
            at = at->parent;
        at = at->next;
    }
    return number;
}

static const char *behind(const char *text, const char *mark)
{
    const char *found = strstr(text, mark);

    return found ? found + strlen(mark) : text + strlen(text);
}

/* Behind a tag; its attributes may have any character but their own quote in them. */
static const char *behind_tag(const char *tag)
{
    const char *at = tag + strcspn(tag, "\"'>");

    while (*at && *at != '>') {
        at++;
        at += strcspn(at, at[-1] == '"' ? "\"" : "'");
        at += *at ? 1 : 0;
        at += strcspn(at, "\"'>");
    }
    return *at ? at + 1 : at;
}

/* Behind what begins with @at's "<". */
static const char *behind_markup(const char *at)
{
    if (g_str_has_prefix(at, "<!--"))
        return behind(at + strlen("<!--"), "-->");
    if (g_str_has_prefix(at, "<![CDATA["))
        return behind(at, "]]>");
    return g_str_has_prefix(at, "<?") ? behind(at, "?>") : behind_tag(at);
}

void vs_xml_span(const char *text, const xmlNode *node, VsXmlSpan *span)
{
    guint wanted = number_of(node);
    guint seen = 0;
    guint open = 0; /* elements that are, from @node on */
    const char *next;

    for (const char *at = strchr(text, '<'); at; at = strchr(next, '<')) {
        gboolean is_end = at[1] == '/';
        gboolean is_start = !is_end && at[1] != '!' && at[1] != '?';
        gboolean is_empty;

        next = behind_markup(at);
        is_empty = is_start && next[-2] == '/';
        if (is_start && seen++ == wanted) {
            *span = (VsXmlSpan){.start = (gsize) (at - text), .inner = (gsize) (next - text)};
            open = 1;
        } else if (is_start && open > 0) {
            open++;
        }
        if (open > 0 && (is_end || is_empty) && --open == 0) {
            span->close = (gsize) ((is_end ? at : next) - text);
            span->end = (gsize) (next - text);
            return;
        }
    }
}
