/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What set, unset, enable-guest, disable-guest and apply share: the call that changes a domain, and its result on the terminal.
 * The daemon decides what changes; nothing is computed here.
 */
#ifndef VS_CHANGE_H
#define VS_CHANGE_H

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-json.h"

G_BEGIN_DECLS

/** VsChannel: what is to become of the guest channel; other than KEEP, nothing else is changed */
typedef enum {
    VS_CHANNEL_KEEP,
    VS_CHANNEL_ENABLE,
    VS_CHANNEL_DISABLE,
} VsChannel;

/**
 * VsChange: @channel; @set: (nullable): floating or owned a{sv}; @unset: (nullable): keys, or "*"
 * @every_copy: live and config, as far as the domain has them, instead of @call->impact
 */
typedef struct {
    VsChannel channel;
    GVariant *set;
    const char *const *unset;
    gboolean every_copy;
} VsChange;

/** VsChangeResult: of several domains: @builder: inside an array, for --json; @changed: how many; @failed: of them, @code: with this VsError, if it was one for all */
typedef struct {
    JsonBuilder *builder;
    guint changed;
    guint failed;
    gint code;
} VsChangeResult;

/** vs_change_run: changes @call's domain or domains and prints "changed" or "unchanged"; what is stored but not in force is a warning */
gboolean vs_change_run(const VsCall *call, const VsChange *change, GError **error);
/** vs_change_one: the same for the domain @key, called @name, among others; its error is reported and counted, not returned */
void vs_change_one(VsBus *bus, const VsCall *call, const VsChange *change, const char *key, const char *name, VsChangeResult *result);
/** vs_change_finish: the end of several: prints the JSON; FALSE with @error when one failed */
gboolean vs_change_finish(const VsCall *call, VsChangeResult *result, GError **error);
/** vs_change_begin: the beginning of several */
void vs_change_begin(const VsCall *call, VsChangeResult *result);

/** vs_change_names: (transfer full) (element-type utf8) (nullable): UUID and name by turns, of the domains whose names match @pattern, %NULL for all */
GPtrArray *vs_change_names(VsBus *bus, const char *pattern, GError **error);
/** vs_is_pattern: @text has * or ? in it */
gboolean vs_is_pattern(const char *text);

G_END_DECLS

#endif /* VS_CHANGE_H */
