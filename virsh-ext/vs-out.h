/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Standard output and standard error as a whole: which bytes leave, and whether they did. Used by vs.c alone.
 */
#ifndef VS_OUT_H
#define VS_OUT_H

#include <glib.h>

G_BEGIN_DECLS

/** vs_out_begin: before anything else; nothing that is opened later can become one of the three standard files */
void vs_out_begin(void);
/** vs_out_end: FALSE with @error when not everything could be written */
gboolean vs_out_end(GError **error);

G_END_DECLS

#endif /* VS_OUT_H */
