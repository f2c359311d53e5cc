/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-json.h. A setting that this command does not know (a newer daemon's) stays a string.
 */
#include "vs-json.h"

#include "vs-settings.h"

void vs_json_string(JsonBuilder *builder, const char *name, const char *value)
{
    g_autofree char *valid = value && *value ? g_utf8_make_valid(value, -1) : NULL;

    json_builder_set_member_name(builder, name);
    if (valid)
        json_builder_add_string_value(builder, valid);
    else
        json_builder_add_null_value(builder);
}

void vs_json_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

void vs_json_bool(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void vs_json_setting(JsonBuilder *builder, const char *name, const char *key, const char *text)
{
    const VsSettingInfo *info = vs_setting_find(key, NULL);
    guint64 number;

    if (text && info && info->type == VS_SETTING_BOOL && (g_str_equal(text, "on") || g_str_equal(text, "off")))
        vs_json_bool(builder, name, g_str_equal(text, "on"));
    else if (text && info && info->type == VS_SETTING_UINT && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &number, NULL))
        vs_json_int(builder, name, (gint64) number);
    else
        vs_json_string(builder, name, text);
}

void vs_json_begin(JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
}

void vs_json_print(JsonBuilder *builder)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = NULL;

    json_generator_set_pretty(generator, TRUE);
    json_generator_set_root(generator, root);
    text = json_generator_to_data(generator, NULL);
    g_print("%s\n", text);
}
