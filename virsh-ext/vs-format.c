/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers and texts for people. Pure. Decimal points follow the user's locale; scripts use --json.
 */
#include "vs-format.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NS_PER_S G_GINT64_CONSTANT(1000000000)

char *vs_format_safe(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *safe = g_string_new(NULL);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        g_string_append_unichar(safe, g_unichar_iscntrl(c) ? '?' : c);
    }
    return g_string_free(safe, FALSE);
}

char *vs_format_variant(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
        return g_strdup(g_variant_get_boolean(value) ? "on" : "off");
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return g_variant_dup_string(value, NULL);
    return g_variant_print(value, FALSE);
}

char *vs_format_unit(const char *number, const char *unit)
{
    if (!unit || !*unit)
        return g_strdup(number);
    return g_strdup_printf("%s %s", number, g_str_equal(unit, "percent") ? "%" : unit);
}

char *vs_format_setting(const char *key, const char *text)
{
    const VsSettingInfo *info = vs_setting_find(key, NULL);

    if (!text || !*text)
        return NULL;
    return vs_format_unit(text, info ? info->unit : NULL);
}

char *vs_format_range(const VsSettingInfo *info)
{
    if (info->type == VS_SETTING_BOOL)
        return g_strdup("on, off");
    if (info->type == VS_SETTING_ENUM)
        return g_strjoinv(", ", (char **) info->choices);
    return g_strdup_printf("%u .. %u", info->min, info->max);
}

char *vs_format_default(const VsSettingInfo *info)
{
    if (info->type == VS_SETTING_BOOL)
        return g_strdup(info->def ? "on" : "off");
    if (info->type == VS_SETTING_ENUM)
        return g_strdup(info->choices[info->def]);
    return g_strdup_printf("%u", info->def);
}

const char *vs_format_type(const VsSettingInfo *info)
{
    static const char *const words[] = {
        [VS_SETTING_BOOL] = "bool",
        [VS_SETTING_UINT] = "uint",
        [VS_SETTING_ENUM] = "enum",
    };

    return words[info->type];
}

char *vs_format_ns(gint64 ns)
{
    static const struct {
        gint64 from;
        const char *unit;
    } units[] = {{NS_PER_S, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    gint64 size = ABS(ns);

    if (size >= 3600 * NS_PER_S)
        return g_strdup_printf("%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min", ns / (3600 * NS_PER_S),
                               size / (60 * NS_PER_S) % 60);
    if (size >= 60 * NS_PER_S)
        return g_strdup_printf("%" G_GINT64_FORMAT " min %" G_GINT64_FORMAT " s", ns / (60 * NS_PER_S), size / NS_PER_S % 60);
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (size >= units[i].from)
            return g_strdup_printf(units[i].from == 1 ? "%.0f %s" : "%.1f %s", (double) ns / (double) units[i].from,
                                   units[i].unit);
    }
    return g_strdup("0");
}

char *vs_format_bytes(guint64 bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double) bytes;
    gsize unit = 0;

    if (!bytes)
        return g_strdup("0");
    for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1024;
    return g_strdup_printf(unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

char *vs_format_share(guint64 ns, guint64 whole_ns)
{
    g_autofree char *time = vs_format_ns((gint64) MIN(ns, G_MAXINT64));

    if (!whole_ns)
        return g_steal_pointer(&time);
    return g_strdup_printf("%s (%.1f %%)", time, 100.0 * (double) ns / (double) whole_ns);
}
