/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched set: stores settings in a domain's XML and puts them in force, all or nothing. Values go to the daemon as
 * text; it knows their ranges. Setting what is set already is "unchanged" and fine.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-change.h"

static gboolean add_pair(GHashTable *seen, GVariantBuilder *builder, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *key = equals ? g_strndup(word, (gsize) (equals - word)) : NULL;

    if (!key || !*key || !equals[1]) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    _("KEY=VALUE is needed, not %s; to take a setting out use unset"), word);
        return FALSE;
    }
    g_variant_builder_add(builder, "{sv}", key, g_variant_new_string(equals + 1));
    if (!g_hash_table_add(seen, g_strdup(key))) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("%s is given twice"), key);
        return FALSE;
    }
    return TRUE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    VsChange change = {0};

    for (char **word = call->words; *word; word++) {
        if (!add_pair(seen, &builder, *word, error))
            return FALSE;
    }
    change.set = g_variant_builder_end(&builder);
    return vs_change_run(call, &change, error);
}

const VsCommand vs_cmd_set = {
    .name = "set",
    .synopsis = "DOMAIN KEY=VALUE... | --all KEY=VALUE...",
    .summary = N_("Set some of a domain's settings"),
    .details = N_("All settings of a domain are stored, or none; DOMAIN may be a pattern with * and ?.\n"
                  "A number may carry its unit: boost.budget.burst=2ms. \"virt-sched settings\" lists keys and ranges."),
    .takes = VS_TAKES_DOMAIN | VS_TAKES_MANY | VS_TAKES_IMPACT | VS_TAKES_CHANGE | VS_TAKES_EXIT_STATUS,
    .words = VS_WORDS_KEY_VALUE,
    .min_words = 1,
    .max_words = G_MAXUINT,
    .run = run,
};
