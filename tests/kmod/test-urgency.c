/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a guest's CPU is urgent: nesting of interrupts over tasks, ends without a beginning, reasons that are switched off.
 */
#include <glib.h>

#include "vsg_urgency_calc.h"

#define ALL ~0U

static void test_nothing(void)
{
    const struct vsg_urgency u = {0};

    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_NO_REASON);
}

static void test_interrupts_nest_over_a_task(void)
{
    struct vsg_urgency u = {0};

    vsg_urgency_set(&u, VS_PAGE_REALTIME, true);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_REALTIME);
    vsg_urgency_begin(&u, VS_PAGE_SOFTIRQ);
    vsg_urgency_begin(&u, VS_PAGE_HARDIRQ);
    vsg_urgency_begin(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_HARDIRQ);
    vsg_urgency_end(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_HARDIRQ);
    vsg_urgency_end(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_SOFTIRQ);
    vsg_urgency_end(&u, VS_PAGE_SOFTIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_REALTIME);
    vsg_urgency_set(&u, VS_PAGE_REALTIME, false);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_NO_REASON);
}

static void test_an_end_that_began_before_us(void)
{
    struct vsg_urgency u = {0};

    vsg_urgency_end(&u, VS_PAGE_HARDIRQ);
    vsg_urgency_begin(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_HARDIRQ);
    vsg_urgency_end(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL), ==, VS_PAGE_NO_REASON);
}

static void test_depth_is_bounded(void)
{
    struct vsg_urgency u = {0};

    for (guint i = 0; i < 70000; i++)
        vsg_urgency_begin(&u, VS_PAGE_SOFTIRQ);
    g_assert_cmpuint(u.depth[VS_PAGE_SOFTIRQ], ==, 65535);
}

static void test_reasons_that_are_off(void)
{
    struct vsg_urgency u = {0};

    vsg_urgency_begin(&u, VS_PAGE_HARDIRQ);
    g_assert_cmpuint(vsg_urgency_reason(&u, ALL & ~(1U << VS_PAGE_HARDIRQ)), ==, VS_PAGE_NO_REASON);
    vsg_urgency_set(&u, VS_PAGE_REALTIME, true);
    g_assert_cmpuint(vsg_urgency_reason(&u, 1U << VS_PAGE_REALTIME), ==, VS_PAGE_REALTIME);
}

static void test_words(void)
{
    guint64 guest = VS_PAGE_GUEST(VS_PAGE_URGENT, VS_PAGE_SOFTIRQ, 0xfffe, 0xffffffff);
    guint64 host = VS_PAGE_HOST(VS_PAGE_BOOSTED, 0x1234);

    g_assert_cmpuint(VS_PAGE_CLASS_OF(guest), ==, VS_PAGE_URGENT);
    g_assert_cmpuint(VS_PAGE_REASON_OF(guest), ==, VS_PAGE_SOFTIRQ);
    g_assert_cmpuint(VS_PAGE_SESSION_OF(guest), ==, 0xfffe);
    g_assert_cmpuint(guest >> 32, ==, 0xffffffff);
    g_assert_cmpuint(VS_PAGE_STATE_OF(host), ==, VS_PAGE_BOOSTED);
    g_assert_cmpuint(VS_PAGE_VERSION_OF(host), ==, VS_PAGE_VERSION);
    g_assert_cmpuint(VS_PAGE_SESSION_OF(host), ==, 0x1234);
    g_assert_cmpuint(sizeof(struct vs_page_slot), ==, VS_PAGE_SIZE);
    g_assert_cmpuint(G_STRUCT_OFFSET(struct vs_page_slot, host), ==, 2048);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/urgency/nothing", test_nothing);
    g_test_add_func("/urgency/nesting", test_interrupts_nest_over_a_task);
    g_test_add_func("/urgency/late", test_an_end_that_began_before_us);
    g_test_add_func("/urgency/bounded", test_depth_is_bounded);
    g_test_add_func("/urgency/mask", test_reasons_that_are_off);
    g_test_add_func("/page/words", test_words);
    return g_test_run();
}
