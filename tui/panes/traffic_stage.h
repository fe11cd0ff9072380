/*
 * traffic_stage.h - the draft of a weight: staged here, previewed by the engine, then asked for.
 *
 * Nothing of it is applied before a preview of the engine was confirmed. A draft falls when it is
 * 120 s old or what is set changed; a preview when it is 60 s old or the alias changed.
 */
#ifndef TUI_PANES_TRAFFIC_STAGE_H
#define TUI_PANES_TRAFFIC_STAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/canvas.h"

struct app;
struct dialog;
struct effects;
struct input;
struct traffic_view;

#define TRAFFIC_STAGE_LIFE_MS 120000
#define TRAFFIC_PREVIEW_LIFE_MS 60000
#define TRAFFIC_TYPED_SIZE 8
#define TRAFFIC_SLIDER_ROWS 5 /* below the first row: where a press stages */

struct traffic_stage { /* the state of the pane */
    size_t alias_at;
    bool is_staged;
    double weight, set_then; /* 0..1 */
    int64_t expires_ms;      /* boot clock */
    bool is_typing;
    char typed[TRAFFIC_TYPED_SIZE];
    bool is_previewing;    /* asked for; no answer yet */
    struct dialog *dialog; /* of the preview; NULL = it is not open */
    char revision_id[80];  /* that the preview was made of */
    int64_t previewed_ms;  /* world; what was read before says nothing about it */
    bool is_asked;         /* the shift was sent; no answer yet */
    double asked;
    int64_t asked_ms; /* world */
};

struct traffic_stage *traffic_stage_of(const struct app *app);
/* The view of the alias that is selected, with what is staged here as its state. */
void traffic_stage_view(const struct app *app, struct traffic_view *out);
/* Where the bars of the slider are, for drawing and for the mouse: columns of the area. */
void traffic_stage_bar(struct area a, int *x, int *width);

void traffic_stage_set(struct app *app, double weight); /* clamped */
void traffic_stage_move(struct app *app, double by);
void traffic_stage_clear(struct app *app);
/* Typing, the mouse on the bars, time. True: it was for the slider. */
bool traffic_stage_input(struct app *app, const struct input *input, struct area a,
                         struct effects *effects);
void traffic_stage_changed(struct app *app, struct effects *effects);
int64_t traffic_stage_next_tick_ms(const struct app *app);

#endif
