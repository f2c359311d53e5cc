/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's event loop on the GLib main context, so that one sleep waits for libvirt and D-Bus alike.
 */
#ifndef VIRTSCHEDD_EVENTS_H
#define VIRTSCHEDD_EVENTS_H

/** vsd_events_register: to be called once, before the first connection is opened */
void vsd_events_register(void);

#endif /* VIRTSCHEDD_EVENTS_H */
