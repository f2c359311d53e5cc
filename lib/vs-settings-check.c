/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contradictions: values that are each in range and cannot stand together. Called after a change and by the XML
 * parser, which adds the line. Only what somebody wrote down contradicts: a default never does by itself.
 */
#include "vs-settings-private.h"

#include <string.h>

/* @key has a meaning in one boost class only. */
typedef struct {
    const char *key;
    const char *class_word;
} ClassKey;

static const ClassKey class_keys[] = {
    {"boost.priority", "fifo"},
    {"boost.nice", "nice"},
    {"boost.slice", "slice"},
};

static const char *const state_keys[] = {"interactive.state", "boost.state", "dirtyQuota.state"};

static gboolean written(const VsSettings *self, const char *key)
{
    return vs_settings_is_set(self, key) && vs_settings_get_origin(self, key) == VS_ORIGIN_DOMAIN;
}

static void contradiction_free(gpointer data)
{
    VsContradiction *contradiction = data;

    g_free(contradiction->message);
    g_free(contradiction);
}

static void add(GPtrArray *list, const char *key, char *message)
{
    VsContradiction *contradiction = g_new0(VsContradiction, 1);

    contradiction->row = vs_setting_row(key);
    contradiction->message = message;
    g_ptr_array_add(list, contradiction);
}

static void check_profile_off(const VsSettings *self, GPtrArray *list)
{
    g_autofree char *profile = vs_settings_get_string(self, "profile");

    if (!written(self, "profile") || strcmp(profile, "off") != 0)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(state_keys); i++)
        if (written(self, state_keys[i]) && vs_settings_get_uint(self, state_keys[i]))
            add(list, state_keys[i], g_strdup("\"on\" contradicts profile \"off\"; allowed with it: off"));
}

static void check_weight_ratio(const VsSettings *self, GPtrArray *list)
{
    guint interactive = vs_settings_get_uint(self, "interactive.weightRatio.interactive");
    guint background = vs_settings_get_uint(self, "interactive.weightRatio.background");
    const char *key = written(self, "interactive.weightRatio.background") ? "interactive.weightRatio.background"
                                                                          : "interactive.weightRatio.interactive";

    if (written(self, key) && background > interactive)
        add(list, key, g_strdup_printf("background weight %u is above interactive weight %u; allowed: 1..%u", background, interactive,
                                       interactive));
}

/* What the domain says, else its profile, else the default. */
static char *class_in_force(const VsSettings *self)
{
    g_autofree char *word = vs_settings_get_string(self, "profile");
    g_autoptr(VsSettings) profile = vs_settings_is_set(self, "profile") ? vs_profile_builtin(word) : NULL;
    g_autoptr(VsSettings) effective = vs_settings_resolve(self, profile, NULL, NULL);

    return vs_settings_get_string(effective, "boost.class");
}

static void check_class_keys(const VsSettings *self, GPtrArray *list)
{
    g_autofree char *class_word = class_in_force(self);

    for (gsize i = 0; i < G_N_ELEMENTS(class_keys); i++)
        if (written(self, class_keys[i].key) && strcmp(class_word, class_keys[i].class_word) != 0)
            add(list, class_keys[i].key, g_strdup_printf("goes with class \"%s\" only, and the class is \"%s\"; unset one of the two",
                                                         class_keys[i].class_word, class_word));
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    const VsContradiction *x = *(VsContradiction *const *) a;
    const VsContradiction *y = *(VsContradiction *const *) b;

    return (x->row > y->row) - (x->row < y->row);
}

GPtrArray *vs_settings_contradictions(const VsSettings *self)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(contradiction_free);

    check_profile_off(self, list);
    check_weight_ratio(self, list);
    check_class_keys(self, list);
    g_ptr_array_sort(list, compare_rows);
    return list;
}

gboolean vs_settings_check(const VsSettings *self, GError **error)
{
    g_autoptr(GPtrArray) list = vs_settings_contradictions(self);
    const VsContradiction *first = list->len ? list->pdata[0] : NULL;

    if (!first)
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "check %s: %s", vs_setting_table(NULL)[first->row].key, first->message);
    return FALSE;
}
