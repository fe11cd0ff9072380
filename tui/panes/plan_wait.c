/* plan_wait.c - whom a step waits for, and the key that answers. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"
#include "tui/panes/plan_parts.h"
#include "tui/reading.h"

static const struct run_prompt *prompt_of(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].step, step) == 0)
            return &run->prompts[i];
    return NULL;
}

const char *plan_wait_name(const char *by, char out[static 32])
{
    const char *slash = strrchr(by, '/');
    const char *name = slash != NULL ? slash + 1 : by;

    (void)snprintf(out, 32, "%.*s", (int)strcspn(name, "@ "), name);
    return out;
}

/* Who may not approve. */
static const char *starter_of(const struct run *run, char out[static 32])
{
    return plan_wait_name(run->by, out)[0] != '\0' ? out : "who started it";
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
