/* panes.c - the table of panes. */
#include "tui/panes.h"

#define PANE_ROW(name) &pane_##name,
const struct pane *const panes[PANE_COUNT] = {PANES(PANE_ROW)};
