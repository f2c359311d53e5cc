/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command lines by GOption, in virsh's vocabulary: DOMAIN is the first word or --domain, --current excludes --live and
 * --config. Global options may stand before or after the verb. Called by vs.c, help and completion.
 */
#include "vs-call.h"

#include <glib/gi18n-lib.h>

/* GOption writes through addresses of its entries, so the entries need a fixed place to write to. */
static struct {
    gboolean json;
    gboolean quiet;
    gboolean help;
    gboolean version;
    gboolean live;
    gboolean config;
    gboolean current;
    gboolean all;
    gboolean dry_run;
    gboolean diff;
    gboolean exit_status;
    char *domain;
    char **words;
} given;

static const GOptionEntry global_entries[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &given.json, N_("Print JSON"), NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &given.quiet, N_("Print no table headers and no success messages"), NULL},
    {"help", 'h', 0, G_OPTION_ARG_NONE, &given.help, N_("Show this help"), NULL},
    {NULL},
};
static const GOptionEntry first_entries[] = {
    {"version", 0, 0, G_OPTION_ARG_NONE, &given.version, N_("Show the version"), NULL},
    {NULL},
};
static const GOptionEntry domain_entries[] = {
    {"domain", 0, 0, G_OPTION_ARG_FILENAME, &given.domain, N_("Domain name, id or UUID"), N_("DOMAIN")},
    {NULL},
};
static const GOptionEntry impact_entries[] = {
    {"live", 0, 0, G_OPTION_ARG_NONE, &given.live, N_("The running domain"), NULL},
    {"config", 0, 0, G_OPTION_ARG_NONE, &given.config, N_("The persistent configuration"), NULL},
    {"current", 0, 0, G_OPTION_ARG_NONE, &given.current,
     N_("The running domain, or the configuration when it is shut off (default)"), NULL},
    {NULL},
};
static const GOptionEntry many_entries[] = {
    {"all", 0, 0, G_OPTION_ARG_NONE, &given.all, N_("Every domain"), NULL},
    {NULL},
};
static const GOptionEntry change_entries[] = {
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &given.dry_run, N_("Only say whether something would change"), NULL},
    {"diff", 0, 0, G_OPTION_ARG_NONE, &given.diff, N_("Print each change as -KEY=VALUE and +KEY=VALUE"), NULL},
    {NULL},
};
static const GOptionEntry exit_status_entries[] = {
    {"exit-status", 0, 0, G_OPTION_ARG_NONE, &given.exit_status, N_("Exit with 5 when something changed, or would"), NULL},
    {NULL},
};

/* What several verbs have in common, in the order of their help. */
static const struct {
    guint takes;
    const GOptionEntry *entries;
} shared[] = {
    {VS_TAKES_CHANGE, change_entries},
    {VS_TAKES_EXIT_STATUS, exit_status_entries},
    {VS_TAKES_DOMAIN, domain_entries},
    {VS_TAKES_MANY, many_entries},
    {VS_TAKES_IMPACT, impact_entries},
};

/* Bytes as they are, as for --domain: STRING would refuse every non-ASCII name in the C locale that scripts run in. */
static const GOptionEntry words_entry[] = {
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given.words, NULL, NULL},
    {NULL},
};

static const char exit_text[] =
    N_("Exit status: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 denied; 4 not supported here (no module,\n"
       "no KVM, ...); 5 changed, with --exit-status. Errors go to standard error as \"error: VERB OBJECT: cause\".");

void vs_call_clear(VsCall *call)
{
    g_clear_pointer(&call->domain, g_free);
    g_clear_pointer(&call->words, g_strfreev);
}

static GOptionContext *new_context(const VsCommand *command)
{
    g_autoptr(GOptionContext) context = g_option_context_new(command ? command->synopsis : _("VERB [ARGUMENT...]"));

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_translation_domain(context, GETTEXT_PACKAGE);
    if (!command)
        g_option_context_set_strict_posix(context, TRUE);
    if (command && command->options)
        g_option_context_add_main_entries(context, command->options, GETTEXT_PACKAGE);
    for (gsize i = 0; command && i < G_N_ELEMENTS(shared); i++) {
        if (command->takes & shared[i].takes)
            g_option_context_add_main_entries(context, shared[i].entries, GETTEXT_PACKAGE);
    }
    g_option_context_add_main_entries(context, global_entries, GETTEXT_PACKAGE);
    if (!command)
        g_option_context_add_main_entries(context, first_entries, GETTEXT_PACKAGE);
    g_option_context_add_main_entries(context, words_entry, GETTEXT_PACKAGE);
    return g_steal_pointer(&context);
}

static gboolean usage_error(GError **error, const char *text)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s", text);
    return FALSE;
}

static gboolean parse(VsCall *call, char **strv, GError **error)
{
    g_autoptr(GOptionContext) context = new_context(call->command);
    g_auto(GStrv) rest = strv;

    if (!g_option_context_parse_strv(context, &rest, error))
        return FALSE;
    g_strfreev(call->words);
    call->words = g_steal_pointer(&given.words);
    call->json = given.json;
    call->quiet = given.quiet;
    call->help = given.help;
    call->version = given.version;
    call->all = given.all;
    call->dry_run = given.dry_run;
    call->diff = given.diff;
    call->exit_status = given.exit_status;
    return TRUE;
}

gboolean vs_call_parse_globals(VsCall *call, int argc, char **argv, GError **error)
{
    return parse(call, g_strdupv(argv), error);
}

static gboolean take_domain(VsCall *call, GError **error)
{
    call->domain = g_steal_pointer(&given.domain);
    if (call->all)
        return !call->domain || usage_error(error, _("--all excludes --domain"));
    if (!call->domain && call->words[0]) {
        char **rest = g_strdupv(call->words + 1);

        call->domain = g_strdup(call->words[0]);
        g_strfreev(call->words);
        call->words = rest;
    }
    if (!call->domain || !*call->domain)
        return usage_error(error, call->command->takes & VS_TAKES_MANY ? _("a domain is needed: its name, id or UUID, a pattern, or --all")
                                                                       : _("a domain is needed: its name, id or UUID"));
    return TRUE;
}

static gboolean take_impact(VsCall *call, GError **error)
{
    if (given.current && (given.live || given.config))
        return usage_error(error, _("--current excludes --live and --config"));
    call->impact = (given.live ? VS_IMPACT_LIVE : 0) | (given.config ? VS_IMPACT_CONFIG : 0);
    call->impact_given = given.current || call->impact;
    return TRUE;
}

gboolean vs_words_are_bytes(VsWords words)
{
    return words == VS_WORDS_FILE || words == VS_WORDS_PATH || words == VS_WORDS_COMMAND;
}

/* D-Bus carries UTF-8 only; a file's name may be anything. */
static gboolean check_words(const VsCall *call, GError **error)
{
    const VsCommand *command = call->command;
    guint n = g_strv_length(call->words);

    if (n < command->min_words) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("an argument is missing; usage: virt-sched %s %s"),
                    command->name, command->synopsis);
        return FALSE;
    }
    if (n > command->max_words) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("unexpected argument: %s"),
                    call->words[command->max_words]);
        return FALSE;
    }
    if (call->domain && !g_utf8_validate(call->domain, -1, NULL))
        return usage_error(error, _("the domain's name is not valid UTF-8"));
    for (guint i = 0; !vs_words_are_bytes(command->words) && i < n; i++) {
        if (!g_utf8_validate(call->words[i], -1, NULL))
            return usage_error(error, _("an argument is not valid UTF-8"));
    }
    return TRUE;
}

gboolean vs_call_parse_verb(VsCall *call, GError **error)
{
    const VsCommand *command = vs_command_find(call->words[0], error);

    if (!command)
        return FALSE;
    call->command = command;
    if (command->words == VS_WORDS_RAW) {
        char **rest = g_strdupv(call->words + 1);

        g_strfreev(call->words);
        call->words = rest;
        return TRUE;
    }
    if (!parse(call, g_strdupv(call->words), error))
        return FALSE;
    if (call->help)
        return TRUE;
    if (!call->words)
        call->words = g_new0(char *, 1);
    if (command->takes & VS_TAKES_DOMAIN && !take_domain(call, error))
        return FALSE;
    if (command->takes & VS_TAKES_IMPACT && !take_impact(call, error))
        return FALSE;
    return check_words(call, error);
}

static char *verbs_text(void)
{
    GString *text = g_string_new(_("Looks at and changes how KVM domains are scheduled.\n\nVerbs:\n"));

    for (const VsCommand *const *command = vs_commands; *command; command++) {
        if (!(*command)->hidden)
            g_string_append_printf(text, "  %-14s %s\n", (*command)->name, _((*command)->summary));
    }
    g_string_append(text, _("\n\"virt-sched help VERB\" says more about one."));
    return g_string_free(text, FALSE);
}

char *vs_call_usage(const VsCommand *command)
{
    g_autoptr(GOptionContext) context = new_context(command);
    g_autofree char *program = command ? g_strdup_printf("virt-sched %s", command->name) : g_strdup("virt-sched");
    g_autofree char *summary = command ? g_strdup_printf("%s%s%s", _(command->summary), command->details ? "\n\n" : "",
                                                         command->details ? _(command->details) : "")
                                       : verbs_text();

    g_set_prgname(program);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, _(exit_text));
    return g_option_context_get_help(context, TRUE, NULL);
}

static void each_entry(const GOptionEntry *entry, VsOptionFunc func, gpointer data)
{
    for (; entry && entry->long_name; entry++)
        func(entry, data);
}

void vs_call_each_option(const VsCommand *command, VsOptionFunc func, gpointer data)
{
    if (command) {
        each_entry(command->options, func, data);
        for (gsize i = 0; i < G_N_ELEMENTS(shared); i++)
            each_entry(command->takes & shared[i].takes ? shared[i].entries : NULL, func, data);
    }
    each_entry(global_entries, func, data);
    each_entry(command ? NULL : first_entries, func, data);
}
