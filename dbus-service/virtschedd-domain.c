/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One domain: brings the kernel and the cgroups to what its snapshot asks for, notes what came of it, and publishes both.
 */
#include "virtschedd-domain.h"

#include <stdio.h>
#include <string.h>

#include "virtschedd-quota.h"
#include "virtschedd-interactive.h"
#include "vs-names.h"
#include "vs-wire.h"

VsdDomain *vsd_domain_new(VsdSnapshot *snapshot)
{
    VsdDomain *self = g_new0(VsdDomain, 1);
    g_autofree char *tail = g_strdelimit(g_strdup(snapshot->uuid), "-", '_');

    self->path = g_strconcat(VS_BUS_DOMAIN_PATH "/_", tail, NULL);
    self->skeleton = vsd_dbus_domain_skeleton_new();
    self->object = vsd_dbus_object_skeleton_new(self->path);
    self->summary = "off";
    self->wiring = "";
    vsd_dbus_object_skeleton_set_domain(self->object, self->skeleton);
    return self;
}

static void forget(VsdDomain *self)
{
    g_clear_pointer(&self->snapshot, vsd_snapshot_free);
    g_clear_pointer(&self->plan, vsd_plan_free);
    g_clear_pointer(&self->applied, vs_settings_unref);
    g_clear_pointer(&self->reasons, g_hash_table_unref);
}

void vsd_domain_free(VsdDomain *self)
{
    vsd_interactive_release(self);
    forget(self);
    vsd_outcome_clear(&self->outcome);
    g_clear_object(&self->skeleton);
    g_clear_object(&self->object);
    g_free(self->path);
    g_free(self);
}

/* Side by side, or back in libvirt's own places; a failure leaves the VM as it was and is no reason not to boost. */
static void bring_wiring(VsdDomain *self, const VsdKernel *kernel)
{
    const VsdSnapshot *s = self->snapshot;
    g_autoptr(VsWired) wired = NULL;
    g_autoptr(GError) error = NULL;

    self->wiring = "";
    if (!kernel->wires || s->id < 0 || !s->facts || s->obstacle)
        return;
    wired = vs_wired_load(kernel->root, s->uuid, NULL);
    if (!self->plan->wire) {
        if (wired && !vs_unwire_domain(kernel->root, wired, &error))
            g_warning("unwire %s: %s", s->name, error->message);
        return;
    }
    g_clear_pointer(&wired, vs_wired_free);
    wired = vs_wire_plan(kernel->root, s->facts, s->pid, s->threads, &error);
    /* The record first: who is killed in between can still take it back. */
    if (!wired || !vs_wired_save(kernel->root, wired, &error) || !vs_wire_apply(kernel->root, wired, &error)) {
        g_warning("wire %s: %s", s->name, error->message);
        return;
    }
    self->wiring = wired->mode == VS_WIRE_SHARED ? "shared" : "place";
}

static void look_at_vcpus(VsdDomain *self, const VsdKernel *kernel)
{
    g_autoptr(GArray) stats = kernel->ops->stats(kernel->backend, self->snapshot->uuid, NULL);

    self->outcome.refused = self->outcome.stepped_back = self->outcome.ext = 0;
    for (guint i = 0; stats && i < stats->len; i++) {
        guint state = g_array_index(stats, VsdVcpuStats, i).state;

        self->outcome.refused += state & VSD_STATE_REFUSED ? 1 : 0;
        self->outcome.stepped_back += state & VSD_STATE_STEPPED_BACK ? 1 : 0;
        self->outcome.ext += state & VSD_STATE_EXT ? 1 : 0;
    }
}

static gboolean same_threads(const VsdSnapshot *a, const VsdSnapshot *b)
{
    return a && b && a->pid == b->pid && a->threads->len == b->threads->len &&
           (a->threads->len == 0 || !memcmp(a->threads->data, b->threads->data, a->threads->len * sizeof(VsVcpuThread)));
}

static gboolean same_settings(const VsdPlan *a, const VsdPlan *b)
{
    g_autoptr(GPtrArray) diff = a && b ? vs_settings_diff(a->resolved, b->resolved) : NULL;

    return diff && diff->len == 0 && a->boost == b->boost && a->interactive == b->interactive && a->attach == b->attach;
}

/* The kernel is told only what changed: telling it again would take a stepped-back thread back. */
static void bring_kernel(VsdDomain *self, const VsdKernel *kernel, gboolean fresh, gboolean attach, gboolean configure)
{
    g_autoptr(GError) error = NULL;
    const VsdSnapshot *s = self->snapshot;
    VsdOutcome *out = &self->outcome;

    if (!self->plan->attach) {
        /* At first sight it may be attached still, from before the daemon was killed. */
        if (out->attached || fresh)
            kernel->ops->detach(kernel->backend, s->uuid, NULL);
        vsd_outcome_clear(out);
        return;
    }
    if (out->attached && !attach && !configure) {
        look_at_vcpus(self, kernel);
        return;
    }
    g_clear_pointer(&out->failure, g_free);
    if ((!attach && out->attached) || kernel->ops->attach(kernel->backend, s->uuid, s->name, s->pid, s->threads, &error)) {
        out->attached = TRUE;
        if (configure && !kernel->ops->configure(kernel->backend, s->uuid, self->plan->resolved, &out->class_applied, &error)) {
            kernel->ops->detach(kernel->backend, s->uuid, NULL);
            out->attached = FALSE;
        }
    } else {
        out->attached = FALSE;
    }
    if (error) {
        out->failure = g_strdup(error->message);
        g_message("%s: %s", s->name, error->message);
    }
    look_at_vcpus(self, kernel);
}

/* Why the guest cannot be heard although that is wanted; NULL: it can. */
static const char *channel_obstacle(const VsdSnapshot *s)
{
    if (!s->facts || s->facts->encrypted)
        return "the guest's memory is encrypted (launchSecurity), and nothing of it is shared with the host";
    if (!s->facts->channel)
        return "the domain has no guest channel; add it with: virt-sched enable-guest";
    return NULL;
}

/* Pages that the channel needs: vCPUs in the middle may be unplugged, and the others keep their numbers. */
static guint channel_slots(const GArray *threads)
{
    guint slots = 0;

    for (guint i = 0; i < threads->len; i++)
        slots = MAX(slots, g_array_index(threads, VsVcpuThread, i).vcpu_id + 1);
    return slots;
}

static gboolean wants_channel(const VsdPlan *plan)
{
    return (plan->boost && vs_settings_get_uint(plan->resolved, "boost.guest")) ||
           (plan->interactive && vs_settings_get_uint(plan->resolved, "interactive.guest"));
}

/* The guest's voice is an extra: without it the rest goes on. */
static void bring_channel(VsdDomain *self, const VsdKernel *kernel)
{
    const VsdSnapshot *s = self->snapshot;
    VsdOutcome *out = &self->outcome;
    gboolean wanted = out->attached && wants_channel(self->plan);
    const char *obstacle = wanted ? channel_obstacle(s) : NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&out->channel_failure, g_free);
    out->channel = FALSE;
    if (!out->attached)
        return;
    if (wanted && !obstacle)
        path = g_strconcat(kernel->root, VS_SHM_DIR "/" VS_CHANNEL_PREFIX, s->uuid, NULL);
    if (kernel->ops->channel(kernel->backend, s->uuid, path, channel_slots(s->threads), s->pid, &error))
        out->channel = path != NULL;
    else if (path)
        obstacle = error->message;
    out->channel_failure = g_strdup(obstacle);
}

/* A limit by hand. Without one, what a migration allows is set by who follows it; until then it is enough that it can be. */
static void bring_quota(VsdDomain *self, const VsdKernel *kernel)
{
    const VsdPlan *plan = self->plan;
    VsdOutcome *out = &self->outcome;
    VsdQuota quota = vsd_quota_of(plan->resolved, (guint64)plan->limit * VSD_PAGES_PER_MIB);
    gboolean follows = plan->quota && !plan->limit && self->snapshot->job;
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&out->quota_failure, g_free);
    if (out->attached && !follows)
        kernel->ops->quota(kernel->backend, self->snapshot->uuid, plan->limit ? &quota : NULL, &error);
    if (plan->quota && error)
        out->quota_failure = g_strdup(error->message);
    else if (plan->quota && !out->attached)
        out->quota_failure = out->failure ? g_strdup(out->failure) : kernel->ops->problem(kernel->backend);
    out->quota = plan->quota && !out->quota_failure;
}

static GVariant *reasons_variant(GHashTable *reasons)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer key, value;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    g_hash_table_iter_init(&iter, reasons);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_variant_builder_add(&builder, "{ss}", key, value);
    return g_variant_builder_end(&builder);
}

static void publish(VsdDomain *self, const VsdHost *host)
{
    const VsdSnapshot *s = self->snapshot;

    vsd_dbus_domain_set_name(self->skeleton, s->name);
    vsd_dbus_domain_set_uuid(self->skeleton, s->uuid);
    vsd_dbus_domain_set_id(self->skeleton, s->id);
    vsd_dbus_domain_set_state(self->skeleton, s->state);
    vsd_dbus_domain_set_summary(self->skeleton, self->summary);
    vsd_dbus_domain_set_wanted(self->skeleton, vs_settings_to_variant(self->plan->wanted, FALSE));
    vsd_dbus_domain_set_applied(self->skeleton, vs_settings_to_variant(self->applied, FALSE));
    vsd_dbus_domain_set_reasons(self->skeleton, reasons_variant(self->reasons));
    vsd_dbus_domain_set_wiring(self->skeleton, self->wiring);
    vsd_dbus_domain_set_rule(self->skeleton, self->plan->rule);
    vsd_dbus_domain_set_leases(self->skeleton, vsd_leases_of(host->leases, s->uuid));
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self->skeleton));
}

/* libvirt may have set a quota, under which the threads have to be back in its own cgroups. */
static gboolean same_place(const VsdSnapshot *a, const VsdSnapshot *b)
{
    return a && b && a->facts && b->facts && a->facts->quota == b->facts->quota;
}

static gboolean same_channel(const VsdSnapshot *a, const VsdSnapshot *b)
{
    return a && b && a->facts && b->facts && a->facts->channel == b->facts->channel;
}

/* What of a domain has to be done again. */
typedef struct {
    gboolean fresh;
    gboolean attach;
    gboolean configure;
    gboolean place;
    gboolean channel;
    gboolean job;
} Todo;

static void bring(VsdDomain *self, const VsdHost *host, const Todo *todo)
{
    const VsdKernel *kernel = host->kernel;

    if (todo->attach || todo->configure || todo->place)
        bring_wiring(self, kernel);
    bring_kernel(self, kernel, todo->fresh, todo->attach, todo->configure);
    if (todo->attach || todo->configure || todo->channel)
        bring_channel(self, kernel);
    if (todo->attach || todo->configure || todo->job)
        bring_quota(self, kernel);
    if (todo->attach || todo->configure || todo->place || todo->channel)
        vsd_interactive_bring(self, kernel);
    self->applied = vsd_decide_applied(self->plan, &self->outcome);
    self->reasons = vsd_decide_reasons(self->snapshot, self->plan, &self->outcome, host->config->enabled);
    self->summary = vsd_decide_summary(self->snapshot, self->plan, &self->outcome, self->reasons);
    publish(self, host);
}

void vsd_domain_update(VsdDomain *self, VsdSnapshot *snapshot, const VsdHost *host, gboolean again)
{
    g_autoptr(VsdPlan) plan = vsd_decide_plan(snapshot, host->config, vsd_leases_has(host->leases, snapshot->uuid));
    Todo todo = {
        .fresh = again || !self->snapshot,
        .attach = again || !same_threads(self->snapshot, snapshot),
        .configure = again || !self->outcome.attached || !same_settings(self->plan, plan),
        .place = !same_place(self->snapshot, snapshot),
        .channel = !same_channel(self->snapshot, snapshot),
        .job = !self->snapshot || g_strcmp0(self->snapshot->job, snapshot->job) != 0,
    };

    if (self->snapshot && self->snapshot->id >= 0 && snapshot->id != self->snapshot->id) {
        /* Another run of the same domain: what was attached is gone. */
        self->outcome.attached = FALSE;
        self->outcome.interactive = FALSE;
        todo.configure = TRUE;
    }
    forget(self);
    self->snapshot = snapshot;
    self->plan = g_steal_pointer(&plan);
    bring(self, host, &todo);
}

void vsd_domain_replan(VsdDomain *self, const VsdHost *host)
{
    g_autoptr(VsdPlan) plan = vsd_decide_plan(self->snapshot, host->config, vsd_leases_has(host->leases, self->snapshot->uuid));
    Todo todo = {.configure = !self->outcome.attached || !same_settings(self->plan, plan)};
    VsdSnapshot *snapshot = g_steal_pointer(&self->snapshot);

    forget(self);
    self->snapshot = snapshot;
    self->plan = g_steal_pointer(&plan);
    bring(self, host, &todo);
}

void vsd_domain_release(VsdDomain *self, const VsdKernel *kernel)
{
    if (self->outcome.attached)
        kernel->ops->detach(kernel->backend, self->snapshot->uuid, NULL);
    self->outcome.attached = FALSE;
    vsd_interactive_release(self);
    vsd_weights_forget(kernel->root, self->snapshot->uuid);
    if (self->plan) {
        self->plan->wire = FALSE;
        bring_wiring(self, kernel);
    }
}

static const struct {
    guint state;
    const char *word;
} state_words[] = {
    {VSD_STATE_BOOSTED, "boosted"},   {VSD_STATE_BLOCKED, "blocked"},           {VSD_STATE_EXHAUSTED, "exhausted"},
    {VSD_STATE_PAYBACK, "payback"},   {VSD_STATE_STEPPED_BACK, "stepped-back"}, {VSD_STATE_GONE, "gone"},
    {VSD_STATE_REFUSED, "refused"},   {VSD_STATE_VOICE, "voice"},               {VSD_STATE_LOW, "deboosted"},
    {VSD_STATE_EXT, "sched-ext"},
};

static const struct {
    const char *key;
    gsize offset;
} counters[] = {
    {"boosts.wake", G_STRUCT_OFFSET(VsdVcpuStats, boosts_wake)}, {"boosts.kick", G_STRUCT_OFFSET(VsdVcpuStats, boosts_kick)},
    {"boosts.extended", G_STRUCT_OFFSET(VsdVcpuStats, extended)}, {"boosts.cutoffs", G_STRUCT_OFFSET(VsdVcpuStats, cutoffs)},
    {"boosts.exhausted", G_STRUCT_OFFSET(VsdVcpuStats, exhausted)},
    {"boosts.rejected", G_STRUCT_OFFSET(VsdVcpuStats, rejected)}, {"boosted.ns", G_STRUCT_OFFSET(VsdVcpuStats, boosted_ns)},
    {"boosts.guest", G_STRUCT_OFFSET(VsdVcpuStats, boosts_guest)},
    {"boosts.guest-ended", G_STRUCT_OFFSET(VsdVcpuStats, unboosts_guest)},
    {"deboosts", G_STRUCT_OFFSET(VsdVcpuStats, deboosts)},
    {"boosts.served", G_STRUCT_OFFSET(VsdVcpuStats, boosts_serve)}, {"boosts.task", G_STRUCT_OFFSET(VsdVcpuStats, boosts_task)},
    {"boosts.spin", G_STRUCT_OFFSET(VsdVcpuStats, boosts_spin)}, {"guest.rejected", G_STRUCT_OFFSET(VsdVcpuStats, rejected_guest)},
    {"payback.ns", G_STRUCT_OFFSET(VsdVcpuStats, payback_ns)},    {"debt.ns", G_STRUCT_OFFSET(VsdVcpuStats, debt_ns)},
};

/* Second word of schedstat: run-queue wait in ns. */
static gboolean read_delay(const char *root, gint tid, guint64 *delay_ret)
{
    g_autofree char *path = g_strdup_printf("%s/proc/%d/schedstat", root, tid);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && sscanf(text, "%*u %" G_GUINT64_FORMAT, delay_ret) == 1;
}

/* An I/O thread has the name that QEMU gave it, "IO " and the id in libvirt's XML. */
static void insert_thread_name(GVariantDict *dict, const VsdVcpuStats *row, const char *root)
{
    g_autofree char *path = g_strdup_printf("%s/proc/%d/comm", root, row->tid);
    g_autofree char *comm = NULL;

    if (row->vcpu_id == 0)
        g_variant_dict_insert(dict, "thread", "s", "emulator");
    else if (g_file_get_contents(path, &comm, NULL, NULL) && g_utf8_validate(comm, -1, NULL))
        g_variant_dict_insert(dict, "thread", "s", g_strchomp(comm));
    else
        g_variant_dict_insert(dict, "thread", "s", "I/O");
}

static GVariant *stats_row(const VsdVcpuStats *row, const VsdKernel *kernel)
{
    GVariantDict dict;
    GVariantBuilder words;
    guint64 delay;

    g_variant_dict_init(&dict, NULL);
    if (row->servant)
        insert_thread_name(&dict, row, kernel->root);
    else
        g_variant_dict_insert(&dict, "vcpu", "u", row->vcpu_id);
    g_variant_dict_insert(&dict, "tid", "i", row->tid);
    g_variant_builder_init(&words, G_VARIANT_TYPE("as"));
    for (gsize i = 0; i < G_N_ELEMENTS(state_words); i++) {
        if (row->state & state_words[i].state)
            g_variant_builder_add(&words, "s", state_words[i].word);
    }
    g_variant_dict_insert_value(&dict, "state", g_variant_builder_end(&words));
    for (gsize i = 0; i < G_N_ELEMENTS(counters); i++)
        g_variant_dict_insert(&dict, counters[i].key, "t", *(const guint64 *)((const char *)row + counters[i].offset));
    g_variant_dict_insert(&dict, "budget.ns", "x", row->budget_ns);
    if (kernel->wires && read_delay(kernel->root, row->tid, &delay))
        g_variant_dict_insert(&dict, "delay.ns", "t", delay);
    return g_variant_dict_end(&dict);
}

GVariant *vsd_domain_stats(VsdDomain *self, const VsdKernel *kernel, GError **error)
{
    g_autoptr(GArray) stats = NULL;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    if (self->outcome.attached) {
        stats = kernel->ops->stats(kernel->backend, self->snapshot->uuid, error);
        if (!stats) {
            g_variant_builder_clear(&builder);
            return NULL;
        }
    }
    for (guint i = 0; stats && i < stats->len; i++)
        g_variant_builder_add_value(&builder, stats_row(&g_array_index(stats, VsdVcpuStats, i), kernel));
    return g_variant_builder_end(&builder);
}
