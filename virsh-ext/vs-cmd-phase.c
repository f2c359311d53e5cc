/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched phase: an interactive phase by hand, for guests whose input QEMU does not see (passed-through USB or GPU, remote
 * desktop inside the guest), and for trying.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"

#define LENGTH_MS 5000

static gint length_ms;
static gboolean end;

static gboolean parse_length(const char *name, const char *value, gpointer data, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 1, 60000, &number, NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--length needs milliseconds in 1..60000, not %s"), value);
        return FALSE;
    }
    length_ms = (gint) number;
    return TRUE;
}

static const GOptionEntry options[] = {
    {"length", 0, 0, G_OPTION_ARG_CALLBACK, parse_length, N_("End it after so long (usual: 5000)"), "MS"},
    {"end", 0, 0, G_OPTION_ARG_NONE, &end, N_("End the phase that is on"), NULL},
    {NULL},
};

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    gboolean ok;

    if (end && length_ms) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--end and --length contradict each other"));
        return FALSE;
    }
    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, call->domain, error);
    if (!domain)
        return FALSE;
    if (end)
        ok = vs_proxy_domain_call_end_phase_sync(domain, bus.flags, bus.timeout_ms, NULL, error);
    else
        ok = vs_proxy_domain_call_start_phase_sync(domain, length_ms ? length_ms : LENGTH_MS, bus.flags, bus.timeout_ms, NULL, error);
    return ok || vs_bus_fix_error(error);
}

const VsCommand vs_cmd_phase = {
    .name = "phase",
    .synopsis = "DOMAIN",
    .summary = N_("Start or end an interactive phase by hand"),
    .details = N_("As an input does: what was busy in the guest before it is background, and weighs less until the phase ends.\n"
                  "The domain needs interactive.state=on."),
    .options = options,
    .takes = VS_TAKES_DOMAIN,
    .run = run,
};
