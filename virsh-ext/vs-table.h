/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table as virsh prints them: heads, a line of dashes, cells padded with spaces. All rows are collected first, and
 * each column's width is computed once. Knows no verb; cells come from vs-format.c.
 */
#ifndef VS_TABLE_H
#define VS_TABLE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VsTable VsTable;

/** vs_table_new: @head: (transfer none): first of the heads, ended by %NULL */
VsTable *vs_table_new(const char *head, ...) G_GNUC_NULL_TERMINATED;
void vs_table_free(VsTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsTable, vs_table_free)

/** vs_table_add: one cell for each head, exactly; %NULL or "" shows as "-", in the last column as nothing */
void vs_table_add(VsTable *table, ...);
/** vs_table_section: a line of its own above the rows that follow */
void vs_table_section(VsTable *table, const char *title);
/** vs_table_print: to standard output; @heads: with heads and dashes */
void vs_table_print(const VsTable *table, gboolean heads);

G_END_DECLS

#endif /* VS_TABLE_H */
