/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One GError domain for all of userspace, registered with its D-Bus names, so that an error keeps its cause on its way
 * from the daemon to the command. One code per cause that a caller can act on.
 */
#ifndef VS_ERROR_H
#define VS_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * VsError:
 * @VS_ERROR_FAILED: anything without a code of its own
 * @VS_ERROR_INVALID_XML: our element is malformed or has something unknown in it; the text has line and name
 * @VS_ERROR_INVALID_VALUE: a value is of the wrong type, out of range or contradicts another one; the text has the range
 * @VS_ERROR_UNKNOWN_SETTING: no setting has this key
 * @VS_ERROR_NO_DOMAIN: no domain has this name, id or UUID
 * @VS_ERROR_NOT_RUNNING: --live asked of a domain that is shut off
 * @VS_ERROR_DENIED: polkit said no
 * @VS_ERROR_UNSUPPORTED: kernel, host or domain cannot do it; the text says which and what would help
 * @VS_ERROR_NO_MODULE: virtsched.ko is missing or of another version
 * @VS_ERROR_NO_LIBVIRT: no connection to libvirt
 * @VS_ERROR_NO_DAEMON: virtschedd cannot be reached (command only)
 * @VS_ERROR_GONE: the domain ended while it was being worked on
 * @VS_ERROR_LIMIT: this caller, or all together, hold as many leases, or have as many calls waiting, as they may
 * @VS_ERROR_NO_LEASE: the caller holds no lease with this cookie
 *
 * D-Bus names are VS_BUS_ERROR_PREFIX + Failed, InvalidXml, InvalidValue, UnknownSetting, NoDomain, NotRunning, Denied,
 * Unsupported, NoModule, NoLibvirt, NoDaemon, Gone, LimitReached, NoLease.
 */
typedef enum {
    VS_ERROR_FAILED,
    VS_ERROR_INVALID_XML,
    VS_ERROR_INVALID_VALUE,
    VS_ERROR_UNKNOWN_SETTING,
    VS_ERROR_NO_DOMAIN,
    VS_ERROR_NOT_RUNNING,
    VS_ERROR_DENIED,
    VS_ERROR_UNSUPPORTED,
    VS_ERROR_NO_MODULE,
    VS_ERROR_NO_LIBVIRT,
    VS_ERROR_NO_DAEMON,
    VS_ERROR_GONE,
    VS_ERROR_LIMIT,
    VS_ERROR_NO_LEASE,
    VS_ERROR_LAST, /* number of codes */
} VsError;

#define VS_ERROR (vs_error_quark())
GQuark vs_error_quark(void);

G_END_DECLS

#endif /* VS_ERROR_H */
