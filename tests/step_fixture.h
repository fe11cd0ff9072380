/*
 * step_fixture.h - the engine's side of step.h in memory, for tests of one step kind at a time.
 *
 * It keeps a run, its facts, items and effects, lets a test act whenever the step waits, and can
 * lose the process between an intent and its outcome. All is static: include it in one test
 * program.
 */
#ifndef TESTS_STEP_FIXTURE_H
#define TESTS_STEP_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/effect.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/step.h"

#define FIXTURE_ITEMS 64
#define FIXTURE_EFFECTS 8

struct step_ctx {
    const struct config *config;
    const struct environment *environment;
    struct world world;
    struct aws *asker_aws;
    json_t *params;
    struct plan_context plan_context;
    struct plan_step plan_step;
    struct run run;
    struct run_step step;
    struct run_item items[FIXTURE_ITEMS];
    struct run_effect effects[FIXTURE_EFFECTS];
    struct cancel *cancel;
    const char *output_directory, *state_directory;
    bool is_unattended;
    char waiting[512], waiting_on[32]; /* what the step said last */
    size_t waits, records, says;
    char said[512];
    void (*on_wait)(struct step_ctx *ctx); /* somebody else acts while the step waits */
    bool loses_outcome;      /* the process dies after send, before the outcome is journalled */
    json_t *facts_of_others; /* {"deploy": {"new_version": "42"}}: steps before it; borrowed */
    bool wakes_at_once;      /* whoever acts in on_wait changed the run: nobody sleeps */
    bool has_verdict;        /* the guard looked: `verdict` is about the weight of now */
    struct verdict verdict;
    const char *answer; /* of a person to each question; NULL = nobody comes before the deadline */
    char question[512];
    bool is_guarded;
    size_t pokes; /* of the guard */
};

static void fixture_ctx_begin(struct step_ctx *ctx, const struct step_kind *kind,
                              const struct config *config, const char *params)
{
    static char id[] = "step", run_id[] = "r-0001", by[] = "arn:aws:sts::1:assumed-role/R/ana";
    static char hash[] = "h1", empty[] = "";

    *ctx = (struct step_ctx){.config = config, .environment = &config->environments[0]};
    ctx->params = json_loads(params, 0, NULL);
    cr_assert_not_null(ctx->params, "%s", params);
    ctx->plan_step = (struct plan_step){.id = id, .kind = kind, .params = ctx->params};
    ctx->plan_context = (struct plan_context){
        .config = config, .environment = ctx->environment, .step = &ctx->plan_step};
    ctx->step = (struct run_step){.id = id,
                                  .kind = id,
                                  .state = STEP_RUNNING,
                                  .attempt = 1,
                                  .reason = empty,
                                  .waiting_on = empty,
                                  .facts = json_object()};
    static char nobody[] = "";
    ctx->run = (struct run){.id = run_id,
                            .acts_as = nobody,
                            .by = by,
                            .hash = hash,
                            .steps = &ctx->step,
                            .step_count = 1,
                            .items = ctx->items,
                            .effects = ctx->effects,
                            .old_version = empty,
                            .over = empty,
                            .new_version = empty,
                            .plan_name = empty};
    ctx->cancel = cancel_new();
}

static void fixture_ctx_end(struct step_ctx *ctx)
{
    for (size_t i = 0; i < ctx->run.item_count; i++) {
        free(ctx->items[i].id);
        free(ctx->items[i].state);
        free(ctx->items[i].summary);
        free(ctx->items[i].by);
    }
    for (size_t i = 0; i < ctx->run.effect_count; i++) {
        free(ctx->effects[i].step);
        free(ctx->effects[i].key);
        json_decref(ctx->effects[i].intent);
        json_decref(ctx->effects[i].result);
    }
    json_decref(ctx->step.facts);
    json_decref(ctx->params);
    cancel_unref(ctx->cancel);
}

/* Somebody ticks, waives or a probe's answer is journalled. */
static void fixture_set_item(struct step_ctx *ctx, const char *id, const char *state,
                             const char *summary, const char *by, int64_t expires_at_ms)
{
    struct run_item *item = NULL;

    for (size_t i = 0; i < ctx->run.item_count; i++)
        if (strcmp(ctx->items[i].id, id) == 0)
            item = &ctx->items[i];
    if (item == NULL) {
        cr_assert_lt(ctx->run.item_count, FIXTURE_ITEMS);
        item = &ctx->items[ctx->run.item_count++];
        item->id = xstrdup(id);
    }
    free(item->state);
    free(item->summary);
    free(item->by);
    item->state = xstrdup(state);
    item->summary = xstrdup(summary);
    item->by = xstrdup(by);
    item->at_ms = clock_world_ms();
    item->expires_at_ms = expires_at_ms;
}

/* ---- step.h ------------------------------------------------------------------------------------
 */

const struct plan_context *step_plan_context(const struct step_ctx *ctx)
{
    return &ctx->plan_context;
}

const struct environment *step_environment(const struct step_ctx *ctx) { return ctx->environment; }

const struct config *step_config(const struct step_ctx *ctx) { return ctx->config; }

const struct world *step_world(const struct step_ctx *ctx) { return &ctx->world; }
struct aws *step_asker_aws(const struct step_ctx *ctx, struct step_asker *out)
{
    *out = (struct step_asker){.name = "somebody"};
    return ctx->asker_aws;
}

bool step_awaits_sign_in(const struct step_ctx *ctx)
{
    (void)ctx;
    return false;
}

struct aws *step_watcher_aws(const struct step_ctx *ctx, char name[static 200])
{
    (void)ctx;
    name[0] = '\0';
    return NULL;
}

const json_t *step_params(const struct step_ctx *ctx) { return ctx->params; }

const char *step_param_text(const struct step_ctx *ctx, const char *name)
{
    const char *text = json_string_value(json_object_get(ctx->params, name));

    return text == NULL ? "" : text;
}

const char *step_id(const struct step_ctx *ctx) { return ctx->step.id; }

const char *step_run_id(const struct step_ctx *ctx) { return ctx->run.id; }

const char *step_actor(const struct step_ctx *ctx)
{
    (void)ctx;
    return "ana@mbp";
}

const char *step_output_directory(const struct step_ctx *ctx) { return ctx->output_directory; }

const char *step_state_directory(const struct step_ctx *ctx) { return ctx->state_directory; }

struct cancel *step_cancel(const struct step_ctx *ctx) { return ctx->cancel; }

bool step_is_cancelled(const struct step_ctx *ctx) { return cancel_is_set(ctx->cancel); }

bool step_is_unattended(const struct step_ctx *ctx) { return ctx->is_unattended; }

const struct run *step_run(struct step_ctx *ctx) { return &ctx->run; }

bool step_decide(struct step_ctx *ctx, const char *key, json_t *value, const json_t **out,
                 struct error *err)
{
    (void)err;
    if (json_object_get(ctx->step.facts, key) == NULL)
        json_object_set(ctx->step.facts, key, value);
    json_decref(value);
    *out = json_object_get(ctx->step.facts, key);
    return true;
}

const json_t *step_fact(struct step_ctx *ctx, const char *step, const char *key)
{
    return strcmp(step, ctx->step.id) == 0
               ? json_object_get(ctx->step.facts, key)
               : json_object_get(json_object_get(ctx->facts_of_others, step), key);
}

const char *step_fact_text(struct step_ctx *ctx, const char *step, const char *key)
{
    const char *text = json_string_value(step_fact(ctx, step, key));

    return text == NULL ? "" : text;
}

bool step_note_fact(struct step_ctx *ctx, const char *key, json_t *value, struct error *err)
{
    (void)err;
    if (strcmp(key, "weight") == 0)
        ctx->run.weight = json_number_value(value);
    return json_object_set_new(ctx->step.facts, key, value) == 0;
}

void step_say(struct step_ctx *ctx, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(ctx->said, sizeof ctx->said, fmt, ap);
    va_end(ap);
    ctx->says++;
}

bool step_deadline(struct step_ctx *ctx, const char *key, int64_t duration_ms, int64_t *deadline_ms,
                   struct error *err)
{
    const json_t *decided;

    if (!step_decide(ctx, key, json_integer(clock_world_ms() + duration_ms), &decided, err))
        return false;
    *deadline_ms = json_integer_value(decided);
    return true;
}

static bool fixture_sleep_until(struct step_ctx *ctx, int64_t deadline_ms, struct error *err)
{
    int64_t left_ms = deadline_ms == INT64_MAX ? 0 : deadline_ms - clock_world_ms();

    if (left_ms > 0)
        (void)cancel_sleep_ms(ctx->cancel, clock_wall_duration_ms(left_ms));
    return !cancel_is_set(ctx->cancel) || error_set(err, ERROR_CANCELLED, "cancelled");
}

bool step_wait_until(struct step_ctx *ctx, const char *key, int64_t deadline_ms, struct error *err)
{
    (void)key;
    return fixture_sleep_until(ctx, deadline_ms, err);
}

bool step_poll_pause(struct step_ctx *ctx, int64_t duration_ms, struct error *err)
{
    return fixture_sleep_until(ctx, clock_world_ms() + duration_ms, err);
}

void step_guard_poke(struct step_ctx *ctx) { ctx->pokes++; }

bool step_wait_change(struct step_ctx *ctx, int64_t deadline_ms, struct error *err)
{
    cr_assert_lt(++ctx->waits, 1000, "it waits for ever");
    if (ctx->on_wait != NULL)
        ctx->on_wait(ctx);
    if (ctx->wakes_at_once)
        return !cancel_is_set(ctx->cancel) || error_set(err, ERROR_CANCELLED, "cancelled");
    return fixture_sleep_until(ctx, deadline_ms, err);
}

bool step_waiting(struct step_ctx *ctx, const char *on, struct error *err, const char *fmt, ...)
{
    va_list ap;

    (void)err;
    va_start(ap, fmt);
    (void)vsnprintf(ctx->waiting, sizeof ctx->waiting, fmt, ap);
    va_end(ap);
    (void)snprintf(ctx->waiting_on, sizeof ctx->waiting_on, "%s", on);
    return true;
}

bool step_ask(struct step_ctx *ctx, const char *key, const char *question,
              const char *const *choices, int64_t deadline_ms, const char **answer,
              struct error *err)
{
    (void)key;
    (void)snprintf(ctx->question, sizeof ctx->question, "%s", question);
    if (ctx->answer == NULL) {
        cr_assert_neq(deadline_ms, 0, "it waits for ever: %s", question);
        error_set(err, ERROR_CANCELLED, "nobody answered in time");
        return error_code(err, "deadline");
    }
    for (; *choices != NULL; choices++)
        if (strcmp(*choices, ctx->answer) == 0) {
            *answer = ctx->answer;
            return true;
        }
    return error_set(err, ERROR_USAGE, "\"%s\" is no choice", ctx->answer);
}

bool step_guard_begin(struct step_ctx *ctx, struct error *err)
{
    (void)err;
    ctx->is_guarded = true;
    return true;
}

bool step_latest_verdict(struct step_ctx *ctx, struct verdict *out)
{
    if (!ctx->has_verdict)
        return false;
    *out = ctx->verdict;
    out->weight = ctx->run.weight;
    out->at_ms = clock_world_ms();
    return true;
}

bool step_record_item(struct step_ctx *ctx, const char *item_id, const char *state,
                      const char *summary, const json_t *details, int64_t lifetime_ms,
                      struct error *err)
{
    (void)details;
    (void)err;
    ctx->records++;
    fixture_set_item(ctx, item_id, state, summary, "",
                     lifetime_ms == 0 ? 0 : clock_world_ms() + lifetime_ms);
    return true;
}

enum step_outcome step_undo_nothing(struct step_ctx *ctx, struct error *err)
{
    (void)ctx;
    (void)err;
    return STEP_OUTCOME_SUCCEEDED;
}

/* ---- findings of a preflight -------------------------------------------------------------------
 */

struct preflight {
    json_t *findings; /* "pass: a sentence" */
    char code[32];    /* the newest */
};

void preflight_add(struct preflight *p, enum finding_state state, const char *step, const char *fmt,
                   ...)
{
    static const char *const names[] = {"pass", "fail", "unknown", "note"};
    va_list ap;

    (void)step;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    json_array_append_new(p->findings, json_sprintf("%s: %s", names[state], text));
}

void preflight_code(struct preflight *p, const char *code)
{
    (void)snprintf(p->code, sizeof p->code, "%s", code);
}

/* ---- effect.h ----------------------------------------------------------------------------------
 */

/* Asks verify about an intent without an outcome. True: the effect is settled, or may be sent
 * (*sends). */
static bool fixture_verify(struct step_ctx *ctx, struct run_effect *e, const struct effect *effect,
                           bool *sends, struct error *err)
{
    switch (effect->verify(ctx, effect->closure, e->intent, &e->result, err)) {
    case EFFECT_VERIFY_DONE:
        e->state = EFFECT_DONE;
        return true;
    case EFFECT_VERIFY_NOT_DONE:
        *sends = true;
        return true;
    case EFFECT_VERIFY_HALF:
    case EFFECT_VERIFY_CANNOT_TELL:
        break;
    }
    e->state = EFFECT_UNKNOWN;
    if (err->kind != ERROR_CANCELLED)
        err->kind = ERROR_UNKNOWN;
    return false;
}

bool effect_run(struct step_ctx *ctx, const char *key, const struct effect *effect, json_t **result,
                struct error *err)
{
    struct run_effect *e = run_effect(&ctx->run, ctx->step.id, key);
    bool is_anew = e == NULL || e->state == EFFECT_FAILED; /* a failed key is intended anew */
    bool sends = is_anew;

    if (e == NULL) {
        cr_assert_lt(ctx->run.effect_count, FIXTURE_EFFECTS);
        e = &ctx->effects[ctx->run.effect_count++];
        *e = (struct run_effect){
            .step = xstrdup(ctx->step.id),
            .key = xstrdup(key),
        };
    }
    if (is_anew) {
        json_decref(e->intent);
        e->intent = json_pack("{s:O, s:O?, s:s?}", "what", effect->what, "precondition",
                              effect->precondition, "token", effect->token);
    }
    if (sends) {
        e->state = EFFECT_INTENT;
        e->attempt = ctx->step.attempt;
    } else if (e->state != EFFECT_DONE && !fixture_verify(ctx, e, effect, &sends, err)) {
        return false;
    }
    if (sends) {
        bool is_ok = effect->send(ctx, effect->closure, e->intent, &e->result, err);
        if (ctx->loses_outcome) {
            json_decref(e->result);
            e->result = NULL;
            return error_set(err, ERROR_INTERNAL, "the process died");
        }
        e->state = is_ok ? EFFECT_DONE : EFFECT_FAILED;
        if (!is_ok)
            return false;
    }
    *result = json_incref(e->result);
    return true;
}

bool effect_settle(struct step_ctx *ctx, const char *key, bool is_done, const char *reason,
                   struct error *err)
{
    (void)reason;
    (void)err;
    run_effect(&ctx->run, ctx->step.id, key)->state = is_done ? EFFECT_DONE : EFFECT_FAILED;
    return true;
}

#endif
