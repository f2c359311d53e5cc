/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder under inotify. GFileMonitor would do, but asks the kernel for writes as well, and looks every 4 s for a folder
 * that is missing; virtschedd is to sleep when nothing happens.
 */
#include "virtschedd-watch.h"

#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

#define MASK (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR)

struct _VsdWatch {
    int fd;
    guint source;
    VsdWatchEvent event;
    gpointer data;
};

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    _Alignas(struct inotify_event) char buffer[4096];
    ssize_t len = read(fd, buffer, sizeof(buffer));
    VsdWatch *self = data;

    for (const char *at = buffer; len > 0 && at < buffer + len;) {
        const struct inotify_event *e = (const struct inotify_event *)at;

        self->event(e->mask & (IN_Q_OVERFLOW | IN_IGNORED) ? NULL : e->name, self->data);
        at += sizeof(*e) + e->len;
    }
    return G_SOURCE_CONTINUE;
}

VsdWatch *vsd_watch_new(const char *folder, VsdWatchEvent event, gpointer data)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    VsdWatch *self;

    if (fd < 0 || inotify_add_watch(fd, folder, MASK) < 0) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    self = g_new0(VsdWatch, 1);
    *self = (VsdWatch){.fd = fd, .source = g_unix_fd_add(fd, G_IO_IN, on_readable, self), .event = event, .data = data};
    return self;
}

void vsd_watch_free(VsdWatch *self)
{
    g_source_remove(self->source);
    close(self->fd);
    g_free(self);
}
