/* app_next.c - what stands in the way now, and which key goes on: for people who are new here. */
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"

#define PLAN_ROLLBACK "rollback" /* the run of a way back by hand */
#define PLAN_SHIFT "shift"       /* the run of a hand on the slider */

const struct run_step *app_waiting_step(const struct run *run)
{
    for (size_t i = 0; run != NULL && i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return &run->steps[i];
    return NULL;
}

bool app_is_way_back(const struct run *run)
{
    return run != NULL && strcmp(run->plan_name, PLAN_ROLLBACK) == 0;
}

bool app_is_by_hand(const struct run *run)
{
    return run != NULL && strcmp(run->plan_name, PLAN_SHIFT) == 0;
}

bool app_is_us(const struct app *app, const char *by)
{
    const struct app_environment *e = app_environment(app);
    const char *arn = e != NULL ? app_text_of(e->identity, "arn") : "";
    const char *name = app_text_of(json_object_get(app->hello, "you"), "name");

    return by[0] != '\0' && (strcmp(by, arn) == 0 || strcmp(by, name) == 0);
}

/* Whoever started the run is one pair of eyes only; only names that AWS gave can be told apart. */
bool app_is_started_by_us(const struct app *app)
{
    const struct run *run = app_run(app);

    return run != NULL && run->started_at_ms > 0 && strncmp(run->by, "arn:", 4) == 0 &&
           app_is_us(app, run->by);
}

/* Of whom one has to approve; "" = the plan does not say. */
static const char *group_of(const struct run *run, const char *step)
{
    size_t i;
    json_t *planned;
    json_array_foreach(json_object_get(run->plan, "steps"), i, planned)
    {
        if (strcmp(app_text_of(planned, "id"), step) == 0)
            return app_text_of(json_object_get(planned, "params"), "group");
    }
    return "";
}

char *app_approval_text(const struct app *app, const struct run_step *step)
{
    const char *group = group_of(app_run(app), step->id);
    bool is_ours = app_is_started_by_us(app);

    if (is_ours)
        return xasprintf("waits for another of %s", group[0] != '\0' ? group : "you");
    return xasprintf("waits for %s%s: A approves", group[0] != '\0' ? "one of " : "approval",
                     group);
}

/* One of a kind: what is another item's double has its evidence. */
static void count_item(const json_t *check, const json_t *id, struct app_open_items *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(check, "items"), i, item)
    {
        const char *kind = app_text_of(item, "kind");
        bool is_persons = strcmp(kind, "person") == 0 || strcmp(kind, "ask") == 0;
        if (!json_equal(json_object_get(item, "id"), id) || app_text_of(item, "same_as")[0] != '\0')
            continue;
        out->for_people += is_persons;
        out->for_probes += !is_persons;
        out->for_runs += strcmp(kind, "passed") == 0;
    }
}

struct app_open_items app_open_items(const struct app_environment *e, const char *gate_name)
{
    const json_t *check = e->check.document;
    struct app_open_items out = {0};
    size_t i, j;
    json_t *gate, *id;

    json_array_foreach(json_object_get(check, "gates"), i, gate)
    {
        bool is_meant = gate_name != NULL
                            ? strcmp(app_text_of(gate, "name"), gate_name) == 0
                            : json_is_true(json_object_get(gate, "before_first_write"));
        if (!is_meant)
            continue;
        json_array_foreach(json_object_get(gate, "blocking"), j, id) count_item(check, id, &out);
    }
    return out;
}

/* ---- the sentence ---- */

/* "W unlocks, then R starts the release"; where the seat is open without the first half. */
static char *after_unlocking(const struct app *app, const char *what)
{
    bool is_locked = app_no_unlock_seat(app) == NULL;
    return xasprintf("%s%s", is_locked ? "W unlocks, then " : "", what);
}

/* In a demo another environment has the release first. */
static const struct app_environment *released_first(const struct app *app)
{
    for (size_t i = 0; app->options.is_demo && i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        bool is_going = e->run != NULL && e->run->started_at_ms > 0 && !run_is_over(e->run);
        if (e != app_environment(app) && is_going)
            return e;
    }
    return NULL;
}

static bool has_released_first(const struct app *app)
{
    for (size_t i = 0; i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        if (e != app_environment(app) && e->run != NULL && run_is_over(e->run))
            return true;
    }
    return false;
}

/* What it is called; NULL: there is none, or it has had the release. */
static const char *first_to_have_it(const struct app *app, const struct app_environment *e)
{
    const struct app_environment *first = released_first(app);

    if (first != NULL)
        return first->name;
    return app->options.is_demo && !has_released_first(app) && app_open_items(e, NULL).for_runs > 0
               ? "staging"
               : NULL;
}

static char *obstacle(const struct app *app, const struct app_environment *e)
{
    const json_t *lock = json_object_get(e->status.document, "lock");
    const char *first = first_to_have_it(app, e);

    if (app_is_signed_out(app))
        return xasprintf("sign in: %s", app_text_of(e->identity, "text"));
    if (json_is_true(json_object_get(json_object_get(app->hello, "trust"), "needed")))
        return xstrdup(
            "the commands of the configuration are not trusted yet: `:trust` shows them");
    if (json_is_object(lock))
        return xasprintf("locked by %s: %s: `:unlock` opens it",
                         event_text_person(app_text_of(lock, "by")), app_text_of(lock, "reason"));
    if (first != NULL)
        return xasprintf("%s has this release first: wait for its end", first);
    if (strcmp(e->ready_state, "no") == 0 && e->ready_text != NULL)
        return xasprintf("%s: `flightdeck doctor` says what is missing", e->ready_text);
    return NULL;
}

char *app_start_obstacle(const struct app *app)
{
    auto_free char *raw = obstacle(app, app_environment(app));
    return raw != NULL ? text_safe(raw) : NULL;
}

static char *before_start(const struct app *app, const struct app_environment *e)
{
    const json_t *lock = json_object_get(e->status.document, "lock");

    if (json_is_object(lock))
        return xasprintf("`:unlock` opens it: locked by %s: %s",
                         event_text_person(app_text_of(lock, "by")), app_text_of(lock, "reason"));
    const struct app_environment *first = released_first(app);
    if (first != NULL) {
        int number = 0;
        (void)app_current_step(first->run, &number);
        return xasprintf("not ready yet: %s has this release first, step %d of %zu", first->name,
                         number, first->run->step_count);
    }
    if (first_to_have_it(app, e) != NULL)
        return xasprintf("not ready yet: %s has this release first", first_to_have_it(app, e));
    if (e->plan_error != NULL)
        return xasprintf("not yet: %s", e->plan_error);
    if (e->plan.document == NULL)
        return xstrdup("the plan is being made");
    return after_unlocking(app, "R starts the release");
}

static char *at_checklist(const struct app *app, const struct app_environment *e,
                          const struct run_step *step)
{
    struct app_open_items open = app_open_items(e, step->id);
    const char *go = app->focus == PANE_CHECKLIST
                         ? "n goes to the next that stops it, Space ticks it"
                         : "2 shows the checklist, n the next that stops it, Space ticks it";
    auto_free char *how = after_unlocking(app, go);

    if (open.for_people == 0)
        return xstrdup(how);
    return xasprintf("%zu item%s for you: %s", open.for_people, open.for_people == 1 ? "" : "s",
                     how);
}

static char *at_waiting(const struct app *app, const struct app_environment *e)
{
    const struct run_step *step = app_waiting_step(e->run);

    if (app_asks_for_weight(e->run) || app_no_promote(app) == NULL) {
        auto_free char *promote = app_promote_text(app);
        auto_free char *key = xasprintf("P = %s, ! goes back", promote);
        return after_unlocking(app, key);
    }
    if (step == NULL && e->run->prompt_count == 0)
        return NULL;
    if (step != NULL && strcmp(step->kind, "approval") == 0 && app_is_started_by_us(app)) {
        auto_free char *who = app_approval_text(app, step);
        return xasprintf("%s: you started it, so you cannot approve it", who);
    }
    if (step != NULL && strcmp(step->kind, "approval") == 0)
        return after_unlocking(app, "A approves the plan");
    if (step != NULL && strcmp(step->kind, "checklist") == 0)
        return at_checklist(app, e, step);
    return after_unlocking(app, "C answers");
}

static char *at_stopped(const struct app *app, const struct run_step *step)
{
    auto_free char *choices =
        xasprintf("C = retry %s, skip it, or roll back; ! goes back at once", step->id);
    return after_unlocking(app, choices);
}

/* A weight that was set by hand is nobody's after it: no run looks at it. */
static char *after_a_hand(const struct run *run)
{
    char version[32], share[16];
    return xasprintf("%s has %s, and nothing judges it: 4 moves it, ! takes it back",
                     app_version_text(run->new_version, version),
                     app_percent_text(run->weight, share));
}

static char *after_the_end(const struct app *app, const struct app_environment *e)
{
    char *next;

    if (app_is_by_hand(e->run) && e->run->weight > 0 && e->run->weight < 1)
        return after_a_hand(e->run);
    if (e->run->status == RUN_SUCCEEDED && !app_is_way_back(e->run) && !app_is_by_hand(e->run))
        return xstrdup("all-clear: nothing is left to do. `:report` writes it up");
    if (app_no_start(app) == NULL) {
        auto_free char *again = after_unlocking(app, "R starts anew");
        next = xasprintf("it is over. `:report` writes it up; %s", again);
    } else {
        next = xstrdup("it is over. `:report` writes it up");
    }
    return next;
}

/* Users are on it, and nobody judges it. */
static char *at_risk(const struct run *run)
{
    char version[32], share[16];

    if (run->weight <= 0)
        return xstrdup("IT COULD NOT BE PUT BACK, look at it: ! tries again");
    return xasprintf("%s STILL HAS %s, it could not be put back: ! tries again",
                     app_version_text(run->new_version, version),
                     app_percent_text(run->weight, share));
}

char *app_next_text(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    bool is_here = app_no_sign_in(app) == NULL;
    char *raw = NULL;

    if (app->is_lost && app->stopped != NULL)
        return xasprintf("%s. `flightdeck engine` starts one, and this console goes on; q leaves",
                         app->stopped);
    if (e == NULL || app->is_lost || app->is_frozen)
        return NULL;
    if (e->run != NULL && run_is_at_risk(e->run))
        raw = at_risk(e->run);
    else if (app_is_run_signed_out(app) && run_is_going_back(e->run) && !app_is_signed_out(app))
        raw = xstrdup("the run's sign-in has ended: ! takes it back with yours");
    else if (app_is_signed_out(app)) /* nothing else goes on */
        raw = xasprintf("sign in%s: %s", is_here ? " with I, or" : "",
                        app_text_of(e->identity, "text"));
    else if (app_is_run_signed_out(app))
        raw = xasprintf("%s%s", e->run_sign_in,
                        is_here && app_is_run_ours(app) ? "; I signs in" : "");
    else if (e->run != NULL && run_is_over(e->run) &&
             !json_is_object(json_object_get(e->status.document, "lock")))
        raw = after_the_end(app, e);
    else if (e->run == NULL || e->run->status == RUN_PENDING || run_is_over(e->run))
        raw = before_start(app, e);
    else if ((e->run->status == RUN_WAITING || e->run->status == RUN_PAUSED) &&
             app_stopped_step(e->run) != NULL)
        raw = at_stopped(app, app_stopped_step(e->run));
    else if (app_no_resume(app) == NULL)
        raw = after_unlocking(app, "C goes on");
    else if (e->run->status == RUN_WAITING)
        raw = at_waiting(app, e);
    if (raw == NULL)
        return NULL;
    auto_free char *owned = raw;
    return text_safe(owned);
}

const struct run_step *app_stopped_step(const struct run *run)
{
    for (size_t i = 0; run != NULL && i < run->step_count; i++) {
        enum step_state state = run->steps[i].state;
        if (state == STEP_FAILED || state == STEP_ERRORED || state == STEP_UNKNOWN)
            return &run->steps[i];
    }
    return NULL;
}
