/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads and unloads kernel modules by file and by name.
 * Called by the checks. Unloading never waits: a module that is in use is -EWOULDBLOCK.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"

int module_load(const char *path, const char *parameters)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), result;

    if (fd < 0)
        return -errno;
    result = syscall(SYS_finit_module, fd, parameters, 0) < 0 ? -errno : 0;
    close(fd);
    return result;
}

int module_unload(const char *name)
{
    return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

bool module_parameter_is(const char *module, const char *name, char value)
{
    char path[96];
    int fd;

    snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, path, 1) != 1)
        path[0] = '\0';
    if (fd >= 0)
        close(fd);
    return path[0] == value;
}

bool module_loaded(const char *name)
{
    char path[96];

    snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
    return access(path, F_OK) == 0;
}
