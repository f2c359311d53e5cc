/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our <metadata> element: find, validate, parse, edit, without losing what is not ours. libxml2, no network, no entities.
 * The input may be a whole <domain> (or <domstatus>, <domainsnapshot>) document or our element alone. Both forms of
 * attributes parse: bare, and with our prefix. Pure: no I/O besides the installed schema, no logging.
 */
#ifndef VS_DOMXML_H
#define VS_DOMXML_H

#include "vs-settings.h"

G_BEGIN_DECLS

/** VsXmlProblem: @line: 1-based line in the given text (0: unknown); @name: element or "element/@attribute"; @message: what and the allowed range */
typedef struct {
    guint line;
    char *name;
    char *message;
} VsXmlProblem;
void vs_xml_problem_free(VsXmlProblem *problem);

/**
 * vs_domxml_parse: reads our element
 * @problems_ret: (out) (optional) (transfer full) (element-type VsXmlProblem): every problem found, in line order
 * Returns: (transfer full) (nullable): settings that the element sets; an empty set with *@found_ret = FALSE when there is
 * no element of ours; %NULL with VS_ERROR_INVALID_XML or VS_ERROR_INVALID_VALUE ("line 7: boost/budget/@share: ...", first problem)
 */
VsSettings *vs_domxml_parse(const char *xml, gboolean *found_ret, GPtrArray **problems_ret, GError **error);

/**
 * vs_domxml_format_element: (transfer full): our element as virDomainSetMetadata wants it (no prefix, no xmlns), keeping
 * comments and unknown children of @old_element (nullable, as virDomainGetMetadata returned it). %NULL result without
 * error: nothing is set any more, remove the element.
 */
char *vs_domxml_format_element(const VsSettings *settings, const char *old_element, GError **error);

/** vs_domxml_edit: (transfer full): a whole <domain> document with our element set to @settings (or removed when empty); the rest stays as it is, to the byte (a document that is not UTF-8 becomes it) */
char *vs_domxml_edit(const char *domain_xml, const VsSettings *settings, GError **error);

/** VsDomainFacts: what else matters in a domain document; free with vs_domain_facts_free() */
typedef struct {
    char *name;
    char *title;     /* libvirt's <title>, or NULL */
    char *uuid;      /* 36 characters, or NULL */
    char *type;      /* domain/@type: kvm, qemu, xen, lxc ... */
    gboolean quota;  /* cputune has vcpu_quota > 0 (or period/quota that limits vCPU threads) */
    gboolean vcpusched; /* cputune/vcpusched is there */
    guint vcpus_max;
    gboolean channel;   /* devices/shmem is there as `virt-sched enable-guest` makes it: named virtsched-UUID, ivshmem-plain, 1 MiB */
    gboolean encrypted; /* launchSecurity: the host cannot read the guest's memory */
} VsDomainFacts;
VsDomainFacts *vs_domxml_facts(const char *xml, GError **error);
void vs_domain_facts_free(VsDomainFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VsDomainFacts, vs_domain_facts_free)

/** VsVcpuThread: @vcpu_id, @tid */
typedef struct {
    guint vcpu_id;
    gint tid;
} VsVcpuThread;
/**
 * vs_domstatus_threads: (transfer full) (element-type VsVcpuThread): vCPU threads in libvirt's status file text (first
 * <vcpus> below <domstatus>), empty for TCG with one thread; @pid_ret: (out): QEMU's pid
 */
GArray *vs_domstatus_threads(const char *status_xml, gint *pid_ret, GError **error);
/** vs_domstatus_job: (transfer full) (nullable): the asynchronous job in libvirt's status file text, its own word: "migration out" ... */
char *vs_domstatus_job(const char *status_xml);

G_END_DECLS

#endif /* VS_DOMXML_H */
