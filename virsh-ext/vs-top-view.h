/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What "virt-sched top" shows on a terminal, and what its keys, which are top's, make of that. No I/O.
 */
#ifndef VS_TOP_VIEW_H
#define VS_TOP_VIEW_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VS_TOP_BY_LOAD, /* P */
    VS_TOP_BY_AGE,  /* T */
    VS_TOP_BY_TASK, /* N */
} VsTopOrder;

/** VsTopView: @rows: tasks shown of each domain; @busy_only: neither idle vCPUs nor tasks without load; @asks: key whose number is being typed, 0: none */
typedef struct {
    VsTopOrder order;
    gboolean reversed;
    gboolean busy_only;
    gboolean help;
    guint rows;
    gint delay_ms;
    char asks;
    char typed[16];
} VsTopView;

typedef enum {
    VS_TOP_STAY,  /* nothing to draw */
    VS_TOP_DRAW,  /* the same look, drawn anew */
    VS_TOP_AGAIN, /* look again now */
    VS_TOP_QUIT,
} VsTopAnswer;

/** vs_top_view_init: as it begins; @delay_ms: of --delay */
void vs_top_view_init(VsTopView *view, gint delay_ms);
/** vs_top_view_key: a key was typed */
VsTopAnswer vs_top_view_key(VsTopView *view, char key);
/** vs_top_view_compare: order of two tasks by what the view sorts by, first the ones on top */
gint vs_top_view_compare(const VsTopView *view, guint64 task_a, guint64 load_a, guint64 age_a, guint64 task_b, guint64 load_b, guint64 age_b);
/** vs_top_view_prompt: (transfer full) (nullable): what is asked just now, with what was typed */
char *vs_top_view_prompt(const VsTopView *view);
/** vs_top_help: what the keys do, translated */
const char *vs_top_help(void);

G_END_DECLS

#endif /* VS_TOP_VIEW_H */
