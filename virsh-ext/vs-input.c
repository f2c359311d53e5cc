/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-input.h.
 */
#include "vs-input.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "vs-error.h"

/* No domain XML and no list of settings comes near it; a pipe that never ends must not fill the memory. */
#define INPUT_MAX (16 * 1024 * 1024)

static char *read_stream(GInputStream *stream, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[16384];
    gssize n;

    while ((n = g_input_stream_read(stream, buffer, sizeof(buffer), NULL, error)) > 0) {
        g_string_append_len(text, buffer, n);
        if (text->len > INPUT_MAX) {
            g_set_error(error, VS_ERROR, VS_ERROR_FAILED, _("more than %d MiB; this is none of ours"), INPUT_MAX / 1024 / 1024);
            return NULL;
        }
    }
    if (n < 0)
        return NULL;
    if (memchr(text->str, '\0', text->len)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, _("a NUL byte in it; this is none of ours"));
        return NULL;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *vs_input_read(const char *name, GError **error)
{
    g_autoptr(GInputStream) stream = NULL;

    if (g_str_equal(name, "-")) {
        stream = g_unix_input_stream_new(STDIN_FILENO, FALSE);
    } else {
        g_autoptr(GFile) file = g_file_new_for_path(name);

        stream = G_INPUT_STREAM(g_file_read(file, NULL, error));
    }
    return stream ? read_stream(stream, error) : NULL;
}
