// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vs-guest NAME [--timeout S] --wait | -- COMMAND...: runs a command in a level-2 guest through its lab channel, prints its
 * output, exits with its status (124 after the timeout, 125 without a guest). Runs in level 1. Blocks, never polls.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET "/var/lib/libvirt/qemu/vs-%s.sock"

struct reply {
    char token[32];
    char bytes[1 << 20];
    size_t used;
    int begun;
};

static int usage(void)
{
    fprintf(stderr, "usage: vs-guest NAME [--timeout SECONDS] --wait | -- COMMAND [ARGUMENT...]\n");
    return 2;
}

static int attach(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), SOCKET, name);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int send_command(int fd, const char *token, char **words)
{
    size_t size = strlen(token) + 2;
    char *line, *end;

    for (char **word = words; *word; word++)
        size += strlen(*word) + 1;
    line = malloc(size + 1);
    end = stpcpy(line, token);
    for (char **word = words; *word; word++)
        end = stpcpy(stpcpy(end, " "), *word);
    for (char *at = line; *at; at++)
        if (*at == '\n')
            *at = ';';
    stpcpy(end, "\n");
    for (size_t done = 0, length = strlen(line); done < length;) {
        ssize_t put = write(fd, line + done, length - done);

        if (put < 0)
            return -1;
        done += put;
    }
    free(line);
    return 0;
}

static void drop(struct reply *reply, size_t size)
{
    reply->used -= size;
    memmove(reply->bytes, reply->bytes + size, reply->used);
}

/* Prints what is certainly output; returns the status when the reply is complete, else -1. */
static int digest(struct reply *reply)
{
    char mark[64];
    char *found;
    int status;

    reply->bytes[reply->used] = 0;
    if (!reply->begun) {
        int length = snprintf(mark, sizeof(mark), "\x1e%s begin\n", reply->token);

        found = memmem(reply->bytes, reply->used, mark, length);
        if (!found)
            return -1;
        drop(reply, found + length - reply->bytes);
        reply->begun = 1;
    }
    int length = snprintf(mark, sizeof(mark), "\n\x1e%s status ", reply->token);

    found = memmem(reply->bytes, reply->used, mark, length);
    if (found && memchr(found + length, '\n', reply->bytes + reply->used - found - length)) {
        reply->bytes[reply->used] = 0;
        fwrite(reply->bytes, 1, found - reply->bytes, stdout);
        return sscanf(found + length, "%d", &status) == 1 ? status : 125;
    }
    size_t safe = found ? (size_t)(found - reply->bytes) : reply->used > sizeof(mark) ? reply->used - sizeof(mark) : 0;

    fwrite(reply->bytes, 1, safe, stdout);
    fflush(stdout);
    drop(reply, safe);
    return -1;
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int receive(int fd, struct reply *reply, int timeout)
{
    struct pollfd guest = { .fd = fd, .events = POLLIN };
    long long end = now_ms() + timeout * 1000LL;
    int status = -1;

    while (status < 0) {
        long long left = end - now_ms();

        if (left <= 0 || poll(&guest, 1, left) == 0) {
            fprintf(stderr, "run command in guest: no answer after %d s\n", timeout);
            return 124;
        }
        ssize_t got = read(fd, reply->bytes + reply->used, sizeof(reply->bytes) - 1 - reply->used);

        if (got <= 0) {
            fprintf(stderr, "run command in guest: the guest went away\n");
            return 125;
        }
        reply->used += got;
        status = digest(reply);
    }
    return status;
}

int main(int argc, char **argv)
{
    static struct reply reply;
    static char *nothing[] = { ":", NULL };
    char **words = NULL;
    int timeout = 120;

    if (argc < 3)
        return usage();
    for (int i = 2; i < argc && !words; i++) {
        if (!strcmp(argv[i], "--timeout") && i + 1 < argc)
            timeout = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--wait"))
            words = nothing;
        else if (!strcmp(argv[i], "--") && i + 1 < argc)
            words = argv + i + 1;
        else
            return usage();
    }
    if (!words || timeout <= 0)
        return usage();
    int fd = attach(argv[1]);

    if (fd < 0) {
        fprintf(stderr, "reach guest %s: " SOCKET ": %s; is it started, and made by vs-domain?\n", argv[1], argv[1],
                strerror(errno));
        return 125;
    }
    snprintf(reply.token, sizeof(reply.token), "%d.%lld", getpid(), now_ms());
    if (send_command(fd, reply.token, words) < 0) {
        fprintf(stderr, "send command to guest %s: %s\n", argv[1], strerror(errno));
        return 125;
    }
    return receive(fd, &reply, timeout);
}
