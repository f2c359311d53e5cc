/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched enable-guest, disable-guest: the device through which a guest with virtsched_guest.ko says what is urgent, and
 * boost.guest with it. The daemon edits the domain; doing it twice is "unchanged".
 */
#include <glib/gi18n-lib.h>

#include "vs-change.h"

static gboolean run_enable(const VsCall *call, GError **error)
{
    VsChange change = {.channel = VS_CHANNEL_ENABLE};

    return vs_change_run(call, &change, error);
}

static gboolean run_disable(const VsCall *call, GError **error)
{
    VsChange change = {.channel = VS_CHANNEL_DISABLE};

    return vs_change_run(call, &change, error);
}

const VsCommand vs_cmd_enable_guest = {
    .name = "enable-guest",
    .synopsis = "DOMAIN | --all",
    .summary = N_("Let a guest say itself what is urgent"),
    .details = N_("Adds the device of the guest channel (a shmem of 1 MiB, ivshmem-plain) and sets boost.guest.\n"
                  "What the guest says of its processes and of input counts with interactive.guest=on, which is set apart.\n"
                  "The guest needs the module virtsched_guest; until it is loaded nothing changes.\n"
                  "With --live the device is plugged into the running guest, with --config it is there from the next start."),
    .takes = VS_TAKES_DOMAIN | VS_TAKES_MANY | VS_TAKES_IMPACT | VS_TAKES_CHANGE | VS_TAKES_EXIT_STATUS,
    .run = run_enable,
};

const VsCommand vs_cmd_disable_guest = {
    .name = "disable-guest",
    .synopsis = "DOMAIN | --all",
    .summary = N_("Take the guest channel back"),
    .details = N_("Unsets boost.guest and interactive.guest, and takes the device out. A running guest is asked to let it go; it has to agree."),
    .takes = VS_TAKES_DOMAIN | VS_TAKES_MANY | VS_TAKES_IMPACT | VS_TAKES_CHANGE | VS_TAKES_EXIT_STATUS,
    .run = run_disable,
};
