/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched apply: brings domains to what a file says, for fleets: run twice, the second time nothing changes. A domain has
 * exactly the settings of its group afterwards, in every copy that it has; domains that no group names are not touched.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-change.h"
#include "vs-exit.h"
#include "vs-input.h"
#include "vs-settings.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* editors on Windows begin files with it */

static gboolean ignore_missing;

static const GOptionEntry options[] = {
    {"ignore-missing", 0, 0, G_OPTION_ARG_NONE, &ignore_missing, N_("A domain that does not exist is no error"), NULL},
    {NULL},
};

/* One group: a name or a pattern, and what its domains are to have; no settings: no element. */
typedef struct {
    char *domain;
    VsSettings *settings;
} Group;

static void group_free(gpointer data)
{
    Group *group = data;

    g_clear_pointer(&group->settings, vs_settings_unref);
    g_free(group->domain);
    g_free(group);
}

static Group *add_group(GPtrArray *groups, const char *domain)
{
    Group *group = g_new0(Group, 1);

    *group = (Group){.domain = g_strdup(domain), .settings = vs_settings_new()};
    g_ptr_array_add(groups, group);
    return group;
}

static gboolean put(Group *group, const char *key, const char *value, GError **error)
{
    if (vs_settings_set_string(group->settings, key, value, error))
        return TRUE;
    g_prefix_error(error, "[%s]: ", group->domain);
    return FALSE;
}

static gboolean read_keyfile(const char *text, GPtrArray *groups, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_auto(GStrv) names = NULL;

    if (!g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, error))
        return FALSE;
    names = g_key_file_get_groups(file, NULL);
    for (char **name = names; *name; name++) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, *name, NULL, NULL);
        Group *group = add_group(groups, *name);

        for (char **key = keys; key && *key; key++) {
            g_autoptr(GError) cause = NULL;
            g_autofree char *value = g_key_file_get_string(file, *name, *key, &cause);

            /* There is a value besides the error when a backslash in it is wrong. */
            if (cause) {
                g_propagate_prefixed_error(error, g_steal_pointer(&cause), "[%s]: ", *name);
                return FALSE;
            }
            if (!put(group, *key, value, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* A setting's value as JSON has it: true, 2000, "fifo". */
static char *json_value(JsonNode *node)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

    if (type == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "on" : "off");
    if (type == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    return type == G_TYPE_STRING ? json_node_dup_string(node) : NULL;
}

static gboolean json_shape(GError **error, const char *where)
{
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE,
                _("%s: wanted is {\"DOMAIN\": {\"KEY\": VALUE, ...}, ...}, VALUE true, false, a number or a string"), where);
    return FALSE;
}

static gboolean read_json_group(JsonObject *object, Group *group, GError **error)
{
    g_autoptr(GList) keys = json_object_get_members(object);

    for (GList *key = keys; key; key = key->next) {
        g_autofree char *value = json_value(json_object_get_member(object, key->data));

        if (!value)
            return json_shape(error, group->domain);
        if (!put(group, key->data, value, error))
            return FALSE;
    }
    return TRUE;
}

/* json-glib goes down by recursion, as deep as the file says; nothing that is wanted here is as deep as this. */
static gboolean json_too_deep(const char *text)
{
    guint depth = 0;

    for (text += strcspn(text, "\"[]{}"); *text; text += strcspn(text, "\"[]{}")) {
        char c = *text++;

        if (c == '[' || c == '{')
            depth++;
        else if (c != '"')
            depth -= depth ? 1 : 0;
        if (depth > 16)
            return TRUE;
        while (c == '"' && *text && *text != '"')
            text += *text == '\\' && text[1] ? 2 : 1;
        text += c == '"' && *text;
    }
    return FALSE;
}

static gboolean read_json(const char *text, GPtrArray *groups, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GList) names = NULL;
    JsonObject *root;

    if (json_too_deep(text))
        return json_shape(error, "JSON");
    if (!json_parser_load_from_data(parser, text, -1, error))
        return FALSE;
    if (!JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        return json_shape(error, "JSON");
    root = json_node_get_object(json_parser_get_root(parser));
    names = json_object_get_members(root);
    for (GList *name = names; name; name = name->next) {
        JsonNode *node = json_object_get_member(root, name->data);

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return json_shape(error, name->data);
        if (!read_json_group(json_node_get_object(node), add_group(groups, name->data), error))
            return FALSE;
    }
    return TRUE;
}

/* All of the file is checked before the first domain is touched. */
static GPtrArray *read_groups(const char *name, GError **error)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(group_free);
    g_autofree char *text = vs_input_read(name, error);
    const char *start;
    gboolean json;

    if (!text)
        return NULL;
    if (!g_utf8_validate(text, -1, NULL)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_VALUE, _("the file is not valid UTF-8"));
        return NULL;
    }
    start = text + (g_str_has_prefix(text, BYTE_ORDER_MARK) ? strlen(BYTE_ORDER_MARK) : 0);
    json = start[strspn(start, " \t\r\n")] == '{';
    if (json ? !read_json(start, groups, error) : !read_keyfile(start, groups, error))
        return NULL;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];

        if (!vs_settings_check(group->settings, error)) {
            g_prefix_error(error, "[%s]: ", group->domain);
            return NULL;
        }
    }
    return g_steal_pointer(&groups);
}

static void apply_one(VsBus *bus, const VsCall *call, const Group *group, const char *uuid, const char *name, VsChangeResult *result)
{
    static const char *const everything[] = {"*", NULL};
    g_autoptr(GVariant) set = g_variant_ref_sink(vs_settings_to_variant(group->settings, FALSE));
    VsChange change = {.set = set, .unset = everything, .every_copy = !call->impact_given};

    vs_change_one(bus, call, &change, uuid, name, result);
}

/* TRUE when a name of @group, or its pattern, stands for the domain. */
static gboolean is_for(const Group *group, const char *uuid, const char *name)
{
    if (vs_is_pattern(group->domain))
        return g_pattern_match_simple(group->domain, name);
    return g_strcmp0(group->domain, name) == 0 || g_ascii_strcasecmp(group->domain, uuid) == 0;
}

static void report_missing(const VsCall *call, const GPtrArray *groups, const GPtrArray *list, VsChangeResult *result)
{
    for (guint i = 0; !ignore_missing && i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        g_autoptr(GError) error = NULL;
        gboolean found = vs_is_pattern(group->domain);

        for (guint k = 0; k < list->len && !found; k += 2)
            found = is_for(group, list->pdata[k], list->pdata[k + 1]);
        if (found)
            continue;
        g_set_error(&error, VS_ERROR, VS_ERROR_NO_DOMAIN, _("no domain has this name or UUID"));
        vs_exit_report(error, call->command->name, group->domain);
        result->code = VS_ERROR_FAILED;
        result->failed++;
    }
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autoptr(GPtrArray) groups = read_groups(call->words[0], error);
    g_autoptr(GPtrArray) list = NULL;
    g_auto(VsBus) bus = {0};
    VsChangeResult result;

    if (!groups || !vs_bus_open(&bus, error))
        return FALSE;
    list = vs_change_names(&bus, NULL, error);
    if (!list)
        return FALSE;
    vs_change_begin(call, &result);
    for (guint i = 0; i < list->len; i += 2) {
        for (guint k = 0; k < groups->len; k++) {
            if (!is_for(groups->pdata[k], list->pdata[i], list->pdata[i + 1]))
                continue;
            apply_one(&bus, call, groups->pdata[k], list->pdata[i], list->pdata[i + 1], &result);
            break;
        }
    }
    report_missing(call, groups, list, &result);
    return vs_change_finish(call, &result, error);
}

const VsCommand vs_cmd_apply = {
    .name = "apply",
    .synopsis = "FILE | -",
    .summary = N_("Bring domains to what a file says"),
    .details = N_("FILE has a group for each domain, by name, UUID or pattern with * and ?, and its settings as KEY=VALUE:\n"
                  "  [desk-*]\n"
                  "  profile=desktop\n"
                  "or the same as JSON: {\"desk-*\": {\"profile\": \"desktop\"}}. The first group that fits a domain counts.\n"
                  "The domain has exactly these settings afterwards; a group without any takes the element out. Without\n"
                  "--live, --config or --current every copy is brought to it, that of the running domain and the configuration."),
    .options = options,
    .takes = VS_TAKES_IMPACT | VS_TAKES_CHANGE | VS_TAKES_EXIT_STATUS,
    .words = VS_WORDS_PATH,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};
