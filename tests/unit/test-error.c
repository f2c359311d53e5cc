/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain survives the bus: each code has a D-Bus name of ours and comes back as the same code.
 */
#include <gio/gio.h>

#include "vs-error.h"
#include "vs-names.h"

static void test_every_code_survives_the_bus(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (int code = 0; code < VS_ERROR_LAST; code++) {
        g_autoptr(GError) sent = g_error_new(VS_ERROR, code, "set x: because");
        g_autofree char *name = g_dbus_error_encode_gerror(sent);
        g_autoptr(GError) received = g_dbus_error_new_for_dbus_error(name, "set x: because");

        g_assert_true(g_str_has_prefix(name, VS_BUS_ERROR_PREFIX));
        g_assert_error(received, VS_ERROR, code);
        g_assert_true(g_hash_table_add(names, g_steal_pointer(&name)));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/every-code-survives-the-bus", test_every_code_survives_the_bus);
    return g_test_run();
}
