/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of all settings, and looking things up in it. A new setting is a row here, a define in
 * xml-schema/virtsched.rng and a row in xml-schema/formatvirtsched.rst; tests/unit checks that the three agree.
 * Order is the order in the XML. Holds no values.
 */
#include "vs-settings-private.h"

#include <string.h>


static const char *const profile_words[] = {"off", "desktop", "audio", "server", "build", NULL};
static const char *const guest_words[] = {"off", "on", "extension", NULL};
/* The seed's four bits, each with those before it; "on" is all of them. */
static const char *const track_words[] = {"off", "on", "base", "transitive", "interrupt", NULL};
static const char *const event_words[] = {"any", "keys", "pointer", "motion", "none", NULL};
/* Weakest first: the host's ceiling compares indexes. */
static const char *const class_words[] = {"nice", "slice", "fifo", NULL};
enum { PROFILE_OFF = 0, CLASS_FIFO = 2 };

static const VsSettingInfo table[] = {
    {"profile", "", "profile", VS_SETTING_ENUM, NULL, 0, 0, PROFILE_OFF, profile_words, NULL,
     "named set of values; what the domain sets itself comes before it"},

    {"interactive.state", "interactive", "state", VS_SETTING_BOOL, NULL, 0, 1, 0, NULL, NULL,
     "background tasks of the guest weigh less for a while after user input"},
    {"interactive.guest", "interactive", "guest", VS_SETTING_ENUM, NULL, 0, 0, 0, guest_words, NULL,
     "the guest's module says which process runs, what it is, and that there is input; extension: it is also told which are background"},
    {"interactive.weightRatio.interactive", "interactive/weightRatio", "interactive", VS_SETTING_UINT, NULL, 1, 100, 3, NULL, NULL,
     "weight of a vCPU that runs interactive tasks, as against weightRatio.background (3 : 1 as in vAMP)"},
    {"interactive.weightRatio.background", "interactive/weightRatio", "background", VS_SETTING_UINT, NULL, 1, 100, 1, NULL, NULL,
     "weight of a vCPU that runs background tasks"},
    {"interactive.background.threshold", "interactive/background", "threshold", VS_SETTING_UINT, "percent", 1, 100, 50, NULL, NULL,
     "share of one CPU before the input from which on a guest task counts as background (vAMP: 50)"},
    {"interactive.phase.max", "interactive/phase", "max", VS_SETTING_UINT, "ms", 100, 60000, 5000, NULL, NULL,
     "longest interactive phase after one input (vAMP: 5000)"},
    {"interactive.input.events", "interactive/input", "events", VS_SETTING_ENUM, NULL, 0, 0, 0, event_words, NULL,
     "input that starts a phase: any key, button, wheel or touch; keys; pointer without keys; motion of a mouse, too; none but by hand"},
    {"interactive.epoch.length", "interactive/epoch", "length", VS_SETTING_UINT, "ms", 4, 250, 32, NULL, NULL,
     "load of guest tasks is counted in pieces of so long (vAMP: 32)"},
    {"interactive.epoch.window", "interactive/epoch", "window", VS_SETTING_UINT, NULL, 4, 60, 32, NULL, NULL,
     "so many epochs before the input decide what is background (vAMP: 32)"},
    {"interactive.audio.track", "interactive/audio", "track", VS_SETTING_ENUM, NULL, 0, 0, 1, track_words, NULL,
     "guest tasks that make sound are never background; base, transitive and interrupt are vAMP's modes 1, 3 and 7, on is its 15"},
    {"interactive.audio.latency", "interactive/audio", "latency", VS_SETTING_UINT, "us", 20, 10000, 1000, NULL, NULL,
     "while sound plays, a task that runs within so long of an interrupt from outside counts as woken by it (vAMP: 20, with every switch seen)"},

    {"boost.state", "boost", "state", VS_SETTING_BOOL, NULL, 0, 1, 0, NULL, NULL,
     "a vCPU that wakes up or has an interrupt waiting runs before ordinary tasks, within its budget"},
    {"boost.guest", "boost", "guest", VS_SETTING_BOOL, NULL, 0, 1, 0, NULL, NULL,
     "the guest says itself when its work is urgent and when it is not"},
    {"boost.io", "boost", "io", VS_SETTING_BOOL, NULL, 0, 1, 1, NULL, NULL,
     "QEMU's emulator and I/O threads run ahead of ordinary tasks, too, while a boosted vCPU waits for them, and in an interactive phase"},
    {"boost.deboost", "boost", "deboost", VS_SETTING_BOOL, NULL, 0, 1, 0, NULL, NULL,
     "a vCPU that has used up its budget, or owes much of it, and runs nothing urgent has a third of the weight until some is paid back"},
    {"boost.class", "boost", "class", VS_SETTING_ENUM, NULL, 0, 0, CLASS_FIFO, class_words, NULL,
     "how a boosted vCPU is scheduled: lower nice value, short EEVDF slice (Linux 6.12), or real-time FIFO"},
    {"boost.priority", "boost", "priority", VS_SETTING_UINT, NULL, 1, 49, 1, NULL, NULL,
     "SCHED_FIFO priority of class fifo; goes with that class only"},
    {"boost.nice", "boost", "nice", VS_SETTING_UINT, NULL, 1, 20, 10, NULL, NULL,
     "how far the nice value goes down in class nice, 10 is nice -10; goes with that class only"},
    {"boost.slice", "boost/slice", "value", VS_SETTING_UINT, "us", 100, 3000, 500, NULL, NULL,
     "time slice in class slice, shorter is sooner; goes with that class only"},
    {"boost.budget.burst", "boost/budget", "burst", VS_SETTING_UINT, "us", 50, 100000, 2000, NULL, NULL,
     "longest boost in one go"},
    {"boost.budget.share", "boost/budget", "share", VS_SETTING_UINT, "percent", 1, 90, 20, NULL, NULL,
     "most of one host CPU that a vCPU may use boosted in the long run"},
    {"boost.budget.vm", "boost/budget", "vm", VS_SETTING_UINT, "percent", 0, 10000, 0, NULL, NULL,
     "most of one host CPU that all vCPUs of the domain together may use boosted, 100 is a whole one; 0 is no such limit"},

    {"dirtyQuota.state", "dirtyQuota", "state", VS_SETTING_BOOL, NULL, 0, 1, 0, NULL, NULL,
     "during live migration a vCPU that dirties too much memory sleeps, the others do not"},
    {"dirtyQuota.interval", "dirtyQuota/interval", "value", VS_SETTING_UINT, "ms", 1, 1000, 10, NULL, NULL,
     "time over which a vCPU's dirtied pages are counted (seed: 10)"},
    {"dirtyQuota.rate", "dirtyQuota/rate", "value", VS_SETTING_UINT, "MiB/s", 0, 1000000, 0, NULL, NULL,
     "what all vCPUs together may dirty whenever dirty pages are logged; 0 follows the migration instead"},
    {"dirtyQuota.floor", "dirtyQuota/floor", "value", VS_SETTING_UINT, "MiB/s", 1, 1000, 1, NULL, NULL,
     "what each vCPU may dirty however slow the migration is"},
    {"dirtyQuota.factor", "dirtyQuota/factor", "value", VS_SETTING_UINT, "percent", 10, 90, 50, NULL, NULL,
     "each pass of the migration is to have so much left to send as the one before"},
};

const VsSettingInfo *vs_setting_table(gsize *n_ret)
{
    if (n_ret)
        *n_ret = G_N_ELEMENTS(table);
    return table;
}

gint vs_setting_index(const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_strcmp0(table[i].key, key) == 0)
            return (gint) i;
    return -1;
}

gsize vs_setting_row(const char *key)
{
    gint row = vs_setting_index(key);

    g_assert(row >= 0);
    return (gsize) row;
}

const char *vs_setting_element_unit(const char *element)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].unit && strcmp(table[i].element, element) == 0)
            return table[i].unit;
    return NULL;
}

char *vs_setting_range_text(const VsSettingInfo *info)
{
    if (info->type == VS_SETTING_BOOL)
        return g_strdup("on, off");
    if (info->type == VS_SETTING_ENUM)
        return g_strjoinv(", ", (char **) info->choices);
    return g_strdup_printf("%u..%u%s%s", info->min, info->max, info->unit ? " " : "", info->unit ? info->unit : "");
}

/* Edits to get from @a to @b, letter case aside: one row of the usual matrix at a time. */
static guint edit_distance(const char *a, const char *b)
{
    gsize len = strlen(b);
    g_autofree guint *row = g_new(guint, len + 1);

    for (gsize j = 0; j <= len; j++)
        row[j] = (guint) j;
    for (gsize i = 0; a[i]; i++) {
        guint diagonal = row[0];

        row[0] = (guint) i + 1;
        for (gsize j = 0; j < len; j++) {
            guint change = diagonal + (g_ascii_tolower(a[i]) != g_ascii_tolower(b[j]));

            diagonal = row[j + 1];
            row[j + 1] = MIN(change, MIN(row[j], diagonal) + 1);
        }
    }
    return row[len];
}

/* Near is a few typing errors, or a part of the name. Empty when nothing is near. */
static char *nearest_keys(const char *key)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gsize len = strlen(key);

    for (gsize i = 0; len >= 2 && len <= 64 && i < G_N_ELEMENTS(table); i++) {
        if (!strstr(table[i].key, key) && edit_distance(key, table[i].key) > 1 + len / 5)
            continue;
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", table[i].key);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

const VsSettingInfo *vs_setting_find(const char *key, GError **error)
{
    gint row = vs_setting_index(key);
    g_autofree char *near = NULL;
    g_autofree char *quoted = NULL;

    if (row >= 0)
        return &table[row];
    near = nearest_keys(key ? key : "");
    quoted = vs_text_quote(key ? key : "");
    if (*near)
        g_set_error(error, VS_ERROR, VS_ERROR_UNKNOWN_SETTING, "find setting %s: unknown; near it: %s", quoted, near);
    else
        g_set_error(error, VS_ERROR, VS_ERROR_UNKNOWN_SETTING, "find setting %s: unknown; boost.state is one, the reference lists all",
                    quoted);
    return NULL;
}
