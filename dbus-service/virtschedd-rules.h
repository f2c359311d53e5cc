/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host admin's words about many domains at once: rules, which give domains without an element of ours one, and profiles
 * whose values come from files. Read with the configuration; pure after that.
 */
#ifndef VIRTSCHEDD_RULES_H
#define VIRTSCHEDD_RULES_H

#include "vs-settings.h"

G_BEGIN_DECLS

#define VSD_RULE_GROUP "rule " /* + name: the group of a rule in virtschedd.conf */

/**
 * VsdRule: one group [rule NAME]
 * @names: (nullable): patterns of domain names, one has to match; @title: (nullable): pattern of libvirt's <title>, has to match
 * @settings: what the domain is given, origin VS_ORIGIN_RULE
 */
typedef struct {
    char *label;
    char **names;
    char *title;
    VsSettings *settings;
} VsdRule;

void vsd_rule_free(VsdRule *rule);

/** vsd_rules_read: adds the rule of @group to @rules (element-type VsdRule), or replaces the one of this name. Errors: VS_ERROR_INVALID_VALUE */
gboolean vsd_rules_read(GPtrArray *rules, GKeyFile *file, const char *group, const char *path, GError **error);
/** vsd_rules_match: (transfer none) (nullable): first of @rules (nullable) that matches; @title: (nullable) */
const VsdRule *vsd_rules_match(const GPtrArray *rules, const char *name, const char *title);

/**
 * vsd_profiles_load: (transfer full): word -> VsSettings, of the files WORD.conf in @root's profiles.d folders; /etc before /usr
 * Errors: VS_ERROR_INVALID_VALUE with file and key; NULL then
 */
GHashTable *vsd_profiles_load(const char *root, GError **error);
/** vsd_folder_open: *@dir_ret is NULL when there is no such folder; one that is there and cannot be read is an error, VS_ERROR_INVALID_VALUE */
gboolean vsd_folder_open(const char *folder, GDir **dir_ret, GError **error);
/** vsd_profile_find: (transfer full) (nullable): settings of profile @word: of @profiles (nullable), else built in */
VsSettings *vsd_profile_find(GHashTable *profiles, const char *word);

G_END_DECLS

#endif /* VIRTSCHEDD_RULES_H */
