/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pure decisions: see the header. Which settings need a mechanism is in the table's "pending"; nothing is decided by key here
 * but the three switches.
 */
#include "virtschedd-decide.h"

#include <string.h>

static const char *const switches[] = {"boost.state", "interactive.state", "dirtyQuota.state", NULL};

/* Has a meaning in one boost class only. */
static const struct {
    const char *key;
    const char *class_word;
} class_keys[] = {
    {"boost.priority", "fifo"},
    {"boost.nice", "nice"},
    {"boost.slice", "slice"},
};

static gboolean goes_with_class(const char *key, const char *class_word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(class_keys); i++) {
        if (g_strcmp0(class_keys[i].key, key) == 0)
            return g_strcmp0(class_keys[i].class_word, class_word) == 0;
    }
    return TRUE;
}

/* A limit by hand needs no state, but does not overrule one that says off. */
static guint limit_by_hand(const VsSettings *wanted, const VsSettings *resolved)
{
    gboolean off = vs_settings_is_set(wanted, "dirtyQuota.state") && !vs_settings_get_uint(wanted, "dirtyQuota.state");

    return off ? 0 : vs_settings_get_uint(resolved, "dirtyQuota.rate");
}

static gboolean anything_on(const VsSettings *wanted, const VsSettings *resolved)
{
    for (gsize i = 0; switches[i]; i++) {
        if (vs_settings_get_uint(resolved, switches[i]))
            return TRUE;
    }
    return limit_by_hand(wanted, resolved) > 0;
}

static void plan_quota(VsdPlan *plan, const VsdSnapshot *snapshot, gboolean running)
{
    plan->limit = running ? limit_by_hand(plan->wanted, plan->resolved) : 0;
    plan->quota = running && (plan->limit || vs_settings_get_uint(plan->resolved, "dirtyQuota.state"));
    plan->attach = plan->boost || plan->interactive || plan->limit || (plan->quota && snapshot->job);
}

/* What the domain is to have by its XML or by a rule, before a lease. */
static void find_wanted(VsdPlan *plan, const VsdSnapshot *snapshot, const VsdConfig *config)
{
    const VsSettings *source = snapshot->id >= 0 ? snapshot->live : snapshot->config;
    const VsdRule *rule = snapshot->element ? NULL : vsd_rules_match(config->rules, snapshot->name, snapshot->title);

    plan->rule = g_strdup(rule ? rule->label : "");
    if (rule)
        plan->wanted = vs_settings_copy(rule->settings);
    else
        plan->wanted = source ? vs_settings_copy(source) : vs_settings_new();
}

VsdPlan *vsd_decide_plan(const VsdSnapshot *snapshot, const VsdConfig *config, gboolean leased)
{
    g_autoptr(VsSettings) asked = NULL;
    g_autoptr(VsSettings) profile = NULL;
    g_autofree char *name = NULL;
    VsdPlan *plan = g_new0(VsdPlan, 1);
    gboolean running = snapshot->id >= 0 && !snapshot->obstacle && config->enabled;

    find_wanted(plan, snapshot, config);
    asked = vs_settings_copy(plan->wanted);
    if (vs_settings_is_set(asked, "profile")) {
        name = vs_settings_get_string(asked, "profile");
        profile = vsd_profile_find(config->profiles, name);
    }
    if (leased)
        vs_settings_set_lease(asked, "boost.state");
    plan->resolved = vs_settings_resolve(asked, profile, &config->ceiling, &plan->notes);
    plan->runs = snapshot->id >= 0 && !snapshot->live_error;
    plan->boost = running && vs_settings_get_uint(plan->resolved, "boost.state");
    plan->interactive = running && vs_settings_get_uint(plan->resolved, "interactive.state");
    plan_quota(plan, snapshot, running);
    plan->wire = plan->boost || plan->interactive;
    return plan;
}

void vsd_plan_free(VsdPlan *plan)
{
    g_clear_pointer(&plan->wanted, vs_settings_unref);
    g_clear_pointer(&plan->resolved, vs_settings_unref);
    g_clear_pointer(&plan->notes, g_hash_table_unref);
    g_free(plan->rule);
    g_free(plan);
}

void vsd_outcome_clear(VsdOutcome *outcome)
{
    g_free(outcome->failure);
    g_free(outcome->channel_failure);
    g_free(outcome->interactive_failure);
    g_free(outcome->input_failure);
    g_free(outcome->quota_failure);
    *outcome = (VsdOutcome){0};
}

/* Is the mechanism that @key belongs to in force? */
static gboolean in_force(const VsdPlan *plan, const VsdOutcome *outcome, const char *key)
{
    if (g_str_has_prefix(key, "boost."))
        return plan->boost && outcome->attached;
    if (g_str_has_prefix(key, "interactive."))
        return outcome->interactive;
    return g_str_has_prefix(key, "dirtyQuota.") && outcome->quota;
}

/* A switch that is to be off is off whatever the kernel can do; one that is to be on and is not, is said with a reason instead. */
static gboolean is_off(const VsdPlan *plan, const char *key)
{
    return plan->runs && g_strv_contains(switches, key) && !vs_settings_get_uint(plan->resolved, key);
}

/* What the domain or a lease says otherwise is not the profile's any more, so the profile does not fail with it. */
static gboolean profile_in_force(const VsdPlan *plan, const VsdOutcome *outcome)
{
    if (!plan->runs || !vs_settings_is_set(plan->wanted, "profile"))
        return FALSE;
    for (gsize i = 0; switches[i]; i++) {
        if (vs_settings_get_origin(plan->resolved, switches[i]) == VS_ORIGIN_PROFILE && vs_settings_get_uint(plan->resolved, switches[i]) &&
            !in_force(plan, outcome, switches[i]))
            return FALSE;
    }
    return TRUE;
}

/* What is in force of one key; a value of another class than the one in force is not. */
static gboolean is_applied(const VsdPlan *plan, const VsdOutcome *outcome, const VsSettingInfo *info, const char *class_word)
{
    if (g_strcmp0(info->key, "profile") == 0)
        return profile_in_force(plan, outcome);
    if (is_off(plan, info->key) && vs_settings_get_origin(plan->resolved, info->key) != VS_ORIGIN_DEFAULT)
        return TRUE;
    return !info->pending && in_force(plan, outcome, info->key) && goes_with_class(info->key, class_word);
}

VsSettings *vsd_decide_applied(const VsdPlan *plan, const VsdOutcome *outcome)
{
    const VsSettingInfo *class = vs_setting_find("boost.class", NULL);
    VsSettings *applied = vs_settings_new();
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);
    gboolean boosted = plan->boost && outcome->attached;

    for (gsize i = 0; i < n; i++) {
        g_autofree char *value = vs_settings_get_string(plan->resolved, table[i].key);

        if (is_applied(plan, outcome, &table[i], class->choices[outcome->class_applied]))
            vs_settings_set_string(applied, table[i].key, value, NULL);
    }
    if (boosted && !outcome->channel)
        vs_settings_set_string(applied, "boost.guest", "off", NULL);
    if (outcome->interactive && !outcome->channel)
        vs_settings_set_string(applied, "interactive.guest", "off", NULL);
    if (boosted)
        vs_settings_set_string(applied, "boost.class", class->choices[outcome->class_applied], NULL);
    return applied;
}

char *vsd_decide_in_force(const VsdPlan *plan, const VsSettings *applied, const char *key)
{
    if (vs_settings_is_set(applied, key))
        return vs_settings_get_string(applied, key);
    return is_off(plan, key) ? g_strdup("off") : NULL;
}

static void add(GHashTable *reasons, const char *key, const char *words)
{
    if (words && !g_hash_table_contains(reasons, key))
        g_hash_table_insert(reasons, g_strdup(key), g_strdup(words));
}

/* Why nothing at all can be in force for a domain that wants something; NULL when nothing stands in the way. */
static char *whole_reason(const VsdSnapshot *snapshot, const VsdPlan *plan, const VsdOutcome *outcome, gboolean enabled)
{
    const char *error = snapshot->id >= 0 ? snapshot->live_error : snapshot->config_error;

    if (error)
        return g_strdup(error);
    if (!enabled)
        return g_strdup("virtsched is switched off on this host; set enabled=true in virtschedd.conf");
    if (snapshot->obstacle)
        return g_strdup(snapshot->obstacle);
    if (outcome->failure)
        return g_strdup(outcome->failure);
    if (plan->boost && outcome->refused)
        return g_strdup_printf("%u vCPU thread(s) are not SCHED_OTHER (a <vcpusched> in the XML, or chrt) and are left alone",
                               outcome->refused);
    if (plan->boost && outcome->ext)
        return g_strdup_printf("%u vCPU thread(s) are scheduled by sched_ext and are left alone; without it, set the domain's settings "
                               "again", outcome->ext);
    if (plan->boost && outcome->stepped_back)
        return g_strdup_printf("%u vCPU thread(s) were changed from outside (chrt, renice) and are left alone; "
                               "set the domain's settings again to take them back", outcome->stepped_back);
    return NULL;
}

/* A profile's word stands for its values; what it asks for counts as wanted where it is more than the default. */
static gboolean is_wanted(const VsdPlan *plan, const VsSettingInfo *info)
{
    if (vs_settings_is_set(plan->wanted, info->key) || vs_settings_get_origin(plan->resolved, info->key) == VS_ORIGIN_LEASE)
        return TRUE;
    return vs_settings_get_origin(plan->resolved, info->key) == VS_ORIGIN_PROFILE &&
           vs_settings_get_uint(plan->resolved, info->key) != info->def;
}

/* What nobody applies is off, so a switch that is to be off is as wanted. */
static const char *pending_reason(const VsdPlan *plan, const VsSettingInfo *info)
{
    gboolean off = info->type == VS_SETTING_BOOL && !info->def && !vs_settings_get_uint(plan->resolved, info->key);

    return off ? NULL : info->pending;
}

/* A profile of which something is missing says what, so that nobody has to look through all that it stands for. */
static void add_profile(GHashTable *reasons, const VsdPlan *plan, const VsdOutcome *outcome)
{
    g_autoptr(GString) words = NULL;

    if (!vs_settings_is_set(plan->wanted, "profile") || profile_in_force(plan, outcome))
        return;
    for (gsize i = 0; switches[i]; i++) {
        if (!g_hash_table_contains(reasons, switches[i]) || vs_settings_get_origin(plan->resolved, switches[i]) != VS_ORIGIN_PROFILE)
            continue;
        if (!words)
            words = g_string_new("not all that it stands for is in force: ");
        else
            g_string_append(words, ", ");
        g_string_append(words, switches[i]);
    }
    if (words)
        add(reasons, "profile", words->str);
}

GHashTable *vsd_decide_reasons(const VsdSnapshot *snapshot, const VsdPlan *plan, const VsdOutcome *outcome, gboolean enabled)
{
    GHashTable *reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gboolean broken = snapshot->id >= 0 ? snapshot->live_error != NULL : snapshot->config_error != NULL;
    g_autofree char *whole = NULL;
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    if (broken || vs_settings_get_uint(plan->resolved, "boost.state") || vs_settings_get_uint(plan->resolved, "interactive.state") ||
        vs_settings_get_uint(plan->resolved, "dirtyQuota.state") || limit_by_hand(plan->wanted, plan->resolved))
        whole = snapshot->id >= 0 || broken ? whole_reason(snapshot, plan, outcome, enabled) : NULL;
    if (whole)
        add(reasons, "", whole);
    for (gsize i = 0; i < n; i++) {
        if (!is_wanted(plan, &table[i]))
            continue;
        add(reasons, table[i].key, pending_reason(plan, &table[i]));
        if (snapshot->id < 0)
            continue;
        if (g_str_has_prefix(table[i].key, "boost.") || g_str_has_prefix(table[i].key, "interactive."))
            add(reasons, table[i].key, whole);
        if (g_str_has_prefix(table[i].key, "dirtyQuota."))
            add(reasons, table[i].key, outcome->quota_failure ? outcome->quota_failure : outcome->quota ? NULL : whole);
        if (g_strcmp0(table[i].key, "interactive.state") == 0) {
            add(reasons, table[i].key, outcome->interactive_failure);
            add(reasons, table[i].key, outcome->input_failure);
        }
        if (g_strcmp0(table[i].key, "boost.guest") == 0 || g_strcmp0(table[i].key, "interactive.guest") == 0)
            add(reasons, table[i].key, outcome->channel_failure);
        add(reasons, table[i].key, g_hash_table_lookup(plan->notes, table[i].key));
    }
    if (snapshot->id >= 0)
        add_profile(reasons, plan, outcome);
    return reasons;
}

const char *vsd_decide_summary(const VsdSnapshot *snapshot, const VsdPlan *plan, const VsdOutcome *outcome, GHashTable *reasons)
{
    if (snapshot->id >= 0 ? snapshot->live_error != NULL : snapshot->config_error != NULL)
        return "failed";
    if (snapshot->id < 0)
        return "shut off";
    if (!anything_on(plan->wanted, plan->resolved))
        return "off";
    if (g_hash_table_contains(reasons, ""))
        return "failed";
    if (g_hash_table_size(reasons) > 0 || !(plan->boost || plan->interactive || plan->quota))
        return "partly";
    return "applied";
}
