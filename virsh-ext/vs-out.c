/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-out.h. XML, JSON and metrics are UTF-8 whatever the locale, and so are domain names: GLib would put '?' for each of their
 * characters in the C locale, in which cron, systemd and Ansible run commands. Only a terminal of another encoding gets its own.
 */
#include "vs-out.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vs-error.h"

static int lost; /* errno of the first time that something could not be written */

/* At once, so that it stays in order with standard error. */
static void put_out(const char *text)
{
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
        lost = lost ? lost : errno;
}

static void put_err(const char *text)
{
    fputs(text, stderr);
}

static gboolean wants_own_encoding(int fd)
{
    const char *charset;

    return isatty(fd) && !g_get_charset(&charset) && strcmp(charset, "ANSI_X3.4-1968") != 0;
}

void vs_out_begin(void)
{
    /* Opened the wrong way round, so that using it is the error that it was before. */
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(1);
    if (!wants_own_encoding(STDOUT_FILENO))
        g_set_print_handler(put_out);
    if (!wants_own_encoding(STDERR_FILENO))
        g_set_printerr_handler(put_err);
}

gboolean vs_out_end(GError **error)
{
    if (fflush(stdout) != 0)
        lost = lost ? lost : errno;
    if (!lost && !ferror(stdout))
        return TRUE;
    /* Who read it has had enough: that ends a program without a word. GLib has SIGPIPE ignored. */
    if (lost == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, _("write standard output: %s"), g_strerror(lost ? lost : EIO));
    return FALSE;
}
