/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a verb is. Each vs-cmd-NAME.c defines one VsCommand, vs-cmds.c lists them, vs-call.c turns a command line into a
 * VsCall for one. Help, completion, the man page's check and argument counting all read this table.
 */
#ifndef VS_CMDS_H
#define VS_CMDS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VsCall VsCall;

/** VsWords: what the words after the domain are, for completion */
typedef enum {
    VS_WORDS_NONE,
    VS_WORDS_KEY,
    VS_WORDS_KEY_VALUE,
    VS_WORDS_FILE,
    VS_WORDS_PATH, /* a file and nothing else */
    VS_WORDS_COMMAND, /* a command line of somebody else's */
    VS_WORDS_VERB,
    VS_WORDS_RAW, /* everything after the verb, options too, goes to the verb as it is */
} VsWords;

/** vs_words_are_bytes: words of this kind need not be UTF-8: files, and commands of somebody else */
gboolean vs_words_are_bytes(VsWords words);

/** VsTakes: what several verbs have in common */
typedef enum {
    VS_TAKES_DOMAIN = 1 << 0, /* a domain: the first word or --domain */
    VS_TAKES_IMPACT = 1 << 1, /* --live --config --current */
    VS_TAKES_MANY = 1 << 2,   /* with VS_TAKES_DOMAIN: a pattern or --all as well */
    VS_TAKES_CHANGE = 1 << 3, /* --dry-run --diff */
    VS_TAKES_EXIT_STATUS = 1 << 4, /* --exit-status */
} VsTakes;

/**
 * VsCommand: one verb
 * @name: as typed
 * @synopsis: its arguments
 * @summary: one line, no full stop
 * @details: (nullable): more for `help VERB`
 * @options: (nullable): its own options, ended by an empty entry
 * @takes: VsTakes
 * @words: kind of the words after the domain
 * @min_words: @max_words: how many of them, without the domain
 * @hidden: not in the list of verbs
 * @run: FALSE with @error set when the exit status is not 0; what it found is printed by then
 */
typedef struct {
    const char *name;
    const char *synopsis;
    const char *summary;
    const char *details;
    const GOptionEntry *options;
    guint takes;
    VsWords words;
    guint min_words;
    guint max_words;
    gboolean hidden;
    gboolean (*run)(const VsCall *call, GError **error);
} VsCommand;

extern const VsCommand vs_cmd_apply;
extern const VsCommand vs_cmd_complete;
extern const VsCommand vs_cmd_disable_guest;
extern const VsCommand vs_cmd_doctor;
extern const VsCommand vs_cmd_enable_guest;
extern const VsCommand vs_cmd_help;
extern const VsCommand vs_cmd_hold;
extern const VsCommand vs_cmd_list;
extern const VsCommand vs_cmd_metrics;
extern const VsCommand vs_cmd_migration;
extern const VsCommand vs_cmd_monitor;
extern const VsCommand vs_cmd_phase;
extern const VsCommand vs_cmd_reload;
extern const VsCommand vs_cmd_set;
extern const VsCommand vs_cmd_settings;
extern const VsCommand vs_cmd_show;
extern const VsCommand vs_cmd_stats;
extern const VsCommand vs_cmd_top;
extern const VsCommand vs_cmd_unset;
extern const VsCommand vs_cmd_validate;
extern const VsCommand vs_cmd_why;
extern const VsCommand vs_cmd_xml;

/** vs_commands: %NULL-terminated, in the order of `help` */
extern const VsCommand *const vs_commands[];

/** vs_command_find: Returns: (nullable): the verb; an unknown one sets G_OPTION_ERROR_FAILED */
const VsCommand *vs_command_find(const char *name, GError **error);

G_END_DECLS

#endif /* VS_CMDS_H */
