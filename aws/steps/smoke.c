/*
 * smoke.c - the quick checks of the configuration: asked of the new version alone, or through
 * everyone's address.
 *
 * A wrong answer is an answer: it is never asked again. Only what did not arrive is.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/lambda.h"
#include "aws/outcome.h"
#include "aws/proxy_event.h"
#include "aws/released.h"
#include "aws/steps.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/http_check.h"

#define EVERYONE "everyone"
#define NEW_VERSION "new-version"
#define ATTEMPTS 3
#define PAUSE_MS 2000
#define LOOK_AGAIN_MS 300 /* wall, before the run */
#define LIMIT_MS 15000
#define SAID_BYTES 400

static const struct param params[] = {
    {.name = "target",
     .type = PARAM_TEXT,
     .fallback = NEW_VERSION,
     .help = "new-version: call it directly; everyone: through url"},
    {.name = "resource",
     .type = PARAM_RESOURCE,
     .of = "lambda",
     .help = "the function that new-version is of; the only one when left out"},
    {0},
};

struct asking {
    struct step_ctx *ctx;
    const char *function, *version; /* "" = everyone */
};

/* ---- plan ---- */

static const char *text_of_param(const json_t *given, const char *name)
{
    const char *text = json_string_value(json_object_get(given, name));

    return text == NULL ? "" : text;
}

static bool is_everyone(const json_t *given)
{
    return strcmp(text_of_param(given, "target"), EVERYONE) == 0;
}

static bool check_everyone(const struct environment *environment, struct error *err)
{
    if (environment->url[0] != '\0')
        return true;
    error_set(err, ERROR_USAGE, "%s has no address that everyone uses", environment->name);
    return error_hint(err, "Give it a url: https://...");
}

static bool check_new_version(const struct plan_context *context, struct error *err)
{
    const json_t *given = context->step->params;

    if (strcmp(text_of_param(given, "target"), NEW_VERSION) != 0)
        return error_set(err, ERROR_USAGE, "\"%s\" is neither " NEW_VERSION " nor " EVERYONE,
                         text_of_param(given, "target"));
    const struct resource *function = released_function(context->environment, given, err);
    if (function == NULL)
        return false;
    if (released_by(context->environment, context->step, function) != NULL)
        return true;
    error_set(err, ERROR_USAGE, "no step before it deploys a new version of %s", function->name);
    return error_hint(err, "Put `deploy: %s` before it, or ask " EVERYONE, function->name);
}

static json_t *describe_checks(const struct plan_context *context)
{
    const struct config *config = context->config;
    const json_t *given = context->step->params;
    json_t *calls = json_array();
    struct error ignored;

    for (size_t i = 0; i < config->smoke_count; i++) {
        const struct smoke_check *check = &config->smoke_checks[i];
        if (is_everyone(given)) {
            json_array_append_new(calls, json_pack("{s:s, s:s, s:{s:s+}}", "service", "http",
                                                   "operation", check->method, "params", "url",
                                                   context->environment->url, check->path));
            continue;
        }
        const struct resource *function = released_function(context->environment, given, &ignored);
        const struct plan_step *by = released_by(context->environment, context->step, function);
        json_array_append_new(
            calls, json_pack("{s:s, s:s, s:{s:s, s:o, s:s}}", "service", "lambda", "operation",
                             "Invoke", "params", "FunctionName",
                             config_resource_text(function, "lambda"), "Qualifier",
                             json_sprintf("${%s.new_version}", by->id), "Request", check->name));
    }
    return calls;
}

static bool plan(const struct plan_context *context, struct step_plan *out, struct error *err)
{
    size_t count = context->config->smoke_count;
    bool everyone = is_everyone(context->step->params);

    if (count == 0) {
        error_set(err, ERROR_USAGE,
                  "there is nothing to ask: the configuration has no smoke checks");
        return error_hint(err, "smoke: {checks: [{get: /health}]}");
    }
    if (!(everyone ? check_everyone(context->environment, err) : check_new_version(context, err)))
        return false;
    *out = (struct step_plan){
        .calls = describe_checks(context),
        .summary = xasprintf("%zu smoke check%s of %s", count, count == 1 ? "" : "s",
                             everyone ? context->environment->url : "the new version"),
    };
    return true;
}

/* ---- asking ---- */

/* False: no whole answer came. *wrong stays empty when the answer is as expected. */
static bool ask_version(const struct asking *a, const struct smoke_check *check, struct buf *wrong,
                        int64_t *elapsed_us, struct error *err)
{
    const struct http_check expected = {.status = check->status, .expected = check->expected};
    struct lambda_invocation answer;
    struct proxy_reply reply;
    struct error unreadable;
    auto_free char *event =
        proxy_event_make(check->method, check->path, step_run_id(a->ctx), clock_world_ms());

    if (!lambda_invoke(step_world(a->ctx)->aws, a->function, a->version, event, step_cancel(a->ctx),
                       &answer, err))
        return false;
    *elapsed_us = answer.elapsed_us;
    if (strcmp(answer.executed_version, a->version) != 0) {
        buf_addf(wrong, "v%s answered instead of v%s", answer.executed_version, a->version);
    } else if (answer.function_error[0] != '\0') {
        auto_free char *said = text_safe(answer.payload);
        buf_addf(wrong, "the function failed (%s): %.200s", answer.function_error, said);
    } else if (!proxy_event_read_reply(answer.payload, &reply, &unreadable)) {
        buf_adds(wrong, unreadable.message);
    } else {
        http_check_judge(&expected, reply.status, reply.body, reply.len, wrong);
        proxy_event_clear_reply(&reply);
    }
    lambda_invocation_clear(&answer);
    return true;
}

static bool ask_everyone(const struct asking *a, const struct smoke_check *check, struct buf *said,
                         bool *passed, struct error *err)
{
    auto_free char *url = xasprintf("%s%s", step_environment(a->ctx)->url, check->path);
    auto_free char *summary = NULL;
    const struct http_check request = {.method = check->method,
                                       .url = url,
                                       .status = check->status,
                                       .expected = check->expected,
                                       .limit_ms = LIMIT_MS,
                                       .may_post = true};

    if (!http_check_run(step_world(a->ctx)->transport, &request, step_cancel(a->ctx), passed,
                        &summary, err))
        return false;
    buf_adds(said, summary);
    return true;
}

static bool ask_once(const struct asking *a, const struct smoke_check *check, struct buf *said,
                     bool *passed, struct error *err)
{
    int64_t elapsed_us = 0;
    char took[CLOCK_STAMP_SIZE];

    if (a->version[0] == '\0')
        return ask_everyone(a, check, said, passed, err);
    if (!ask_version(a, check, said, &elapsed_us, err))
        return false;
    *passed = said->len == 0;
    if (*passed)
        buf_addf(said, "%d in %s", check->status, clock_elapsed_text(elapsed_us, took));
    return true;
}

/* A POST whose answer got lost may have done its work. */
static bool may_ask_again(const struct smoke_check *check, const struct error *err)
{
    return err->kind == ERROR_TRANSIENT ||
           (err->kind == ERROR_UNKNOWN && strcmp(check->method, "GET") == 0);
}

static bool ask(const struct asking *a, const struct smoke_check *check, struct buf *said,
                bool *passed, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        if (ask_once(a, check, said, passed, err))
            return true;
        if (step_is_cancelled(a->ctx) || attempt == ATTEMPTS || !may_ask_again(check, err))
            return error_wrap(err, "%s", check->name);
        step_say(a->ctx, "%s, attempt %d of %d: %s", check->name, attempt, ATTEMPTS, err->message);
        if (!step_poll_pause(a->ctx, PAUSE_MS, err))
            return false;
    }
}

/* ---- the step ---- */

/* *first gets the first wrong answer; it stays empty when all are right. */
static bool ask_all(const struct asking *a, struct buf *first, json_t *results, struct error *err)
{
    const struct config *config = step_config(a->ctx);

    for (size_t i = 0; i < config->smoke_count; i++) {
        const struct smoke_check *check = &config->smoke_checks[i];
        auto_buf said;
        bool passed = false;
        buf_init(&said, SAID_BYTES * 2);
        if (!ask(a, check, &said, &passed, err))
            return false;
        auto_free char *safe = text_safe(said.ptr);
        json_array_append_new(results, json_pack("{s:s, s:b, s:s}", "name", check->name, "passed",
                                                 passed, "seen", safe));
        step_say(a->ctx, "%s: %s", check->name, safe);
        if (!passed && first->len == 0)
            buf_addf(first, "%s: %s", check->name, safe);
    }
    return true;
}

/* Nothing was said, so it did not say no: whatever kept an address from answering is no verdict. */
static enum step_outcome outcome_of_silence(const struct asking *a, const struct error *err)
{
    bool is_everyone_silent = a->version[0] == '\0' && err->kind != ERROR_CANCELLED;

    return is_everyone_silent || err->kind == ERROR_UNKNOWN ? STEP_OUTCOME_ERRORED
                                                            : outcome_of_error(err);
}

static enum step_outcome run_checks(const struct asking *a, struct error *err)
{
    json_t *results = json_array();
    auto_buf first;

    buf_init(&first, SAID_BYTES);
    bool ok = ask_all(a, &first, results, err) &&
              step_note_fact(a->ctx, "checks", json_incref(results), err);
    json_decref(results);
    if (!ok)
        return outcome_of_silence(a, err);
    if (first.len == 0)
        return STEP_OUTCOME_SUCCEEDED;
    error_set(err, ERROR_REFUSED, "%s", first.ptr);
    return outcome_of_unfit(a->ctx);
}

static enum step_outcome run(struct step_ctx *ctx, struct error *err)
{
    const json_t *given = step_params(ctx);
    struct asking a = {.ctx = ctx, .function = "", .version = ""};

    if (is_everyone(given))
        return run_checks(&a, err);
    const struct resource *function = released_function(step_environment(ctx), given, err);
    if (function == NULL)
        return STEP_OUTCOME_FAILED;
    a.function = config_resource_text(function, "lambda");
    auto_free char *version = released_version(ctx, function);
    a.version = version;
    if (a.version[0] == '\0') {
        error_set(err, ERROR_REFUSED, "there is no new version to ask");
        return STEP_OUTCOME_SKIPPED;
    }
    return run_checks(&a, err);
}

/* ---- preflight ---- */

/* The first check that only reads. NULL = none does. */
static const struct smoke_check *find_reading(const struct config *config)
{
    for (size_t i = 0; i < config->smoke_count; i++)
        if (strcmp(config->smoke_checks[i].method, "POST") != 0)
            return &config->smoke_checks[i];
    return NULL;
}

/* Can everyone's address be reached from here? Better known now than with users on the new version.
 */
static void preflight(struct step_ctx *ctx, struct preflight *findings)
{
    const struct smoke_check *check = find_reading(step_config(ctx));
    const struct asking a = {.ctx = ctx, .function = "", .version = ""};
    struct error err;
    bool is_answered = false, passed = false;
    auto_buf said;

    if (!is_everyone(step_params(ctx)) || check == NULL)
        return;
    buf_init(&said, SAID_BYTES);
    for (int attempt = 1; attempt <= ATTEMPTS && !is_answered; attempt++)
        is_answered = (attempt == 1 || cancel_sleep_ms(step_cancel(ctx), LOOK_AGAIN_MS)) &&
                      ask_everyone(&a, check, &said, &passed, &err);
    if (!is_answered)
        preflight_add(findings, FINDING_UNKNOWN, step_id(ctx), "could not read %s: %s", check->name,
                      err.message);
    else
        preflight_add(findings, passed ? FINDING_PASS : FINDING_NOTE, step_id(ctx),
                      "%s answers now: %s", check->name, said.ptr);
}

const struct step_kind step_smoke = {
    .name = "smoke",
    .summary = "Ask the smoke checks of the new version, or through everyone's address",
    .params = params,
    .plan = plan,
    .preflight = preflight,
    .run = run,
    .undo = step_undo_nothing,
};
