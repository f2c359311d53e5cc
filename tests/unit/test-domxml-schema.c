/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The installed schema file: missing, broken or stricter than the table. Each gives an error that names the file, and
 * what a schema alone refuses is refused.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-names.h"

#define RNG "xmlns='http://relaxng.org/ns/structure/1.0'"

typedef struct {
    const char *claim;
    const char *schema; /* NULL: no file */
    VsError code;
    const char *message; /* part of it */
    guint problems;
} SchemaCase;

static const SchemaCase cases[] = {
    {"no file", NULL, VS_ERROR_FAILED, "install virtsched, or set VIRTSCHED_SCHEMA_DIR", 0},
    {"an empty file", "", VS_ERROR_INVALID_XML, "read schema ", 0},
    {"a file that was cut", "<grammar " RNG "><start>", VS_ERROR_INVALID_XML, "read schema ", 0},
    {"XML, but no schema", "<html/>", VS_ERROR_INVALID_XML, "compile schema ", 0},
    {"a schema with a hole", "<grammar " RNG "><start><ref name='gone'/></start></grammar>", VS_ERROR_INVALID_XML, "compile schema ", 0},
    {"a schema that includes a file from elsewhere", "<!DOCTYPE g SYSTEM 'http://127.0.0.1:1/x'><grammar " RNG "/>", VS_ERROR_INVALID_XML,
     "document type declaration is not allowed", 0},
    {"a schema that allows nothing of it", "<element name='other' " RNG "><empty/></element>", VS_ERROR_INVALID_XML,
     "line 2: document: ", 1},
};

static void test_schema_files(void)
{
    g_autofree char *before = g_strdup(g_getenv(VS_ENV_SCHEMA_DIR));
    g_autofree char *dir = g_dir_make_tmp("virtsched-schema-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, VS_SCHEMA_FILE, NULL);

    g_assert_nonnull(dir);
    g_setenv(VS_ENV_SCHEMA_DIR, dir, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const SchemaCase *c = &cases[i];
        g_autoptr(GPtrArray) problems = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(VsSettings) settings = NULL;

        if (c->schema)
            g_assert_true(g_file_set_contents(path, c->schema, -1, NULL));
        settings = vs_domxml_parse("<!-- one line -->\n<scheduling profile='audio'/>", NULL, &problems, &error);
        g_test_message("%s: %s", c->claim, error ? error->message : "no error");
        g_assert_null(settings);
        g_assert_error(error, VS_ERROR, (gint) c->code);
        g_assert_nonnull(strstr(error->message, c->message));
        g_assert_cmpuint(problems->len, >=, c->problems);
        g_assert_true(c->problems > 0 || strstr(error->message, path) != NULL);
    }
    g_setenv(VS_ENV_SCHEMA_DIR, before, TRUE);
    g_remove(path);
    g_rmdir(dir);
}

static void test_domain_without_ours_needs_no_schema(void)
{
    g_autofree char *before = g_strdup(g_getenv(VS_ENV_SCHEMA_DIR));
    gboolean found = TRUE;
    g_autoptr(GError) error = NULL;
    g_autoptr(VsSettings) settings = NULL;

    g_setenv(VS_ENV_SCHEMA_DIR, "/nonexistent", TRUE);
    settings = vs_domxml_parse("<domain type='kvm'><metadata/></domain>", &found, NULL, &error);
    g_setenv(VS_ENV_SCHEMA_DIR, before, TRUE);
    g_assert_no_error(error);
    g_assert_nonnull(settings);
    g_assert_false(found);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/schema-files", test_schema_files);
    g_test_add_func("/schema/domain-without-ours-needs-no-schema", test_domain_without_ours_needs_no_schema);
    return g_test_run();
}
