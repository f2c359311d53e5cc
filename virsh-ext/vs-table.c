/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-table.h. Widths are terminal columns, not bytes: domain names and reasons are UTF-8.
 */
#include "vs-table.h"

#include <stdarg.h>

#include "vs-format.h"

#define COLUMN_GAP 3

struct _VsTable {
    GPtrArray *heads; /* of char * */
    GPtrArray *rows;  /* of GStrv: one cell a head, or a single cell, the section's title */
};

static guint text_width(const char *text)
{
    guint width = 0;

    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);

        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

VsTable *vs_table_new(const char *head, ...)
{
    VsTable *table = g_new0(VsTable, 1);
    va_list args;

    table->heads = g_ptr_array_new_with_free_func(g_free);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
    va_start(args, head);
    for (; head; head = va_arg(args, const char *))
        g_ptr_array_add(table->heads, g_strdup(head));
    va_end(args);
    return table;
}

void vs_table_free(VsTable *table)
{
    g_ptr_array_unref(table->heads);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void vs_table_add(VsTable *table, ...)
{
    char **cells = g_new0(char *, table->heads->len + 1);
    va_list args;

    va_start(args, table);
    for (guint i = 0; i < table->heads->len; i++) {
        const char *cell = va_arg(args, const char *);

        if (!cell || !*cell)
            cell = i + 1 == table->heads->len ? "" : "-";
        cells[i] = vs_format_safe(cell);
    }
    va_end(args);
    g_ptr_array_add(table->rows, cells);
}

void vs_table_section(VsTable *table, const char *title)
{
    char **cells = g_new0(char *, 2);

    cells[0] = vs_format_safe(title);
    g_ptr_array_add(table->rows, cells);
}

static gboolean is_section(const VsTable *table, const char *const *cells)
{
    return table->heads->len > 1 && !cells[1];
}

static void append_row(GString *text, const char *const *cells, const guint *widths, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_string_append_printf(text, "%*s%s", i ? COLUMN_GAP : 1, "", cells[i]);
        if (i + 1 < n)
            g_string_append_printf(text, "%*s", (int) (widths[i] - text_width(cells[i])), "");
    }
    while (text->len && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    g_string_append_c(text, '\n');
}

static void measure(const VsTable *table, gboolean heads, guint *widths)
{
    for (guint i = 0; i < table->heads->len; i++)
        widths[i] = heads ? text_width(table->heads->pdata[i]) : 0;
    for (guint r = 0; r < table->rows->len; r++) {
        const char *const *cells = table->rows->pdata[r];

        for (guint i = 0; !is_section(table, cells) && i < table->heads->len; i++)
            widths[i] = MAX(widths[i], text_width(cells[i]));
    }
}

void vs_table_print(const VsTable *table, gboolean heads)
{
    guint n = table->heads->len;
    g_autofree guint *widths = g_new0(guint, n);
    g_autoptr(GString) text = g_string_new(NULL);

    measure(table, heads, widths);
    if (heads) {
        guint total = 1;

        append_row(text, (const char *const *) table->heads->pdata, widths, n);
        for (guint i = 0; i < n; i++)
            total += widths[i] + (i ? COLUMN_GAP : 1);
        for (guint i = 0; i < total; i++)
            g_string_append_c(text, '-');
        g_string_append_c(text, '\n');
    }
    for (guint r = 0; r < table->rows->len; r++) {
        const char *const *cells = table->rows->pdata[r];

        if (is_section(table, cells))
            g_string_append_printf(text, "%s\n", cells[0]);
        else
            append_row(text, cells, widths, n);
    }
    g_print("%s", text->str);
}
