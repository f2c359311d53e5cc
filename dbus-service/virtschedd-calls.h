/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of org.virtsched1, as a table. Called after polkit has said yes.
 */
#ifndef VIRTSCHEDD_CALLS_H
#define VIRTSCHEDD_CALLS_H

#include <gio/gio.h>

#include "virtschedd-manager.h"

G_BEGIN_DECLS

/**
 * VsdCall: @signal: of the skeleton; @action: polkit's; @on_domain: of the Domain interface; @run: answers the invocation, now or
 * later; @names_domain: its first argument is a domain's name, id or UUID, which polkit is told
 */
typedef struct {
    const char *signal;
    const char *action;
    gboolean on_domain;
    void (*run)(VsdManager *manager, VsdDomain *domain, GDBusMethodInvocation *invocation);
    gboolean names_domain;
} VsdCall;

extern const VsdCall vsd_calls[];
extern const gsize vsd_n_calls;

/** vsd_doctor: floating a(ssss): checks of the host */
GVariant *vsd_doctor(VsdManager *manager);

G_END_DECLS

#endif /* VIRTSCHEDD_CALLS_H */
