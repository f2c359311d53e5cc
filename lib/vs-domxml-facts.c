/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What else virtsched needs from libvirt's documents: name, UUID, quota, and the vCPU threads in the status file.
 * Called by the hook and the daemon. These documents come from libvirt; they are read with the same care all the same.
 */
#include "vs-domxml-private.h"

#include <string.h>

#include "vs-names.h"

void vs_domain_facts_free(VsDomainFacts *facts)
{
    if (!facts)
        return;
    g_free(facts->name);
    g_free(facts->title);
    g_free(facts->uuid);
    g_free(facts->type);
    g_free(facts);
}

static char *child_text(const xmlNode *node, const char *name)
{
    const xmlNode *child = vs_xml_child(node, name);
    g_autofree char *text = child ? vs_xml_text(child) : NULL;

    return text ? g_strdup(g_strstrip(text)) : NULL;
}

static xmlDoc *read_document(const char *xml, const char *what, GError **error)
{
    g_autoptr(GPtrArray) problems = vs_problems_new();
    xmlDoc *doc = vs_xml_read(xml, problems);

    if (!doc && !vs_problems_finish(problems, error))
        g_prefix_error(error, "read %s: ", what);
    return doc;
}

static gboolean parse_integer(const char *text, gint64 min, gint64 max, gint64 *value_ret)
{
    return text && g_ascii_string_to_signed(text, 10, min, max, value_ret, NULL);
}

/* A quota that is no number counts as one: better to leave the threads where libvirt limits them. */
static gboolean has_quota(const xmlNode *cputune)
{
    g_autofree char *text = child_text(cputune, "quota");
    gint64 quota;

    return text && (!parse_integer(text, G_MININT64, G_MAXINT64, &quota) || quota > 0);
}

/* The size that libvirt writes back is in MiB, or left out when it is its usual 4 MiB. */
static gboolean has_channel(const xmlNode *devices, const char *uuid)
{
    g_autofree char *wanted = g_strconcat(VS_CHANNEL_PREFIX, uuid, NULL);

    for (const xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        g_autofree char *name = vs_xml_named(node, "shmem") ? vs_xml_attribute(node, "name") : NULL;
        const xmlNode *model = name ? vs_xml_child(node, "model") : NULL;
        g_autofree char *type = model ? vs_xml_attribute(model, "type") : NULL;
        g_autofree char *size = name ? child_text(node, "size") : NULL;

        if (g_strcmp0(name, wanted) == 0 && g_strcmp0(type, "ivshmem-plain") == 0 && g_strcmp0(size, "1") == 0)
            return TRUE;
    }
    return FALSE;
}

VsDomainFacts *vs_domxml_facts(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = read_document(xml, "domain XML", error);
    g_autoptr(VsDomainFacts) facts = NULL;
    g_autofree char *uuid = NULL;
    g_autofree char *vcpus = NULL;
    const xmlNode *domain;
    const xmlNode *cputune;
    gint64 number = 1;

    if (!doc)
        return NULL;
    domain = vs_xml_domain(doc);
    if (!domain) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read domain XML: no <domain> in it");
        return NULL;
    }
    facts = g_new0(VsDomainFacts, 1);
    facts->name = child_text(domain, "name");
    facts->title = child_text(domain, "title");
    facts->type = vs_xml_attribute(domain, "type");
    uuid = child_text(domain, "uuid");
    if (uuid && g_uuid_string_is_valid(uuid))
        facts->uuid = g_ascii_strdown(uuid, -1);
    facts->channel = facts->uuid && has_channel(vs_xml_child(domain, "devices"), facts->uuid);
    facts->encrypted = vs_xml_child(domain, "launchSecurity") != NULL;
    cputune = vs_xml_child(domain, "cputune");
    facts->quota = has_quota(cputune);
    facts->vcpusched = vs_xml_child(cputune, "vcpusched") != NULL;
    vcpus = child_text(domain, "vcpu");
    if (vcpus && !parse_integer(vcpus, 1, G_MAXUINT16, &number)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read domain XML: line %u: vcpu: not a whole number in 1..%u",
                    vs_xml_line(vs_xml_child(domain, "vcpu")), G_MAXUINT16);
        return NULL;
    }
    facts->vcpus_max = (guint) number;
    return g_steal_pointer(&facts);
}

static gboolean read_thread(const xmlNode *node, VsVcpuThread *thread, GError **error)
{
    g_autofree char *id = vs_xml_attribute(node, "id");
    g_autofree char *pid = vs_xml_attribute(node, "pid");
    gint64 vcpu;
    gint64 tid;

    if (!parse_integer(id, 0, G_MAXUINT16, &vcpu) || !parse_integer(pid, 1, G_MAXINT32, &tid)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read status file: line %u: vcpus/vcpu: id or pid is missing or out of range",
                    vs_xml_line(node));
        return FALSE;
    }
    thread->vcpu_id = (guint) vcpu;
    thread->tid = (gint) tid;
    return TRUE;
}

/* One thread for several vCPUs, or QEMU's main thread: TCG without a thread for each, nothing to schedule apart. */
static gboolean is_shared_thread(const GArray *threads, gint tid, gint pid)
{
    if (tid == pid)
        return TRUE;
    for (guint i = 0; i < threads->len; i++)
        if (g_array_index(threads, VsVcpuThread, i).tid == tid)
            return TRUE;
    return FALSE;
}

GArray *vs_domstatus_threads(const char *status_xml, gint *pid_ret, GError **error)
{
    g_autoptr(xmlDoc) doc = read_document(status_xml, "status file", error);
    g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(VsVcpuThread));
    g_autofree char *pid_text = NULL;
    const xmlNode *root;
    const xmlNode *vcpus;
    gint64 pid;

    if (!doc)
        return NULL;
    root = xmlDocGetRootElement(doc);
    pid_text = vs_xml_named(root, "domstatus") ? vs_xml_attribute(root, "pid") : NULL;
    if (!parse_integer(pid_text, 1, G_MAXINT32, &pid)) {
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "read status file: no <domstatus> with a pid in it");
        return NULL;
    }
    /* Directly below the root: the second <vcpus>, inside <domain>, is about hotplug. */
    vcpus = vs_xml_child(root, "vcpus");
    for (const xmlNode *node = vcpus ? vcpus->children : NULL; node; node = node->next) {
        VsVcpuThread thread;

        if (!vs_xml_named(node, "vcpu"))
            continue;
        if (!read_thread(node, &thread, error))
            return NULL;
        if (is_shared_thread(threads, thread.tid, (gint) pid)) {
            g_array_set_size(threads, 0);
            break;
        }
        g_array_append_val(threads, thread);
    }
    if (pid_ret)
        *pid_ret = (gint) pid;
    return g_steal_pointer(&threads);
}

char *vs_domstatus_job(const char *status_xml)
{
    g_autoptr(xmlDoc) doc = read_document(status_xml, "status file", NULL);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *job = root && vs_xml_named(root, "domstatus") ? vs_xml_child(root, "job") : NULL;
    g_autofree char *word = job ? vs_xml_attribute(job, "async") : NULL;

    return word && strcmp(word, "none") != 0 ? g_steal_pointer(&word) : NULL;
}
