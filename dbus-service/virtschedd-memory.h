/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon's own size.
 */
#ifndef VIRTSCHEDD_MEMORY_H
#define VIRTSCHEDD_MEMORY_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vsd_memory_give_back: unmaps code and tables of libraries until they are used again, and trims the heap
 * Once, after the start. Breakpoints that a debugger set before are lost.
 */
void vsd_memory_give_back(void);

G_END_DECLS

#endif /* VIRTSCHEDD_MEMORY_H */
