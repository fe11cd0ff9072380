/*
 * step_wait.c - how a step waits: in world time, ended at once by cancel, deadlines fixed once.
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

#define REASON_CEILING 2000

static bool was_cancelled(struct step_ctx *ctx, struct error *err)
{
    return error_set(err, ERROR_CANCELLED, "%s was stopped", step_id(ctx));
}

/* ---- until a time ---- */

/* The world's clock decides: the wall is only how long to sleep. */
static bool sleep_until(struct step_ctx *ctx, int64_t deadline_ms, struct error *err)
{
    int64_t left_ms;

    while (!step_is_cancelled(ctx) && (left_ms = deadline_ms - clock_world_ms()) > 0)
        (void)cancel_sleep_ms(ctx->cancel, clock_wall_duration_ms(left_ms));
    return !step_is_cancelled(ctx) || was_cancelled(ctx, err);
}

/* The way back has deadlines of its own. */
static char *wait_key(const struct step_ctx *ctx, const char *key)
{
    return xasprintf("%s%s", ctx->role == WORKER_UNDO ? "undo." : "", key);
}

/* Keeps the deadline that was fixed first. */
static bool fix_deadline(struct step_ctx *ctx, const char *key, int64_t wanted_ms, int64_t *out,
                         struct error *err)
{
    const struct run *run = step_view(ctx)->run;
    auto_free char *name = wait_key(ctx, key);

    *out = wanted_ms;
    for (size_t i = 0; i < run->wait_count; i++)
        if (strcmp(run->waits[i].step, step_id(ctx)) == 0 && strcmp(run->waits[i].key, name) == 0) {
            *out = run->waits[i].deadline_ms;
            return true;
        }
    return step_commit(ctx, "wait",
                       json_pack("{s:s, s:I}", "key", name, "deadline_ms", (json_int_t)wanted_ms),
                       err);
}

bool step_deadline(struct step_ctx *ctx, const char *key, int64_t duration_ms, int64_t *deadline_ms,
                   struct error *err)
{
    return fix_deadline(ctx, key, clock_world_ms() + duration_ms, deadline_ms, err);
}

bool step_wait_until(struct step_ctx *ctx, const char *key, int64_t deadline_ms, struct error *err)
{
    int64_t fixed_ms;

    return fix_deadline(ctx, key, deadline_ms, &fixed_ms, err) && sleep_until(ctx, fixed_ms, err);
}

bool step_poll_pause(struct step_ctx *ctx, int64_t duration_ms, struct error *err)
{
    return sleep_until(ctx, clock_world_ms() + duration_ms, err);
}

/* ---- until something changes ---- */

static int64_t boot_of(int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms - clock_world_ms();

    return deadline_ms == INT64_MAX ? INT64_MAX : clock_boot_ms() + clock_wall_duration_ms(left_ms);
}

bool step_wait_change(struct step_ctx *ctx, int64_t deadline_ms, struct error *err)
{
    struct engine *e = ctx->engine;

    (void)pthread_mutex_lock(&e->lock);
    ctx->waits_for_ever = deadline_ms == INT64_MAX;
    while (!step_is_cancelled(ctx) && clock_world_ms() < deadline_ms &&
           (e->view == NULL || e->view->change_seq == ctx->seen_change_seq))
        engine_wait_changed(e, boot_of(deadline_ms));
    ctx->waits_for_ever = false;
    /* What ended this wait does not end the next one, looked at or not. */
    ctx->seen_change_seq = e->view != NULL ? e->view->change_seq : 0;
    (void)pthread_mutex_unlock(&e->lock);
    return !step_is_cancelled(ctx) || was_cancelled(ctx, err);
}

bool step_waiting(struct step_ctx *ctx, const char *on, struct error *err, const char *fmt, ...)
{
    const struct run_step *now = run_step(step_view(ctx)->run, step_id(ctx));
    va_list ap;
    auto_buf reason;

    buf_init(&reason, REASON_CEILING);
    va_start(ap, fmt);
    buf_vaddf(&reason, fmt, ap);
    va_end(ap);
    if (ctx->role != WORKER_STEP) {
        /* The state of a step that goes back is not its waiting. */
        if (on[0] != '\0')
            step_say(ctx, "%s", reason.ptr);
        return true;
    }
    bool is_same = now != NULL && strcmp(now->waiting_on, on) == 0 &&
                   (on[0] == '\0' || strcmp(now->reason, reason.ptr) == 0);
    if (is_same)
        return true;
    json_t *body = engine_reason(on[0] != '\0' ? reason.ptr : "");
    json_object_set_new(body, "on", json_string(on));
    return step_commit(ctx, "step_waiting", body, err);
}

/* ---- until a person answers ---- */

static const struct run_prompt *find_prompt(const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].id, id) == 0)
            return &run->prompts[i];
    return NULL;
}

static bool open_prompt(struct step_ctx *ctx, const char *id, const char *question,
                        const char *const *choices, int64_t deadline_ms, struct error *err)
{
    json_t *listed = json_array();
    auto_free char *safe = text_safe(question);

    for (size_t i = 0; choices[i] != NULL; i++)
        json_array_append_new(listed, json_string(choices[i]));
    json_t *body = json_pack("{s:s, s:s, s:o}", "id", id, "question", safe, "choices", listed);
    if (deadline_ms > 0)
        json_object_set_new(body, "deadline_ms", json_integer((json_int_t)deadline_ms));
    return step_commit(ctx, "asked", body, err);
}

bool step_ask(struct step_ctx *ctx, const char *key, const char *question,
              const char *const *choices, int64_t deadline_ms, const char **answer,
              struct error *err)
{
    auto_free char *id = xasprintf("%s.%s", step_id(ctx), key);

    for (;;) {
        const struct run *run = step_run(ctx);
        const char *given = json_string_value(json_object_get(run->answers, id));
        if (given != NULL) {
            *answer = given;
            return true;
        }
        const struct run_prompt *prompt = find_prompt(run, id);
        if (prompt == NULL) {
            if (!open_prompt(ctx, id, question, choices, deadline_ms, err))
                return false;
            continue;
        }
        int64_t until_ms = prompt->deadline_ms > 0 ? prompt->deadline_ms : INT64_MAX;
        if (clock_world_ms() >= until_ms) {
            error_set(err, ERROR_CANCELLED, "nobody answered: %s", question);
            return error_code(err, "deadline");
        }
        if (!step_wait_change(ctx, until_ms, err))
            return false;
    }
}
