/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which threads of a QEMU serve its vCPUs. For virtschedd-backend-kmod.c alone.
 */
#ifndef VIRTSCHEDD_BACKEND_KMOD_SERVANTS_H
#define VIRTSCHEDD_BACKEND_KMOD_SERVANTS_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vsd_kmod_add_servants: appends the emulator thread and the I/O threads, as VS_ID_SERVANT and 0, 1, ...
 * @refs: (element-type struct vs_vcpu_ref): with the vCPUs already; never gets longer than the module takes
 * @pid: QEMU
 *
 * Who cannot be found is left out: the vCPUs do without.
 */
void vsd_kmod_add_servants(GArray *refs, gint pid);

G_END_DECLS

#endif /* VIRTSCHEDD_BACKEND_KMOD_SERVANTS_H */
