/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the hook reads: all of it comes from others, so all of it is bounded and checked here. Changes nothing.
 */
#ifndef VS_HOOK_INPUT_H
#define VS_HOOK_INPUT_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vs_hook_read_xml: (transfer full) (nullable): text from @fd, up to 8 MiB
 * @needle: (nullable): %NULL without an error is returned when the text does not have it: spares the XML parser
 * Errors: VS_ERROR_INVALID_XML (too large, or with a NUL byte), VS_ERROR_FAILED (cannot be read)
 */
char *vs_hook_read_xml(int fd, const char *needle, GError **error);

/** vs_hook_read_status: (transfer full): libvirt's status file of the running domain @name (bytes, unchecked) */
char *vs_hook_read_status(const char *root, const char *name, GError **error);

/** vs_hook_has_records: whether any domain of this host is wired */
gboolean vs_hook_has_records(const char *root);

G_END_DECLS

#endif /* VS_HOOK_INPUT_H */
