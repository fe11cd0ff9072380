/*
 * engine_undecided.c - a person is waited for: reminded, and given up on where nobody is there.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/text.h"

#define NAG_EVERY_MS 900000 /* world */

/* The step that failed and waits for a person. NULL = none. */
static const struct run_step *find_undecided(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *s = &run->steps[i];
        if (engine_has_stopped(s) && strcmp(s->waiting_on, "person") == 0)
            return s;
    }
    return NULL;
}

/* The question that waits for ever, where a step set no deadline of its own. NULL = none. */
static const struct run_prompt *find_question(const struct run *run)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (run->prompts[i].deadline_ms == 0)
            return &run->prompts[i];
    return NULL;
}

/* What a person was to decide by now, in words. Yours; NULL = nothing is late. */
static char *what_is_late(const struct engine *e, int64_t now_ms)
{
    const struct run *run = engine_run(e);
    const struct run_step *step = find_undecided(run);
    const struct run_prompt *prompt = find_question(run);

    if (step != NULL && now_ms >= engine_decision_deadline(run, step->id))
        return xasprintf("%s: %s", step->id, step->reason);
    if (prompt != NULL && now_ms >= prompt->asked_at_ms + e->options.config->judge.deadline_ms)
        return xstrdup(prompt->question);
    return NULL;
}

void engine_check_deadline(struct engine *e)
{
    const struct run *run = engine_run(e);
    bool is_alone = e->options.is_unattended && e->is_driving && e->goes_forward;
    struct error err;
    auto_free char *what =
        is_alone && run->status == RUN_WAITING ? what_is_late(e, clock_world_ms()) : NULL;

    if (what == NULL) {
        e->is_held = false;
        return;
    }
    if (e->is_held)
        return;
    if (e->options.environment->on_undecided == ON_UNDECIDED_ROLLBACK) {
        auto_free char *reason = xasprintf("undecided: nobody answered: %s", what);
        FD_IGNORE(engine_go_back(e, false, "", reason, "", &err));
        return;
    }
    auto_free char *text = xasprintf("still waiting, and holding: %s", what);
    auto_free char *safe = text_safe(text);
    e->is_held = engine_commit(e, "said", "", "",
                               json_pack("{s:s, s:b}", "text", safe, "waits", true), &err);
}

/* What is waited for, in words. Yours; NULL = nothing. */
static char *what_is_open(const struct run *run)
{
    if (run->prompt_count > 0)
        return xstrdup(run->prompts[0].question);
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return xasprintf("%s: %s", run->steps[i].id, run->steps[i].reason);
    return NULL;
}

void engine_nag(struct engine *e)
{
    const struct run *run = engine_run(e);
    int64_t now_ms = clock_world_ms();
    struct error ignored;

    if (run->status != RUN_WAITING || !e->is_driving) {
        e->next_nag_ms = 0;
        return;
    }
    if (e->next_nag_ms == 0)
        e->next_nag_ms = now_ms + NAG_EVERY_MS;
    if (now_ms < e->next_nag_ms)
        return;
    e->next_nag_ms = now_ms + NAG_EVERY_MS;
    auto_free char *what = what_is_open(run);
    if (what == NULL)
        return;
    auto_free char *text = xasprintf("a person is still waited for: %s", what);
    FD_IGNORE(engine_commit(e, "said", "", "", json_pack("{s:s, s:b}", "text", text, "waits", true),
                            &ignored));
}

/* A step that waits for a person, and whose own deadline is behind it. */
static bool waits_for_ever(struct engine *e)
{
    bool is_found = false;

    if (engine_run(e)->prompt_count > 0)
        return false; /* a question has a deadline of ours */
    (void)pthread_mutex_lock(&e->lock);
    for (struct worker *w = e->workers; w != NULL && !is_found; w = w->next)
        is_found = w->ctx.role == WORKER_STEP && w->ctx.waits_for_ever;
    (void)pthread_mutex_unlock(&e->lock);
    return is_found;
}

bool engine_is_stuck(struct engine *e)
{
    const struct run *run = engine_run(e);

    /* A way back that is done but cannot be written down: a person must look. */
    if (e->unrecorded_count > 0 && e->workers == NULL && e->broken_since_ms != 0 &&
        clock_boot_ms() >= e->broken_since_ms + ENGINE_BROKEN_PATIENCE_MS)
        return true;
    if (!e->options.is_unattended)
        return false;
    if (run->status == RUN_INTERRUPTED)
        return true;
    return run->status == RUN_WAITING && (e->is_held || waits_for_ever(e));
}
