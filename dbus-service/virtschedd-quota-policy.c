/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much may be dirtied during a migration: see the header.
 */
#include "virtschedd-quota-policy.h"

#define PAGE 4096.0
#define MIB 1048576.0
/* Weight of a new measurement. QEMU's bandwidth is that of its last 100 ms and jumps. */
#define SMOOTH 0.3
/* Passes in a row that did not shrink although they were limited: it will not come to an end. Sooner if that was to be expected. */
#define STUCK_MAX 5
#define STUCK_EXPECTED 2
#define STUCK_SHARE 0.95
/* What others write may take so much of the budget; what they write beyond it is not for the vCPUs to make good. */
#define OTHERS_MAX 0.9
/* A forecast of more passes than that is none. */
#define FORECAST_PASSES 200

static double smooth(double old, double new)
{
    return old > 0 ? old + SMOOTH * (new - old) : new;
}

/* A pass has ended: what did the VM dirty in it, and how much of that was not by its vCPUs? */
static void end_pass(VsdQuotaPolicy *self, const VsdQuotaSample *s)
{
    double seconds = (double)(s->now_us - self->pass_us) / G_USEC_PER_SEC;
    double page = s->page_size ? (double)s->page_size : PAGE;
    double others;

    if (self->iteration > 0 && seconds > 0 && s->dirty_rate > 0) {
        others = (double)s->dirty_rate * page - (double)(s->counted - self->pass_counted) * PAGE / seconds;
        self->others = self->iteration > 1 ? smooth(self->others, MAX(others, 0)) : 0;
    }
    /* Only passes that were limited say whether limiting helps. */
    if (self->iteration > 1 && self->last_remaining > 0 && self->allowed > 0) {
        if ((double)self->pass_remaining > STUCK_SHARE * (double)self->last_remaining)
            self->stuck += (double)self->allowed + self->others < STUCK_SHARE * self->bandwidth ? 1 : STUCK_EXPECTED;
        else
            self->stuck = 0;
    }
    self->last_remaining = self->pass_remaining;
    self->pass_remaining = 0;
    self->iteration = s->iteration;
    self->pass_us = s->now_us;
    self->pass_counted = s->counted;
}

static void take(VsdQuotaPolicy *self, const VsdQuotaSample *s)
{
    if (s->iteration != self->iteration)
        end_pass(self, s);
    self->pass_remaining = MAX(self->pass_remaining, s->remaining);
    if (s->bandwidth > 0)
        self->bandwidth = smooth(self->bandwidth, (double)s->bandwidth);
}

/* Seconds until what is left fits into @fits bytes, if @dirties bytes are dirtied each second; below 0: never. */
static double forecast(const VsdQuotaPolicy *self, double remaining, double dirties, double fits)
{
    double seconds = 0;

    if (self->bandwidth <= 0 || dirties >= self->bandwidth)
        return -1;
    for (guint pass = 0; remaining > fits && pass < FORECAST_PASSES; pass++) {
        seconds += remaining / self->bandwidth;
        remaining *= dirties / self->bandwidth;
    }
    return seconds + remaining / self->bandwidth;
}

static char *mib(double bytes)
{
    return g_strdup_printf(bytes < 10 * MIB ? "%.1f MiB" : "%.0f MiB", bytes / MIB);
}

static void advise(VsdQuotaAdvice *advice, VsdQuotaPhase phase, double forecast_s, char *reason)
{
    *advice = (VsdQuotaAdvice){.phase = phase, .forecast_s = forecast_s, .reason = reason};
}

static gboolean give_up(VsdQuotaPolicy *self, const VsdQuotaWish *wish, VsdQuotaAdvice *advice)
{
    g_autofree char *link = mib(self->bandwidth), *least = mib((double)wish->floor * wish->vcpus * PAGE), *others = mib(self->others);

    if (!self->given_up)
        return FALSE;
    advise(advice, VSD_PHASE_GIVEN_UP, -1,
           g_strdup_printf("passes do not shrink any more: the link carries %s/s, the floor of %u vCPUs takes %s/s, devices %s/s; "
                           "nothing is limited any more; what libvirt was asked for (--auto-converge, --postcopy, --timeout) goes on",
                           link, wish->vcpus, least, others));
    return TRUE;
}

void vsd_quota_policy_next(VsdQuotaPolicy *self, const VsdQuotaWish *wish, const VsdQuotaSample *sample, VsdQuotaAdvice *advice)
{
    double factor = (double)wish->factor / 100, fits, budget, least = (double)wish->floor * wish->vcpus * PAGE, rate;
    g_autofree char *link = NULL, *quota = NULL, *left = NULL, *others = NULL, *end = NULL;

    take(self, sample);
    self->given_up = self->given_up || self->stuck >= STUCK_MAX;
    if (give_up(self, wish, advice))
        return;
    if (sample->iteration == 0 || self->bandwidth <= 0) {
        advise(advice, VSD_PHASE_WAITING, -1, g_strdup("the bandwidth is not known yet"));
        return;
    }
    fits = self->bandwidth * (double)sample->downtime_ms / 1000;
    if (sample->iteration == 1) {
        advise(advice, VSD_PHASE_FIRST, -1, g_strdup("first pass: all memory is sent once, and nothing is limited"));
        return;
    }
    budget = factor * self->bandwidth;
    rate = MAX(budget - MIN(self->others, OTHERS_MAX * budget), MAX(least, PAGE));
    link = mib(self->bandwidth);
    quota = mib(rate);
    left = mib((double)sample->remaining);
    others = mib(self->others);
    end = mib(fits);
    advise(advice, (double)sample->remaining <= fits ? VSD_PHASE_LAST : VSD_PHASE_SHRINKING,
           forecast(self, (double)sample->remaining, rate + self->others, fits),
           rate + self->others < self->bandwidth
               ? g_strdup_printf("%s left at %s/s; the vCPUs may dirty %s/s, devices dirty %s/s, so that passes shrink to %s, "
                                 "which fit into the allowed pause of %" G_GUINT64_FORMAT " ms", left, link, quota, others, end,
                                 sample->downtime_ms)
               : g_strdup_printf("%s left at %s/s; the floor of %u vCPUs and devices together dirty more than that", left, link,
                                 wish->vcpus));
    advice->rate = (guint64)(rate / PAGE);
    self->allowed = (guint64)rate;
}

const char *vsd_quota_phase_word(VsdQuotaPhase phase)
{
    static const char *const words[] = {
        [VSD_PHASE_WAITING] = "waiting", [VSD_PHASE_FIRST] = "first-pass", [VSD_PHASE_SHRINKING] = "shrinking",
        [VSD_PHASE_LAST] = "last-pass", [VSD_PHASE_GIVEN_UP] = "given-up",
    };

    return words[phase];
}
