/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of verbs. A new verb is one file vs-cmd-NAME.c, one row here and one section in the man page.
 */
#include "vs-cmds.h"

#include <glib/gi18n-lib.h>

const VsCommand *const vs_commands[] = {
    &vs_cmd_list,
    &vs_cmd_show,
    &vs_cmd_set,
    &vs_cmd_unset,
    &vs_cmd_enable_guest,
    &vs_cmd_disable_guest,
    &vs_cmd_validate,
    &vs_cmd_phase,
    &vs_cmd_stats,
    &vs_cmd_migration,
    &vs_cmd_top,
    &vs_cmd_monitor,
    &vs_cmd_why,
    &vs_cmd_doctor,
    &vs_cmd_settings,
    &vs_cmd_apply,
    &vs_cmd_xml,
    &vs_cmd_hold,
    &vs_cmd_metrics,
    &vs_cmd_reload,
    &vs_cmd_help,
    &vs_cmd_complete,
    NULL,
};

const VsCommand *vs_command_find(const char *name, GError **error)
{
    for (const VsCommand *const *command = vs_commands; *command; command++) {
        if (g_str_equal((*command)->name, name))
            return *command;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("no such verb: %s; see virt-sched help"), name);
    return NULL;
}
