/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One use of the command: options and words, checked against the verb's row in the table. Usage errors are
 * G_OPTION_ERROR, which vs-exit.c turns into status 2. Prints nothing and reaches nothing.
 */
#ifndef VS_CALL_H
#define VS_CALL_H

#include "vs-cmds.h"

G_BEGIN_DECLS

/* libvirt's virDomainModificationImpact, as the daemon takes it. */
#define VS_IMPACT_CURRENT 0u
#define VS_IMPACT_LIVE 1u
#define VS_IMPACT_CONFIG 2u

/**
 * VsCall:
 * @command: the verb, %NULL when none was given
 * @json: @quiet: @help: @version: global options
 * @domain: name, id or UUID; %NULL when the verb takes none
 * @all: every domain; @domain is %NULL then
 * @dry_run: @diff: @exit_status: of verbs that change something
 * @words: the other words, never %NULL after vs_call_parse_verb()
 * @impact: VS_IMPACT_ flags
 * @impact_given: one of --live, --config, --current was there
 */
struct _VsCall {
    const VsCommand *command;
    gboolean json;
    gboolean quiet;
    gboolean help;
    gboolean version;
    char *domain;
    gboolean all;
    gboolean dry_run;
    gboolean diff;
    gboolean exit_status;
    char **words;
    guint impact;
    gboolean impact_given;
};

void vs_call_clear(VsCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VsCall, vs_call_clear)

/** vs_call_parse_globals: what stands before the verb; the verb and all that follows stay in @call->words (nullable) */
gboolean vs_call_parse_globals(VsCall *call, int argc, char **argv, GError **error);
/** vs_call_parse_verb: what follows the verb @call->words[0] */
gboolean vs_call_parse_verb(VsCall *call, GError **error);

/** vs_call_usage: (transfer full): help of one verb, or of the whole command for %NULL */
char *vs_call_usage(const VsCommand *command);

/** VsOptionFunc: told of each option of a verb; @entry->long_name is without "--" */
typedef void (*VsOptionFunc)(const GOptionEntry *entry, gpointer data);
/** vs_call_each_option: own, shared and global options of @command, in the order of its help; %NULL: the global ones */
void vs_call_each_option(const VsCommand *command, VsOptionFunc func, gpointer data);

G_END_DECLS

#endif /* VS_CALL_H */
