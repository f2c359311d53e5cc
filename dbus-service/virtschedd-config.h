/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's own settings: /etc/virtsched/virtschedd.conf, the drop-ins beside it, and the profiles.
 */
#ifndef VIRTSCHEDD_CONFIG_H
#define VIRTSCHEDD_CONFIG_H

#include "virtschedd-rules.h"

G_BEGIN_DECLS

/**
 * VsdConfig: @enabled: FALSE: no domain gets anything; @ceiling: the host admin's limits
 * @rules: (nullable) (element-type VsdRule): in the order in which they are tried; @profiles: (nullable): of files, word -> VsSettings
 */
typedef struct {
    gboolean enabled;
    VsCeiling ceiling;
    GPtrArray *rules;
    GHashTable *profiles;
} VsdConfig;

/**
 * vsd_config_load: defaults with what @path sets, then the files *.conf in @path + ".d" by name, then @root's profiles; what is
 * not there is the defaults
 * @config_ret: (out): to be cleared
 * Errors: VS_ERROR_INVALID_VALUE with file, key and allowed range; @config_ret is not touched then
 */
gboolean vsd_config_load(const char *path, const char *root, VsdConfig *config_ret, GError **error);
void vsd_config_clear(VsdConfig *config);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VsdConfig, vsd_config_clear)

G_END_DECLS

#endif /* VIRTSCHEDD_CONFIG_H */
