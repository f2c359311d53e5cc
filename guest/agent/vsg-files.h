/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files of the kernel's, read and written whole. Every path of the agent is below vsg_root. */
#ifndef VSG_FILES_H
#define VSG_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Before every path; "" but in tests, whose made tree has plain files in place of the kernel's. */
extern const char *vsg_root;

/* Reads a file to the end; "" when it is not there. */
void vsg_read(const char *path, char *text, size_t room);

/* Writes @text by one write. Returns 0 or an errno. */
int vsg_write(const char *path, const char *text);

/* The same for the file @name of @folder. */
int vsg_write_in(const char *folder, const char *name, const char *text);

/* The first path that @pattern, a glob below vsg_root, and @name after it stand for; false when there is none. */
bool vsg_find(const char *pattern, const char *name, char *path, size_t room);

#endif
