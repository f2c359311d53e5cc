/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched help: the same text as --help. With --json the table of verbs and options, from which the man page is
 * checked and other tools may build their own completion.
 */
#include <glib/gi18n-lib.h>

#include "vs-call.h"
#include "vs-json.h"

static void add_option(const GOptionEntry *entry, gpointer data)
{
    JsonBuilder *builder = data;
    const char short_name[] = {entry->short_name, '\0'};

    json_builder_begin_object(builder);
    vs_json_string(builder, "name", entry->long_name);
    vs_json_string(builder, "short", short_name);
    vs_json_string(builder, "argument", entry->arg_description);
    vs_json_string(builder, "doc", _(entry->description));
    json_builder_end_object(builder);
}

static void add_options(JsonBuilder *builder, const VsCommand *command)
{
    vs_json_begin(builder, "options");
    vs_call_each_option(command, add_option, builder);
    json_builder_end_array(builder);
}

static void print_json(const VsCommand *only)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vs_json_begin(builder, "verbs");
    for (const VsCommand *const *command = vs_commands; *command; command++) {
        if ((*command)->hidden || (only && *command != only))
            continue;
        json_builder_begin_object(builder);
        vs_json_string(builder, "name", (*command)->name);
        vs_json_string(builder, "synopsis", (*command)->synopsis);
        vs_json_string(builder, "summary", _((*command)->summary));
        vs_json_string(builder, "details", (*command)->details ? _((*command)->details) : NULL);
        add_options(builder, *command);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    add_options(builder, NULL);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

static gboolean run(const VsCall *call, GError **error)
{
    const VsCommand *command = NULL;
    g_autofree char *usage = NULL;

    if (call->words[0] && !(command = vs_command_find(call->words[0], error)))
        return FALSE;
    if (call->json) {
        print_json(command);
        return TRUE;
    }
    usage = vs_call_usage(command);
    g_print("%s", usage);
    return TRUE;
}

const VsCommand vs_cmd_help = {
    .name = "help",
    .synopsis = "[VERB]",
    .summary = N_("Explain the command or one verb"),
    .words = VS_WORDS_VERB,
    .max_words = 1,
    .run = run,
};
