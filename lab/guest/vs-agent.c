// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The level-2 guest's side of the lab channel (virtio-serial port org.virtsched.lab.0); last step of guest/init, so it is
 * process 1 and also collects orphans. Reads a line "TOKEN COMMAND", answers "\x1eTOKEN begin\n", the output of
 * `sh -c COMMAND`, and "\n\x1eTOKEN status N\n". Blocks, never polls. A host that hangs up ends the command.
 */
#include <dirent.h>
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

#define PORT_NAME "org.virtsched.lab.0"
#define TOKEN_MAX 32
/* The news that a client has left may come after the next one's first words: only an absence that lasts this long counts. */
#define LEFT_AFTER_MS 2000

struct agent {
    int port;
    int signals;            /* SIGIO: the host came or went; SIGCHLD: a process ended */
    char line[65536];
    size_t used;
};

static void say(const char *text)
{
    dprintf(2, "vs-agent: %s: %s\n", text, strerror(errno));
}

static int open_port(void)
{
    const char *folder = "/sys/class/virtio-ports";
    DIR *ports = opendir(folder);
    struct dirent *port;
    char path[512], name[64];

    while (ports && (port = readdir(ports))) {
        snprintf(path, sizeof(path), "%s/%s/name", folder, port->d_name);
        FILE *file = fopen(path, "r");
        int found = file && fgets(name, sizeof(name), file) && !strncmp(name, PORT_NAME, strlen(PORT_NAME));

        if (file)
            fclose(file);
        if (found) {
            snprintf(path, sizeof(path), "/dev/%s", port->d_name);
            closedir(ports);
            return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        }
    }
    if (ports)
        closedir(ports);
    return -1;
}

/* Without a host the port is readable (end of file) and not writable. */
static int hung_up(struct agent *agent)
{
    struct pollfd port = { .fd = agent->port, .events = POLLIN };

    return poll(&port, 1, 0) > 0 && (port.revents & POLLHUP);
}

static void drop_signals(struct agent *agent)
{
    struct signalfd_siginfo info;

    while (read(agent->signals, &info, sizeof(info)) > 0)
        ;
}

/* Waits until the port takes more; 0 when the host has left. Eats signals. */
static int wait_writable(struct agent *agent)
{
    struct pollfd fds[2] = { { .fd = agent->signals, .events = POLLIN }, { .fd = agent->port, .events = POLLOUT } };
    int gone = hung_up(agent);

    if (gone)
        fds[1].fd = -1;
    if (poll(fds, 2, gone ? LEFT_AFTER_MS : -1) == 0)
        return 0;
    drop_signals(agent);
    return 1;
}

/* The port does not block; this returns when the host has taken it all or has left. Eats signals. */
static void answer(struct agent *agent, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(agent->port, bytes, size);

        if (put > 0) {
            bytes += put;
            size -= put;
        } else if (put < 0 && errno == EAGAIN) {
            if (!wait_writable(agent))
                return;
        } else if (put < 0 && errno != EINTR) {
            return;
        }
    }
}

/* Collects every process that has ended; 1 when PID was among them, with its status. */
static int collect(pid_t pid, int *ret_status)
{
    int status, found = 0;
    pid_t ended;

    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
        if (ended == pid) {
            *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            found = 1;
        }
    return found;
}

static pid_t start(const char *command, int out)
{
    sigset_t none;
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);

    dup2(null, 0);
    dup2(out, 1);
    dup2(out, 2);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void forward(struct agent *agent, int pipe)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(pipe, bytes, sizeof(bytes))) > 0)
        answer(agent, bytes, got);
}

static int run(struct agent *agent, const char *command)
{
    struct pollfd fds[2] = { { .fd = agent->signals, .events = POLLIN }, { .events = POLLIN } };
    int out[2], status = 125, done = 0;

    if (pipe2(out, O_CLOEXEC) < 0)
        return status;
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    pid_t pid = start(command, out[1]);

    if (pid < 0)
        done = 1;
    fds[1].fd = out[0];
    while (!done) {
        if (poll(fds, 2, hung_up(agent) ? LEFT_AFTER_MS : -1) == 0)
            kill(-pid, SIGKILL);
        if (fds[1].revents)
            forward(agent, out[0]);
        /* It has closed its output and works on: nothing more comes from there. */
        if (fds[1].revents & POLLHUP)
            fds[1].fd = -1;
        drop_signals(agent);
        done = collect(pid, &status);
    }
    forward(agent, out[0]);
    close(out[0]);
    close(out[1]);
    return status;
}

static void serve(struct agent *agent, char *line)
{
    char token[TOKEN_MAX + 1], text[TOKEN_MAX + 64];
    int length = 0;

    if (sscanf(line, "%32s %n", token, &length) < 1 || length == 0)
        return;
    snprintf(text, sizeof(text), "\x1e%s begin\n", token);
    answer(agent, text, strlen(text));
    int status = run(agent, line + length);

    snprintf(text, sizeof(text), "\n\x1e%s status %d\n", token, status);
    answer(agent, text, strlen(text));
}

static void take(struct agent *agent)
{
    ssize_t got = read(agent->port, agent->line + agent->used, sizeof(agent->line) - 1 - agent->used);
    char *end;

    if (got <= 0)
        return;
    agent->used += got;
    agent->line[agent->used] = 0;
    while ((end = strchr(agent->line, '\n'))) {
        char command[sizeof(agent->line)];

        *end = 0;
        strcpy(command, agent->line);
        agent->used -= end + 1 - agent->line;
        memmove(agent->line, end + 1, agent->used + 1);
        serve(agent, command);
    }
    if (agent->used == sizeof(agent->line) - 1)
        agent->used = 0;
}

int main(void)
{
    static struct agent agent;
    sigset_t wanted;
    int status;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGIO);
    sigaddset(&wanted, SIGCHLD);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    agent.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    agent.port = open_port();
    if (agent.port < 0) {
        say("open " PORT_NAME);
    } else {
        fcntl(agent.port, F_SETOWN, getpid());
        fcntl(agent.port, F_SETFL, O_NONBLOCK | O_ASYNC);
    }
    for (;;) {
        /* While nobody is connected the port is always readable: then only a signal says when to look again. */
        struct pollfd fds[2] = { { .fd = agent.signals, .events = POLLIN }, { .fd = agent.port, .events = POLLIN } };

        if (agent.port < 0 || hung_up(&agent))
            fds[1].fd = -1;
        poll(fds, 2, -1);
        drop_signals(&agent);
        collect(-1, &status);
        if (fds[1].fd >= 0 && (fds[1].revents & POLLIN))
            take(&agent);
    }
}
