/*
 * dead_man.c - see dead_man.h.
 */
#include "aws/dead_man.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/patience.h"
#include "aws/preflight_parts.h"
#include "aws/scheduler.h"
#include "core/clock.h"
#include "core/effect.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define SET_KEY "dead-man"
#define OFF_KEY "dead-man-off"
#define UPDATE_ALIAS "arn:aws:scheduler:::aws-sdk:lambda:updateAlias"

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

bool dead_man_is_wanted(const struct config *config) { return config->silent_ms > 0; }

/* ---- what it is ---- */

/* Runs of two machines may have the same number. */
static void name_of(const char *run, const char *actor, const char *function, const char *alias,
                    char out[static SCHEDULER_NAME_SIZE])
{
    auto_free char *whose = xasprintf("%s %s %s %s", run, actor, function, alias);
    char hash[HASH_HEX_SIZE];

    hash_sha256_hex(whose, strlen(whose), hash);
    (void)snprintf(out, SCHEDULER_NAME_SIZE, "flightdeck-%.30s-%.12s", run, hash);
}

/* Yours. */
static char *role_of(const struct config *config, const struct environment *environment)
{
    return text_starts_with(config->silent_role, "arn:")
               ? xstrdup(config->silent_role)
               : xasprintf("arn:aws:iam::%s:role/%s", environment->account, config->silent_role);
}

/* What it is about: kept as a fact, so that every process of this run means the same. */
static json_t *subject_json(const struct config *config, const struct environment *environment,
                            const char *run, const char *actor, const char *function,
                            const char *alias, const char *old_version, const char *new_version,
                            const char *former)
{
    char name[SCHEDULER_NAME_SIZE];
    auto_free char *role = role_of(config, environment);

    name_of(run, actor, function, alias, name);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "name", name, "role",
                     role, "run", run, "actor", actor, "function", function, "alias", alias, "old",
                     old_version, "new", new_version, "former", former, "silent_ms",
                     (json_int_t)config->silent_ms);
}

/* What will stand on the alias: who comes later reads there that nobody took it back by hand. */
static char *mark_of(const json_t *subject, int64_t at_ms)
{
    struct alias_owner owner = {.until_ms = at_ms, .former = key_text(subject, "former")};

    text_copy(owner.run, sizeof owner.run, ALIAS_ROLLBACK);
    (void)snprintf(owner.actor, sizeof owner.actor, ALIAS_SILENCE "%s-%.80s",
                   key_text(subject, "run"), key_text(subject, "actor"));
    text_copy(owner.old_version, sizeof owner.old_version, key_text(subject, "new"));
    text_copy(owner.new_version, sizeof owner.new_version, key_text(subject, "old"));
    return alias_describe(&owner);
}

/* revision "" = whatever is there. New reference. */
static json_t *body_of(const json_t *subject, int64_t at_ms, const char *revision)
{
    auto_free char *mark = mark_of(subject, at_ms);
    auto_free char *description = xasprintf(
        "gives all traffic of %.140s:%.120s to v%s when flightdeck %s of %.100s is silent",
        key_text(subject, "function"), key_text(subject, "alias"), key_text(subject, "old"),
        key_text(subject, "run"), key_text(subject, "actor"));
    struct alias_layout layout = alias_layout_whole(key_text(subject, "old"), mark);
    json_t *call = alias_call(key_text(subject, "function"), key_text(subject, "alias"), &layout);
    json_t *input = json_incref(json_object_get(call, "params"));

    if (revision[0] != '\0')
        json_object_set_new(input, "RevisionId", json_string(revision));
    const struct scheduler_once once = {.name = key_text(subject, "name"),
                                        .description = description,
                                        .at_ms = at_ms,
                                        .target = UPDATE_ALIAS,
                                        .role = key_text(subject, "role"),
                                        .input = input};
    json_t *body = scheduler_once_json(&once);
    json_decref(input);
    json_decref(call);
    return body;
}

static int64_t next_ms(const json_t *subject)
{
    return clock_world_ms() + json_integer_value(json_object_get(subject, "silent_ms"));
}

json_t *dead_man_planned_call(const struct plan_context *context, const struct resource *resource,
                              const char *deploy_id)
{
    auto_free char *fresh = xasprintf("${%s.new_version}", deploy_id);
    auto_free char *old = xasprintf("${%s.old_version}", deploy_id);
    auto_free char *role = role_of(context->config, context->environment);
    char silent[CLOCK_STAMP_SIZE];
    auto_free char *at = xasprintf("at(now + %s), put off with each look",
                                   clock_duration_text(context->config->silent_ms, silent));
    auto_free char *mark =
        xasprintf("flightdeck " ALIAS_ROLLBACK " " ALIAS_SILENCE "${run}-${actor} %s>%s until "
                  "${time}",
                  fresh, old);
    struct alias_layout layout = alias_layout_whole(old, mark);
    json_t *call = alias_call(config_resource_text(resource, "lambda"),
                              config_resource_text(resource, "alias"), &layout);
    json_t *planned = json_pack(
        "{s:s, s:s, s:{s:s, s:s, s:{s:s, s:s, s:O}}}", "service", "scheduler", "operation",
        "CreateSchedule", "params", "Name", "flightdeck-${run}", "ScheduleExpression", at, "Target",
        "Arn", UPDATE_ALIAS, "RoleArn", role, "Input", json_object_get(call, "params"));
    json_decref(call);
    return planned;
}

/* ---- setting it ---- */

static bool send_set(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                     struct error *err)
{
    const json_t *params = json_object_get(json_object_get(intent, "what"), "params");
    json_t *body = json_deep_copy(params);

    (void)closure;
    (void)result;
    json_object_del(body, "Name");
    bool ok = scheduler_create(step_world(ctx)->aws, key_text(params, "Name"), body,
                               key_text(intent, "token"), step_cancel(ctx), err);
    json_decref(body);
    return ok;
}

static enum effect_verdict verify_set(struct step_ctx *ctx, void *closure, const json_t *intent,
                                      json_t **result, struct error *err)
{
    const json_t *params = json_object_get(json_object_get(intent, "what"), "params");
    bool is_there;

    (void)closure;
    (void)result;
    if (!scheduler_find(step_world(ctx)->aws, key_text(params, "Name"), step_cancel(ctx), &is_there,
                        err))
        return EFFECT_VERIFY_CANNOT_TELL;
    return is_there ? EFFECT_VERIFY_DONE : EFFECT_VERIFY_NOT_DONE;
}

bool dead_man_set(struct step_ctx *ctx, const char *function, const char *alias,
                  const json_t *before, const char *new_version, struct error *err)
{
    const json_t *subject = NULL;
    char silent[CLOCK_STAMP_SIZE];

    if (!dead_man_is_wanted(step_config(ctx)))
        return true;
    if (!step_decide(ctx, SET_KEY,
                     subject_json(step_config(ctx), step_environment(ctx), step_run_id(ctx),
                                  step_actor(ctx), function, alias, key_text(before, "version"),
                                  new_version, key_text(before, "description")),
                     &subject, err))
        return false;
    const struct run_effect *was = run_effect(step_run(ctx), step_id(ctx), SET_KEY);
    bool is_new = was == NULL || was->state != EFFECT_DONE;
    subject = step_fact(ctx, step_id(ctx), SET_KEY);
    json_t *params = body_of(subject, next_ms(subject), key_text(before, "revision_id"));
    json_object_set(params, "Name", json_object_get(subject, "name"));
    json_t *what = json_pack("{s:s, s:s, s:o}", "service", "scheduler", "operation",
                             "CreateSchedule", "params", params);
    auto_free char *name = xstrdup(key_text(subject, "name"));
    auto_free char *old_version = xstrdup(key_text(subject, "old"));
    int64_t silent_ms = json_integer_value(json_object_get(subject, "silent_ms"));
    const struct effect effect = {
        .what = what, .token = name, .is_guarded = true, .send = send_set, .verify = verify_set};
    bool ok = effect_run(ctx, SET_KEY, &effect, NULL, err);
    json_decref(what);
    if (ok && is_new)
        step_say(ctx, "when flightdeck is silent for %s, AWS gives all traffic back to v%s",
                 clock_duration_text(silent_ms, silent), old_version);
    return ok;
}

/* ---- putting it off ---- */

/* By whichever step: a watch does it for its shift. NULL: nobody has begun to. */
static const struct run_effect *taken_away(struct step_ctx *ctx, const char *name)
{
    const struct run *run = step_run(ctx);
    const struct run_effect *newest = NULL;

    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *e = &run->effects[i];
        const json_t *what = json_object_get(e->intent, "what");
        if (strcmp(e->key, OFF_KEY) == 0 &&
            strcmp(key_text(json_object_get(what, "params"), "Name"), name) == 0)
            newest = e;
    }
    return newest;
}

/* One that AWS refused to delete is still to be put off. */
static bool is_taken_away(struct step_ctx *ctx, const char *name)
{
    const struct run_effect *e = taken_away(ctx, name);
    return e != NULL && e->state != EFFECT_FAILED;
}

/* It was carried out and AWS refused it there, or somebody deleted it. */
static bool set_again(struct step_ctx *ctx, const json_t *subject, const json_t *body,
                      struct error *err)
{
    struct aws *aws = step_world(ctx)->aws;
    const char *name = key_text(subject, "name");
    char token[HASH_HEX_SIZE];
    auto_free char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

    if (is_taken_away(ctx, name))
        return true;
    hash_sha256_hex(text, strlen(text), token);
    if (!scheduler_create(aws, name, body, token, step_cancel(ctx), err))
        return false;
    /* Whoever took it away meanwhile has seen it gone already. */
    return !is_taken_away(ctx, name) || scheduler_delete(aws, name, step_cancel(ctx), err) ||
           err->kind == ERROR_NOT_FOUND;
}

bool dead_man_put_off(struct step_ctx *ctx, enum dead_man_cover cover, int64_t *until_ms,
                      struct error *err)
{
    char revision[64] = "";

    if (until_ms != NULL)
        *until_ms = 0;
    json_t *subject = json_deep_copy(step_fact(ctx, step_id(ctx), SET_KEY));
    const struct run_effect *set = run_effect(step_run(ctx), step_id(ctx), SET_KEY);
    if (subject == NULL || set == NULL || set->state != EFFECT_DONE ||
        is_taken_away(ctx, key_text(subject, "name"))) {
        json_decref(subject);
        return true;
    }
    int64_t at_ms = next_ms(subject);
    if (cover == DEAD_MAN_OURS) {
        const json_t *before = step_fact(ctx, step_id(ctx), "before");
        (void)snprintf(revision, sizeof revision, "%s", key_text(before, "revision_id"));
        alias_own_revision(step_run(ctx), key_text(subject, "function"), key_text(subject, "alias"),
                           revision);
    }
    json_t *body = body_of(subject, at_ms, revision);
    bool ok = scheduler_update(step_world(ctx)->aws, key_text(subject, "name"), body,
                               step_cancel(ctx), err) ||
              (err->kind == ERROR_NOT_FOUND && set_again(ctx, subject, body, err));
    if (ok && until_ms != NULL)
        *until_ms = at_ms;
    json_decref(body);
    json_decref(subject);
    return ok;
}

/* ---- taking it away ---- */

static bool see_gone(struct step_ctx *ctx, const char *name, struct error *err)
{
    bool is_there;

    if (!scheduler_find(step_world(ctx)->aws, name, step_cancel(ctx), &is_there, err))
        return error_set(err, ERROR_UNKNOWN, "whether schedule %s is gone is not known: %.300s",
                         name, err->message);
    return !is_there || error_set(err, ERROR_UNKNOWN, "schedule %s is still there", name);
}

static bool send_off(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                     struct error *err)
{
    const char *name = key_text(json_object_get(json_object_get(intent, "what"), "params"), "Name");

    (void)closure;
    (void)result;
    return (scheduler_delete(step_world(ctx)->aws, name, step_cancel(ctx), err) ||
            err->kind == ERROR_NOT_FOUND) &&
           see_gone(ctx, name, err);
}

static enum effect_verdict verify_off(struct step_ctx *ctx, void *closure, const json_t *intent,
                                      json_t **result, struct error *err)
{
    enum effect_verdict there = verify_set(ctx, closure, intent, result, err);

    return there == EFFECT_VERIFY_DONE       ? EFFECT_VERIFY_NOT_DONE
           : there == EFFECT_VERIFY_NOT_DONE ? EFFECT_VERIFY_DONE
                                             : there;
}

bool dead_man_take_away(struct step_ctx *ctx, const char *shift, struct error *err)
{
    const json_t *subject = step_fact(ctx, shift, SET_KEY);

    if (subject == NULL)
        return true;
    json_t *what = json_pack("{s:s, s:s, s:{s:O}}", "service", "scheduler", "operation",
                             "DeleteSchedule", "params", "Name", json_object_get(subject, "name"));
    const struct effect effect = {
        .what = what, .is_guarded = true, .send = send_off, .verify = verify_off};
    bool ok = effect_run(ctx, OFF_KEY, &effect, NULL, err);
    json_decref(what);
    return ok;
}

bool dead_man_see_off(struct step_ctx *ctx, const char *shift, struct error *err)
{
    struct patience patience = patience_begin(ctx);

    while (!dead_man_take_away(ctx, shift, err))
        if (!patience_again(&patience, err))
            return false;
    return true;
}

/* ---- after it was carried out ---- */

bool dead_man_was_carried_out(struct step_ctx *ctx, struct error *err)
{
    struct lambda_alias seen;
    struct alias_owner mark;
    struct error ignored;
    char at[CLOCK_STAMP_SIZE], silent[CLOCK_STAMP_SIZE];
    json_t *subject = json_deep_copy(step_fact(ctx, step_id(ctx), SET_KEY));

    if (subject == NULL || is_taken_away(ctx, key_text(subject, "name"))) {
        json_decref(subject);
        return false;
    }
    bool is = lambda_get_alias(step_world(ctx)->aws, key_text(subject, "function"),
                               key_text(subject, "alias"), step_cancel(ctx), &seen, &ignored) &&
              alias_is_by_silence(step_run(ctx), key_text(subject, "function"),
                                  key_text(subject, "alias"), &seen) &&
              alias_read_owner(seen.description, &mark);
    if (is) {
        error_set(
            err, ERROR_REFUSED,
            "AWS gave all traffic back to v%s at %s, because this computer had been silent "
            "for %s",
            key_text(subject, "old"), clock_time_of_day(mark.until_ms, at),
            clock_duration_text(json_integer_value(json_object_get(subject, "silent_ms")), silent));
        error_code(err, ALIAS_SILENCE_CODE);
    }
    json_decref(subject);
    return is;
}

/* ---- before anything ---- */

void dead_man_check(const struct preflight_scene *t, struct preflight_findings *f)
{
    char name[SCHEDULER_NAME_SIZE], silent[CLOCK_STAMP_SIZE];
    struct error err;
    bool is_there;

    if (!dead_man_is_wanted(t->context->config))
        return;
    name_of("preflight", "", t->function, t->alias_name, name);
    auto_free char *role = role_of(t->context->config, t->environment);
    if (scheduler_find(t->world->aws, name, t->cancel, &is_there, &err))
        preflight_say(f, FINDING_PASS, "AWS goes back by itself after %s of silence, as %s",
                      clock_duration_text(t->context->config->silent_ms, silent), role);
    else
        preflight_say(f, err.kind == ERROR_DENIED ? FINDING_FAIL : FINDING_UNKNOWN,
                      "whether AWS would go back by itself is not known: %s", err.message);
}
