/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wiring: the VM's vCPU threads side by side in one threaded cgroup `virtsched` below the VM's libvirt/ cgroup (why:
 * design.md, "libvirt-hook"). Used by the hook at started/reconnect and by virtschedd when a setting is turned on or off
 * later. cgroup v2 only. Touches nothing but /proc, /sys/fs/cgroup and VS_WIRED_DIR, all below @root for tests.
 * All functions are idempotent and leave a VM running whatever happens.
 */
#ifndef VS_WIRE_H
#define VS_WIRE_H

#include "vs-domxml.h"

G_BEGIN_DECLS

typedef enum {
    VS_WIRE_SHARED, /* threads are side by side in the shared child */
    VS_WIRE_PLACE,  /* left in libvirt's vcpuN (quota, cgroup v1, no cgroup): @reason says why */
} VsWireMode;

/** VsWired: the record, written as keyfile VS_WIRED_DIR/UUID ([wired] name= uuid= pid= mode=shared|place cgroup= reason= weight=; [vcpus] 0=tid ...) */
typedef struct {
    char *name;
    char *uuid;
    gint pid;
    VsWireMode mode;
    char *cgroup; /* path of the child (SHARED) or of libvirt/ (PLACE), without /sys/fs/cgroup; NULL when there is none */
    char *reason; /* NULL for SHARED */
    GArray *vcpus; /* VsVcpuThread */
} VsWired;
void vs_wired_free(VsWired *wired);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsWired, vs_wired_free)

/** vs_wired_weight: cpu.weight of the child: 100 x vCPUs, at most 10000, so that emulator and I/O threads keep libvirt's balance */
guint vs_wired_weight(const VsWired *wired);

/**
 * vs_wire_plan: (transfer full): what vs_wire_domain() would do, with nothing changed yet. Who may be killed half-way saves
 * it before vs_wire_apply(), so that vs_unwire_domain() can take the move back.
 * @facts: a quota means VS_WIRE_PLACE
 * @threads: (element-type VsVcpuThread)
 * Errors: VS_ERROR_UNSUPPORTED (cgroup v1, session mode), VS_ERROR_GONE (process or a thread ended)
 */
VsWired *vs_wire_plan(const char *root, const VsDomainFacts *facts, gint pid, const GArray *threads, GError **error);
/** vs_wire_apply: makes it so, for PLACE as well (threads of an earlier SHARED go back). Errors: VS_ERROR_GONE, VS_ERROR_FAILED; what was moved is moved back */
gboolean vs_wire_apply(const char *root, const VsWired *wired, GError **error);

/**
 * vs_wire_domain: plan and apply: creates the child with its weight, copies the memory nodes of the vCPUs' cpusets to it, moves the threads.
 * Every thread keeps its affinity, narrowed to vcpuN's cpuset. The child has no cpuset.cpus: a later vcpupin must not be refused.
 * Called again it follows new threads and a changed quota or numatune.
 * Errors: VS_ERROR_UNSUPPORTED, VS_ERROR_GONE, VS_ERROR_FAILED; what was moved is moved back
 */
VsWired *vs_wire_domain(const char *root, const VsDomainFacts *facts, gint pid, const GArray *threads, GError **error);
/** vs_unwire_domain: every thread back to its vcpuN, child removed, record deleted; quiet when the VM is gone */
gboolean vs_unwire_domain(const char *root, const VsWired *wired, GError **error);

/** vs_wired_new_place: (transfer full): a PLACE record without a cgroup, for a VM that vs_wire_plan() refused: its threads are still known */
VsWired *vs_wired_new_place(const VsDomainFacts *facts, gint pid, const GArray *threads, const char *reason);
gboolean vs_wired_save(const char *root, const VsWired *wired, GError **error);
VsWired *vs_wired_load(const char *root, const char *uuid, GError **error);
/** vs_wired_forget: deletes the record alone (VM stopped: libvirt removed the cgroups) */
void vs_wired_forget(const char *root, const char *uuid);

G_END_DECLS

#endif /* VS_WIRE_H */
