/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See the header.
 */
#include "vs-top-view.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define ROWS 20
#define ROWS_MAX 1000
#define DELAY_MIN 0.1
#define DELAY_MAX 3600.0
#define BACKSPACE 0x7f

void vs_top_view_init(VsTopView *view, gint delay_ms)
{
    *view = (VsTopView){.order = VS_TOP_BY_LOAD, .rows = ROWS, .delay_ms = delay_ms};
}

/* What was typed is a delay or a number of rows; what is out of range changes nothing. */
static VsTopAnswer take(VsTopView *view)
{
    gdouble number = g_ascii_strtod(view->typed, NULL);
    char asked = view->asks;

    view->asks = '\0';
    if (asked == 'd' && number >= DELAY_MIN && number <= DELAY_MAX)
        view->delay_ms = (gint) (number * 1000);
    if (asked == 'n' && *view->typed && number <= ROWS_MAX)
        view->rows = number < 1 ? ROWS_MAX : (guint) number;
    return VS_TOP_DRAW;
}

static VsTopAnswer type(VsTopView *view, char key)
{
    gsize len = strlen(view->typed);

    if (key == '\n' || key == '\r')
        return take(view);
    if (key == '\033') {
        view->asks = '\0';
    } else if (key == BACKSPACE || key == '\b') {
        view->typed[len ? len - 1 : 0] = '\0';
    } else if ((g_ascii_isdigit(key) || key == '.') && len < sizeof(view->typed) - 1) {
        view->typed[len] = key;
        view->typed[len + 1] = '\0';
    }
    return VS_TOP_DRAW;
}

static VsTopAnswer order(VsTopView *view, VsTopOrder by)
{
    view->order = by;
    return VS_TOP_DRAW;
}

static VsTopAnswer ask(VsTopView *view, char asks)
{
    view->asks = asks;
    view->typed[0] = '\0';
    return VS_TOP_DRAW;
}

VsTopAnswer vs_top_view_key(VsTopView *view, char key)
{
    if (view->asks)
        return type(view, key);
    if (view->help) {
        view->help = FALSE;
        return VS_TOP_DRAW;
    }
    switch (key) {
    case 'q':
    case 'Q':
        return VS_TOP_QUIT;
    case ' ':
    case '\n':
        return VS_TOP_AGAIN;
    case 'P':
        return order(view, VS_TOP_BY_LOAD);
    case 'T':
        return order(view, VS_TOP_BY_AGE);
    case 'N':
        return order(view, VS_TOP_BY_TASK);
    case 'R':
        view->reversed = !view->reversed;
        return VS_TOP_DRAW;
    case 'i':
        view->busy_only = !view->busy_only;
        return VS_TOP_DRAW;
    case 'd':
    case 's':
        return ask(view, 'd');
    case 'n':
    case '#':
        return ask(view, 'n');
    case 'h':
    case '?':
        view->help = TRUE;
        return VS_TOP_DRAW;
    default:
        return VS_TOP_STAY;
    }
}

static gint falling(guint64 a, guint64 b)
{
    return (a < b) - (a > b);
}

gint vs_top_view_compare(const VsTopView *view, guint64 task_a, guint64 load_a, guint64 age_a, guint64 task_b, guint64 load_b, guint64 age_b)
{
    gint before = view->order == VS_TOP_BY_LOAD ? falling(load_a, load_b) : view->order == VS_TOP_BY_AGE ? falling(age_a, age_b) : 0;

    /* Equal ones keep their place from look to look. */
    if (!before)
        before = falling(task_a, task_b);
    return view->reversed ? -before : before;
}

char *vs_top_view_prompt(const VsTopView *view)
{
    if (view->asks == 'd')
        return g_strdup_printf(_("Seconds from look to look, now %.1f: %s"), view->delay_ms / 1000.0, view->typed);
    if (view->asks == 'n')
        return g_strdup_printf(_("Tasks shown of each domain, now %u, 0 is all: %s"), view->rows, view->typed);
    return NULL;
}

const char *vs_top_help(void)
{
    return _("Keys, as in top:\n\n"
             "  P  sort by load (usual)        N  sort by number of the task\n"
             "  T  sort by age                 R  the other way round\n"
             "  i  busy ones only, and back    n  how many tasks\n"
             "  d  how often                   space  look now\n"
             "  h  this                        q  end\n\n"
             "Any key goes on.\n");
}
