// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bounded reading of what libvirt hands the hook; see vs-hook-input.h. Called in the guard's child only.
 */
#include "vs-hook-input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vs-error.h"
#include "vs-names.h"

#define TEXT_MAX (8u << 20) /* bytes; a domain with hundreds of devices has a tenth of a MiB */
#define CHUNK 65536u

typedef int Descriptor;

static void descriptor_close(Descriptor *fd)
{
    if (*fd >= 0)
        close(*fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Descriptor, descriptor_close)

static GByteArray *read_bytes(int fd, const char *what, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gssize got;

    do {
        guint have = bytes->len;

        g_byte_array_set_size(bytes, have + CHUNK);
        got = read(fd, bytes->data + have, CHUNK);
        g_byte_array_set_size(bytes, have + (got > 0 ? (guint)got : 0));
        if (bytes->len > TEXT_MAX) {
            g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read %s: larger than %u MiB", what, TEXT_MAX >> 20);
            return NULL;
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "read %s: %s", what, g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

static char *to_text(GByteArray *bytes, const char *what, GError **error)
{
    const guint8 end = '\0';

    if (bytes->len > 0 && memchr(bytes->data, '\0', bytes->len)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read %s: it has a NUL byte", what);
        return NULL;
    }
    g_byte_array_append(bytes, &end, 1);
    return (char *)g_byte_array_steal(bytes, NULL);
}

char *vs_hook_read_xml(int fd, const char *needle, GError **error)
{
    g_autoptr(GByteArray) bytes = read_bytes(fd, "domain XML on stdin", error);

    if (!bytes || (needle && (bytes->len == 0 || !memmem(bytes->data, bytes->len, needle, strlen(needle)))))
        return NULL;
    return to_text(bytes, "domain XML on stdin", error);
}

char *vs_hook_read_status(const char *root, const char *name, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s" VS_LIBVIRT_STATUS_DIR "/%s.xml", root, name);
    g_auto(Descriptor) fd = -1;
    g_autoptr(GByteArray) bytes = NULL;
    struct stat status;

    if (*name == '\0' || strchr(name, '/')) {
        g_set_error_literal(error, VS_ERROR, VS_ERROR_FAILED, "find status file: the name is no file name");
        return NULL;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0) {
        g_set_error(error, VS_ERROR, VS_ERROR_GONE, "open libvirt's status file: %s", g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error_literal(error, VS_ERROR, VS_ERROR_FAILED, "open libvirt's status file: it is no regular file");
        return NULL;
    }
    bytes = read_bytes(fd, "libvirt's status file", error);
    return bytes ? to_text(bytes, "libvirt's status file", error) : NULL;
}

gboolean vs_hook_has_records(const char *root)
{
    g_autofree char *path = g_strconcat(root, VS_WIRED_DIR, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return dir && g_dir_read_name(dir);
}
