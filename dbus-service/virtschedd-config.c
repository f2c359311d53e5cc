/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads /etc/virtsched/virtschedd.conf, a keyfile, by one table. Unknown keys are errors: a misspelt limit must not be no limit.
 */
#include "virtschedd-config.h"

#include "vs-error.h"

static const struct {
    const char *key;
    gsize offset; /* of a guint in VsCeiling */
    guint min;
    guint max;
} rows[] = {
    {"max_priority", G_STRUCT_OFFSET(VsCeiling, max_priority), 1, 49},
    {"max_share", G_STRUCT_OFFSET(VsCeiling, max_share), 1, 90},
    {"max_burst", G_STRUCT_OFFSET(VsCeiling, max_burst), 50, 100000},
    {"host_share", G_STRUCT_OFFSET(VsCeiling, host_share), 1, 90},
    {"grace_ms", G_STRUCT_OFFSET(VsCeiling, grace_ms), 0, 600000},
};

static gboolean fail(GError **error, const char *path, const char *key, const char *why)
{
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: %s: %s", path, key, why);
    return FALSE;
}

static gboolean read_class(const char *path, const char *word, VsCeiling *ceiling, GError **error)
{
    const VsSettingInfo *info = vs_setting_find("boost.class", NULL);

    for (guint i = 0; info->choices[i]; i++) {
        if (g_strcmp0(info->choices[i], word) == 0) {
            ceiling->max_class = i;
            return TRUE;
        }
    }
    return fail(error, path, "max_class", "has to be nice, slice or fifo");
}

static gboolean read_number(GKeyFile *file, const char *path, const char *key, VsCeiling *ceiling, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) cause = NULL;
        g_autofree char *range = NULL;
        guint64 value;

        if (g_strcmp0(rows[i].key, key) != 0)
            continue;
        value = g_key_file_get_uint64(file, "ceiling", key, &cause);
        if (!cause && value >= rows[i].min && value <= rows[i].max) {
            *(guint *)G_STRUCT_MEMBER_P(ceiling, rows[i].offset) = (guint)value;
            return TRUE;
        }
        range = g_strdup_printf("has to be a number from %u to %u", rows[i].min, rows[i].max);
        return fail(error, path, key, range);
    }
    return fail(error, path, key, "there is no such key in [ceiling]");
}

static gboolean read_ceiling(GKeyFile *file, const char *path, VsCeiling *ceiling, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, "ceiling", NULL, NULL);

    for (guint i = 0; keys && keys[i]; i++) {
        g_autofree char *word = g_key_file_get_string(file, "ceiling", keys[i], NULL);

        if (g_strcmp0(keys[i], "max_class") == 0 ? !read_class(path, word, ceiling, error)
                                                  : !read_number(file, path, keys[i], ceiling, error))
            return FALSE;
    }
    return TRUE;
}

/* Whatever is not a row of ours, in groups and in [host]; read_ceiling() looks at its own group. */
static gboolean check_names(GKeyFile *file, const char *path, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    g_auto(GStrv) keys = g_key_file_get_keys(file, "host", NULL, NULL);

    for (guint i = 0; groups[i]; i++) {
        if (g_strcmp0(groups[i], "host") != 0 && g_strcmp0(groups[i], "ceiling") != 0)
            return fail(error, path, groups[i], "there is no such group; there are [host] and [ceiling]");
    }
    for (guint i = 0; keys && keys[i]; i++) {
        if (g_strcmp0(keys[i], "enabled") != 0)
            return fail(error, path, keys[i], "there is no such key in [host]");
    }
    return TRUE;
}

gboolean vsd_config_load(const char *path, VsdConfig *config_ret, GError **error)
{
    VsdConfig config = {.enabled = TRUE, .ceiling = vs_ceiling_default};
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &cause)) {
        if (!g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return fail(error, path, "whole file", cause->message);
        *config_ret = config;
        return TRUE;
    }
    if (!check_names(file, path, error))
        return FALSE;
    if (g_key_file_has_key(file, "host", "enabled", NULL)) {
        config.enabled = g_key_file_get_boolean(file, "host", "enabled", &cause);
        if (cause)
            return fail(error, path, "enabled", "has to be true or false");
    }
    if (!read_ceiling(file, path, &config.ceiling, error))
        return FALSE;
    *config_ret = config;
    return TRUE;
}
