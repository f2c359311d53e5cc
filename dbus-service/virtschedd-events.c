/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's event loop on the GLib main context. libvirt may add and change handles from any thread; they are called
 * back on the main one. A watch that is removed frees its opaque data from an idle source, as libvirt asks for.
 */
#include "virtschedd-events.h"

#include <glib-unix.h>
#include <libvirt/libvirt.h>

typedef struct {
    int id;
    gboolean is_timeout;
    int fd;
    int value; /* events of a handle, ms of a timeout (-1: off) */
    GSource *source;
    union {
        virEventHandleCallback handle;
        virEventTimeoutCallback timeout;
    } call;
    void *opaque;
    virFreeCallback free;
} Watch;

static GMutex lock;
static GHashTable *watches; /* id -> Watch; under lock */
static int next_id = 1;

static const struct {
    int libvirt;
    GIOCondition glib;
} conditions[] = {
    {VIR_EVENT_HANDLE_READABLE, G_IO_IN},
    {VIR_EVENT_HANDLE_WRITABLE, G_IO_OUT},
    {VIR_EVENT_HANDLE_ERROR, G_IO_ERR},
    {VIR_EVENT_HANDLE_HANGUP, G_IO_HUP},
};

static GIOCondition to_glib(int events)
{
    GIOCondition condition = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
        condition |= events & conditions[i].libvirt ? conditions[i].glib : 0;
    return condition;
}

static int to_libvirt(GIOCondition condition)
{
    int events = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
        events |= condition & conditions[i].glib ? conditions[i].libvirt : 0;
    return events;
}

static gboolean on_handle(gint fd, GIOCondition condition, gpointer data)
{
    Watch *w = data;

    w->call.handle(w->id, fd, to_libvirt(condition), w->opaque);
    return G_SOURCE_CONTINUE;
}

static gboolean on_timeout(gpointer data)
{
    Watch *w = data;

    w->call.timeout(w->id, w->opaque);
    return G_SOURCE_CONTINUE;
}

/* Replace the source of a watch by what its value asks for. Context: lock held. */
static void watch_arm(Watch *w)
{
    if (w->source) {
        g_source_destroy(w->source);
        g_clear_pointer(&w->source, g_source_unref);
    }
    if (w->is_timeout && w->value >= 0) {
        w->source = g_timeout_source_new(w->value);
        g_source_set_callback(w->source, on_timeout, w, NULL);
    } else if (!w->is_timeout && w->value) {
        w->source = g_unix_fd_source_new(w->fd, to_glib(w->value));
        g_source_set_callback(w->source, G_SOURCE_FUNC(on_handle), w, NULL);
    }
    if (w->source)
        g_source_attach(w->source, NULL);
}

static int watch_add(Watch *w)
{
    int id;

    g_mutex_lock(&lock);
    id = w->id = next_id++;
    g_hash_table_insert(watches, GINT_TO_POINTER(w->id), w);
    watch_arm(w);
    g_mutex_unlock(&lock);
    return id;
}

static void watch_update(int id, int value)
{
    Watch *w;

    g_mutex_lock(&lock);
    w = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
    if (w && w->value != value) {
        w->value = value;
        watch_arm(w);
    } else if (w && w->is_timeout) {
        watch_arm(w);
    }
    g_mutex_unlock(&lock);
}

static gboolean watch_free(gpointer data)
{
    Watch *w = data;

    if (w->free)
        w->free(w->opaque);
    g_free(w);
    return G_SOURCE_REMOVE;
}

static int watch_remove(int id)
{
    Watch *w;

    g_mutex_lock(&lock);
    w = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
    if (w) {
        g_hash_table_steal(watches, GINT_TO_POINTER(id));
        w->value = w->is_timeout ? -1 : 0;
        watch_arm(w);
        g_idle_add(watch_free, w);
    }
    g_mutex_unlock(&lock);
    return w ? 0 : -1;
}

static int add_handle(int fd, int events, virEventHandleCallback call, void *opaque, virFreeCallback free)
{
    Watch *w = g_new0(Watch, 1);

    *w = (Watch){.fd = fd, .value = events, .call.handle = call, .opaque = opaque, .free = free};
    return watch_add(w);
}

static int add_timeout(int ms, virEventTimeoutCallback call, void *opaque, virFreeCallback free)
{
    Watch *w = g_new0(Watch, 1);

    *w = (Watch){.is_timeout = TRUE, .value = ms, .call.timeout = call, .opaque = opaque, .free = free};
    return watch_add(w);
}

void vsd_events_register(void)
{
    watches = g_hash_table_new(NULL, NULL);
    virEventRegisterImpl(add_handle, watch_update, watch_remove, add_timeout, watch_update, watch_remove);
}
