/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The value set: one optional value for each row of the table. Everybody uses it through vs-settings.h.
 * Every way in checks type and range, so a value that is in here is in range. Merging and diffs: vs-settings-merge.c.
 */
#include "vs-settings-private.h"

VsSettings *vs_settings_new(void)
{
    VsSettings *self = g_new0(VsSettings, 1);
    gsize n;

    vs_setting_table(&n);
    g_ref_count_init(&self->refs);
    self->values = g_new0(VsSettingValue, n);
    return self;
}

VsSettings *vs_settings_ref(VsSettings *self)
{
    g_ref_count_inc(&self->refs);
    return self;
}

void vs_settings_unref(VsSettings *self)
{
    if (!g_ref_count_dec(&self->refs))
        return;
    g_free(self->values);
    g_free(self);
}

VsSettings *vs_settings_copy(const VsSettings *self)
{
    VsSettings *copy = vs_settings_new();
    gsize n;

    vs_setting_table(&n);
    for (gsize i = 0; i < n; i++)
        copy->values[i] = self->values[i];
    return copy;
}

gboolean vs_settings_is_set(const VsSettings *self, const char *key)
{
    return self->values[vs_setting_row(key)].set;
}

gboolean vs_settings_is_empty(const VsSettings *self)
{
    gsize n;

    vs_setting_table(&n);
    for (gsize i = 0; i < n; i++)
        if (self->values[i].set)
            return FALSE;
    return TRUE;
}

guint vs_settings_get_uint(const VsSettings *self, const char *key)
{
    gsize row = vs_setting_row(key);

    return self->values[row].set ? self->values[row].value : vs_setting_table(NULL)[row].def;
}

char *vs_settings_get_string(const VsSettings *self, const char *key)
{
    return vs_value_format(&vs_setting_table(NULL)[vs_setting_row(key)], vs_settings_get_uint(self, key));
}

VsOrigin vs_settings_get_origin(const VsSettings *self, const char *key)
{
    const VsSettingValue *value = &self->values[vs_setting_row(key)];

    return value->set ? value->origin : VS_ORIGIN_DEFAULT;
}

void vs_settings_set_lease(VsSettings *self, const char *key)
{
    vs_settings_put(self, vs_setting_row(key), TRUE, VS_ORIGIN_LEASE);
}

void vs_settings_set_origin(VsSettings *self, VsOrigin origin)
{
    gsize n;

    vs_setting_table(&n);
    for (gsize i = 0; i < n; i++)
        self->values[i].origin = origin;
}

void vs_settings_put(VsSettings *self, gsize row, guint value, VsOrigin origin)
{
    self->values[row] = (VsSettingValue){.value = value, .origin = origin, .set = TRUE};
}

void vs_settings_unset(VsSettings *self, const char *key)
{
    self->values[vs_setting_row(key)] = (VsSettingValue){0};
}

gboolean vs_settings_set_string(VsSettings *self, const char *key, const char *value, GError **error)
{
    const VsSettingInfo *info = vs_setting_find(key, error);
    g_autofree char *why = NULL;
    guint number;

    if (!info)
        return FALSE;
    if (!vs_value_parse(info, value, TRUE, &number, &why)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "set %s: %s", key, why);
        return FALSE;
    }
    vs_settings_put(self, vs_setting_row(key), number, VS_ORIGIN_DOMAIN);
    return TRUE;
}

static const GVariantType *value_type(const VsSettingInfo *info)
{
    if (info->type == VS_SETTING_BOOL)
        return G_VARIANT_TYPE_BOOLEAN;
    return info->type == VS_SETTING_UINT ? G_VARIANT_TYPE_UINT32 : G_VARIANT_TYPE_STRING;
}

gboolean vs_settings_set_variant(VsSettings *self, const char *key, GVariant *value, GError **error)
{
    const VsSettingInfo *info = vs_setting_find(key, error);
    g_autofree char *text = NULL;

    if (!info)
        return FALSE;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return vs_settings_set_string(self, key, g_variant_get_string(value, NULL), error);
    if (!g_variant_is_of_type(value, value_type(info))) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, "set %s: a value of D-Bus type %s or s is wanted, not %s", key,
                    (const char *) value_type(info), g_variant_get_type_string(value));
        return FALSE;
    }
    text = info->type == VS_SETTING_BOOL ? g_strdup(g_variant_get_boolean(value) ? "on" : "off")
                                         : g_strdup_printf("%u", g_variant_get_uint32(value));
    return vs_settings_set_string(self, key, text, error);
}

static GVariant *value_to_variant(const VsSettingInfo *info, guint value)
{
    if (info->type == VS_SETTING_BOOL)
        return g_variant_new_boolean(value != 0);
    if (info->type == VS_SETTING_UINT)
        return g_variant_new_uint32(value);
    return g_variant_new_string(info->choices[value]);
}

GVariant *vs_settings_to_variant(const VsSettings *self, gboolean all)
{
    GVariantBuilder builder;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    for (gsize i = 0; i < n; i++)
        if (all || self->values[i].set)
            g_variant_builder_add(&builder, "{sv}", table[i].key, value_to_variant(&table[i], vs_settings_get_uint(self, table[i].key)));
    return g_variant_builder_end(&builder);
}
