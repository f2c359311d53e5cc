/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Built-in profiles: what each word of the `profile` setting stands for, as rows of key and value in XML spelling.
 * Called by the daemon, the command and the check for contradictions. A row that the table would refuse aborts the
 * unit tests, never a daemon that passed them.
 */
#include "vs-settings-private.h"

#include <string.h>

typedef struct {
    const char *profile;
    const char *key;
    const char *value;
} ProfileRow;

static const ProfileRow rows[] = {
    {"off", "interactive.state", "off"},
    {"off", "boost.state", "off"},
    {"off", "dirtyQuota.state", "off"},

    {"desktop", "interactive.state", "on"},
    {"desktop", "boost.state", "on"},
    {"desktop", "boost.class", "fifo"},
    {"desktop", "dirtyQuota.state", "on"},

    /* A small buffer is filled in less than a millisecond, in one go: an eighth of such a burst, and some, is an interrupt's boost. */
    {"audio", "interactive.state", "on"},
    {"audio", "interactive.audio.track", "on"},
    {"audio", "boost.state", "on"},
    {"audio", "boost.class", "fifo"},
    {"audio", "boost.priority", "2"},
    {"audio", "boost.budget.burst", "10000"},
    {"audio", "boost.budget.share", "30"},
    {"audio", "dirtyQuota.state", "on"},

    /* Interrupts are answered sooner, and host real-time tasks never wait for it. */
    {"server", "interactive.state", "off"},
    {"server", "boost.state", "on"},
    {"server", "boost.class", "nice"},
    {"server", "boost.budget.share", "10"},
    {"server", "dirtyQuota.state", "on"},

    {"build", "interactive.state", "off"},
    {"build", "boost.state", "off"},
    {"build", "dirtyQuota.state", "on"},
};

VsSettings *vs_profile_builtin(const char *name)
{
    VsSettings *profile = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize row;
        guint value = 0;
        g_autofree char *why = NULL;
        gboolean ok;

        if (g_strcmp0(rows[i].profile, name) != 0)
            continue;
        row = vs_setting_row(rows[i].key);
        ok = vs_value_parse(&vs_setting_table(NULL)[row], rows[i].value, FALSE, &value, &why);
        g_assert(ok);
        if (!profile)
            profile = vs_settings_new();
        vs_settings_put(profile, row, value, VS_ORIGIN_PROFILE);
    }
    return profile;
}
