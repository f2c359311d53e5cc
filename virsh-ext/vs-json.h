/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --json: every verb prints one JSON object, promised in the man page. Names are lower case with '-'; a setting's value
 * has JSON's own type (true/false, number, string), null is "not set". Thin helpers over json-glib.
 */
#ifndef VS_JSON_H
#define VS_JSON_H

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/** vs_json_string: member @name; null for %NULL or "" */
void vs_json_string(JsonBuilder *builder, const char *name, const char *value);
void vs_json_int(JsonBuilder *builder, const char *name, gint64 value);
void vs_json_bool(JsonBuilder *builder, const char *name, gboolean value);
/** vs_json_setting: member @name: value of setting @key, @text as in XML; null for %NULL or "" */
void vs_json_setting(JsonBuilder *builder, const char *name, const char *key, const char *text);
/** vs_json_begin: member @name that is an array, ended by json_builder_end_array() */
void vs_json_begin(JsonBuilder *builder, const char *name);
/** vs_json_print: the finished document to standard output, indented */
void vs_json_print(JsonBuilder *builder);

G_END_DECLS

#endif /* VS_JSON_H */
