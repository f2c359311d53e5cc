/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arithmetic of boost budgets and debts (kmod/vs_budget_calc.h): what a guest can do to it at worst, and that what is
 * boosted is paid for. Time is invented here.
 */
#include <glib.h>

#include "vs_pot_calc.h"

#define MS VS_NSEC_PER_MSEC
#define US VS_NSEC_PER_USEC

static void test_fresh_budget_is_one_burst(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 0, 2 * MS, 20);
    g_assert_cmpuint(vs_budget_grant(&b, 0, 5 * MS, 0), ==, 2 * MS);
    g_assert_cmpuint(vs_budget_grant(&b, 0, 80 * US, 0), ==, 80 * US);
    g_assert_cmpuint(vs_budget_grant(&b, 0, 5 * MS, 1950 * US), ==, 50 * US);
    g_assert_cmpuint(vs_budget_grant(&b, 0, 5 * MS, 1990 * US), ==, 0);
}

static void test_reconfiguring_does_not_fill(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 0, 2 * MS, 20);
    vs_budget_charge(&b, 3 * MS);
    vs_budget_set(&b, 0, 2 * MS, 20);
    vs_budget_set(&b, 0, 50 * MS, 90);
    g_assert_cmpint(b.tokens, ==, -(gint64)MS);
    vs_budget_set(&b, 0, 100 * US, 90);
    g_assert_cmpint(b.tokens, <=, (gint64)(100 * US));
}

static void test_debt_is_carried_and_bounded(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 0, 2 * MS, 10);
    for (int i = 0; i < 1000; i++)
        vs_budget_charge(&b, 100 * MS);
    g_assert_cmpint(b.tokens, ==, -(gint64)(2 * MS));
    /* 20 ms at 10 % pay 2 ms back, and not sooner. */
    g_assert_cmpuint(vs_budget_grant(&b, 20 * MS, MS, 0), ==, 0);
    g_assert_cmpuint(vs_budget_grant(&b, 21 * MS, MS, 0), ==, 100 * US);
}

static void test_clock_going_back_gives_nothing(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 100 * MS, 2 * MS, 20);
    vs_budget_charge(&b, 2 * MS);
    g_assert_cmpuint(vs_budget_grant(&b, 50 * MS, MS, 0), ==, 0);
    vs_budget_refill(&b, G_MAXUINT64);
    g_assert_cmpint(b.tokens, ==, (gint64)(2 * MS));
}

/* Two CPUs share one: who waited for the lock comes with the time from before. */
static void test_time_is_refilled_once(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 0, 20 * MS, 50);
    vs_budget_charge(&b, 20 * MS);
    for (int i = 0; i < 1000; i++) {
        vs_budget_refill(&b, 2 * MS);
        vs_budget_refill(&b, MS);
    }
    g_assert_cmpint(b.tokens, ==, (gint64)MS);
}

/* Whatever a guest does, its boosted time over a long stretch is the share, plus one burst and one overdraft. */
static void test_long_run_share_holds(gconstpointer data)
{
    const guint *row = data; /* share in percent, how long it runs past each grant in us */
    struct vs_budget b = { 0 };
    guint64 now = 0, boosted = 0;

    vs_budget_set(&b, now, 2 * MS, row[0]);
    while (now < 10000 * MS) {
        guint64 grant = vs_budget_grant(&b, now, 80 * US, 0);

        if (grant) {
            guint64 ran = grant + row[1] * US;

            now += ran;
            boosted += ran;
            vs_budget_refill(&b, now);
            vs_budget_charge(&b, ran);
        } else {
            now += 7 * US;
        }
    }
    g_assert_cmpuint(boosted, <=, 10000 * MS * row[0] / 100 + 4 * MS);
    g_assert_cmpuint(boosted, >=, 10000 * MS * row[0] / 100 - 4 * MS);
}

static void test_boosted_time_is_owed_and_idling_pays(void)
{
    struct vs_debt d = { 0 };

    vs_debt_boosted(&d, 50 * MS);
    g_assert_cmpuint(d.owed, ==, 50 * MS);
    /* What others would have left to it is not known. */
    g_assert_cmpuint(vs_debt_share(&d), ==, VS_SHARE_UNKNOWN);
    vs_debt_idle(&d, 20 * MS);
    g_assert_cmpuint(d.owed, ==, 46 * MS);
    /* Nobody else wanted the CPU: all of it was there for the others. */
    vs_debt_sample(&d, 50 * MS, 0);
    vs_debt_idle(&d, 16 * MS);
    g_assert_cmpuint(d.owed, ==, 30 * MS);
    vs_debt_sample(&d, 0, 50 * MS);
    g_assert_cmpuint(vs_debt_share(&d), ==, 500);
    vs_debt_idle(&d, 20 * MS);
    g_assert_cmpuint(d.owed, ==, 20 * MS);
    vs_debt_idle(&d, 60 * MS);
    g_assert_cmpuint(d.owed, ==, 0);
}

static void test_debt_has_an_end(void)
{
    struct vs_debt d = { 0 };

    vs_debt_sample(&d, 0, 1000 * MS);
    g_assert_cmpuint(vs_debt_share(&d), ==, 20);
    for (int i = 0; i < 10000; i++)
        vs_debt_boosted(&d, G_MAXUINT64);
    g_assert_cmpuint(d.owed, ==, VS_OWED_MAX_NS);
    vs_debt_idle(&d, G_MAXUINT64);
    g_assert_cmpuint(d.owed, ==, 0);
}

/* Boosts of 80 us, of which half is paid at once and a little more at times: as many as are paid, and nothing is forgiven. */
static void test_nobody_has_more_credit_than_it_pays(void)
{
    struct vs_debt d = { 0 };
    guint64 boosted = 0, paid = 0;

    g_assert_cmpuint(vs_credit(0), ==, VS_CREDIT_MAX_NS);
    for (int i = 0; i < 100000; i++) {
        if (vs_credit(d.owed) >= 80 * US) {
            /* The worker's time, and a cut-off that comes late. */
            vs_debt_boosted(&d, 107 * US);
            boosted += 107 * US;
            d.owed -= 40 * US;
            paid += 40 * US;
        }
        if (i % 100 == 0 && d.owed >= MS) {
            d.owed -= MS;
            paid += MS;
        }
    }
    g_assert_cmpuint(d.owed, >, VS_CREDIT_MAX_NS - 80 * US);
    g_assert_cmpuint(boosted, ==, paid + d.owed);
    g_assert_cmpuint(vs_credit(VS_OWED_MAX_NS), ==, 0);
}

/* Servants' time waits while there is no room for it. */
static void test_what_servants_had_is_not_forgiven(void)
{
    struct vs_debt d = { .owed = VS_OWED_MAX_NS - 2 * MS };

    g_assert_cmpuint(vs_debt_take(&d, 5 * MS), ==, 3 * MS);
    g_assert_cmpuint(d.owed, ==, VS_OWED_MAX_NS);
    g_assert_cmpuint(vs_debt_take(&d, 3 * MS), ==, 3 * MS);
    d.owed = 0;
    g_assert_cmpuint(vs_debt_take(&d, 3 * MS), ==, 0);
    g_assert_cmpuint(d.owed, ==, 3 * MS);
}

static void test_in_debt_until_there_is_some_to_spare(void)
{
    struct vs_budget b = { 0 };
    struct vs_debt d = { 0 };

    vs_budget_set(&b, 0, 2 * MS, 20);
    g_assert_false(vs_debt_deep(&d, &b, FALSE));
    vs_budget_charge(&b, 1990 * US);
    g_assert_true(vs_debt_deep(&d, &b, FALSE));
    vs_budget_refill(&b, MS);
    g_assert_false(vs_debt_deep(&d, &b, FALSE));
    g_assert_true(vs_debt_deep(&d, &b, TRUE));
    vs_budget_refill(&b, 3 * MS);
    g_assert_false(vs_debt_deep(&d, &b, TRUE));
    /* What it owes counts as well, however full its budget is. */
    vs_debt_boosted(&d, 50 * MS);
    g_assert_true(vs_debt_deep(&d, &b, FALSE));
    d.owed = 30 * MS;
    g_assert_false(vs_debt_deep(&d, &b, FALSE));
    g_assert_true(vs_debt_deep(&d, &b, TRUE));
    vs_debt_idle(&d, 50 * MS);
    g_assert_false(vs_debt_deep(&d, &b, TRUE));
    /* A budget so small that a quarter of it is no boost. */
    vs_budget_set(&b, 3 * MS, 50 * US, 20);
    g_assert_false(vs_debt_deep(&d, &b, TRUE));
    vs_budget_charge(&b, 35 * US);
    g_assert_true(vs_debt_deep(&d, &b, TRUE));
}

static void test_share_follows_the_last_moments(void)
{
    struct vs_debt d = { 0 };

    for (int i = 0; i < 100; i++)
        vs_debt_sample(&d, 10 * MS, 90 * MS);
    g_assert_cmpuint(vs_debt_share(&d), <=, 110);
    for (int i = 0; i < 40; i++)
        vs_debt_sample(&d, 90 * MS, 10 * MS);
    g_assert_cmpuint(vs_debt_share(&d), >=, 850);
    /* A thread's whole life at once: its ratio counts. */
    vs_debt_sample(&d, 7200000 * MS, 1800000 * MS);
    g_assert_cmpuint(vs_debt_share(&d), >=, 790);
    g_assert_cmpuint(vs_debt_share(&d), <=, 810);
}

/* Each 10 ms 1.9 of boost, and HLT: on a CPU of which a tenth is the VM's it has no more than that, though it never shows what its share is. */
static void test_who_is_always_boosted_is_found_out(void)
{
    struct vs_debt d = { 0 };
    guint64 boosted = 0, fair = 0, n = 0;

    vs_debt_sample(&d, 50 * MS, 0);
    for (int i = 0; i < 20000; i++) {
        if (vs_credit(d.owed) >= 80 * US) {
            vs_debt_boosted(&d, 1900 * US);
            boosted += 1900 * US;
            vs_debt_idle(&d, 8100 * US);
        } else {
            vs_debt_sample(&d, 300 * US, 2700 * US);
            fair += 300 * US;
            n++;
            vs_debt_idle(&d, 7000 * US);
        }
    }
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpuint(boosted + fair, <=, 20000 * 10 * MS * 12 / 100);
}

/* Two vCPUs on one CPU: time is the VM's gift to others only while both sleep. */
static void test_idle_is_when_all_sleep(void)
{
    struct vs_debt a = { 0 }, b = { 0 };
    struct vs_pot p = { 0 };
    guint64 seen;

    vs_pot_join(&p, 10 * MS);
    vs_pot_join(&p, 10 * MS);
    vs_pot_leave(&p, &a, TRUE, 20 * MS);
    seen = vs_pot_idle(&p, 20 * MS);
    g_assert_cmpuint(vs_pot_idle(&p, 50 * MS) - seen, ==, 0);
    vs_pot_leave(&p, &b, TRUE, 60 * MS);
    g_assert_cmpuint(vs_pot_idle(&p, 65 * MS) - seen, ==, 5 * MS);
    vs_pot_join(&p, 70 * MS);
    g_assert_cmpuint(vs_pot_idle(&p, 99 * MS) - seen, ==, 10 * MS);
    /* A clock that was read before somebody else's. */
    vs_pot_leave(&p, &b, TRUE, 100 * MS);
    g_assert_cmpuint(vs_pot_idle(&p, 90 * MS) - seen, ==, 10 * MS);
}

/* Who sleeps leaves what it owes to those who are awake on that CPU, the last one takes it along; nothing is lost or made. */
static void test_the_group_pays_whoever_is_awake(void)
{
    struct vs_debt a = { .owed = 30 * MS }, b = { .owed = 5 * MS };
    struct vs_pot p = { 0 };
    guint64 own;

    vs_pot_join(&p, 0);
    vs_pot_join(&p, 0);
    vs_pot_leave(&p, &a, TRUE, 0);
    g_assert_cmpuint(a.owed, ==, 0);
    g_assert_cmpuint(p.owed, ==, 30 * MS);
    g_assert_cmpuint(vs_pot_pay(&p, &b, 20 * MS, &own), ==, 20 * MS);
    g_assert_cmpuint(own, ==, 0);
    g_assert_cmpuint(vs_pot_pay(&p, &b, 12 * MS, &own), ==, 10 * MS);
    g_assert_cmpuint(own, ==, 2 * MS);
    p.owed = 7 * MS;
    vs_pot_leave(&p, &b, TRUE, 0);
    g_assert_cmpuint(b.owed, ==, 10 * MS);
    g_assert_cmpuint(p.owed, ==, 0);
}

/* One limit for all that are on a CPU; who moves away takes its debt along. */
static void test_a_vm_has_one_credit_on_a_cpu(void)
{
    struct vs_debt a = { .owed = 100 * MS }, b = { .owed = 30 * MS };
    struct vs_pot p = { .owed = 20 * MS };
    guint64 own;

    vs_pot_join(&p, 0);
    vs_pot_join(&p, 0);
    g_assert_cmpuint(vs_pot_credit(&p, &a, TRUE), ==, VS_CREDIT_MAX_NS - 120 * MS);
    g_assert_cmpuint(vs_pot_credit(&p, &b, TRUE), ==, VS_CREDIT_MAX_NS - 150 * MS);
    b.owed += 50 * MS;
    g_assert_cmpuint(vs_pot_credit(&p, &b, TRUE), ==, 0);
    g_assert_cmpuint(vs_pot_pay(&p, &a, 60 * MS, &own), ==, 20 * MS);
    g_assert_cmpuint(vs_pot_credit(&p, &b, TRUE), ==, VS_CREDIT_MAX_NS - 140 * MS);
    vs_pot_leave(&p, &a, FALSE, 0);
    g_assert_cmpuint(a.owed, ==, 60 * MS);
    g_assert_cmpuint(vs_pot_credit(&p, &b, TRUE), ==, VS_CREDIT_MAX_NS - 80 * MS);
    /* In HLT it is asked as well, before the boost of its wake-up. */
    vs_pot_join(&p, 0);
    vs_pot_leave(&p, &b, TRUE, 0);
    g_assert_cmpuint(p.debts, ==, 0);
    g_assert_cmpuint(p.owed, ==, 80 * MS);
    b.owed = 7 * MS;
    g_assert_cmpuint(vs_pot_credit(&p, &b, FALSE), ==, VS_CREDIT_MAX_NS - 87 * MS);
    g_assert_cmpuint(p.debts, ==, 0);
}

/* One that only moves to another CPU keeps what it owes, and a pot has a bound: then who owes more is refused as before. */
static void test_a_pot_has_a_bound(void)
{
    struct vs_debt a = { .owed = VS_OWED_MAX_NS }, b = { 0 };
    struct vs_pot p = { .owed = 150 * MS };

    vs_pot_join(&p, 0);
    vs_pot_join(&p, 0);
    vs_pot_leave(&p, &a, FALSE, 0);
    g_assert_cmpuint(a.owed, ==, VS_OWED_MAX_NS);
    vs_pot_join(&p, 0);
    vs_pot_leave(&p, &a, TRUE, 0);
    g_assert_cmpuint(p.owed, ==, VS_OWED_MAX_NS);
    g_assert_cmpuint(a.owed, ==, 150 * MS);
    b.owed = 100 * MS;
    vs_pot_leave(&p, &b, TRUE, 0);
    g_assert_cmpuint(b.owed, ==, VS_OWED_MAX_NS);
    g_assert_cmpuint(p.owed, ==, 100 * MS);
    /* More leave than came: nothing wraps. */
    vs_pot_leave(&p, &a, TRUE, 0);
    g_assert_cmpuint(p.awake, ==, 0);
}

static void test_short_is_less_than_half(void)
{
    struct vs_budget b = { 0 };

    vs_budget_set(&b, 0, 2 * MS, 20);
    g_assert_false(vs_budget_short(&b));
    vs_budget_charge(&b, MS);
    g_assert_false(vs_budget_short(&b));
    vs_budget_charge(&b, 1);
    g_assert_true(vs_budget_short(&b));
    vs_budget_charge(&b, 10 * MS);
    g_assert_true(vs_budget_short(&b));
}

/* Of ten wake-ups, @row[1] take 3 ms and the others @row[0] us; how long the bounds are is not told. */
static void test_span_is_what_most_take(gconstpointer data)
{
    const guint *row = data;
    struct vs_span s = { 0 };
    guint64 least = G_MAXUINT64, most = 0;

    vs_span_set(&s, 80 * US, 1080 * US);
    g_assert_cmpuint(s.grant, ==, 1080 * US);
    for (guint i = 0; i < 2000; i++) {
        vs_span_learn(&s, i * row[1] % 10 < row[1] ? 3 * MS : row[0] * US);
        if (i >= 1000) {
            least = MIN(least, s.grant);
            most = MAX(most, s.grant);
        }
    }
    g_assert_cmpuint(least, >=, row[0] * US);
    g_assert_cmpuint(most, <=, MAX(row[0] * US * 3 / 2, 85 * US));
}

static void test_span_keeps_its_bounds(void)
{
    struct vs_span s = { 0 };

    vs_span_set(&s, 80 * US, 1080 * US);
    for (int i = 0; i < 1000; i++)
        vs_span_learn(&s, 0);
    g_assert_cmpuint(s.grant, ==, 80 * US);
    vs_span_set(&s, 80 * US, 1080 * US);
    g_assert_cmpuint(s.grant, ==, 80 * US);
    for (int i = 0; i < 1000; i++)
        vs_span_learn(&s, 1000000 * MS);
    g_assert_cmpuint(s.grant, ==, 1080 * US);
    vs_span_set(&s, 40 * US, 40 * US);
    g_assert_cmpuint(s.grant, ==, 40 * US);
    for (int i = 0; i < 10; i++)
        vs_span_learn(&s, i % 2 ? 3 * MS : 0);
    g_assert_cmpuint(s.grant, ==, 40 * US);
}

int main(int argc, char **argv)
{
    static const guint spans[][2] = { { 100, 0 }, { 100, 2 }, { 430, 0 }, { 430, 1 }, { 430, 2 }, { 700, 2 }, { 20, 2 } };
    static const guint rows[][2] = { { 1, 0 }, { 10, 0 }, { 20, 5 }, { 20, 50 }, { 90, 10 } };

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/budget/fresh-is-one-burst", test_fresh_budget_is_one_burst);
    g_test_add_func("/budget/reconfiguring-does-not-fill", test_reconfiguring_does_not_fill);
    g_test_add_func("/budget/debt-is-carried-and-bounded", test_debt_is_carried_and_bounded);
    g_test_add_func("/budget/clock-going-back-gives-nothing", test_clock_going_back_gives_nothing);
    g_test_add_func("/budget/time-is-refilled-once", test_time_is_refilled_once);
    g_test_add_func("/budget/in-debt-until-there-is-some-to-spare", test_in_debt_until_there_is_some_to_spare);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strdup_printf("/budget/long-run-share/%u-percent-%u-us-late", rows[i][0], rows[i][1]);

        g_test_add_data_func(name, rows[i], test_long_run_share_holds);
    }
    g_test_add_func("/budget/short-is-less-than-half", test_short_is_less_than_half);
    for (gsize i = 0; i < G_N_ELEMENTS(spans); i++) {
        g_autofree char *name = g_strdup_printf("/span/what-most-take/%u-us-%u-of-ten-long", spans[i][0], spans[i][1]);

        g_test_add_data_func(name, spans[i], test_span_is_what_most_take);
    }
    g_test_add_func("/span/keeps-its-bounds", test_span_keeps_its_bounds);
    g_test_add_func("/debt/idling-pays", test_boosted_time_is_owed_and_idling_pays);
    g_test_add_func("/pot/idle-is-when-all-sleep", test_idle_is_when_all_sleep);
    g_test_add_func("/pot/the-group-pays-whoever-is-awake", test_the_group_pays_whoever_is_awake);
    g_test_add_func("/pot/has-a-bound", test_a_pot_has_a_bound);
    g_test_add_func("/debt/has-an-end", test_debt_has_an_end);
    g_test_add_func("/debt/nobody-has-more-credit-than-it-pays", test_nobody_has_more_credit_than_it_pays);
    g_test_add_func("/debt/what-servants-had-is-not-forgiven", test_what_servants_had_is_not_forgiven);
    g_test_add_func("/pot/a-vm-has-one-credit-on-a-cpu", test_a_vm_has_one_credit_on_a_cpu);
    g_test_add_func("/debt/who-is-always-boosted-is-found-out", test_who_is_always_boosted_is_found_out);
    g_test_add_func("/debt/share-follows", test_share_follows_the_last_moments);
    return g_test_run();
}
