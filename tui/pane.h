/*
 * pane.h - port: one pane of the console. A new one is a file in tui/panes/ and a line in
 * tui/panes.h.
 *
 * Panes are pure: they draw what the model says and change it only in `act` of their keys. What a
 * pane alone needs (cursor, filter, staged weight) is its own state.
 */
#ifndef TUI_PANE_H
#define TUI_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/canvas.h"
#include "tui/keys.h"

struct app;
struct effects;
struct input;

enum pane_id { /* in the order of Tab and of the digits 1 to 6 */
               PANE_STATUS,
               PANE_CHECKLIST,
               PANE_PLAN,
               PANE_TRAFFIC,
               PANE_METRICS,
               PANE_LOG,
               PANE_COUNT
};

struct pane {
    const char *name;       /* "checklist" */
    const char *title;      /* "Checklist" */
    const char *legend;     /* what its marks mean, for `?`; NULL = it has none */
    const struct key *keys; /* its own, ends with {0}; see keys.h */
    void *(*state_new)(void);
    void (*state_free)(void *state);
    /* What stands behind the title: "11/14, 2 stop it"; "" = nothing. Yours to write. */
    void (*about)(const struct app *app, char *out, size_t size);
    /* Inside its frame; the frame and title are drawn by the app. a may be as small as 1x1. */
    void (*draw)(const struct app *app, struct canvas *c, struct area a);
    /* Optional: keys that are text to it (a filter being typed), mouse inside it, and time. True:
     * it was for this pane. */
    bool (*input)(struct app *app, const struct input *input, struct area a,
                  struct effects *effects);
    /* Optional: the model changed (news came): clamp a cursor, drop a draft that no longer fits. */
    void (*changed)(struct app *app, struct effects *effects);
    /* Optional: a person is in the middle of something here: no question comes up over it. */
    bool (*is_drafting)(const struct app *app);
    /* Optional. Boot clock: when it looks different by itself; -1 = never. While a run goes on
     * there is a tick each second anyway. */
    int64_t (*next_tick_ms)(const struct app *app);
};

#endif
