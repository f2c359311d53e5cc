/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a guest shares with the host, handed to the kernel. Called by virtschedd-backend-kmod.c alone.
 */
#ifndef VIRTSCHEDD_BACKEND_KMOD_CHANNEL_H
#define VIRTSCHEDD_BACKEND_KMOD_CHANNEL_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vsd_kmod_channel: has the kernel heed the guest's words
 * @fd: of /dev/virtsched, with control
 * @uuid: 16 bytes
 * @path: (nullable): QEMU's file; %NULL takes the channel away
 * @nr: the highest vCPU's number and one; those beyond what the file has room for have no voice
 * @pid: QEMU: the file has to belong to its user
 */
gboolean vsd_kmod_channel(int fd, const guint8 *uuid, const char *path, guint nr, gint pid, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_BACKEND_KMOD_CHANNEL_H */
