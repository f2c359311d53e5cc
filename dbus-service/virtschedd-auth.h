/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may: the only file that talks to polkit. Never blocks: a hanging polkit delays the one who asked, nobody else.
 */
#ifndef VIRTSCHEDD_AUTH_H
#define VIRTSCHEDD_AUTH_H

#include <gio/gio.h>

G_BEGIN_DECLS

/** VsdAuthDone: on the main thread, only when allowed; otherwise the invocation was answered with Denied or LimitReached already */
typedef void (*VsdAuthDone)(GDBusMethodInvocation *invocation, gpointer data);

/**
 * vsd_auth_check: asks polkit whether the caller may
 * @action: VS_POLKIT_*
 * @driver: @name: @uuid: (nullable): details connect_driver, domain_name, domain_uuid for polkit's rules
 * @data: for @done; freed by g_free() after the answer, whatever it is
 */
void vsd_auth_check(GDBusMethodInvocation *invocation, const char *action, const char *driver, const char *name,
                    const char *uuid, VsdAuthDone done, gpointer data);

G_END_DECLS

#endif /* VIRTSCHEDD_AUTH_H */
