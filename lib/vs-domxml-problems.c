/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collecting what is wrong with a document, with line and name, and turning the first of it into a GError.
 * Called by the other vs-domxml-*.c files.
 */
#include "vs-domxml-private.h"

#include <string.h>

/* The code is between us: callers see the line, the name and the text. */
typedef struct {
    VsXmlProblem problem;
    VsError code;
} CodedProblem;

void vs_xml_problem_free(VsXmlProblem *problem)
{
    if (!problem)
        return;
    g_free(problem->name);
    g_free(problem->message);
    g_free(problem);
}

GPtrArray *vs_problems_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) vs_xml_problem_free);
}

void vs_problems_add(GPtrArray *problems, VsError code, guint line, const char *name, char *message)
{
    CodedProblem *coded = g_new0(CodedProblem, 1);

    coded->code = code;
    coded->problem.line = line;
    coded->problem.name = g_strdup(name);
    coded->problem.message = message;
    g_ptr_array_add(problems, coded);
}

void vs_problems_add_libxml(GPtrArray *problems, VsXmlError error)
{
    g_autofree char *message = g_utf8_make_valid(error->message ? error->message : "unknown error", -1);

    vs_problems_add(problems, VS_ERROR_INVALID_XML, error->line > 0 ? (guint) error->line : 0, "document",
                    g_strdup(g_strstrip(message)));
}

static gint compare_lines(gconstpointer a, gconstpointer b)
{
    const VsXmlProblem *x = *(VsXmlProblem *const *) a;
    const VsXmlProblem *y = *(VsXmlProblem *const *) b;

    return (x->line > y->line) - (x->line < y->line);
}

gboolean vs_problems_finish(GPtrArray *problems, GError **error)
{
    const CodedProblem *first;

    /* GLib's sort is stable: problems of one line keep the order in which they were found. */
    g_ptr_array_sort(problems, compare_lines);
    if (problems->len == 0)
        return TRUE;
    first = problems->pdata[0];
    if (first->problem.line > 0)
        g_set_error(error, VS_ERROR, first->code, "line %u: %s: %s", first->problem.line, first->problem.name, first->problem.message);
    else
        g_set_error(error, VS_ERROR, first->code, "%s: %s", first->problem.name, first->problem.message);
    return FALSE;
}
