/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel in memory, for tests of everything above it. VIRTSCHED_FAKE holds faults, separated by commas:
 * "no-module" (never usable), "refuse-attach", "refuse-fifo" (class is not possible), "refuse-channel", "refuse-quota",
 * "refuse-interactive", "no-input", "stepped-back", "sched-ext" (in every vCPU's state until attached again);
 * "moving" is none: counters grow with time, as for who looks at them live; nor is "exhausting": in a phase the first vCPU wants more
 * boosts than its budget has, each time that somebody looks.
 */
#include <string.h>

#include "virtschedd-backend.h"
#include "vs-error.h"

struct _VsdBackend {
    GHashTable *domains; /* uuid -> GArray of VsVcpuThread */
    GHashTable *again;   /* set of uuid: attached more than once */
    GHashTable *quotas;  /* uuid -> VsdQuota */
    GHashTable *phases;  /* set of uuid: a phase is on */
    GHashTable *refused; /* uuid -> boosts that were, by "exhausting" */
    VsdBackendPhase phase;
    gpointer data;
    const char *faults;
};

static gboolean fault(VsdBackend *self, const char *name)
{
    return self->faults && strstr(self->faults, name);
}

static VsdBackend *fake_open(const char *root, VsdBackendEvent changed, VsdBackendPhase phase, gpointer data)
{
    VsdBackend *self = g_new0(VsdBackend, 1);

    self->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    self->again = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->quotas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->phases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->phase = phase;
    self->data = data;
    self->faults = g_getenv("VIRTSCHED_FAKE");
    return self;
}

static void fake_close(VsdBackend *self)
{
    g_hash_table_unref(self->domains);
    g_hash_table_unref(self->again);
    g_hash_table_unref(self->quotas);
    g_hash_table_unref(self->phases);
    g_hash_table_unref(self->refused);
    g_free(self);
}

static char *fake_problem(VsdBackend *self)
{
    return fault(self, "no-module") ? g_strdup("virtsched.ko is not loaded; load it with: modprobe virtsched") : NULL;
}

static const char *fake_version(VsdBackend *self)
{
    return fault(self, "no-module") ? "" : "fake";
}

static gboolean usable(VsdBackend *self, GError **error)
{
    g_autofree char *problem = fake_problem(self);

    if (problem)
        g_set_error_literal(error, VS_ERROR, VS_ERROR_NO_MODULE, problem);
    return !problem;
}

static gboolean fake_set_host(VsdBackend *self, const VsCeiling *ceiling, GError **error)
{
    return usable(self, error);
}

static gboolean fake_attach(VsdBackend *self, const char *uuid, const char *name, gint pid, const GArray *threads, GError **error)
{
    GArray *copy;

    if (!usable(self, error))
        return FALSE;
    if (fault(self, "refuse-attach")) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "attach %s: Device or resource busy", name);
        return FALSE;
    }
    if (g_hash_table_contains(self->domains, uuid))
        g_hash_table_add(self->again, g_strdup(uuid));
    copy = g_array_new(FALSE, FALSE, sizeof(VsVcpuThread));
    g_array_append_vals(copy, threads->data, threads->len);
    g_hash_table_replace(self->domains, g_strdup(uuid), copy);
    return TRUE;
}

static gboolean fake_configure(VsdBackend *self, const char *uuid, const VsSettings *settings, guint *class_ret, GError **error)
{
    if (!usable(self, error))
        return FALSE;
    if (fault(self, "refuse-fifo")) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "configure %s: this kernel cannot do boost.class", uuid);
        return FALSE;
    }
    *class_ret = vs_settings_get_uint(settings, "boost.class");
    return TRUE;
}

static gboolean fake_channel(VsdBackend *self, const char *uuid, const char *path, guint nr, gint pid, GError **error)
{
    if (!usable(self, error))
        return FALSE;
    if (path && fault(self, "refuse-channel")) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "open %s: Permission denied", path);
        return FALSE;
    }
    return TRUE;
}

static gboolean fake_interactive(VsdBackend *self, const char *uuid, const VsdInteractive *want, char **input_ret, GError **error)
{
    if (!usable(self, error))
        return FALSE;
    if (want && fault(self, "refuse-interactive")) {
        g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "set interactive phases: Cannot allocate memory");
        return FALSE;
    }
    if (want && fault(self, "no-input"))
        *input_ret = g_strdup("input is not seen in QEMU: this one has no qemu_input_event_send_impl; phases begin with virt-sched phase alone, or with "
                                "interactive.guest=on and the guest's module");
    if (!want)
        g_hash_table_remove(self->phases, uuid);
    return TRUE;
}

static gboolean fake_phase(VsdBackend *self, const char *uuid, guint ms, GError **error)
{
    gboolean was = g_hash_table_contains(self->phases, uuid);

    if (!usable(self, error))
        return FALSE;
    if (ms)
        g_hash_table_add(self->phases, g_strdup(uuid));
    else
        g_hash_table_remove(self->phases, uuid);
    if (was != (ms > 0))
        self->phase(uuid, ms > 0, self->data);
    return TRUE;
}

/* One hog on the first vCPU, and an editor on each of them. */
static VsdTasks *fake_tasks(VsdBackend *self, const char *uuid, GError **error)
{
    GArray *threads = g_hash_table_lookup(self->domains, uuid);
    gboolean phase = g_hash_table_contains(self->phases, uuid);
    VsdTask hog = {.id = 0x1234, .class = phase, .run = 480, .wait = 510, .age_ms = 61000, .seen_ms = 3};
    VsdTasks *out;

    if (!usable(self, error))
        return NULL;
    out = vsd_tasks_new();
    out->left_ms = phase ? 4200 : 0;
    out->phases = 7;
    out->inputs = 19;
    out->ignored = 4;
    out->weights = 140;
    g_array_append_val(out->tasks, hog);
    for (guint i = 0; threads && i < threads->len; i++) {
        guint vcpu = g_array_index(threads, VsVcpuThread, i).vcpu_id;
        VsdTask editor = {.id = 0x2000 + i, .vcpu_id = vcpu, .run = 30, .wait = 2, .age_ms = 9000, .seen_ms = 12};
        VsdVcpuPhase row = {.vcpu_id = vcpu, .idle = i > 0, .background = phase && i == 0, .task = i ? editor.id : hog.id,
                            .nice = phase && i == 0 ? 5 : 0};

        g_array_append_val(out->tasks, editor);
        g_array_append_val(out->vcpus, row);
    }
    return out;
}

static gboolean fake_detach(VsdBackend *self, const char *uuid, GError **error)
{
    g_hash_table_remove(self->quotas, uuid);
    return g_hash_table_remove(self->domains, uuid) || usable(self, error);
}

/* Milliseconds of work so far: of each ten seconds, four go three times as fast. 0: nothing moves. */
static guint64 fake_work(VsdBackend *self)
{
    guint64 ms = g_get_monotonic_time() / 1000;

    return fault(self, "moving") ? ms + 2 * (ms / 10000 * 4000 + MIN(ms % 10000, 4000)) : 0;
}

static GArray *fake_stats(VsdBackend *self, const char *uuid, GError **error)
{
    guint refused = GPOINTER_TO_UINT(g_hash_table_lookup(self->refused, uuid));
    guint64 work = fake_work(self);
    GArray *threads = g_hash_table_lookup(self->domains, uuid);
    GArray *stats = g_array_new(FALSE, TRUE, sizeof(VsdVcpuStats));
    gboolean again = g_hash_table_contains(self->again, uuid);
    guint state = again ? 0 : (fault(self, "stepped-back") ? VSD_STATE_STEPPED_BACK : 0) | (fault(self, "sched-ext") ? VSD_STATE_EXT : 0);

    if (fault(self, "exhausting") && g_hash_table_contains(self->phases, uuid))
        g_hash_table_insert(self->refused, g_strdup(uuid), GUINT_TO_POINTER(++refused));
    for (guint i = 0; threads && i < threads->len; i++) {
        const VsVcpuThread *thread = &g_array_index(threads, VsVcpuThread, i);
        VsdVcpuStats row = {
            .vcpu_id = thread->vcpu_id,
            .tid = thread->tid,
            .state = VSD_STATE_BLOCKED | state,
            .boosts_wake = 1000 + i, .boosts_kick = 20, .extended = 3, .cutoffs = 7, .exhausted = 2,
            .boosted_ns = 1234567890, .payback_ns = 45678901, .debt_ns = 1500000, .budget_ns = 1750000,
            .boosts_guest = 11, .unboosts_guest = 9, .boosts_spin = 4, .boosts_task = 3, .rejected_guest = 1, .deboosts = 6,
        };

        row.exhausted += i == 0 ? refused : 0;
        row.boosts_wake += work / (20 + 10 * i);
        row.boosted_ns += work * 60000 / (i + 1);
        row.payback_ns += work * 40000 / (i + 1);
        g_array_append_val(stats, row);
    }
    if (threads) {
        VsdVcpuStats row = {.servant = TRUE, .tid = g_array_index(threads, VsVcpuThread, 0).tid, .boosts_serve = 5, .boosted_ns = 400000};

        g_array_append_val(stats, row);
    }
    return stats;
}

static gboolean fake_quota(VsdBackend *self, const char *uuid, const VsdQuota *quota, GError **error)
{
    if (!usable(self, error))
        return FALSE;
    if (quota && fault(self, "refuse-quota")) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "limit dirtied pages of %s: this kernel cannot do it", uuid);
        return FALSE;
    }
    if (quota)
        g_hash_table_replace(self->quotas, g_strdup(uuid), g_memdup2(quota, sizeof(*quota)));
    else
        g_hash_table_remove(self->quotas, uuid);
    return TRUE;
}

/* The first vCPU writes and is held up, the others do not. */
static GArray *fake_quota_stats(VsdBackend *self, const char *uuid, VsdQuotaState *state_ret, GError **error)
{
    GArray *threads = g_hash_table_lookup(self->domains, uuid);
    const VsdQuota *quota = g_hash_table_lookup(self->quotas, uuid);
    GArray *stats = g_array_new(FALSE, TRUE, sizeof(VsdQuotaStats));

    *state_ret = (VsdQuotaState){.on = quota != NULL};
    if (quota && threads) {
        state_ret->quota = *quota;
        state_ret->share = quota->rate / threads->len;
        state_ret->pool_left = quota->pool / 2;
    }
    for (guint i = 0; threads && i < threads->len; i++) {
        const VsVcpuThread *thread = &g_array_index(threads, VsVcpuThread, i);
        VsdQuotaStats row = {.vcpu_id = thread->vcpu_id, .tid = thread->tid, .dirtied = 3};

        if (i == 0)
            row = (VsdQuotaStats){.vcpu_id = thread->vcpu_id, .tid = thread->tid, .asleep = quota != NULL, .dirtied = 123456,
                                  .counted = 120000, .debt = 7, .slept_ns = 4500000000, .sleeps = 480, .let_ins = 1};
        g_array_append_val(stats, row);
    }
    return stats;
}

const VsdBackendOps vsd_backend_fake = {
    .name = "fake",
    .open = fake_open,
    .close = fake_close,
    .problem = fake_problem,
    .version = fake_version,
    .set_host = fake_set_host,
    .attach = fake_attach,
    .configure = fake_configure,
    .channel = fake_channel,
    .interactive = fake_interactive,
    .phase = fake_phase,
    .tasks = fake_tasks,
    .detach = fake_detach,
    .stats = fake_stats,
    .quota = fake_quota,
    .quota_stats = fake_quota_stats,
};
