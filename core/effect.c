/*
 * effect.c - see effect.h. The intent is durable before the call, the outcome after it; what lies
 * in between is settled by looking at the world.
 */
#include "core/effect.h"

#include <string.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/engine_parts.h"
#include "core/step_parts.h"

#define DEFAULT_LIMIT_MS 30000 /* wall */
#define MOST_SENDS 5           /* lost and seen not to have arrived, one after the other */
#define FIRST_PAUSE_MS 200     /* wall; before it is sent again; doubled each time */

/* One effect of one call of effect_run. */
struct sending {
    struct step_ctx *ctx;
    const char *key;
    const struct effect *effect;
    json_t *intent;   /* owned */
    int64_t sent_ms;  /* boot; when it was sent last, as far as known */
    json_t *result;   /* owned */
    int attempt;      /* of the step, now */
    bool is_insisted; /* a person saw that nobody can tell, and said: again */
};

/* ---- the journal ---- */

static enum engine_reply refuse(struct engine_request *r, enum error_kind kind, const char *why)
{
    error_set(&r->err, kind, "%s", why);
    return ENGINE_REPLY_ERROR;
}

static bool has_sent(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step) == 0)
            return true;
    return false;
}

/* Engine thread: may this be sent now? A way back always may. */
static enum engine_reply on_intent(struct engine *e, struct engine_request *r)
{
    const struct sending *s = r->closure;
    const struct run *run = engine_run(e);
    bool is_undo = r->ctx->role == WORKER_UNDO;

    if (cancel_is_set(r->ctx->cancel))
        return refuse(r, ERROR_CANCELLED,
                      has_sent(run, r->ctx->plan.step->id)
                          ? "it was stopped before more was sent"
                          : "it was stopped before anything was sent");
    if (!is_undo && run_is_going_back(run))
        return refuse(r, ERROR_CANCELLED, "the run goes back");
    if (!is_undo && (run->status == RUN_PAUSED || !e->goes_forward || e->observe_after_ms != 0))
        return ENGINE_REPLY_LATER;
    json_t *body =
        json_pack("{s:s, s:i, s:O}", "key", s->key, "attempt", s->attempt, "intent", s->intent);
    return engine_commit(e, "effect_intent", r->ctx->plan.step->id, "", body, &r->err)
               ? ENGINE_REPLY_DONE
               : ENGINE_REPLY_ERROR;
}

static bool commit_intent(struct sending *s, struct error *err)
{
    struct engine_request r = {.handle = on_intent, .ctx = s->ctx, .closure = s};

    return engine_ask(s->ctx->engine, &r, err);
}

static bool commit_outcome(struct sending *s, enum effect_state state, const char *reason,
                           struct error *err)
{
    json_t *body = engine_reason(reason);

    json_object_set_new(body, "key", json_string(s->key));
    json_object_set_new(body, "state", json_string(run_effect_state_name(state)));
    if (s->result != NULL)
        json_object_set_new(body, "result", json_deep_copy(s->result));
    return step_commit(s->ctx, "effect_outcome", body, err);
}

/* ---- the world ---- */

enum fate {
    FATE_DONE,
    FATE_FAILED,    /* nothing was changed; *err */
    FATE_NOT_THERE, /* it was lost, and it did not arrive */
    FATE_UNKNOWN,   /* *err */
    FATE_STOPPED,   /* cancelled while it was looked for; *err */
};

static int64_t limit_of(const struct effect *effect)
{
    return effect->limit_ms > 0 ? effect->limit_ms : DEFAULT_LIMIT_MS;
}

static enum fate look(struct sending *s, struct error *err)
{
    json_decref(s->result);
    s->result = NULL;
    error_set(err, ERROR_UNKNOWN, "nobody can tell whether it happened");
    switch (s->effect->verify(s->ctx, s->effect->closure, s->intent, &s->result, err)) {
    case EFFECT_VERIFY_DONE:
        return FATE_DONE;
    case EFFECT_VERIFY_NOT_DONE:
        return FATE_NOT_THERE;
    case EFFECT_VERIFY_HALF:
    case EFFECT_VERIFY_CANNOT_TELL:
        break;
    }
    if (err->kind == ERROR_CANCELLED)
        return FATE_STOPPED;
    err->kind = ERROR_UNKNOWN;
    return FATE_UNKNOWN;
}

/* What has no guard of its own may still arrive: it is not missing before its time is over. */
static enum fate settle(struct sending *s, struct error *err)
{
    enum fate fate = look(s, err);
    int64_t limit_ms = limit_of(s->effect), left_ms = s->sent_ms + limit_ms - clock_boot_ms();

    if (left_ms > limit_ms) /* it was sent by a process whose clock was ahead of ours */
        left_ms = limit_ms;
    if (fate != FATE_NOT_THERE || s->effect->is_guarded || left_ms <= 0)
        return fate;
    if (!cancel_sleep_ms(s->ctx->cancel, left_ms)) {
        error_set(err, ERROR_CANCELLED, "stopped while a lost request could still arrive");
        return FATE_STOPPED;
    }
    return look(s, err);
}

static enum fate send_once(struct sending *s, struct error *err)
{
    json_decref(s->result);
    s->result = NULL;
    s->sent_ms = clock_boot_ms();
    crash_point("send.before");
    bool is_ok = s->effect->send(s->ctx, s->effect->closure, s->intent, &s->result, err);
    crash_point("send.after");
    if (is_ok)
        return FATE_DONE;
    /* Stopped in the middle is no proof that nothing left us. */
    if (err->kind == ERROR_UNKNOWN || err->kind == ERROR_CANCELLED)
        return settle(s, err);
    return FATE_FAILED;
}

/* ---- one effect ---- */

static bool conclude(struct sending *s, enum fate fate, struct error *err)
{
    struct error unwritten;

    switch (fate) {
    case FATE_DONE:
        return commit_outcome(s, EFFECT_DONE, "", err);
    case FATE_NOT_THERE:
        error_set(err, ERROR_TRANSIENT, "it was sent %d times and never arrived", MOST_SENDS);
        break;
    case FATE_STOPPED:
    case FATE_UNKNOWN:
        FD_IGNORE(commit_outcome(s, EFFECT_UNKNOWN, err->message, &unwritten));
        return false;
    case FATE_FAILED:
        break;
    }
    FD_IGNORE(commit_outcome(s, EFFECT_FAILED, err->message, &unwritten));
    return false;
}

/* Sends until there is an answer; each time with an intent of its own, of the same words. */
static bool send_until_known(struct sending *s, struct error *err)
{
    int64_t pause_ms = FIRST_PAUSE_MS;
    enum fate fate = FATE_NOT_THERE;

    for (int sends = 0; sends < MOST_SENDS; sends++) {
        if (sends > 0) {
            if (!commit_outcome(s, EFFECT_FAILED, "it did not arrive; sent again", err))
                return false;
            if (!cancel_sleep_ms(s->ctx->cancel, pause_ms))
                return error_set(err, ERROR_CANCELLED, "it was stopped; nothing was changed");
            pause_ms *= 2;
        }
        if (!commit_intent(s, err))
            return false;
        fate = send_once(s, err);
        if (fate != FATE_NOT_THERE)
            break;
    }
    return conclude(s, fate, err);
}

/* An intent of a process that died, or of an attempt that nobody could tell about. */
static bool take_up(struct sending *s, struct error *err)
{
    enum fate fate = settle(s, err);

    if (fate == FATE_UNKNOWN && s->is_insisted)
        fate = FATE_NOT_THERE;
    if (fate != FATE_NOT_THERE)
        return conclude(s, fate, err);
    return commit_outcome(s, EFFECT_FAILED, "it did not arrive; sent again", err) &&
           send_until_known(s, err);
}

static json_t *make_intent(const struct sending *s)
{
    const struct effect *effect = s->effect;
    json_t *intent = json_pack("{s:o, s:b}", "what", json_deep_copy(effect->what), "by_undo",
                               (int)(s->ctx->role == WORKER_UNDO));

    if (effect->precondition != NULL)
        json_object_set_new(intent, "precondition", json_deep_copy(effect->precondition));
    if (effect->token != NULL)
        json_object_set_new(intent, "token", json_string(effect->token));
    return intent;
}

static bool carry_out(struct sending *s, const struct run_effect *before, struct error *err)
{
    if (before == NULL || before->state == EFFECT_FAILED) {
        s->intent = make_intent(s);
        return send_until_known(s, err);
    }
    if (before->state == EFFECT_DONE) {
        s->result = json_incref(before->result);
        return true;
    }
    s->intent = json_incref(before->intent);
    s->sent_ms =
        clock_boot_ms() - clock_wall_duration_ms(clock_world_ms() - before->intended_at_ms);
    s->is_insisted = before->state == EFFECT_UNKNOWN && before->attempt < s->attempt;
    return take_up(s, err);
}

bool effect_run(struct step_ctx *ctx, const char *key, const struct effect *effect, json_t **result,
                struct error *err)
{
    const struct run *run = step_view(ctx)->run;
    struct sending s = {
        .ctx = ctx, .key = key, .effect = effect, .attempt = run_step(run, step_id(ctx))->attempt};

    if (ctx->is_read_only)
        return error_set(err, ERROR_INTERNAL, "%s only reads, but wanted to write", step_id(ctx));
    bool ok = carry_out(&s, run_effect(run, step_id(ctx), key), err);
    if (ok && result != NULL)
        *result = json_incref(s.result);
    json_decref(s.result);
    json_decref(s.intent);
    return ok;
}

bool effect_settle(struct step_ctx *ctx, const char *key, bool is_done, const char *reason,
                   struct error *err)
{
    struct sending s = {.ctx = ctx, .key = key};

    return commit_outcome(&s, is_done ? EFFECT_DONE : EFFECT_FAILED, reason, err);
}
