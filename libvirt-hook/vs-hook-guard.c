// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The wall between the work and libvirt: the work runs in a child, under a timer of its own, and the parent waits for
 * the word "done" and no longer than its limit. A child that died while it moved threads is followed by a second one
 * that takes the move back. The journal comes after "done": a journald that hangs delays nobody.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vs-hook.h"

#define WORK_LIMIT_MS 1500
#define UNDO_LIMIT_MS 400
#define PARENT_GRACE_MS 50 /* the child's own timer comes first */
#define REAP_LIMIT_MS 5     /* a journal line takes a tenth of it; a journal that hangs must not cost more */
#define LOG_NAME "virtsched-hook"

static void write_journal(const char *line, gboolean test)
{
    const GLogField fields[] = {
        {"PRIORITY", "5", -1},
        {"SYSLOG_IDENTIFIER", LOG_NAME, -1},
        {"MESSAGE", line, -1},
    };

    if (test)
        fprintf(stderr, "%s\n", line);
    else
        g_log_writer_journald(G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS(fields), NULL);
}

/* SIGALRM ends the process wherever it is; an uncatchable default that needs no cooperation of the work. */
static void arm(int limit_ms)
{
    struct itimerval limit = {.it_value = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000}};
    sigset_t all;

    signal(SIGALRM, SIG_DFL);
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setitimer(ITIMER_REAL, &limit, NULL);
}

static void G_GNUC_NORETURN run_child(VsHookWork work, VsHookCall *call, int done_fd, int limit_ms)
{
    g_autofree char *line = NULL;

    /* Writing a core file would keep libvirt waiting for as long as it takes. */
    prctl(PR_SET_DUMPABLE, 0);
    arm(limit_ms);
    line = work(call);
    while (write(done_fd, "d", 1) < 0 && errno == EINTR)
        ;
    close(done_fd);
    /* Not before libvirt can go on: it feeds stdin until the last reader is gone. */
    close(STDIN_FILENO);
    if (line)
        write_journal(line, *call->root != '\0');
    _exit(0);
}

static gint64 now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* TRUE: the work came to its end; FALSE: it died or ran out of time. */
static gboolean wait_done(int fd, int limit_ms)
{
    gint64 deadline = now_ms() + limit_ms;
    char word = 0;

    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        gint64 left = deadline - now_ms();
        int ready = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

        if (ready > 0)
            return read(fd, &word, 1) == 1;
        if (ready == 0 || errno != EINTR)
            return FALSE;
    }
}

/* A child that is left to PID 1 stays a zombie for ever where PID 1 does not reap, as in some containers. */
static void reap(pid_t child)
{
    struct pollfd poll_fd = {.fd = pidfd_open(child, 0), .events = POLLIN};

    if (poll_fd.fd < 0)
        return;
    poll(&poll_fd, 1, REAP_LIMIT_MS);
    close(poll_fd.fd);
    waitpid(child, NULL, WNOHANG);
}

static gboolean run(VsHookWork work, VsHookCall *call, int limit_ms)
{
    gboolean done = FALSE;
    int pipe_fds[2];
    pid_t child;

    if (pipe(pipe_fds) < 0)
        return TRUE;
    child = fork();
    if (child == 0) {
        close(pipe_fds[0]);
        run_child(work, call, pipe_fds[1], limit_ms);
    }
    close(pipe_fds[1]);
    /* Where no process could be made, nothing was done that would have to be undone. */
    done = child < 0 || wait_done(pipe_fds[0], limit_ms + PARENT_GRACE_MS);
    close(pipe_fds[0]);
    if (!done)
        kill(child, SIGKILL);
    if (child > 0)
        reap(child);
    return done;
}

void vs_hook_guard(VsHookWork work, const char *root, const char *name)
{
    VsHookCall call = {.root = root, .name = name};
    char *shared = mmap(NULL, VS_HOOK_UUID_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return;
    call.moving = shared;
    if (!run(work, &call, WORK_LIMIT_MS))
        run(vs_hook_take_back, &call, UNDO_LIMIT_MS);
}
