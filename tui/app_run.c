/* app_run.c - what the run on the screen is at, and what its environment serves, in words. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/waiting.h"
#include "core/wire.h"
#include "tui/app_parts.h"

#define SENTENCE_CEILING 1000
#define NEAR 1e-6 /* two weights are the same */

const char *app_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

const struct app_environment *app_driven_here(const struct app *app)
{
    for (size_t i = 0; i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        if (e->driver == DRIVER_HERE && e->run != NULL && !run_is_over(e->run) &&
            e->run->status != RUN_PENDING)
            return e;
    }
    return NULL;
}

bool app_is_going(const struct app *app)
{
    const struct run *run = app_run(app);
    return run != NULL && run->started_at_ms > 0 && !run_is_over(run);
}

/* The first in the order of the plan that is not settled, else the last that began. */
const struct run_step *app_current_step(const struct run *run, int *number)
{
    const struct run_step *current = NULL;
    for (size_t i = 0; run != NULL && i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool is_settled = step->state == STEP_SUCCEEDED || step->state == STEP_SKIPPED ||
                          step->state == STEP_UNDONE;
        if (step->started_at_ms == 0 && run_is_over(run))
            continue;
        if (is_settled && current != NULL && step->started_at_ms < current->started_at_ms)
            continue;
        current = step;
        *number = (int)i + 1;
        if (!is_settled)
            break;
    }
    return current;
}

int64_t app_expected_ms(const struct run *run, const char *step)
{
    size_t i;
    json_t *planned;
    json_array_foreach(json_object_get(run->plan, "steps"), i, planned)
    {
        if (strcmp(app_text_of(planned, "id"), step) == 0)
            return wire_whole(json_object_get(planned, "expected_ms"));
    }
    return 0;
}

/* ---- the outcome ---- */

static const struct run_step *step_that_waits(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return &run->steps[i];
    return NULL;
}

static const char *last_verdict(const struct run *run)
{
    return run->measured_count == 0
               ? ""
               : app_text_of(
                     json_object_get(run->measured[run->measured_count - 1]->body, "verdict"),
                     "kind");
}

/* Where the judge could not tell it asks something else, though going on is one of the answers. */
bool app_asks_for_weight(const struct run *run)
{
    size_t i;
    json_t *choice;
    if (run == NULL || run_is_over(run) || run->prompt_count == 0)
        return false;
    const char *verdict = last_verdict(run);
    if (verdict[0] != '\0' && strcmp(verdict, "successful") != 0)
        return false;
    json_array_foreach(run->prompts[0].choices, i, choice)
    {
        const char *text = json_string_value(choice);
        if (text != NULL && strcmp(text, "promote") == 0)
            return true;
    }
    return false;
}

double app_next_weight(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    double now = e != NULL && e->run != NULL ? e->run->weight : 0;
    size_t i;
    json_t *weight;

    if (e == NULL)
        return 0;
    json_array_foreach(json_object_get(e->about, "ladder"), i, weight)
    {
        if (json_number_value(weight) > now + NEAR)
            return json_number_value(weight);
    }
    return 0;
}

char *app_promote_text(const struct app *app)
{
    double next = app_next_weight(app);
    char share[16];

    return next > 0 ? xasprintf("promote to %s", app_percent_text(next, share))
                    : xstrdup("promote to the next weight");
}

static char *waiting_text(const struct run *run)
{
    const struct run_step *step = step_that_waits(run);

    if (app_asks_for_weight(run))
        return xstrdup("waits for you: P promotes");
    if (step == NULL && run->prompt_count > 0)
        return xasprintf("%s waits for you: C answers", run->prompts[0].step);
    if (step == NULL)
        return xstrdup("waits");
    if (step->state == STEP_FAILED)
        return xasprintf("%s said no: C decides", step->id);
    if (step->state == STEP_ERRORED || step->state == STEP_UNKNOWN)
        return xasprintf("%s could not tell: C decides", step->id);
    if (strcmp(step->kind, "approval") == 0)
        return xstrdup("waits for approval");
    if (strcmp(step->kind, "checklist") == 0)
        return xstrdup("waits for you: 2 Checklist");
    if (run->prompt_count > 0)
        return xasprintf("%s asks you", step->id);
    return xasprintf("%s waits for you", step->id);
}

static char *with_version(const char *words, const struct run *run)
{
    char version[32];
    if (run->old_version[0] == '\0')
        return xstrdup(words);
    return xasprintf("%s to %s", words, app_version_text(run->old_version, version));
}

/* The run of a way back by hand: its new version is the one that was there before. */
static char *way_back_outcome(const struct run *run)
{
    char version[32];
    app_version_text(run->new_version, version);

    if (run->status == RUN_SUCCEEDED)
        return xasprintf("rolled back%s%s (%s)", version[0] != '\0' ? " to " : "", version,
                         run->id);
    if (run_is_over(run))
        return xstrdup("COULD NOT GO BACK: look");
    return xasprintf("GOING BACK%s%s", version[0] != '\0' ? " to " : "", version);
}

static char *raw_outcome(const struct run *run)
{
    if (app_is_way_back(run))
        return way_back_outcome(run);
    char *held = NULL;
    switch (run->status) {
    case RUN_PENDING:
        return xstrdup("not started");
    case RUN_WAITING:
        return waiting_text(run);
    case RUN_PROGRESSING:
        held = waiting_held(run);
        return held != NULL ? held : xstrdup("going on");
    case RUN_PAUSED:
        return xstrdup("paused");
    case RUN_ABORTING:
        return xstrdup("stopping: traffic goes back");
    case RUN_ABORTED:
        return xstrdup("stopped");
    case RUN_ROLLING_BACK:
        return with_version("GOING BACK", run);
    case RUN_ROLLED_BACK:
        return with_version("rolled back", run);
    case RUN_ROLLBACK_FAILED:
        return xstrdup("COULD NOT GO BACK: look");
    case RUN_SUCCEEDED:
        return xstrdup(app_is_by_hand(run) ? "done by hand" : "released");
    case RUN_FAILED:
        return xstrdup("failed");
    case RUN_INTERRUPTED:
        return run_is_handed_over(run)
                   ? xasprintf("handed over by %s: waits until somebody says go on",
                               event_text_person(run->handed_over_by))
                   : xstrdup("interrupted: waits to be taken up");
    }
    return xstrdup("");
}

char *app_outcome_text(const struct run *run)
{
    if (run == NULL)
        return xstrdup("no run");
    auto_free char *raw = raw_outcome(run);
    return text_safe(raw);
}

/* ---- what is served ---- */

const json_t *app_alias_status(const struct app *app)
{
    const struct app_environment *environment = app_environment(app);
    const json_t *first = NULL;
    size_t i;
    json_t *resource;

    if (environment == NULL)
        return NULL;
    json_array_foreach(json_object_get(environment->status.document, "resources"), i, resource)
    {
        const char *alias = app_text_of(resource, "alias");
        if (alias[0] == '\0' || app_text_of(resource, "version")[0] == '\0')
            continue;
        auto_free char *whole = xasprintf("%s:%s", app_text_of(resource, "function"), alias);
        if (environment->alias != NULL && strcmp(whole, environment->alias) == 0)
            return resource;
        if (first == NULL)
            first = resource;
    }
    return first;
}

static void add_share(struct buf *out, const char *version, double share)
{
    char name[32], percent[16];
    buf_addf(out, "%s%s %s", out->len > 0 ? ", " : "", app_version_text(version, name),
             app_percent_text(share, percent));
}

char *app_serving_text(const struct app *app)
{
    const struct app_environment *environment = app_environment(app);
    const json_t *alias = app_alias_status(app), *weights = json_object_get(alias, "weights");
    char age[32];
    double rest = 1;
    const char *version;
    json_t *share;

    if (environment == NULL)
        return xstrdup("nothing is known yet");
    auto_free char *name = text_safe(environment->name);
    name[0] = (char)toupper((unsigned char)name[0]);
    if (alias == NULL)
        return xasprintf("What %s serves is not known", name);
    auto_buf shares;
    buf_init(&shares, SENTENCE_CEILING);
    json_object_foreach((json_t *)(uintptr_t)weights, version, share) rest -=
        json_number_value(share);
    add_share(&shares, app_text_of(alias, "version"), rest);
    json_object_foreach((json_t *)(uintptr_t)weights, version, share)
        add_share(&shares, version, json_number_value(share));
    app_age_text(app, environment->status.at_ms, 0, age);
    auto_free char *raw = xasprintf("%s serves %s, as read back %s", name, shares.ptr,
                                    age[0] != '\0' ? age : "just now");
    return text_safe(raw);
}
