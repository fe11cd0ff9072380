/*
 * panes.h - the panes of the console, in the order of enum pane_id.
 */
#ifndef TUI_PANES_H
#define TUI_PANES_H

#include "tui/pane.h"

#define PANES(X)                                                                                   \
    X(status)                                                                                      \
    X(checklist)                                                                                   \
    X(plan)                                                                                        \
    X(traffic)                                                                                     \
    X(metrics)                                                                                     \
    X(log)

#define PANE_DECLARE(name) extern const struct pane pane_##name;
PANES(PANE_DECLARE)
#undef PANE_DECLARE

extern const struct pane *const panes[PANE_COUNT];

#endif
