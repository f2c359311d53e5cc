/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads /etc/virtsched/virtschedd.conf and its drop-ins, keyfiles, by one table. Unknown keys are errors: a misspelt limit must
 * not be no limit.
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
        if (g_strcmp0(groups[i], "host") != 0 && g_strcmp0(groups[i], "ceiling") != 0 && !g_str_has_prefix(groups[i], VSD_RULE_GROUP))
            return fail(error, path, groups[i], "there is no such group; there are [host], [ceiling] and [rule NAME]");
    }
    for (guint i = 0; keys && keys[i]; i++) {
        if (g_strcmp0(keys[i], "enabled") != 0)
            return fail(error, path, keys[i], "there is no such key in [host]");
    }
    return TRUE;
}

static gboolean read_rules(GKeyFile *file, const char *path, GPtrArray *rules, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);

    for (guint i = 0; groups[i]; i++) {
        if (g_str_has_prefix(groups[i], VSD_RULE_GROUP) && !vsd_rules_read(rules, file, groups[i], path, error))
            return FALSE;
    }
    return TRUE;
}

/* What @path sets, over what @config has already. @wanted: it has to be there: a drop-in is, unless it is a link to nothing. */
static gboolean read_file(const char *path, gboolean wanted, VsdConfig *config, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &cause))
        return (!wanted && g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)) || fail(error, path, "whole file", cause->message);
    if (!check_names(file, path, error))
        return FALSE;
    if (g_key_file_has_key(file, "host", "enabled", NULL)) {
        config->enabled = g_key_file_get_boolean(file, "host", "enabled", &cause);
        if (cause)
            return fail(error, path, "enabled", "has to be true or false");
    }
    return read_ceiling(file, path, &config->ceiling, error) && read_rules(file, path, config->rules, error);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static gboolean read_drop_ins(const char *path, VsdConfig *config, GError **error)
{
    g_autofree char *folder = g_strconcat(path, ".d", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (!vsd_folder_open(folder, &dir, error))
        return FALSE;
    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".conf"))
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        if (!read_file(names->pdata[i], TRUE, config, error))
            return FALSE;
    }
    return TRUE;
}

static void free_rule(gpointer rule)
{
    vsd_rule_free(rule);
}

gboolean vsd_config_load(const char *path, const char *root, VsdConfig *config_ret, GError **error)
{
    g_auto(VsdConfig) config = {.enabled = TRUE, .ceiling = vs_ceiling_default};

    config.rules = g_ptr_array_new_with_free_func(free_rule);
    if (!read_file(path, FALSE, &config, error) || !read_drop_ins(path, &config, error))
        return FALSE;
    config.profiles = vsd_profiles_load(root, error);
    if (!config.profiles)
        return FALSE;
    *config_ret = config;
    config = (VsdConfig){0};
    return TRUE;
}

void vsd_config_clear(VsdConfig *config)
{
    g_clear_pointer(&config->rules, g_ptr_array_unref);
    g_clear_pointer(&config->profiles, g_hash_table_unref);
}
