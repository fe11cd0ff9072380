/*
 * shift.c - moves the traffic to the new version, weight by weight, each judged.
 *
 * Before the first write: what the alias is, the numbers of the half hour before, a few calls of
 * our own to warm the version, and the guard. Then per weight: one guarded write, read back; wait
 * until the judge clears it; where the environment says so, ask. The way back is one write.
 */
#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "aws/dead_man.h"
#include "aws/judging.h"
#include "aws/outcome.h"
#include "aws/own_calls.h"
#include "aws/patience.h"
#include "aws/preflight.h"
#include "aws/released.h"
#include "aws/steps.h"
#include "aws/undecided.h"
#include "core/clock.h"
#include "core/event_text.h"
#include "core/judge.h"
#include "core/mem.h"
#include "core/text.h"

#define WARMING_CALLS 5
#define MOST_RUNGS 64
#define KEY_SIZE 40
#define USUAL_TIMEOUT_S 30 /* where a plan cannot ask */
/* A version that fails from its first request on should not be found out an interval late. */
#define EAGER_EVERY_MS 20000
#define EAGER_FOR_MS (10 * JUDGE_MINUTE_MS) /* at the first weight */

static const struct param params[] = {
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .is_required = true,
     .of = "lambda",
     .help = "the function whose alias it is"},
    {0},
};

struct shifting {
    struct step_ctx *ctx;
    const struct environment *environment;
    const struct resource *resource;
    const char *function, *alias, *version; /* the new one */
    json_t *before;                         /* what the alias was; owned */
    char old_version[LAMBDA_VERSION_SIZE];
    char revision[64];
};

/* ---- plan ---- */

static json_t *planned_call(const struct resource *resource, const char *deploy_id, double weight)
{
    auto_free char *fresh = xasprintf("${%s.new_version}", deploy_id);
    auto_free char *old = xasprintf("${%s.old_version}", deploy_id);
    auto_free char *mark = xasprintf("flightdeck ${run} ${actor} %s>%s until ${time}", old, fresh);
    json_t *weights = json_object();

    if (weight < 1)
        json_object_set_new(weights, fresh, json_real(weight));
    return json_pack(
        "{s:s, s:s, s:{s:s, s:s, s:s, s:{s:o}, s:s}}", "service", "lambda", "operation",
        "UpdateAlias", "params", "FunctionName", config_resource_text(resource, "lambda"), "Name",
        config_resource_text(resource, "alias"), "FunctionVersion", weight < 1 ? old : fresh,
        "RoutingConfig", "AdditionalVersionWeights", weights, "Description", mark);
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const struct environment *environment = context->environment;
    const struct resource *resource = released_function(environment, context->step->params, err);
    if (resource == NULL || !judging_check(context->config, err))
        return false;
    const struct plan_step *deploy = released_by(environment, context->step, resource);
    if (deploy == NULL) {
        error_set(err, ERROR_USAGE, "no step before it deploys a new version of %s",
                  resource->name);
        return error_hint(err, "Put `deploy: %s` before it", resource->name);
    }
    *out = (struct step_plan){.calls = json_array()};
    if (dead_man_is_wanted(context->config))
        json_array_append_new(out->calls, dead_man_planned_call(context, resource, deploy->id));
    for (size_t i = 0; i < environment->rung_count; i++) {
        const struct rung *rung = &environment->ladder[i];
        json_array_append_new(out->calls, planned_call(resource, deploy->id, rung->weight));
        out->expected_ms += judge_least_ms(&context->config->judge, rung, USUAL_TIMEOUT_S);
    }
    out->summary =
        xasprintf("traffic of %s:%s to the new version in %zu weight%s, each judged%s",
                  config_resource_text(resource, "lambda"), config_resource_text(resource, "alias"),
                  environment->rung_count, environment->rung_count == 1 ? "" : "s",
                  environment->advance == ADVANCE_ASK ? " and asked for" : "");
    out->undo = xasprintf("one UpdateAlias: all traffic to ${%s.old_version}, no weights, the "
                          "description as before",
                          deploy->id);
    return true;
}

/* ---- before the first write ---- */

static bool capture(struct shifting *s, struct error *err)
{
    json_t *captured;
    const json_t *decided;

    if (step_fact(s->ctx, step_id(s->ctx), "captured") != NULL)
        return true;
    return judging_capture(step_world(s->ctx)->aws, step_config(s->ctx), s->environment,
                           s->resource, clock_world_ms(), step_cancel(s->ctx), &captured, err) &&
           step_decide(s->ctx, "captured", captured, &decided, err);
}

static bool check_layout(const struct shifting *s, const struct lambda_alias *seen,
                         struct error *err)
{
    const struct plan_step *deploy =
        released_by(s->environment, step_plan_context(s->ctx)->step, s->resource);
    const char *served = step_fact_text(s->ctx, deploy != NULL ? deploy->id : "", "old_version");

    if (seen->weight_count > 0) {
        auto_free char *split = alias_split_text(seen);
        return error_set(err, ERROR_REFUSED, "%s:%s is split already: %s", s->function, s->alias,
                         split);
    }
    if (served[0] != '\0' && strcmp(served, seen->version) != 0)
        return error_set(err, ERROR_REFUSED,
                         "%s:%s serves v%s now, and served v%s when v%s was published", s->function,
                         s->alias, seen->version, served, s->version);
    return true;
}

static bool begin(struct shifting *s, struct error *err)
{
    bool is_first = step_fact(s->ctx, step_id(s->ctx), "before") == NULL;
    struct lambda_alias seen;
    const json_t *before;

    if (!alias_begin(s->ctx, s->function, s->alias, s->version, &seen, &before, err))
        return false;
    json_decref(s->before);
    s->before = json_deep_copy(before);
    struct alias_layout layout = alias_before_layout(s->before);
    (void)snprintf(s->old_version, sizeof s->old_version, "%s", layout.version);
    (void)snprintf(s->revision, sizeof s->revision, "%s",
                   json_string_value(json_object_get(s->before, "revision_id")));
    return !is_first || check_layout(s, &seen, err);
}

static bool serves_already(const struct shifting *s)
{
    return strcmp(s->old_version, s->version) == 0;
}

static bool prepare(struct shifting *s, struct error *err)
{
    struct patience patience = patience_begin(s->ctx);

    while (!begin(s, err) || !(serves_already(s) || capture(s, err)))
        if (!patience_again(&patience, err))
            return false;
    return true;
}

/* Cold starts are ours, not the users'. A version that fails each of our calls reaches no user. */
static enum step_outcome warm(struct shifting *s, struct error *err)
{
    struct judge_tally calls;
    const json_t *decided;
    bool has_event;

    if (step_fact(s->ctx, step_id(s->ctx), "warmed") != NULL)
        return STEP_OUTCOME_SUCCEEDED;
    if (!own_calls(s->ctx, s->function, s->version, WARMING_CALLS, &calls, &has_event, err))
        return outcome_of_error(err);
    if (has_event && calls.requests > 0 && calls.failed == calls.requests) {
        error_set(err, ERROR_REFUSED, "v%s failed all of our %lld calls: no user is sent to it",
                  s->version, (long long)calls.requests);
        return outcome_of_unfit(s->ctx);
    }
    return step_decide(s->ctx, "warmed",
                       json_pack("{s:I, s:I}", "calls", (json_int_t)calls.requests, "failed",
                                 (json_int_t)calls.failed),
                       &decided, err)
               ? STEP_OUTCOME_SUCCEEDED
               : outcome_of_error(err);
}

/* ---- one weight ---- */

static const char *rung_key(const char *what, size_t index, char out[static KEY_SIZE])
{
    (void)snprintf(out, KEY_SIZE, "%s-%zu", what, index + 1);
    return out;
}

/* Too little traffic is said then. */
static int64_t deadline_of(struct shifting *s, const struct judging_weight *w)
{
    const struct judge_settings *settings = &step_config(s->ctx)->judge;
    int timeout_s = judging_timeout_s(step_fact(s->ctx, step_id(s->ctx), "captured"));
    int64_t judged_ms = judge_deadline_ms(settings, timeout_s, w->since_ms);
    int64_t baked_ms = w->since_ms + w->bake_ms + settings->deadline_ms;
    return judged_ms > baked_ms ? judged_ms : baked_ms;
}

/* How long it is watched after the last weight; 0 = not at all. */
static int64_t watched_ms(const struct shifting *s)
{
    bool is_after = false;
    int64_t sum_ms = 0;
    for (size_t i = 0; i < s->environment->step_count; i++) {
        const struct plan_step *step = &s->environment->steps[i];
        if (is_after && strcmp(step->kind->name, "watch") == 0)
            sum_ms += json_integer_value(json_object_get(step->params, "duration"));
        is_after = is_after || strcmp(step->id, step_id(s->ctx)) == 0;
    }
    return sum_ms;
}

/*
 * The mark stands for as long as this weight may take: to its deadline, as long again for whoever
 * is asked then, and at the last one while it is watched. Else another machine would take the run
 * for one that died.
 */
static int64_t marked_until_ms(struct shifting *s, const struct rung *rung)
{
    const struct judging_weight from_now = {rung->weight, clock_world_ms(), rung->bake_ms};
    return deadline_of(s, &from_now) + step_config(s->ctx)->judge.deadline_ms +
           (rung->weight < 1 ? 0 : watched_ms(s));
}

static struct alias_layout layout_for(struct shifting *s, const struct rung *rung)
{
    struct alias_owner owner = {.until_ms = marked_until_ms(s, rung)};
    (void)snprintf(owner.run, sizeof owner.run, "%s", step_run_id(s->ctx));
    (void)snprintf(owner.actor, sizeof owner.actor, "%s", step_actor(s->ctx));
    (void)snprintf(owner.old_version, sizeof owner.old_version, "%s", s->old_version);
    (void)snprintf(owner.new_version, sizeof owner.new_version, "%s", s->version);
    auto_free char *mark = alias_describe(&owner);
    return alias_layout_split(s->old_version, s->version, rung->weight, mark);
}

/*
 * A write that was refused is tried again only from where the traffic was left: whoever changed it
 * meanwhile has put it back, and its revision is a new one.
 */
static bool refresh_revision(struct shifting *s, size_t index, const char *effect_key,
                             struct error *err)
{
    const struct run_effect *e = run_effect(step_run(s->ctx), step_id(s->ctx), effect_key);
    double left_at = index > 0 ? s->environment->ladder[index - 1].weight : 0;
    struct alias_layout left = alias_layout_split(s->old_version, s->version, left_at, "");
    struct lambda_alias seen;

    if (e == NULL || e->state != EFFECT_FAILED)
        return true;
    if (!lambda_get_alias(step_world(s->ctx)->aws, s->function, s->alias, step_cancel(s->ctx),
                          &seen, err))
        return false;
    if (alias_serves(&seen, &left))
        (void)snprintf(s->revision, sizeof s->revision, "%s", seen.revision_id);
    return true;
}

/* A weight that nobody would take back is not set. */
static bool write_weight(struct shifting *s, const char *effect_key,
                         const struct alias_layout *layout, struct error *err)
{
    const struct run_effect *e = run_effect(step_run(s->ctx), step_id(s->ctx), effect_key);
    struct error late;

    if (e != NULL && e->state == EFFECT_DONE)
        return alias_write(s->ctx, step_world(s->ctx)->aws, effect_key, s->function, s->alias,
                           layout, s->revision, err);
    if (!dead_man_put_off(s->ctx, DEAD_MAN_ANY, NULL, err) ||
        !alias_write(s->ctx, step_world(s->ctx)->aws, effect_key, s->function, s->alias, layout,
                     s->revision, err))
        return false;
    if (!dead_man_put_off(s->ctx, DEAD_MAN_OURS, NULL, &late))
        step_say(s->ctx, "the dead-man switch still takes back whatever is there: %s",
                 late.message);
    return true;
}

/* Of the effect. */
static const char *weight_key(double weight, char out[static KEY_SIZE])
{
    (void)snprintf(out, KEY_SIZE, "weight-%.6g", weight * 100);
    return out;
}

/* Replayed after a crash: a weight that was set long ago is not set again. */
static bool set_weight(struct shifting *s, size_t index, struct judging_weight *out,
                       struct error *err)
{
    const struct rung *rung = &s->environment->ladder[index];
    struct alias_layout layout = layout_for(s, rung);
    char effect_key[KEY_SIZE], key[KEY_SIZE];
    const json_t *decided;

    rung_key("rung", index, key);
    weight_key(rung->weight, effect_key);
    bool is_new = step_fact(s->ctx, step_id(s->ctx), key) == NULL;
    if ((is_new && !step_note_fact(s->ctx, "asked", json_real(rung->weight), err)) ||
        !refresh_revision(s, index, effect_key, err) ||
        !write_weight(s, effect_key, &layout, err) ||
        (is_new && !step_note_fact(s->ctx, "weight", json_real(rung->weight), err)) ||
        !step_decide(s->ctx, key,
                     json_pack("{s:f, s:I, s:I}", "weight", rung->weight, "since_ms",
                               (json_int_t)clock_world_ms(), "bake_ms", (json_int_t)rung->bake_ms),
                     &decided, err))
        return false;
    out->weight = rung->weight;
    out->since_ms = json_integer_value(json_object_get(decided, "since_ms"));
    out->bake_ms = rung->bake_ms;
    if (is_new)
        step_say(s->ctx, "v%s has %.4g %% of the traffic of %s:%s", s->version, rung->weight * 100,
                 s->function, s->alias);
    return true;
}

static bool is_about(const struct verdict *v, const struct judging_weight *w)
{
    double gap = v->weight - w->weight;
    return v->at_ms >= w->since_ms && gap < 1e-9 && gap > -1e-9;
}

/* Until a verdict, or the deadline; while nothing is known yet the guard looks more often. */
static bool wait_verdict(struct shifting *s, const struct judging_weight *w, bool is_first,
                         int64_t deadline_ms, struct error *err)
{
    int64_t now_ms = clock_world_ms(), next_ms = now_ms + EAGER_EVERY_MS;

    if (!is_first || next_ms > w->since_ms + EAGER_FOR_MS || next_ms > deadline_ms)
        return step_wait_change(s->ctx, deadline_ms, err);
    if (!step_wait_change(s->ctx, next_ms, err))
        return false;
    if (clock_world_ms() >= next_ms)
        step_guard_poke(s->ctx);
    return true;
}

/* Until the judge clears it, a person does (*is_promoted), or it is to go back. */
static enum step_outcome wait_cleared(struct shifting *s, const struct judging_weight *w,
                                      bool is_first, const struct undecided *u, bool *is_promoted,
                                      struct error *err)
{
    int64_t deadline_ms = deadline_of(s, w);

    if (!step_waiting(s->ctx, "traffic", err, "v%s at %.4g %%: the judge looks at each minute",
                      s->version, w->weight * 100))
        return outcome_of_error(err);
    for (;;) {
        struct verdict v;
        bool is_seen = step_latest_verdict(s->ctx, &v) && is_about(&v, w);

        if (is_seen && v.kind == VERDICT_GOOD)
            return STEP_OUTCOME_SUCCEEDED;
        if (is_seen && v.kind == VERDICT_BAD) {
            error_set(err, ERROR_REFUSED, "%s", v.sentence);
            return STEP_OUTCOME_ROLL_BACK;
        }
        *is_promoted = true;
        if (is_seen && v.kind == VERDICT_HOLD)
            return undecided_held(u, v.sentence, err);
        if (clock_world_ms() >= deadline_ms)
            return undecided_late(u, is_seen ? v.sentence : "there is no verdict", err);
        *is_promoted = false;
        if (!wait_verdict(s, w, is_first, deadline_ms, err))
            return outcome_of_error(err);
    }
}

/* At each weight but the last a person may have to agree to the next one. */
static enum step_outcome ask_on(struct shifting *s, size_t index, const struct undecided *u,
                                struct error *err)
{
    struct verdict v = {.sentence = ""};

    if (s->environment->advance != ADVANCE_ASK || index + 1 == s->environment->rung_count)
        return STEP_OUTCOME_SUCCEEDED;
    FD_IGNORE(step_latest_verdict(s->ctx, &v));
    auto_free char *question = xasprintf("%s. v%s from %.4g %% to %.4g %%?", v.sentence, s->version,
                                         s->environment->ladder[index].weight * 100,
                                         s->environment->ladder[index + 1].weight * 100);
    return undecided_promote(u, question, err);
}

static enum step_outcome climb(struct shifting *s, size_t index, struct error *err)
{
    char key[KEY_SIZE];
    const json_t *decided;
    struct judging_weight weight;
    struct patience patience = patience_begin(s->ctx);

    while (!set_weight(s, index, &weight, err))
        if (!patience_again(&patience, err))
            return dead_man_was_carried_out(s->ctx, err) ? STEP_OUTCOME_ROLL_BACK
                                                         : outcome_of_error(err);
    rung_key("cleared", index, key);
    if (step_fact(s->ctx, step_id(s->ctx), key) != NULL)
        return STEP_OUTCOME_SUCCEEDED;
    const struct undecided u = {s->ctx, s->function, s->version, weight.weight};
    bool is_promoted = false;
    enum step_outcome outcome = wait_cleared(s, &weight, index == 0, &u, &is_promoted, err);
    if (outcome == STEP_OUTCOME_SUCCEEDED && !is_promoted)
        outcome = ask_on(s, index, &u, err);
    if (outcome != STEP_OUTCOME_SUCCEEDED)
        return outcome;
    return step_decide(s->ctx, key, json_integer(clock_world_ms()), &decided, err)
               ? STEP_OUTCOME_SUCCEEDED
               : outcome_of_error(err);
}

/* ---- the step ---- */

static bool set_switch(struct shifting *s, struct error *err)
{
    struct patience patience = patience_begin(s->ctx);

    while (!dead_man_set(s->ctx, s->function, s->alias, s->before, s->version, err))
        if (!patience_again(&patience, err))
            return false;
    return true;
}

static enum step_outcome shift(struct shifting *s, struct error *err)
{
    if (!prepare(s, err))
        return outcome_of_error(err);
    if (serves_already(s)) {
        error_set(err, ERROR_REFUSED, "v%s serves all traffic already", s->version);
        return STEP_OUTCOME_SKIPPED;
    }
    if (dead_man_was_carried_out(s->ctx, err))
        return STEP_OUTCOME_ROLL_BACK;
    enum step_outcome outcome = warm(s, err);
    if (outcome != STEP_OUTCOME_SUCCEEDED)
        return outcome;
    if (!set_switch(s, err) || !step_guard_begin(s->ctx, err))
        return outcome_of_error(err);
    for (size_t i = 0; i < s->environment->rung_count; i++) {
        outcome = climb(s, i, err);
        if (outcome != STEP_OUTCOME_SUCCEEDED)
            return outcome;
    }
    if (watched_ms(s) == 0 && /* a watch wants the mark, and takes it away at its end */
        (!dead_man_see_off(s->ctx, step_id(s->ctx), err) ||
         !alias_describe_as_before(s->ctx, s->function, s->alias, s->version, s->before, err)))
        return outcome_of_error(err);
    return STEP_OUTCOME_SUCCEEDED;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), err);
    if (resource == NULL)
        return outcome_of_error(err);
    auto_free char *version = released_version(ctx, resource);
    struct shifting s = {.ctx = ctx,
                         .environment = step_environment(ctx),
                         .resource = resource,
                         .function = config_resource_text(resource, "lambda"),
                         .alias = config_resource_text(resource, "alias"),
                         .version = version};
    if (version[0] == '\0') {
        error_set(err, ERROR_REFUSED, "there is no new version to shift to");
        return STEP_OUTCOME_SKIPPED;
    }
    enum step_outcome outcome = shift(&s, err);
    json_decref(s.before);
    return outcome;
}

/* ---- judging, in any state of the run ---- */

/*
 * A weight that was sent, and whose process died before it had seen it: users may be on it, so they
 * are watched.
 */
static bool read_weight_in_doubt(struct step_ctx *ctx, size_t index, struct judging_weight *out)
{
    const struct environment *environment = step_environment(ctx);
    char key[KEY_SIZE];

    if (index >= environment->rung_count)
        return false;
    const struct rung *rung = &environment->ladder[index];
    const struct run_effect *e =
        run_effect(step_run(ctx), step_id(ctx), weight_key(rung->weight, key));
    if (e == NULL || e->state == EFFECT_FAILED)
        return false;
    *out = (struct judging_weight){rung->weight, e->intended_at_ms, rung->bake_ms};
    return true;
}

static size_t read_weights(struct step_ctx *ctx, struct judging_weight out[static MOST_RUNGS])
{
    char key[KEY_SIZE];
    size_t count = 0;
    for (; count < MOST_RUNGS; count++) {
        const json_t *rung = step_fact(ctx, step_id(ctx), rung_key("rung", count, key));
        if (rung == NULL)
            break;
        out[count] = (struct judging_weight){
            .weight = json_number_value(json_object_get(rung, "weight")),
            .since_ms = json_integer_value(json_object_get(rung, "since_ms")),
            .bake_ms = json_integer_value(json_object_get(rung, "bake_ms"))};
    }
    return count + (count < MOST_RUNGS && read_weight_in_doubt(ctx, count, &out[count]));
}

/* What nobody would take back any more is said with every look, also where nothing can be read. */
static void tell_late(const struct error *late, struct error *err)
{
    const struct error why = *err;

    error_set(err, why.kind, "%.180s; and the dead-man switch could not be put off: %.150s",
              why.message, late->message);
    error_code(err, why.code);
}

static void tell_switch(int64_t until_ms, const struct error *late, json_t *measurement,
                        struct verdict *verdict)
{
    char at[CLOCK_STAMP_SIZE];
    size_t used = strlen(verdict->sentence);

    if (until_ms > 0 && measurement != NULL)
        json_object_set_new(measurement, "silent_until", json_string(clock_stamp(until_ms, at)));
    if (late->kind != ERROR_NONE && used < sizeof verdict->sentence)
        (void)snprintf(verdict->sentence + used, sizeof verdict->sentence - used,
                       "; the dead-man switch could not be put off: %.200s", late->message);
}

/*
 * With the numbers that somebody else may read a bad version is convicted, too. A good one waits:
 * the run's own sign-in could not go on with it.
 */
static bool look_for(struct step_ctx *ctx, const struct judging_subject *subject,
                     json_t **measurement, struct verdict *verdict, struct error *err)
{
    char whose[200];
    struct error ignored;

    if (judging_look(step_world(ctx)->aws, subject, clock_world_ms(), step_cancel(ctx), measurement,
                     verdict, err))
        return true;
    struct aws *watcher = err->kind == ERROR_DENIED ? step_watcher_aws(ctx, whose) : NULL;
    if (watcher == NULL || !judging_look(watcher, subject, clock_world_ms(), step_cancel(ctx),
                                         measurement, verdict, &ignored))
        return false;
    if (verdict->kind == VERDICT_GOOD)
        verdict->kind = VERDICT_INCONCLUSIVE;
    json_object_set_new(*measurement, "read_as", json_string(whose));
    size_t used = strlen(verdict->sentence);
    (void)snprintf(verdict->sentence + used, sizeof verdict->sentence - used,
                   "; read as %s, the run's own sign-in has ended", event_text_person(whose));
    return true;
}

static bool observe(struct step_ctx *ctx, json_t **measurement, struct verdict *verdict,
                    struct error *err)
{
    struct judging_weight weights[MOST_RUNGS];
    struct error late = {.kind = ERROR_NONE};
    int64_t silent_until_ms = 0;
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), err);
    if (resource == NULL)
        return false;
    /* Copies: what is borrowed from the run does not outlive the call's looks at it. */
    auto_free char *old_version = xstrdup(step_fact_text(ctx, step_id(ctx), "old_version"));
    auto_free char *new_version = xstrdup(step_fact_text(ctx, step_id(ctx), "new_version"));
    size_t count = read_weights(ctx, weights);
    json_t *captured = json_deep_copy(step_fact(ctx, step_id(ctx), "captured"));
    const struct judging_subject subject = {.config = step_config(ctx),
                                            .environment = step_environment(ctx),
                                            .function = resource,
                                            .old_version = old_version,
                                            .new_version = new_version,
                                            .captured = captured,
                                            .weights = weights,
                                            .weight_count = count};
    if (count > 0 && dead_man_was_carried_out(ctx, err)) {
        *verdict = (struct verdict){.kind = VERDICT_BAD, .weight = 0, .at_ms = clock_world_ms()};
        text_copy(verdict->sentence, sizeof verdict->sentence, err->message);
        json_decref(captured);
        return true;
    }
    if (dead_man_put_off(ctx, DEAD_MAN_OURS, &silent_until_ms, &late))
        late.kind = ERROR_NONE;
    /* The way back should find a connection open. */
    aws_keep_warm(step_world(ctx)->aws, AWS_LAMBDA);
    bool ok = look_for(ctx, &subject, measurement, verdict, err);
    if (ok)
        tell_switch(silent_until_ms, &late, *measurement, verdict);
    else if (late.kind != ERROR_NONE)
        tell_late(&late, err);
    json_decref(captured);
    return ok;
}

/* One that is left behind would give the traffic to the version that has it already. */
static enum step_outcome undo(struct step_ctx *ctx, struct error *err)
{
    enum step_outcome outcome = alias_put_back(ctx, err);
    struct error left;

    if (outcome == STEP_OUTCOME_SUCCEEDED && !dead_man_take_away(ctx, step_id(ctx), &left))
        step_say(ctx, "the dead-man switch could not be deleted, and ends by itself: %s",
                 left.message);
    return outcome;
}

const struct step_kind step_shift = {
    .name = "shift",
    .summary = "Move the traffic to the new version, weight by weight, each judged",
    .params = params,
    .plan = plan,
    .preflight = preflight_traffic,
    .run = run,
    .observe = observe,
    .undo = undo,
    .moves_traffic = true,
};
