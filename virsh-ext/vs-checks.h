/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of this host that need no daemon: is what virtsched builds upon there? Used by doctor. Only looks at files,
 * below VS_ENV_ROOT in tests; starts nothing, asks nobody.
 */
#ifndef VS_CHECKS_H
#define VS_CHECKS_H

#include <glib.h>

G_BEGIN_DECLS

/** VsCheck: @id: one word; @status: "ok", "warn" or "fail"; @found: what was found; @cure: "" or what to do */
typedef struct {
    char *id;
    char *status;
    char *found;
    char *cure;
} VsCheck;
void vs_check_free(VsCheck *check);

/** vs_check_new: (transfer full): copies all */
VsCheck *vs_check_new(const char *id, const char *status, const char *found, const char *cure);
/** vs_checks_local: (transfer full) (element-type VsCheck) */
GPtrArray *vs_checks_local(void);

G_END_DECLS

#endif /* VS_CHECKS_H */
