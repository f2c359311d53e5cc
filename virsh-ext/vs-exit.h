/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the command ends: the exit status of an error and its one line on standard error. The only place that knows the
 * numbers; they are promised in --help and in the man page.
 */
#ifndef VS_EXIT_H
#define VS_EXIT_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VS_EXIT_OK,
    VS_EXIT_FAILED,
    VS_EXIT_USAGE,
    VS_EXIT_DENIED,
    VS_EXIT_UNSUPPORTED,
    VS_EXIT_CHANGED,
} VsExit;

/** vs_exit_changed: says that something changed, and that the exit status is to tell */
void vs_exit_changed(void);
/** vs_exit_of_command: a command of somebody else's ran; its @status is ours */
void vs_exit_of_command(int status);
/** vs_exit_fine: the status without an error */
int vs_exit_fine(void);

/** vs_exit_status: the status for @error */
VsExit vs_exit_status(const GError *error);
/** vs_exit_report: prints "error: @verb @object: text"; @verb and @object are nullable */
void vs_exit_report(const GError *error, const char *verb, const char *object);
/** vs_warn: prints "warning: @object: @text" on standard error */
void vs_warn(const char *object, const char *text);

G_END_DECLS

#endif /* VS_EXIT_H */
