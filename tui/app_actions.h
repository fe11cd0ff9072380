/*
 * app_actions.h - what the keys and commands of keys_global do, and why they do nothing now.
 *
 * Each `app_NAME` is an `act` of struct key, each `app_no_NAME` its `refused`.
 */
#ifndef TUI_APP_ACTIONS_H
#define TUI_APP_ACTIONS_H

#include "tui/app.h"

/* ---- app_actions.c: the screen ---- */

void app_go_next_pane(struct app *app, struct effects *effects);
void app_go_previous_pane(struct app *app, struct effects *effects);
void app_go_status(struct app *app, struct effects *effects);
void app_go_checklist(struct app *app, struct effects *effects);
void app_go_plan(struct app *app, struct effects *effects);
void app_go_traffic(struct app *app, struct effects *effects);
void app_go_metrics(struct app *app, struct effects *effects);
void app_go_log(struct app *app, struct effects *effects);
void app_zoom(struct app *app, struct effects *effects);
void app_freeze(struct app *app, struct effects *effects);
void app_help(struct app *app, struct effects *effects);
void app_palette(struct app *app, struct effects *effects);
void app_roll_back(struct app *app, struct effects *effects);
void app_back(struct app *app, struct effects *effects);
void app_escape(struct app *app, struct effects *effects);
void app_interrupt(struct app *app, struct effects *effects);
void app_redraw(struct app *app, struct effects *effects);
void app_suspend(struct app *app, struct effects *effects);
const char *app_no_suspend(const struct app *app);
void app_messages(struct app *app, struct effects *effects);
void app_mouse(struct app *app, struct effects *effects);
void app_next_environment(struct app *app, struct effects *effects);
void app_previous_environment(struct app *app, struct effects *effects);
const char *app_no_other_environment(const struct app *app);
void app_unlock_seat(struct app *app, struct effects *effects);
const char *app_no_unlock_seat(const struct app *app);
void app_lock_seat(struct app *app, struct effects *effects);
const char *app_no_lock_seat(const struct app *app);
void app_screenshot(struct app *app, struct effects *effects);
void app_theme(struct app *app, struct effects *effects);
void app_refresh(struct app *app, struct effects *effects);

/* ---- app_sign_in.c: as whom ---- */

void app_sign_in(struct app *app, struct effects *effects);
const char *app_no_sign_in(const struct app *app);
const char *app_no_sign_in_now(const struct app *app); /* or nobody's has ended */

/* ---- app_start.c: a run that begins ---- */

void app_start(struct app *app, struct effects *effects);
const char *app_no_start(const struct app *app);
void app_prepare(struct app *app, struct effects *effects);
const char *app_no_prepare(const struct app *app);

/* ---- app_release.c: the run ---- */

void app_approve(struct app *app, struct effects *effects);
const char *app_no_approve(const struct app *app);
const char *app_no_approve_now(const struct app *app); /* or nobody waits for it */
void app_pause(struct app *app, struct effects *effects);
const char *app_no_pause(const struct app *app);
void app_resume(struct app *app, struct effects *effects);
const char *app_no_resume(const struct app *app);
const char *app_no_promote(const struct app *app);
void app_answer_run(struct app *app, struct effects *effects);
const char *app_no_answer_run(const struct app *app);
const char *app_no_other_question(const struct app *app); /* or it is that of P */
void app_abort(struct app *app, struct effects *effects);
const char *app_no_abort(const struct app *app);
void app_lock(struct app *app, struct effects *effects);
const char *app_no_lock(const struct app *app);
void app_unlock(struct app *app, struct effects *effects);
const char *app_no_unlock(const struct app *app);
void app_trust(struct app *app, struct effects *effects);
const char *app_no_trust(const struct app *app);
void app_report(struct app *app, struct effects *effects);
const char *app_no_report(const struct app *app);
void app_history(struct app *app, struct effects *effects);

#endif
