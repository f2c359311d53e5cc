/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See virtschedd-rules.h. Every key in a rule or a profile is checked like one in the XML, when it is read: what is wrong is
 * said with its file then, and not domain by domain.
 */
#include "virtschedd-rules.h"

#include "vs-config.h"
#include "vs-error.h"
#include "vs-names.h"

#define PROFILE_SUFFIX ".conf"
#define PROFILE_GROUP "profile"

void vsd_rule_free(VsdRule *rule)
{
    g_clear_pointer(&rule->settings, vs_settings_unref);
    g_strfreev(rule->names);
    g_free(rule->title);
    g_free(rule->label);
    g_free(rule);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsdRule, vsd_rule_free)

/* One setting, with the file and the group in front of what is wrong. */
static gboolean read_setting(GKeyFile *file, const char *group, const char *key, const char *path, VsSettings *settings, GError **error)
{
    g_autofree char *value = g_key_file_get_string(file, group, key, NULL);

    if (value && vs_settings_set_string(settings, key, value, error))
        return TRUE;
    if (error && *error)
        (*error)->code = VS_ERROR_INVALID_VALUE; /* an unknown key is a wrong value of the file */
    g_prefix_error(error, "read %s: [%s]: ", path, group);
    return FALSE;
}

static gboolean check(const VsSettings *settings, const char *group, const char *path, GError **error)
{
    if (vs_settings_check(settings, error))
        return TRUE;
    g_prefix_error(error, "read %s: [%s]: ", path, group);
    return FALSE;
}

static gboolean empty_rule(const VsdRule *rule, const char *group, const char *path, GError **error)
{
    const char *lacks = NULL;

    if (!rule->names && !rule->title)
        lacks = "name= or title= is needed, the domains that it is for";
    else if (vs_settings_is_empty(rule->settings))
        lacks = "a setting is needed, profile=desktop for one";
    if (lacks)
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: [%s]: %s", path, group, lacks);
    return lacks != NULL;
}

static void add_or_replace(GPtrArray *rules, VsdRule *rule)
{
    for (guint i = 0; i < rules->len; i++) {
        VsdRule *old = rules->pdata[i];

        if (g_strcmp0(old->label, rule->label) == 0) {
            rules->pdata[i] = rule;
            vsd_rule_free(old);
            return;
        }
    }
    g_ptr_array_add(rules, rule);
}

/* name= and title=: what cannot be read, or has no pattern in it, must not be as if it was not there. Spaces between names are for people. */
static gboolean read_patterns(GKeyFile *file, const char *group, const char *key, const char *path, VsdRule *rule, GError **error)
{
    gboolean names = g_strcmp0(key, "name") == 0;
    g_autoptr(GError) cause = NULL;
    g_autofree char *title = names ? NULL : g_key_file_get_string(file, group, key, &cause);
    g_auto(GStrv) list = names ? g_key_file_get_string_list(file, group, key, NULL, &cause) : NULL;

    if (cause) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: [%s]: %s", path, group, cause->message);
        return FALSE;
    }
    for (char **name = list; name && *name; name++)
        g_strstrip(*name);
    if (list ? !list[0] : !title || !*title) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: [%s]: %s= is empty; a pattern is needed, * fits all", path, group, key);
        return FALSE;
    }
    if (names)
        rule->names = g_steal_pointer(&list);
    else
        rule->title = g_steal_pointer(&title);
    return TRUE;
}

gboolean vsd_rules_read(GPtrArray *rules, GKeyFile *file, const char *group, const char *path, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    g_autoptr(VsdRule) rule = g_new0(VsdRule, 1);

    rule->label = g_strstrip(g_strdup(group + strlen(VSD_RULE_GROUP)));
    rule->settings = vs_settings_new();
    for (guint i = 0; keys && keys[i]; i++) {
        gboolean pattern = g_strcmp0(keys[i], "name") == 0 || g_strcmp0(keys[i], "title") == 0;

        if (pattern ? !read_patterns(file, group, keys[i], path, rule, error)
                    : !read_setting(file, group, keys[i], path, rule->settings, error))
            return FALSE;
    }
    if (empty_rule(rule, group, path, error) || !check(rule->settings, group, path, error))
        return FALSE;
    vs_settings_set_origin(rule->settings, VS_ORIGIN_RULE);
    add_or_replace(rules, g_steal_pointer(&rule));
    return TRUE;
}

const VsdRule *vsd_rules_match(const GPtrArray *rules, const char *name, const char *title)
{
    for (guint i = 0; rules && i < rules->len; i++) {
        const VsdRule *rule = rules->pdata[i];
        gboolean named = !rule->names;

        for (char **pattern = rule->names; pattern && *pattern && !named; pattern++)
            named = g_pattern_match_simple(*pattern, name);
        if (named && (!rule->title || (title && g_pattern_match_simple(rule->title, title))))
            return rule;
    }
    return NULL;
}

gboolean vsd_folder_open(const char *folder, GDir **dir_ret, GError **error)
{
    g_autoptr(GError) cause = NULL;

    *dir_ret = g_dir_open(folder, 0, &cause);
    if (*dir_ret || g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: %s", folder, cause->message);
    return FALSE;
}

static gboolean is_profile(const char *word)
{
    const VsSettingInfo *info = vs_setting_find("profile", NULL);

    return g_strv_contains(info->choices, word);
}

static VsSettings *load_profile(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(VsSettings) settings = vs_settings_new();
    g_auto(GStrv) groups = NULL;
    g_auto(GStrv) keys = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "read %s: ", path);
        return NULL;
    }
    groups = g_key_file_get_groups(file, NULL);
    if (g_strv_length(groups) != 1 || g_strcmp0(groups[0], PROFILE_GROUP) != 0) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: one group is needed, [" PROFILE_GROUP "]", path);
        return NULL;
    }
    keys = g_key_file_get_keys(file, PROFILE_GROUP, NULL, NULL);
    for (guint i = 0; keys[i]; i++) {
        if (g_strcmp0(keys[i], "profile") == 0) {
            g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "read %s: profile: a profile cannot name another one", path);
            return NULL;
        }
        if (!read_setting(file, PROFILE_GROUP, keys[i], path, settings, error))
            return NULL;
    }
    if (!check(settings, PROFILE_GROUP, path, error))
        return NULL;
    vs_settings_set_origin(settings, VS_ORIGIN_PROFILE);
    return g_steal_pointer(&settings);
}

static gboolean load_folder(GHashTable *profiles, const char *folder, GError **error)
{
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (!vsd_folder_open(folder, &dir, error))
        return FALSE;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *word = NULL;
        VsSettings *settings;

        if (!g_str_has_suffix(name, PROFILE_SUFFIX))
            continue;
        word = g_strndup(name, strlen(name) - strlen(PROFILE_SUFFIX));
        if (!is_profile(word)) {
            g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE,
                        "read %s: there is no profile of this name; there are off, desktop, audio, server, build", path);
            return FALSE;
        }
        settings = load_profile(path, error);
        if (!settings)
            return FALSE;
        g_hash_table_insert(profiles, g_steal_pointer(&word), settings);
    }
    return TRUE;
}

static void unref_settings(gpointer settings)
{
    vs_settings_unref(settings);
}

GHashTable *vsd_profiles_load(const char *root, GError **error)
{
    /* The later one replaces a whole profile. */
    static const char *const folders[] = {VS_PROFILE_DIR, VS_CONF_PROFILE_DIR};
    g_autoptr(GHashTable) profiles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_settings);

    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_strconcat(root, folders[i], NULL);

        if (!load_folder(profiles, folder, error))
            return NULL;
    }
    return g_steal_pointer(&profiles);
}

VsSettings *vsd_profile_find(GHashTable *profiles, const char *word)
{
    VsSettings *settings = profiles ? g_hash_table_lookup(profiles, word) : NULL;

    return settings ? vs_settings_ref(settings) : vs_profile_builtin(word);
}
