/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon wants of the kernel, as a table of functions. "kmod" is the real one; "fake" keeps everything in memory
 * and is chosen by VS_ENV_BACKEND in tests. All calls are short and on the main thread.
 */
#ifndef VIRTSCHEDD_BACKEND_H
#define VIRTSCHEDD_BACKEND_H

#include "vs-domxml.h"
#include "vs-settings.h"

G_BEGIN_DECLS

typedef struct _VsdBackend VsdBackend;

/**
 * VsdBackendEvent: something changed
 * @uuid: of the domain; "" when events were lost: look at all domains; %NULL when the backend came or went: tell it everything again
 */
typedef void (*VsdBackendEvent)(const char *uuid, gpointer data);

/** VsdBackendPhase: an interactive phase of this domain began or ended */
typedef void (*VsdBackendPhase)(const char *uuid, gboolean on, gpointer data);

/** VsdInteractive: @settings: resolved; @pid: QEMU; @nice: the vCPUs are side by side, so that nice values meet; @channel: the guest may speak */
typedef struct {
    const VsSettings *settings;
    gint pid;
    gboolean nice;
    gboolean channel;
} VsdInteractive;

/** VsdTask: a guest task; as struct vs_task_info of the kernel's face; @told: @id is its process id; @class: index into its classes */
typedef struct {
    guint64 id;
    gboolean told;
    guint class;
    guint vcpu_id;
    guint run, wait; /* permille of one CPU */
    guint age_ms, seen_ms;
} VsdTask;

/** VsdVcpuPhase: what a vCPU runs; @told: @task is a process id; @nice: what its nice value is raised by */
typedef struct {
    guint vcpu_id;
    gboolean idle;
    gboolean background;
    gboolean told;
    guint64 task;
    guint nice;
} VsdVcpuPhase;

/** VsdTasks: @left_ms: of the phase, 0: none is on; @tasks: of VsdTask; @vcpus: of VsdVcpuPhase */
typedef struct {
    guint left_ms;
    gboolean sound;
    guint64 phases, inputs, ignored, evicted, weights;
    GArray *tasks;
    GArray *vcpus;
} VsdTasks;
VsdTasks *vsd_tasks_new(void);
void vsd_tasks_free(VsdTasks *tasks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsdTasks, vsd_tasks_free)

/** VsdVcpuStats: one vCPU; names as in Domain.GetStats; @state: OR of VSD_STATE_* */
typedef struct {
    gboolean servant; /* not a vCPU but QEMU's emulator thread (vcpu_id 0) or an I/O thread (from 1 on) */
    guint vcpu_id;
    gint tid;
    guint state;
    guint64 boosts_wake, boosts_kick, extended, cutoffs, exhausted, rejected;
    guint64 boosted_ns, payback_ns, debt_ns;
    gint64 budget_ns;
    guint64 boosts_guest, unboosts_guest, boosts_spin, boosts_serve, boosts_task, rejected_guest, deboosts;
} VsdVcpuStats;

enum {
    VSD_STATE_BOOSTED = 1 << 0,
    VSD_STATE_BLOCKED = 1 << 1,
    VSD_STATE_EXHAUSTED = 1 << 2,
    VSD_STATE_PAYBACK = 1 << 3,
    VSD_STATE_STEPPED_BACK = 1 << 4,
    VSD_STATE_GONE = 1 << 5,
    VSD_STATE_REFUSED = 1 << 6,
    VSD_STATE_VOICE = 1 << 7,
    VSD_STATE_LOW = 1 << 8,
    VSD_STATE_EXT = 1 << 9,
};

/** VsdQuota: what a domain's vCPUs may dirty: @interval_ms; pages per second: @rate of all together (0: only count), @floor of each; @pool: pages */
typedef struct {
    guint interval_ms;
    guint64 rate;
    guint64 floor;
    guint64 pool;
} VsdQuota;

/** VsdQuotaStats: one vCPU; pages since attach, @counted are those that the quota counts; @debt in pages; @asleep: now */
typedef struct {
    guint vcpu_id;
    gint tid;
    gboolean asleep;
    guint64 dirtied, counted, debt, slept_ns, sleeps, let_ins;
} VsdQuotaStats;

/** VsdQuotaState: of the domain: @quota in force, @share of each vCPU in pages per second, @pool_left in pages */
typedef struct {
    gboolean on;
    VsdQuota quota;
    guint64 share;
    guint64 pool_left;
} VsdQuotaState;

/** VsdBackendOps: every function may fail with VS_ERROR_NO_MODULE while the backend is not usable */
typedef struct {
    const char *name;
    /* Opens what is there; @changed is called when that changes later, @phase for each phase. Never fails: see problem. */
    VsdBackend *(*open)(const char *root, VsdBackendEvent changed, VsdBackendPhase phase, gpointer data);
    void (*close)(VsdBackend *self);
    /* (transfer full) (nullable): why it cannot be used, with the cure. */
    char *(*problem)(VsdBackend *self);
    /* (transfer none): version of the module, "" when not usable. */
    const char *(*version)(VsdBackend *self);
    gboolean (*set_host)(VsdBackend *self, const VsCeiling *ceiling, GError **error);
    gboolean (*attach)(VsdBackend *self, const char *uuid, const char *name, gint pid, const GArray *threads, GError **error);
    /* @settings is resolved; on success *@class_ret is what is in force (index into boost.class's choices). */
    gboolean (*configure)(VsdBackend *self, const char *uuid, const VsSettings *settings, guint *class_ret, GError **error);
    /*
     * Before configure: the file that the guest shares with the host is heeded for this domain as boost.guest and interactive.guest say;
     * NULL @path: no longer. @nr: the highest vCPU's number and one; @pid: QEMU, whose file it has to be. Fails with words for a person.
     */
    gboolean (*channel)(VsdBackend *self, const char *uuid, const char *path, guint nr, gint pid, GError **error);
    /* After attach; NULL @want: off. *@input_ret: (transfer full): why input is not seen, although the rest works. */
    gboolean (*interactive)(VsdBackend *self, const char *uuid, const VsdInteractive *want, char **input_ret, GError **error);
    /* @ms 0: end it */
    gboolean (*phase)(VsdBackend *self, const char *uuid, guint ms, GError **error);
    /* (transfer full) */
    VsdTasks *(*tasks)(VsdBackend *self, const char *uuid, GError **error);
    gboolean (*detach)(VsdBackend *self, const char *uuid, GError **error);
    /* (transfer full) (element-type VsdVcpuStats) */
    GArray *(*stats)(VsdBackend *self, const char *uuid, GError **error);
    /* Of an attached domain; NULL @quota: none. */
    gboolean (*quota)(VsdBackend *self, const char *uuid, const VsdQuota *quota, GError **error);
    /* (transfer full) (element-type VsdQuotaStats) */
    GArray *(*quota_stats)(VsdBackend *self, const char *uuid, VsdQuotaState *state_ret, GError **error);
} VsdBackendOps;

extern const VsdBackendOps vsd_backend_kmod;
extern const VsdBackendOps vsd_backend_fake;

/** vsd_backend_find: the row of @name (%NULL: kmod), or %NULL */
const VsdBackendOps *vsd_backend_find(const char *name);

G_END_DECLS

#endif /* VIRTSCHEDD_BACKEND_H */
