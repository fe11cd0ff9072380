/* plan_wait.c - whom a step waits for, the key that answers, and how far a step is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"
#include "tui/panes/plan_parts.h"
#include "tui/reading.h"

#define ALMOST 0.99 /* what goes on is not over, however long it takes */
#define KEY_SIZE 32

static const struct run_prompt *prompt_of(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].step, step) == 0)
            return &run->prompts[i];
    return NULL;
}

/* Who may not approve: "ana" of whom the engine's side knows more. */
static const char *starter_of(const struct run *run, char out[static 32])
{
    const char *by = run->by != NULL ? run->by : "";
    const char *slash = strrchr(by, '/');
    const char *name = slash != NULL ? slash + 1 : by;

    (void)snprintf(out, 32, "%.*s", (int)strcspn(name, "@ "), name);
    if (out[0] == '\0')
        (void)snprintf(out, 32, "who started it");
    return out;
}

char *plan_wait_text(const struct app *app, const struct run *run, const struct run_step *done)
{
    const struct run_prompt *prompt = prompt_of(run, done->id);
    bool is_person = strcmp(done->waiting_on, "person") == 0;
    char name[32];

    if (run_is_over(run) || plan_view_has_stopped(done))
        return xstrdup("");
    if (prompt != NULL)
        return xasprintf("waits for you: %s",
                         app_asks_for_weight(run) ? "P promotes" : "C answers");
    if (!is_person)
        return xstrdup("");
    if (strcmp(done->kind, "approval") == 0)
        return app_no_approve(app) == NULL
                   ? xstrdup("waits for you: A approves")
                   : xasprintf("waits for approval by somebody else than %s",
                               starter_of(run, name));
    if (strcmp(done->kind, "checklist") == 0)
        return xasprintf("waits for you: %s", done->reason[0] != '\0' ? done->reason : "ticks");
    return xasprintf("waits for a person%s%s", done->reason[0] != '\0' ? ": " : "", done->reason);
}

/* ---- the key ---- */

static const struct run_step *waiting_step(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return &run->steps[i];
    return NULL;
}

void plan_wait_answer(struct sheet *s, const struct app *app, const struct run *run)
{
    const struct run_step *waiting = waiting_step(run);
    const char *kind = waiting != NULL ? waiting->kind : "";
    int y = sheet_row(s, NULL);
    char name[32];

    if (run->status == RUN_PAUSED && app_stopped_step(run) != NULL) {
        sheet_put_key(s, y, 1, "C", "retry, skip or roll back");
    } else if (run->status == RUN_PAUSED || run->status == RUN_INTERRUPTED) {
        sheet_put_key(s, y, 1, "C", "lets it go on");
    } else if (app_asks_for_weight(run)) {
        int x = 1 + sheet_put_key(s, y, 1, "P", "promotes") + 2;
        sheet_put_key(s, y, x, "C", "all answers");
    } else if (run->prompt_count > 0) {
        sheet_put_key(s, y, 1, "C", "answers");
    } else if (app_stopped_step(run) != NULL) {
        sheet_put_key(s, y, 1, "C", "retry, skip, roll back or stop");
    } else if (strcmp(kind, "approval") == 0 && app_no_approve_now(app) == NULL) {
        sheet_put_key(s, y, 1, "A", "approves");
    } else if (strcmp(kind, "approval") == 0) {
        canvas_putf(s->page, sheet_area(s), y, 1, ROLE_FAINT,
                    "%s started it and does not count: somebody else approves",
                    starter_of(run, name));
    } else if (strcmp(kind, "checklist") == 0) {
        sheet_put_key(s, y, 1, "2", "opens the checklist, Space ticks");
    } else {
        sheet_put_key(s, y, 1, "Enter", "says more");
    }
}

/* ---- how far ---- */

/* Weights that are cleared, and the part of the one that bakes. */
static double climbed(const struct app *app, const struct run_step *done, size_t count)
{
    double climbed = 0;
    char key[KEY_SIZE];

    for (size_t i = 1; i <= count; i++) {
        (void)snprintf(key, sizeof key, "rung-%zu", i);
        const json_t *rung = json_object_get(done->facts, key);
        (void)snprintf(key, sizeof key, "cleared-%zu", i);
        int64_t bake_ms = reading_number(rung, "bake_ms");
        int64_t since_ms = reading_number(rung, "since_ms");
        if (reading_number(done->facts, key) > 0)
            climbed += 1;
        else if (json_is_object(rung) && bake_ms > 0)
            climbed += fmin((double)(reading_now_ms(app) - since_ms) / (double)bake_ms, ALMOST);
    }
    return climbed / (double)count;
}

double plan_wait_share(const struct app *app, const struct run *run, const struct run_step *done,
                       int64_t elapsed_ms, int64_t expected_ms)
{
    const struct app_environment *e = app_environment(app);
    size_t weights = json_array_size(json_object_get(e != NULL ? e->about : NULL, "ladder"));

    if (done->moves_traffic && weights > 0 && strcmp(done->kind, "shift") == 0)
        return fmin(climbed(app, done, weights), ALMOST);
    (void)run;
    return expected_ms > 0 ? fmin((double)elapsed_ms / (double)expected_ms, ALMOST) : NAN;
}
