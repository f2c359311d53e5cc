/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints a built-in profile as the file that an admin may copy and change: vs-profile-print WORD. Run by the build, so that
 * /usr/share/virtsched/profiles.d and the table in vs-profile.c are one. Not installed.
 */
#include "vs-settings.h"

int main(int argc, char **argv)
{
    g_autoptr(VsSettings) profile = argc == 2 ? vs_profile_builtin(argv[1]) : NULL;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    if (!profile) {
        g_printerr("usage: vs-profile-print WORD; a built-in profile\n");
        return 2;
    }
    g_print("# What profile='%s' stands for. To change it, copy this file to /etc/virtsched/profiles.d, edit it there, and\n"
            "# systemctl reload virtschedd. Keys are those of `virt-sched settings`; what is not here has its default.\n[profile]\n",
            argv[1]);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *value = NULL;

        if (!vs_settings_is_set(profile, table[i].key))
            continue;
        value = vs_settings_get_string(profile, table[i].key);
        g_print("%s=%s\n", table[i].key, value);
    }
    return 0;
}
