/*
 * alias_write.c - the writes to an alias, and the way back. See alias.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "aws/outcome.h"
#include "aws/patience.h"
#include "aws/released.h"
#include "aws/sts.h"
#include "core/clock.h"
#include "core/effect.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ATTEMPTS 5
#define WHO_LIMIT_MS 1500 /* wall, of an attempt: a way back does not wait for a name */
#define FIRST_BACK "back"
#define FOREIGN_CHANGE "PreconditionFailedException"

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

struct writing {
    struct aws *aws;
    const char *function, *alias;
    struct cancel *cancel; /* ends the wait for an answer that does not come: it is unknown then */
    bool is_back;          /* cancelled by whoever gives it up */
};

static json_t *seen_json(const struct lambda_alias *seen)
{
    return json_pack("{s:s, s:s, s:f, s:s}", "version", seen->version, "additional_version",
                     seen->additional_version, "additional_weight", seen->additional_weight,
                     "revision_id", seen->revision_id);
}

static bool read_back(const struct writing *w, struct cancel *cancel,
                      const struct alias_layout *wanted, bool *is_there, struct lambda_alias *seen,
                      struct error *err)
{
    if (!lambda_get_alias(w->aws, w->function, w->alias, cancel, seen, err))
        return false;
    *is_there = alias_is_as(seen, wanted);
    return true;
}

static bool say_silence(const struct writing *w, const struct lambda_alias *seen, struct error *err)
{
    error_set(err, ERROR_CONFLICT,
              "%s:%s: AWS has given all traffic back to v%s; nothing was overwritten", w->function,
              w->alias, seen->version);
    return error_code(err, FOREIGN_CHANGE);
}

bool alias_refuse_foreign(const char *function, const char *alias, const struct lambda_alias *seen,
                          struct error *err)
{
    auto_free char *split = alias_split_text(seen);
    auto_free char *safe = text_safe(seen->description);
    error_set(err, ERROR_CONFLICT,
              ALIAS_FOREIGN " %s:%s: it serves %s now (\"%.80s\"); nothing was overwritten",
              function, alias, split, safe);
    error_code(err, FOREIGN_CHANGE);
    return error_hint(err, "Find out who, then `flightdeck run resume` or `flightdeck rollback`.");
}

static bool send(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                 struct error *err)
{
    const struct writing *w = closure;
    struct alias_layout wanted = alias_layout_of_call(json_object_get(intent, "what"));
    struct lambda_alias seen;
    struct error reading;
    bool is_there = false;

    bool is_sent = lambda_update_alias_until(
        w->aws, w->function, w->alias, wanted.version, wanted.additional_version,
        wanted.additional_weight, wanted.description,
        key_text(json_object_get(intent, "precondition"), "revision_id"), w->cancel, &seen, err);
    if (!is_sent && strcmp(err->code, FOREIGN_CHANGE) != 0)
        return false;
    /* What AWS has answered is looked up to the end. */
    if (!read_back(w, w->is_back ? w->cancel : NULL, &wanted, &is_there, &seen, &reading))
        return error_set(err, ERROR_UNKNOWN, "%s:%s could not be read back: %.300s", w->function,
                         w->alias, reading.message);
    if (!is_there)
        return alias_is_by_silence(step_run(ctx), w->function, w->alias, &seen)
                   ? say_silence(w, &seen, err)
                   : alias_refuse_foreign(w->function, w->alias, &seen, err);
    *result = seen_json(&seen);
    return true;
}

/* Sent again it carries the same revision: where somebody else came between, AWS refuses it. */
static enum effect_verdict verify(struct step_ctx *ctx, void *closure, const json_t *intent,
                                  json_t **result, struct error *err)
{
    const struct writing *w = closure;
    struct alias_layout wanted = alias_layout_of_call(json_object_get(intent, "what"));
    struct lambda_alias seen;
    bool is_there = false;

    (void)ctx;
    if (!read_back(w, w->cancel, &wanted, &is_there, &seen, err))
        return EFFECT_VERIFY_CANNOT_TELL;
    if (!is_there)
        return EFFECT_VERIFY_NOT_DONE;
    *result = seen_json(&seen);
    return EFFECT_VERIFY_DONE;
}

static bool write_as(struct step_ctx *ctx, struct writing *w, const char *key,
                     const struct alias_layout *layout, char revision[static 64], struct error *err)
{
    json_t *what = alias_call(w->function, w->alias, layout);
    json_t *precondition = json_pack("{s:s}", "revision_id", revision);
    json_t *result = NULL;
    const struct effect effect = {.what = what,
                                  .precondition = precondition,
                                  .is_guarded = true,
                                  .closure = w,
                                  .send = send,
                                  .verify = verify};

    bool ok = effect_run(ctx, key, &effect, &result, err);
    if (ok)
        (void)snprintf(revision, 64, "%s", key_text(result, "revision_id"));
    json_decref(result);
    json_decref(precondition);
    json_decref(what);
    return ok;
}

bool alias_write(struct step_ctx *ctx, struct aws *aws, const char *key, const char *function,
                 const char *alias, const struct alias_layout *layout, char revision[static 64],
                 struct error *err)
{
    struct writing w = {aws, function, alias, step_cancel(ctx), false};

    return write_as(ctx, &w, key, layout, revision, err);
}

char *alias_write_key(struct step_ctx *ctx, const char *name, int attempt)
{
    for (int number = 1;; number++) {
        char *key = number == 1 ? xstrdup(name) : xasprintf("%s-%d", name, number);
        const struct run_effect *e = run_effect(step_run(ctx), step_id(ctx), key);
        if ((e == NULL || e->state != EFFECT_DONE) && attempt-- == 1)
            return key;
        free(key);
    }
}

/* ---- before the first and after the last write ---- */

static bool refuse_other_run(struct step_ctx *ctx, const char *function, const char *alias,
                             const struct lambda_alias *seen, struct error *err)
{
    struct alias_owner owner;
    char until[CLOCK_STAMP_SIZE];

    /* Runs of two machines may have the same number: the mark alone does not say that it is ours.
     */
    if (!alias_read_owner(seen->description, &owner) || owner.until_ms < clock_world_ms() ||
        alias_is_ours(step_run(ctx), function, alias, seen))
        return true;
    error_set(err, ERROR_CONFLICT, "run %s of %s moves it from v%s to v%s, until %s at most",
              owner.run, owner.actor, owner.old_version, owner.new_version,
              clock_time_of_day(owner.until_ms, until));
    error_hint(err, "To take it back: flightdeck rollback %s", step_environment(ctx)->name);
    return error_code(err, "locked");
}

static bool decide_versions(struct step_ctx *ctx, const json_t *before, const char *new_version,
                            struct error *err)
{
    const json_t *decided;
    return step_decide(ctx, "old_version", json_string(key_text(before, "version")), &decided,
                       err) &&
           step_decide(ctx, "new_version", json_string(new_version), &decided, err);
}

bool alias_begin(struct step_ctx *ctx, const char *function, const char *alias,
                 const char *new_version, struct lambda_alias *seen, const json_t **before,
                 struct error *err)
{
    if (!lambda_get_alias(step_world(ctx)->aws, function, alias, step_cancel(ctx), seen, err) ||
        (step_fact(ctx, step_id(ctx), "before") == NULL &&
         !refuse_other_run(ctx, function, alias, seen, err)))
        return false;
    if (!step_decide(ctx, "before", alias_before_json(seen), before, err) ||
        !decide_versions(ctx, *before, new_version, err))
        return false;
    *before = step_fact(ctx, step_id(ctx), "before");
    return true;
}

static bool describe(struct step_ctx *ctx, const char *function, const char *alias,
                     const char *version, const json_t *before, struct error *err)
{
    static const char key[] = "description";
    struct aws *aws = step_world(ctx)->aws;
    const struct writing as = {aws, function, alias, NULL, false};
    struct alias_layout wanted = alias_layout_whole(version, key_text(before, "description"));
    struct lambda_alias seen;
    char revision[64];

    if (!lambda_get_alias(aws, function, alias, step_cancel(ctx), &seen, err))
        return false;
    const struct run_effect *e = run_effect(step_run(ctx), step_id(ctx), key);
    bool is_begun = e != NULL && e->state != EFFECT_FAILED; /* a refused one is begun anew */
    if (!is_begun && !alias_is_ours(step_run(ctx), function, alias, &seen))
        return alias_refuse_foreign(as.function, as.alias, &seen, err);
    (void)snprintf(revision, sizeof revision, "%s", seen.revision_id);
    return alias_write(ctx, aws, key, function, alias, &wanted, revision, err);
}

/* A release is not given up because its last words got lost. */
bool alias_describe_as_before(struct step_ctx *ctx, const char *function, const char *alias,
                              const char *version, const json_t *before, struct error *err)
{
    struct patience patience = patience_begin(ctx);

    while (!describe(ctx, function, alias, version, before, err))
        if (!patience_again(&patience, err))
            return false;
    return true;
}

/* ---- the way back ---- */

static bool has_written(const struct run *run, const char *step, const char *function,
                        const char *alias)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, step) == 0 &&
            alias_is_write_to(&run->effects[i], function, alias))
            return true;
    return false;
}

struct way_back {
    struct step_ctx *ctx;
    const char *function, *alias;
    struct alias_layout before;
    char doubt[64]; /* effect of a weight that nobody saw the end of; "" = none */
    bool has_arrived;
};

static bool is_marked(const struct lambda_alias *seen)
{
    struct alias_owner owner;
    return alias_read_owner(seen->description, &owner);
}

/* Sent by a process that died: it is settled first, whatever the alias says. */
static bool is_without_outcome(struct step_ctx *ctx, const char *key)
{
    const struct run_effect *e = run_effect(step_run(ctx), step_id(ctx), key);
    return e != NULL && (e->state == EFFECT_INTENT || e->state == EFFECT_UNKNOWN);
}

/* A weight that was sent and never answered: it takes hold as long as its revision is the alias's.
 */
static const struct run_effect *in_doubt(const struct way_back *w)
{
    const struct run *run = step_run(w->ctx);

    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *e = &run->effects[i];
        if (strcmp(e->step, step_id(w->ctx)) == 0 &&
            (e->state == EFFECT_INTENT || e->state == EFFECT_UNKNOWN) &&
            !json_is_true(json_object_get(e->intent, "by_undo")) &&
            alias_is_write_to(e, w->function, w->alias))
            return e;
    }
    return NULL;
}

/* While the alias is still as that weight left it, or not (yet: our write finds that out). */
static void look_at_doubt(struct way_back *w, const struct lambda_alias *seen)
{
    const struct run_effect *e = in_doubt(w);

    if (e == NULL)
        return;
    struct alias_layout sent = alias_layout_of_call(json_object_get(e->intent, "what"));
    text_copy(w->doubt, sizeof w->doubt, e->key);
    w->has_arrived = w->has_arrived || alias_is_as(seen, &sent);
}

/* Over what was written since, with another revision, it cannot take hold any more. */
static bool settle_doubt(const struct way_back *w, struct error *err)
{
    return w->doubt[0] == '\0' ||
           effect_settle(w->ctx, w->doubt, w->has_arrived,
                         w->has_arrived ? "" : "it was not there when the traffic went back", err);
}

/*
 * What the run's own last write left there, where none of its writes is in doubt: sent with it the
 * way back needs no look first, and AWS refuses it where somebody else came between. "" = look.
 */
static void own_revision(const struct way_back *w, const char *key, char out[static 64])
{
    const struct run *run = step_run(w->ctx);

    out[0] = '\0';
    if (run->over[0] != '\0' || run_effect(run, step_id(w->ctx), key) != NULL)
        return;
    alias_own_revision(run, w->function, w->alias, out);
}

enum back {
    BACK_DONE,   /* seen to be as before */
    BACK_MISSED, /* it changed while we wrote: perhaps by a late write of our own */
    BACK_FAILED  /* *err */
};

/* *is_done: by us, or by somebody who was quicker. */
static bool look_first(struct way_back *w, struct aws *aws, bool is_open, char revision[static 64],
                       bool *is_done, struct error *err)
{
    const struct writing as = {aws, w->function, w->alias, NULL, false};
    struct lambda_alias seen;

    if (!lambda_get_alias(aws, w->function, w->alias, step_cancel(w->ctx), &seen, err))
        return false;
    bool is_ours = alias_is_ours(step_run(w->ctx), w->function, w->alias, &seen);
    bool is_back = alias_serves(&seen, &w->before) && !(is_ours && is_marked(&seen));
    bool is_to_keep_out = is_back && in_doubt(w) != NULL;
    look_at_doubt(w, &seen);
    const char *over = step_run(w->ctx)->over;
    bool is_agreed = over[0] != '\0' && strcmp(over, seen.revision_id) == 0;
    *is_done = !is_open && is_back && !is_to_keep_out;
    if (!is_open && !is_back && !is_ours && !is_agreed)
        return alias_refuse_foreign(as.function, as.alias, &seen, err);
    (void)snprintf(revision, 64, "%s", seen.revision_id);
    return true;
}

static enum back go_back(struct way_back *w, struct aws *aws, int attempt, struct error *err)
{
    auto_free char *key = alias_write_key(w->ctx, FIRST_BACK, attempt);
    bool is_open = is_without_outcome(w->ctx, key), is_done = false;
    struct writing as = {aws, w->function, w->alias, step_cancel(w->ctx), true};
    char revision[64] = "";

    if (strcmp(key, FIRST_BACK) == 0)
        own_revision(w, key, revision);
    if (revision[0] == '\0' && !look_first(w, aws, is_open, revision, &is_done, err))
        return BACK_FAILED;
    if (is_done || write_as(w->ctx, &as, key, &w->before, revision, err))
        return BACK_DONE;
    return strcmp(err->code, FOREIGN_CHANGE) == 0 ? BACK_MISSED : BACK_FAILED;
}

/* What does not answer is tried on by whoever calls: a way back has more patience than a step. */
static bool try_back(void *closure, struct aws *aws, struct error *err)
{
    struct way_back *w = closure;
    enum back back = BACK_MISSED;

    for (int attempt = 1; attempt <= MOST_ATTEMPTS && back == BACK_MISSED; attempt++)
        back = go_back(w, aws, attempt, err);
    return back == BACK_DONE;
}

static const char *account_of_run(struct step_ctx *ctx)
{
    const char *account = run_account(step_run(ctx));
    return account[0] != '\0' ? account : step_environment(ctx)->account;
}

/* Where AWS says that it is another one; where it says nothing a way back goes on. */
static bool is_of_other_account(struct step_ctx *ctx, struct aws *aws,
                                const struct step_asker *asker)
{
    const char *own = account_of_run(ctx), *account = asker->account;
    struct sts_identity who;
    struct error ignored;

    if (account[0] == '\0' &&
        sts_get_caller_identity_within(aws, WHO_LIMIT_MS, step_cancel(ctx), &who, &ignored))
        account = who.account;
    return own[0] != '\0' && account[0] != '\0' && strcmp(own, account) != 0;
}

/* What somebody else changed is the same for everybody. */
static bool may_be_tried_on(const struct error *err)
{
    return err->kind != ERROR_CONFLICT && err->kind != ERROR_CANCELLED;
}

bool alias_go_back_as(struct step_ctx *ctx, alias_way_back *go, void *closure, struct error *err)
{
    struct step_asker asker;
    const struct {
        struct aws *aws;
        const char *whose;
        bool is_asker;
    } ways[] = {{step_asker_aws(ctx, &asker), asker.name, true},
                {step_world(ctx)->rollback_aws, "rollback.as", false}};
    bool ok = go(closure, step_world(ctx)->aws, err);
    bool is_denied = !ok && err->kind == ERROR_DENIED, has_hope = false;
    const char *own = step_run(ctx)->acts_as;

    if (ok && own[0] != '\0' && asker.name[0] != '\0' && strcmp(own, asker.name) != 0)
        step_say(ctx, "done with the sign-in of the run, %s", event_text_person(own));
    struct error hope; /* what may come right is tried on, whatever the last way said */

    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && is_denied && !ok; i++) {
        if (!aws_has_keys(ways[i].aws) || !may_be_tried_on(err))
            continue;
        if (ways[i].is_asker && is_of_other_account(ctx, ways[i].aws, &asker)) {
            step_say(ctx, "not with the sign-in of %s: it is to another account", asker.name);
            continue;
        }
        step_say(ctx, "this sign-in may not go back (%s): with that of %s", err->message,
                 ways[i].whose);
        ok = go(closure, ways[i].aws, err);
        if (!ok && !has_hope && err->kind != ERROR_DENIED) {
            hope = *err;
            has_hope = true;
        }
    }
    if (!ok && has_hope)
        *err = hope;
    return ok;
}

/* What a person does about it, where AWS's own code does not say it better. */
static bool hint_at_way_out(const struct way_back *w, struct error *err)
{
    if (err->kind == ERROR_DENIED && text_starts_with(err->code, "AccessDenied"))
        return error_hint(err, "ask for lambda:GetAlias and lambda:UpdateAlias on %s:%s",
                          w->function, w->alias);
    if (err->kind == ERROR_UNKNOWN || (err->kind == ERROR_TRANSIENT && err->hint[0] == '\0'))
        return error_hint(err, "see that AWS answers from here");
    return false;
}

/* Where the sign-in has ended, the next one goes back. */
static enum step_outcome outcome_of_way_back(struct step_ctx *ctx, struct error *err)
{
    const struct error why = *err;

    if (!sts_has_ended(err) || !step_awaits_sign_in(ctx))
        return outcome_of_error(err);
    error_set(err, why.kind,
              "the sign-in of the run has ended: `!` takes it back with yours (%.200s)",
              why.message);
    error_code(err, why.code);
    error_hint(err, "%s", why.hint);
    return STEP_OUTCOME_ERRORED;
}

enum step_outcome alias_put_back(struct step_ctx *ctx, struct error *err)
{
    const struct resource *resource =
        released_function(step_environment(ctx), step_params(ctx), err);
    if (resource == NULL)
        return outcome_of_error(err);
    const char *function = config_resource_text(resource, "lambda"),
               *alias = config_resource_text(resource, "alias");
    const json_t *before = step_fact(ctx, step_id(ctx), "before");
    struct way_back w = {ctx, function, alias, alias_before_layout(before), "", false};

    if (before == NULL || !has_written(step_run(ctx), step_id(ctx), function, alias))
        return STEP_OUTCOME_SUCCEEDED;
    if (!alias_go_back_as(ctx, try_back, &w, err) || !settle_doubt(&w, err)) {
        hint_at_way_out(&w, err);
        return outcome_of_way_back(ctx, err);
    }
    double weight = w.before.additional_version[0] != '\0' ? w.before.additional_weight : 0;
    if (!step_note_fact(ctx, "weight", json_real(weight), err))
        return outcome_of_error(err);
    step_say(ctx, "v%s serves %s of %s:%s again, as before", w.before.version,
             weight > 0 ? "its share" : "all traffic", function, alias);
    return STEP_OUTCOME_SUCCEEDED;
}
