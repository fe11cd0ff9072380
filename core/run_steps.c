/*
 * run_steps.c - how an event about one step changes a run: the step itself, its writes, its facts,
 * its questions. Each looks first and changes afterwards, so that a contradiction changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run_fold.h"

/* The step that the event is about. NULL: the error says so. */
static struct run_step *find_step(const struct run *r, const struct event *e, struct error *err)
{
    struct run_step *s = run_step(r, e->step);

    if (s == NULL)
        FD_IGNORE(run_contradict(err, e, "the plan has no step \"%s\"", e->step));
    return s;
}

static struct run_step *find_started_step(const struct run *r, const struct event *e,
                                          struct error *err)
{
    struct run_step *s = find_step(r, e, err);

    if (s == NULL || s->state != STEP_PENDING)
        return s;
    FD_IGNORE(run_contradict(err, e, "%s has not been started", s->id));
    return NULL;
}

static bool is_under_way(const struct run_step *s)
{
    return s->state == STEP_RUNNING || s->state == STEP_WAITING;
}

/* ---- the step itself ---- */

static int next_attempt(const struct run_step *s, const struct event *e)
{
    int64_t given = run_body_number(e, "attempt");

    if (given > 0 && given < INT32_MAX)
        return (int)given;
    return s->state == STEP_UNKNOWN ? s->attempt : s->attempt + 1;
}

bool run_on_step_started(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_step(r, e, err);

    if (s == NULL)
        return false;
    if (is_under_way(s) || s->state == STEP_SUCCEEDED || s->state == STEP_UNDONE)
        return run_contradict(err, e, "%s is %s", s->id, run_step_state_name(s->state));
    int attempt = next_attempt(s, e);
    if (attempt < s->attempt)
        return run_contradict(err, e, "attempt %d of %s comes after attempt %d", attempt, s->id,
                              s->attempt);
    if (attempt > s->attempt) {
        run_forget_waits(r, s->id);
        run_close_prompts(r, s->id);
        s->started_at_ms = e->at_ms;
    }
    s->attempt = attempt;
    s->state = STEP_RUNNING;
    s->ended_at_ms = 0;
    run_set_text(&s->reason, "");
    run_set_text(&s->waiting_on, "");
    return true;
}

bool run_on_step_waiting(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);
    const char *on = run_body_text(e, "on");

    if (s == NULL)
        return false;
    run_set_text(&s->waiting_on, on);
    if (!is_under_way(s)) /* it is over: a person decides what now, or its undo waits */
        return true;
    s->state = on[0] == '\0' ? STEP_RUNNING : STEP_WAITING;
    run_set_text(&s->reason, run_body_text(e, "reason"));
    return true;
}

/*
 * What is not under way may be given up, or turn out to be otherwise; it does not succeed, except
 * that what was unknown was found to have been done.
 */
static bool may_end(const struct run_step *s, enum step_state state)
{
    if (state == STEP_PENDING || state == STEP_RUNNING || state == STEP_WAITING ||
        state == STEP_UNDONE)
        return false;
    if (s->state == STEP_PENDING)
        return state == STEP_SKIPPED || state == STEP_ABORTED;
    return is_under_way(s) || s->state == STEP_UNKNOWN || state != STEP_SUCCEEDED;
}

bool run_on_step_ended(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_step(r, e, err);
    const char *name = run_body_text(e, "state");
    enum step_state state;

    if (s == NULL)
        return false;
    if (!run_step_state_parse(name, &state) || !may_end(s, state))
        return run_contradict(err, e, "%s is %s and cannot end as \"%s\"", s->id,
                              run_step_state_name(s->state), name);
    s->state = state;
    s->ended_at_ms = e->at_ms;
    run_set_text(&s->reason, run_body_text(e, "reason"));
    run_set_text(&s->waiting_on, "");
    run_close_prompts(r, s->id);
    return true;
}

bool run_on_step_undone(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);

    if (s == NULL)
        return false;
    if (is_under_way(s))
        return run_contradict(err, e, "%s is still under way", s->id);
    s->state = STEP_UNDONE;
    run_set_text(&s->waiting_on, "");
    if (run_body_text(e, "reason")[0] != '\0')
        run_set_text(&s->reason, run_body_text(e, "reason"));
    run_close_prompts(r, s->id);
    return true;
}

/* ---- its writes ---- */

/* A write that was done, or that may be on its way, is never begun again. */
bool run_on_intent(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);
    const char *key = run_body_text(e, "key");
    json_t *intent = json_object_get(e->body, "intent");

    if (s == NULL)
        return false;
    if (key[0] == '\0' || !json_is_object(intent))
        return run_contradict(err, e, "it names no write");
    const struct run_effect *before = run_effect(r, s->id, key);
    if (before != NULL && (before->state == EFFECT_DONE || before->state == EFFECT_INTENT))
        return run_contradict(err, e, "%s/%s is \"%s\" and must not be sent again", s->id, key,
                              run_effect_state_name(before->state));
    r->effects = run_grow(r->effects, r->effect_count, sizeof *r->effects);
    int64_t attempt = run_body_number(e, "attempt");
    r->effects[r->effect_count++] = (struct run_effect){
        .step = xstrdup(s->id),
        .key = xstrdup(key),
        .attempt = attempt > 0 && attempt < INT32_MAX ? (int)attempt : s->attempt,
        .state = EFFECT_INTENT,
        .intent = json_incref(intent),
        .intended_at_ms = e->at_ms,
    };
    return true;
}

bool run_on_outcome(struct run *r, struct event *e, struct error *err)
{
    const char *key = run_body_text(e, "key"), *name = run_body_text(e, "state");
    struct run_effect *effect = run_effect(r, e->step, key);
    enum effect_state state;

    if (effect == NULL)
        return run_contradict(err, e, "%s/%s was never intended", e->step, key);
    if (effect->state != EFFECT_INTENT && effect->state != EFFECT_UNKNOWN)
        return run_contradict(err, e, "%s/%s has an outcome", e->step, key);
    if (!run_effect_state_parse(name, &state) || state == EFFECT_INTENT)
        return run_contradict(err, e, "\"%s\" is no outcome", name);
    effect->state = state;
    effect->ended_at_ms = e->at_ms;
    json_decref(effect->result);
    effect->result = json_incref(json_object_get(e->body, "result"));
    return true;
}

/* ---- what it knows ---- */

/* Three facts are about the whole run. */
static void take_over(struct run *r, const char *key, const json_t *value)
{
    if (strcmp(key, "old_version") == 0 && json_is_string(value))
        run_set_text(&r->old_version, json_string_value(value));
    else if (strcmp(key, "new_version") == 0 && json_is_string(value))
        run_set_text(&r->new_version, json_string_value(value));
    else if (strcmp(key, "weight") == 0 && json_is_number(value))
        r->weight = json_number_value(value);
}

/* Copies share their facts: the changed object is a new one. */
static bool keep_fact(struct run *r, struct run_step *s, const struct event *e, struct error *err)
{
    const char *key = run_body_text(e, "key");
    json_t *value = json_object_get(e->body, "value");

    if (key[0] == '\0' || value == NULL)
        return run_contradict(err, e, "a fact needs a key and a value");
    json_t *facts = json_copy(s->facts);
    json_object_set(facts, key, value);
    json_decref(s->facts);
    s->facts = facts;
    take_over(r, key, value);
    return true;
}

bool run_on_decided(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);
    const char *key = run_body_text(e, "key");

    if (s == NULL)
        return false;
    if (json_object_get(s->facts, key) != NULL)
        return run_contradict(err, e, "%s has decided \"%s\" before", s->id, key);
    return keep_fact(r, s, e, err);
}

bool run_on_noted(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);

    return s != NULL && keep_fact(r, s, e, err);
}

bool run_on_wait(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);
    const char *key = run_body_text(e, "key");
    int64_t deadline_ms = run_body_number(e, "deadline_ms");

    if (s == NULL)
        return false;
    if (deadline_ms <= 0)
        return run_contradict(err, e, "it names no deadline");
    for (size_t i = 0; i < r->wait_count; i++)
        if (strcmp(r->waits[i].step, s->id) == 0 && strcmp(r->waits[i].key, key) == 0)
            return run_contradict(err, e, "the deadline %s/%s is fixed", s->id, key);
    r->waits = run_grow(r->waits, r->wait_count, sizeof *r->waits);
    r->waits[r->wait_count++] = (struct run_wait){xstrdup(s->id), xstrdup(key), deadline_ms};
    return true;
}

bool run_on_measured(struct run *r, struct event *e, struct error *err)
{
    if (find_started_step(r, e, err) == NULL)
        return false;
    if (!json_is_object(json_object_get(e->body, "verdict")))
        return run_contradict(err, e, "it has no verdict");
    r->measured = run_grow(r->measured, r->measured_count, sizeof(struct event *));
    r->measured[r->measured_count++] = event_ref(e);
    return true;
}

bool run_on_guard_begun(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);

    if (s == NULL)
        return false;
    run_set_text(&r->guard_step, s->id);
    return true;
}

/* ---- its questions ---- */

static size_t find_prompt(const struct run *r, const char *id)
{
    size_t i = 0;

    while (i < r->prompt_count && strcmp(r->prompts[i].id, id) != 0)
        i++;
    return i;
}

bool run_on_asked(struct run *r, struct event *e, struct error *err)
{
    struct run_step *s = find_started_step(r, e, err);
    const char *id = run_body_text(e, "id");

    if (s == NULL)
        return false;
    if (id[0] == '\0' || find_prompt(r, id) < r->prompt_count)
        return run_contradict(err, e, "the question \"%s\" is open", id);
    if (json_object_get(r->answers, id) != NULL)
        return run_contradict(err, e, "the question \"%s\" was answered", id);
    r->prompts = run_grow(r->prompts, r->prompt_count, sizeof *r->prompts);
    r->prompts[r->prompt_count++] = (struct run_prompt){
        .id = xstrdup(id),
        .step = xstrdup(s->id),
        .question = xstrdup(run_body_text(e, "question")),
        .choices = json_incref(json_object_get(e->body, "choices")),
        .asked_at_ms = e->at_ms,
        .deadline_ms = run_body_number(e, "deadline_ms"),
    };
    return true;
}

bool run_on_answered(struct run *r, struct event *e, struct error *err)
{
    const char *id = run_body_text(e, "id");
    size_t index = find_prompt(r, id);
    json_t *answer = json_object_get(e->body, "answer");

    if (index == r->prompt_count)
        return run_contradict(err, e, "nobody asked \"%s\"", id);
    if (!json_is_string(answer))
        return run_contradict(err, e, "\"%s\" has no answer", id);
    json_t *answers = json_copy(r->answers);
    json_object_set(answers, id, answer);
    json_decref(r->answers);
    r->answers = answers;
    run_forget_prompt(r, index);
    return true;
}
