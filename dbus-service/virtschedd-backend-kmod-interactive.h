/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the kmod backend that is about interactive phases; called by virtschedd-backend-kmod.c alone.
 */
#ifndef VIRTSCHEDD_BACKEND_KMOD_INTERACTIVE_H
#define VIRTSCHEDD_BACKEND_KMOD_INTERACTIVE_H

#include "virtschedd-backend.h"

G_BEGIN_DECLS

/** All take the open device and the domain's UUID as bytes; errors say what is wrong and, where there is one, the cure. */
gboolean vsd_kmod_interactive(int device, const guint8 *uuid, const VsdInteractive *want, char **input_ret, GError **error);
gboolean vsd_kmod_phase(int device, const guint8 *uuid, guint ms, GError **error);
VsdTasks *vsd_kmod_tasks(int device, const guint8 *uuid, GError **error);

G_END_DECLS

#endif /* VIRTSCHEDD_BACKEND_KMOD_INTERACTIVE_H */
