/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which slot of the guest channel an APIC id has. Ids are made here as QEMU makes them, from the vCPU's number and the
 * topology, and must lead back to the number.
 */
#include <glib.h>

#include "vsg_slot_calc.h"

struct topology {
    guint threads, cores, dies, packages;
};

static const struct topology topologies[] = {
    {1, 1, 1, 8}, {1, 8, 1, 1}, {2, 4, 1, 2}, {1, 3, 1, 4}, {1, 6, 1, 2}, {2, 3, 1, 3}, {3, 5, 1, 2}, {1, 3, 2, 2}, {2, 5, 3, 2},
    {1, 255, 1, 1},
};

static guint bits_for(guint units)
{
    guint bits = 0;

    while (1u << bits < units)
        bits++;
    return bits;
}

/* As CPUID has it: leaf 0x1f with several dies, else leaf 0xb. */
static guint levels_of(const struct topology *t, struct vsg_level *levels)
{
    guint thread = bits_for(t->threads), core = thread + bits_for(t->cores);

    levels[0] = (struct vsg_level){thread, t->threads};
    levels[1] = (struct vsg_level){core, t->threads * t->cores};
    levels[2] = (struct vsg_level){core + bits_for(t->dies), t->threads * t->cores * t->dies};
    return t->dies > 1 ? 3 : 2;
}

static guint apic_of(const struct topology *t, guint number)
{
    guint thread = bits_for(t->threads), core = thread + bits_for(t->cores), die = core + bits_for(t->dies);

    return number % t->threads | number / t->threads % t->cores << thread |
           number / t->threads / t->cores % t->dies << core | number / t->threads / t->cores / t->dies << die;
}

static void test_every_number_comes_back(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(topologies); i++) {
        const struct topology *t = &topologies[i];
        struct vsg_level levels[VSG_LEVELS_MAX];
        guint nr = levels_of(t, levels);

        for (guint level = 0; level < nr; level++)
            g_assert_true(vsg_level_fits(&levels[level], level ? &levels[level - 1] : NULL));
        for (guint number = 0; number < t->threads * t->cores * t->dies * t->packages; number++)
            g_assert_cmpuint(vsg_slot_of_apic(apic_of(t, number), levels, nr), ==, number);
    }
}

/* By hand: 3 cores a package, the second package begins at APIC id 4. */
static void test_a_gap(void)
{
    const struct vsg_level levels[] = {{0, 1}, {2, 3}};

    g_assert_cmpuint(vsg_slot_of_apic(2, levels, 2), ==, 2);
    g_assert_cmpuint(vsg_slot_of_apic(4, levels, 2), ==, 3);
    g_assert_cmpuint(vsg_slot_of_apic(9, levels, 2), ==, 7);
}

static void test_no_levels(void)
{
    g_assert_cmpuint(vsg_slot_of_apic(0, NULL, 0), ==, 0);
    g_assert_cmpuint(vsg_slot_of_apic(77, NULL, 0), ==, 77);
}

static void test_what_makes_no_sense(void)
{
    const struct vsg_level ok = {4, 16}, narrower = {3, 16}, fewer = {4, 8}, none = {4, 0}, wide = {32, 16}, widest = {31, 0xffff};

    g_assert_true(vsg_level_fits(&ok, NULL));
    g_assert_true(vsg_level_fits(&ok, &ok));
    g_assert_false(vsg_level_fits(&narrower, &ok));
    g_assert_false(vsg_level_fits(&fewer, &ok));
    g_assert_false(vsg_level_fits(&none, NULL));
    g_assert_false(vsg_level_fits(&wide, NULL));
    g_assert_cmpuint(vsg_slot_of_apic(0xffffffff, &widest, 1), ==, 0x7fffffffu + 0xffff);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/slot/every-number", test_every_number_comes_back);
    g_test_add_func("/slot/gap", test_a_gap);
    g_test_add_func("/slot/no-levels", test_no_levels);
    g_test_add_func("/slot/nonsense", test_what_makes_no_sense);
    return g_test_run();
}
