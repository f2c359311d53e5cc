/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest's task and input words are worth: sessions, words without sense, words left over from a guest that was reset; and the
 * address spaces that they are compared with.
 */
#include <stdbool.h>

#include <glib.h>

#include "vs_cr3_calc.h"
#include "vs_voice_calc.h"

#define SESSION 7

/* What the host makes of @word: the process's id, 0 for nothing; the class goes to @class, which is asked to be. */
static u64 hear(struct vs_voice_task *voice, u64 word, u64 seen, guint class, gboolean bad)
{
    unsigned char heard = 0;
    u64 id = 0;

    g_assert_cmpint(vs_voice_hear_task(voice, word, SESSION, seen, &id, &heard), ==, bad);
    g_assert_cmpuint(heard, ==, class);
    return id;
}

static void test_process(void)
{
    struct vs_voice_task voice = {0};

    g_assert_cmpuint(hear(&voice, 0, 1, VS_PAGE_TASK_UNKNOWN, FALSE), ==, 0);
    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION, 4194303), 1, VS_PAGE_TASK_ORDINARY, FALSE), ==, 4194303);
    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_IDLE, 2, SESSION, 4194303), 1, VS_PAGE_TASK_IDLE, FALSE), ==, 4194303);
    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_AUDIO, 255, SESSION, ~0U), 1, VS_PAGE_TASK_AUDIO, FALSE), ==, ~0U);
}

/* Of an earlier attach, of the other end of a migration, of a guest that stopped speaking. */
static void test_session(void)
{
    struct vs_voice_task voice = {0};

    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION + 1, 5), 1, 0, FALSE), ==, 0);
    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_UNKNOWN, 1, SESSION, 5), 1, 0, FALSE), ==, 0);
}

/* Counted once a word, however often it is looked at. */
static void test_nonsense(void)
{
    struct vs_voice_task voice = {0};
    u64 word = VS_PAGE_TASK(VS_PAGE_TASKS, 1, SESSION, 5), nobody = VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION, 0);

    g_assert_cmpuint(hear(&voice, word, 1, 0, TRUE), ==, 0);
    g_assert_cmpuint(hear(&voice, word, 1, 0, FALSE), ==, 0);
    g_assert_cmpuint(hear(&voice, nobody, 1, 0, TRUE), ==, 0);
    g_assert_cmpuint(hear(&voice, ~0ULL >> 32 << 32 | SESSION << 16 | 0xff, 1, 0, TRUE), ==, 0);
}

/* The guest was reset, and what runs now has never heard of the channel: its address spaces change, the word does not. */
static void test_left_over(void)
{
    struct vs_voice_task voice = {0};
    u64 word = VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION, 5), seen;

    /* No two of them side by side. */
    for (seen = 2; seen < 2 * (1 + VS_VOICE_ODD_MAX); seen += 2)
        g_assert_cmpuint(hear(&voice, word, seen, VS_PAGE_TASK_ORDINARY, FALSE), ==, 5);
    g_assert_cmpuint(hear(&voice, word, seen, 0, TRUE), ==, 0);
    g_assert_cmpuint(hear(&voice, word, seen, 0, FALSE), ==, 0);
    g_assert_cmpuint(hear(&voice, word, 1, 0, FALSE), ==, 0);
    /* It speaks again. */
    g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION, 6), 1, VS_PAGE_TASK_ORDINARY, FALSE), ==, 6);
}

/*
 * The guest isolates page tables, and runs one process all the time: in the kernel it has one page table, and its neighbour outside of it.
 * Now and then the address space is not known.
 */
static void test_pair(void)
{
    static const u64 seen[] = {0, 0x1234, 0x1235, 0, 0x1235, 0x1234};
    struct vs_voice_task voice = {0};
    u64 word = VS_PAGE_TASK(VS_PAGE_TASK_ORDINARY, 1, SESSION, 5);

    for (guint i = 0; i < 1000; i++)
        g_assert_cmpuint(hear(&voice, word, seen[i % G_N_ELEMENTS(seen)], VS_PAGE_TASK_ORDINARY, FALSE), ==, 5);
    /* That hides nobody who has a page table elsewhere. */
    for (guint i = 1; i < VS_VOICE_ODD_MAX; i++)
        g_assert_cmpuint(hear(&voice, word, 0x1234 + (i & 1) * 2, VS_PAGE_TASK_ORDINARY, FALSE), ==, 5);
    g_assert_cmpuint(hear(&voice, word, 0x1234, 0, TRUE), ==, 0);
}

/* A kernel thread again and again, in whatever address space was there before: each time it is another word. */
static void test_kernel_threads(void)
{
    struct vs_voice_task voice = {0};

    for (guint i = 0; i < 1000; i++)
        g_assert_cmpuint(hear(&voice, VS_PAGE_TASK(VS_PAGE_TASK_SYSTEM, i, SESSION, 2), i, VS_PAGE_TASK_SYSTEM, FALSE), ==, 2);
}

/* One that runs alone for an hour is in one address space, and an exec is another one. */
static void test_alone(void)
{
    struct vs_voice_task voice = {0};
    u64 word = VS_PAGE_TASK(VS_PAGE_TASK_BACKGROUND, 1, SESSION, 5);

    for (guint i = 0; i < 100000; i++)
        g_assert_cmpuint(hear(&voice, word, i < 50000 ? 1 : 2, VS_PAGE_TASK_BACKGROUND, FALSE), ==, 5);
}

/* As Linux writes CR3: PCIDs 1 to 6 in the kernel, the same with bit 11 outside of it; NOFLUSH; LAM. */
static void test_cr3(void)
{
    const u64 table = 0x12344000, noflush = 1ULL << 63, lam = 1ULL << 61;

    g_assert_cmpuint(vs_cr3_space(table | 3 | noflush, false), ==, 0x12344);
    g_assert_cmpuint(vs_cr3_space(table | 3 | lam, false), ==, 0x12344);
    /* Two processes side by side, where nobody isolates. */
    g_assert_cmpuint(vs_cr3_space((table + 0x1000) | 3, false), ==, 0x12345);
    g_assert_cmpuint(vs_cr3_space(table + 0x1000, false), ==, 0x12345);
    /* The host needs it, so its guests do; with PCIDs or without. */
    g_assert_cmpuint(vs_cr3_space(table + 0x1000, true), ==, 0x12344);
    g_assert_cmpuint(vs_cr3_space((table + 0x1000) | 0x803, true), ==, 0x12344);
    /* The host does not, and the guest does. */
    g_assert_cmpuint(vs_cr3_space((table + 0x1000) | 0x803 | noflush, false), ==, 0x12344);
}

static guint input(struct vs_voice_task *voice, u64 word, gboolean bad)
{
    unsigned char kind = 0;

    g_assert_cmpint(vs_voice_hear_input(voice, word, SESSION, &kind), ==, bad);
    return kind;
}

static void test_input(void)
{
    struct vs_voice_task voice = {0};

    g_assert_cmpuint(input(&voice, 0, FALSE), ==, 0);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(VS_PAGE_INPUT_KEY, SESSION + 1, 1), FALSE), ==, 0);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(VS_PAGE_INPUT_KEY, SESSION, 1), FALSE), ==, VS_PAGE_INPUT_KEY);
    /* Looked at again, it is no other one. */
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(VS_PAGE_INPUT_KEY, SESSION, 1), FALSE), ==, 0);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(VS_PAGE_INPUT_KEY, SESSION, 2), FALSE), ==, VS_PAGE_INPUT_KEY);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(VS_PAGE_INPUT_KEY | VS_PAGE_INPUT_WHEEL, SESSION, 3), TRUE), ==, 0);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(0, SESSION, 4), TRUE), ==, 0);
    g_assert_cmpuint(input(&voice, VS_PAGE_INPUT(0x80, SESSION, 5), TRUE), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/voice/process", test_process);
    g_test_add_func("/voice/session", test_session);
    g_test_add_func("/voice/nonsense", test_nonsense);
    g_test_add_func("/voice/left-over", test_left_over);
    g_test_add_func("/voice/pair", test_pair);
    g_test_add_func("/voice/kernel-threads", test_kernel_threads);
    g_test_add_func("/voice/alone", test_alone);
    g_test_add_func("/voice/cr3", test_cr3);
    g_test_add_func("/voice/input", test_input);
    return g_test_run();
}
