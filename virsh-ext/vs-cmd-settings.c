/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched settings: the table of all settings of this command's own library. Needs neither daemon nor module.
 */
#include <glib/gi18n-lib.h>

#include "vs-call.h"
#include "vs-format.h"
#include "vs-json.h"
#include "vs-settings.h"
#include "vs-table.h"

static void add_json(JsonBuilder *builder, const VsSettingInfo *info)
{
    g_autofree char *def = vs_format_default(info);

    json_builder_begin_object(builder);
    vs_json_string(builder, "key", info->key);
    vs_json_string(builder, "type", vs_format_type(info));
    vs_json_string(builder, "unit", info->unit);
    if (info->type == VS_SETTING_UINT) {
        vs_json_int(builder, "min", info->min);
        vs_json_int(builder, "max", info->max);
    }
    if (info->type == VS_SETTING_ENUM) {
        vs_json_begin(builder, "choices");
        for (const char *const *choice = info->choices; *choice; choice++)
            json_builder_add_string_value(builder, *choice);
        json_builder_end_array(builder);
    }
    vs_json_setting(builder, "default", info->key, def);
    vs_json_string(builder, "not-applied", info->pending);
    vs_json_string(builder, "doc", info->doc);
    json_builder_end_object(builder);
}

static void add_row(VsTable *table, const VsSettingInfo *info)
{
    g_autofree char *def = vs_format_default(info);
    g_autofree char *range = vs_format_range(info);
    g_autofree char *doc = info->pending ? g_strdup_printf(_("%s [not applied yet]"), _(info->doc)) : g_strdup(_(info->doc));

    vs_table_add(table, info->key, vs_format_type(info), info->unit, range, def, doc);
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(VsTable) table = vs_table_new(_("Setting"), _("Type"), _("Unit"), _("Range"), _("Default"), _("Meaning"), NULL);
    gsize n;
    const VsSettingInfo *infos = vs_setting_table(&n);
    const VsSettingInfo *only = NULL;

    if (call->words[0] && !(only = vs_setting_find(call->words[0], error)))
        return FALSE;
    json_builder_begin_object(builder);
    vs_json_begin(builder, "settings");
    for (gsize i = 0; i < n; i++) {
        if (only && only != &infos[i])
            continue;
        add_json(builder, &infos[i]);
        add_row(table, &infos[i]);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (call->json)
        vs_json_print(builder);
    else
        vs_table_print(table, !call->quiet);
    return TRUE;
}

const VsCommand vs_cmd_settings = {
    .name = "settings",
    .synopsis = "[KEY]",
    .summary = N_("List all settings: type, unit, range, default, meaning"),
    .words = VS_WORDS_KEY,
    .max_words = 1,
    .run = run,
};
