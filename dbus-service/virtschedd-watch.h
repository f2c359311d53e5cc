/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that come into a folder, are replaced in it or leave it. One inotify each, with no other event than those: nobody
 * is woken by writes to /dev/null, and nothing polls for a folder that is not there.
 */
#ifndef VIRTSCHEDD_WATCH_H
#define VIRTSCHEDD_WATCH_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VsdWatch VsdWatch;

/** VsdWatchEvent: on the main thread; @name: without folder; %NULL: events were lost, or the folder itself is gone */
typedef void (*VsdWatchEvent)(const char *name, gpointer data);

/** vsd_watch_new: (transfer full) (nullable): %NULL when there is no such folder */
VsdWatch *vsd_watch_new(const char *folder, VsdWatchEvent event, gpointer data);
/** vsd_watch_free: not from inside of its own event */
void vsd_watch_free(VsdWatch *self);

G_END_DECLS

#endif /* VIRTSCHEDD_WATCH_H */
