// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs a program with its stdout and stderr carried to two virtio-serial ports; exits with the program's status.
 * Called by level1/root/usr/local/lib/vs-lab/job. Pipes stand between, because a port can be opened only once, and
 * programs do open /dev/stderr. Must not poll: on one CPU that would disturb what the program measures.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT, ERR, EXITED, N_FDS };

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(125);
}

/* Moves what is in the pipe; 0 at its end, -1 when it is empty for now, 1 otherwise. */
static int move(int from, int to)
{
    char bytes[4096];
    ssize_t got = read(from, bytes, sizeof(bytes));

    if (got < 0)
        return errno == EAGAIN ? -1 : 0;
    for (ssize_t done = 0; done < got;) {
        ssize_t put = write(to, bytes + done, got - done);

        if (put < 0 && errno != EINTR)
            die("write to the host");
        if (put > 0)
            done += put;
    }
    return got > 0;
}

static pid_t start(char **argv, int pipes[2][2], const sigset_t *before)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    int null = open("/dev/null", O_RDONLY);

    if (null < 0 || dup2(null, 0) < 0 || dup2(pipes[OUT][1], 1) < 0 || dup2(pipes[ERR][1], 2) < 0)
        die("redirect");
    sigprocmask(SIG_SETMASK, before, NULL);
    execv(argv[0], argv);
    die(argv[0]);
    return -1;
}

int main(int argc, char **argv)
{
    struct pollfd fds[N_FDS] = { 0 };
    int pipes[2][2], ports[2], status;
    sigset_t child, before;

    if (argc < 4) {
        fprintf(stderr, "usage: pump OUT-PORT ERR-PORT PROGRAM [ARGUMENT...]\n");
        return 125;
    }
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    for (int i = OUT; i <= ERR; i++) {
        ports[i] = open(argv[1 + i], O_WRONLY | O_CLOEXEC);
        if (ports[i] < 0)
            die(argv[1 + i]);
        if (pipe2(pipes[i], O_CLOEXEC) < 0)
            die("pipe");
        fcntl(pipes[i][0], F_SETFL, O_NONBLOCK);
        fds[i] = (struct pollfd){ .fd = pipes[i][0], .events = POLLIN };
    }
    fds[EXITED] = (struct pollfd){ .fd = signalfd(-1, &child, SFD_CLOEXEC), .events = POLLIN };
    pid_t pid = start(argv + 3, pipes, &before);

    /* Both ends of the pipes stay open here: a program left in the background must not keep the job from ending. */
    do {
        if (poll(fds, N_FDS, -1) < 0 && errno != EINTR)
            die("poll");
        for (int i = OUT; i <= ERR; i++)
            if (fds[i].revents)
                move(pipes[i][0], ports[i]);
    } while (!fds[EXITED].revents || waitpid(pid, &status, WNOHANG) != pid);
    for (int i = OUT; i <= ERR; i++)
        while (move(pipes[i][0], ports[i]) > 0)
            ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
