/*
 * engine_begin.c - how a run comes to this engine: prepared, started, or taken up after its process
 * went away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/engine_parts.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_TRIES 5

/* ---- the runs of this environment ---- */

static bool is_pending(const struct run_row *row, const void *closure)
{
    (void)closure;
    return strcmp(row->status, run_status_name(RUN_PENDING)) == 0;
}

static bool is_under_way(const struct run_row *row, const void *closure)
{
    return row->ended_at_ms == 0 && !is_pending(row, closure);
}

static bool has_ended_with_plan(const struct run_row *row, const void *plan_name)
{
    return row->ended_at_ms != 0 && strcmp(row->plan, plan_name) == 0;
}

static bool find_run(struct engine *e, journal_row_test *test, const void *closure,
                     struct run **out, struct error *err)
{
    return journal_find_run(e->journal, e->options.environment->name, test, closure, out, err);
}

static bool refuse_other_run(struct engine *e, struct error *err)
{
    struct run *other;

    if (!find_run(e, is_under_way, NULL, &other, err))
        return false;
    if (other == NULL)
        return true;
    error_set(err, ERROR_CONFLICT, "%s of %s is not over, it is %s, and its process is gone",
              other->id, other->environment, run_status_name(other->status));
    error_code(err, "locked");
    error_hint(err, "Take it up: flightdeck run resume %s. Or put it back: flightdeck rollback %s.",
               other->id, other->environment);
    run_free(other);
    return false;
}

static bool may_drive(const struct engine *e, const struct run *run, struct error *err)
{
    if (run->needs_newer)
        return error_set(err, ERROR_USAGE,
                         "%s was driven by a newer flightdeck: this one shows it, "
                         "but does not drive it",
                         run->id);
    return strcmp(run->environment, e->options.environment->name) == 0 ||
           error_set(err, ERROR_USAGE, "%s is a run of %s", run->id, run->environment);
}

static bool refuse_second(struct engine *e, struct error *err)
{
    const struct run *run = engine_run(e);

    if (run == NULL || run_is_over(run))
        return true;
    return error_set(err, ERROR_CONFLICT, "this engine has %s already", run->id);
}

/* ---- opening ---- */

static json_t *actor_json(const struct actor *actor)
{
    const char *at = strchr(actor->user_host, '@');
    auto_free char *user = xstrndup(actor->user_host, at != NULL ? (size_t)(at - actor->user_host)
                                                                 : strlen(actor->user_host));

    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "arn",
                     text_starts_with(actor->name, "arn:") ? actor->name : "", "user", user, "host",
                     at != NULL ? at + 1 : "", "profile", actor->profile, "account",
                     actor->account);
}

static bool open_as(struct engine *e, const char *id, const char *plan_name, struct error *err)
{
    return engine_commit_first(e, id,
                               json_pack("{s:s, s:s, s:s, s:o}", "project",
                                         e->options.config->project, "environment",
                                         e->options.environment->name, "plan_name", plan_name,
                                         "actor", actor_json(&e->options.actor)),
                               err);
}

/* Another environment of the project may take the same number at the same moment. */
static bool open_run(struct engine *e, const char *plan_name, struct error *err)
{
    char id[32];

    for (int tries = 1;; tries++) {
        if (!journal_next_run_id(e->journal, id, err))
            return false;
        if (open_as(e, id, plan_name, err))
            return true;
        if (tries == MOST_TRIES || strcmp(err->code, "contradiction") != 0)
            return false;
    }
}

/* What people ticked for a release that did not ship still holds, as old as it is. */
static bool carry_item(struct engine *e, const struct run *from, const struct run_item *item,
                       struct error *err)
{
    auto_free char *summary =
        xasprintf("%s%s(from %s)", item->summary, item->summary[0] != '\0' ? " " : "", from->id);
    bool is_carried = strstr(item->summary, "(from r-") != NULL;
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:I, s:I}", "id", item->id, "state", item->state, "summary",
                  is_carried ? item->summary : summary, "recorded_at_ms", (json_int_t)item->at_ms,
                  "expires_at_ms", (json_int_t)item->expires_at_ms);

    if (item->details != NULL)
        json_object_set(body, "details", item->details);
    return engine_commit(e, "item_recorded", "", item->by, body, err);
}

static bool is_live(const struct run_item *item, int64_t now_ms)
{
    return strcmp(item->state, "pass") == 0 && item->expires_at_ms > now_ms;
}

/* *out: the newest run of this plan, when it did not ship; else NULL. */
static bool find_unshipped(struct engine *e, const char *plan_name, struct run **out,
                           struct error *err)
{
    if (!find_run(e, has_ended_with_plan, plan_name, out, err))
        return false;
    if (*out != NULL && (*out)->status == RUN_SUCCEEDED) {
        run_free(*out);
        *out = NULL;
    }
    return true;
}

static bool carry_items(struct engine *e, const char *plan_name, struct error *err)
{
    struct run *before;
    bool ok = find_unshipped(e, plan_name, &before, err);

    for (size_t i = 0; ok && before != NULL && i < before->item_count; i++)
        if (is_live(&before->items[i], clock_world_ms()))
            ok = carry_item(e, before, &before->items[i], err);
    if (ok)
        run_free(before);
    return ok;
}

static bool open_with_ticks(struct engine *e, const char *plan_name, struct error *err)
{
    return open_run(e, plan_name, err) && carry_items(e, plan_name, err);
}

static enum engine_reply reply(bool is_ok)
{
    return is_ok ? ENGINE_REPLY_DONE : ENGINE_REPLY_ERROR;
}

/* Threads of a run before still hold its steps. */
static bool must_wait(const struct engine *e)
{
    return e->workers != NULL && run_is_over(engine_run(e));
}

static bool prepare(struct engine *e, const char *plan_name, struct error *err)
{
    struct run *pending;

    if (!refuse_second(e, err) || !refuse_other_run(e, err) ||
        !find_run(e, is_pending, NULL, &pending, err))
        return false;
    if (pending == NULL)
        return open_with_ticks(e, plan_name, err);
    engine_publish(e, pending, 0);
    return true;
}

enum engine_reply engine_on_prepare(struct engine *e, struct engine_request *r)
{
    struct engine_prepare_request *wanted = r->closure;

    if (!prepare(e, wanted->plan_name, &r->err))
        return ENGINE_REPLY_ERROR;
    (void)snprintf(wanted->run_id, 32, "%s", engine_run(e)->id);
    return ENGINE_REPLY_DONE;
}

/* ---- starting ---- */

static bool make_output_directory(struct engine *e, struct error *err)
{
    auto_free char *runs = xasprintf("%s/runs", e->state_directory);
    auto_free char *own = xasprintf("%s/%s", runs, engine_run(e)->id);

    if ((mkdir(runs, 0700) != 0 && errno != EEXIST) || (mkdir(own, 0700) != 0 && errno != EEXIST))
        return error_set(err, ERROR_TRANSIENT, "could not make %s: %s", own, strerror(errno));
    return true;
}

static bool take_pending(struct engine *e, const char *run_id, struct error *err)
{
    const struct run *here = engine_run(e);
    struct run *run;

    if (here == NULL || strcmp(here->id, run_id) != 0) {
        if (!journal_read_run(e->journal, run_id, &run, err))
            return false;
        engine_publish(e, run, run->last_seq);
        here = run;
    }
    if (!may_drive(e, here, err))
        return false;
    return here->status == RUN_PENDING ||
           error_set(err, ERROR_CONFLICT, "%s was started before: it is %s", run_id,
                     run_status_name(here->status));
}

/* An approval is for exactly this plan, and as good for the next attempt at it. */
static bool carry_approvals(struct engine *e, struct error *err)
{
    int64_t oldest_ms = clock_world_ms() - e->options.config->manual_lifetime_ms;
    auto_free char *plan_name = xstrdup(engine_run(e)->plan_name);
    auto_free char *hash = xstrdup(engine_run(e)->hash);
    struct run *before;
    bool ok = find_unshipped(e, plan_name, &before, err);

    for (size_t i = 0; ok && before != NULL && i < before->approval_count; i++) {
        const struct run_approval *a = &before->approvals[i];
        if (strcmp(a->hash, hash) == 0 && a->at_ms >= oldest_ms)
            ok = engine_commit(e, "approved", "", a->by, json_pack("{s:s}", "hash", hash), err);
    }
    if (ok)
        run_free(before);
    return ok;
}

static bool start(struct engine *e, const struct engine_start_request *wanted, struct error *err)
{
    const char *plan_name = json_string_value(json_object_get(wanted->plan, "plan"));
    const struct actor *actor = &e->options.actor;

    if (e->is_stopped)
        return error_set(err, ERROR_CANCELLED, "stopped before anything was begun");
    if ((e->is_driving || wanted->run_id == NULL) && !refuse_second(e, err))
        return false;
    if (!engine_plan_load(e, wanted->plan, err))
        return false;
    /* A verb of a person at a shell is never stopped by a run that nobody drives. */
    if (!engine_plan_is_by_hand(e) && !refuse_other_run(e, err))
        return false;
    bool ok = wanted->run_id != NULL
                  ? take_pending(e, wanted->run_id, err)
                  : open_with_ticks(e, plan_name != NULL ? plan_name : "default", err);
    ok = ok && make_output_directory(e, err) &&
         engine_commit(e, "run_started", "", actor->name,
                       json_pack("{s:o, s:o}", "plan", json_deep_copy(wanted->plan), "actor",
                                 actor_json(actor)),
                       err) &&
         carry_approvals(e, err);
    e->is_driving = ok;
    e->goes_forward = ok;
    e->has_locked = false;
    return ok;
}

enum engine_reply engine_on_start(struct engine *e, struct engine_request *r)
{
    return must_wait(e) ? ENGINE_REPLY_LATER : reply(start(e, r->closure, &r->err));
}

/* ---- taking up ---- */

static bool load(struct engine *e, const char *run_id, struct error *err)
{
    struct run *run;

    if (!journal_read_run(e->journal, run_id, &run, err))
        return false;
    bool ok = true;
    if (run_is_over(run) && !run_is_at_risk(run))
        ok =
            error_set(err, ERROR_CONFLICT, "%s is over: %s", run->id, run_status_name(run->status));
    else if (run->status == RUN_PENDING)
        ok = error_set(err, ERROR_CONFLICT, "%s has not been started", run->id);
    else
        ok = may_drive(e, run, err);
    ok = ok && engine_plan_load(e, run->plan, err);
    if (!ok) {
        run_free(run);
        return false;
    }
    engine_publish(e, run, run->last_seq);
    return true;
}

/* A rollback that has written goes on by itself, as every way back: it only does what was shown. */
static bool goes_on(const struct engine *e, const struct engine_resume_request *wanted)
{
    return wanted->forward ||
           (engine_plan_goes_back(e) && run_wrote(engine_run(e)) && !run_is_over(engine_run(e)));
}

/* What was going forward stands still until somebody says: go on. Going back goes on by itself. */
static bool reconcile(struct engine *e, bool forward, struct error *err)
{
    if (run_is_over(engine_run(e)))
        return true; /* at risk; somebody says what next */
    if (run_is_going_back(engine_run(e)))
        return true;
    if (engine_run(e)->status != RUN_INTERRUPTED &&
        !engine_commit(e, "interrupted", "", "",
                       engine_reason("the process that drove it had ended"), err))
        return false;
    return !forward ||
           (engine_plan_may_go_on(e, err) &&
            engine_commit(e, "resumed", "", e->options.actor.name, engine_reason(""), err));
}

/* ---- as whom ---- */

static bool note_sign_in(struct engine *e, const char *name, struct error *err)
{
    const struct run *run = engine_run(e);
    bool is_same = strcmp(name, run->acts_as) == 0;

    return engine_commit(e, "signed_in", "", name,
                         is_same ? json_pack("{s:b}", "new_keys", true) : json_object(), err);
}

static enum engine_reply on_signed_in(struct engine *e, struct engine_request *r)
{
    const struct run *run = engine_run(e);

    engine_try_hands(e, false);
    return reply(run == NULL || run_is_over(run) || note_sign_in(e, r->closure, &r->err));
}

bool engine_signed_in(struct engine *e, const char *name, struct error *err)
{
    auto_free char *copy = xstrdup(name);
    struct engine_request r = {.handle = on_signed_in, .closure = copy};

    return engine_ask(e, &r, err);
}

/* Whoever takes it up acts as themselves, where AWS has named them. */
static bool note_taker(struct engine *e, struct error *err)
{
    const struct run *run = engine_run(e);
    const char *name = e->options.actor.name;

    return run_is_over(run) || !text_starts_with(name, "arn:") || strcmp(name, run->acts_as) == 0 ||
           note_sign_in(e, name, err);
}

static bool resume(struct engine *e, const struct engine_resume_request *wanted, struct error *err)
{
    if (!refuse_second(e, err) || !load(e, wanted->run_id, err) || !make_output_directory(e, err) ||
        !reconcile(e, goes_on(e, wanted), err) || !note_taker(e, err))
        return false;
    const struct run *run = engine_run(e);
    bool is_guarded = run->guard_step[0] != '\0' && !run_is_going_back(run) && !run_is_over(run);
    e->is_driving = true;
    e->goes_forward = goes_on(e, wanted);
    e->has_locked = false;
    e->observe_after_ms = is_guarded ? clock_boot_ms() - 1 : 0;
    return !is_guarded || engine_guard_start(e, err);
}

enum engine_reply engine_on_resume(struct engine *e, struct engine_request *r)
{
    return must_wait(e) ? ENGINE_REPLY_LATER : reply(resume(e, r->closure, &r->err));
}
