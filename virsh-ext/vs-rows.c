/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-rows.h. What a newer daemon adds is passed on as it is.
 */
#include "vs-rows.h"

#include "vs-format.h"

guint64 vs_row_number(GVariant *row, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(row, key, NULL);

    if (!value)
        return 0;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64(value);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return g_variant_get_uint32(value);
    return 0;
}

char *vs_row_word(GVariant *row, const char *key)
{
    const char *word;

    return g_variant_lookup(row, key, "&s", &word) ? vs_format_safe(word) : NULL;
}

void vs_row_json(JsonBuilder *builder, GVariant *row)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;

    json_builder_begin_object(builder);
    g_variant_iter_init(&iter, row);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        json_builder_set_member_name(builder, key);
        json_builder_add_value(builder, json_gvariant_serialize(value));
        g_variant_unref(value);
    }
    json_builder_end_object(builder);
}
