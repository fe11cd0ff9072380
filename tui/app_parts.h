/*
 * app_parts.h - what the files of the app share; nobody else includes it.
 */
#ifndef TUI_APP_PARTS_H
#define TUI_APP_PARTS_H

#include "tui/app.h"

/* ---- app_news.c ---- */

void app_news(struct app *app, const json_t *news, struct effects *effects);
/* While the screen is frozen, news wait; this lets them in. */
void app_news_thaw(struct app *app, struct effects *effects);
void app_clear_environments(struct app *app);
struct app_environment *app_current(struct app *app); /* as app_environment, to be changed */
/* Says that the environment is on the screen, and asks for the plan where there is none yet. */
void app_look(struct app *app, struct effects *effects);
void app_ask_plan(struct app *app, struct effects *effects);

/* ---- app_check.c ---- */

/* Makes of an item of the checklist what the run recorded of it last. */
void app_check_overlay(json_t *item, const struct run_item *was);
/* Puts into the checklist what people said since it was read. */
void app_check_catch_up(struct app_environment *e);

/* ---- app_ask.c ---- */

void app_answer(struct app *app, const json_t *reply, struct effects *effects);
void app_clear_asked(struct app *app);

/* ---- app_log.c ---- */

void app_clear_log(struct app *app);
void app_clear_toasts(struct app *app);
/* The toast that is on the screen now, or NULL. */
const struct toast *app_shown_toast(const struct app *app);

/* ---- app_run.c: what the run of the screen is at ---- */

const char *app_text_of(const json_t *object, const char *key); /* "" where there is none */
/* A run is driven here and not over. Its environment, or NULL. */
const struct app_environment *app_driven_here(const struct app *app);
bool app_is_going(const struct app *app); /* the run on the screen was started and is not over */
bool app_asks_for_weight(const struct run *run); /* whether to shift to the next one */
/* The step that it is at, or that it ended with; NULL = none. *number counts from 1. */
const struct run_step *app_current_step(const struct run *run, int *number);
int64_t app_expected_ms(const struct run *run, const char *step); /* by its plan; 0 = not known */

/* ---- app_next.c: what stands in the way, and which key goes on ---- */

const struct run_step *app_waiting_step(const struct run *run); /* for a person; NULL = none */
/* Failed, or nobody knows, also one that was begun with the run while another waits; NULL = none.
 */
const struct run_step *app_stopped_step(const struct run *run);
bool app_is_way_back(const struct run *run); /* a run of the plan "rollback" */
bool app_is_by_hand(const struct run *run);  /* of the plan "shift": a hand on the slider */
bool app_is_us(const struct app *app, const char *by);
bool app_is_started_by_us(const struct app *app);
/* "waits for another of release-managers". Yours. */
char *app_approval_text(const struct app *app, const struct run_step *step);
struct app_open_items {
    size_t for_people, for_probes; /* ticks, and what is proved by itself */
    size_t for_runs; /* of the latter: by a run of another environment, or of a step */
};
/* Of a gate; NULL: of those before the first write. */
struct app_open_items app_open_items(const struct app_environment *e, const char *gate);
/* What would refuse a start, as far as it is known here, and its cure; NULL: nothing. Yours. */
char *app_start_obstacle(const struct app *app);
/* The next thing to do, one line: "W unlocks, then R starts the release". Yours; NULL: nothing. */
char *app_next_text(const struct app *app);
/* ---- app_sign_in.c ---- */
bool app_is_signed_out(const struct app *app);     /* this console */
bool app_is_run_ours(const struct app *app);       /* it acts as whoever this console acts as */
bool app_is_run_signed_out(const struct app *app); /* the run, which may be somebody else's */

/* ---- app_release.c ---- */

#define APP_NO_ENVIRONMENT "nothing is known yet of any environment"

/* Writes to what is production ask more than those that are not. */
enum level app_write_level(const struct app *app);
bool app_is_open(const struct app *app); /* there is a run, and it is not over */

/* ---- app_report.c ---- */

/* Lines to read of a page in Markdown. Yours. */
json_t *app_report_lines(const char *markdown);

/* ---- app_draw.c ---- */

/* The digit's pane whose tab is at this column of the strip, or PANE_COUNT. */
enum pane_id app_tab_at(const struct app *app, struct area tabs, int x);
struct layout app_layout(const struct app *app);
/* Where the pane itself draws: inside of its frame. */
struct area app_pane_inner(const struct layout *l, enum pane_id pane);

/* ---- app.c ---- */

void app_press(struct app *app, int code, struct effects *effects);

#endif
