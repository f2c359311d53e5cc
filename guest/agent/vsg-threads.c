/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where processes and their threads are, from /proc, and moving them between cgroups. Makes no cgroup: vsg-groups.c does. */
#include "vsg-threads.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vsg-files.h"

/* The cgroup (v2) of a process or thread, as in /proc; NULL when it has none. @text: where to read it to. */
static char *group_of(const char *id, char *text, size_t room)
{
	char path[512], *line;

	snprintf(path, sizeof(path), "%s/proc/%s/cgroup", vsg_root, id);
	vsg_read(path, text, room);
	line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!line)
		return NULL;
	line = strstr(line, "0::") + 3;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

bool vsg_unit_of(long id, char *folder, size_t room)
{
	char number[24], text[4096], *group, *end;

	snprintf(number, sizeof(number), "%ld", id);
	group = group_of(number, text, sizeof(text));
	if (!group)
		return false;
	end = strrchr(group, '/');
	if (strcmp(end, "/" VSG_SLOW) == 0)
		*end = '\0';
	return snprintf(folder, room, "%s" VSG_GROUPS "%s", vsg_root, strcmp(group, "/") ? group : "") < (int)room;
}

static bool is_slow(const char *tid)
{
	char text[4096], *group = group_of(tid, text, sizeof(text));

	return group && strcmp(strrchr(group, '/'), "/" VSG_SLOW) == 0;
}

/* Is it kept off some CPUs already? Who did that knows better, and a change of cgroup would lose it. */
static bool is_pinned(const char *tid)
{
	cpu_set_t cpus;

	/* The numbers of a made tree are nobody's. */
	return !*vsg_root && sched_getaffinity(atoi(tid), sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) < sysconf(_SC_NPROCESSORS_ONLN);
}

void vsg_thread_move(const char *tid, const char *folder)
{
	char line[NAME_MAX + 2];

	snprintf(line, sizeof(line), "%s\n", tid);
	vsg_write_in(folder, "cgroup.threads", line);
}

/* Reading where a thread is costs little, moving it stops every fork and exit of the guest for a moment. */
static void slow_down(const char *tid, const char *folder)
{
	if (!is_slow(tid) && !is_pinned(tid))
		vsg_thread_move(tid, folder);
}

/* Calls @each for every thread of a process. */
static void each_thread(long id, void (*each)(const char *tid, const char *folder), const char *folder)
{
	char path[512];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "%s/proc/%ld/task", vsg_root, id);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (isdigit((unsigned char)entry->d_name[0]))
			each(entry->d_name, folder);
	if (tasks)
		closedir(tasks);
}

void vsg_threads_move(long id, const char *folder)
{
	each_thread(id, vsg_thread_move, folder);
}

void vsg_threads_slow_down(long id, const char *folder)
{
	each_thread(id, slow_down, folder);
}
