/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing the tree of our element; only vs-domxml-edit.c includes this.
 */
#ifndef VS_DOMXML_ELEMENT_H
#define VS_DOMXML_ELEMENT_H

#include "vs-domxml-private.h"
#include "vs-settings-private.h"

G_BEGIN_DECLS

/** vs_element_apply: makes @root say exactly @settings; comments, unknown children and foreign attributes stay */
void vs_element_apply(xmlNode *root, const VsSettings *settings);
/** vs_element_indent: lays out @element, which is @depth levels down, two spaces a level */
void vs_element_indent(xmlNode *element, guint depth);
/** vs_element_strip_namespace: our elements and attributes without prefix, our declarations gone; others stay */
void vs_element_strip_namespace(xmlNode *element);

G_END_DECLS

#endif /* VS_DOMXML_ELEMENT_H */
