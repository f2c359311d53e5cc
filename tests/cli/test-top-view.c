/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of "virt-sched top": what each makes of the view, and what nonsense does not.
 */
#include <string.h>

#include "vs-top-view.h"

static VsTopAnswer type(VsTopView *view, const char *keys)
{
    VsTopAnswer answer = VS_TOP_STAY;

    for (; *keys; keys++)
        answer = vs_top_view_key(view, *keys);
    return answer;
}

static void test_ends_and_looks(void)
{
    VsTopView view;

    vs_top_view_init(&view, 2000);
    g_assert_cmpint(type(&view, "x"), ==, VS_TOP_STAY);
    g_assert_cmpint(type(&view, " "), ==, VS_TOP_AGAIN);
    g_assert_cmpint(type(&view, "q"), ==, VS_TOP_QUIT);
}

static void test_sorts(void)
{
    VsTopView view;

    vs_top_view_init(&view, 2000);
    g_assert_cmpint(vs_top_view_compare(&view, 1, 900, 10, 2, 100, 20), <, 0);
    g_assert_cmpint(type(&view, "T"), ==, VS_TOP_DRAW);
    g_assert_cmpint(vs_top_view_compare(&view, 1, 900, 10, 2, 100, 20), >, 0);
    type(&view, "NR");
    g_assert_cmpint(vs_top_view_compare(&view, 1, 900, 10, 2, 100, 20), <, 0);
    type(&view, "PR");
    /* Equal loads: by number, so that lines do not change places. */
    g_assert_cmpint(vs_top_view_compare(&view, 1, 500, 10, 2, 500, 20), >, 0);
    g_assert_cmpint(vs_top_view_compare(&view, 2, 500, 10, 2, 500, 10), ==, 0);
}

static void test_numbers(void)
{
    VsTopView view;
    g_autofree char *prompt = NULL;

    vs_top_view_init(&view, 2000);
    type(&view, "d0.5");
    prompt = vs_top_view_prompt(&view);
    g_assert_true(g_str_has_suffix(prompt, "0.5"));
    g_assert_cmpint(type(&view, "\n"), ==, VS_TOP_DRAW);
    g_assert_cmpint(view.delay_ms, ==, 500);
    /* Out of range, empty, taken back with Escape, and "q" is no digit. */
    type(&view, "d0\nd99999\nd\nd3\033");
    g_assert_cmpint(view.delay_ms, ==, 500);
    g_assert_cmpint(type(&view, "nq"), ==, VS_TOP_DRAW);
    type(&view, "57\x7f\n");
    g_assert_cmpuint(view.rows, ==, 5);
    type(&view, "n0\n");
    g_assert_cmpuint(view.rows, >=, 1000);
    type(&view, "n12345678901234567890123456789\n");
    g_assert_cmpuint(view.rows, >=, 1000);
    g_assert_null(vs_top_view_prompt(&view));
}

static void test_busy_and_help(void)
{
    VsTopView view;

    vs_top_view_init(&view, 2000);
    type(&view, "i");
    g_assert_true(view.busy_only);
    type(&view, "h");
    g_assert_true(view.help);
    /* The key that ends the help does nothing else. */
    g_assert_cmpint(type(&view, "i"), ==, VS_TOP_DRAW);
    g_assert_true(!view.help && view.busy_only);
    g_assert_nonnull(strstr(vs_top_help(), "space"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/top/ends-and-looks", test_ends_and_looks);
    g_test_add_func("/top/sorts", test_sorts);
    g_test_add_func("/top/numbers", test_numbers);
    g_test_add_func("/top/busy-and-help", test_busy_and_help);
    return g_test_run();
}
