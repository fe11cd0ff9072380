/*
 * step_context.c - what a step knows and keeps: its surroundings, facts, items, words. The engine's
 * side of step.h; waits are in step_wait.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/step_parts.h"
#include "core/text.h"

#define TEXT_CEILING 4000

/* ---- the run as it is ---- */

/* Before any run, for a preflight. */
static struct engine_view *empty_view(void)
{
    struct engine_view *v = xcalloc(1, sizeof *v);

    atomic_init(&v->references, 1);
    v->run = run_new();
    return v;
}

const struct engine_view *step_view(struct step_ctx *ctx)
{
    struct engine_view *now = engine_current_view(ctx->engine);

    if (now == NULL)
        now = ctx->views[0] != NULL ? engine_view_ref(ctx->views[0]) : empty_view();
    if (now == ctx->views[0]) {
        engine_view_unref(now);
        return now;
    }
    engine_view_unref(ctx->views[CTX_VIEWS - 1]);
    memmove(&ctx->views[1], &ctx->views[0], (CTX_VIEWS - 1) * sizeof ctx->views[0]);
    ctx->views[0] = now;
    return now;
}

const struct run *step_run(struct step_ctx *ctx)
{
    const struct engine_view *v = step_view(ctx);

    ctx->seen_change_seq = v->change_seq;
    return v->run;
}

/* ---- surroundings ---- */

const struct plan_context *step_plan_context(const struct step_ctx *ctx) { return &ctx->plan; }

const struct environment *step_environment(const struct step_ctx *ctx)
{
    return ctx->plan.environment;
}

const struct config *step_config(const struct step_ctx *ctx) { return ctx->plan.config; }

struct aws *step_asker_aws(const struct step_ctx *ctx, struct step_asker *out)
{
    struct engine *e = ctx->engine;

    (void)pthread_mutex_lock(&e->lock);
    struct aws *aws = e->asker_aws;
    *out = e->asker;
    (void)pthread_mutex_unlock(&e->lock);
    return aws;
}

bool step_awaits_sign_in(const struct step_ctx *ctx)
{
    struct engine *e = ctx->engine;

    (void)pthread_mutex_lock(&e->lock);
    bool is_asked = e->is_asked_back;
    (void)pthread_mutex_unlock(&e->lock);
    return e->options.awaits_sign_in && !is_asked;
}

struct aws *step_watcher_aws(const struct step_ctx *ctx, char name[static 200])
{
    struct engine *e = ctx->engine;

    (void)pthread_mutex_lock(&e->lock);
    struct aws *aws = e->watcher_aws;
    text_copy(name, 200, e->watcher);
    (void)pthread_mutex_unlock(&e->lock);
    return aws;
}

const struct world *step_world(const struct step_ctx *ctx) { return &ctx->engine->options.world; }

const json_t *step_params(const struct step_ctx *ctx) { return ctx->plan.step->params; }

const char *step_param_text(const struct step_ctx *ctx, const char *name)
{
    const char *text = json_string_value(json_object_get(step_params(ctx), name));

    return text != NULL ? text : "";
}

const char *step_id(const struct step_ctx *ctx) { return ctx->plan.step->id; }

const char *step_run_id(const struct step_ctx *ctx) { return ctx->run_id; }

const char *step_actor(const struct step_ctx *ctx)
{
    const struct actor *actor = &ctx->engine->options.actor;

    return actor->user_host[0] != '\0' ? actor->user_host : actor->name;
}

const char *step_output_directory(const struct step_ctx *ctx) { return ctx->output_directory; }

const char *step_state_directory(const struct step_ctx *ctx)
{
    return ctx->engine->state_directory;
}

struct cancel *step_cancel(const struct step_ctx *ctx) { return ctx->cancel; }

bool step_is_cancelled(const struct step_ctx *ctx) { return cancel_is_set(ctx->cancel); }

bool step_is_unattended(const struct step_ctx *ctx) { return ctx->engine->options.is_unattended; }

/* ---- writing down ---- */

struct note {
    const char *type;
    json_t *body; /* taken */
};

static enum engine_reply on_note(struct engine *e, struct engine_request *r)
{
    const struct note *n = r->closure;

    return engine_commit(e, n->type, r->ctx->plan.step->id, "", n->body, &r->err)
               ? ENGINE_REPLY_DONE
               : ENGINE_REPLY_ERROR;
}

bool step_commit(struct step_ctx *ctx, const char *type, json_t *body, struct error *err)
{
    struct note n = {type, body};
    struct engine_request r = {.handle = on_note, .ctx = ctx, .closure = &n};

    if (ctx->is_read_only) {
        json_decref(body);
        return error_set(err, ERROR_INTERNAL, "%s only reads, but wanted to write down \"%s\"",
                         ctx->plan.step->id, type);
    }
    return engine_ask(ctx->engine, &r, err);
}

struct decision {
    const char *key;
    json_t *value; /* taken */
};

/* Here and not in the worker: nobody comes between looking and writing. */
static enum engine_reply on_decision(struct engine *e, struct engine_request *r)
{
    const struct decision *d = r->closure;
    const char *id = r->ctx->plan.step->id;

    if (json_object_get(run_step(engine_run(e), id)->facts, d->key) != NULL) {
        json_decref(d->value);
        return ENGINE_REPLY_DONE;
    }
    json_t *body = json_pack("{s:s, s:o}", "key", d->key, "value", d->value);
    return engine_commit(e, "decided", id, "", body, &r->err) ? ENGINE_REPLY_DONE
                                                              : ENGINE_REPLY_ERROR;
}

bool step_decide(struct step_ctx *ctx, const char *key, json_t *value, const json_t **out,
                 struct error *err)
{
    struct decision d = {key, value};
    struct engine_request r = {.handle = on_decision, .ctx = ctx, .closure = &d};

    if (ctx->is_read_only) {
        json_decref(value);
        return error_set(err, ERROR_INTERNAL, "%s only reads, but wanted to decide \"%s\"",
                         step_id(ctx), key);
    }
    if (!engine_ask(ctx->engine, &r, err))
        return false;
    *out = json_object_get(run_step(step_view(ctx)->run, step_id(ctx))->facts, key);
    return true;
}

const json_t *step_fact(struct step_ctx *ctx, const char *step, const char *key)
{
    const struct run *run = step_view(ctx)->run;
    const struct run_step *named = run_step(run, step);

    if (named != NULL)
        return json_object_get(named->facts, key);
    for (size_t i = 0; i < run->step_count; i++) {
        const json_t *fact = strcmp(run->steps[i].kind, step) == 0
                                 ? json_object_get(run->steps[i].facts, key)
                                 : NULL;
        if (fact != NULL)
            return fact;
    }
    return NULL;
}

const char *step_fact_text(struct step_ctx *ctx, const char *step, const char *key)
{
    const char *text = json_string_value(step_fact(ctx, step, key));

    return text != NULL ? text : "";
}

bool step_note_fact(struct step_ctx *ctx, const char *key, json_t *value, struct error *err)
{
    return step_commit(ctx, "noted", json_pack("{s:s, s:o}", "key", key, "value", value), err);
}

void step_say(struct step_ctx *ctx, const char *fmt, ...)
{
    va_list ap;
    auto_buf text;
    struct error ignored;

    buf_init(&text, TEXT_CEILING);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    auto_free char *safe = text_safe(text.ptr);
    FD_IGNORE(step_commit(ctx, "said", json_pack("{s:s}", "text", safe), &ignored));
}

bool step_record_item(struct step_ctx *ctx, const char *item_id, const char *state,
                      const char *summary, const json_t *details, int64_t lifetime_ms,
                      struct error *err)
{
    auto_free char *safe = text_safe(summary);
    json_t *body = json_pack("{s:s, s:s, s:s}", "id", item_id, "state", state, "summary", safe);

    if (lifetime_ms > 0)
        json_object_set_new(body, "expires_at_ms",
                            json_integer((json_int_t)(clock_world_ms() + lifetime_ms)));
    if (details != NULL)
        json_object_set_new(body, "details", json_deep_copy(details));
    return step_commit(ctx, "item_recorded", body, err);
}

/* ---- the guard ---- */

static enum engine_reply on_guard_begin(struct engine *e, struct engine_request *r)
{
    const char *id = r->ctx->plan.step->id;
    const struct run *run = engine_run(e);

    if (run_is_going_back(run)) {
        error_set(&r->err, ERROR_CANCELLED, "the run goes back");
        return ENGINE_REPLY_ERROR;
    }
    if (strcmp(run->guard_step, id) != 0 &&
        !engine_commit(e, "guard_begun", id, "", json_object(), &r->err))
        return ENGINE_REPLY_ERROR;
    return engine_guard_start(e, &r->err) ? ENGINE_REPLY_DONE : ENGINE_REPLY_ERROR;
}

bool step_guard_begin(struct step_ctx *ctx, struct error *err)
{
    struct engine_request r = {.handle = on_guard_begin, .ctx = ctx};

    if (ctx->plan.step->kind->observe == NULL)
        return error_set(err, ERROR_INTERNAL, "%s has nothing that observes", step_id(ctx));
    return engine_ask(ctx->engine, &r, err);
}

static enum engine_reply on_poke(struct engine *e, struct engine_request *r)
{
    (void)r;
    engine_guard_poke(e);
    return ENGINE_REPLY_DONE;
}

void step_guard_poke(struct step_ctx *ctx)
{
    struct engine_request r = {.handle = on_poke, .ctx = ctx};
    struct error ignored;

    FD_IGNORE(engine_ask(ctx->engine, &r, &ignored));
}

static enum verdict_kind parse_kind(const json_t *verdict)
{
    const char *name = json_string_value(json_object_get(verdict, "kind"));
    static const enum verdict_kind kinds[] = {VERDICT_INCONCLUSIVE, VERDICT_GOOD, VERDICT_BAD,
                                              VERDICT_NO_DATA, VERDICT_ERROR};

    if (json_is_true(json_object_get(verdict, "hold")))
        return VERDICT_HOLD;
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(step_verdict_name(kinds[i]), name) == 0)
            return kinds[i];
    return VERDICT_ERROR;
}

bool step_latest_verdict(struct step_ctx *ctx, struct verdict *out)
{
    const struct run *run = step_view(ctx)->run;

    if (run->measured_count == 0)
        return false;
    const struct event *newest = run->measured[run->measured_count - 1];
    const json_t *verdict = json_object_get(newest->body, "verdict");
    const char *sentence = json_string_value(json_object_get(verdict, "sentence"));
    *out = (struct verdict){
        .kind = parse_kind(verdict),
        .weight = json_number_value(json_object_get(verdict, "weight")),
        .at_ms = json_integer_value(json_object_get(verdict, "at_ms")),
    };
    (void)snprintf(out->sentence, sizeof out->sentence, "%s", sentence != NULL ? sentence : "");
    return true;
}
