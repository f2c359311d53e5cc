/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the tables of checks in the level-1 host and says how each one ended, on
 * the kernel log. Called by init as: check platform | check all.
 * The verdict of the whole run is not here: vsintel/verdict.py also reads the kernel's own lines.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"

/* More would be refused by /dev/kmsg. */
#define LINE_MAX_BYTES 900
#define UNLOAD_TRIES 50

static int vsay(const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES] = "intel: ";
    size_t head = strlen(line);
    int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC), written;

    vsnprintf(line + head, sizeof(line) - head, format, arguments);
    written = (int)write(fd, line, strlen(line));
    close(fd);
    return written;
}

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsay(format, arguments);
    va_end(arguments);
}

const char *check_text(const char *format, ...)
{
    static char text[512];
    char fresh[sizeof(text)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(fresh, sizeof(fresh), format, arguments);
    va_end(arguments);
    memcpy(text, fresh, sizeof(text));
    return text;
}

/* The last reference may go a moment after the last close. */
static int unload_virtsched(void)
{
    int result = 0;

    for (int i = 0; i < UNLOAD_TRIES && module_loaded("virtsched"); i++) {
        result = module_unload("virtsched");
        if (result == 0)
            return 0;
        sleep_ms(10);
    }
    return result;
}

static const char *run_one(const struct check *check)
{
    const char *wrong = NULL;
    int result;

    if (check->needs_module) {
        result = module_load(MODULE_PATH, "");
        if (result < 0)
            return check_text("load virtsched: %s", strerror(-result));
    }
    wrong = check->run();
    result = unload_virtsched();
    if (!wrong && result < 0)
        wrong = check_text("unload virtsched: %s", strerror(-result));
    return wrong;
}

static unsigned int run_table(const struct check *table)
{
    unsigned int failures = 0;

    for (const struct check *check = table; check->name; check++) {
        int64_t start = now_ns();
        const char *wrong = run_one(check);
        long long ms = (now_ns() - start) / NS_PER_MS;

        if (wrong) {
            failures++;
            say("not ok - %s: %s (%lld ms)", check->name, wrong, ms);
        } else {
            say("ok - %s (%lld ms)", check->name, ms);
        }
    }
    return failures;
}

int main(int argc, char **argv)
{
    static const struct check *const tables[] = { platform_checks, boost_checks, restore_checks, quota_checks, interactive_checks, unload_checks, late_checks };
    const size_t count = argc == 2 && strcmp(argv[1], "all") == 0 ? sizeof(tables) / sizeof(tables[0]) : 1;
    unsigned int failures = 0;

    if (argc != 2 || (count == 1 && strcmp(argv[1], "platform") != 0)) {
        fprintf(stderr, "usage: check platform | all\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++)
        failures += run_table(tables[i]);
    say("end, %u failed", failures);
    return failures ? 1 : 0;
}
