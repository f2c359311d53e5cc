/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched unset: takes settings out of a domain's XML, so that profile and defaults hold again; with --all-settings
 * the whole element. Taking out what is not there is "unchanged" and fine.
 */
#include <glib/gi18n-lib.h>

#include "vs-change.h"

static gboolean all_settings;
static const GOptionEntry options[] = {
    {"all-settings", 0, 0, G_OPTION_ARG_NONE, &all_settings, N_("All settings, and the XML element with them"), NULL},
    {NULL},
};

static gboolean run(const VsCall *call, GError **error)
{
    static const char *const everything[] = {"*", NULL};
    VsChange change = {0};

    if (all_settings == (call->words[0] != NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("either KEY... or --all-settings is needed"));
        return FALSE;
    }
    for (char **word = call->words; *word; word++) {
        /* "*" is the daemon's word for all; a shell pattern must not become one by accident. */
        if (g_str_equal(*word, "*")) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                        _("KEY is needed, not a pattern; for all use --all-settings"));
            return FALSE;
        }
    }
    change.set = g_variant_new("a{sv}", NULL);
    change.unset = all_settings ? everything : (const char *const *) call->words;
    return vs_change_run(call, &change, error);
}

const VsCommand vs_cmd_unset = {
    .name = "unset",
    .synopsis = "DOMAIN KEY... | --all KEY... | DOMAIN --all-settings",
    .summary = N_("Take settings out of a domain"),
    .details = N_("A setting that is taken out comes from the profile or the default again, see why. DOMAIN may be a pattern with * and ?."),
    .options = options,
    .takes = VS_TAKES_DOMAIN | VS_TAKES_MANY | VS_TAKES_IMPACT | VS_TAKES_CHANGE | VS_TAKES_EXIT_STATUS,
    .words = VS_WORDS_KEY,
    .max_words = G_MAXUINT,
    .run = run,
};
