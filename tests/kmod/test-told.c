/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guest tells of its tasks: whose the time is before a CPU idles (the guest's side), what a process is whose threads differ, and who
 * is old though it was not seen for a while (the host's).
 */
#include <glib.h>

#include "vs_load_calc.h"
#include "vsg_busy_calc.h"

#define MS VS_NSEC_PER_MSEC

static const struct vs_rules rules = {.epoch_us = 32000, .window = 32, .threshold = 500, .phase_ns = 5000 * MS};
static const struct vs_inputs nobody;

/* struct cpu - a CPU of the guest, with what its three tasks have used: the idle one, the kernel's, processes by number */
struct cpu {
    struct vsg_busy busy;
    struct vsg_side now;
    u64 used[8];
};

static struct vsg_side side(struct cpu *cpu, guint id)
{
    enum vsg_kind kind = id == 0 ? VSG_IDLE : id == VS_PAGE_KERNEL ? VSG_KERNEL : VSG_PROCESS;

    return (struct vsg_side){.kind = kind, .id = id, .used = cpu->used[id]};
}

/* What runs has run for @us; then @id does. */
static void run(struct cpu *cpu, guint us, guint id)
{
    struct vsg_side next;

    cpu->used[cpu->now.id] += us * 1000;
    cpu->now.used = cpu->used[cpu->now.id];
    next = side(cpu, id);
    vsg_busy_switch(&cpu->busy, &cpu->now, &next);
    cpu->now = next;
}

static struct cpu begin(void)
{
    struct cpu cpu = {.used = {0, 0, 5000000, 7000000, 9000000}};

    vsg_busy_begin(&cpu.busy);
    cpu.now = side(&cpu, 0);
    return cpu;
}

/* Before anything was seen nobody is blamed. */
static void test_nobody_yet(void)
{
    struct cpu cpu = begin();

    g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
    /* The switch to the process was not seen: what it had used by then is not of this turn. */
    cpu.now = side(&cpu, 3);
    run(&cpu, 10, VS_PAGE_KERNEL);
    run(&cpu, 20, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
}

/* The process blocks, the kernel does something short on its behalf or not, and then the CPU has nothing to do. */
static void test_process_blocks(void)
{
    struct cpu cpu = begin();

    run(&cpu, 1000, 3);
    run(&cpu, 800, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, 3);
    run(&cpu, 1000, 4);
    run(&cpu, 800, VS_PAGE_KERNEL);
    run(&cpu, 100, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, 4);
}

/* A process sleeps, and the kernel encrypts a disk where it ran last, in pieces that are shorter than any look of the host's. */
static void test_kernel_works(void)
{
    struct cpu cpu = begin();

    run(&cpu, 1000, 3);
    run(&cpu, 300, 0);
    for (guint i = 0; i < 100; i++) {
        run(&cpu, 100, VS_PAGE_KERNEL);
        run(&cpu, 900, 0);
        g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
    }
    /* It wakes up for a moment in between. */
    run(&cpu, 100, VS_PAGE_KERNEL);
    run(&cpu, 300, 3);
    run(&cpu, 100, VS_PAGE_KERNEL);
    run(&cpu, 300, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
    run(&cpu, 500, 3);
    run(&cpu, 300, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, 3);
}

/* Interrupts that hit an idle CPU are the kernel's, and do not take a process's time away. */
static void test_interrupts(void)
{
    struct cpu cpu = begin();

    run(&cpu, 1000, 3);
    run(&cpu, 300, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, 3);
    vsg_busy_interrupt(&cpu.busy);
    g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
    run(&cpu, 50, 3);
    run(&cpu, 300, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, 3);
}

/* The host did not ask for a while: the turn that began meanwhile is not known. */
static void test_not_asked(void)
{
    struct cpu cpu = begin();

    run(&cpu, 1000, VS_PAGE_KERNEL);
    cpu.busy.before = VSG_NOT_SEEN;
    cpu.used[3] += 1000 * MS;
    cpu.now = side(&cpu, 3);
    run(&cpu, 1000, VS_PAGE_KERNEL);
    g_assert_cmpuint(cpu.busy.process_ns, ==, 0);
    run(&cpu, 10, 0);
    g_assert_cmpuint(cpu.busy.idle, ==, VS_PAGE_KERNEL);
}

static enum vs_verdict judge(struct vs_task *t, const struct vs_inputs *in, u64 now)
{
    u32 load;

    vs_task_clock(t, &rules, in, now);
    return vs_task_judge(t, &rules, in, now, &load);
}

/* A browser that the person started a moment ago is busy in threads that it puts behind its own others. */
static void test_threads_differ(void)
{
    struct vs_inputs in = {0};
    struct vs_task t = {0}, build = {0};
    u64 now;

    vs_inputs_add(&in, &rules, 20000 * MS);
    vs_task_begin(&t, VS_TASK_TOLD | 5, &rules, &in, 20100 * MS);
    vs_task_begin(&build, VS_TASK_TOLD | 6, &rules, &in, 20100 * MS);
    for (now = 20100 * MS; now < 23000 * MS; now += 4 * MS) {
        vs_task_charge(&t, &rules, &in, now, 4 * MS, 0);
        vs_task_hear(&t, &rules, now % (500 * MS) ? VS_PAGE_TASK_BACKGROUND : VS_PAGE_TASK_ORDINARY, now);
        vs_task_charge(&build, &rules, &in, now, 4 * MS, 0);
        vs_task_hear(&build, &rules, VS_PAGE_TASK_BACKGROUND, now);
    }
    g_assert_cmpint(judge(&t, &in, now), ==, VS_VERDICT_LIGHT);
    g_assert_cmpint(judge(&build, &in, now), ==, VS_VERDICT_HEAVY);
    /* All of it was put behind others, a window ago. */
    for (; now < 24100 * MS; now += 4 * MS) {
        vs_task_charge(&t, &rules, &in, now, 4 * MS, 0);
        vs_task_hear(&t, &rules, VS_PAGE_TASK_BACKGROUND, now);
    }
    g_assert_cmpint(judge(&t, &in, now), ==, VS_VERDICT_HEAVY);
    /* And back: that counts at once. */
    vs_task_hear(&t, &rules, VS_PAGE_TASK_ORDINARY, now);
    g_assert_cmpint(judge(&t, &in, now), ==, VS_VERDICT_LIGHT);
}

/* A CPU that idles says whose the time was, not what that is; the kernel is the kernel. */
static void test_idle(void)
{
    struct vs_task t = {0}, kernel = {0};

    vs_task_begin(&t, VS_TASK_TOLD | 5, &rules, &nobody, 10000 * MS);
    vs_task_begin(&kernel, VS_TASK_TOLD | VS_PAGE_KERNEL, &rules, &nobody, 10000 * MS);
    vs_task_hear(&t, &rules, VS_PAGE_TASK_AUDIO, 10000 * MS);
    for (u64 now = 10000 * MS; now < 12000 * MS; now += 4 * MS) {
        vs_task_charge(&t, &rules, &nobody, now, 4 * MS, 0);
        vs_task_hear(&t, &rules, VS_PAGE_TASK_IDLE, now);
        vs_task_charge(&kernel, &rules, &nobody, now, 4 * MS, 0);
        vs_task_hear(&kernel, &rules, VS_PAGE_TASK_IDLE, now);
    }
    g_assert_cmpint(judge(&t, &nobody, 12000 * MS), ==, VS_VERDICT_SPARED);
    g_assert_cmpint(judge(&kernel, &nobody, 12000 * MS), ==, VS_VERDICT_SYSTEM);
}

/* Beside a build the editor wakes up by itself: it was not born just now. Of a page frame nobody knows that. */
static void test_age(void)
{
    struct vs_inputs in = {0};
    struct vs_task told = {0}, frame = {0}, other = {0};
    u64 now = 20000 * MS;

    vs_task_begin(&told, VS_TASK_TOLD | 5, &rules, &nobody, 10000 * MS);
    vs_task_begin(&frame, 5, &rules, &nobody, 10000 * MS);
    vs_task_begin(&other, VS_TASK_TOLD | 6, &rules, &nobody, 10000 * MS);
    told.class = VS_TASK_BACKGROUND;
    told.told = VS_PAGE_TASK_BACKGROUND;
    vs_inputs_add(&in, &rules, now - 4000 * MS);
    vs_task_begin(&told, VS_TASK_TOLD | 5, &rules, &in, now);
    vs_task_begin(&frame, 5, &rules, &in, now);
    vs_task_begin(&other, VS_TASK_TOLD | 7, &rules, &in, now);
    g_assert_false(vs_task_swarms(&told, &rules, &in, now + 100 * MS));
    g_assert_true(vs_task_swarms(&frame, &rules, &in, now + 100 * MS));
    g_assert_true(vs_task_swarms(&other, &rules, &in, now + 100 * MS));
    /* What else was known of it is old. */
    g_assert_cmpint(told.class, ==, VS_TASK_INTERACTIVE);
    g_assert_cmpint(told.told, ==, VS_PAGE_TASK_UNKNOWN);
    g_assert_cmpuint(told.seen, ==, now);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/told/nobody-yet", test_nobody_yet);
    g_test_add_func("/told/process-blocks", test_process_blocks);
    g_test_add_func("/told/kernel-works", test_kernel_works);
    g_test_add_func("/told/interrupts", test_interrupts);
    g_test_add_func("/told/not-asked", test_not_asked);
    g_test_add_func("/told/threads-differ", test_threads_differ);
    g_test_add_func("/told/idle", test_idle);
    g_test_add_func("/told/age", test_age);
    return g_test_run();
}
