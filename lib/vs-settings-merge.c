/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Value sets against each other and against the host: domain over profile over default, clamped by the ceiling, and
 * what differs between two sets. Called by the daemon and the command. Pure.
 */
#include "vs-settings-private.h"

#include <stddef.h>

/* Low enough that kernel threads of real weight (migration, watchdog: 99; threaded interrupts: 50) stay above, and
 * that host real-time work at ordinary priorities keeps its place. */
const VsCeiling vs_ceiling_default = {
    .max_class = 2,
    .max_priority = 10,
    .max_share = 50,
    .max_burst = 20000,
    .host_share = 50,
    .grace_ms = 10000,
};

typedef struct {
    const char *key;
    gsize offset; /* of the limit in VsCeiling */
} Clamp;

static const Clamp clamps[] = {
    {"boost.class", offsetof(VsCeiling, max_class)},
    {"boost.priority", offsetof(VsCeiling, max_priority)},
    {"boost.budget.burst", offsetof(VsCeiling, max_burst)},
    {"boost.budget.share", offsetof(VsCeiling, max_share)},
};

static void clamp_one(VsSettings *self, const Clamp *clamp, const VsCeiling *ceiling, GHashTable *notes)
{
    gsize row = vs_setting_row(clamp->key);
    const VsSettingInfo *info = &vs_setting_table(NULL)[row];
    guint limit = G_STRUCT_MEMBER(guint, ceiling, clamp->offset);
    guint value = self->values[row].value;
    g_autofree char *wanted = NULL;
    g_autofree char *allowed = NULL;

    if (value <= limit)
        return;
    /* A ceiling below the row's own minimum cannot be met by a valid value: the minimum is the nearest. */
    limit = info->type == VS_SETTING_UINT ? MAX(limit, info->min) : limit;
    wanted = vs_value_format(info, value);
    allowed = vs_value_format(info, limit);
    vs_settings_put(self, row, limit, VS_ORIGIN_CEILING);
    g_hash_table_insert(notes, g_strdup(info->key),
                        g_strdup_printf("%s%s%s is above the host's ceiling, %s is in force", wanted, info->unit ? " " : "",
                                        info->unit ? info->unit : "", allowed));
}

VsSettings *vs_settings_resolve(const VsSettings *domain, const VsSettings *profile, const VsCeiling *ceiling,
                                GHashTable **notes_ret)
{
    g_autoptr(GHashTable) notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    VsSettings *result = vs_settings_new();
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        if (domain->values[i].set)
            vs_settings_put(result, i, domain->values[i].value, domain->values[i].origin);
        else if (profile && profile->values[i].set)
            vs_settings_put(result, i, profile->values[i].value, VS_ORIGIN_PROFILE);
        else
            vs_settings_put(result, i, table[i].def, VS_ORIGIN_DEFAULT);
    }
    for (gsize i = 0; ceiling && i < G_N_ELEMENTS(clamps); i++)
        clamp_one(result, &clamps[i], ceiling, notes);
    if (notes_ret)
        *notes_ret = g_steal_pointer(&notes);
    return result;
}

static void change_free(gpointer data)
{
    VsSettingChange *change = data;

    g_free(change->before);
    g_free(change->after);
    g_free(change);
}

static char *text_or_null(const VsSettings *self, const VsSettingInfo *info)
{
    return vs_settings_is_set(self, info->key) ? vs_settings_get_string(self, info->key) : NULL;
}

GPtrArray *vs_settings_diff(const VsSettings *before, const VsSettings *after)
{
    GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        const VsSettingValue *a = &before->values[i];
        const VsSettingValue *b = &after->values[i];
        VsSettingChange *change;

        if (a->set == b->set && (!a->set || a->value == b->value))
            continue;
        change = g_new0(VsSettingChange, 1);
        change->info = &table[i];
        change->before = text_or_null(before, &table[i]);
        change->after = text_or_null(after, &table[i]);
        g_ptr_array_add(changes, change);
    }
    return changes;
}
