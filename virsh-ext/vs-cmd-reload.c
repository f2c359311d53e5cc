/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched reload: has the daemon read configuration, host rules and profiles anew; what systemctl reload does, with the
 * mistake in a file as this command's error.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-json.h"

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};

    if (!vs_bus_open(&bus, error))
        return FALSE;
    if (!vs_proxy_manager_call_reload_sync(bus.manager, bus.flags, bus.timeout_ms, NULL, error))
        return vs_bus_fix_error(error);
    if (call->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        vs_json_bool(builder, "reloaded", TRUE);
        json_builder_end_object(builder);
        vs_json_print(builder);
    }
    return TRUE;
}

const VsCommand vs_cmd_reload = {
    .name = "reload",
    .synopsis = "",
    .summary = N_("Read the host's configuration, rules and profiles anew"),
    .details = N_("Running domains are brought to it at once. With a mistake in a file all stays as it was."),
    .run = run,
};
