// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finding, reading and writing a VM's cgroups; see vs-cgroup.h. Short-lived descriptors only, no state, no logging.
 */
#include "vs-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "vs-error.h"

/* libvirt puts QEMU's main thread here; every other VM-wide cgroup is found from it. */
#define EMULATOR "/libvirt/emulator"

static gboolean fail_errno(int code, const char *verb, const char *object, GError **error)
{
    gboolean gone = code == ENOENT || code == ENODEV || code == ESRCH;

    g_set_error(error, VS_ERROR, gone ? VS_ERROR_GONE : VS_ERROR_FAILED, "%s %s: %s", verb, object, g_strerror(code));
    return FALSE;
}

/* The kernel fills a new cgroup's folder and empties it again; a tests' tree of plain files needs help with both. */
static gboolean is_plain_tree(const char *root)
{
    return root && *root;
}

static char *cgroup_path(const char *root, const char *cgroup, const char *file)
{
    return g_build_filename(root && *root ? root : "/", "sys/fs/cgroup", cgroup, file, NULL);
}

/* A v1 hierarchy that holds one of these keeps it out of v2's reach: "4:cpu,cpuacct:/machine.slice/..." */
static gboolean line_is_v1_controller(char **fields)
{
    g_auto(GStrv) controllers = g_strsplit(fields[1], ",", -1);

    return g_strv_contains((const char *const *)controllers, "cpu") ||
           g_strv_contains((const char *const *)controllers, "cpuset");
}

static gboolean find_unified(const char *text, gint pid, char **ret_path, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *found = NULL;

    for (gsize i = 0; lines[i]; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", 3);

        if (g_strv_length(fields) != 3)
            continue;
        if (line_is_v1_controller(fields)) {
            g_set_error_literal(error, VS_ERROR, VS_ERROR_UNSUPPORTED,
                                "find cgroup: the cpu controller is on cgroup v1 (or hybrid), only v2 is supported; "
                                "boot the host with systemd.unified_cgroup_hierarchy=1");
            return FALSE;
        }
        if (g_str_equal(fields[0], "0") && *fields[1] == '\0' && !found)
            found = g_strdup(fields[2]);
    }
    if (!found) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "find cgroup: process %d is in no cgroup v2 hierarchy", pid);
        return FALSE;
    }
    *ret_path = g_steal_pointer(&found);
    return TRUE;
}

char *vs_cgroup_of_domain(const char *root, gint pid, GError **error)
{
    g_autofree char *number = g_strdup_printf("%d", pid);
    g_autofree char *path = g_build_filename(root && *root ? root : "/", "proc", number, "cgroup", NULL);
    g_autofree char *text = NULL;
    g_autofree char *cgroup = NULL;

    if (pid <= 1 || !g_file_get_contents(path, &text, NULL, NULL)) {
        g_set_error(error, VS_ERROR, VS_ERROR_GONE, "find cgroup: process %d is gone", pid);
        return NULL;
    }
    if (!find_unified(text, pid, &cgroup, error))
        return NULL;
    if (g_str_has_suffix(cgroup, " (deleted)")) {
        g_set_error(error, VS_ERROR, VS_ERROR_GONE, "find cgroup: the one of process %d is being removed", pid);
        return NULL;
    }
    /* "/../" is how the kernel shows a place outside our cgroup namespace. */
    if (!g_str_has_suffix(cgroup, EMULATOR) || g_str_has_prefix(cgroup, "/..") || strstr(cgroup, "/../")) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED,
                    "find cgroup: process %d is in \"%s\", not in a place that libvirt made for a VM (session mode has "
                    "none; use qemu:///system)", pid, cgroup);
        return NULL;
    }
    cgroup[strlen(cgroup) - strlen("/emulator")] = '\0';
    return g_steal_pointer(&cgroup);
}

char *vs_cgroup_read(const char *root, const char *cgroup, const char *file)
{
    g_autofree char *path = cgroup_path(root, cgroup, file);
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    return g_strstrip(text);
}

gboolean vs_cgroup_write(const char *root, const char *cgroup, const char *file, const char *value, GError **error)
{
    g_autofree char *path = cgroup_path(root, cgroup, file);
    g_autofree char *line = g_strdup_printf("%s\n", value);
    int create = is_plain_tree(root) ? O_CREAT : 0;
    /* Appending is the same to the kernel, and in a plain tree it keeps a record of every write. */
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | create, 0644);
    gssize written;
    int code;

    if (fd < 0)
        return fail_errno(errno, "open", path, error);
    written = write(fd, line, strlen(line));
    code = written < 0 ? errno : EIO;
    close(fd);
    if (written == (gssize)strlen(line))
        return TRUE;
    g_strchomp(line);
    g_autofree char *what = g_strdup_printf("\"%s\" to %s", line, path);
    return fail_errno(code, "write", what, error);
}

gboolean vs_cgroup_has_thread(const char *root, const char *cgroup, gint tid)
{
    g_autofree char *text = vs_cgroup_read(root, cgroup, "cgroup.threads");
    g_autofree char *number = g_strdup_printf("%d", tid);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

    return g_strv_contains((const char *const *)lines, number);
}

gboolean vs_cgroup_make_threaded(const char *root, const char *cgroup, gboolean *created_ret, GError **error)
{
    g_autofree char *path = cgroup_path(root, cgroup, NULL);
    g_autofree char *type = NULL;
    gboolean created = g_mkdir(path, 0755) == 0;

    if (!created && errno != EEXIST)
        return fail_errno(errno, "create", path, error);
    type = vs_cgroup_read(root, cgroup, "cgroup.type");
    if (g_strcmp0(type, "threaded") != 0 && !vs_cgroup_write(root, cgroup, "cgroup.type", "threaded", error)) {
        if (created)
            g_rmdir(path);
        return FALSE;
    }
    *created_ret = created;
    return TRUE;
}

gboolean vs_cgroup_remove(const char *root, const char *cgroup, GError **error)
{
    g_autofree char *path = cgroup_path(root, cgroup, NULL);

    if (g_rmdir(path) == 0 || errno == ENOENT || (errno == ENOTEMPTY && is_plain_tree(root)))
        return TRUE;
    return fail_errno(errno, "remove", path, error);
}
