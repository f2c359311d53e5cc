/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where our element is in the documents that libvirt writes and users send, and what looks like ours but is not.
 * Called by the parser and the editor.
 */
#include "vs-domxml-private.h"

#include <string.h>

#include "vs-names.h"

#define PREFIX_COLON VS_XML_PREFIX ":"

xmlNode *vs_xml_domain(const xmlDoc *doc)
{
    xmlNode *root = xmlDocGetRootElement(doc);

    if (vs_xml_named(root, "domain"))
        return root;
    if (vs_xml_named(root, "domstatus") || vs_xml_named(root, "domainsnapshot"))
        return vs_xml_child(root, "domain");
    return NULL;
}

/*
 * `virsh metadata --set '<scheduling virtsched:profile=...>'` is stored and comes back without a declaration of the
 * prefix: libxml2 then has an attribute with a colon in its name. Bare is what it means.
 */
static void strip_undeclared_prefix(xmlNode *element)
{
    for (xmlAttr *attribute = element->properties; attribute; attribute = attribute->next)
        if (!attribute->ns && g_str_has_prefix((const char *) attribute->name, PREFIX_COLON))
            xmlNodeSetName((xmlNode *) attribute, attribute->name + strlen(PREFIX_COLON));
    for (xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && !vs_xml_is_foreign(child->ns))
            strip_undeclared_prefix(child);
}

/* In <metadata> only elements in our namespace are ours; libvirt drops the look-alikes, which is worth saying. */
static void judge_stranger(const xmlNode *node, GPtrArray *problems)
{
    const char *name = (const char *) node->name;

    if (vs_xml_in_namespace(node->ns))
        vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(node), name,
                        g_strdup("unknown element; allowed in this namespace: " VS_XML_ROOT));
    else if (!node->ns && strcmp(name, VS_XML_ROOT) == 0)
        vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(node), name,
                        g_strdup("no namespace, libvirt drops it; add xmlns=\"" VS_XML_NAMESPACE "\""));
    else if (!node->ns && g_str_has_prefix(name, PREFIX_COLON))
        vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(node), name,
                        g_strdup("prefix is not declared, libvirt drops it; add xmlns:" VS_XML_PREFIX "=\"" VS_XML_NAMESPACE "\""));
}

static xmlNode *find_in_metadata(const xmlNode *domain, GPtrArray *problems)
{
    xmlNode *found = NULL;
    const xmlNode *metadata = vs_xml_child(domain, "metadata");

    for (xmlNode *node = metadata ? metadata->children : NULL; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (!vs_xml_named(node, VS_XML_ROOT) || !vs_xml_in_namespace(node->ns))
            judge_stranger(node, problems);
        else if (found)
            vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(node), VS_XML_ROOT,
                            g_strdup("second element in this namespace; libvirt keeps one only, put everything into the first"));
        else
            found = node;
    }
    return found;
}

xmlNode *vs_xml_ours(const xmlDoc *doc, GPtrArray *problems)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *domain = vs_xml_domain(doc);
    xmlNode *ours = NULL;

    if (domain)
        ours = find_in_metadata(domain, problems);
    else if (vs_xml_named(root, VS_XML_ROOT) && !vs_xml_is_foreign(root->ns))
        ours = root;
    else
        vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(root), (const char *) root->name,
                        g_strdup("neither our element nor a domain document; allowed: " VS_XML_ROOT ", domain, domstatus, domainsnapshot"));
    if (ours)
        strip_undeclared_prefix(ours);
    return ours;
}
