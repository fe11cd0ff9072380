/*
 * traffic_view_parts.h - what the two files of traffic_view.h share; nobody else includes it.
 */
#ifndef TUI_PANES_TRAFFIC_VIEW_PARTS_H
#define TUI_PANES_TRAFFIC_VIEW_PARTS_H

#include "tui/panes/traffic_view.h"

struct event;

const char *traffic_view_text(const json_t *object, const char *key); /* "" where there is none */
/* The newest event of a type, and about a fact where key is given; NULL = none. */
const struct event *traffic_view_newest(const struct app_environment *e, const char *type,
                                        const char *key);
void traffic_view_judge(const struct app_environment *e, struct traffic_view *v);
void traffic_view_ladder(const struct app_environment *e, struct traffic_view *v);

#endif
