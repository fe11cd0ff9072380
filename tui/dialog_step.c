/* dialog_step.c - a step that failed: first what production serves, then what can be done. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"
#include "tui/dialog_parts.h"

struct stopped {
    char *step, *environment, *run;
};

static struct stopped *stopped_new(const char *step, const char *environment, const char *run)
{
    struct stopped *s = xcalloc(1, sizeof *s);

    s->step = xstrdup(step);
    s->environment = xstrdup(environment);
    s->run = xstrdup(run);
    return s;
}

static void stopped_free(void *closure)
{
    struct stopped *s = closure;

    free(s->step);
    free(s->environment);
    free(s->run);
    free(s);
}

static const char *state_text(enum step_state state)
{
    switch (state) {
    case STEP_FAILED:
        return "it said no";
    case STEP_ERRORED:
        return "could not tell";
    case STEP_UNKNOWN:
        return "nobody knows what became of it";
    case STEP_ABORTED:
        return "was stopped";
    case STEP_PENDING:
    case STEP_RUNNING:
    case STEP_WAITING:
    case STEP_SUCCEEDED:
    case STEP_SKIPPED:
    case STEP_UNDONE:
        return NULL;
    }
    return NULL;
}

static void skip(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    const struct stopped *s = closure;

    if (app_is_still(app, s->run))
        app_command(app, effects, "skip", s->step, NULL, reason, "skipping the step");
}

static void ask_to_skip(struct app *app, const struct stopped *s)
{
    auto_free char *title = xasprintf("skip %s", s->step);
    auto_free char *yes = xasprintf("skip %s, and go on without it", s->step);
    json_t *lines = json_array();

    json_array_append_new(lines,
                          json_string("The release goes on as if this step were not in the plan. "
                                      "What it should have done is not done."));
    dialog_confirm(app, &(struct confirmation){
                            .level = LEVEL_GRAVE,
                            .title = title,
                            .environment = s->environment,
                            .lines = lines,
                            .yes = yes,
                            .act = skip,
                            .free_closure = stopped_free,
                            .closure = stopped_new(s->step, s->environment, s->run),
                        });
}

static void chosen(struct app *app, void *closure, int key, struct effects *effects)
{
    const struct stopped *s = closure;

    if (key != 'b' && !app_is_still(app, s->run))
        return;
    switch (key) {
    case 'r':
        app_command(app, effects, "retry", s->step, NULL, NULL, "trying the step again");
        break;
    case 's':
        ask_to_skip(app, s);
        break;
    case 'b':
        dialog_open_rollback(app, effects);
        break;
    case 'h':
        app_command(app, effects, "pause", NULL, NULL, "held after a step failed", "holding");
        break;
    default:
        break;
    }
}

static size_t writes_of(const struct run *run)
{
    size_t n = 0;

    for (size_t i = 0; i < run->effect_count; i++)
        n += run->effects[i].state == EFFECT_DONE;
    return n;
}

/* "Production serves v41 100 %, as read back 3 s ago; nothing to undo." */
static json_t *lines_now(const struct app *app, const void *closure)
{
    const struct stopped *s = closure;
    const struct run *run = app_run(app);
    const struct run_step *step = run == NULL ? NULL : run_step(run, s->step);

    if (step == NULL || state_text(step->state) == NULL)
        return json_pack("[s]", "It has not stopped any more.");
    auto_free char *serving = app_serving_text(app);
    size_t writes = writes_of(run);
    auto_free char *undo = !run_wrote(run) ? xstrdup("nothing to undo")
                           : writes == 0   ? xstrdup("no write of this run is known to stand")
                           : writes == 1   ? xstrdup("1 write of this run stands")
                                           : xasprintf("%zu writes of this run stand", writes);
    auto_free char *first = xasprintf("%s; %s.", serving, undo);
    auto_free char *second = xasprintf("%s: %s%s%s", step->id, state_text(step->state),
                                       step->reason[0] != '\0' ? ": " : "", step->reason);
    json_t *lines = json_array();

    json_array_append_new(lines, json_string(first));
    json_array_append_new(lines, json_string(""));
    json_array_append_new(lines, json_string(second));
    if (step->attempt > 1) {
        auto_free char *third = xasprintf("It was tried %d times.", step->attempt);
        json_array_append_new(lines, json_string(third));
    }
    return lines;
}

void dialog_open_step(struct app *app, const char *id, struct effects *effects)
{
    const struct run *run = app_run(app);
    const struct run_step *step = run == NULL ? NULL : run_step(run, id);

    (void)effects;
    if (step == NULL || state_text(step->state) == NULL || run_is_over(run)) {
        app_toast(app, false, "%s has not stopped: nothing is to be chosen", id);
        return;
    }
    const char *refused = app_write_refused(app);
    const struct choice choices[] = {
        {.key = 'r',
         .label = "Retry",
         .help = run->status == RUN_PAUSED ? "from its beginning, once C lets the run go on"
                                           : "the step, from its beginning",
         .refused = refused},
        {.key = 's',
         .label = "Skip",
         .help = "go on without it: asks for the name and a reason",
         .refused = refused},
        {.key = 'b', .label = "Roll back", .help = "opens the way back, as ! does"},
        {.key = 'h', .label = "Stop here", .help = "hold: nothing moves until somebody resumes it"},
    };
    auto_free char *title = xasprintf("%s stopped: what now?", id);
    dialog_choose(app, &(struct choice_question){
                           .title = title,
                           .lines_now = lines_now,
                           .choices = choices,
                           .count = sizeof choices / sizeof choices[0],
                           .level = LEVEL_TRAFFIC,
                           .chosen = chosen,
                           .free_closure = stopped_free,
                           .closure = stopped_new(id, run->environment, run->id),
                       });
}
