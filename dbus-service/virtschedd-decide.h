/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pure decisions of the daemon: what a domain is to have, and what to say about it. No I/O.
 */
#ifndef VIRTSCHEDD_DECIDE_H
#define VIRTSCHEDD_DECIDE_H

#include "virtschedd-config.h"
#include "virtschedd-snapshot.h"

G_BEGIN_DECLS

/**
 * VsdPlan: what is to be done for one domain
 * @wanted: what its live XML sets (the config's when shut off), or without an element of ours a rule of the host; empty when
 * there is nothing, or it cannot be read
 * @rule: name of that rule, or ""
 * @resolved: every key: domain over profile over default, under the ceiling
 * @notes: key -> text for clamped keys
 * @boost: boost is to be on in the kernel; @interactive: interactive phases are
 * @quota: dirtied pages are to be limited: @limit: MiB/s by hand, 0: as a migration allows it
 * @attach: the kernel has to know the domain now
 * @runs: the domain runs, and what it asks for is known
 * @wire: the vCPU threads are to be side by side
 */
typedef struct {
    VsSettings *wanted;
    char *rule;
    VsSettings *resolved;
    GHashTable *notes;
    gboolean boost;
    gboolean quota;
    guint limit;
    gboolean attach;
    gboolean runs;
    gboolean interactive;
    gboolean wire;
} VsdPlan;

/** vsd_decide_plan: @leased: somebody holds a boost for the domain: boost.state is on whatever it says itself */
VsdPlan *vsd_decide_plan(const VsdSnapshot *snapshot, const VsdConfig *config, gboolean leased);
void vsd_plan_free(VsdPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsdPlan, vsd_plan_free)

/**
 * VsdOutcome: what came of the plan
 * @attached: the kernel has the domain's settings; @class_applied: the boost class in force
 * @failure: (nullable): why it has not
 * @channel: the guest is heard; @channel_failure: (nullable): why it is not, although it is wanted
 * @quota: a dirty quota is in force, or will be when a migration begins; @quota_failure: (nullable): why not
 * @interactive: guest tasks are watched; @interactive_failure: (nullable): why not, although it is wanted; @input_failure: (nullable):
 * why input begins no phase
 * @stepped_back: @refused: @ext: vCPUs that the kernel leaves alone
 */
typedef struct {
    gboolean attached;
    guint class_applied;
    char *failure;
    gboolean channel;
    char *channel_failure;
    gboolean quota;
    char *quota_failure;
    gboolean interactive;
    char *interactive_failure;
    char *input_failure;
    guint stepped_back;
    guint refused;
    guint ext;
} VsdOutcome;

/** vsd_outcome_clear: nothing came of it, and nothing is to be said */
void vsd_outcome_clear(VsdOutcome *outcome);

/**
 * vsd_decide_applied: (transfer full): a set with every key in force: what a mechanism applies, a switch that somebody wants to be off
 * and that is, and the profile if all is that it stands for and nobody else says otherwise; empty when nothing is
 */
VsSettings *vsd_decide_applied(const VsdPlan *plan, const VsdOutcome *outcome);
/** vsd_decide_in_force: (transfer full) (nullable): what to show as in force; besides @applied, a switch that nobody wants on is off */
char *vsd_decide_in_force(const VsdPlan *plan, const VsSettings *applied, const char *key);
/** vsd_decide_reasons: (transfer full): key -> words, for each wanted key that is not applied as wanted; "": the whole domain */
GHashTable *vsd_decide_reasons(const VsdSnapshot *snapshot, const VsdPlan *plan, const VsdOutcome *outcome, gboolean enabled);
/** vsd_decide_summary: (transfer none): Manager.ListDomains's word */
const char *vsd_decide_summary(const VsdSnapshot *snapshot, const VsdPlan *plan, const VsdOutcome *outcome, GHashTable *reasons);

G_END_DECLS

#endif /* VIRTSCHEDD_DECIDE_H */
