/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Settings as they come over D-Bus, a{sv} and a{ss}: one value as text, all keys in the table's order. Used by show,
 * why and set. Keys that this command does not know come last and are shown like the others.
 */
#ifndef VS_VALUES_H
#define VS_VALUES_H

#include <glib.h>

G_BEGIN_DECLS

/** vs_values_get: (transfer full) (nullable): value of @key in @dict (nullable, a{sv} or a{ss}) as in XML; %NULL when it is not there */
char *vs_values_get(GVariant *dict, const char *key);
/** vs_values_keys: (transfer full) (element-type utf8): keys of all @dicts (@n of them, each nullable), without "", in the table's order */
GPtrArray *vs_values_keys(GVariant *const *dicts, gsize n);
/** vs_values_section: (transfer full): what stands before the key's first dot; "general" when there is none */
char *vs_values_section(const char *key);

G_END_DECLS

#endif /* VS_VALUES_H */
