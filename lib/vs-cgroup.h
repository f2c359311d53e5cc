/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A VM's cgroups as libvirt lays them out on cgroup v2: find, read, write, move one thread. Used by vs-wire.c and
 * whoever adjusts a weight there. Decides nothing, keeps nothing, touches only /proc/PID and /sys/fs/cgroup below @root.
 * Every @cgroup is a path without /sys/fs/cgroup, as /proc/PID/cgroup has it; @root is "" or the tests' tree.
 */
#ifndef VS_CGROUP_H
#define VS_CGROUP_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vs_cgroup_of_domain: (transfer full): the VM's libvirt/ cgroup, taken from the place of its main thread
 * Errors: VS_ERROR_GONE (no such process); VS_ERROR_UNSUPPORTED (cgroup v1 or hybrid, session mode)
 */
char *vs_cgroup_of_domain(const char *root, gint pid, GError **error);

/** vs_cgroup_read: (transfer full) (nullable): text of @file without white space around it; %NULL when it cannot be read */
char *vs_cgroup_read(const char *root, const char *cgroup, const char *file);

/** vs_cgroup_write: one write() of @value. Errors: VS_ERROR_GONE (cgroup or thread ended), VS_ERROR_FAILED */
gboolean vs_cgroup_write(const char *root, const char *cgroup, const char *file, const char *value, GError **error);

/** vs_cgroup_has_thread: whether @tid is listed in cgroup.threads */
gboolean vs_cgroup_has_thread(const char *root, const char *cgroup, gint tid);

/** vs_cgroup_make_threaded: creates @cgroup where it is missing and makes it threaded. @created_ret: (out): it was missing */
gboolean vs_cgroup_make_threaded(const char *root, const char *cgroup, gboolean *created_ret, GError **error);

/** vs_cgroup_remove: removes an empty @cgroup; one that is not there is fine */
gboolean vs_cgroup_remove(const char *root, const char *cgroup, GError **error);

/**
 * vs_cgroup_move_thread: moves @tid and keeps its CPU affinity, narrowed to @cpus
 * @cpus: (nullable): the kernel's list format; %NULL, "" or a list without a common CPU narrows nothing
 *
 * Kernels before 6.2 reset a thread's affinity to the new cpuset's CPUs when it changes cgroup, and any kernel forgets
 * a pin that only the old cpuset held. libvirt pins by both, so both have to survive.
 */
gboolean vs_cgroup_move_thread(const char *root, const char *cgroup, gint tid, const char *cpus, GError **error);

G_END_DECLS

#endif /* VS_CGROUP_H */
