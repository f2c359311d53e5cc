/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module's list of background processes: from one list to the next, who is to be slow and who is not any more. */
#include "vsg-background.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vsg-cpus.h"
#include "vsg-groups.h"
#include "vsg-threads.h"

void vsg_background_read(int fd, struct vsg_list *list)
{
	char text[VSG_PROCESSES_MAX * 12], *at = text, *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	list->nr = 0;
	while (list->nr < VSG_PROCESSES_MAX) {
		long id = strtol(at, &end, 10);

		if (end == at)
			return;
		list->id[list->nr++] = id;
		at = end;
	}
}

static bool has(const struct vsg_list *list, long id)
{
	for (int i = 0; i < list->nr; i++)
		if (list->id[i] == id)
			return true;
	return false;
}

/* Never init, nor this. What fails is said once: it will be the same for the others. */
static void slow_down(long id, const char *cpus, bool changed)
{
	static bool said;
	char unit[PATH_MAX], folder[PATH_MAX];
	int code;

	if (id <= 1 || id == getpid() || !vsg_unit_of(id, unit, sizeof(unit)))
		return;
	code = vsg_group_make(unit, cpus, changed, folder, sizeof(folder));
	if (code == 0)
		vsg_threads_slow_down(id, folder);
	else if (!said)
		fprintf(stderr, "keep process %ld apart in %s: %s; cgroup v2 with the cpuset controller is wanted\n", id, unit, strerror(code));
	said = said || code;
}

static void speed_up(long id)
{
	char unit[PATH_MAX];

	if (vsg_unit_of(id, unit, sizeof(unit)))
		vsg_threads_move(id, unit);
}

void vsg_background_apply(const struct vsg_list *before, const struct vsg_list *now, bool again, int fast)
{
	static char last[64];
	char cpus[64];
	bool changed;

	if (now->nr == 0) {
		if (before->nr)
			vsg_groups_put_back();
		return;
	}
	for (int i = 0; i < before->nr; i++)
		if (!has(now, before->id[i]))
			speed_up(before->id[i]);
	if (!vsg_cpus_slow(fast, cpus, sizeof(cpus)))
		return;
	changed = strcmp(cpus, last) != 0;
	strcpy(last, cpus);
	for (int i = 0; i < now->nr; i++)
		if (again || changed || !has(before, now->id[i]))
			slow_down(now->id[i], cpus, changed);
}
