/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as people read them: units, durations, percent, and text from elsewhere without control characters. Used by
 * every verb's human output. Prints nothing. JSON takes the raw values instead.
 */
#ifndef VS_FORMAT_H
#define VS_FORMAT_H

#include "vs-settings.h"

G_BEGIN_DECLS

/** vs_format_safe: (transfer full): valid UTF-8, every control character a '?', so that no text can drive the terminal */
char *vs_format_safe(const char *text);
/** vs_format_variant: (transfer full): a D-Bus value of a setting as in XML: "on", "2000", "fifo" */
char *vs_format_variant(GVariant *value);
/** vs_format_setting: (transfer full) (nullable): @text, as in XML, with the unit of @key: "2000 us", "20 %"; %NULL for %NULL or "" */
char *vs_format_setting(const char *key, const char *text);
/** vs_format_unit: (transfer full): @number with @unit (nullable) */
char *vs_format_unit(const char *number, const char *unit);
/** vs_format_range: (transfer full): what @info allows: "on, off", "nice, slice, fifo", "1 .. 49" */
char *vs_format_range(const VsSettingInfo *info);
/** vs_format_default: (transfer full): as in XML */
char *vs_format_default(const VsSettingInfo *info);
/** vs_format_type: "bool", "uint" or "enum" */
const char *vs_format_type(const VsSettingInfo *info);
/** vs_format_ns: (transfer full): "0", "850 ns", "12.5 us", "1.2 s", "2 min 5 s", "3 h 7 min" */
char *vs_format_ns(gint64 ns);
/** vs_format_bytes: (transfer full): "0", "512 B", "4.0 KiB", "12.5 MiB" */
char *vs_format_bytes(guint64 bytes);
/** vs_format_share: (transfer full): "1.2 s (3.1 %)"; without the share when @whole_ns is 0 */
char *vs_format_share(guint64 ns, guint64 whole_ns);

G_END_DECLS

#endif /* VS_FORMAT_H */
