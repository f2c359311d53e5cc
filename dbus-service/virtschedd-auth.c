/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks polkit, asynchronously. The authority is looked for until there is one, and kept: libpolkit looks in a thread of its own.
 * The bus takes 128 questions of ours at a time: more wait in a line, out of which a caller with few questions is taken before
 * one with many. The line is bounded for each caller: the bus does not count calls that want no reply. All of it is on the main
 * thread.
 */
#include "virtschedd-auth.h"

#include <polkit/polkit.h>

#include "vs-error.h"

/* At polkit at a time: below the bus's 128. */
#define QUESTIONS_MAX 120
/* ... of one caller: a hanging dialogue of one leaves room for others. */
#define QUESTIONS_PER_CALLER 50
/* ... and in the line together: what the system bus allows a caller of calls that wait for a reply. */
#define CALLS_PER_CALLER 128

typedef struct {
    GDBusMethodInvocation *invocation;
    char *action;
    PolkitDetails *details;
    VsdAuthDone done;
    gpointer data;
} Question;

static PolkitAuthority *authority;
static guint asked;
static GHashTable *asked_of; /* caller -> number of questions at polkit */
static GHashTable *calls_of; /* caller -> that and its questions in the line */
static GQueue waiting = G_QUEUE_INIT;

static void ask(Question *q);

static const char *caller_of(const Question *q)
{
    return g_dbus_method_invocation_get_sender(q->invocation);
}

static guint counted(GHashTable *table, const char *caller)
{
    return table ? GPOINTER_TO_UINT(g_hash_table_lookup(table, caller)) : 0;
}

static void count(GHashTable **table, const char *caller, gint step)
{
    guint now = counted(*table, caller) + (guint)step;

    if (!*table)
        *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (now)
        g_hash_table_replace(*table, g_strdup(caller), GUINT_TO_POINTER(now));
    else
        g_hash_table_remove(*table, caller);
}

/* After an answer: the first in the line whose caller has not too many questions at polkit. */
static void ask_next(void)
{
    for (GList *link = waiting.head; link && asked < QUESTIONS_MAX; link = link->next) {
        Question *q = link->data;

        if (counted(asked_of, caller_of(q)) >= QUESTIONS_PER_CALLER)
            continue;
        g_queue_delete_link(&waiting, link);
        ask(q);
        return;
    }
}

static void question_free(Question *q)
{
    g_clear_object(&q->details);
    g_free(q->action);
    g_free(q->data);
    g_free(q);
}

/* The question has left polkit, answered or not; to be called before the invocation is. */
static void answered(const Question *q)
{
    asked--;
    count(&asked_of, caller_of(q), -1);
    count(&calls_of, caller_of(q), -1);
    ask_next();
}

static void deny(Question *q, const char *why)
{
    g_dbus_method_invocation_return_error(q->invocation, VS_ERROR, VS_ERROR_DENIED, "%s: %s: %s",
                                          g_dbus_method_invocation_get_method_name(q->invocation), q->action, why);
    question_free(q);
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(PolkitAuthorizationResult) answer = NULL;
    g_autoptr(GError) error = NULL;
    Question *q = data;

    answer = polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &error);
    answered(q);
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

static void put(Question *q)
{
    GDBusMessageFlags flags = g_dbus_message_get_flags(g_dbus_method_invocation_get_message(q->invocation));
    gboolean may_ask = flags & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
    g_autoptr(PolkitSubject) subject = polkit_system_bus_name_new(caller_of(q));

    polkit_authority_check_authorization(authority, subject, q->action, q->details,
                                         may_ask ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                                 : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                         NULL, on_answer, q);
}

static void on_authority(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(PolkitAuthority) found = NULL;
    g_autoptr(GError) error = NULL;
    Question *q = data;

    found = polkit_authority_get_finish(result, &error);
    if (found) {
        g_set_object(&authority, found);
        put(q);
    } else {
        answered(q);
        deny(q, error->message);
    }
}

static void ask(Question *q)
{
    asked++;
    count(&asked_of, caller_of(q), 1);
    if (authority)
        put(q);
    else
        polkit_authority_get_async(NULL, on_authority, q);
}

void vsd_auth_check(GDBusMethodInvocation *invocation, const char *action, const char *driver, const char *name,
                    const char *uuid, VsdAuthDone done, gpointer data)
{
    const char *caller = g_dbus_method_invocation_get_sender(invocation);
    Question *q;

    if (counted(calls_of, caller) >= CALLS_PER_CALLER) {
        g_dbus_method_invocation_return_error(invocation, VS_ERROR, VS_ERROR_LIMIT, "%s: %d calls of this caller wait for polkit; wait "
                                              "for an answer", g_dbus_method_invocation_get_method_name(invocation), CALLS_PER_CALLER);
        g_free(data);
        return;
    }
    q = g_new0(Question, 1);
    *q = (Question){.invocation = invocation, .action = g_strdup(action), .details = polkit_details_new(), .done = done,
                    .data = data};
    polkit_details_insert(q->details, "connect_driver", driver);
    if (uuid) {
        polkit_details_insert(q->details, "domain_name", name);
        polkit_details_insert(q->details, "domain_uuid", uuid);
    }
    count(&calls_of, caller, 1);
    if (asked < QUESTIONS_MAX && counted(asked_of, caller) < QUESTIONS_PER_CALLER)
        ask(q);
    else
        g_queue_push_tail(&waiting, q);
}
