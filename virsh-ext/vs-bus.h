/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to virtschedd: connection, proxies (generated from dbus-service/org.virtsched1.xml), and errors of bus and
 * daemon as VS_ERROR. Blocking: this is a command. Every verb that asks the daemon goes through here.
 */
#ifndef VS_BUS_H
#define VS_BUS_H

#include "vs-bus-generated.h"
#include "vs-error.h"

G_BEGIN_DECLS

/**
 * VsBus: @manager: the daemon; nothing is sent before its first call
 * @flags: @timeout_ms: to hand to every call: with a person at the terminal polkit may ask for a password, which takes its time
 */
typedef struct {
    VsProxyManager *manager;
    GDBusCallFlags flags;
    gint timeout_ms;
} VsBus;

void vs_bus_clear(VsBus *bus);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VsBus, vs_bus_clear)

/** vs_bus_open: Errors: VS_ERROR_NO_DAEMON */
gboolean vs_bus_open(VsBus *bus, GError **error);
/** vs_bus_host: (transfer full): the daemon with its properties loaded */
VsProxyManager *vs_bus_host(VsBus *bus, GError **error);
/** vs_bus_domains: (transfer full): what ListDomains says. Errors: VS_ERROR_NO_LIBVIRT when that is nothing, for want of libvirt ... */
GVariant *vs_bus_domains(VsBus *bus, GError **error);
/** vs_bus_domain: (transfer full): the domain with name, id or UUID @key, its properties loaded. Errors: VS_ERROR_NO_DOMAIN ... */
VsProxyDomain *vs_bus_domain(VsBus *bus, const char *key, GError **error);
/** vs_bus_fix_error: turns what a call returned into VS_ERROR; always FALSE, to be returned */
gboolean vs_bus_fix_error(GError **error);

G_END_DECLS

#endif /* VS_BUS_H */
