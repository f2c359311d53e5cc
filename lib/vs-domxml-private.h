/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the vs-domxml-*.c files share: reading text safely, finding our element, collecting problems. Nobody outside
 * lib/ includes this; it is the only header that brings in libxml2.
 */
#ifndef VS_DOMXML_PRIVATE_H
#define VS_DOMXML_PRIVATE_H

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "vs-domxml.h"
#include "vs-error.h"

G_BEGIN_DECLS

#define VS_XML_MAX_BYTES (8u << 20) /* libvirt's own limit for a document is of this size */
#define VS_XML_MAX_DEPTH 128        /* a domain document is some 10 deep; bounds every recursion, libxml2's own too */

/* libxml2 made the error constant in 2.12. */
#if LIBXML_VERSION >= 21200
typedef const xmlError *VsXmlError;
#else
typedef xmlErrorPtr VsXmlError;
#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/** vs_problems_new: (transfer full) (element-type VsXmlProblem) */
GPtrArray *vs_problems_new(void);
/** vs_problems_add: takes @message */
void vs_problems_add(GPtrArray *problems, VsError code, guint line, const char *name, char *message);
/** vs_problems_add_libxml: what libxml2 said */
void vs_problems_add_libxml(GPtrArray *problems, VsXmlError error);
/** vs_problems_finish: sorts by line; FALSE with the first one in @error when there is any */
gboolean vs_problems_finish(GPtrArray *problems, GError **error);

/** vs_xml_read: the tree of @text, or %NULL with at least one problem added. No network, no document type, bounded */
xmlDoc *vs_xml_read(const char *text, GPtrArray *problems);

/** vs_xml_domain: <domain> of a <domain>, <domstatus> or <domainsnapshot> document, or %NULL */
xmlNode *vs_xml_domain(const xmlDoc *doc);
/** vs_xml_ours: our element (in <metadata>, or the root itself), or %NULL; doubtful things become @problems */
xmlNode *vs_xml_ours(const xmlDoc *doc, GPtrArray *problems);

/** vs_xml_in_namespace: TRUE when @ns is ours */
gboolean vs_xml_in_namespace(const xmlNs *ns);
/** vs_xml_is_foreign: TRUE for an element or attribute of somebody else's namespace: kept, never looked into */
gboolean vs_xml_is_foreign(const xmlNs *ns);
/** vs_xml_named: TRUE when @node is an element of this local name */
gboolean vs_xml_named(const xmlNode *node, const char *name);
/** vs_xml_child: first child element of this local name, or %NULL; @node may be %NULL */
xmlNode *vs_xml_child(const xmlNode *node, const char *name);
/** vs_xml_attribute: (transfer full) (nullable): value of an attribute without namespace */
char *vs_xml_attribute(const xmlNode *node, const char *name);
/** vs_xml_text: (transfer full): content of an element or attribute */
char *vs_xml_text(const xmlNode *node);
/** vs_xml_line: line on which the start tag of @node ends */
guint vs_xml_line(const xmlNode *node);
/** vs_xml_path: (transfer full): @parent "/" @name; @name alone below the root element "" */
char *vs_xml_path(const char *parent, const char *name);

/** vs_schema_check: validates our element @node by the installed RelaxNG; FALSE when that could not be done at all */
gboolean vs_schema_check(const xmlNode *node, GPtrArray *problems, GError **error);

G_END_DECLS

#endif /* VS_DOMXML_PRIVATE_H */
