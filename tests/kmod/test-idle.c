/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module's arithmetic of guests that idle, and of time that stands still.
 */
#include <glib.h>
#include <string.h>

#include "vs_load_calc.h"

#define MS VS_NSEC_PER_MSEC

/* A short HLT is one for a lock. */
static void test_idles(void)
{
    g_assert_false(vs_idles(0, 5000 * MS));
    g_assert_false(vs_idles(1000 * MS, 1000 * MS + VS_IDLE_MIN_NS - 1));
    g_assert_true(vs_idles(1000 * MS, 1000 * MS + VS_IDLE_MIN_NS));
    g_assert_false(vs_idles(1000 * MS, 999 * MS));
}

/* A task of its own that idles is seen after several others; the one program of a small Linux guest is not. */
static void test_idler(void)
{
    struct vs_idler windows = {0}, linux_guest = {0};

    vs_idler_add(&windows, 9, 1);
    vs_idler_add(&windows, 9, 0);
    vs_idler_add(&windows, 9, 1);
    g_assert_false(vs_idler_is(&windows, 9));
    vs_idler_add(&windows, 9, 2);
    g_assert_true(vs_idler_is(&windows, 9));
    g_assert_false(vs_idler_is(&windows, 1));

    vs_idler_add(&linux_guest, 1, 0);
    vs_idler_add(&linux_guest, 1, 2);
    g_assert_false(vs_idler_is(&linux_guest, 1));
    vs_idler_add(&linux_guest, 2, 1);
    g_assert_false(vs_idler_is(&linux_guest, 1));
    vs_idler_add(&linux_guest, 1, 3);
    g_assert_false(vs_idler_is(&linux_guest, 1));
}

/* History moves on by any number of epochs, and keeps its order. */
static void test_stand(void)
{
    for (u32 by = 0; by < 3 * VS_LOAD_EPOCHS; by += 7) {
        struct vs_load load = {.epoch = 1000}, was;

        for (u32 n = 0; n < VS_LOAD_EPOCHS; n++)
            load.run[n] = n + 1, load.wait[n] = 2 * n;
        was = load;
        vs_load_stand(&load, 1000 + by);
        g_assert_cmpuint(load.epoch, ==, 1000 + by);
        for (u32 n = 0; n < VS_LOAD_EPOCHS; n++) {
            g_assert_cmpuint(load.run[(n + by) % VS_LOAD_EPOCHS], ==, was.run[n]);
            g_assert_cmpuint(load.wait[(n + by) % VS_LOAD_EPOCHS], ==, was.wait[n]);
        }
        vs_load_stand(&load, 999);
        g_assert_cmpuint(load.epoch, ==, 1000 + by);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/idle/idles", test_idles);
    g_test_add_func("/idle/idler", test_idler);
    g_test_add_func("/idle/stand", test_stand);
    return g_test_run();
}
