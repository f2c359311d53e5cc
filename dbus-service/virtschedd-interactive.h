/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interactive phases of one domain, between what its settings say and the backend.
 */
#ifndef VIRTSCHEDD_INTERACTIVE_H
#define VIRTSCHEDD_INTERACTIVE_H

#include "virtschedd-domain.h"

G_BEGIN_DECLS

/** vsd_interactive_bring: after attach: brings the kernel to what the plan says; what came of it is in the outcome */
void vsd_interactive_bring(VsdDomain *self, const VsdKernel *kernel);
/** vsd_interactive_release: cgroup weights as they were; the kernel's part is its own */
void vsd_interactive_release(VsdDomain *self);
/** vsd_interactive_phase: starts a phase of @ms, or ends the one that is on (@ms 0) */
gboolean vsd_interactive_phase(VsdDomain *self, const VsdKernel *kernel, guint ms, GError **error);
/** vsd_interactive_tasks: floating (a{sv}aa{sv}aa{sv}) for GetTasks, %NULL with error */
GVariant *vsd_interactive_tasks(VsdDomain *self, const VsdKernel *kernel, GError **error);
/** vsd_interactive_changed: the kernel says that a phase began or ended */
void vsd_interactive_changed(VsdDomain *self, const VsdKernel *kernel, gboolean on);

G_END_DECLS

#endif /* VIRTSCHEDD_INTERACTIVE_H */
