/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device of the guest channel in a domain's XML. lib/vs-domxml-facts.c knows it again.
 */
#include "virtschedd-channel.h"

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-names.h"

static gboolean failed(const char *what, virDomainPtr domain, const char *cure, GError **error)
{
    g_autofree char *cause = g_strdup(virGetLastErrorMessage()); /* the next call frees it */

    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "%s %s: %s%s", what, virDomainGetName(domain), cause, cure);
    return FALSE;
}

gboolean vsd_channel_there(virDomainPtr domain, unsigned int flag, gboolean *there_ret, GError **error)
{
    g_autoptr(VsDomainFacts) facts = NULL;
    char *xml = virDomainGetXMLDesc(domain, flag == VIR_DOMAIN_AFFECT_CONFIG ? VIR_DOMAIN_XML_INACTIVE : 0);

    if (!xml)
        return failed("read", domain, "", error);
    facts = vs_domxml_facts(xml, error);
    free(xml);
    if (!facts)
        return FALSE;
    if (facts->encrypted) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "share memory with %s: the guest's memory is encrypted (launchSecurity)",
                    virDomainGetName(domain));
        return FALSE;
    }
    *there_ret = facts->channel;
    return TRUE;
}

/* As master the memory migrates with the guest; as peer libvirt would refuse to migrate it at all. */
static char *device_xml(virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    virDomainGetUUIDString(domain, uuid);
    return g_strdup_printf("<shmem name='" VS_CHANNEL_PREFIX "%s' role='master'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>",
                           uuid);
}

gboolean vsd_channel_set(virDomainPtr domain, unsigned int flag, gboolean there, GError **error)
{
    g_autofree char *xml = device_xml(domain);
    gboolean live = flag == VIR_DOMAIN_AFFECT_LIVE;

    if (there)
        return virDomainAttachDeviceFlags(domain, xml, flag) == 0 ||
               failed("plug the guest channel into", domain, live ? "; use --config, it is there from the next start" : "", error);
    return virDomainDetachDeviceFlags(domain, xml, flag) == 0 || failed("take the guest channel out of", domain, "", error);
}
