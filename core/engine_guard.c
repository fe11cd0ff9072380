/*
 * engine_guard.c - looks at the new version every judge interval while traffic is at risk, whatever
 * the run does meanwhile. A conviction takes the traffic back at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/text.h"

#define SHORTEST_GAP_MS 5000 /* wall: a busy host is not one that was away */

struct sighting {
    int64_t began_ms; /* boot */
    struct verdict verdict;
    json_t *measurement; /* taken by the engine */
};

static json_t *verdict_json(const struct verdict *v)
{
    auto_free char *sentence = text_safe(v->sentence);
    json_t *out = json_pack("{s:s, s:f, s:I, s:s}", "kind", step_verdict_name(v->kind), "weight",
                            v->weight, "at_ms", (json_int_t)v->at_ms, "sentence", sentence);

    if (v->kind == VERDICT_HOLD)
        json_object_set_new(out, "hold", json_true());
    return out;
}

static enum engine_reply on_sighting(struct engine *e, struct engine_request *r)
{
    struct sighting *s = r->closure;
    json_t *body = json_pack("{s:o}", "verdict", verdict_json(&s->verdict));

    if (s->measurement != NULL)
        json_object_set_new(body, "measurement", s->measurement);
    if (cancel_is_set(r->ctx->cancel) || run_is_over(engine_run(e)) ||
        run_is_going_back(engine_run(e))) {
        json_decref(body);
        return ENGINE_REPLY_DONE;
    }
    bool is_recorded = engine_commit(e, "measured", r->ctx->plan.step->id, "", body, &r->err);
    if (s->verdict.kind != VERDICT_ERROR && s->began_ms > e->observe_after_ms)
        e->observe_after_ms = 0;
    /* Also when it could not be recorded: what is convicted does not wait for a disk. */
    if (s->verdict.kind == VERDICT_BAD)
        return engine_go_back(e, false, "", s->verdict.sentence, "", &r->err) ? ENGINE_REPLY_DONE
                                                                              : ENGINE_REPLY_ERROR;
    return is_recorded ? ENGINE_REPLY_DONE : ENGINE_REPLY_ERROR;
}

/* What cannot be read is said as that: it clears nothing and convicts nothing. */
static void observe(struct step_ctx *ctx)
{
    struct sighting s = {.began_ms = clock_boot_ms(), .verdict = {.kind = VERDICT_ERROR}};
    struct engine_request r = {.handle = on_sighting, .ctx = ctx, .closure = &s};
    struct error err = {.kind = ERROR_NONE}, ignored;

    if (!ctx->plan.step->kind->observe(ctx, &s.measurement, &s.verdict, &err)) {
        s.verdict = (struct verdict){
            .kind = VERDICT_ERROR, .weight = step_run(ctx)->weight, .at_ms = clock_world_ms()};
        (void)snprintf(s.verdict.sentence, sizeof s.verdict.sentence, "could not read it: %.350s",
                       err.message);
    }
    if (!cancel_is_set(ctx->cancel))
        FD_IGNORE(engine_ask(ctx->engine, &r, &ignored));
    else
        json_decref(s.measurement);
}

static void pause_until(struct step_ctx *ctx, int64_t until_boot_ms)
{
    struct engine *e = ctx->engine;

    (void)pthread_mutex_lock(&e->lock);
    while (!ctx->is_poked && !cancel_is_set(ctx->cancel) && clock_boot_ms() < until_boot_ms)
        engine_wait_changed(e, until_boot_ms);
    ctx->is_poked = false;
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_guard_loop(struct step_ctx *ctx)
{
    int64_t interval_ms = clock_wall_duration_ms(step_config(ctx)->judge.interval_ms);

    while (!cancel_is_set(ctx->cancel)) {
        int64_t began_ms = clock_boot_ms();
        observe(ctx);
        pause_until(ctx, began_ms + interval_ms);
    }
}

static struct worker *find_guard(struct engine *e)
{
    for (struct worker *w = e->workers; w != NULL; w = w->next)
        if (w->ctx.role == WORKER_GUARD && !w->has_ended && !cancel_is_set(w->ctx.cancel))
            return w;
    return NULL;
}

/* Whoever began to guard last does it. */
bool engine_guard_start(struct engine *e, struct error *err)
{
    const struct plan_step *step = engine_plan_step(e, engine_run(e)->guard_step);
    const struct worker *now = find_guard(e);

    /* One that is begun after the others were told to end would keep the engine from closing. */
    if (e->is_closing || step == NULL || step->kind->observe == NULL ||
        (now != NULL && now->ctx.plan.step == step))
        return true;
    engine_cancel_workers(e, WORKER_GUARD);
    return engine_start_worker(e, step, WORKER_GUARD, err);
}

void engine_guard_poke(struct engine *e)
{
    struct worker *guard = find_guard(e);

    if (guard == NULL)
        return;
    (void)pthread_mutex_lock(&e->lock);
    guard->ctx.is_poked = true;
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_check_gap(struct engine *e, int64_t asked_ms, int64_t took_ms)
{
    int64_t interval_ms = clock_wall_duration_ms(e->options.config->judge.interval_ms);
    int64_t limit_ms = 2 * interval_ms > SHORTEST_GAP_MS ? 2 * interval_ms : SHORTEST_GAP_MS;
    char away[CLOCK_STAMP_SIZE];
    struct error ignored;

    if (took_ms < asked_ms + limit_ms || !e->is_driving)
        return;
    auto_free char *reason = xasprintf("for %s", clock_duration_text(took_ms, away));
    FD_IGNORE(engine_commit(e, "gap_seen", "", "", engine_reason(reason), &ignored));
    e->observe_after_ms = find_guard(e) != NULL ? clock_boot_ms() : 0;
    engine_guard_poke(e);
}
