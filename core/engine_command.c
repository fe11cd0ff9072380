/*
 * engine_command.c - what people may ask of a run, and when. Going back is never refused while
 * there is something to go back from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/event_text.h"
#include "core/four_eyes.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define AREA "engine"
#define INBOX_PATIENCE_MS 100 /* wall: it is looked into again soon */

#define IN(status) (1u << (status))
#define FORWARD (IN(RUN_PROGRESSING) | IN(RUN_WAITING) | IN(RUN_PAUSED) | IN(RUN_INTERRUPTED))
#define BACK (IN(RUN_ABORTING) | IN(RUN_ROLLING_BACK))
#define AT_RISK (IN(RUN_ROLLBACK_FAILED) | IN(RUN_FAILED))
#define OPEN (IN(RUN_PENDING) | FORWARD | BACK)

static bool obey(struct engine *e, const struct command *c, const char *type, json_t *body,
                 struct error *err)
{
    return engine_commit(e, type, "", c->by, body, err);
}

/* The group of the first gate of four eyes; NULL: the plan has none. */
static const struct people_group *group_of_gate(const struct engine *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (strcmp(e->steps[i].kind->name, "approval") == 0)
            return four_eyes_group(e->options.config,
                                   json_string_value(json_object_get(e->steps[i].params, "group")));
    return NULL;
}

/* One that does not count is recorded all the same, and says why. */
static bool approve(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);
    auto_free char *by = xstrdup(c->by);
    const struct run_approval approval = {.by = by, .hash = run->hash};
    const char *against = four_eyes_objection(run, group_of_gate(e), &approval);

    return obey(e, c, "approved", json_pack("{s:s, s:s*}", "hash", run->hash, "against", against),
                err);
}

static bool pause_run(struct engine *e, const struct command *c, struct error *err)
{
    return obey(e, c, "paused", engine_reason(c->reason), err);
}

static bool resume_run(struct engine *e, const struct command *c, struct error *err)
{
    if (!obey(e, c, "resumed", engine_reason(c->reason), err))
        return false;
    e->goes_forward = true;
    return true;
}

/* ---- a step that stopped ---- */

/* state NULL: no step has stopped. */
static void refuse_running(const struct run *run, const char *id, const char *state,
                           struct error *err)
{
    bool is_cut_off = run->status == RUN_INTERRUPTED;

    if (state == NULL)
        error_set(err, ERROR_CONFLICT, "no step has stopped");
    else if (is_cut_off)
        error_set(err, ERROR_CONFLICT, "%s has not stopped: nobody drives %s", id, run->id);
    else
        error_set(err, ERROR_CONFLICT, "%s has not stopped, it is %s", id, state);
    if (is_cut_off)
        error_hint(err, "Take it up first: flightdeck run resume %s", run->id);
}

/* The step that is meant: the named one, else the first that stopped. */
static const struct run_step *find_stopped(struct engine *e, const struct command *c,
                                           struct error *err)
{
    const struct run *run = engine_run(e);
    const struct run_step *step = c->step[0] != '\0' ? run_step(run, c->step) : NULL;

    if (c->step[0] != '\0' && step == NULL) {
        error_set(err, ERROR_NOT_FOUND, "the plan has no step \"%s\"", c->step);
        return NULL;
    }
    for (size_t i = 0; step == NULL && i < run->step_count; i++)
        if (engine_has_stopped(&run->steps[i]))
            step = &run->steps[i];
    if (step == NULL) {
        refuse_running(run, "", NULL, err);
        return NULL;
    }
    if (!engine_has_stopped(step)) {
        refuse_running(run, step->id, run_step_state_name(step->state), err);
        return NULL;
    }
    return step;
}

static bool note_command(struct engine *e, const struct command *c, const char *step,
                         struct error *err)
{
    json_t *body = engine_reason(c->reason);

    json_object_set_new(body, "verb", json_string(engine_verb_name(c->verb)));
    return engine_commit(e, "command", step, c->by, body, err);
}

/* What is decided of a step that stopped is a decision to go on: where the run was held, too. */
static bool note_decision(struct engine *e, const struct command *c, const char *step,
                          struct error *err)
{
    return note_command(e, c, step, err) &&
           (engine_run(e)->status != RUN_PAUSED ||
            engine_commit(e, "resumed", "", c->by, engine_reason(c->reason), err));
}

static bool retry(struct engine *e, const struct command *c, struct error *err)
{
    const struct run_step *step = find_stopped(e, c, err);

    if (step == NULL)
        return false;
    const struct plan_step *planned = engine_plan_step(e, step->id);
    int attempt = step->attempt + 1;
    return note_decision(e, c, planned->id, err) &&
           engine_commit(e, "step_started", planned->id, "", json_pack("{s:i}", "attempt", attempt),
                         err);
}

/* Skipping what moves traffic would leave it split, with nobody who moves it on. */
static bool may_skip(struct engine *e, const struct plan_step *step, struct error *err)
{
    const struct run *run = engine_run(e);

    if (!step->kind->moves_traffic || run->weight <= 0 || run->weight >= 1)
        return true;
    error_set(err, ERROR_CONFLICT, "%s has left v%s with %.4g %% of the traffic", step->id,
              run->new_version, run->weight * 100);
    return error_hint(err, "Retry it, or go back: flightdeck rollback %s", run->environment);
}

static bool skip(struct engine *e, const struct command *c, struct error *err)
{
    if (c->reason[0] == '\0') {
        error_set(err, ERROR_USAGE, "to skip a step needs a reason: it stands in the report");
        return error_hint(err, "run skip [RUN] STEP --reason TEXT; typed: skip STEP because TEXT");
    }
    const struct run_step *step = find_stopped(e, c, err);
    if (step == NULL || !may_skip(e, engine_plan_step(e, step->id), err))
        return false;
    const char *id = engine_plan_step(e, step->id)->id;
    json_t *body = engine_reason(c->reason);
    json_object_set_new(body, "state", json_string("skipped"));
    bool ok = note_decision(e, c, id, err);
    if (!ok) {
        json_decref(body);
        return false;
    }
    return engine_commit(e, "step_ended", id, c->by, body, err);
}

/* ---- questions ---- */

static bool offers(const struct run_prompt *prompt, const char *word)
{
    size_t i;
    json_t *choice;

    json_array_foreach(prompt->choices, i,
                       choice) if (strcmp(json_string_value(choice), word) == 0) return true;
    return json_array_size(prompt->choices) == 0;
}

static bool is_meant(const struct run_prompt *prompt, const char *named)
{
    return named[0] == '\0' || strcmp(prompt->id, named) == 0 || strcmp(prompt->step, named) == 0;
}

static bool refuse_answer(const struct run *run, const struct command *c, const char *word,
                          struct error *err)
{
    if (run->prompt_count == 0)
        return error_set(err, ERROR_CONFLICT, "nothing is asked now");
    error_set(err, ERROR_CONFLICT, "no open question%s%s takes the answer \"%s\"",
              c->step[0] != '\0' ? " of " : "", c->step, word);
    auto_free char *choices = json_dumps(run->prompts[0].choices, JSON_COMPACT);
    return error_hint(err, "%.120s %.100s", run->prompts[0].question,
                      choices != NULL ? choices : "");
}

static bool give_answer(struct engine *e, const struct command *c, const char *word,
                        struct error *err)
{
    const struct run *run = engine_run(e);

    for (size_t i = 0; i < run->prompt_count; i++) {
        const struct run_prompt *prompt = &run->prompts[i];
        if (is_meant(prompt, c->step) && offers(prompt, word))
            return engine_commit(e, "answered", prompt->step, c->by,
                                 json_pack("{s:s, s:s}", "id", prompt->id, "answer", word), err);
    }
    return refuse_answer(run, c, word, err);
}

static bool answer(struct engine *e, const struct command *c, struct error *err)
{
    return give_answer(e, c, c->answer, err);
}

static bool promote(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);

    if (run->prompt_count == 0)
        return error_set(err, ERROR_CONFLICT,
                         "nothing waits to be promoted: the judge has not "
                         "cleared this weight, or does not ask");
    return give_answer(e, c, "promote", err);
}

/* ---- the checklist ---- */

static bool record(struct engine *e, const struct command *c, const char *state,
                   int64_t lifetime_ms, struct error *err)
{
    auto_free char *reason = text_safe(c->reason);

    if (c->step[0] == '\0')
        return error_set(err, ERROR_USAGE, "which item?");
    json_t *body = json_pack("{s:s, s:s, s:s}", "id", c->step, "state", state, "summary", reason);
    if (lifetime_ms > 0)
        json_object_set_new(body, "expires_at_ms",
                            json_integer((json_int_t)(clock_world_ms() + lifetime_ms)));
    return obey(e, c, "item_recorded", body, err);
}

static bool tick(struct engine *e, const struct command *c, struct error *err)
{
    return record(e, c, "pass", e->options.config->manual_lifetime_ms, err);
}

static bool untick(struct engine *e, const struct command *c, struct error *err)
{
    return record(e, c, "todo", 0, err);
}

static bool waive(struct engine *e, const struct command *c, struct error *err)
{
    if (c->reason[0] == '\0')
        return error_set(err, ERROR_USAGE, "a waiver needs a reason");
    return record(e, c, "waived", 0, err);
}

/* ---- going back ---- */

/* Taken back it would bring the bad version: who asks to stop it, or for a rollback, gets its end.
 */
static bool finish_rollback(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);

    if (run_is_over(run))
        return error_set(err, ERROR_CONFLICT, "%s is a rollback: it is not taken back", run->id);
    return run->status != RUN_INTERRUPTED || resume_run(e, c, err);
}

static bool go_back(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);
    bool is_abort = c->verb == COMMAND_ABORT;

    if (run->status == RUN_PENDING)
        return engine_end_run(e, RUN_ABORTED, c->reason) ||
               error_set(err, ERROR_TRANSIENT, "the journal cannot be written");
    /* It goes back already; a rollback asks for more than an abort, and may go over what a person
     * was shown meanwhile. */
    if (engine_plan_goes_back(e) && run_wrote(run))
        return finish_rollback(e, c, err);
    const char *over = is_abort ? "" : c->answer;
    bool is_more = over[0] != '\0' && strcmp(over, run->over) != 0;
    if ((run->status == RUN_ROLLING_BACK && !is_more) || (run->status == RUN_ABORTING && is_abort))
        return true;
    return engine_go_back(e, is_abort, c->by, c->reason, over, err);
}

/* ---- the table ---- */

static const struct {
    const char *name;
    unsigned allowed; /* statuses */
    bool checks_seq;  /* refused when the run moved on since the sender looked */
    bool goes_on;     /* what was decided moves the run on: only by the plan it was started with */
    bool (*act)(struct engine *e, const struct command *c, struct error *err);
} verbs[COMMAND_COUNT] = {
    [COMMAND_APPROVE] = {"approve", FORWARD, false, true, approve},
    [COMMAND_PAUSE] = {"pause", IN(RUN_PROGRESSING) | IN(RUN_WAITING), false, false, pause_run},
    [COMMAND_RESUME] = {"resume", IN(RUN_PAUSED) | IN(RUN_INTERRUPTED), true, true, resume_run},
    [COMMAND_RETRY] = {"retry", FORWARD, true, true, retry},
    [COMMAND_SKIP] = {"skip", FORWARD, true, true, skip},
    [COMMAND_PROMOTE] = {"promote", FORWARD, true, true, promote},
    [COMMAND_ABORT] = {"abort", OPEN, false, false, go_back},
    [COMMAND_ROLLBACK] = {"rollback", OPEN | AT_RISK, false, false, go_back},
    [COMMAND_ANSWER] = {"answer", FORWARD, true, true, answer},
    [COMMAND_TICK] = {"tick", OPEN, false, false, tick},
    [COMMAND_UNTICK] = {"untick", OPEN, false, false, untick},
    [COMMAND_WAIVE] = {"waive", OPEN, false, false, waive},
};

const char *engine_verb_name(enum command_verb verb) { return verbs[verb].name; }

bool engine_verb_parse(const char *name, enum command_verb *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(verbs[i].name, name) == 0) {
            *out = (enum command_verb)i;
            return true;
        }
    return false;
}

/* ---- what changed since ---- */

/* Measurements and words do not change what a command means; these do. */
static bool changes_meaning(const char *type)
{
    static const char *const types[] = {"step_started", "step_ended",  "step_undone",
                                        "asked",        "answered",    "paused",
                                        "resumed",      "interrupted", "effect_intent"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static bool refuse_stale(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);
    struct event **events;
    size_t count;
    auto_free char *what = NULL;

    if (c->seen_seq <= 0 || c->seen_seq >= run->last_seq)
        return true;
    if (engine_commit_is_due(e))
        FD_IGNORE(engine_commit_rest(e));
    if (!journal_read(e->journal, run->id, c->seen_seq, &events, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (changes_meaning(events[i]->type)) {
            free(what);
            what = event_text(events[i]);
            if (what == NULL)
                what = xstrdup(events[i]->type);
        }
    journal_events_free(events, count);
    if (what == NULL)
        return true;
    error_set(err, ERROR_CONFLICT, "the run moved on since you looked: %s", what);
    return error_hint(err, "Look again, then say it again.");
}

/* Who asks for what was done meanwhile is told so, not refused. */
static bool is_done_already(const struct run *run, enum command_verb verb)
{
    return (run->status == RUN_ROLLED_BACK &&
            (verb == COMMAND_ROLLBACK || verb == COMMAND_ABORT)) ||
           (run->status == RUN_ABORTED && verb == COMMAND_ABORT);
}

static bool carry_out(struct engine *e, const struct command *c, struct error *err)
{
    const struct run *run = engine_run(e);
    const char *name = verbs[c->verb].name;

    if (run == NULL && c->verb == COMMAND_ABORT) {
        e->is_stopped = true;
        return true;
    }
    if (run == NULL)
        return error_set(err, ERROR_CONFLICT, "there is no run to %s", name);
    if (is_done_already(run, c->verb))
        return true;
    if ((c->verb == COMMAND_ROLLBACK || c->verb == COMMAND_ABORT) && c->by[0] != '\0')
        engine_try_hands(e, true);
    if (run_is_over(run) && !(c->verb == COMMAND_ROLLBACK && run_is_at_risk(run)))
        return error_set(err, ERROR_CONFLICT, "%s is over: %s", run->id,
                         run_status_name(run->status));
    if ((verbs[c->verb].allowed & IN(run->status)) == 0)
        return error_set(err, ERROR_CONFLICT, "cannot %s: %s is %s", name, run->id,
                         run_status_name(run->status));
    if (verbs[c->verb].checks_seq && !refuse_stale(e, c, err))
        return false;
    /* What is refused is not recorded: else whoever takes it up next would act on it. */
    if (verbs[c->verb].goes_on && !e->goes_forward && !engine_plan_may_go_on(e, err))
        return false;
    return verbs[c->verb].act(e, c, err);
}

enum engine_reply engine_on_command(struct engine *e, struct engine_request *r)
{
    return carry_out(e, r->closure, &r->err) ? ENGINE_REPLY_DONE : ENGINE_REPLY_ERROR;
}

/* ---- from other processes ---- */

static void read_posted(const struct journal_command *posted, struct command *out)
{
    *out = (struct command){.seen_seq = posted->seen_seq};
    (void)snprintf(out->step, sizeof out->step, "%s", posted->step);
    (void)snprintf(out->answer, sizeof out->answer, "%s", posted->answer);
    (void)snprintf(out->reason, sizeof out->reason, "%s", posted->reason);
    (void)snprintf(out->by, sizeof out->by, "%s", posted->by);
}

/* Whoever posted it reads the journal: a refusal is said there. */
static void refuse(struct engine *e, const struct journal_command *posted, const struct error *why)
{
    struct error ignored;
    auto_free char *text = xasprintf("%s was asked for by %s, and refused: %s", posted->verb,
                                     posted->by, why->message);
    auto_free char *safe = text_safe(text);
    auto_free char *reason = text_safe(why->message);
    auto_free char *hint = text_safe(why->hint);

    FD_IGNORE(engine_commit(e, "said", "", "",
                            json_pack("{s:s, s:I, s:s, s:s}", "text", safe, "command",
                                      (json_int_t)posted->id, "refused", reason, "hint", hint),
                            &ignored));
}

static void take(struct engine *e, const struct journal_command *posted)
{
    struct command command;
    struct error err;

    read_posted(posted, &command);
    if (!engine_verb_parse(posted->verb, &command.verb))
        error_set(&err, ERROR_USAGE, "this flightdeck does not know it");
    else if (carry_out(e, &command, &err))
        return;
    refuse(e, posted, &err);
}

/*
 * Done first and removed afterwards: a command is not lost when we die in between, and not done
 * again when it could not be removed. False: there is none, or not now.
 */
static bool take_next(struct engine *e)
{
    struct journal_command posted;
    struct error err;
    bool is_found;

    journal_set_patience(e->journal, INBOX_PATIENCE_MS);
    if (!journal_peek_command(e->journal, engine_run(e)->id, &posted, &is_found, &err)) {
        log_error(AREA, &err);
        return false;
    }
    if (!is_found)
        return false;
    if (posted.id > e->obeyed_id)
        take(e, &posted);
    e->obeyed_id = posted.id;
    journal_command_clear(&posted);
    /* What was obeyed is written before it is taken out of the inbox. */
    if (engine_commit_is_due(e) && !engine_commit_rest(e))
        return false;
    bool is_removed = journal_remove_command(e->journal, e->obeyed_id, &err);
    if (!is_removed && e->broken_since_ms == 0)
        log_error(AREA, &err);
    return is_removed;
}

void engine_check_inbox(struct engine *e)
{
    while (!e->is_closing && take_next(e))
        continue;
}
