/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what lib's parser finds wrong in a file, one problem a line, for check-examples.py. Exit status 0: nothing,
 * 1: problems on stdout, 2: could not look.
 */
#include <stdio.h>

#include "vs-domxml.h"

int main(int argc, char **argv)
{
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(VsSettings) settings = NULL;
    g_autoptr(GError) error = NULL;
    gboolean found = FALSE;

    if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error ? error->message : "usage: show-problems FILE");
        return 2;
    }
    settings = vs_domxml_parse(text, &found, &problems, &error);
    for (guint i = 0; i < problems->len; i++) {
        const VsXmlProblem *problem = problems->pdata[i];

        printf("%u: %s: %s\n", problem->line, problem->name, problem->message);
    }
    if (settings && !found)
        fprintf(stderr, "no element of ours in it\n");
    else if (!settings && problems->len == 0)
        fprintf(stderr, "%s\n", error->message);
    if (settings)
        return found ? 0 : 2;
    return problems->len > 0 ? 1 : 2;
}
