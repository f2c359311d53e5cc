/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: boosts that callers hold for a while, each ended by its cookie or with the connection of who holds it. Called by the
 * manager and the calls; decides nothing about the domain.
 */
#ifndef VIRTSCHEDD_LEASES_H
#define VIRTSCHEDD_LEASES_H

#include <gio/gio.h>

G_BEGIN_DECLS

#define VSD_LEASES_PER_CALLER 16
#define VSD_LEASES_IN_ALL 256
#define VSD_LEASE_TEXT_MAX 200 /* bytes of a reason, and of an application's name */

typedef struct _VsdLeases VsdLeases;

/** VsdLeasesChanged: the leases of domain @uuid are others now */
typedef void (*VsdLeasesChanged)(const char *uuid, gpointer data);

VsdLeases *vsd_leases_new(GDBusConnection *connection, VsdLeasesChanged changed, gpointer data);
/** vsd_leases_free: ends all of them, without a call of @changed */
void vsd_leases_free(VsdLeases *self);

/**
 * vsd_leases_hold: a lease of @owner (unique bus name) for domain @uuid
 * Returns: its cookie, 0 with @error. Errors: VS_ERROR_LIMIT; VS_ERROR_INVALID_VALUE for an empty or long text
 */
guint vsd_leases_hold(VsdLeases *self, const char *owner, const char *uuid, const char *reason, const char *application, GError **error);
/** vsd_leases_release: Errors: VS_ERROR_NO_LEASE: @owner has none with this cookie */
gboolean vsd_leases_release(VsdLeases *self, const char *owner, guint cookie, GError **error);
/** vsd_leases_forget: the domain is gone, and its leases with it, without a call of @changed */
void vsd_leases_forget(VsdLeases *self, const char *uuid);
/** vsd_leases_of: floating a(ss): (application, reason) of each lease of domain @uuid, oldest first */
GVariant *vsd_leases_of(VsdLeases *self, const char *uuid);
gboolean vsd_leases_has(VsdLeases *self, const char *uuid);

G_END_DECLS

#endif /* VIRTSCHEDD_LEASES_H */
