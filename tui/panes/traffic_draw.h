/*
 * traffic_draw.h - the picture of the traffic pane: blocks of rows, as many as fit.
 */
#ifndef TUI_PANES_TRAFFIC_DRAW_H
#define TUI_PANES_TRAFFIC_DRAW_H

#include <stdbool.h>

#include "tui/canvas.h"

struct app;
struct traffic_stage;
struct traffic_view;

struct traffic_scene {
    const struct app *app;
    const struct traffic_view *v;
    const struct traffic_stage *s;
    struct canvas *c;
};

void traffic_draw(const struct app *app, struct canvas *c, struct area a);
enum role traffic_draw_state_role(const struct traffic_view *v);

/*
 * A block of rows below each other. `rows` says how many it likes at that width, 0 = it has nothing
 * to say; it gets at least one and at most so many.
 */
struct traffic_block {
    const char *title; /* of the rule above it where there is room; NULL = none */
    int rank;          /* who gets rows first: the smallest */
    int least;         /* rows without which it makes no sense */
    bool is_whole;     /* between the least and all that it likes nothing helps */
    int (*rows)(const struct traffic_scene *scene, int width);
    void (*draw)(const struct traffic_scene *scene, struct area a);
};
extern const struct traffic_block traffic_draw_slider[], traffic_draw_judge[],
    traffic_draw_past[]; /* each ends with {0} */

#endif
