/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What virtschedd asks of the vCPUs during a migration (dbus-service/virtschedd-quota-policy.c), against a made-up QEMU: passes
 * over what is dirty, a writer that goes round its working set, devices that write as well. Time is invented here.
 */
#include <math.h>
#include <string.h>

#include "virtschedd-quota-policy.h"

#define MIB 1048576.0
#define PAGE 4096.0
#define STEP_S 0.2
#define END_S 600.0

/* MiB and MiB/s; @jitter: of the bandwidth that is measured, as a share; @ends: it converges; @most_s: and when at the latest. */
typedef struct {
    const char *name;
    double memory, link, writes, set, devices, jitter;
    guint floor_mib;
    gboolean ends;
    double most_s;
} Case;

static const Case cases[] = {
    {"idle", .memory = 512, .link = 100, .writes = 0, .set = 0, .ends = TRUE, .most_s = 6.5},
    {"light-writer", .memory = 512, .link = 100, .writes = 10, .set = 256, .ends = TRUE, .most_s = 7},
    {"writer-faster-than-the-link", .memory = 512, .link = 100, .writes = 1000, .set = 256, .ends = TRUE, .most_s = 11.5},
    {"writer-of-all-memory", .memory = 512, .link = 100, .writes = 1000, .set = 512, .ends = TRUE, .most_s = 16.5},
    {"slow-link", .memory = 512, .link = 8, .writes = 500, .set = 256, .ends = TRUE, .most_s = 140},
    {"bandwidth-jumps", .memory = 512, .link = 100, .writes = 1000, .set = 256, .jitter = 0.6, .ends = TRUE, .most_s = 16},
    {"devices-write-too", .memory = 512, .link = 100, .writes = 1000, .set = 256, .devices = 30, .ends = TRUE, .most_s = 17},
    {"devices-write-all", .memory = 512, .link = 100, .writes = 10, .set = 256, .devices = 150},
    {"floor-above-the-link", .memory = 512, .link = 3, .writes = 500, .set = 256, .floor_mib = 1},
    {"floor-just-below-the-link", .memory = 256, .link = 6, .writes = 500, .set = 128, .floor_mib = 1, .ends = TRUE, .most_s = 180},
};

typedef struct {
    const Case *c;
    VsdQuotaPolicy policy;
    VsdQuotaWish wish;
    VsdQuotaSample sample;
    double left, fresh, counted, pass_s, devices, rate; /* bytes; @fresh: dirtied in this pass */
    gboolean over;
    gboolean limited_in_first_pass;
    guint given_up;
} Job;

static void dirty(Job *job, double seconds)
{
    double wish = job->c->writes * MIB, set = job->c->set * MIB, by_vcpus;

    if (job->rate > 0)
        wish = fmin(wish, job->rate);
    by_vcpus = fmin(wish * seconds, fmax(set - job->fresh, 0));
    job->fresh += by_vcpus;
    job->counted += by_vcpus;
    job->devices += job->c->devices * MIB * seconds;
}

/* A pass ends: what was dirtied in it is what the next one sends. */
static void sync_bitmap(Job *job, gdouble downtime_s)
{
    job->left = job->fresh + job->devices;
    job->sample.dirty_rate = job->pass_s > 0 ? (guint64)(job->left / job->pass_s / PAGE) : 0;
    job->over = job->left <= job->c->link * MIB * downtime_s;
    job->fresh = job->devices = job->pass_s = 0;
    job->sample.iteration++;
}

static void step(Job *job)
{
    double seconds = STEP_S;

    while (seconds > 1e-9 && !job->over) {
        double part = fmin(seconds, fmax(job->left / (job->c->link * MIB), 1e-4));

        dirty(job, part);
        job->left = fmax(job->left - part * job->c->link * MIB, 0);
        job->pass_s += part;
        seconds -= part;
        if (job->left <= 0)
            sync_bitmap(job, 0.3);
    }
}

static void look(Job *job, guint n)
{
    VsdQuotaAdvice advice = {0};

    job->sample.now_us = (gint64)(n * STEP_S * G_USEC_PER_SEC);
    job->sample.bandwidth = (guint64)(job->c->link * MIB * (1 + job->c->jitter * (n % 2 ? 1 : -1)));
    job->sample.remaining = (guint64)job->left;
    job->sample.counted = (guint64)(job->counted / PAGE);
    vsd_quota_policy_next(&job->policy, &job->wish, &job->sample, &advice);
    g_assert_nonnull(advice.reason);
    g_assert_nonnull(vsd_quota_phase_word(advice.phase));
    if (job->sample.iteration <= 1)
        job->limited_in_first_pass |= advice.rate > 0;
    else
        g_assert_true(advice.phase == VSD_PHASE_GIVEN_UP || advice.rate >= job->wish.floor * job->wish.vcpus);
    g_assert_true(advice.phase != VSD_PHASE_GIVEN_UP || advice.rate == 0);
    job->given_up += advice.phase == VSD_PHASE_GIVEN_UP;
    job->rate = (double)advice.rate * PAGE;
    g_free(advice.reason);
}

static void test_case(gconstpointer data)
{
    const Case *c = data;
    Job job = {.c = c, .wish = {.factor = 50, .floor = MAX(c->floor_mib, 1) * 256, .vcpus = 4}, .left = c->memory * MIB};
    double took = 0;

    job.sample.iteration = 1;
    job.sample.downtime_ms = 300;
    for (guint n = 0; took < END_S && !job.over; n++, took += STEP_S) {
        look(&job, n);
        step(&job);
    }
    g_test_message("%s: %.1f s, %u passes, given up %u", c->name, took, job.sample.iteration, job.given_up);
    g_assert_false(job.limited_in_first_pass);
    g_assert_cmpint(job.over, ==, c->ends);
    if (c->ends) {
        g_assert_cmpfloat(took, <=, c->most_s);
        g_assert_cmpuint(job.given_up, ==, 0);
    } else {
        g_assert_cmpuint(job.given_up, >, 0);
    }
}

/* Nothing libvirt may say, or leave unsaid, is a division by zero or a quota of nothing. */
static void test_odd_numbers(void)
{
    static const guint64 odd[] = {0, 1, 4096, G_MAXUINT32, G_MAXUINT64};
    VsdQuotaPolicy policy = {0};

    for (guint n = 0; n < 5 * 5 * 5 * 5; n++) {
        VsdQuotaWish wish = {.factor = 10 + n % 81, .floor = odd[n % 3], .vcpus = n % 2 ? 1 : 1024};
        VsdQuotaSample sample = {.now_us = (gint64)odd[n % 4], .iteration = n % 7, .bandwidth = odd[n % 5], .remaining = odd[n / 5 % 5],
                                 .dirty_rate = odd[n / 25 % 5], .page_size = odd[n / 125 % 3], .counted = odd[n % 5],
                                 .downtime_ms = odd[n % 3]};
        VsdQuotaAdvice advice = {0};

        vsd_quota_policy_next(&policy, &wish, &sample, &advice);
        g_assert_nonnull(advice.reason);
        g_assert_true(advice.rate > 0 || advice.phase == VSD_PHASE_WAITING || advice.phase == VSD_PHASE_FIRST ||
                      advice.phase == VSD_PHASE_GIVEN_UP);
        g_assert_false(isnan(advice.forecast_s));
        g_free(advice.reason);
    }
}

static void test_forecast_is_near(void)
{
    const Case c = {"forecast", .memory = 512, .link = 100, .writes = 1000, .set = 256};
    Job job = {.c = &c, .wish = {.factor = 50, .floor = 256, .vcpus = 4}, .left = 512 * MIB};
    double forecast = -1, took = 0, made = 0;

    job.sample.iteration = 1;
    job.sample.downtime_ms = 300;
    for (guint n = 0; !job.over; n++, took += STEP_S) {
        VsdQuotaAdvice advice = {0};
        VsdQuotaPolicy copy;

        look(&job, n);
        copy = job.policy;
        vsd_quota_policy_next(&copy, &job.wish, &job.sample, &advice);
        if (forecast < 0 && advice.forecast_s >= 0) {
            forecast = advice.forecast_s;
            made = took;
        }
        g_free(advice.reason);
        step(&job);
    }
    g_assert_cmpfloat(fabs(made + forecast - took), <, 2);
}

/* A person reads why it comes to an end, with the figures that decide it; a pause that is changed meanwhile counts. */
static void test_says_why(void)
{
    VsdQuotaPolicy policy = {0};
    VsdQuotaWish wish = {.factor = 50, .floor = 256, .vcpus = 4};
    VsdQuotaSample sample = {.now_us = 1, .iteration = 1, .bandwidth = (guint64)(100 * MIB), .remaining = (guint64)(512 * MIB), .downtime_ms = 300};
    const struct {
        guint iteration;
        guint64 downtime_ms;
        const char *words;
    } looks[] = {
        {1, 300, "first pass"},
        {2, 300, "512 MiB left at 100 MiB/s; the vCPUs may dirty 50 MiB/s, devices dirty 0.0 MiB/s, so that passes shrink to 30 MiB, "
                 "which fit into the allowed pause of 300 ms"},
        {2, 1000, "so that passes shrink to 100 MiB, which fit into the allowed pause of 1000 ms"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(looks); i++) {
        VsdQuotaAdvice advice = {0};

        sample.iteration = looks[i].iteration;
        sample.downtime_ms = looks[i].downtime_ms;
        vsd_quota_policy_next(&policy, &wish, &sample, &advice);
        g_assert_nonnull(strstr(advice.reason, looks[i].words));
        g_free(advice.reason);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/quota-policy/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/quota-policy/odd-numbers", test_odd_numbers);
    g_test_add_func("/quota-policy/forecast", test_forecast_is_near);
    g_test_add_func("/quota-policy/says-why", test_says_why);
    return g_test_run();
}
