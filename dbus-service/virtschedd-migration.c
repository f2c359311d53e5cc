/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows the migrations of this host: see the header. One row per domain whose job is followed; whatever ends a job (its
 * completion, its failure, a cancel, a domain that is gone) ends the row, and the kernel lets its vCPUs go.
 */
#include "virtschedd-migration.h"

#include <string.h>

#include "virtschedd-quota-policy.h"
#include "virtschedd-quota.h"

#define POLL_MS 200
/* libvirt's own default, for when it does not say. */
#define DOWNTIME_MS 300

#define UNKNOWN "the bandwidth is not known yet"
#define OVER "the job is over; nothing is limited any more"

/* libvirt's words for jobs in which QEMU logs dirty pages while the guest runs. Others have nothing to limit. */
static const char *const followed[] = {"migration out", "snapshot", "save", "dump", NULL};

typedef struct {
    VsdDomain *domain;
    VsdQuotaPolicy policy;
    VsdQuotaAdvice advice;
    VsdJob job;
    guint64 downtime;
    gboolean ask_downtime; /* not known, or a pass old: it may be changed while the job runs */
    gint64 asked_us;   /* when the kernel was asked last */
    GHashTable *before; /* vCPU -> pages counted then */
    GHashTable *rates;  /* vCPU -> bytes per second lately */
    guint timer;
    gboolean asking;
    gboolean again; /* another pass has begun while asking */
    gboolean seen;  /* libvirt has said that it runs */
    gboolean over;
    gboolean stale; /* it was over after the question on its way was asked */
    const char *told;  /* phase that the last signal had; a word of a table */
    gboolean told_limit;
} Migration;

struct _VsdMigrations {
    VsdLibvirt *libvirt;
    const VsdKernel *kernel;
    GHashTable *rows; /* uuid -> Migration */
    gboolean stopped;
};

/* A question on its way; the row may be gone when it is answered. */
typedef struct {
    VsdMigrations *self;
    char *uuid;
} Question;

static void ask(VsdMigrations *self, Migration *m);

static void migration_free(gpointer data)
{
    Migration *m = data;

    g_clear_handle_id(&m->timer, g_source_remove);
    g_hash_table_unref(m->before);
    g_hash_table_unref(m->rates);
    g_free(m->advice.reason);
    g_free(m);
}

VsdMigrations *vsd_migrations_new(VsdLibvirt *libvirt, const VsdKernel *kernel)
{
    VsdMigrations *self = g_new0(VsdMigrations, 1);

    self->libvirt = libvirt;
    self->kernel = kernel;
    self->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, migration_free);
    return self;
}

void vsd_migrations_stop(VsdMigrations *self)
{
    self->stopped = TRUE;
    g_hash_table_remove_all(self->rows);
}

void vsd_migrations_free(VsdMigrations *self)
{
    g_hash_table_unref(self->rows);
    g_free(self);
}

/* Pages that all vCPUs have dirtied, and what each of them did lately. */
static guint64 count(VsdMigrations *self, Migration *m, gint64 now_us)
{
    VsdQuotaState state;
    g_autoptr(GArray) stats = self->kernel->ops->quota_stats(self->kernel->backend, m->domain->snapshot->uuid, &state, NULL);
    double seconds = (double)(now_us - m->asked_us) / G_USEC_PER_SEC;
    guint64 total = 0;

    for (guint i = 0; stats && i < stats->len; i++) {
        const VsdQuotaStats *row = &g_array_index(stats, VsdQuotaStats, i);
        gpointer key = GUINT_TO_POINTER(row->vcpu_id + 1);
        guint64 before = (guint64)(guintptr)g_hash_table_lookup(m->before, key);

        if (m->asked_us && seconds > 0 && row->counted >= before)
            g_hash_table_insert(m->rates, key,
                                (gpointer)(guintptr)((double)(row->counted - before) * VSD_PAGE_SIZE / seconds));
        g_hash_table_insert(m->before, key, (gpointer)(guintptr)row->counted);
        total += row->counted;
    }
    m->asked_us = now_us;
    return total;
}

/* For who listens: once for each phase, and when limiting begins or ends in one. @rate: pages per second, 0: no limit. */
static void tell(Migration *m, const char *phase, const char *reason, guint64 rate)
{
    if (g_strcmp0(m->told, phase) == 0 && m->told_limit == (rate > 0))
        return;
    m->told = phase;
    m->told_limit = rate > 0;
    vsd_dbus_domain_emit_migration_changed(m->domain->skeleton, phase, reason, rate * VSD_PAGE_SIZE);
}

static void let_go(VsdMigrations *self, Migration *m)
{
    g_clear_handle_id(&m->timer, g_source_remove);
    if (!m->over && m->domain->outcome.attached)
        self->kernel->ops->quota(self->kernel->backend, m->domain->snapshot->uuid, NULL, NULL);
    m->over = TRUE;
    m->stale = m->asking;
    tell(m, "over", OVER, 0);
}

static void say(const Migration *m, VsdQuotaPhase before)
{
    if (m->advice.phase != before)
        g_message("%s: migration: %s: %s", m->domain->snapshot->name, vsd_quota_phase_word(m->advice.phase), m->advice.reason);
}

/* What libvirt says becomes a quota. */
static void apply(VsdMigrations *self, Migration *m)
{
    const VsSettings *settings = m->domain->plan->resolved;
    VsdQuotaWish wish = {
        .factor = vs_settings_get_uint(settings, "dirtyQuota.factor"),
        .floor = (guint64)vs_settings_get_uint(settings, "dirtyQuota.floor") * VSD_PAGES_PER_MIB,
        .vcpus = m->domain->snapshot->threads->len,
    };
    VsdQuotaSample sample = {
        .now_us = g_get_monotonic_time(), .iteration = (guint)m->job.iteration, .bandwidth = m->job.bps,
        .remaining = m->job.remaining, .dirty_rate = m->job.dirty_rate, .page_size = m->job.page_size,
        .downtime_ms = m->downtime ? m->downtime : DOWNTIME_MS,
    };
    VsdQuotaPhase before = m->advice.phase;
    g_autoptr(GError) error = NULL;
    VsdQuota quota;

    sample.counted = count(self, m, sample.now_us);
    g_free(m->advice.reason);
    vsd_quota_policy_next(&m->policy, &wish, &sample, &m->advice);
    say(m, before);
    quota = vsd_quota_of(settings, m->advice.rate);
    if (!self->kernel->ops->quota(self->kernel->backend, m->domain->snapshot->uuid, &quota, &error)) {
        g_free(m->advice.reason);
        m->advice.reason = g_strdup(error->message);
    }
    tell(m, vsd_quota_phase_word(m->advice.phase), m->advice.reason, error ? 0 : quota.rate);
}

static gboolean on_time(gpointer data)
{
    Question *q = data;
    Migration *m = g_hash_table_lookup(q->self->rows, q->uuid);

    m->timer = 0;
    ask(q->self, m);
    return G_SOURCE_REMOVE;
}

static void question_free(gpointer data)
{
    Question *q = data;

    g_free(q->uuid);
    g_free(q);
}

static Question *question_new(VsdMigrations *self, const Migration *m)
{
    Question *q = g_new0(Question, 1);

    *q = (Question){.self = self, .uuid = g_strdup(m->domain->snapshot->uuid)};
    return q;
}

static void ask_later(VsdMigrations *self, Migration *m)
{
    if (!m->timer && !m->over)
        m->timer = g_timeout_add_full(G_PRIORITY_DEFAULT, POLL_MS, on_time, question_new(self, m), question_free);
}

/* A job right after another one; nothing of that counts. */
static void begin_again(Migration *m)
{
    g_free(m->advice.reason);
    m->policy = (VsdQuotaPolicy){0};
    m->advice = (VsdQuotaAdvice){0};
    m->downtime = 0;
    m->ask_downtime = TRUE;
    m->seen = m->over = FALSE;
}

static void take(VsdMigrations *self, Migration *m, const VsdJob *job)
{
    gboolean stale = m->stale;

    m->asking = m->stale = FALSE;
    if (stale)
        return;
    if (job && vsd_job_runs(job) && m->over)
        begin_again(m);
    if (job && !vsd_job_runs(job) && m->seen) {
        let_go(self, m);
        return;
    }
    if (job && vsd_job_runs(job)) {
        m->seen = TRUE;
        m->job = *job;
        m->ask_downtime = !job->downtime_allowed && m->ask_downtime;
        m->downtime = job->downtime_allowed ? job->downtime_allowed : m->downtime;
        apply(self, m);
    }
    if (m->over)
        return;
    if (m->again)
        ask(self, m);
    else
        ask_later(self, m);
}

static void on_job(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    Question *q = data;
    VsdJob *job = vsd_libvirt_job_finish(result, &error);
    Migration *m = g_hash_table_lookup(q->self->rows, q->uuid);

    if (m)
        take(q->self, m, job);
    g_free(job);
    question_free(q);
}

static void ask(VsdMigrations *self, Migration *m)
{
    m->again = FALSE;
    g_clear_handle_id(&m->timer, g_source_remove);
    m->asking = TRUE;
    vsd_libvirt_job(self->libvirt, m->domain->snapshot->uuid, m->ask_downtime, on_job, question_new(self, m));
}

static gboolean wants(const VsdMigrations *self, const VsdDomain *domain)
{
    return !self->stopped && domain->outcome.attached && domain->plan->quota && !domain->plan->limit && domain->snapshot->job &&
           g_strv_contains(followed, domain->snapshot->job);
}

void vsd_migrations_look(VsdMigrations *self, VsdDomain *domain)
{
    const char *uuid = domain->snapshot->uuid;
    Migration *m = g_hash_table_lookup(self->rows, uuid);

    if (m && !wants(self, domain)) {
        let_go(self, m);
        if (!domain->snapshot->job)
            g_hash_table_remove(self->rows, uuid);
    } else if (m && m->over && !m->asking) {
        /* Still that job, or the next one? */
        ask(self, m);
    } else if (!m && wants(self, domain)) {
        m = g_new0(Migration, 1);
        m->domain = domain;
        m->ask_downtime = TRUE;
        m->before = g_hash_table_new(NULL, NULL);
        m->rates = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(self->rows, g_strdup(uuid), m);
        g_message("%s: migration: following libvirt's job \"%s\"", domain->snapshot->name, domain->snapshot->job);
        tell(m, "waiting", UNKNOWN, 0);
        ask(self, m);
    }
}

void vsd_migrations_gone(VsdMigrations *self, const char *uuid)
{
    g_hash_table_remove(self->rows, uuid);
}

void vsd_migrations_pass(VsdMigrations *self, const char *uuid)
{
    Migration *m = g_hash_table_lookup(self->rows, uuid);

    if (!m)
        return;
    m->ask_downtime = TRUE;
    if (m->asking)
        m->again = TRUE;
    else if (!m->over)
        ask(self, m);
}

void vsd_migrations_over(VsdMigrations *self, const char *uuid)
{
    Migration *m = g_hash_table_lookup(self->rows, uuid);

    if (m)
        let_go(self, m);
}

static void describe_job(GVariantDict *dict, const VsdJob *job)
{
    const struct {
        const char *key;
        guint64 value;
    } numbers[] = {
        {"iteration", job->iteration}, {"bandwidth", job->bps}, {"remaining", job->remaining}, {"total", job->total},
        {"dirty-rate", job->dirty_rate * (job->page_size ? job->page_size : VSD_PAGE_SIZE)}, {"elapsed-ms", job->elapsed},
    };

    g_variant_dict_insert(dict, "operation", "s", vsd_job_operation(job));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_variant_dict_insert(dict, numbers[i].key, "t", numbers[i].value);
}

/* Why nothing is followed, for a domain that has no row here. */
static const char *idle_reason(const VsdDomain *domain, const char *job)
{
    if (domain->plan->limit)
        return "a limit by hand (dirtyQuota.rate) is in force whenever dirty pages are logged";
    if (!domain->plan->quota)
        return "the dirty quota is off; set dirtyQuota.state=on";
    if (domain->outcome.quota_failure)
        return domain->outcome.quota_failure;
    if (job && !g_strv_contains(followed, job))
        return "libvirt's job does not log dirty memory; there is nothing to limit";
    return "no migration";
}

static void describe_follow(GVariantDict *dict, const Migration *m, const VsdDomain *domain)
{
    const char *phase = m && m->advice.reason ? vsd_quota_phase_word(m->advice.phase) : m ? "waiting" : "none";
    const char *reason = m && m->advice.reason ? m->advice.reason : m ? UNKNOWN
                                                                      : idle_reason(domain, domain->snapshot->job);

    g_variant_dict_insert(dict, "following", "b", m != NULL && !m->over);
    g_variant_dict_insert(dict, "phase", "s", m && m->over ? "over" : phase);
    g_variant_dict_insert(dict, "reason", "s", m && m->over ? OVER : reason);
    if (!m)
        return;
    g_variant_dict_insert(dict, "forecast-ms", "x", m->advice.forecast_s < 0 ? (gint64)-1 : (gint64)(m->advice.forecast_s * 1000));
    g_variant_dict_insert(dict, "smoothed-bandwidth", "t", (guint64)m->policy.bandwidth);
    g_variant_dict_insert(dict, "other-rate", "t", (guint64)m->policy.others);
    g_variant_dict_insert(dict, "downtime-allowed-ms", "t", m->downtime ? m->downtime : DOWNTIME_MS);
}

static GVariant *describe_vcpu(const Migration *m, const VsdQuotaStats *row)
{
    guint64 rate = m ? (guint64)(guintptr)g_hash_table_lookup(m->rates, GUINT_TO_POINTER(row->vcpu_id + 1)) : 0;
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "vcpu", "u", row->vcpu_id);
    g_variant_dict_insert(&dict, "tid", "i", row->tid);
    g_variant_dict_insert(&dict, "asleep", "b", row->asleep);
    g_variant_dict_insert(&dict, "marked", "t", row->dirtied * VSD_PAGE_SIZE);
    g_variant_dict_insert(&dict, "dirtied", "t", row->counted * VSD_PAGE_SIZE);
    g_variant_dict_insert(&dict, "rate", "t", rate);
    g_variant_dict_insert(&dict, "debt", "t", row->debt * VSD_PAGE_SIZE);
    g_variant_dict_insert(&dict, "slept.ns", "t", row->slept_ns);
    g_variant_dict_insert(&dict, "sleeps", "t", row->sleeps);
    g_variant_dict_insert(&dict, "let-ins", "t", row->let_ins);
    return g_variant_dict_end(&dict);
}

GVariant *vsd_migrations_describe(VsdMigrations *self, VsdDomain *domain, const VsdJob *job)
{
    const Migration *m = g_hash_table_lookup(self->rows, domain->snapshot->uuid);
    g_autoptr(GArray) stats = NULL;
    VsdQuotaState state = {0};
    GVariantBuilder vcpus;
    GVariantDict dict;

    if (domain->outcome.attached)
        stats = self->kernel->ops->quota_stats(self->kernel->backend, domain->snapshot->uuid, &state, NULL);
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "job", "s", job && vsd_job_runs(job) ? "running" : "none");
    if (job && vsd_job_runs(job))
        describe_job(&dict, job);
    describe_follow(&dict, m, domain);
    g_variant_dict_insert(&dict, "quota", "t", state.quota.rate * VSD_PAGE_SIZE);
    g_variant_dict_insert(&dict, "share", "t", state.share * VSD_PAGE_SIZE);
    g_variant_dict_insert(&dict, "pool", "t", state.pool_left * VSD_PAGE_SIZE);
    g_variant_builder_init(&vcpus, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; state.on && i < stats->len; i++)
        g_variant_builder_add_value(&vcpus, describe_vcpu(m, &g_array_index(stats, VsdQuotaStats, i)));
    return g_variant_new("(@a{sv}aa{sv})", g_variant_dict_end(&dict), &vcpus);
}
