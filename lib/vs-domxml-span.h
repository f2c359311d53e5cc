/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where an element stands in the text that it was read from; only vs-domxml-edit.c includes this.
 */
#ifndef VS_DOMXML_SPAN_H
#define VS_DOMXML_SPAN_H

#include "vs-domxml-private.h"

G_BEGIN_DECLS

/** VsXmlSpan: offsets of the start tag, of what is behind it, of the end tag, and of what is behind that; the last three are one for <a/> */
typedef struct {
    gsize start;
    gsize inner;
    gsize close;
    gsize end;
} VsXmlSpan;

/** vs_xml_span: @text: the UTF-8 that vs_xml_read() took @node's document from, which has the same elements still */
void vs_xml_span(const char *text, const xmlNode *node, VsXmlSpan *span);

G_END_DECLS

#endif /* VS_DOMXML_SPAN_H */
