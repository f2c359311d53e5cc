/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of lib/ share about settings; nobody outside lib/ and its tests includes this.
 */
#ifndef VS_SETTINGS_PRIVATE_H
#define VS_SETTINGS_PRIVATE_H

#include "vs-error.h"
#include "vs-settings.h"

G_BEGIN_DECLS

typedef struct {
    guint value; /* meaningful while set */
    VsOrigin origin;
    gboolean set;
} VsSettingValue;

struct _VsSettings {
    grefcount refs;
    VsSettingValue *values; /* one per table row */
};

/** vs_setting_index: row number of @key, or -1 */
gint vs_setting_index(const char *key);
/** vs_setting_row: row number of @key; aborts on a key that is not in the table (programming error) */
gsize vs_setting_row(const char *key);
/** vs_setting_element_unit: unit that the unit= attribute of @element must name, or %NULL: of its first row with a unit */
const char *vs_setting_element_unit(const char *element);
/** vs_setting_range_text: (transfer full): "1..49", "1..90 percent", "nice, slice, fifo" */
char *vs_setting_range_text(const VsSettingInfo *info);

/** vs_value_parse: @text as a value of @info; @with_unit: a number may carry a unit. FALSE with why in @why_ret (transfer full) */
gboolean vs_value_parse(const VsSettingInfo *info, const char *text, gboolean with_unit, guint *value_ret, char **why_ret);
/** vs_value_format: (transfer full): as in XML */
char *vs_value_format(const VsSettingInfo *info, guint value);
/** vs_text_quote: (transfer full): @text in quotes, shortened, without control characters, safe for a log line */
char *vs_text_quote(const char *text);

/** vs_settings_put: sets row @row to an in-range @value */
void vs_settings_put(VsSettings *self, gsize row, guint value, VsOrigin origin);

/** VsContradiction: values that cannot stand together; @row: the one that has to change */
typedef struct {
    gsize row;
    char *message;
} VsContradiction;
/** vs_settings_contradictions: (transfer full) (element-type VsContradiction): table order, empty when all is well */
GPtrArray *vs_settings_contradictions(const VsSettings *self);

G_END_DECLS

#endif /* VS_SETTINGS_PRIVATE_H */
