/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cgroups (v2) that the agent makes: in a unit's, a threaded child with the slow CPUs; and an empty one while it runs. */
#ifndef VSG_GROUPS_H
#define VSG_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The child of @unit, a unit's cgroup, in which slow threads live, in @folder. One that is there is left alone, unless the CPUs
 * @changed. Returns 0 or an errno.
 */
int vsg_group_make(const char *unit, const char *cpus, bool changed, char *folder, size_t room);

/* Everybody back to their units, from wherever something of ours is, from whatever time; our groups are gone then. */
void vsg_groups_put_back(void);

/* Before anybody is to be slow, and when nobody will be any more. */
void vsg_groups_get_ready(void);
void vsg_groups_end(void);

#endif
