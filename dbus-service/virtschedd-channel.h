/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device of the guest channel in a domain's XML: is it there, put it in, take it out. Called by virtschedd-change.c; blocks on
 * libvirt.
 */
#ifndef VIRTSCHEDD_CHANNEL_H
#define VIRTSCHEDD_CHANNEL_H

#include <glib.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

/** vsd_channel_there: whether the copy @flag (VIR_DOMAIN_AFFECT_LIVE or _CONFIG) of @domain has the device */
gboolean vsd_channel_there(virDomainPtr domain, unsigned int flag, gboolean *there_ret, GError **error);
/**
 * vsd_channel_set: puts the device in or takes it out. From a running guest it goes when the guest lets it go: success
 * means that it was asked to.
 */
gboolean vsd_channel_set(virDomainPtr domain, unsigned int flag, gboolean there, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_CHANNEL_H */
