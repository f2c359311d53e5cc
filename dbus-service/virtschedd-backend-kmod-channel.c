/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a guest shares with the host: opened with suspicion, mapped, handed to the kernel, unmapped. QEMU and the
 * guest can write it at any time; nothing is read from it here.
 */
#include "virtschedd-backend-kmod-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kmod/uapi/virtsched-page.h"
#include "../kmod/uapi/virtsched.h"
#include "vs-error.h"

/* Requests of a session before count no more, so no two in a row are alike; a guest's copy of an old one is a random hit at worst. */
static guint32 new_session(void)
{
    static guint16 last;
    guint16 session;

    do {
        session = (guint16)g_random_int();
    } while (session == 0 || session == last);
    last = session;
    return session;
}

static gboolean refuse(const char *what, const char *path, const char *why, GError **error)
{
    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "%s %s: %s", what, path, why);
    return FALSE;
}

/* Whose file is it? Only QEMU's own, or root's, is what libvirt made. */
static gboolean check_file(int file, const char *path, gint pid, GError **error)
{
    g_autofree char *process = g_strdup_printf("/proc/%d", pid);
    struct stat st, qemu;

    if (fstat(file, &st) < 0 || stat(process, &qemu) < 0)
        return refuse("look at", path, g_strerror(errno), error);
    if (!S_ISREG(st.st_mode) || st.st_size < VS_PAGE_DEVICE_SIZE)
        return refuse("use", path, "not a file of at least 1 MiB; is it the domain's own shmem device?", error);
    if (st.st_uid != 0 && st.st_uid != qemu.st_uid)
        return refuse("use", path, "it belongs to another user than QEMU; remove it and start the domain again", error);
    return TRUE;
}

static gboolean hand_over(int fd, struct vs_channel *channel, const char *path, GError **error)
{
    if (ioctl(fd, VS_IOC_CHANNEL, channel) == 0)
        return TRUE;
    return refuse("share", path, errno == ENOTTY ? "virtsched.ko is too old; install both of one version" : g_strerror(errno), error);
}

gboolean vsd_kmod_channel(int fd, const guint8 *uuid, const char *path, guint nr, gint pid, GError **error)
{
    struct vs_channel channel = {.size = sizeof(channel), .nr_pages = path ? MIN(nr, VS_PAGE_SLOTS) + 1 : 0};
    gsize length = (gsize)channel.nr_pages * VS_PAGE_SIZE;
    gboolean done = FALSE;
    void *memory;
    int file;

    memcpy(channel.uuid, uuid, VS_UUID_LEN);
    if (!path)
        return hand_over(fd, &channel, "the channel", error);
    file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return refuse("open", path, g_strerror(errno), error);
    if (check_file(file, path, pid, error)) {
        memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory == MAP_FAILED) {
            refuse("map", path, g_strerror(errno), error);
        } else {
            channel.addr = (guintptr)memory;
            channel.session = new_session();
            done = hand_over(fd, &channel, path, error);
            munmap(memory, length);
        }
    }
    close(file);
    return done;
}
