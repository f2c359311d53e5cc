/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing our element of one domain through libvirt, all or nothing.
 */
#ifndef VIRTSCHEDD_CHANGE_H
#define VIRTSCHEDD_CHANGE_H

#include <libvirt/libvirt.h>

#include "vs-settings.h"

G_BEGIN_DECLS

/** VsdChannelWish: what is to become of the guest channel's device */
typedef enum {
    VSD_CHANNEL_KEEP,
    VSD_CHANNEL_ADD,
    VSD_CHANNEL_REMOVE,
} VsdChannelWish;

/**
 * VsdChange: a request
 * @set: settings to merge in; @unset: (array zero-terminated=1): keys to take out, "*" is all
 * @channel: the device, in the same copies; reported as a change of "channel"
 * @flags: VIR_DOMAIN_AFFECT_*; @dry_run: only say what would change
 */
typedef struct {
    VsSettings *set;
    char **unset;
    VsdChannelWish channel;
    unsigned int flags;
    gboolean dry_run;
} VsdChange;

void vsd_change_free(VsdChange *change);

/**
 * vsd_change_run: blocks on libvirt: not on the main thread
 * Returns: (transfer full) (element-type VsSettingChange): rows that change, of the first copy asked for that differs
 * Errors: VS_ERROR_NOT_RUNNING, VS_ERROR_INVALID_VALUE, VS_ERROR_INVALID_XML (what is there cannot be read), VS_ERROR_FAILED;
 * no copy is changed then, as far as libvirt lets us put the first one back when the second one fails
 */
GPtrArray *vsd_change_run(virDomainPtr domain, const VsdChange *change, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_CHANGE_H */
