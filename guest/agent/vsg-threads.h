/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where processes and their threads are, and moving them. Folders are those of cgroups (v2). */
#ifndef VSG_THREADS_H
#define VSG_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#define VSG_GROUPS "/sys/fs/cgroup"
/* The name of each slow group: the agent's child of a unit's cgroup. */
#define VSG_SLOW "virtsched-slow"

/* The cgroup that a process has of its own unit, as a folder, also while it is in our child of that; false when it has none. */
bool vsg_unit_of(long id, char *folder, size_t room);

/* One thread into @folder. One that ended meanwhile is none. */
void vsg_thread_move(const char *tid, const char *folder);

/* All threads of a process into @folder. */
void vsg_threads_move(long id, const char *folder);

/* All threads of a process into @folder, a slow group, but those that are in one already, or pinned. */
void vsg_threads_slow_down(long id, const char *folder);

#endif
