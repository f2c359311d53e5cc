/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched validate: our element in a file, on standard input or in a domain. Files need no daemon and no libvirt, so
 * that templates can be checked anywhere; a domain's copies are read by the daemon. Problems are the result and go to
 * standard output, one "WHERE:LINE: NAME: MESSAGE" each, as compilers print them.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-domxml.h"
#include "vs-exit.h"
#include "vs-format.h"
#include "vs-input.h"
#include "vs-json.h"

/* What was found about one object; VsXmlProblem with line 0 and name NULL for what the daemon found. */
typedef struct {
    gboolean found;
    GPtrArray *problems;
} Result;

static void result_clear(Result *result)
{
    g_clear_pointer(&result->problems, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, result_clear)

static gboolean check_text(const char *text, Result *result, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(VsSettings) settings = vs_domxml_parse(text, &result->found, &result->problems, &cause);

    if (settings || (result->problems && result->problems->len))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

static gboolean is_about_xml(const GError *error)
{
    return g_error_matches(error, VS_ERROR, VS_ERROR_INVALID_XML) || g_error_matches(error, VS_ERROR, VS_ERROR_INVALID_VALUE);
}

static gboolean check_copy(VsBus *bus, VsProxyDomain *domain, guint flags, Result *result, GError **error)
{
    g_autoptr(GVariant) settings = NULL;
    g_autoptr(GError) cause = NULL;
    VsXmlProblem *problem;

    if (vs_proxy_domain_call_get_settings_sync(domain, flags, bus->flags, bus->timeout_ms, &settings, NULL, &cause)) {
        result->found |= g_variant_n_children(settings) > 0;
        return TRUE;
    }
    vs_bus_fix_error(&cause);
    if (!is_about_xml(cause)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    result->found = TRUE;
    problem = g_new0(VsXmlProblem, 1);
    problem->name = g_strdup(flags == VS_IMPACT_LIVE ? "live" : "config");
    problem->message = g_strdup(cause->message);
    g_ptr_array_add(result->problems, problem);
    return TRUE;
}

static gboolean check_domain(const char *key, Result *result, GError **error)
{
    g_auto(VsBus) bus = {0};
    g_autoptr(VsProxyDomain) domain = NULL;
    g_autoptr(GError) transient = NULL;

    result->problems = g_ptr_array_new_with_free_func((GDestroyNotify) vs_xml_problem_free);
    if (!vs_bus_open(&bus, error))
        return FALSE;
    domain = vs_bus_domain(&bus, key, error);
    if (!domain)
        return FALSE;
    if (vs_proxy_domain_get_id(domain) < 0)
        return check_copy(&bus, domain, VS_IMPACT_CONFIG, result, error);
    if (!check_copy(&bus, domain, VS_IMPACT_LIVE, result, error))
        return FALSE;
    /* A transient domain has no configuration to be wrong. */
    check_copy(&bus, domain, VS_IMPACT_CONFIG, result, &transient);
    return TRUE;
}

static void print_json(const char *name, const Result *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vs_json_string(builder, "object", name);
    vs_json_bool(builder, "valid", result->problems->len == 0);
    if (result->problems->len == 0)
        vs_json_bool(builder, "found", result->found);
    else
        vs_json_string(builder, "found", NULL);
    vs_json_begin(builder, "problems");
    for (guint i = 0; i < result->problems->len; i++) {
        const VsXmlProblem *problem = result->problems->pdata[i];

        json_builder_begin_object(builder);
        vs_json_int(builder, "line", problem->line);
        vs_json_string(builder, "name", problem->name);
        vs_json_string(builder, "message", problem->message);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

static void print_text(const VsCall *call, const char *name, const Result *result)
{
    g_autofree char *safe = vs_format_safe(name);

    for (guint i = 0; i < result->problems->len; i++) {
        const VsXmlProblem *problem = result->problems->pdata[i];
        g_autofree char *line = problem->line ? g_strdup_printf("%u:", problem->line) : g_strdup("");
        g_autofree char *text = g_strjoin(": ", problem->name ? problem->name : problem->message,
                                          problem->name ? problem->message : NULL, NULL);
        g_autofree char *safe_text = vs_format_safe(text);

        g_print("%s:%s %s\n", safe, line, safe_text);
    }
    if (!result->problems->len && !call->quiet)
        g_print(result->found ? _("%s: valid\n") : _("%s: valid, with nothing of virtsched in it\n"), safe);
}

static gboolean is_file(const char *name)
{
    return g_str_equal(name, "-") || strchr(name, '/') || g_str_has_suffix(name, ".xml") || g_file_test(name, G_FILE_TEST_EXISTS);
}

static gboolean run(const VsCall *call, GError **error)
{
    const char *name = call->words[0];
    const char *shown = g_str_equal(name, "-") ? "stdin" : name;
    g_auto(Result) result = {0};
    guint n;

    if (is_file(name)) {
        g_autofree char *text = vs_input_read(name, error);

        if (!text || !check_text(text, &result, error))
            return FALSE;
    } else if (!g_utf8_validate(name, -1, NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("the domain's name is not valid UTF-8"));
        return FALSE;
    } else if (!check_domain(name, &result, error)) {
        return FALSE;
    }

    if (call->json)
        print_json(shown, &result);
    else
        print_text(call, shown, &result);
    n = result.problems->len;
    if (n == 0)
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML,
                g_dngettext(GETTEXT_PACKAGE, "%u problem found; the line above says where and what is allowed",
                            "%u problems found; the lines above say where and what is allowed", n), n);
    return FALSE;
}

const VsCommand vs_cmd_validate = {
    .name = "validate",
    .synopsis = "FILE | - | DOMAIN",
    .summary = N_("Check virtsched's element in a file, on standard input or in a domain"),
    .details = N_("The file may be a whole domain XML or the element alone. An argument with '/' or ending in .xml,\n"
                  "or the name of an existing file, is a file. Problems: FILE:LINE: NAME: MESSAGE."),
    .words = VS_WORDS_FILE,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};
