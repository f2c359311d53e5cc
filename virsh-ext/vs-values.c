/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-values.h. Pure.
 */
#include "vs-values.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-format.h"
#include "vs-settings.h"

char *vs_values_get(GVariant *dict, const char *key)
{
    GVariantIter iter;
    GVariant *entry;
    char *text = NULL;

    if (!dict)
        return NULL;
    g_variant_iter_init(&iter, dict);
    while (!text && (entry = g_variant_iter_next_value(&iter))) {
        g_autoptr(GVariant) name = g_variant_get_child_value(entry, 0);
        g_autoptr(GVariant) value = g_variant_get_child_value(entry, 1);
        g_autoptr(GVariant) inner = g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant(value)
                                                                                         : g_variant_ref(value);

        if (g_str_equal(g_variant_get_string(name, NULL), key))
            text = vs_format_variant(inner);
        g_variant_unref(entry);
    }
    return text;
}

static gsize rank(const char *key)
{
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(table[i].key, key))
            return i;
    }
    return n;
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
    const char *left = *(const char *const *) a;
    const char *right = *(const char *const *) b;
    gsize left_rank = rank(left);
    gsize right_rank = rank(right);

    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left, right);
}

GPtrArray *vs_values_keys(GVariant *const *dicts, gsize n)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; i < n; i++) {
        for (gsize c = 0; dicts[i] && c < g_variant_n_children(dicts[i]); c++) {
            g_autoptr(GVariant) entry = g_variant_get_child_value(dicts[i], c);
            g_autoptr(GVariant) name = g_variant_get_child_value(entry, 0);
            const char *key = g_variant_get_string(name, NULL);

            if (*key && !g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL))
                g_ptr_array_add(keys, g_strdup(key));
        }
    }
    g_ptr_array_sort(keys, compare_keys);
    return keys;
}

char *vs_values_section(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot ? g_strndup(key, (gsize) (dot - key)) : g_strdup(_("general"));
}
