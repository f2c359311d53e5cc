/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of all userspace. Registers each code's D-Bus name once, so that GDBus translates in both
 * directions by itself. Called through VS_ERROR by everybody; speaks to no bus.
 */
#include "vs-error.h"

#include <gio/gio.h>

#include "vs-names.h"

static const GDBusErrorEntry entries[] = {
    {VS_ERROR_FAILED, VS_BUS_ERROR_PREFIX "Failed"},
    {VS_ERROR_INVALID_XML, VS_BUS_ERROR_PREFIX "InvalidXml"},
    {VS_ERROR_INVALID_VALUE, VS_BUS_ERROR_PREFIX "InvalidValue"},
    {VS_ERROR_UNKNOWN_SETTING, VS_BUS_ERROR_PREFIX "UnknownSetting"},
    {VS_ERROR_NO_DOMAIN, VS_BUS_ERROR_PREFIX "NoDomain"},
    {VS_ERROR_NOT_RUNNING, VS_BUS_ERROR_PREFIX "NotRunning"},
    {VS_ERROR_DENIED, VS_BUS_ERROR_PREFIX "Denied"},
    {VS_ERROR_UNSUPPORTED, VS_BUS_ERROR_PREFIX "Unsupported"},
    {VS_ERROR_NO_MODULE, VS_BUS_ERROR_PREFIX "NoModule"},
    {VS_ERROR_NO_LIBVIRT, VS_BUS_ERROR_PREFIX "NoLibvirt"},
    {VS_ERROR_NO_DAEMON, VS_BUS_ERROR_PREFIX "NoDaemon"},
    {VS_ERROR_GONE, VS_BUS_ERROR_PREFIX "Gone"},
    {VS_ERROR_LIMIT, VS_BUS_ERROR_PREFIX "LimitReached"},
    {VS_ERROR_NO_LEASE, VS_BUS_ERROR_PREFIX "NoLease"},
};
G_STATIC_ASSERT(G_N_ELEMENTS(entries) == VS_ERROR_LAST);

GQuark vs_error_quark(void)
{
    static gsize quark;

    g_dbus_error_register_error_domain("vs-error-quark", &quark, entries, G_N_ELEMENTS(entries));
    return (GQuark) quark;
}
