// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The record of what was wired: one key file per domain UUID in VS_WIRED_DIR. The hook writes it, virtschedd reads and
 * rewrites it. It is how the two know of each other without talking. A UUID is checked before it becomes a file name.
 */
#include "vs-wire.h"

#include <glib/gstdio.h>
#include <string.h>

#include "vs-error.h"
#include "vs-names.h"

#define GROUP_WIRED "wired"
#define GROUP_VCPUS "vcpus"
#define WEIGHT_PER_VCPU 100 /* cpu.weight that libvirt leaves on each vcpuN */
#define WEIGHT_MAX 10000    /* the kernel's limit */

static const char *const mode_words[] = {
    [VS_WIRE_SHARED] = "shared",
    [VS_WIRE_PLACE] = "place",
};

void vs_wired_free(VsWired *wired)
{
    if (!wired)
        return;
    g_free(wired->name);
    g_free(wired->uuid);
    g_free(wired->cgroup);
    g_free(wired->reason);
    g_array_unref(wired->vcpus);
    g_free(wired);
}

static VsWired *wired_new(void)
{
    VsWired *wired = g_new0(VsWired, 1);

    wired->mode = VS_WIRE_PLACE;
    wired->vcpus = g_array_new(FALSE, FALSE, sizeof(VsVcpuThread));
    return wired;
}

VsWired *vs_wired_new_place(const VsDomainFacts *facts, gint pid, const GArray *threads, const char *reason)
{
    VsWired *wired = wired_new();

    wired->name = g_strdup(facts->name);
    wired->uuid = g_strdup(facts->uuid);
    wired->pid = pid;
    wired->reason = g_strdup(reason);
    g_array_append_vals(wired->vcpus, threads->data, threads->len);
    return wired;
}

guint vs_wired_weight(const VsWired *wired)
{
    return CLAMP(wired->vcpus->len * WEIGHT_PER_VCPU, WEIGHT_PER_VCPU, WEIGHT_MAX);
}

static char *record_path(const char *root, const char *uuid, GError **error)
{
    if (!uuid || !g_uuid_string_is_valid(uuid)) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "find record: \"%s\" is no UUID", uuid ? uuid : "");
        return NULL;
    }
    return g_build_filename(root && *root ? root : "/", VS_WIRED_DIR, uuid, NULL);
}

gboolean vs_wired_save(const char *root, const VsWired *wired, GError **error)
{
    g_autofree char *path = record_path(root, wired->uuid, error);
    g_autofree char *dir = path ? g_path_get_dirname(path) : NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (!path)
        return FALSE;
    g_key_file_set_string(file, GROUP_WIRED, "name", wired->name ? wired->name : "");
    g_key_file_set_string(file, GROUP_WIRED, "uuid", wired->uuid);
    g_key_file_set_integer(file, GROUP_WIRED, "pid", wired->pid);
    g_key_file_set_string(file, GROUP_WIRED, "mode", mode_words[wired->mode]);
    if (wired->cgroup)
        g_key_file_set_string(file, GROUP_WIRED, "cgroup", wired->cgroup);
    if (wired->reason)
        g_key_file_set_string(file, GROUP_WIRED, "reason", wired->reason);
    if (wired->mode == VS_WIRE_SHARED)
        g_key_file_set_uint64(file, GROUP_WIRED, "weight", vs_wired_weight(wired));
    for (guint i = 0; i < wired->vcpus->len; i++) {
        const VsVcpuThread *vcpu = &g_array_index(wired->vcpus, VsVcpuThread, i);
        g_autofree char *key = g_strdup_printf("%u", vcpu->vcpu_id);

        g_key_file_set_integer(file, GROUP_VCPUS, key, vcpu->tid);
    }
    if (g_mkdir_with_parents(dir, 0755) == 0 && g_key_file_save_to_file(file, path, error))
        return TRUE;
    if (error && !*error)
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "create %s: cannot be made", dir);
    g_prefix_error(error, "save record of domain '%s': ", wired->name ? wired->name : wired->uuid);
    return FALSE;
}

static gboolean read_vcpus(GKeyFile *file, GArray *vcpus, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, GROUP_VCPUS, NULL, NULL);

    for (gsize i = 0; keys && keys[i]; i++) {
        guint64 id = 0;
        VsVcpuThread vcpu = {.tid = g_key_file_get_integer(file, GROUP_VCPUS, keys[i], NULL)};

        if (vcpu.tid <= 1 || !g_ascii_string_to_unsigned(keys[i], 10, 0, G_MAXUINT, &id, NULL)) {
            g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "read vCPU \"%s\": no thread id", keys[i]);
            return FALSE;
        }
        vcpu.vcpu_id = (guint)id;
        g_array_append_val(vcpus, vcpu);
    }
    return TRUE;
}

static gboolean read_mode(GKeyFile *file, VsWireMode *ret_mode, GError **error)
{
    g_autofree char *word = g_key_file_get_string(file, GROUP_WIRED, "mode", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(mode_words); i++) {
        if (g_strcmp0(word, mode_words[i]) == 0) {
            *ret_mode = i;
            return TRUE;
        }
    }
    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "read mode: \"%s\" is neither shared nor place", word ? word : "");
    return FALSE;
}

VsWired *vs_wired_load(const char *root, const char *uuid, GError **error)
{
    g_autofree char *path = record_path(root, uuid, error);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(VsWired) wired = wired_new();

    if (!path || !g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error))
        return NULL;
    wired->name = g_key_file_get_string(file, GROUP_WIRED, "name", NULL);
    wired->uuid = g_strdup(uuid);
    wired->pid = g_key_file_get_integer(file, GROUP_WIRED, "pid", NULL);
    wired->cgroup = g_key_file_get_string(file, GROUP_WIRED, "cgroup", NULL);
    wired->reason = g_key_file_get_string(file, GROUP_WIRED, "reason", NULL);
    if (!read_mode(file, &wired->mode, error) || !read_vcpus(file, wired->vcpus, error)) {
        g_prefix_error(error, "load record %s: ", path);
        return NULL;
    }
    if (wired->mode == VS_WIRE_SHARED && !wired->cgroup) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "load record %s: shared, but without a cgroup", path);
        return NULL;
    }
    return g_steal_pointer(&wired);
}

void vs_wired_forget(const char *root, const char *uuid)
{
    g_autofree char *path = record_path(root, uuid, NULL);

    if (path)
        g_unlink(path);
}
