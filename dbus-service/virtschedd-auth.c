/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks polkit, asynchronously. The authority is asked for anew with each call: libpolkit keeps it.
 */
#include "virtschedd-auth.h"

#include <polkit/polkit.h>

#include "vs-error.h"

typedef struct {
    GDBusMethodInvocation *invocation;
    char *action;
    PolkitDetails *details;
    VsdAuthDone done;
    gpointer data;
} Question;

static void question_free(Question *q)
{
    g_clear_object(&q->details);
    g_free(q->action);
    g_free(q->data);
    g_free(q);
}

static void deny(Question *q, const char *why)
{
    g_dbus_method_invocation_return_error(q->invocation, VS_ERROR, VS_ERROR_DENIED, "%s: %s: %s",
                                          g_dbus_method_invocation_get_method_name(q->invocation), q->action, why);
    question_free(q);
}

static void on_answer(GObject *authority, GAsyncResult *result, gpointer data)
{
    g_autoptr(PolkitAuthorizationResult) answer = NULL;
    g_autoptr(GError) error = NULL;
    Question *q = data;

    answer = polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(authority), result, &error);
    if (!answer) {
        deny(q, error->message);
    } else if (!polkit_authorization_result_get_is_authorized(answer)) {
        deny(q, polkit_authorization_result_get_is_challenge(answer) ? "polkit wants a password, and may not ask here"
                                                                      : "polkit does not allow it");
    } else {
        q->done(q->invocation, q->data);
        question_free(q);
    }
}

static void on_authority(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(PolkitAuthority) authority = NULL;
    g_autoptr(PolkitSubject) subject = NULL;
    g_autoptr(GError) error = NULL;
    Question *q = data;
    GDBusMessageFlags flags;
    gboolean ask;

    authority = polkit_authority_get_finish(result, &error);
    if (!authority) {
        deny(q, error->message);
        return;
    }
    flags = g_dbus_message_get_flags(g_dbus_method_invocation_get_message(q->invocation));
    ask = flags & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
    subject = polkit_system_bus_name_new(g_dbus_method_invocation_get_sender(q->invocation));
    polkit_authority_check_authorization(authority, subject, q->action, q->details,
                                         ask ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                             : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                         NULL, on_answer, q);
}

void vsd_auth_check(GDBusMethodInvocation *invocation, const char *action, const char *driver, const char *name,
                    const char *uuid, VsdAuthDone done, gpointer data)
{
    Question *q = g_new0(Question, 1);

    *q = (Question){.invocation = invocation, .action = g_strdup(action), .details = polkit_details_new(), .done = done,
                    .data = data};
    polkit_details_insert(q->details, "connect_driver", driver);
    if (uuid) {
        polkit_details_insert(q->details, "domain_name", name);
        polkit_details_insert(q->details, "domain_uuid", uuid);
    }
    polkit_authority_get_async(NULL, on_authority, q);
}
