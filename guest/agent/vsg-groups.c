/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cgroups that the agent makes, and takes away again. Who goes into them is vsg-background.c's business. */
#include "vsg-groups.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vsg-files.h"
#include "vsg-threads.h"

#define READY "virtsched-ready"

/* cpuset for the children of @folder, and of each one above it. systemd may take it away again when it turns units over. */
static void allow_cpuset(const char *folder)
{
	char path[PATH_MAX], *at;

	snprintf(path, sizeof(path), "%s", folder);
	for (at = path + strlen(vsg_root) + strlen(VSG_GROUPS); at; at = strchr(at + 1, '/')) {
		char was = *at;

		*at = '\0';
		vsg_write_in(path, "cgroup.subtree_control", "+cpuset\n");
		*at = was;
		if (!was)
			break;
	}
	if (!at)
		vsg_write_in(path, "cgroup.subtree_control", "+cpuset\n");
}

int vsg_group_make(const char *unit, const char *cpus, bool changed, char *folder, size_t room)
{
	char path[PATH_MAX + 64];
	int code;

	if (snprintf(folder, room, "%s/" VSG_SLOW, unit) >= (int)room)
		return ENAMETOOLONG;
	snprintf(path, sizeof(path), "%s/cpuset.cpus", folder);
	if (!changed && access(path, F_OK) == 0)
		return 0;
	allow_cpuset(unit);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return errno;
	code = vsg_write_in(folder, "cgroup.type", "threaded\n");
	if (code)
		return code;
	return vsg_write_in(folder, "cpuset.cpus", cpus);
}

/* Everybody in @folder, a slow group, back to its unit. */
static void put_back(const char *folder)
{
	char unit[PATH_MAX], path[PATH_MAX + 64], line[64];
	FILE *threads;

	snprintf(path, sizeof(path), "%s/cgroup.threads", folder);
	snprintf(unit, sizeof(unit), "%s", folder);
	unit[strlen(unit) - strlen("/" VSG_SLOW)] = '\0';
	threads = fopen(path, "re");
	while (threads && fgets(line, sizeof(line), threads)) {
		line[strcspn(line, "\n")] = '\0';
		vsg_thread_move(line, unit);
	}
	if (threads)
		fclose(threads);
	rmdir(folder);
}

static int put_back_found(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_DP && strcmp(path + ftw->base, VSG_SLOW) == 0)
		put_back(path);
	return 0;
}

void vsg_groups_put_back(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" VSG_GROUPS, vsg_root);
	nftw(path, put_back_found, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/*
 * A guest's first cpuset patches its kernel's code, and the last one that goes patches it back: each time every CPU has to take an
 * interrupt, a slow one as well. That is done before, not while the person waits: an empty group keeps it so.
 */
void vsg_groups_get_ready(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s" VSG_GROUPS, vsg_root);
	vsg_write_in(path, "cgroup.subtree_control", "+cpuset\n");
	snprintf(path, sizeof(path), "%s" VSG_GROUPS "/" READY, vsg_root);
	mkdir(path, 0755);
}

void vsg_groups_end(void)
{
	char path[512];

	vsg_groups_put_back();
	snprintf(path, sizeof(path), "%s" VSG_GROUPS "/" READY, vsg_root);
	rmdir(path);
}
