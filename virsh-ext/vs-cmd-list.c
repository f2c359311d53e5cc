/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched list: domains and whether their settings are in force. Asks the daemon only.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-json.h"
#include "vs-table.h"

static gboolean all;
static gboolean names;
static gboolean uuids;

static const GOptionEntry options[] = {
    {"all", 0, 0, G_OPTION_ARG_NONE, &all, N_("Domains that are shut off as well"), NULL},
    {"name", 0, 0, G_OPTION_ARG_NONE, &names, N_("Names only, one a line"), NULL},
    {"uuid", 0, 0, G_OPTION_ARG_NONE, &uuids, N_("UUIDs only, one a line"), NULL},
    {NULL},
};

typedef struct {
    const char *name;
    const char *uuid;
    gint id;
    const char *state;
    const char *summary;
} Row;

static void add_json(JsonBuilder *builder, const Row *row)
{
    json_builder_begin_object(builder);
    vs_json_string(builder, "name", row->name);
    vs_json_string(builder, "uuid", row->uuid);
    if (row->id >= 0)
        vs_json_int(builder, "id", row->id);
    else
        vs_json_string(builder, "id", NULL);
    vs_json_string(builder, "state", row->state);
    vs_json_string(builder, "summary", row->summary);
    json_builder_end_object(builder);
}

static void add_row(VsTable *table, const Row *row)
{
    g_autofree char *id = row->id >= 0 ? g_strdup_printf("%d", row->id) : NULL;

    vs_table_add(table, id, row->name, row->state, row->summary);
}

static gboolean run(const VsCall *call, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(GVariant) domains = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(VsTable) table = vs_table_new(_("Id"), _("Name"), _("State"), _("Scheduling"), NULL);
    GVariantIter iter;
    Row row;

    if (names && uuids) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("--name excludes --uuid"));
        return FALSE;
    }
    if (!vs_bus_open(&bus, error))
        return FALSE;
    domains = vs_bus_domains(&bus, error);
    if (!domains)
        return FALSE;

    json_builder_begin_object(builder);
    vs_json_begin(builder, "domains");
    g_variant_iter_init(&iter, domains);
    while (g_variant_iter_next(&iter, "(&o&s&si&s&s)", NULL, &row.name, &row.uuid, &row.id, &row.state, &row.summary)) {
        if (!all && row.id < 0)
            continue;
        add_json(builder, &row);
        add_row(table, &row);
        if (!call->json && (names || uuids))
            g_print("%s\n", names ? row.name : row.uuid);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);

    if (call->json)
        vs_json_print(builder);
    else if (!names && !uuids)
        vs_table_print(table, !call->quiet);
    return TRUE;
}

const VsCommand vs_cmd_list = {
    .name = "list",
    .synopsis = "",
    .summary = N_("List domains and whether their settings are in force"),
    .options = options,
    .run = run,
};
