/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings model: one table that drives XML, D-Bus, command line, defaults and docs, and a value set over it.
 * Pure: no I/O, no globals besides the constant table, no logging. Not thread safe per object.
 */
#ifndef VS_SETTINGS_H
#define VS_SETTINGS_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VS_SETTING_BOOL, /* XML "on"/"off", D-Bus b */
    VS_SETTING_UINT, /* XML decimal, D-Bus u */
    VS_SETTING_ENUM, /* XML word, D-Bus s */
} VsSettingType;

/**
 * VsOrigin: where an effective value comes from, strongest last; shown by `virt-sched why`
 */
typedef enum {
    VS_ORIGIN_DEFAULT, /* the table's default */
    VS_ORIGIN_PROFILE, /* the profile that the domain or its rule names */
    VS_ORIGIN_RULE,    /* a rule of the host for domains without an element of ours */
    VS_ORIGIN_DOMAIN,  /* the domain's XML */
    VS_ORIGIN_LEASE,   /* somebody holds a boost for now */
    VS_ORIGIN_CEILING, /* clamped by the host's ceiling */
} VsOrigin;

/**
 * VsSettingInfo: one row of the table
 * @key: dotted name for D-Bus and command line, e.g. "boost.budget.burst"
 * @element: path below <scheduling>, e.g. "boost/budget"; "" is the root element itself
 * @attribute: attribute that holds the value, e.g. "burst"
 * @type: value type
 * @unit: "us", "ms", "percent" or %NULL; in XML the optional attribute unit= of the element must
 *        equal the unit of the element's first row that has one (burst in boost/budget, where share is a percentage by nature)
 * @min: @max: range of a UINT, inclusive
 * @def: default: 0/1 of a BOOL, value of a UINT, index into @choices of an ENUM
 * @choices: %NULL-terminated words of an ENUM
 * @pending: %NULL when a mechanism applies it; else the reason that every face shows for "not applied"
 * @doc: one line, imperative-free, for --help, man page, reference page
 */
typedef struct {
    const char *key;
    const char *element;
    const char *attribute;
    VsSettingType type;
    const char *unit;
    guint min;
    guint max;
    guint def;
    const char *const *choices;
    const char *pending;
    const char *doc;
} VsSettingInfo;

/** vs_setting_table: @n_ret: (out): rows. Returns: (transfer none): the table, ordered as in the XML */
const VsSettingInfo *vs_setting_table(gsize *n_ret);
/** vs_setting_find: Returns: (nullable): row of @key; an unknown key sets VS_ERROR_UNKNOWN_SETTING with the nearest names */
const VsSettingInfo *vs_setting_find(const char *key, GError **error);

/** VsSettings: values by key; a key may be unset. Reference counted. */
typedef struct _VsSettings VsSettings;

VsSettings *vs_settings_new(void);
VsSettings *vs_settings_ref(VsSettings *self);
void vs_settings_unref(VsSettings *self);
VsSettings *vs_settings_copy(const VsSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsSettings, vs_settings_unref)

gboolean vs_settings_is_set(const VsSettings *self, const char *key);
gboolean vs_settings_is_empty(const VsSettings *self);
/** vs_settings_get_uint: value or the table's default; BOOL as 0/1, ENUM as index. @key must exist (programming error) */
guint vs_settings_get_uint(const VsSettings *self, const char *key);
/** vs_settings_get_string: (transfer full): as in XML: "on", "2000", "fifo" */
char *vs_settings_get_string(const VsSettings *self, const char *key);
VsOrigin vs_settings_get_origin(const VsSettings *self, const char *key);

/**
 * vs_settings_set_string: parses @value as in XML (a number may carry its unit, "2000us", "2ms" for a us setting when it is exact)
 * Errors: VS_ERROR_UNKNOWN_SETTING, VS_ERROR_INVALID_VALUE (text has key, value and allowed range); nothing changes on error
 */
gboolean vs_settings_set_string(VsSettings *self, const char *key, const char *value, GError **error);
/** vs_settings_set_variant: D-Bus value (b, u or s by type; s is accepted for all and parsed); same errors */
gboolean vs_settings_set_variant(VsSettings *self, const char *key, GVariant *value, GError **error);
void vs_settings_unset(VsSettings *self, const char *key);
/** vs_settings_set_lease: switches the BOOL @key on, with origin VS_ORIGIN_LEASE */
void vs_settings_set_lease(VsSettings *self, const char *key);
/** vs_settings_set_origin: says of every set value where it comes from */
void vs_settings_set_origin(VsSettings *self, VsOrigin origin);

/** vs_settings_check: contradictions between values (e.g. boost.class=fifo with priority out of FIFO's range). VS_ERROR_INVALID_VALUE */
gboolean vs_settings_check(const VsSettings *self, GError **error);

/** vs_settings_to_variant: floating a{sv} of the set keys, or of all keys when @all (with defaults) */
GVariant *vs_settings_to_variant(const VsSettings *self, gboolean all);

/**
 * VsCeiling: the host admin's limits
 * @max_class: index into the choices of boost.class
 * @max_priority: FIFO priority
 * @max_share: percent, @max_burst: us
 * @host_share: percent of one host CPU for all boosts together
 * @grace_ms: ms that settings stay when the daemon vanishes
 */
typedef struct {
    guint max_class;
    guint max_priority;
    guint max_share;
    guint max_burst;
    guint host_share;
    guint grace_ms;
} VsCeiling;
extern const VsCeiling vs_ceiling_default;

/**
 * vs_settings_resolve: (transfer full): every key set: domain over profile over default, then clamped by @ceiling
 * @domain: values keep their origin: domain, rule or lease
 * @profile: (nullable); @ceiling: (nullable) none
 * @notes_ret: (out) (optional) (transfer container): GHashTable key -> text for each clamped key
 */
VsSettings *vs_settings_resolve(const VsSettings *domain, const VsSettings *profile, const VsCeiling *ceiling,
                                GHashTable **notes_ret);
/** vs_profile_builtin: (transfer full) (nullable): settings of a built-in profile word (off desktop audio server build) */
VsSettings *vs_profile_builtin(const char *name);

/** VsSettingChange: one row of a diff; @before/@after are %NULL when unset */
typedef struct {
    const VsSettingInfo *info;
    char *before;
    char *after;
} VsSettingChange;
/** vs_settings_diff: (transfer full) (element-type VsSettingChange): rows that differ, table order */
GPtrArray *vs_settings_diff(const VsSettings *before, const VsSettings *after);

G_END_DECLS

#endif /* VS_SETTINGS_H */
