/*
 * run_events.c - the fold: which event may come when, and how events about the whole run change it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run_fold.h"
#include "core/wire.h"

#define BIT(status) (1u << (status))
#define UNOPENED 0u /* only as the first event */
#define PENDING BIT(RUN_PENDING)
#define GOING (BIT(RUN_WAITING) | BIT(RUN_PROGRESSING))
#define BACK (BIT(RUN_ABORTING) | BIT(RUN_ROLLING_BACK))
#define PAUSED BIT(RUN_PAUSED)
#define INTERRUPTED BIT(RUN_INTERRUPTED)
#define STARTED (GOING | BACK | PAUSED | INTERRUPTED)
#define NOT_OVER (PENDING | STARTED)
#define ALWAYS (~0u)

/* ---- for the events ---- */

const char *run_body_text(const struct event *e, const char *key)
{
    const char *text = json_string_value(json_object_get(e->body, key));
    return text != NULL ? text : "";
}

int64_t run_body_number(const struct event *e, const char *key)
{
    return wire_whole(json_object_get(e->body, key));
}

bool run_contradict(struct error *err, const struct event *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    auto_free char *why = xvasprintf(fmt, ap);
    va_end(ap);
    error_set(err, ERROR_INTERNAL, "event %lld (%s) contradicts run %s: %s", (long long)e->seq,
              e->type, e->stream, why);
    return error_code(err, "contradiction");
}

static void give_reason(struct run *r, const struct event *e)
{
    if (run_body_text(e, "reason")[0] != '\0')
        run_set_text(&r->reason, run_body_text(e, "reason"));
}

/* ---- from the beginning to the end ---- */

static void take_actor(struct run *r, const struct event *e)
{
    json_t *actor = json_object_get(e->body, "actor");

    if (e->by[0] != '\0')
        run_set_text(&r->by, e->by);
    if (!json_is_object(actor))
        return;
    json_decref(r->actor);
    r->actor = json_incref(actor);
}

static bool on_opened(struct run *r, struct event *e, struct error *err)
{
    if (run_body_text(e, "environment")[0] == '\0')
        return run_contradict(err, e, "it names no environment");
    run_set_text(&r->id, e->stream);
    run_set_text(&r->project, run_body_text(e, "project"));
    run_set_text(&r->environment, run_body_text(e, "environment"));
    run_set_text(&r->plan_name, run_body_text(e, "plan_name"));
    r->opened_at_ms = e->at_ms;
    take_actor(r, e);
    return true;
}

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static struct run_step planned_step(const json_t *step)
{
    return (struct run_step){
        .id = xstrdup(key_text(step, "id")),
        .kind = xstrdup(key_text(step, "kind")),
        .reason = xstrdup(""),
        .waiting_on = xstrdup(""),
        .facts = json_object(),
        .moves_traffic = json_is_true(json_object_get(step, "moves_traffic")),
        .is_gate = json_is_true(json_object_get(step, "gate")),
    };
}

static bool on_started(struct run *r, struct event *e, struct error *err)
{
    json_t *plan = json_object_get(e->body, "plan"), *steps = json_object_get(plan, "steps");
    size_t i;
    json_t *step;

    if (!json_is_array(steps))
        return run_contradict(err, e, "it has no plan");
    r->plan = json_incref(plan);
    run_set_text(&r->hash, key_text(plan, "hash"));
    run_set_text(&r->plan_name, key_text(plan, "plan"));
    r->steps = run_room(json_array_size(steps), sizeof *r->steps);
    json_array_foreach(steps, i, step) r->steps[r->step_count++] = planned_step(step);
    r->status = RUN_PROGRESSING;
    r->started_at_ms = e->at_ms;
    take_actor(r, e);
    run_set_text(&r->acts_as, e->by);
    return true;
}

static bool on_ended(struct run *r, struct event *e, struct error *err)
{
    const char *name = run_body_text(e, "status");
    struct run after = {0};

    if (!run_status_parse(name, &after.status) || !run_is_over(&after))
        return run_contradict(err, e, "a run does not end as \"%s\"", name);
    r->status = after.status;
    r->ended_at_ms = e->at_ms;
    give_reason(r, e);
    run_set_text(&r->health, run_body_text(e, "health"));
    run_set_text(&r->hint, run_body_text(e, "hint"));
    run_close_prompts(r, NULL);
    return true;
}

/* ---- stopping, going on, going back ---- */

static bool on_paused(struct run *r, struct event *e, struct error *err)
{
    (void)err;
    r->before = r->status;
    r->status = RUN_PAUSED;
    run_set_text(&r->paused_by, e->by);
    give_reason(r, e);
    return true;
}

static bool on_resumed(struct run *r, struct event *e, struct error *err)
{
    (void)e;
    (void)err;
    r->status = RUN_PROGRESSING;
    run_set_text(&r->reason, "");
    return true;
}

/* Why it was held, or could not be put back before, is not why it goes back now. */
static void begin_back(struct run *r, const struct event *e, enum run_status status)
{
    if (!run_is_going_back(r))
        run_set_text(&r->reason, "");
    r->status = status;
    give_reason(r, e);
}

static bool on_abort(struct run *r, struct event *e, struct error *err)
{
    (void)err;
    begin_back(r, e, RUN_ABORTING);
    return true;
}

/* What somebody else left since, and a person wants gone over: it is taken back once more. */
static void undo_traffic_again(struct run *r)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (r->steps[i].moves_traffic && r->steps[i].state == STEP_UNDONE)
            r->steps[i].state = STEP_UNKNOWN;
}

static bool on_rollback(struct run *r, struct event *e, struct error *err)
{
    if (run_is_over(r) && !run_is_at_risk(r))
        return run_contradict(err, e, "it is over, and moved no traffic");
    begin_back(r, e, RUN_ROLLING_BACK);
    r->ended_at_ms = 0;
    run_set_text(&r->over, run_body_text(e, "over"));
    if (r->over[0] != '\0')
        undo_traffic_again(r);
    return true;
}

static bool on_signed_in(struct run *r, struct event *e, struct error *err)
{
    (void)err;
    run_set_text(&r->acts_as, e->by);
    return true;
}

/* Nobody knows how far the steps came that ran; what they wrote is asked of the world. */
static bool on_interrupted(struct run *r, struct event *e, struct error *err)
{
    (void)err;
    if (r->status != RUN_INTERRUPTED)
        r->before = r->status;
    r->status = RUN_INTERRUPTED;
    run_set_text(&r->handed_over_by, e->by);
    for (size_t i = 0; i < r->step_count; i++) {
        struct run_step *s = &r->steps[i];
        if (s->state == STEP_RUNNING || s->state == STEP_WAITING)
            s->state = STEP_UNKNOWN;
        run_set_text(&s->waiting_on, "");
    }
    return true;
}

/* ---- people ---- */

static struct run_item *add_item(struct run *r, const char *id)
{
    r->items = run_grow(r->items, r->item_count, sizeof *r->items);
    r->items[r->item_count] = (struct run_item){.id = xstrdup(id)};
    return &r->items[r->item_count++];
}

static bool on_item(struct run *r, struct event *e, struct error *err)
{
    const char *id = run_body_text(e, "id");
    int64_t recorded_at_ms = run_body_number(e, "recorded_at_ms");

    if (id[0] == '\0' || run_body_text(e, "state")[0] == '\0')
        return run_contradict(err, e, "it names no item, or no state");
    struct run_item *item = run_item(r, id);
    if (item == NULL)
        item = add_item(r, id);
    run_set_text(&item->state, run_body_text(e, "state"));
    run_set_text(&item->summary, run_body_text(e, "summary"));
    run_set_text(&item->by, e->by);
    item->at_ms = recorded_at_ms > 0 ? recorded_at_ms : e->at_ms;
    item->expires_at_ms = run_body_number(e, "expires_at_ms");
    json_decref(item->details);
    item->details = json_incref(json_object_get(e->body, "details"));
    return true;
}

static bool on_approved(struct run *r, struct event *e, struct error *err)
{
    const char *hash = run_body_text(e, "hash");

    if (hash[0] == '\0' || e->by[0] == '\0')
        return run_contradict(err, e, "an approval needs a person and a plan");
    r->approvals = run_grow(r->approvals, r->approval_count, sizeof *r->approvals);
    r->approvals[r->approval_count++] =
        (struct run_approval){xstrdup(e->by), xstrdup(hash), e->at_ms};
    return true;
}

/* Told and reported, but the run is as before. */
static bool changes_nothing(struct run *r, struct event *e, struct error *err)
{
    (void)r;
    (void)e;
    (void)err;
    return true;
}

const struct run_event_type run_event_types[] = {
    {"run_opened", "The run is there; ticks and approvals gather on it", on_opened, UNOPENED},
    {"run_started", "The plan is being executed", on_started, PENDING},
    {"step_started", "A step begins, or begins again", run_on_step_started, STARTED},
    {"step_waiting", "A step waits for a person, time or traffic, or goes on", run_on_step_waiting,
     STARTED},
    {"step_ended", "A step is over, and how", run_on_step_ended, STARTED},
    {"step_undone", "What a step did was taken back", run_on_step_undone, STARTED},
    {"effect_intent", "A write is about to be sent", run_on_intent, STARTED},
    {"effect_outcome", "What became of a write", run_on_outcome, STARTED},
    {"decided", "A fact that is acted on, once for all", run_on_decided, STARTED},
    {"noted", "A fact of which the newest counts", run_on_noted, STARTED},
    {"wait", "A deadline was fixed", run_on_wait, STARTED},
    {"measured", "What the judge saw, and its verdict", run_on_measured, STARTED},
    {"guard_begun", "Traffic is at risk: it is judged from now on", run_on_guard_begun, STARTED},
    {"asked", "A question to a person is open", run_on_asked, STARTED},
    {"answered", "A person answered", run_on_answered, STARTED},
    {"item_recorded", "An item of the checklist got a state", on_item, NOT_OVER},
    {"approved", "A person approved a plan", on_approved, NOT_OVER},
    {"paused", "A person stopped the run for now", on_paused, GOING},
    {"resumed", "The run goes on", on_resumed, PAUSED | INTERRUPTED},
    {"abort_requested", "The run is being stopped; traffic goes back", on_abort,
     STARTED & ~BIT(RUN_ROLLING_BACK)},
    {"rollback_started", "Everything goes back", on_rollback,
     STARTED | BIT(RUN_ROLLBACK_FAILED) | BIT(RUN_FAILED)},
    {"signed_in", "The run goes on with another sign-in", on_signed_in, ALWAYS},
    {"interrupted", "The process that drove the run went away, or left it to another",
     on_interrupted, STARTED},
    {"command", "A person asked for something", changes_nothing, ALWAYS},
    {"said", "A line for people", changes_nothing, ALWAYS},
    {"drift_seen", "Somebody else changed what this run changes", changes_nothing, ALWAYS},
    {"gap_seen", "This computer was away for a while", changes_nothing, ALWAYS},
    {"run_ended", "The run is over, and how", on_ended, NOT_OVER},
    {0},
};

/* ---- the fold ---- */

static const struct run_event_type *find_type(const char *name)
{
    for (const struct run_event_type *t = run_event_types; t->name != NULL; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

/* It waits as long as a person is waited for: nobody says so, it follows. */
static void settle(struct run *r)
{
    bool waits = r->prompt_count > 0;

    if ((BIT(r->status) & GOING) == 0)
        return;
    for (size_t i = 0; i < r->step_count && !waits; i++)
        waits = strcmp(r->steps[i].waiting_on, "person") == 0;
    r->status = waits ? RUN_WAITING : RUN_PROGRESSING;
}

static bool may_come(const struct run *r, const struct run_event_type *type, const struct event *e,
                     struct error *err)
{
    bool is_opening = type != NULL && type->in == UNOPENED;

    if (e->seq != r->last_seq + 1)
        return run_contradict(err, e, "event %lld is the next one", (long long)r->last_seq + 1);
    if (is_opening != (r->last_seq == 0))
        return run_contradict(err, e, "a run is opened first, and once");
    if (!is_opening && strcmp(r->id, e->stream) != 0)
        return run_contradict(err, e, "it belongs to another run than %s", r->id);
    if (!is_opening && type != NULL && (type->in & BIT(r->status)) == 0)
        return run_contradict(err, e, "the run is %s", run_status_name(r->status));
    return true;
}

bool run_apply(struct run *r, struct event *e, struct error *err)
{
    const struct run_event_type *type = find_type(e->type);

    if (!may_come(r, type, e, err))
        return false;
    if (type == NULL)
        r->needs_newer = true;
    else if (!type->apply(r, e, err))
        return false;
    settle(r);
    r->last_seq = e->seq;
    memcpy(r->last_hash, e->hash, sizeof r->last_hash);
    return true;
}
