/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which threads of a QEMU serve its vCPUs: the emulator thread, which is the process itself, and the I/O threads, which
 * QEMU names "IO " and their id (libvirt starts it with debug-threads=on). libvirt has their numbers in no file, and asking
 * QEMU for them would wake every domain's monitor.
 */
#include "virtschedd-backend-kmod-servants.h"

#include "../kmod/uapi/virtsched.h"

#define IO_PREFIX "IO "
/* Serves QEMU's monitor, not the guest. */
#define IO_MONITOR IO_PREFIX "mon_iothread"
#define MAX_SERVANTS 16

static void add(GArray *refs, guint number, gint tid)
{
    struct vs_vcpu_ref ref = {.vcpu_id = VS_ID_SERVANT | number, .tid = tid};

    if (refs->len < VS_MAX_VCPUS)
        g_array_append_val(refs, ref);
}

static gboolean is_io(gint pid, const char *tid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%s/comm", pid, tid);
    g_autofree char *comm = NULL;

    return g_file_get_contents(path, &comm, NULL, NULL) && g_str_has_prefix(comm, IO_PREFIX) && !g_str_has_prefix(comm, IO_MONITOR);
}

void vsd_kmod_add_servants(GArray *refs, gint pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task", pid);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint number = 0;
    const char *tid;

    add(refs, number++, pid);
    while (dir && number < MAX_SERVANTS && (tid = g_dir_read_name(dir))) {
        if (is_io(pid, tid))
            add(refs, number++, (gint)g_ascii_strtoll(tid, NULL, 10));
    }
}
