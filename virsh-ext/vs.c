/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched: the way to virtsched for people and scripts who know virsh. Parses, runs one verb, reports its error.
 * Settings go through virtschedd alone; this program never touches the kernel module, cgroups or libvirt.
 */
#include <glib/gi18n-lib.h>
#include <locale.h>

#include "vs-call.h"
#include "vs-config.h"
#include "vs-exit.h"
#include "vs-out.h"

static gboolean run(VsCall *call, int argc, char **argv, GError **error)
{
    g_autofree char *usage = NULL;

    if (!vs_call_parse_globals(call, argc, argv, error))
        return FALSE;
    if (call->version) {
        g_print("virt-sched %s\n", VS_VERSION);
        return TRUE;
    }
    if (call->words && !vs_call_parse_verb(call, error))
        return FALSE;
    if (call->help) {
        usage = vs_call_usage(call->command);
        g_print("%s", usage);
        return TRUE;
    }
    if (!call->command) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("no verb given; see virt-sched --help"));
        return FALSE;
    }
    return call->command->run(call, error);
}

static const char *object_of(const VsCall *call)
{
    if (call->domain && *call->domain)
        return call->domain;
    /* What was not understood yet still begins with the verb. */
    if (call->command && vs_words_are_bytes(call->command->words) && call->words && g_strcmp0(call->words[0], call->command->name) != 0)
        return call->words[0];
    return NULL;
}

int main(int argc, char **argv)
{
    g_auto(VsCall) call = {0};
    g_autoptr(GError) error = NULL;

    setlocale(LC_ALL, "");
    vs_out_begin();
    bindtextdomain(GETTEXT_PACKAGE, VS_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    g_set_prgname("virt-sched");

    if (run(&call, argc, argv, &error) && vs_out_end(&error))
        return vs_exit_fine();
    vs_exit_report(error, call.command ? call.command->name : NULL, object_of(&call));
    return vs_exit_status(error);
}
