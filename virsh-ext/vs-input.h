/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files and standard input that verbs read as a whole: validate, xml, apply. Bounded.
 */
#ifndef VS_INPUT_H
#define VS_INPUT_H

#include <glib.h>

G_BEGIN_DECLS

/** vs_input_read: (transfer full): text of file @name, "-" is standard input. Errors: GIO's; VS_ERROR_FAILED for more than 16 MiB; VS_ERROR_INVALID_XML for a NUL */
char *vs_input_read(const char *name, GError **error);

G_END_DECLS

#endif /* VS_INPUT_H */
