/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cpu.weight of libvirt's own vcpuN cgroups, for the time of a phase, where nice values of vCPUs do not meet (vcpu_quota).
 */
#ifndef VIRTSCHEDD_WEIGHTS_H
#define VIRTSCHEDD_WEIGHTS_H

#include "virtschedd-backend.h"

G_BEGIN_DECLS

/** VsdWeights: what was changed of one domain's vCPUs, and is in a record below VS_RUN_DIR as well */
typedef struct _VsdWeights VsdWeights;

/** vsd_weights_new: (transfer full): what a daemon before us has left changed is put back. @pid: QEMU; @root: prefix of all paths */
VsdWeights *vsd_weights_new(const char *root, const char *uuid, gint pid);
/** vsd_weights_free: puts everything back. %NULL is fine */
void vsd_weights_free(VsdWeights *self);
/** vsd_weights_set: background vCPUs of @vcpus (of VsdVcpuPhase) have @background / @interactive of their weight, the others all of it */
void vsd_weights_set(VsdWeights *self, const GArray *vcpus, guint interactive, guint background);
/** vsd_weights_forget: the domain is gone, and its cgroups with it: drop what is recorded of it */
void vsd_weights_forget(const char *root, const char *uuid);

G_END_DECLS

#endif /* VIRTSCHEDD_WEIGHTS_H */
