/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arithmetic of the dirty quota (kmod/vs_quota_calc.h): a made-up VM whose vCPUs dirty what they can. What gets through in
 * the long run, who is held up and who is not, and what happens at the edges. Time is invented here.
 */
#include <glib.h>

#include "vs_quota_calc.h"

#define MS VS_NSEC_PER_MSEC
#define SECOND (1000 * MS)
#define PAGE VS_QUOTA_PAGE
#define VCPUS 4

/* A VM; @wish: pages per ms that each vCPU would like to dirty, @log: charged so many at once (PML), as KVM sees it. */
typedef struct {
    struct vs_quota_limit limit;
    struct vs_quota_pool pool;
    struct vs_quota_own own[VCPUS];
    double wish[VCPUS], due[VCPUS];
    guint log[VCPUS], unseen[VCPUS];
    guint64 done[VCPUS], wanted[VCPUS], until[VCPUS], longest[VCPUS];
} Vm;

static void vm_set(Vm *vm, guint64 now, guint64 rate, guint32 interval_us, guint64 floor, guint64 depth, gboolean fresh)
{
    struct vs_quota_limit limit;

    vs_quota_limit_set(&limit, rate, interval_us, floor, depth, VCPUS);
    vs_quota_change(&vm->limit, &vm->pool, &limit, now, fresh);
}

/* One step of a vCPU that is in the guest. */
static void vcpu_run(Vm *vm, guint i, guint64 now)
{
    guint log = MAX(vm->log[i], 1);

    for (; vm->due[i] >= 1; vm->due[i]--) {
        vm->done[i]++;
        if (++vm->unseen[i] < log)
            continue;
        vs_quota_charge(&vm->own[i], vm->unseen[i]);
        vm->unseen[i] = 0;
        if (vm->own[i].left <= 0 && vs_quota_claim(&vm->own[i], &vm->pool, &vm->limit, now) <= 0) {
            vm->until[i] = now + vs_quota_until_turn(&vm->pool, &vm->limit, now);
            break;
        }
    }
    vm->due[i] = MIN(vm->due[i], 1); /* what it could not do it does not do later */
}

/* @from..@to in steps of 50 us. */
static void vm_run(Vm *vm, guint64 from, guint64 to)
{
    for (guint64 now = from; now < to; now += MS / 20) {
        for (guint i = 0; i < VCPUS; i++) {
            vm->wanted[i] = (guint64)(vm->wish[i] * (double)(now - from) / MS);
            if (vm->until[i] && now < vm->until[i])
                continue;
            if (vm->until[i] && vs_quota_claim(&vm->own[i], &vm->pool, &vm->limit, now) <= 0) {
                guint64 wait = vs_quota_until_turn(&vm->pool, &vm->limit, now);

                g_assert_cmpuint(wait, >, 0);
                g_assert_cmpuint(wait, <=, vm->limit.interval_ns);
                vm->until[i] = now + wait;
                continue;
            }
            vm->until[i] = 0;
            vm->due[i] += vm->wish[i] / 20;
            vcpu_run(vm, i, now);
        }
    }
}

static guint64 vm_done(const Vm *vm)
{
    return vm->done[0] + vm->done[1] + vm->done[2] + vm->done[3];
}

/* rate in pages/s, interval in us, log of PML: the whole VM dirties the rate, whoever wants it. */
typedef struct {
    const char *name;
    guint64 rate;
    guint32 interval_us;
    guint log;
    double wish[VCPUS];
} Row;

static const Row rows[] = {
    {"one-writer", 10000, 10000, 1, {100, 0, 0, 0}},
    {"all-writers", 10000, 10000, 1, {100, 100, 100, 100}},
    {"less-than-a-page-an-interval", 50, 10000, 1, {100, 0, 0, 0}},
    {"all-below-a-page", 50, 10000, 1, {10, 10, 10, 10}},
    {"one-page-a-second", 1, 1000000, 1, {10, 10, 0, 0}},
    {"pml", 10000, 10000, 512, {100, 100, 0, 0}},
    {"pml-low", 2000, 10000, 512, {100, 0, 0, 0}},
    {"short-interval", 10000, 1000, 1, {100, 3, 0, 0}},
    {"long-interval", 10000, 1000000, 1, {100, 3, 0, 0}},
};

static void test_long_run(gconstpointer data)
{
    const Row *row = data;
    Vm vm = {0};
    /* A page more each, a PML log each that is not seen yet, the pool. */
    guint64 depth = MAX(row->rate / 25, row->rate * row->interval_us / 1000000), slack = VCPUS * (1 + (row->log > 1 ? 2 * row->log : 0)) + depth;
    guint64 due = 20 * row->rate;

    for (guint i = 0; i < VCPUS; i++) {
        vm.wish[i] = row->wish[i];
        vm.log[i] = row->log;
    }
    vm_set(&vm, 0, row->rate, row->interval_us, 0, depth, TRUE);
    vm_run(&vm, 0, 20 * SECOND);
    g_assert_cmpuint(vm_done(&vm), <=, due + slack + row->rate * row->interval_us / 1000000);
    g_assert_cmpuint(vm_done(&vm), >=, due * 97 / 100 - MIN(due * 97 / 100, 2 * row->rate * row->interval_us / 1000000 + VCPUS));
}

static void test_light_writer_is_let_alone(void)
{
    Vm vm = {.wish = {200, 2, 0, 0}};

    /* 10 pages a ms: a fair share is 2.5. */
    vm_set(&vm, 0, 10000, 10000, 0, 400, TRUE);
    vm_run(&vm, 0, 10 * SECOND);
    g_assert_cmpuint(vm.done[1], >=, vm.wanted[1] * 99 / 100);
    g_assert_cmpuint(vm.done[0], >=, 75000);
    g_assert_cmpuint(vm.done[0], <=, 81000);
}

static void test_any_second_is_near_the_rate(void)
{
    Vm vm = {.wish = {0, 0, 0, 0}};
    guint64 before = 0;

    vm_set(&vm, 0, 10000, 10000, 0, 400, TRUE);
    vm_run(&vm, 0, SECOND); /* an idle VM fills the pool */
    vm.wish[0] = 500;
    for (guint i = 1; i < 8; i++) {
        vm_run(&vm, i * SECOND, (i + 1) * SECOND);
        g_assert_cmpuint(vm_done(&vm) - before, <=, 10500);
        g_assert_cmpuint(vm_done(&vm) - before, >=, 9500);
        before = vm_done(&vm);
    }
}

static void test_pool_is_bounded(void)
{
    Vm vm = {0};

    vm_set(&vm, 0, 10000, 10000, 0, 400, TRUE);
    vs_quota_turn(&vm.pool, &vm.limit, 3600 * SECOND);
    g_assert_cmpint(vm.pool.left, ==, 400 * PAGE);
    vs_quota_turn(&vm.pool, &vm.limit, G_MAXUINT64);
    g_assert_cmpint(vm.pool.left, ==, 400 * PAGE);
    vm_set(&vm, 3600 * SECOND, 10000, 10000, 0, 0, FALSE);
    g_assert_cmpint(vm.pool.left, ==, 0);
}

static void test_floor_is_kept(void)
{
    Vm vm = {.wish = {100, 100, 100, 100}};

    /* One page a second for all, but 256 a second for each. */
    vm_set(&vm, 0, 1, 10000, 256, 0, TRUE);
    vm_run(&vm, 0, 10 * SECOND);
    for (guint i = 0; i < VCPUS; i++)
        g_assert_cmpuint(vm.done[i], >=, 2500);
}

static void test_debt_is_carried_and_bounded(void)
{
    Vm vm = {0};

    vm_set(&vm, 0, 4000, 10000, 0, 0, TRUE); /* 10 pages an interval each */
    vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 0);
    vs_quota_charge(&vm.own[0], 512);
    g_assert_cmpint(vm.own[0].left, ==, -502 * PAGE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 10 * MS), ==, -492 * PAGE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 15 * MS), ==, -492 * PAGE);
    vs_quota_charge(&vm.own[0], G_MAXUINT32);
    g_assert_cmpint(vm.own[0].left, ==, -VS_QUOTA_DEBT_MAX);
}

static void test_a_new_rate_keeps_debts_a_new_quota_does_not(void)
{
    Vm vm = {0};

    vm_set(&vm, 0, 4000, 10000, 0, 0, TRUE);
    vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 0);
    vs_quota_charge(&vm.own[0], 110);
    vm_set(&vm, MS, 8000, 10000, 0, 0, FALSE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, MS), ==, -100 * PAGE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 10 * MS), ==, -80 * PAGE);
    vm_set(&vm, 11 * MS, 8000, 20000, 0, 0, FALSE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 11 * MS), ==, -40 * PAGE);
    vm_set(&vm, 12 * MS, 8000, 10000, 0, 0, TRUE);
    g_assert_cmpint(vs_quota_claim(&vm.own[0], &vm.pool, &vm.limit, 12 * MS), ==, 20 * PAGE);
}

/* virtschedd does so at every look at a migration. */
static void test_a_rate_that_is_set_again_and_again_is_kept(void)
{
    Vm vm = {.wish = {200, 200, 0, 0}};

    vm_set(&vm, 0, 10000, 10000, 0, 400, TRUE);
    for (guint64 now = 0; now < 5 * SECOND; now += 3 * MS) {
        vm_set(&vm, now, 10000, 10000, 0, 400, FALSE);
        vm_run(&vm, now, now + 3 * MS);
    }
    g_assert_cmpuint(vm_done(&vm), <=, 50000 + 500);
    g_assert_cmpuint(vm_done(&vm), >=, 48500);
}

static void test_edges(void)
{
    static const guint64 rates[] = {0, 1, 3, VS_QUOTA_RATE_MAX}, floors[] = {0, 1, VS_QUOTA_FLOOR_MAX};
    static const guint32 intervals[] = {0, VS_QUOTA_INTERVAL_MIN, VS_QUOTA_INTERVAL_MAX}, counts[] = {0, 1, 3, 1024};

    for (guint i = 0; i < 4 * 3 * 3 * 4; i++) {
        struct vs_quota_limit limit = {0}, next;
        struct vs_quota_pool pool = {0};
        struct vs_quota_own own = {0};

        vs_quota_limit_set(&next, rates[i % 4], intervals[i / 4 % 3], floors[i / 12 % 3], VS_QUOTA_POOL_MAX, counts[i / 36]);
        vs_quota_change(&limit, &pool, &next, G_MAXUINT64 / 2, TRUE);
        g_assert_cmpint(limit.share, >, 0);
        g_assert_cmpint(limit.whole, >=, limit.share);
        for (guint64 now = 0; now < 40 * SECOND; now += 7 * SECOND) {
            vs_quota_claim(&own, &pool, &limit, G_MAXUINT64 / 2 + now);
            vs_quota_charge(&own, 100000);
            g_assert_cmpint(pool.left, >=, 0);
            g_assert_cmpint(pool.left, <=, limit.depth);
        }
        /* A clock that goes back gives nothing and takes nothing. */
        vs_quota_turn(&pool, &limit, 0);
        g_assert_cmpuint(vs_quota_until_turn(&pool, &limit, 0), <=, limit.interval_ns);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strdup_printf("/quota/long-run/%s", rows[i].name);

        g_test_add_data_func(name, &rows[i], test_long_run);
    }
    g_test_add_func("/quota/light-writer-is-let-alone", test_light_writer_is_let_alone);
    g_test_add_func("/quota/any-second-is-near-the-rate", test_any_second_is_near_the_rate);
    g_test_add_func("/quota/pool-is-bounded", test_pool_is_bounded);
    g_test_add_func("/quota/floor-is-kept", test_floor_is_kept);
    g_test_add_func("/quota/debt-is-carried-and-bounded", test_debt_is_carried_and_bounded);
    g_test_add_func("/quota/new-rate-keeps-debts", test_a_new_rate_keeps_debts_a_new_quota_does_not);
    g_test_add_func("/quota/rate-set-again-and-again", test_a_rate_that_is_set_again_and_again_is_kept);
    g_test_add_func("/quota/edges", test_edges);
    return g_test_run();
}
