// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the hook does in a phase, inside the guard's child: it may fail, crash or hang here, and only here. Reads the
 * domain XML from stdin and libvirt's status file; changes cgroups and our record; answers with one line of text.
 */
#include <string.h>
#include <unistd.h>

#include "vs-hook.h"
#include "vs-hook-input.h"
#include "vs-error.h"
#include "vs-names.h"
#include "vs-wire.h"

/* Safe in a journal line whatever the name's bytes are. */
static char *printable(const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);

    return g_strescape(valid, NULL);
}

/* One line, although libxml2's messages may be several. */
static char *explain(VsHookCall *call, const char *text)
{
    g_autofree char *name = printable(call->name);
    g_autofree char *line = g_strdelimit(g_strdup(text), "\r\n", ' ');

    return g_strdup_printf("wire domain '%s': %s", name, g_strchomp(line));
}

static gboolean asks_for_threads(const char *xml, gboolean *ret_asks, GError **error)
{
    g_autoptr(VsSettings) own = vs_domxml_parse(xml, NULL, NULL, error);
    g_autofree char *profile_name = own ? vs_settings_get_string(own, "profile") : NULL;
    g_autoptr(VsSettings) profile = profile_name ? vs_profile_builtin(profile_name) : NULL;
    g_autoptr(VsSettings) all = own ? vs_settings_resolve(own, profile, NULL, NULL) : NULL;

    if (!all)
        return FALSE;
    *ret_asks = vs_settings_get_uint(all, "interactive.state") || vs_settings_get_uint(all, "boost.state");
    return TRUE;
}

/* The record goes out first: it is what vs_hook_take_back() works from. */
static gboolean apply(VsHookCall *call, const VsWired *wired, GError **error)
{
    gboolean applied;

    if (!vs_wired_save(call->root, wired, error))
        return FALSE;
    g_strlcpy(call->moving, wired->uuid, VS_HOOK_UUID_SIZE);
    applied = vs_wire_apply(call->root, wired, error);
    if (!applied)
        vs_wired_forget(call->root, wired->uuid);
    *call->moving = '\0';
    return applied;
}

/* A host that cannot share still has threads, and the daemon shows the reason. */
static VsWired *plan(VsHookCall *call, const VsDomainFacts *facts, GError **error)
{
    g_autofree char *status = vs_hook_read_status(call->root, call->name, error);
    g_autoptr(GArray) threads = NULL;
    g_autoptr(GError) local = NULL;
    gint pid = 0;
    VsWired *wired;

    if (!status)
        return NULL;
    threads = vs_domstatus_threads(status, &pid, error);
    if (!threads)
        return NULL;
    wired = vs_wire_plan(call->root, facts, pid, threads, &local);
    if (!wired && g_error_matches(local, VS_ERROR, VS_ERROR_UNSUPPORTED))
        return vs_wired_new_place(facts, pid, threads, local->message);
    if (!wired)
        g_propagate_error(error, g_steal_pointer(&local));
    return wired;
}

static char *wire(VsHookCall *call, const char *xml, GError **error)
{
    g_autoptr(VsDomainFacts) facts = vs_domxml_facts(xml, error);
    g_autoptr(VsWired) wired = NULL;
    g_autofree char *text = NULL;

    if (!facts)
        return NULL;
    if (g_strcmp0(facts->type, "kvm") != 0)
        return explain(call, "nothing to do: its type is not kvm");
    if (g_strcmp0(facts->name, call->name) != 0 || !facts->uuid) {
        g_set_error_literal(error, VS_ERROR, VS_ERROR_INVALID_XML, "read XML: it is another domain's, or has no UUID");
        return NULL;
    }
    wired = plan(call, facts, error);
    if (!wired || !apply(call, wired, error))
        return NULL;
    if (wired->mode == VS_WIRE_PLACE)
        text = g_strdup_printf("threads stay in libvirt's cgroups: %s", wired->reason);
    else
        text = g_strdup_printf("%u vCPU threads side by side in %s", wired->vcpus->len, wired->cgroup);
    return explain(call, text);
}

char *vs_hook_wire(VsHookCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = vs_hook_read_xml(STDIN_FILENO, VS_XML_NAMESPACE, &error);
    char *line = NULL;
    gboolean asks = FALSE;

    if (xml && asks_for_threads(xml, &asks, &error) && asks)
        line = wire(call, xml, &error);
    return error ? explain(call, error->message) : line;
}

/* QEMU made the file of the guest channel and leaves it behind, also when the device was unplugged; nothing in it is to be kept. */
static void forget_channel(const char *root, const char *uuid)
{
    g_autofree char *path = g_strconcat(root, VS_SHM_DIR "/" VS_CHANNEL_PREFIX, uuid, NULL);

    unlink(path);
}

char *vs_hook_forget(VsHookCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = NULL;
    g_autoptr(VsDomainFacts) facts = NULL;

    if (!vs_hook_has_records(call->root))
        return NULL;
    xml = vs_hook_read_xml(STDIN_FILENO, NULL, &error);
    facts = xml ? vs_domxml_facts(xml, &error) : NULL;
    if (facts && facts->uuid) {
        vs_wired_forget(call->root, facts->uuid);
        forget_channel(call->root, facts->uuid);
    }
    return error ? explain(call, error->message) : NULL;
}

char *vs_hook_take_back(VsHookCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VsWired) wired = NULL;

    if (*call->moving == '\0')
        return explain(call, "the work died or took too long; nothing is left half-way");
    wired = vs_wired_load(call->root, call->moving, &error);
    if (wired && vs_unwire_domain(call->root, wired, &error))
        return explain(call, "the work died or took too long; the threads are back in libvirt's cgroups");
    g_prefix_error(&error, "the work died or took too long, and taking it back failed: ");
    return explain(call, error->message);
}
