/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched complete -- WORD...: what the last word can become, one a line; for virt-sched.bash, as virsh does it.
 * Reads the same tables as everything else. Never fails and never asks for a password: a Tab must not.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-format.h"
#include "vs-settings.h"

/* A daemon that takes longer than this is worth no candidate. */
#define PATIENCE_MS 1000

static void offer(const char *prefix, const char *word, const char *tail)
{
    g_autofree char *full = g_strconcat(word, tail, NULL);
    g_autofree char *safe = vs_format_safe(full);

    /* A name with control characters in it would not arrive as one candidate. */
    if (g_str_has_prefix(full, prefix) && g_str_equal(full, safe))
        g_print("%s\n", full);
}

static void offer_option(const GOptionEntry *entry, gpointer data)
{
    g_autofree char *option = g_strconcat("--", entry->long_name, NULL);

    offer(data, option, "");
}

static void offer_verbs(const char *prefix)
{
    for (const VsCommand *const *command = vs_commands; *command; command++) {
        if (!(*command)->hidden)
            offer(prefix, (*command)->name, "");
    }
}

static void offer_domains(const char *prefix)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(GVariant) domains = NULL;
    GVariantIter iter;
    const char *name;

    if (!vs_bus_open(&bus, NULL)
        || !vs_proxy_manager_call_list_domains_sync(bus.manager, G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, &domains, NULL, NULL))
        return;
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&o&s&si&s&s)", NULL, &name, NULL, NULL, NULL, NULL))
        offer(prefix, name, "");
}

static void offer_values(const char *prefix, const char *equals)
{
    static const char *const bool_words[] = {"on", "off", NULL};
    g_autofree char *key = g_strndup(prefix, (gsize) (equals - prefix));
    g_autofree char *head = g_strconcat(key, "=", NULL);
    const VsSettingInfo *info = vs_setting_find(key, NULL);
    const char *const *words = !info ? NULL : info->type == VS_SETTING_BOOL ? bool_words : info->choices;

    for (; words && *words; words++)
        offer(prefix, head, *words);
}

static void offer_keys(const char *prefix, const char *tail)
{
    const char *equals = strchr(prefix, '=');
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    if (equals && *tail) {
        offer_values(prefix, equals);
        return;
    }
    for (gsize i = 0; i < n; i++)
        offer(prefix, table[i].key, tail);
}

static void offer_words(const VsCommand *command, const char *prefix, gboolean has_domain)
{
    if (command->words == VS_WORDS_PATH)
        return; /* the shell's own */
    if (command->takes & VS_TAKES_DOMAIN && !has_domain)
        offer_domains(prefix);
    else if (command->words == VS_WORDS_KEY)
        offer_keys(prefix, "");
    else if (command->words == VS_WORDS_KEY_VALUE)
        offer_keys(prefix, "=");
    else if (command->words == VS_WORDS_FILE)
        offer_domains(prefix);
    else if (command->words == VS_WORDS_VERB)
        offer_verbs(prefix);
}

/* What stands before the word under the cursor. */
typedef struct {
    const VsCommand *command;
    gboolean has_verb;     /* known or not */
    gboolean has_domain;
    gboolean wants_domain; /* "--domain" was the word just before */
} Before;

static void pass_word(Before *before, const char *word)
{
    before->has_domain |= before->wants_domain || g_str_has_prefix(word, "--domain=");
    if (*word != '-' && !before->wants_domain) {
        before->has_domain |= before->has_verb;
        before->command = before->has_verb ? before->command : vs_command_find(word, NULL);
        before->has_verb = TRUE;
    }
    before->wants_domain = g_str_equal(word, "--domain");
}

static gboolean run(const VsCall *call, GError **error)
{
    char **word = call->words;
    Before before = {0};
    const char *last;

    if (*word && g_str_equal(*word, "--"))
        word++;
    for (; *word && word[1]; word++)
        pass_word(&before, *word);
    last = *word ? *word : "";

    if (before.wants_domain)
        offer_domains(last);
    else if (*last == '-')
        vs_call_each_option(before.command, offer_option, (gpointer) last);
    else if (before.command)
        offer_words(before.command, last, before.has_domain);
    else if (!before.has_verb)
        offer_verbs(last);
    return TRUE;
}

const VsCommand vs_cmd_complete = {
    .name = "complete",
    .synopsis = "-- WORD...",
    .summary = N_("Print what the last word can become, for the shell's completion"),
    .words = VS_WORDS_RAW,
    .hidden = TRUE,
    .run = run,
};
