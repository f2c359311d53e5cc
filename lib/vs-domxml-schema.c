/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our element against the installed RelaxNG schema: the net below the parser's own checks, and the same file that
 * other tools validate with. Reads one file. Compiling the schema costs 30 times a check, so each thread keeps it; the daemon's
 * workers end when there is nothing to do, and theirs with them.
 */
#include <libxml/relaxng.h>

#include "vs-config.h"
#include "vs-domxml-private.h"
#include "vs-names.h"

static void collect(void *data, VsXmlError error)
{
    vs_problems_add_libxml(data, error);
}

static xmlDoc *read_schema(const char *path, GError **error)
{
    g_autoptr(GPtrArray) problems = vs_problems_new();
    g_autoptr(GError) cause = NULL;
    g_autofree char *text = NULL;
    xmlDoc *doc;

    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "read schema: %s; install virtsched, or set %s when it runs uninstalled",
                    cause->message, VS_ENV_SCHEMA_DIR);
        return NULL;
    }
    doc = vs_xml_read(text, problems);
    if (!doc && !vs_problems_finish(problems, error))
        g_prefix_error(error, "read schema %s: ", path);
    return doc;
}

typedef struct {
    char *path;
    xmlRelaxNG *schema;
} Kept;

static void kept_free(gpointer data)
{
    Kept *kept = data;

    xmlRelaxNGFree(kept->schema);
    g_free(kept->path);
    g_free(kept);
}

static xmlRelaxNG *load_schema(const char *path, GError **error)
{
    g_autoptr(GPtrArray) problems = vs_problems_new();
    g_autoptr(xmlDoc) doc = read_schema(path, error);
    xmlRelaxNGParserCtxt *ctxt;
    xmlRelaxNG *schema;

    if (!doc)
        return NULL;
    ctxt = xmlRelaxNGNewDocParserCtxt(doc);
    xmlRelaxNGSetParserStructuredErrors(ctxt, collect, problems);
    schema = xmlRelaxNGParse(ctxt);
    xmlRelaxNGFreeParserCtxt(ctxt);
    if (schema)
        return schema;
    if (vs_problems_finish(problems, error))
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "not a RelaxNG schema");
    g_prefix_error(error, "compile schema %s: ", path);
    return NULL;
}

/* This thread's schema; the thread's to free. */
static xmlRelaxNG *schema_of_thread(GError **error)
{
    static GPrivate private = G_PRIVATE_INIT(kept_free);
    const char *dir = g_getenv(VS_ENV_SCHEMA_DIR);
    g_autofree char *path = g_build_filename(dir ? dir : VS_SCHEMA_DIR, VS_SCHEMA_FILE, NULL);
    Kept *kept = g_private_get(&private);
    xmlRelaxNG *schema;

    if (kept && g_strcmp0(kept->path, path) == 0)
        return kept->schema;
    schema = load_schema(path, error);
    if (!schema)
        return NULL;
    kept = g_new0(Kept, 1);
    *kept = (Kept){.path = g_steal_pointer(&path), .schema = schema};
    g_private_replace(&private, kept);
    return schema;
}

gboolean vs_schema_check(const xmlNode *node, GPtrArray *problems, GError **error)
{
    xmlRelaxNG *schema = schema_of_thread(error);
    xmlRelaxNGValidCtxt *ctxt;
    g_autoptr(xmlDoc) alone = NULL;
    xmlNode *copy;

    if (!schema)
        return FALSE;
    /* RelaxNG validates documents: ours stands alone in one. Copies keep their line numbers. */
    alone = xmlNewDoc(BAD_CAST "1.0");
    copy = xmlDocCopyNode((xmlNode *) node, alone, 1);
    xmlDocSetRootElement(alone, copy);
    ctxt = xmlRelaxNGNewValidCtxt(schema);
    xmlRelaxNGSetValidStructuredErrors(ctxt, collect, problems);
    if (xmlRelaxNGValidateDoc(ctxt, alone) != 0 && problems->len == 0)
        vs_problems_add(problems, VS_ERROR_INVALID_XML, vs_xml_line(node), VS_XML_ROOT, g_strdup("does not match the schema"));
    xmlRelaxNGFreeValidCtxt(ctxt);
    return TRUE;
}
