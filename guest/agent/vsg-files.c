/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files, read and written whole. Used by all of the agent; knows nothing of what stands in them. */
#include "vsg-files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *vsg_root = "";

void vsg_read(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, room - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* A made tree, as in the tests, keeps each write: hence O_CREAT and O_APPEND. */
int vsg_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), code = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		code = errno;
	close(fd);
	return code;
}

int vsg_write_in(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return vsg_write(path, text);
}

bool vsg_find(const char *pattern, const char *name, char *path, size_t room)
{
	glob_t found;
	char full[512];
	bool there;

	snprintf(full, sizeof(full), "%s%s%s", vsg_root, pattern, name);
	there = glob(full, 0, NULL, &found) == 0 && found.gl_pathc > 0;
	if (there)
		snprintf(path, room, "%s", found.gl_pathv[0]);
	globfree(&found);
	return there;
}
