// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /etc/libvirt/hooks/qemu.d/50-virtsched: libvirt runs it as root in every phase of every QEMU domain, with the domain's
 * lock held, and kills the VM when `started` or `reconnect` fails. So: nothing on stdout (for migrate and restore it
 * would replace the XML), exit status 0 always, no call into libvirt (it would deadlock), no waiting for virtschedd.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vs-hook.h"
#include "vs-names.h"

/* What libvirt passes: NAME OPERATION SUB-OPERATION EXTRA; the sub-operation follows from the operation. */
enum { ARG_NAME = 1, ARG_OPERATION, ARGS_MIN };

static const struct {
    const char *operation;
    VsHookWork work;
} phases[] = {
    {"started", vs_hook_wire},
    {"reconnect", vs_hook_wire},
    {"stopped", vs_hook_forget},
    {"release", vs_hook_forget},
};

static VsHookWork find_work(const char *operation)
{
    for (gsize i = 0; i < G_N_ELEMENTS(phases); i++) {
        if (strcmp(phases[i].operation, operation) == 0)
            return phases[i].work;
    }
    return NULL;
}

/* Descriptors 0 to 2 exist, nobody can print to stdout, and stderr is the tests' alone: libvirt waits for its end. */
static gboolean close_the_doors(gboolean test)
{
    int null_fd;

    do {
        null_fd = open("/dev/null", O_RDWR);
    } while (null_fd >= 0 && null_fd <= STDERR_FILENO);
    if (null_fd < 0 || dup2(null_fd, STDOUT_FILENO) < 0)
        return FALSE;
    return test || dup2(null_fd, STDERR_FILENO) >= 0;
}

int main(int argc, char **argv)
{
    const char *root = getenv(VS_ENV_ROOT);
    VsHookWork work = argc < ARGS_MIN ? NULL : find_work(argv[ARG_OPERATION]);

    if (!work)
        return 0;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    if (close_the_doors(root != NULL))
        vs_hook_guard(work, root ? root : "", argv[ARG_NAME]);
    return 0;
}
