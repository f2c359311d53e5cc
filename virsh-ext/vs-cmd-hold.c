/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched hold: a boost for as long as a command runs. The lease hangs on this process's connection: whatever ends it ends
 * the boost. The command's exit status is ours.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <sys/wait.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-exit.h"

static char *reason;
static char *application;

static const GOptionEntry options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, N_("Why, shown by show and why (usual: the command)"), N_("TEXT")},
    {"application", 0, 0, G_OPTION_ARG_STRING, &application, N_("Who, shown by show and why (usual: virt-sched)"), N_("TEXT")},
    {NULL},
};

static gboolean run_command(char **words, GError **error)
{
    g_autoptr(GSubprocess) child = g_subprocess_newv((const char *const *) words, G_SUBPROCESS_FLAGS_STDIN_INHERIT, error);

    if (!child || !g_subprocess_wait(child, NULL, error))
        return FALSE;
    vs_exit_of_command(g_subprocess_get_if_signaled(child) ? 128 + g_subprocess_get_term_sig(child)
                                                           : g_subprocess_get_exit_status(child));
    return TRUE;
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autofree char *words = g_strjoinv(" ", call->words);
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    g_autofree char *why = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), 50));
    g_auto(VsBus) bus = {0};
    guint cookie;

    if (!vs_bus_open(&bus, error))
        return FALSE;
    if (!vs_proxy_manager_call_hold_boost_sync(bus.manager, call->domain, reason ? reason : why,
                                               application ? application : "virt-sched", bus.flags, bus.timeout_ms, &cookie, NULL, error))
        return vs_bus_fix_error(error);
    if (!run_command(call->words, error))
        return FALSE;
    return vs_proxy_manager_call_release_boost_sync(bus.manager, cookie, bus.flags, bus.timeout_ms, NULL, error)
           || vs_bus_fix_error(error);
}

const VsCommand vs_cmd_hold = {
    .name = "hold",
    .synopsis = "DOMAIN -- COMMAND [ARGUMENT...]",
    .summary = N_("Boost a running domain for as long as a command runs"),
    .details = N_("Whatever the domain's settings say of boost.state; the others are its own, and the host's ceiling holds.\n"
                  "Nothing is stored. The exit status is the command's; 128 and the signal's number when one ended it."),
    .options = options,
    .takes = VS_TAKES_DOMAIN,
    .words = VS_WORDS_COMMAND,
    .min_words = 1,
    .max_words = G_MAXUINT,
    .run = run,
};
