/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that the host takes for background, and what becomes of them. */
#ifndef VSG_BACKGROUND_H
#define VSG_BACKGROUND_H

#include <stdbool.h>

#define VSG_PROCESSES_MAX 128

/* struct vsg_list - process ids, as read last; what is beyond the maximum is not looked at */
struct vsg_list {
	int nr;
	long id[VSG_PROCESSES_MAX];
};

/* Reads the module's list from its start. */
void vsg_background_read(int fd, struct vsg_list *list);

/*
 * @now is background, @before was; @fast CPUs are the others' (0: half of them). @again: also who was before, for threads that it has
 * made since; most came along by themselves.
 */
void vsg_background_apply(const struct vsg_list *before, const struct vsg_list *now, bool again, int fast);

#endif
