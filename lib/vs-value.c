/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One value as text and back, by its row's type. Called by the value set and by the XML parser, which is stricter:
 * there a number carries no unit, the element's unit= does. Changes nothing and knows no error domain.
 */
#include "vs-settings-private.h"

#include <string.h>

#define QUOTE_MAX 40 /* characters of foreign text in a message */

typedef struct {
    const char *name;
    const char *base; /* the units that convert into each other share it */
    guint64 factor;   /* in smallest units of the base */
} Unit;

static const Unit units[] = {
    {"us", "time", 1},
    {"ms", "time", 1000},
    {"s", "time", 1000000},
    {"percent", "share", 1},
    {"%", "share", 1},
    {"KiB/s", "rate", 1},
    {"MiB/s", "rate", 1024},
    {"GiB/s", "rate", 1048576},
};

static const Unit *find_unit(const char *name)
{
    for (gsize i = 0; name && i < G_N_ELEMENTS(units); i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

char *vs_text_quote(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) quoted = g_string_new("\"");
    guint n = 0;

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (n++ == QUOTE_MAX) {
            g_string_append(quoted, "...");
            break;
        }
        g_string_append_unichar(quoted, g_unichar_isprint(c) ? c : '?');
    }
    g_string_append_c(quoted, '"');
    return g_string_free(g_steal_pointer(&quoted), FALSE);
}

static gboolean parse_word(const char *const *words, const char *text, guint *value_ret)
{
    for (guint i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            *value_ret = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* @number in @suffix units to @info's unit; FALSE when the unit does not fit or the result is no whole number. */
static gboolean convert(const VsSettingInfo *info, const char *suffix, guint64 *number)
{
    const Unit *from = find_unit(suffix);
    const Unit *to = find_unit(info->unit);

    if (!from || !to || strcmp(from->base, to->base) != 0)
        return FALSE;
    if (*number > G_MAXUINT64 / from->factor)
        *number = G_MAXUINT64;
    else if (*number * from->factor % to->factor != 0)
        return FALSE;
    else
        *number = *number * from->factor / to->factor;
    return TRUE;
}

static gboolean parse_number(const VsSettingInfo *info, const char *text, gboolean with_unit, guint *value_ret)
{
    gsize digits = strspn(text, "0123456789");
    g_autofree char *head = g_strndup(text, digits);
    const char *suffix = text + digits;
    guint64 number;

    if (digits == 0)
        return FALSE;
    /* More digits than fit saturate, and are out of every range. */
    number = g_ascii_strtoull(head, NULL, 10);
    if (*suffix && (!with_unit || !convert(info, suffix, &number)))
        return FALSE;
    if (number < info->min || number > info->max)
        return FALSE;
    *value_ret = (guint) number;
    return TRUE;
}

gboolean vs_value_parse(const VsSettingInfo *info, const char *text, gboolean with_unit, guint *value_ret, char **why_ret)
{
    static const char *const bool_words[] = {"off", "on", NULL};
    g_autofree char *quoted = NULL;
    g_autofree char *range = NULL;
    gboolean ok;

    if (info->type == VS_SETTING_UINT)
        ok = parse_number(info, text, with_unit, value_ret);
    else
        ok = parse_word(info->type == VS_SETTING_BOOL ? bool_words : info->choices, text, value_ret);
    if (ok)
        return TRUE;

    quoted = vs_text_quote(text);
    range = vs_setting_range_text(info);
    *why_ret = g_strdup_printf(info->type == VS_SETTING_UINT ? "%s is not a whole number in %s" : "%s is not one of %s", quoted, range);
    return FALSE;
}

char *vs_value_format(const VsSettingInfo *info, guint value)
{
    if (info->type == VS_SETTING_UINT)
        return g_strdup_printf("%u", value);
    if (info->type == VS_SETTING_BOOL)
        return g_strdup(value ? "on" : "off");
    return g_strdup(info->choices[value]);
}
