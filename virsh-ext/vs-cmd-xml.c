/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched xml: a filter from domain XML to domain XML, for whatever makes domains: virt-install, KubeVirt's OnDefineDomain,
 * scripts. Needs no daemon and no libvirt. Run on its own output it changes not a byte.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-call.h"
#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-exit.h"
#include "vs-input.h"

static char *input;
static gboolean replace;
static gboolean only_missing;
static gboolean remove_all;

static const GOptionEntry options[] = {
    {"input", 0, 0, G_OPTION_ARG_FILENAME, &input, N_("Read this instead of standard input"), N_("FILE")},
    {"replace", 0, 0, G_OPTION_ARG_NONE, &replace, N_("Exactly these settings, whatever is there"), NULL},
    {"only-missing", 0, 0, G_OPTION_ARG_NONE, &only_missing, N_("Leave a domain alone that has our element"), NULL},
    {"remove", 0, 0, G_OPTION_ARG_NONE, &remove_all, N_("Take our element out"), NULL},
    {NULL},
};

static gboolean usage(GError **error, const char *text)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s", text);
    return FALSE;
}

static gboolean put_words(VsSettings *settings, char **words, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (; *words; words++) {
        const char *equals = strchr(*words, '=');
        g_autofree char *key = equals ? g_strndup(*words, (gsize) (equals - *words)) : NULL;

        if (!key || !*key || !equals[1]) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("KEY=VALUE is needed, not %s"), *words);
            return FALSE;
        }
        if (!g_hash_table_add(seen, g_strdup(key))) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("%s is given twice"), key);
            return FALSE;
        }
        if (!vs_settings_set_string(settings, key, equals + 1, error))
            return FALSE;
    }
    return vs_settings_check(settings, error);
}

static gboolean same(const VsSettings *a, const VsSettings *b)
{
    g_autoptr(GPtrArray) diff = vs_settings_diff(a, b);

    return diff->len == 0;
}

/* What comes out: the text itself when it is as wanted already, so that a second run is the same to the byte. */
static char *filter(const char *text, char **words, GError **error)
{
    g_autoptr(VsSettings) old = NULL;
    g_autoptr(VsSettings) new = NULL;
    gboolean found = FALSE;

    old = vs_domxml_parse(text, &found, NULL, error);
    if (!old)
        return NULL;
    if (found && only_missing)
        return g_strdup(text);
    new = replace || remove_all ? vs_settings_new() : vs_settings_copy(old);
    if (!put_words(new, words, error))
        return NULL;
    if (remove_all ? !found : found && same(old, new))
        return g_strdup(text);
    return vs_domxml_edit(text, new, error);
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *out = NULL;

    if (remove_all == (call->words[0] != NULL))
        return usage(error, _("either KEY=VALUE... or --remove is needed"));
    if (replace && only_missing)
        return usage(error, _("--replace excludes --only-missing"));
    text = vs_input_read(input ? input : "-", error);
    out = text ? filter(text, call->words, error) : NULL;
    if (!out)
        return FALSE;
    if (call->exit_status && strcmp(out, text) != 0)
        vs_exit_changed();
    g_print("%s", out);
    return TRUE;
}

const VsCommand vs_cmd_xml = {
    .name = "xml",
    .synopsis = "KEY=VALUE... | --remove",
    .summary = N_("Add settings to domain XML, from standard input to standard output"),
    .details = N_("Other settings of the element stay. On its own output it changes nothing. Needs no daemon:\n"
                  "  virt-install ... --print-xml | virt-sched xml profile=desktop | virsh define /dev/stdin"),
    .options = options,
    .takes = VS_TAKES_EXIT_STATUS,
    .words = VS_WORDS_KEY_VALUE,
    .max_words = G_MAXUINT,
    .run = run,
};
