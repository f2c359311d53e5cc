// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Puts a VM's vCPU threads side by side in one threaded cgroup and takes them back; see vs-wire.h. The plan is made
 * first and changes nothing; the apply undoes itself where it fails. The main thread is never moved: libvirt finds the
 * VM's cgroup by it after a restart.
 */
#include "vs-wire.h"

#include <string.h>

#include "vs-cgroup.h"
#include "vs-error.h"
#include "vs-names.h"

static char *vcpu_cgroup(const char *libvirt, guint vcpu_id)
{
    return g_strdup_printf("%s/vcpu%u", libvirt, vcpu_id);
}

static char *child_cgroup(const char *libvirt)
{
    return g_strdup_printf("%s/" VS_CGROUP_CHILD, libvirt);
}

/* A status file may be older than the process: never touch a thread that is not QEMU's own. */
static gboolean check_threads(const char *root, gint pid, const GArray *threads, GError **error)
{
    for (guint i = 0; i < threads->len; i++) {
        const VsVcpuThread *vcpu = &g_array_index(threads, VsVcpuThread, i);
        g_autofree char *path = g_strdup_printf("%s/proc/%d/task/%d", root ? root : "", pid, vcpu->tid);

        if (vcpu->tid == pid || vcpu->tid <= 1 || !g_file_test(path, G_FILE_TEST_IS_DIR)) {
            g_set_error(error, VS_ERROR, VS_ERROR_GONE, "find vCPU %u: thread %d is none of process %d", vcpu->vcpu_id,
                        vcpu->tid, pid);
            return FALSE;
        }
    }
    return TRUE;
}

/* Why this one vCPU has to stay in its own cgroup; NULL when it need not. */
static char *reason_of_vcpu(const char *root, const char *libvirt, const VsVcpuThread *vcpu, const char *mems)
{
    g_autofree char *own = vcpu_cgroup(libvirt, vcpu->vcpu_id);
    g_autofree char *child = child_cgroup(libvirt);
    g_autofree char *limit = vs_cgroup_read(root, own, "cpu.max");
    g_autofree char *own_mems = vs_cgroup_read(root, own, "cpuset.mems");

    if (limit && !g_str_has_prefix(limit, "max"))
        return g_strdup_printf("vCPU %u has a CPU limit of its own, which it would escape elsewhere", vcpu->vcpu_id);
    if (g_strcmp0(own_mems, mems) != 0)
        return g_strdup_printf("vCPU %u has memory nodes of its own (cpuset.mems)", vcpu->vcpu_id);
    if (!vs_cgroup_has_thread(root, own, vcpu->tid) && !vs_cgroup_has_thread(root, child, vcpu->tid))
        return g_strdup_printf("somebody moved the thread of vCPU %u out of libvirt's vcpu%u", vcpu->vcpu_id,
                               vcpu->vcpu_id);
    return NULL;
}

static char *common_mems(const char *root, const char *libvirt, const GArray *threads)
{
    g_autofree char *first = vcpu_cgroup(libvirt, g_array_index(threads, VsVcpuThread, 0).vcpu_id);

    return vs_cgroup_read(root, first, "cpuset.mems");
}

/* Why the domain's threads have to stay where libvirt put them; NULL when they can be shared. */
static char *reason_to_stay(const char *root, const char *libvirt, const VsDomainFacts *facts, const GArray *threads)
{
    g_autofree char *enabled = vs_cgroup_read(root, libvirt, "cgroup.subtree_control");
    g_auto(GStrv) controllers = g_strsplit(enabled ? enabled : "", " ", -1);
    g_autofree char *mems = NULL;

    if (threads->len == 0)
        return g_strdup("QEMU has no thread of its own for each vCPU (TCG)");
    if (facts->quota)
        return g_strdup("the domain has a vcpu_quota, which a moved thread would escape");
    if (!g_strv_contains((const char *const *)controllers, "cpu"))
        return g_strdup("the cpu controller is off below the VM's libvirt/ cgroup");
    mems = common_mems(root, libvirt, threads);
    for (guint i = 0; i < threads->len; i++) {
        char *reason = reason_of_vcpu(root, libvirt, &g_array_index(threads, VsVcpuThread, i), mems);

        if (reason)
            return reason;
    }
    return NULL;
}

VsWired *vs_wire_plan(const char *root, const VsDomainFacts *facts, gint pid, const GArray *threads, GError **error)
{
    g_autofree char *libvirt = vs_cgroup_of_domain(root, pid, error);
    g_autofree char *reason = NULL;
    VsWired *wired;

    if (!libvirt || !check_threads(root, pid, threads, error))
        return NULL;
    reason = reason_to_stay(root, libvirt, facts, threads);
    wired = vs_wired_new_place(facts, pid, threads, reason);
    wired->mode = reason ? VS_WIRE_PLACE : VS_WIRE_SHARED;
    wired->cgroup = reason ? g_steal_pointer(&libvirt) : child_cgroup(libvirt);
    return wired;
}

/* Everything back, as far as it goes: a thread that has ended meanwhile is no failure, for the next one is still tried. */
static gboolean move_back(const char *root, const char *libvirt, const GArray *threads, GError **error)
{
    g_autoptr(GError) first = NULL;

    for (guint i = 0; i < threads->len; i++) {
        const VsVcpuThread *vcpu = &g_array_index(threads, VsVcpuThread, i);
        g_autofree char *own = vcpu_cgroup(libvirt, vcpu->vcpu_id);
        g_autofree char *cpus = vs_cgroup_read(root, own, "cpuset.cpus");
        g_autoptr(GError) local = NULL;

        if (!vs_cgroup_move_thread(root, own, vcpu->tid, cpus, &local) &&
            !g_error_matches(local, VS_ERROR, VS_ERROR_GONE) && !first)
            first = g_steal_pointer(&local);
    }
    if (!first)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}

static GArray *threads_in(const char *root, const char *cgroup, const GArray *threads, gboolean inside)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(VsVcpuThread));

    for (guint i = 0; i < threads->len; i++) {
        VsVcpuThread vcpu = g_array_index(threads, VsVcpuThread, i);

        if (vs_cgroup_has_thread(root, cgroup, vcpu.tid) == inside)
            g_array_append_val(found, vcpu);
    }
    return found;
}

static gboolean dissolve(const char *root, const char *libvirt, const GArray *vcpus, GError **error)
{
    g_autofree char *child = child_cgroup(libvirt);
    g_autoptr(GArray) inside = threads_in(root, child, vcpus, TRUE);

    return move_back(root, libvirt, inside, error) && vs_cgroup_remove(root, child, error);
}

static gboolean write_when_different(const char *root, const char *cgroup, const char *file, const char *value,
                                     GError **error)
{
    g_autofree char *now = vs_cgroup_read(root, cgroup, file);

    return g_strcmp0(now ? now : "", value) == 0 || vs_cgroup_write(root, cgroup, file, value, error);
}

static gboolean prepare_child(const char *root, const char *libvirt, const VsWired *wired, GError **error)
{
    g_autofree char *weight = g_strdup_printf("%u", vs_wired_weight(wired));
    g_autofree char *mems = common_mems(root, libvirt, wired->vcpus);

    return write_when_different(root, wired->cgroup, "cpu.weight", weight, error) &&
           write_when_different(root, wired->cgroup, "cpuset.mems", mems ? mems : "", error);
}

static gboolean move_in(const char *root, const char *libvirt, const char *child, const GArray *outside, GError **error)
{
    for (guint i = 0; i < outside->len; i++) {
        const VsVcpuThread *vcpu = &g_array_index(outside, VsVcpuThread, i);
        g_autofree char *own = vcpu_cgroup(libvirt, vcpu->vcpu_id);
        g_autofree char *cpus = vs_cgroup_read(root, own, "cpuset.cpus");

        if (!vs_cgroup_move_thread(root, child, vcpu->tid, cpus, error))
            return FALSE;
    }
    return TRUE;
}

gboolean vs_wire_apply(const char *root, const VsWired *wired, GError **error)
{
    g_autofree char *libvirt = NULL;
    g_autoptr(GArray) outside = NULL;
    g_autoptr(GArray) moved = NULL;
    g_autoptr(GError) undo = NULL;
    gboolean created = FALSE;

    if (wired->mode == VS_WIRE_PLACE)
        return !wired->cgroup || dissolve(root, wired->cgroup, wired->vcpus, error);
    libvirt = g_path_get_dirname(wired->cgroup);
    if (!vs_cgroup_make_threaded(root, wired->cgroup, &created, error))
        return FALSE;
    outside = threads_in(root, wired->cgroup, wired->vcpus, FALSE);
    if (prepare_child(root, libvirt, wired, error) && move_in(root, libvirt, wired->cgroup, outside, error))
        return TRUE;
    moved = threads_in(root, wired->cgroup, outside, TRUE);
    if (!move_back(root, libvirt, moved, &undo) && error)
        g_prefix_error(error, "(and could not be undone: %s) ", undo->message);
    if (created)
        vs_cgroup_remove(root, wired->cgroup, NULL);
    return FALSE;
}

VsWired *vs_wire_domain(const char *root, const VsDomainFacts *facts, gint pid, const GArray *threads, GError **error)
{
    g_autoptr(VsWired) wired = vs_wire_plan(root, facts, pid, threads, error);

    if (!wired || !vs_wire_apply(root, wired, error))
        return NULL;
    return g_steal_pointer(&wired);
}

gboolean vs_unwire_domain(const char *root, const VsWired *wired, GError **error)
{
    g_autofree char *libvirt = vs_cgroup_of_domain(root, wired->pid, NULL);
    g_autofree char *child = libvirt ? child_cgroup(libvirt) : NULL;

    /* The pid may belong to another VM by now; its cgroup's name does not. */
    if (wired->mode == VS_WIRE_SHARED && g_strcmp0(child, wired->cgroup) == 0 &&
        !dissolve(root, libvirt, wired->vcpus, error))
        return FALSE;
    vs_wired_forget(root, wired->uuid);
    return TRUE;
}
