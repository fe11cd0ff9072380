/*
 * http.c - asks an address until it answers as expected, a few times at most. Changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/house.h"
#include "core/mem.h"
#include "net/http_check.h"
#include "net/steps.h"

#define LIMIT_MS 15000

static const struct param params[] = {
    {.name = "url", .type = PARAM_TEXT, .is_required = true, .help = "address to ask"},
    {.name = "method", .type = PARAM_TEXT, .fallback = "GET", .help = "GET or HEAD"},
    {.name = "status", .type = PARAM_INTEGER, .fallback = "200", .help = "expected status"},
    {.name = "json",
     .type = PARAM_JSON,
     .help = "every key of it must be in the reply, with that value"},
    {.name = "attempts", .type = PARAM_INTEGER, .fallback = "3", .help = "how often it is asked"},
    {.name = "every", .type = PARAM_DURATION, .fallback = "10s", .help = "pause between attempts"},
    {0},
};

static const char *text_of_param(const json_t *given, const char *name)
{
    const char *text = json_string_value(json_object_get(given, name));

    return text == NULL ? "" : text;
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    const json_t *given = context->step->params;
    const char *method = text_of_param(given, "method"), *url = text_of_param(given, "url");
    json_int_t attempts = json_integer_value(json_object_get(given, "attempts"));
    json_int_t status = json_integer_value(json_object_get(given, "status"));

    if (!http_check_validate(method, url, err))
        return false;
    if (attempts < 1 || attempts > 1000)
        return error_set(err, ERROR_USAGE, "attempts is %lld, not 1 to 1000", (long long)attempts);
    if (status < 100 || status > 599)
        return error_set(err, ERROR_USAGE, "%lld is no HTTP status", (long long)status);
    *out = (struct step_plan){
        .calls = json_pack("[{s:s, s:s, s:{s:s}}]", "service", "http", "operation", method,
                           "params", "url", url),
        .summary = xasprintf("%s %s answers %lld", method, url, (long long)status),
    };
    return true;
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const json_t *given = step_params(ctx);
    const struct world *world = step_world(ctx);
    json_int_t attempts = json_integer_value(json_object_get(given, "attempts"));
    int64_t every_ms = json_integer_value(json_object_get(given, "every"));
    const struct http_check check = {
        .method = text_of_param(given, "method"),
        .url = text_of_param(given, "url"),
        .status = (int)json_integer_value(json_object_get(given, "status")),
        .expected = json_object_get(given, "json"),
        .limit_ms = LIMIT_MS,
    };

    for (json_int_t i = 1;; i++) {
        auto_free char *summary = NULL;
        bool passed = false;
        bool was_told =
            http_check_run(world->transport, &check, step_cancel(ctx), &passed, &summary, err);
        if (passed) {
            step_say(ctx, "%s %s: %s", check.method, check.url, summary);
            return STEP_OUTCOME_SUCCEEDED;
        }
        if (was_told)
            error_set(err, ERROR_REFUSED, "%s %s: %s", check.method, check.url, summary);
        else if (err->kind == ERROR_CANCELLED && step_is_cancelled(ctx))
            return STEP_OUTCOME_ABORTED;
        if (i >= attempts)
            return was_told ? STEP_OUTCOME_FAILED : STEP_OUTCOME_ERRORED;
        step_say(ctx, "attempt %lld of %lld: %s", (long long)i, (long long)attempts, err->message);
        if (!step_poll_pause(ctx, every_ms, err))
            return STEP_OUTCOME_ABORTED;
    }
}

const struct step_kind step_http = {
    .name = "http",
    .summary = "An address answers as expected",
    .params = params,
    .plan = plan,
    .run = run,
    .undo = step_undo_nothing,
};
