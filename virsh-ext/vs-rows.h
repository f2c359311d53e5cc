/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of a{sv} as the daemon's GetStats and GetTasks return them: looking up numbers and words, and all of one as JSON.
 */
#ifndef VS_ROWS_H
#define VS_ROWS_H

#include "vs-json.h"

G_BEGIN_DECLS

/** vs_row_number: value of @key of any unsigned type; 0 when it is not there */
guint64 vs_row_number(GVariant *row, const char *key);
/** vs_row_word: (transfer full) (nullable): */
char *vs_row_word(GVariant *row, const char *key);
/** vs_row_json: a JSON object of all that is in @row, known or not */
void vs_row_json(JsonBuilder *builder, GVariant *row);

G_END_DECLS

#endif /* VS_ROWS_H */
