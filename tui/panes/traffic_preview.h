/*
 * traffic_preview.h - the engine's dry run of a staged weight, and the dialog that asks for it.
 */
#ifndef TUI_PANES_TRAFFIC_PREVIEW_H
#define TUI_PANES_TRAFFIC_PREVIEW_H

struct app;
struct effects;
struct traffic_view;

void traffic_preview_ask(struct app *app, struct effects *effects);
/* Stages the plan's next weight and previews it at once: what P does, from every pane. */
void traffic_preview_next(struct app *app, struct effects *effects);
/* News came: a preview of an alias that changed since closes with its reason. */
void traffic_preview_changed(struct app *app, const struct traffic_view *v);

#endif
