/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's own settings: /etc/virtsched/virtschedd.conf.
 */
#ifndef VIRTSCHEDD_CONFIG_H
#define VIRTSCHEDD_CONFIG_H

#include "vs-settings.h"

G_BEGIN_DECLS

/** VsdConfig: @enabled: FALSE: no domain gets anything; @ceiling: the host admin's limits */
typedef struct {
    gboolean enabled;
    VsCeiling ceiling;
} VsdConfig;

/**
 * vsd_config_load: defaults with what @path sets; a file that is not there is the defaults
 * Errors: VS_ERROR_INVALID_VALUE with file, key and allowed range; @config_ret is not touched then
 */
gboolean vsd_config_load(const char *path, VsdConfig *config_ret, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_CONFIG_H */
