/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors to exit statuses and to words. Called by vs.c once, at the top. An error's text names cause and cure itself;
 * only verb and object are put before it, and only where the daemon has not done so.
 */
#include "vs-exit.h"

#include <glib/gi18n-lib.h>

#include "vs-error.h"
#include "vs-format.h"

static const VsExit status_of_code[] = {
    [VS_ERROR_FAILED] = VS_EXIT_FAILED,
    [VS_ERROR_INVALID_XML] = VS_EXIT_FAILED,
    [VS_ERROR_INVALID_VALUE] = VS_EXIT_FAILED,
    [VS_ERROR_UNKNOWN_SETTING] = VS_EXIT_FAILED,
    [VS_ERROR_NO_DOMAIN] = VS_EXIT_FAILED,
    [VS_ERROR_NOT_RUNNING] = VS_EXIT_FAILED,
    [VS_ERROR_DENIED] = VS_EXIT_DENIED,
    [VS_ERROR_UNSUPPORTED] = VS_EXIT_UNSUPPORTED,
    [VS_ERROR_NO_MODULE] = VS_EXIT_UNSUPPORTED,
    [VS_ERROR_NO_LIBVIRT] = VS_EXIT_FAILED,
    [VS_ERROR_NO_DAEMON] = VS_EXIT_FAILED,
    [VS_ERROR_GONE] = VS_EXIT_FAILED,
    [VS_ERROR_LIMIT] = VS_EXIT_FAILED,
    [VS_ERROR_NO_LEASE] = VS_EXIT_FAILED,
};
G_STATIC_ASSERT(G_N_ELEMENTS(status_of_code) == VS_ERROR_LAST);

static int fine = VS_EXIT_OK;

void vs_exit_changed(void)
{
    fine = VS_EXIT_CHANGED;
}

void vs_exit_of_command(int status)
{
    fine = status;
}

int vs_exit_fine(void)
{
    return fine;
}

VsExit vs_exit_status(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return VS_EXIT_USAGE;
    if (error->domain == VS_ERROR && error->code >= 0 && error->code < VS_ERROR_LAST)
        return status_of_code[error->code];
    return VS_EXIT_FAILED;
}

void vs_exit_report(const GError *error, const char *verb, const char *object)
{
    gboolean lost = g_error_matches(error, VS_ERROR, VS_ERROR_NO_DAEMON);
    g_autofree char *whole = g_strconcat(error->message, lost ? _("; \"virt-sched doctor\" says more") : NULL, NULL);
    g_autofree char *text = vs_format_safe(whole);
    g_autofree char *safe_object = object ? vs_format_safe(object) : NULL;
    g_autofree char *head = g_strconcat(verb ? verb : "", safe_object ? " " : "", safe_object ? safe_object : "", NULL);

    if (!*head || g_str_has_prefix(text, head))
        g_printerr(_("error: %s\n"), text);
    else
        g_printerr(_("error: %s: %s\n"), head, text);
}

void vs_warn(const char *object, const char *text)
{
    g_autofree char *safe_object = vs_format_safe(object);
    g_autofree char *safe = vs_format_safe(text);

    g_printerr(_("warning: %s: %s\n"), safe_object, safe);
}
