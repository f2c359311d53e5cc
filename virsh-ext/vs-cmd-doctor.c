/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-sched doctor: what works on this host, what does not, and the cure of each. The daemon's checks come first; where
 * it cannot be reached, or says nothing about something, local ones stand in. Fails when any check fails.
 */
#include <glib/gi18n-lib.h>

#include "vs-bus.h"
#include "vs-call.h"
#include "vs-checks.h"
#include "vs-exit.h"
#include "vs-format.h"
#include "vs-json.h"

static gboolean ask_daemon(GVariant **checks_ret, GError **error)
{
    g_auto(VsBus) bus = {0};

    if (!vs_bus_open(&bus, error))
        return FALSE;
    if (!vs_proxy_manager_call_doctor_sync(bus.manager, bus.flags, bus.timeout_ms, checks_ret, NULL, error))
        return vs_bus_fix_error(error);
    return TRUE;
}

static gboolean same_id(gconstpointer check, gconstpointer id)
{
    return g_str_equal(((const VsCheck *) check)->id, id);
}

static void add_local(GPtrArray *checks)
{
    g_autoptr(GPtrArray) local = vs_checks_local();

    while (local->len) {
        VsCheck *check = g_ptr_array_steal_index(local, 0);

        if (g_ptr_array_find_with_equal_func(checks, check->id, same_id, NULL))
            vs_check_free(check);
        else
            g_ptr_array_add(checks, check);
    }
}

static GPtrArray *collect(GError **error)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func((GDestroyNotify) vs_check_free);
    g_autoptr(GVariant) asked = NULL;
    g_autoptr(GError) cause = NULL;
    GVariantIter iter;
    const char *id, *status, *found, *remedy;

    if (ask_daemon(&asked, &cause)) {
        g_ptr_array_add(checks, vs_check_new("daemon", "ok", _("virtschedd answers"), ""));
        g_variant_iter_init(&iter, asked);
        while (g_variant_iter_next(&iter, "(&s&s&s&s)", &id, &status, &found, &remedy))
            g_ptr_array_add(checks, vs_check_new(id, status, found, remedy));
    } else {
        gboolean denied = g_error_matches(cause, VS_ERROR, VS_ERROR_DENIED);
        const char *cure = denied ? _("ask as a user whom polkit lets look (org.virtsched1.look)")
                                  : _("systemctl status virtschedd; journalctl -u virtschedd");

        g_ptr_array_add(checks, vs_check_new("daemon", "fail", cause->message, cure));
        if (denied)
            g_propagate_error(error, g_steal_pointer(&cause));
    }
    add_local(checks);
    return checks;
}

static void print_json(const GPtrArray *checks, guint failed)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vs_json_bool(builder, "ok", failed == 0);
    vs_json_begin(builder, "checks");
    for (guint i = 0; i < checks->len; i++) {
        const VsCheck *check = checks->pdata[i];

        json_builder_begin_object(builder);
        vs_json_string(builder, "id", check->id);
        vs_json_string(builder, "status", check->status);
        vs_json_string(builder, "found", check->found);
        vs_json_string(builder, "cure", check->cure);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    vs_json_print(builder);
}

/* Not a table: the cure is a line of its own, to be copied. */
static void print_text(const VsCall *call, const GPtrArray *checks)
{
    for (guint i = 0; i < checks->len; i++) {
        const VsCheck *check = checks->pdata[i];
        g_autofree char *found = vs_format_safe(check->found);
        g_autofree char *cure = vs_format_safe(check->cure);

        if (call->quiet && g_str_equal(check->status, "ok"))
            continue;
        g_print("%-5s %s: %s\n", check->status, check->id, found);
        if (*cure)
            g_print("      -> %s\n", cure);
    }
}

static gboolean run(const VsCall *call, GError **error)
{
    g_autoptr(GError) denied = NULL;
    g_autoptr(GPtrArray) checks = collect(&denied);
    guint failed = 0;

    for (guint i = 0; i < checks->len; i++)
        failed += g_str_equal(((const VsCheck *) checks->pdata[i])->status, "fail");
    if (call->json)
        print_json(checks, failed);
    else
        print_text(call, checks);
    if (denied) {
        g_propagate_error(error, g_steal_pointer(&denied));
        return FALSE;
    }
    if (!failed)
        return TRUE;
    g_set_error(error, VS_ERROR, VS_ERROR_FAILED,
                g_dngettext(GETTEXT_PACKAGE, "%u of %u checks failed; its cure is above",
                            "%u of %u checks failed; their cures are above", failed), failed, checks->len);
    return FALSE;
}

const VsCommand vs_cmd_doctor = {
    .name = "doctor",
    .synopsis = "",
    .summary = N_("Check this host, and say how to cure what does not work"),
    .details = N_("Works without the daemon too. With -q only what is not ok is printed."),
    .run = run,
};
