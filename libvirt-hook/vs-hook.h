/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hook's three parts: vs-hook.c picks the phase, vs-hook-guard.c runs it where it can do no harm, vs-hook-phase.c
 * does the work. Nothing here talks to libvirt or to virtschedd.
 */
#ifndef VS_HOOK_H
#define VS_HOOK_H

#include <glib.h>

G_BEGIN_DECLS

#define VS_HOOK_UUID_SIZE 37

/**
 * VsHookCall: one call of the hook
 * @root: "" or the tests' tree (VS_ENV_ROOT)
 * @name: the domain's name as libvirt gave it: unchecked bytes
 * @moving: UUID whose threads are being moved, "" before and after; in memory that the guard shares with its child,
 * so that the guard knows what to take back when the child dies
 */
typedef struct {
    const char *root;
    const char *name;
    char *moving;
} VsHookCall;

/**
 * VsHookWork: work of a phase. Returns: (transfer full) (nullable): one line for the journal; %NULL: nothing to say
 */
typedef char *(*VsHookWork)(VsHookCall *call);

/** vs_hook_wire: started, reconnect: wires the domain if its XML asks for it, and leaves the record */
char *vs_hook_wire(VsHookCall *call);
/** vs_hook_forget: stopped, release: deletes the record; libvirt removes the cgroups itself */
char *vs_hook_forget(VsHookCall *call);
/** vs_hook_take_back: after work that died: undoes what @moving names */
char *vs_hook_take_back(VsHookCall *call);

/**
 * vs_hook_guard: runs @work in a child process with a time limit and returns, whatever becomes of it: a crash, a full
 * disk or a hanging journal must not reach libvirt. Allocates nothing in the calling process.
 */
void vs_hook_guard(VsHookWork work, const char *root, const char *name);

G_END_DECLS

#endif /* VS_HOOK_H */
