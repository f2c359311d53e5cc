/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What set, unset, enable-guest and disable-guest share: the call that changes a domain, and its result on the terminal. The daemon decides what
 * changes; nothing is computed here.
 */
#ifndef VS_CHANGE_H
#define VS_CHANGE_H

#include "vs-call.h"

G_BEGIN_DECLS

/** VsChannel: what is to become of the guest channel; other than KEEP, nothing else is changed */
typedef enum {
    VS_CHANNEL_KEEP,
    VS_CHANNEL_ENABLE,
    VS_CHANNEL_DISABLE,
} VsChannel;

/** VsChange: @channel; @set: (nullable): floating a{sv}; @unset: (nullable): keys, or "*"; @dry_run: change nothing; @diff: print each change */
typedef struct {
    VsChannel channel;
    GVariant *set;
    const char *const *unset;
    gboolean dry_run;
    gboolean diff;
} VsChange;

/** vs_change_run: changes @call->domain and prints "changed" or "unchanged"; what is stored but not in force is a warning */
gboolean vs_change_run(const VsCall *call, const VsChange *change, GError **error);

G_END_DECLS

#endif /* VS_CHANGE_H */
