/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module's arithmetic of guest tasks: epochs, who is background when an input comes, nice levels of ratios.
 */
#include <glib.h>
#include <string.h>

#include "vs_load_calc.h"

#define MS VS_NSEC_PER_MSEC

static const struct vs_rules rules = {.epoch_us = 32000, .window = 32, .threshold = 500, .phase_ns = 5000 * MS};
static const struct vs_inputs nobody;

/* The task runs @permille of the time from @from to @to, in pieces of 4 ms. */
static void run_for(struct vs_task *t, const struct vs_inputs *in, u64 from, u64 to, u32 permille)
{
    if (!t->born)
        vs_task_begin(t, 1, &rules, in, from);
    for (u64 now = from; now < to; now += 4 * MS)
        vs_task_charge(t, &rules, in, now, 4 * MS * permille / 1000, 0);
}

static enum vs_verdict judge(struct vs_task *t, const struct vs_inputs *before, u64 now)
{
    u32 load;

    vs_task_clock(t, &rules, before, now);
    return vs_task_judge(t, &rules, before, now, &load);
}

static void test_load(void)
{
    struct vs_task t = {0};
    u64 epoch;

    run_for(&t, &nobody, 10000 * MS, 14000 * MS, 600);
    epoch = vs_rules_epoch(&rules, 14000 * MS);
    vs_task_clock(&t, &rules, &nobody, 14000 * MS);
    g_assert_cmpuint(ABS((int)vs_load_both(&t.load, epoch, 32, 32000) - 600), <=, 5);
    /* Half of the window later it is half of that. */
    g_assert_cmpuint(ABS((int)vs_load_both(&t.load, epoch + 16, 32, 32000) - 300), <=, 10);
    g_assert_cmpuint(vs_load_both(&t.load, epoch + 33, 32, 32000), ==, 0);
}

/* Three hogs share a vCPU that is never idle, and none of them has more than a third of it; somebody who blocks has less. */
static void test_crowd(void)
{
    struct vs_task hog = {0}, app = {0};

    run_for(&hog, &nobody, 10000 * MS, 14000 * MS, 310);
    run_for(&app, &nobody, 10000 * MS, 14000 * MS, 70);
    g_assert_cmpint(judge(&hog, &nobody, 14000 * MS), ==, VS_VERDICT_LIGHT);
    g_assert_true(vs_task_crowded(&hog, &rules, rules.window, 14000 * MS));
    hog.peak = app.peak = hog.peak_late = app.peak_late = 310;
    g_assert_cmpint(judge(&hog, &nobody, 14000 * MS), ==, VS_VERDICT_HEAVY);
    g_assert_false(vs_task_is_quiet(&hog, &rules, 14000 * MS));
    g_assert_cmpint(judge(&app, &nobody, 14000 * MS), ==, VS_VERDICT_LIGHT);
    /* Moved together a moment ago: who was background stays that, who was not is judged by the whole window. */
    hog.peak = app.peak = 0;
    g_assert_cmpint(judge(&hog, &nobody, 14000 * MS), ==, VS_VERDICT_LIGHT);
    hog.class = app.class = VS_TASK_BACKGROUND;
    /* Another one has had the vCPU to itself since, and has a peak that says nothing of this one's. */
    app.bits |= VS_TASKF_WAITS;
    g_assert_cmpint(judge(&app, &nobody, 14000 * MS), ==, VS_VERDICT_HEAVY);
    app.bits &= ~VS_TASKF_WAITS;
    g_assert_cmpint(judge(&hog, &nobody, 14000 * MS), ==, VS_VERDICT_HEAVY);
    g_assert_cmpint(judge(&app, &nobody, 14000 * MS), ==, VS_VERDICT_LIGHT);
    /* Idle a moment ago: everybody had what they wanted. */
    hog.idled = 13900 * MS;
    g_assert_false(vs_task_crowded(&hog, &rules, rules.window, 14000 * MS));
    g_assert_cmpuint(vs_task_demand(310, 0), ==, 310);
    g_assert_cmpuint(vs_task_demand(20, VS_PEAK_MIN - 1), ==, 20);
    g_assert_cmpuint(vs_task_demand(1700, 1700), ==, 1700);
}

/* Who hosts the person's task keeps its weight for a while, and who is expected to, until it is over. */
static void test_serves(void)
{
    g_assert_false(vs_serves(0, 0, &rules, 5000 * MS));
    g_assert_true(vs_serves(5000 * MS, 0, &rules, 5100 * MS));
    g_assert_false(vs_serves(5000 * MS, 0, &rules, 5000 * MS + VS_SERVED_EPOCHS * 32 * MS));
    g_assert_true(vs_serves(0, 5010 * MS, &rules, 5009 * MS));
    g_assert_false(vs_serves(0, 5010 * MS, &rules, 5010 * MS));
    /* Passed on to a sibling, it comes back after a while, until the time is over. */
    g_assert_false(vs_awaits(1005 * MS, 1010 * MS, 1004 * MS));
    g_assert_true(vs_awaits(1005 * MS, 1010 * MS, 1005 * MS));
    g_assert_false(vs_awaits(1005 * MS, 1010 * MS, 1010 * MS));
    g_assert_false(vs_awaits(0, 0, 1000 * MS));
}

/* A long wait that ends now was in the epochs before. */
static void test_spread(void)
{
    struct vs_task t = {.id = 1, .born = 1};
    u64 now = 3200 * MS + 16 * MS, epoch = vs_rules_epoch(&rules, now);

    vs_task_charge(&t, &rules, &nobody, now, 0, 100 * MS);
    g_assert_cmpuint(t.load.wait[epoch % VS_LOAD_EPOCHS], ==, 16000);
    g_assert_cmpuint(t.load.wait[(epoch - 1) % VS_LOAD_EPOCHS], ==, 32000);
    g_assert_cmpuint(t.load.wait[(epoch - 2) % VS_LOAD_EPOCHS], ==, 32000);
    g_assert_cmpuint(t.load.wait[(epoch - 3) % VS_LOAD_EPOCHS], ==, 20000);
    g_assert_cmpuint(t.load.run[epoch % VS_LOAD_EPOCHS], ==, 0);
}

/* Time may jump, and come from another CPU a little late. */
static void test_clock(void)
{
    struct vs_task t = {.id = 1, .born = 1};

    vs_task_charge(&t, &rules, &nobody, 5000 * MS, 4 * MS, 0);
    vs_task_charge(&t, &rules, &nobody, 4900 * MS, 4 * MS, 0);
    g_assert_cmpuint(t.load.epoch, ==, vs_rules_epoch(&rules, 5000 * MS));
    vs_task_charge(&t, &rules, &nobody, G_MAXUINT64 / 2, 4 * MS, 0);
    g_assert_cmpuint(vs_load_both(&t.load, vs_rules_epoch(&rules, G_MAXUINT64 / 2), 32, 32000), ==, 0);
    g_assert_cmpuint(t.busy_since, ==, 0);
}

static void test_hog_is_heavy(void)
{
    struct vs_task hog = {0}, light = {0};

    run_for(&hog, &nobody, 10000 * MS, 15000 * MS, 900);
    run_for(&light, &nobody, 10000 * MS, 15000 * MS, 300);
    g_assert_cmpint(judge(&hog, &nobody, 15000 * MS), ==, VS_VERDICT_HEAVY);
    g_assert_cmpint(judge(&light, &nobody, 15000 * MS), ==, VS_VERDICT_LIGHT);
}

/* Starved: it ran little and waited long. */
static void test_waiting_counts(void)
{
    struct vs_task hog = {.id = 1, .born = 1};

    for (u64 now = 10000 * MS; now < 13000 * MS; now += 40 * MS)
        vs_task_charge(&hog, &rules, &nobody, now, 4 * MS, 36 * MS);
    g_assert_cmpint(judge(&hog, &nobody, 13000 * MS), ==, VS_VERDICT_HEAVY);
}

/* What vAMP gets wrong: a click launches an application, a second click comes while it launches. */
static void test_second_click(void)
{
    struct vs_inputs in = {0};
    struct vs_task app = {0};

    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&app, &in, 20010 * MS, 22000 * MS, 950);
    g_assert_cmpint(judge(&app, &in, 22000 * MS), ==, VS_VERDICT_LIGHT);
    /* and while clicks follow, for a minute */
    for (u64 now = 22000 * MS; now < 60000 * MS; now += 2000 * MS) {
        vs_inputs_add(&in, &rules, now);
        run_for(&app, &in, now, now + 2000 * MS, 950);
        g_assert_cmpint(judge(&app, &in, now + 2000 * MS), ==, VS_VERDICT_LIGHT);
    }
    /* The person left it running: background at the next input. */
    run_for(&app, &in, 60000 * MS, 90000 * MS, 950);
    g_assert_cmpint(judge(&app, &in, 90000 * MS), ==, VS_VERDICT_HEAVY);
}

/* One click, and then nothing for longer than two phases: what it began is work like any other. */
static void test_left_alone(void)
{
    struct vs_inputs in = {0};
    struct vs_task app = {0};

    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&app, &in, 20010 * MS, 29000 * MS, 950);
    g_assert_cmpint(judge(&app, &in, 29000 * MS), ==, VS_VERDICT_LIGHT);
    run_for(&app, &in, 29000 * MS, 31000 * MS, 950);
    g_assert_cmpint(judge(&app, &in, 31000 * MS), ==, VS_VERDICT_HEAVY);
}

/* A known task that gets busy when the person comes back to it, and pauses on the way. */
static void test_old_task_answers(void)
{
    struct vs_inputs in = {0};
    struct vs_task editor = {0};

    run_for(&editor, &in, 1000 * MS, 20000 * MS, 20);
    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&editor, &in, 20000 * MS, 20400 * MS, 1000);
    run_for(&editor, &in, 20600 * MS, 21500 * MS, 1000);
    g_assert_cmpint(judge(&editor, &in, 21500 * MS), ==, VS_VERDICT_LIGHT);
}

/* It was busy before anybody came. */
static void test_busy_before(void)
{
    struct vs_inputs in = {0};
    struct vs_task hog = {0};

    run_for(&hog, &in, 10000 * MS, 20000 * MS, 950);
    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&hog, &in, 20000 * MS, 21000 * MS, 950);
    g_assert_cmpint(judge(&hog, &in, 21000 * MS), ==, VS_VERDICT_HEAVY);
}

/* Hogs that share a vCPU are seen a quarter of the time each, or less; that they are seen more again is no answer to anybody. */
static void test_background_answers_nobody(void)
{
    struct vs_inputs in = {0};
    struct vs_task hog = {0};

    run_for(&hog, &in, 10000 * MS, 20000 * MS, 950);
    vs_inputs_add(&in, &rules, 20000 * MS);
    hog.class = VS_TASK_BACKGROUND;
    run_for(&hog, &in, 20000 * MS, 21000 * MS, 200);
    run_for(&hog, &in, 21000 * MS, 22000 * MS, 280);
    g_assert_false(hog.bits & VS_TASKF_ANSWERS);
    g_assert_cmpint(judge(&hog, &in, 22000 * MS), ==, VS_VERDICT_HEAVY);
}

static void test_young_and_sound(void)
{
    struct vs_task young = {0}, player = {0};

    run_for(&young, &nobody, 20000 * MS, 20300 * MS, 900);
    g_assert_cmpint(judge(&young, &nobody, 20300 * MS), ==, VS_VERDICT_YOUNG);
    run_for(&player, &nobody, 10000 * MS, 20000 * MS, 900);
    player.bits |= VS_TASKF_SPARED;
    g_assert_cmpint(judge(&player, &nobody, 20000 * MS), ==, VS_VERDICT_SPARED);
}

/* While sound plays: who blocks 25 times a second plays it; in silence nobody does. */
static void test_heard(void)
{
    struct vs_task player = {.id = 1, .born = 1}, once = {.id = 2, .born = 1};

    for (u64 now = 10000 * MS; now < 12000 * MS; now += 40 * MS) {
        vs_task_heard(&player, &rules, false, now);
        if (now % (400 * MS) == 0)
            vs_task_heard(&once, &rules, false, now);
    }
    vs_task_unheard(&player, &rules, true, 12000 * MS);
    vs_task_unheard(&once, &rules, true, 12000 * MS);
    g_assert_true(player.bits & VS_TASKF_SPARED);
    g_assert_false(once.bits & VS_TASKF_SPARED);
    vs_task_unheard(&player, &rules, true, 15000 * MS);
    g_assert_false(player.bits & VS_TASKF_SPARED);
    for (u64 now = 20000 * MS; now < 21000 * MS; now += 40 * MS)
        vs_task_heard(&player, &rules, false, now);
    vs_task_unheard(&player, &rules, false, 21000 * MS);
    g_assert_false(player.bits & VS_TASKF_SPARED);
}

/* A browser is many light processes: born of the first click, and not a build when the second one comes. */
/* Who was background before has to be heard so much more often, if that is wanted; each other verdict makes up for one. */
static void test_weighted(void)
{
    struct vs_task t = {.id = 1, .born = 1};
    u64 now = 5000 * MS;

    for (guint i = 0; i < 20; i++)
        vs_task_verdict(&t, true);
    g_assert_cmpuint(t.confidence, ==, VS_CONFIDENCE_MAX);
    for (guint i = 0; i < VS_CONFIDENCE_MAX - 3; i++)
        vs_task_verdict(&t, false);
    for (guint i = 0; i < 3 * VS_HEARD_MIN - 1; i++)
        vs_task_heard(&t, &rules, true, now);
    g_assert_false(vs_task_sounds(&t));
    vs_task_heard(&t, &rules, true, now);
    g_assert_true(vs_task_sounds(&t));
    for (guint i = 0; i < 20; i++)
        vs_task_verdict(&t, false);
    g_assert_cmpuint(t.confidence, ==, 0);
}

/* What the guest says comes before what the host guesses. */
static void test_told(void)
{
    struct vs_inputs in = {0};
    struct vs_task t = {0}, nice = {0}, child = {0};
    u32 load;

    run_for(&t, &nobody, 10000 * MS, 15000 * MS, 900);
    t.told = VS_PAGE_TASK_AUDIO;
    g_assert_cmpint(judge(&t, &nobody, 15000 * MS), ==, VS_VERDICT_SPARED);
    t.told = VS_PAGE_TASK_SYSTEM;
    g_assert_cmpint(judge(&t, &nobody, 15000 * MS), ==, VS_VERDICT_SYSTEM);
    g_assert_false(vs_task_swarms(&t, &rules, &nobody, 10500 * MS));
    t.told = VS_PAGE_TASK_ORDINARY;
    g_assert_cmpint(judge(&t, &nobody, 15000 * MS), ==, VS_VERDICT_HEAVY);
    /* A key began the build, and the person said that it may take its time (nice): it answers nobody. */
    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&nice, &in, 20300 * MS, 21800 * MS, 900);
    g_assert_cmpint(judge(&nice, &in, 21800 * MS), ==, VS_VERDICT_LIGHT);
    nice.told = VS_PAGE_TASK_BACKGROUND;
    g_assert_cmpint(judge(&nice, &in, 21800 * MS), ==, VS_VERDICT_HEAVY);
    run_for(&child, &in, 21500 * MS, 21800 * MS, 900);
    g_assert_cmpint(vs_task_judge(&child, &rules, &in, 21800 * MS, &load), ==, VS_VERDICT_LIGHT);
    child.told = VS_PAGE_TASK_BACKGROUND;
    g_assert_cmpint(vs_task_judge(&child, &rules, &in, 21800 * MS, &load), ==, VS_VERDICT_YOUNG);
    /* It blocks often while sound plays, and the guest knows better. */
    child.bits |= VS_TASKF_SPARED;
    g_assert_false(vs_task_sounds(&child));
}

static void test_many_that_were_launched(void)
{
    struct vs_inputs in = {0};
    struct vs_task launched = {0}, child = {0};

    run_for(&child, &in, 19500 * MS, 20000 * MS, 200);
    g_assert_cmpint(judge(&child, &in, 20000 * MS), ==, VS_VERDICT_YOUNG);
    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&launched, &in, 20100 * MS, 20600 * MS, 200);
    g_assert_cmpint(judge(&launched, &in, 20600 * MS), ==, VS_VERDICT_LIGHT);
}

/* A build goes on in a phase: what is born long after the input is the build's, what is born soon after it may be the person's. */
static void test_swarm(void)
{
    struct vs_inputs in = {0};
    struct vs_task launched = {0}, child = {0};

    vs_inputs_add(&in, &rules, 20000 * MS);
    run_for(&launched, &in, 20300 * MS, 20600 * MS, 900);
    g_assert_false(vs_task_swarms(&launched, &rules, &in, 20600 * MS));
    run_for(&child, &in, 21500 * MS, 21600 * MS, 900);
    g_assert_true(vs_task_swarms(&child, &rules, &in, 21600 * MS));
    child.bits |= VS_TASKF_SPARED;
    g_assert_false(vs_task_swarms(&child, &rules, &in, 21600 * MS));
    g_assert_false(vs_task_swarms(&launched, &rules, &in, 30000 * MS));
}

static void test_quiet(void)
{
    struct vs_task t = {0};

    run_for(&t, &nobody, 10000 * MS, 20000 * MS, 900);
    g_assert_false(vs_task_is_quiet(&t, &rules, 20000 * MS));
    g_assert_false(vs_task_is_quiet(&t, &rules, 20100 * MS));
    g_assert_true(vs_task_is_quiet(&t, &rules, 20300 * MS));
}

/* It waited for a CPU for seconds, or nobody looked: it was busy all the same, and answers nobody. */
static void test_starved(void)
{
    static const u64 gaps[] = {100, 700, 1500, 3000, 9000};

    for (guint i = 0; i < G_N_ELEMENTS(gaps); i++) {
        struct vs_inputs in = {0};
        struct vs_task hog = {0};
        u64 since, now = 20000 * MS;

        run_for(&hog, &in, 10000 * MS, now, 900);
        since = hog.busy_since;
        vs_inputs_add(&in, &rules, now);
        now += gaps[i] * MS;
        vs_task_charge(&hog, &rules, &in, now, 4 * MS, (gaps[i] - 4) * MS);
        g_assert_cmpuint(hog.busy_since, ==, since);
        g_assert_cmpint(judge(&hog, &in, now), ==, VS_VERDICT_HEAVY);
        /* In HLT for as long it would have been quiet. */
        vs_task_charge(&hog, &rules, &in, now + 2000 * MS, 4 * MS, 0);
        g_assert_cmpuint(hog.busy_since, ==, 0);
    }
}

/* QEMU stopped the VM, for longer than the window and within a phase's length of an input: the hog goes on where it was. */
static void test_stood(void)
{
    struct vs_inputs in = {0};
    struct vs_task hog = {0}, other = {0};
    u64 since;

    run_for(&hog, &in, 10000 * MS, 20000 * MS, 900);
    since = hog.busy_since;
    vs_inputs_add(&in, &rules, 20000 * MS);
    vs_task_stood(&hog, &rules, 23000 * MS);
    g_assert_cmpint(judge(&hog, &in, 23000 * MS), ==, VS_VERDICT_HEAVY);
    run_for(&hog, &in, 23000 * MS, 24500 * MS, 900);
    g_assert_cmpuint(hog.busy_since, ==, since);
    g_assert_cmpint(judge(&hog, &in, 24500 * MS), ==, VS_VERDICT_HEAVY);
    /* One that slept meanwhile answers the input. */
    run_for(&other, &nobody, 10000 * MS, 20000 * MS, 900);
    run_for(&other, &in, 23000 * MS, 24500 * MS, 900);
    g_assert_cmpint(judge(&other, &in, 24500 * MS), ==, VS_VERDICT_LIGHT);
}

/* Looked at every 128 ms and never seen for two seconds, because others have their turn: as heavy as before, and not somebody else. */
static void test_waits_unseen(void)
{
    struct vs_task hog = {0}, gone = {0};
    u64 now;

    run_for(&hog, &nobody, 10000 * MS, 20000 * MS, 900);
    gone = hog;
    hog.bits |= VS_TASKF_WAITS;
    for (now = 20000 * MS; now < 22000 * MS; now += 128 * MS) {
        vs_task_stood(&hog, &rules, now);
        vs_task_clock(&hog, &rules, &nobody, now);
        vs_task_clock(&gone, &rules, &nobody, now);
    }
    g_assert_cmpint(judge(&hog, &nobody, now), ==, VS_VERDICT_HEAVY);
    g_assert_true(vs_task_is_known(&hog, &rules, now));
    g_assert_false(vs_task_is_quiet(&hog, &rules, now));
    g_assert_cmpint(judge(&gone, &nobody, now), ==, VS_VERDICT_LIGHT);
    g_assert_false(vs_task_is_known(&gone, &rules, now));
}

/* On a busy vCPU a task waits for its turn: until the vCPU has run for a while, or others have had what it had. */
static void test_turn(void)
{
    struct vs_task t = {.turn = 1000 * MS, .seen = 5000 * MS};

    vs_task_stint(&t, false, 10 * MS);
    vs_task_stint(&t, true, 10 * MS);
    g_assert_cmpuint(t.stint, ==, 20 * MS);
    g_assert_true(vs_task_waits(&t, 1059 * MS, 4000 * MS, 5900 * MS));
    g_assert_true(vs_task_waits(&t, 1100 * MS, 4000 * MS, 5159 * MS));
    g_assert_false(vs_task_waits(&t, 1100 * MS, 4000 * MS, 5160 * MS));
    /* Its vCPU had nothing to do meanwhile. */
    g_assert_false(vs_task_waits(&t, 1001 * MS, 5001 * MS, 5002 * MS));
    /* A task that was somewhere else first. */
    vs_task_stint(&t, false, 3 * MS);
    g_assert_cmpuint(t.stint, ==, 3 * MS);
    for (int n = 0; n < 20; n++)
        vs_task_stint(&t, true, VS_ELAPSED_MAX_NS / 4);
    g_assert_cmpuint(t.stint, ==, VS_ELAPSED_MAX_NS);
}

static void test_chain(void)
{
    struct vs_inputs in = {0};

    vs_inputs_add(&in, &rules, 1000 * MS);
    vs_inputs_add(&in, &rules, 5000 * MS);
    g_assert_cmpuint(in.chain, ==, 1000 * MS);
    vs_inputs_add(&in, &rules, 10001 * MS);
    g_assert_cmpuint(in.chain, ==, 10001 * MS);
}

static void test_nice(void)
{
    static const struct {
        u32 interactive, background, nice;
    } rows[] = {{1, 1, 0}, {3, 1, 5}, {9, 1, 10}, {18, 1, 13}, {100, 1, 19}, {100, 99, 0}, {5, 4, 1}, {100, 100, 0}, {6, 2, 5}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpuint(vs_nice_for(rows[i].interactive, rows[i].background), ==, rows[i].nice);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/load/crowd", test_crowd);
    g_test_add_func("/load/serves", test_serves);
    g_test_add_func("/load/window", test_load);
    g_test_add_func("/load/spread", test_spread);
    g_test_add_func("/load/clock", test_clock);
    g_test_add_func("/load/hog-is-heavy", test_hog_is_heavy);
    g_test_add_func("/load/waiting-counts", test_waiting_counts);
    g_test_add_func("/load/second-click", test_second_click);
    g_test_add_func("/load/left-alone", test_left_alone);
    g_test_add_func("/load/old-task-answers", test_old_task_answers);
    g_test_add_func("/load/busy-before", test_busy_before);
    g_test_add_func("/load/background-answers-nobody", test_background_answers_nobody);
    g_test_add_func("/load/young-and-sound", test_young_and_sound);
    g_test_add_func("/load/heard", test_heard);
    g_test_add_func("/load/weighted", test_weighted);
    g_test_add_func("/load/told", test_told);
    g_test_add_func("/load/many-that-were-launched", test_many_that_were_launched);
    g_test_add_func("/load/swarm", test_swarm);
    g_test_add_func("/load/quiet", test_quiet);
    g_test_add_func("/load/starved", test_starved);
    g_test_add_func("/load/stood", test_stood);
    g_test_add_func("/load/waits-unseen", test_waits_unseen);
    g_test_add_func("/load/turn", test_turn);
    g_test_add_func("/load/chain", test_chain);
    g_test_add_func("/load/nice", test_nice);
    return g_test_run();
}
