/*
 * desk_shift.c - the lane that moves the slider. With a run under way the slider speaks for the
 * run: its next weight is a promotion, less is going back.
 */
#include "cli/desk_shift.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/desk_asked.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/desk_start.h"
#include "cli/overriding.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "cli/sliding.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/locked.h"
#include "core/mem.h"
#include "core/opening.h"
#include "core/report.h"
#include "core/run.h"
#include "core/sign_in.h"
#include "core/text.h"

#define PATIENCE_MS 2000
#define SAME_WEIGHT 1e-6
/* ---- what is asked ---- */

static bool read_request(struct desk_shift *s, struct error *err)
{
    const json_t *weight = json_object_get(s->request, "weight");

    if (!desk_asked_environment(s->environment, err))
        return false;
    s->slide.environment = s->environment;
    s->slide.weight = json_number_value(weight);
    s->slide.api = config_resource_of_kind(s->environment, "lambda");
    if (s->slide.api == NULL)
        return error_set(err, ERROR_USAGE, "%s has no lambda resource", s->environment->name);
    return (json_is_number(weight) && s->slide.weight >= 0 && s->slide.weight <= 1) ||
           error_set(err, ERROR_USAGE, "a weight is a number from 0 to 1");
}

static bool find_run(struct desk_shift *s, struct error *err)
{
    if (!desk_asked_open_run(s->desk, s->environment, &s->run, err))
        return false;
    if (s->run != NULL && s->run->status == RUN_PENDING) {
        run_free(s->run);
        s->run = NULL;
    }
    return true;
}

/* The run says which version it is about. */
static bool look(struct desk_shift *s, struct error *err)
{
    const char *version = desk_asked_given(s->request, "version");

    if (s->run != NULL && s->run->new_version[0] != '\0')
        version = s->run->new_version;
    return session_connect(desk_session(s->desk, s->request), s->environment, &s->world, err) &&
           (!desk_journal_is_there(s->desk->state_directory) ||
            journal_open(s->desk->state_directory, &s->journal, err)) &&
           sliding_read(&s->slide, s->world->aws, err) &&
           sliding_choose(&s->slide, s->world->aws, version, err);
}

/* ---- what it would be ---- */

static bool offers_promotion(const struct run *run)
{
    for (size_t i = 0; i < run->prompt_count; i++) {
        json_t *choice;
        size_t k;
        json_array_foreach(run->prompts[i].choices, k,
                           choice) if (strcmp(json_string_value(choice), "promote") ==
                                       0) return true;
    }
    return false;
}

static bool is_next_rung(const struct desk_shift *s)
{
    const struct environment *e = s->environment;

    for (size_t i = 0; i < e->rung_count; i++)
        if (e->ladder[i].weight > s->run->weight + SAME_WEIGHT)
            return fabs(e->ladder[i].weight - s->slide.weight) < SAME_WEIGHT;
    return false;
}

static void refuse_in_run(struct desk_shift *s)
{
    const struct run *run = s->run;

    s->how = "promote";
    error_set(&s->refused, ERROR_CONFLICT, "%s moves it: %s", run->id,
              is_next_rung(s) ? "it asks when the judge has cleared this weight"
                              : "its ladder has another weight next");
    error_hint(&s->refused, "Less is going back; `!` goes back at once.");
}

static void decide(struct desk_shift *s)
{
    bool is_less = s->slide.weight < sliding_share(&s->slide) - SAME_WEIGHT;
    const char *override = desk_asked_given(s->request, "override");

    s->how = is_less && s->run != NULL ? "back" : "hand";
    if (s->run == NULL) {
        FD_IGNORE(sliding_may_move(&s->slide, s->journal, override, &s->refused));
    } else if (!is_less && offers_promotion(s->run) && is_next_rung(s)) {
        s->how = "promote";
    } else if (!is_less) {
        refuse_in_run(s);
    }
}

bool desk_shift_read(struct desk_shift *s, struct error *err)
{
    if (!read_request(s, err) || !find_run(s, err) || !look(s, err))
        return false;
    decide(s);
    return true;
}

void desk_shift_clear(struct desk_shift *s)
{
    run_free(s->run);
    journal_close(s->journal);
}

/* ---- shift ---- */

/* The lane that does such things answers it. */
static void hand_on(struct desk_shift *s, const char *lane, json_t *words)
{
    static const char *const kept[] = {"id", "caller", "screen"}; /* whose it is */

    json_object_set_new(words, "env", json_string(s->environment->name));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        json_t *value = json_object_get(s->request, kept[i]);
        if (value != NULL)
            json_object_set_new(words, kept[i], json_deep_copy(value));
    }
    desk_post(s->desk, lane, words);
}

static void shift_in_run(struct desk_shift *s)
{
    if (strcmp(s->how, "back") == 0)
        hand_on(s, "back",
                json_pack("{s:s, s:s, s:s}", "verb", "rollback", "target", s->run->old_version,
                          "reason", "the slider was moved back"));
    else
        hand_on(s, "command",
                json_pack("{s:s, s:s, s:s, s:I}", "verb", "command", "run", s->run->id, "command",
                          "promote", "seen_seq", (json_int_t)s->run->last_seq));
}

/* A run that began or ended since is another way; going back is never stale by its revision. */
static bool is_as_previewed(const struct desk_shift *s, struct error *err)
{
    const char *revision = desk_asked_text(s->request, "revision_id"),
               *how = desk_asked_given(s->request, "how");
    bool is_same_way = how == NULL || strcmp(how, s->how) == 0;

    if (!is_same_way) {
        error_set(err, ERROR_CONFLICT, "%s%s: that is not what was previewed",
                  s->run != NULL ? s->run->id : "no run",
                  s->run != NULL ? " moves it now" : " moves it any more");
        error_code(err, "stale");
        return error_hint(err, "Look at it again: p previews.");
    }
    if (strcmp(s->how, "back") == 0 || revision[0] == '\0' ||
        strcmp(revision, s->slide.alias.revision_id) == 0)
        return true;
    auto_free char *split = alias_split_text(&s->slide.alias);
    error_set(err, ERROR_CONFLICT, "somebody changed it since the preview: it serves %s now",
              split);
    error_code(err, "stale");
    return error_hint(err, "Look at it again: p previews.");
}

/* Until the write was read back, or something came between. */
static bool await_end(struct desk_shift *s, struct engine *engine, struct error *err)
{
    while (!engine_wait(engine, PATIENCE_MS))
        if (cancel_is_set(s->desk->cancel))
            return error_set(err, ERROR_CANCELLED, "flightdeck is closing; look at the alias");
    struct run *run = engine_snapshot(engine);
    bool ok = run->status == RUN_SUCCEEDED;
    if (!ok) {
        auto_free char *outcome = report_outcome(run);
        error_set(err, run->status == RUN_FAILED ? ERROR_REFUSED : ERROR_CONFLICT, "%s", outcome);
        error_hint(err, "`!` puts it back.");
    }
    s->run = run;
    return ok;
}

static bool start(struct desk_shift *s, struct by_hand *hand, const json_t *plan,
                  const struct signed_in *who, struct error *err)
{
    struct sign_in *sign_in = desk_sign_in(s->desk, s->request);
    const struct flight_wish wish = {.environment = s->environment,
                                     .hand = hand,
                                     .session = desk_session(s->desk, s->request),
                                     .sign_in = sign_in,
                                     .is_named = true,
                                     .actor = who->actor,
                                     .patience_ms = PATIENCE_MS};
    struct engine *engine;

    bool is_open = desk_flight_begin(s->desk, &wish, &engine, err);
    sign_in_unref(sign_in);
    if (!is_open)
        return false;
    bool ok = desk_start_preflight(s->desk, s->environment, engine, err) &&
              engine_start(engine, NULL, plan, err) && await_end(s, engine, err);
    desk_flight_leave(s->desk, s->environment);
    return ok;
}

static bool shift_by_hand(struct desk_shift *s, struct error *err)
{
    struct by_hand hand = {.step = {0}};
    const struct signed_in *who;
    json_t *plan = NULL;

    if (s->refused.kind != ERROR_NONE) {
        *err = s->refused;
        return false;
    }
    if (!session_sign_in(desk_session(s->desk, s->request), s->environment, &who, err) ||
        !sliding_plan(&s->slide, s->desk->config, &hand, &plan, err))
        return false;
    overriding_write(desk_asked_given(s->request, "override"), s->environment, plan,
                     who->actor.name);
    if (desk_asked_given(s->request, "reason") != NULL)
        json_object_set_new(plan, "reason", json_string(desk_asked_text(s->request, "reason")));
    bool ok = start(s, &hand, plan, who, err);
    by_hand_clear(&hand);
    json_decref(plan);
    return ok;
}

static void shift(struct lane *lane, const struct environment *environment, const json_t *request)
{
    struct desk_shift s = {.desk = lane->desk, .environment = environment, .request = request};
    struct error err;
    bool ok =
        desk_shift_read(&s, &err) && (s.refused.kind != ERROR_NONE || is_as_previewed(&s, &err));
    bool is_in_run = ok && s.run != NULL && s.refused.kind == ERROR_NONE;

    if (is_in_run)
        shift_in_run(&s);
    else
        ok = ok && shift_by_hand(&s, &err);
    if (!is_in_run)
        desk_asked_end(lane->desk, request, ok, desk_asked_run(s.run != NULL ? s.run->id : ""),
                       &err);
    desk_shift_clear(&s);
    if (environment != NULL)
        desk_refresh(lane->desk, environment->name, "status");
}

static const struct desk_verb verbs[] = {{"shift", shift}, {0}};

const struct lane_kind lane_shift = {.name = "shift", .verbs = verbs};
