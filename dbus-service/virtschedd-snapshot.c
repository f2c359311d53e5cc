/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads one domain from libvirt: both copies of its XML, its state, and its vCPU threads from libvirt's status file.
 */
#include "virtschedd-snapshot.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "vs-names.h"

static const char *const states[] = {
    [VIR_DOMAIN_NOSTATE] = "no state", [VIR_DOMAIN_RUNNING] = "running", [VIR_DOMAIN_BLOCKED] = "idle",
    [VIR_DOMAIN_PAUSED] = "paused", [VIR_DOMAIN_SHUTDOWN] = "in shutdown", [VIR_DOMAIN_SHUTOFF] = "shut off",
    [VIR_DOMAIN_CRASHED] = "crashed", [VIR_DOMAIN_PMSUSPENDED] = "pmsuspended",
};

void vsd_snapshot_free(VsdSnapshot *snapshot)
{
    g_clear_pointer(&snapshot->live, vs_settings_unref);
    g_clear_pointer(&snapshot->config, vs_settings_unref);
    g_clear_pointer(&snapshot->facts, vs_domain_facts_free);
    g_clear_pointer(&snapshot->threads, g_array_unref);
    g_free(snapshot->uuid);
    g_free(snapshot->name);
    g_free(snapshot->title);
    g_free(snapshot->live_error);
    g_free(snapshot->config_error);
    g_free(snapshot->job);
    g_free(snapshot->obstacle);
    g_free(snapshot);
}

/* FALSE: libvirt did not answer. */
static gboolean read_copy(virDomainPtr domain, unsigned int flags, VsdSnapshot *s, VsSettings **settings_ret, char **xml_ret,
                          char **error_ret)
{
    g_autoptr(GError) error = NULL;
    char *xml = virDomainGetXMLDesc(domain, flags);

    if (!xml)
        return FALSE;
    *settings_ret = vs_domxml_parse(xml, &s->element, NULL, &error);
    if (!*settings_ret) {
        *error_ret = g_strdup(error->message);
        s->element = TRUE;
    }
    g_free(*xml_ret);
    *xml_ret = g_strdup(xml);
    free(xml);
    return TRUE;
}

/* A connection that breaks is no reason to take settings back: only a domain that libvirt does not know is gone. */
static VsdSnapshot *unread(VsdSnapshot *s)
{
    s->unread = TRUE;
    if (virGetLastErrorCode() != VIR_ERR_NO_DOMAIN)
        return s;
    vsd_snapshot_free(s);
    return NULL;
}

/* What only libvirt's status file says: QEMU's pid, the vCPU threads, the job. */
static void read_status(VsdSnapshot *s, const VsdHostFacts *host)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    GArray *threads;

    if (strchr(s->name, '/'))
        return;
    path = g_strdup_printf("%s" VS_LIBVIRT_STATUS_DIR "/%s.xml", host->root, s->name);
    if (g_file_get_contents(path, &text, NULL, NULL))
        s->job = vs_domstatus_job(text);
    if (host->invent) {
        s->pid = 1;
        for (guint i = 0; s->facts && i < s->facts->vcpus_max; i++) {
            VsVcpuThread thread = {.vcpu_id = i, .tid = 1000 * s->id + (gint)i};

            g_array_append_val(s->threads, thread);
        }
        return;
    }
    if (!text)
        return;
    threads = vs_domstatus_threads(text, &s->pid, NULL);
    if (threads) {
        g_array_unref(s->threads);
        s->threads = threads;
    }
}

static char *find_obstacle(const VsdSnapshot *s, const VsdHostFacts *host)
{
    if (host->invent)
        return NULL;
    if (g_ascii_strcasecmp(host->driver, "QEMU") != 0)
        return g_strdup_printf("libvirt's %s driver has no vCPU threads of KVM; only qemu:///system does", host->driver);
    if (host->session)
        return g_strdup("a session-mode libvirt gives its VMs neither cgroups nor real-time scheduling; use qemu:///system");
    if (s->facts && g_strcmp0(s->facts->type, "kvm") != 0)
        return g_strdup_printf("the domain is of type '%s', not 'kvm': its vCPUs are emulated", s->facts->type);
    if (s->threads->len == 0)
        return g_strdup("libvirt's status file names no vCPU threads for it");
    return NULL;
}

VsdSnapshot *vsd_snapshot_take(virDomainPtr domain, const VsdHostFacts *host)
{
    g_autoptr(VsdSnapshot) s = g_new0(VsdSnapshot, 1);
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autoptr(VsDomainFacts) facts = NULL;
    g_autofree char *xml = NULL;
    int state, active, persistent;

    s->threads = g_array_new(FALSE, FALSE, sizeof(VsVcpuThread));
    virDomainGetUUIDString(domain, uuid);
    s->uuid = g_strdup(uuid);
    s->name = g_strdup(virDomainGetName(domain));
    active = virDomainIsActive(domain);
    persistent = active < 0 ? -1 : virDomainIsPersistent(domain);
    if (persistent < 0 || virDomainGetState(domain, &state, NULL, 0) < 0)
        return unread(g_steal_pointer(&s));
    s->id = active ? (gint)virDomainGetID(domain) : -1;
    s->state = state >= 0 && state < (int)G_N_ELEMENTS(states) ? states[state] : "no state";
    if (persistent && !read_copy(domain, VIR_DOMAIN_XML_INACTIVE, s, &s->config, &xml, &s->config_error))
        return unread(g_steal_pointer(&s));
    if (s->id >= 0 && !read_copy(domain, 0, s, &s->live, &xml, &s->live_error))
        return unread(g_steal_pointer(&s));
    facts = xml ? vs_domxml_facts(xml, NULL) : NULL;
    s->title = facts ? g_strdup(facts->title) : NULL;
    if (s->id < 0)
        return g_steal_pointer(&s);
    s->facts = g_steal_pointer(&facts);
    read_status(s, host);
    s->obstacle = find_obstacle(s, host);
    return g_steal_pointer(&s);
}
