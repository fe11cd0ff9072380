/*
 * snapshot.c - takes a snapshot of a database and waits until one could restore from it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/outcome.h"
#include "aws/polling.h"
#include "aws/rds.h"
#include "aws/rds_status.h"
#include "aws/steps.h"
#include "core/effect.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define LOOK_EVERY_MS 15000
#define READY_LIMIT_MS (INT64_C(30) * 60 * 1000)
#define AVAILABLE_LIMIT_MS (INT64_C(6) * 60 * 60 * 1000)
#define TELL_EVERY_PERCENT 25
#define MOST_ATTEMPTS 5

static const struct param params[] = {
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .is_required = true,
     .of = "rds",
     .help = "the database"},
    {0},
};

struct taking {
    struct aws *aws;
    const char *instance, *snapshot; /* identifiers */
};

static json_t *describe_call(const char *instance, const char *snapshot)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "service", "rds", "operation", "CreateDBSnapshot",
                     "params", "DBInstanceIdentifier", instance, "DBSnapshotIdentifier", snapshot);
}

static const char *instance_of(const struct environment *environment, const json_t *given)
{
    const char *name = json_string_value(json_object_get(given, "resource"));
    const struct resource *resource = config_resource(environment, name != NULL ? name : "");

    return resource != NULL ? config_resource_text(resource, "rds") : "";
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const char *instance = instance_of(context->environment, context->step->params);
    auto_free char *snapshot = xasprintf("${%s.snapshot}", context->step->id);

    if (instance[0] == '\0')
        return error_set(err, ERROR_USAGE, "there is no such database");
    *out = (struct step_plan){
        .calls = json_pack("[o]", describe_call(instance, snapshot)),
        .summary = xasprintf("snapshot %s and wait until it is available", instance),
        .undo = xstrdup("nothing: it takes no part in what runs, and stays until it is deleted"),
    };
    return true;
}

static void preflight(struct step_ctx *ctx, struct preflight *findings)
{
    const char *instance = instance_of(step_environment(ctx), step_params(ctx));
    struct rds_instance seen;
    struct error err;

    if (!rds_describe_instance(step_world(ctx)->aws, instance, step_cancel(ctx), &seen, &err)) {
        preflight_add(findings, err.kind == ERROR_NOT_FOUND ? FINDING_FAIL : FINDING_UNKNOWN,
                      step_id(ctx), "%s", err.message);
        return;
    }
    switch (rds_status_readiness(seen.status)) {
    case RDS_STATUS_READY:
        preflight_add(findings, FINDING_PASS, step_id(ctx), "%s is %s", instance, seen.status);
        return;
    case RDS_STATUS_BUSY:
        preflight_add(findings, FINDING_NOTE, step_id(ctx),
                      "%s is %s: the snapshot waits until that is over", instance, seen.status);
        return;
    case RDS_STATUS_BROKEN:
        preflight_add(findings, FINDING_FAIL, step_id(ctx), "%s is %s: no snapshot can be taken",
                      instance, seen.status);
        return;
    }
}

/*
 * The identifier is a name for ever: runs of other machines and journals must not come upon it, so
 * a part of it is random. Rules: letters, digits, single hyphens, a letter first.
 */
static char *make_identifier(struct step_ctx *ctx, const char *instance)
{
    unsigned char random[4];

    hash_random(random, sizeof random);
    auto_free char *words = xasprintf("flightdeck %s %s %02x%02x%02x%02x", instance,
                                      step_run_id(ctx), random[0], random[1], random[2], random[3]);
    return text_slug(words);
}

/* ---- the effect ---- */

static json_t *result_of(const struct rds_snapshot *snapshot)
{
    return json_pack("{s:s, s:s}", "snapshot", snapshot->id, "status", snapshot->status);
}

static bool send(struct step_ctx *ctx, void *closure, const json_t *intent, json_t **result,
                 struct error *err)
{
    const struct taking *t = closure;
    struct rds_snapshot made;

    (void)intent;
    bool ok = rds_create_snapshot(t->aws, t->instance, t->snapshot, &made, err);
    /* Nobody else can have chosen this name: an earlier request of ours did arrive. */
    if (!ok && strcmp(err->code, "DBSnapshotAlreadyExists") == 0)
        ok = rds_describe_snapshot(t->aws, t->snapshot, step_cancel(ctx), &made, err);
    if (ok)
        *result = result_of(&made);
    return ok;
}

static enum effect_verdict verify(struct step_ctx *ctx, void *closure, const json_t *intent,
                                  json_t **result, struct error *err)
{
    const struct taking *t = closure;
    struct rds_snapshot seen;

    (void)intent;
    if (rds_describe_snapshot(t->aws, t->snapshot, step_cancel(ctx), &seen, err)) {
        *result = result_of(&seen);
        return EFFECT_VERIFY_DONE;
    }
    return err->kind == ERROR_NOT_FOUND ? EFFECT_VERIFY_NOT_DONE : EFFECT_VERIFY_CANNOT_TELL;
}

/* ---- waiting ---- */

static bool look_ready(struct step_ctx *ctx, void *closure, bool *is_over,
                       char state[static POLLING_STATE_SIZE], struct error *err)
{
    const struct taking *t = closure;
    struct rds_instance seen;

    if (!rds_describe_instance(t->aws, t->instance, step_cancel(ctx), &seen, err))
        return false;
    if (rds_status_readiness(seen.status) == RDS_STATUS_BROKEN)
        return error_set(err, ERROR_REFUSED, "%s is %s: no snapshot can be taken", t->instance,
                         seen.status);
    *is_over = rds_status_readiness(seen.status) == RDS_STATUS_READY;
    (void)snprintf(state, POLLING_STATE_SIZE, "%.60s is %.40s", t->instance, seen.status);
    return true;
}

static bool look_available(struct step_ctx *ctx, void *closure, bool *is_over,
                           char state[static POLLING_STATE_SIZE], struct error *err)
{
    const struct taking *t = closure;
    struct rds_snapshot seen;

    if (!rds_describe_snapshot(t->aws, t->snapshot, step_cancel(ctx), &seen, err))
        return false;
    *is_over = strcmp(seen.status, "available") == 0;
    if (!*is_over && strcmp(seen.status, "creating") != 0)
        return error_set(err, ERROR_REFUSED, "the snapshot %s is %s", t->snapshot, seen.status);
    (void)snprintf(state, POLLING_STATE_SIZE, "%.60s is %s, %d %% done", seen.id, seen.status,
                   seen.percent / TELL_EVERY_PERCENT * TELL_EVERY_PERCENT);
    return true;
}

/* Between our look and our request a backup of its own may have begun: that is waited for too. */
static bool create(struct step_ctx *ctx, const struct effect *effect, struct error *err)
{
    struct taking *t = effect->closure;
    const struct polling ready = {"ready", LOOK_EVERY_MS, READY_LIMIT_MS, t, look_ready};
    json_t *result = NULL;

    for (int attempt = 1;; attempt++) {
        /* An instance that is being backed up may be so because of our own request. */
        const struct run_effect *e = run_effect(step_run(ctx), step_id(ctx), "create");
        bool is_begun = e != NULL && e->state != EFFECT_FAILED;
        if (!is_begun && !polling_wait(ctx, &ready, err))
            return false;
        if (effect_run(ctx, "create", effect, &result, err)) {
            json_decref(result);
            return true;
        }
        if (strcmp(err->code, "InvalidDBInstanceState") != 0 || attempt == MOST_ATTEMPTS ||
            !step_poll_pause(ctx, LOOK_EVERY_MS, err))
            return false;
    }
}

static bool take(struct step_ctx *ctx, struct taking *t, struct error *err)
{
    const struct polling available = {"available", LOOK_EVERY_MS, AVAILABLE_LIMIT_MS, t,
                                      look_available};
    json_t *what = describe_call(t->instance, t->snapshot);
    const struct effect effect = {.what = what,
                                  .token = t->snapshot,
                                  .is_guarded = true,
                                  .closure = t,
                                  .send = send,
                                  .verify = verify};
    bool ok = create(ctx, &effect, err) && polling_wait(ctx, &available, err);

    json_decref(what);
    return ok;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    struct taking t = {.aws = step_world(ctx)->aws,
                       .instance = instance_of(step_environment(ctx), step_params(ctx))};
    auto_free char *identifier = make_identifier(ctx, t.instance);
    const json_t *decided;

    if (!step_decide(ctx, "snapshot", json_string(identifier), &decided, err))
        return outcome_of_error(err);
    auto_free char *snapshot = xstrdup(json_string_value(decided));
    t.snapshot = snapshot;
    if (!take(ctx, &t, err))
        return outcome_of_error(err);
    step_say(ctx, "%s is available", t.snapshot);
    return STEP_OUTCOME_SUCCEEDED;
}

const struct step_kind step_snapshot = {
    .name = "snapshot",
    .summary = "Take a snapshot of a database and wait until it is available",
    .params = params,
    .plan = plan,
    .preflight = preflight,
    .run = run,
    .undo = step_undo_nothing,
};
