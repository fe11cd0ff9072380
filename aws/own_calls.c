/*
 * own_calls.c - see own_calls.h.
 */
#include "aws/own_calls.h"

#include <stdlib.h>
#include <string.h>

#include "aws/lambda.h"
#include "aws/proxy_event.h"
#include "core/clock.h"
#include "core/mem.h"

#define SERVER_ERROR 500

static const struct smoke_check *first_get(const struct config *config)
{
    for (size_t i = 0; i < config->smoke_count; i++)
        if (strcmp(config->smoke_checks[i].method, "GET") == 0)
            return &config->smoke_checks[i];
    return NULL;
}

static bool is_failure(const struct lambda_invocation *answer)
{
    struct proxy_reply reply;
    struct error ignored;

    if (answer->function_error[0] != '\0' ||
        !proxy_event_read_reply(answer->payload, &reply, &ignored))
        return true;
    bool is_error = reply.status >= SERVER_ERROR;
    proxy_event_clear_reply(&reply);
    return is_error;
}

static bool call_once(struct step_ctx *ctx, const char *function, const char *version,
                      const char *path, struct judge_tally *out, struct error *err)
{
    struct lambda_invocation answer;
    auto_free char *event = proxy_event_make("GET", path, step_run_id(ctx), clock_world_ms());

    if (!lambda_invoke(step_world(ctx)->aws, function, version, event, step_cancel(ctx), &answer,
                       err))
        return false;
    out->requests++;
    out->attempts++;
    out->timed++;
    out->failed += is_failure(&answer);
    out->slow += answer.elapsed_us / 1000 > step_config(ctx)->judge.slow_limit_ms;
    lambda_invocation_clear(&answer);
    return true;
}

bool own_calls(struct step_ctx *ctx, const char *function, const char *version, int64_t count,
               struct judge_tally *out, bool *has_event, struct error *err)
{
    const struct smoke_check *check = first_get(step_config(ctx));
    struct judge_tally tally = {0};

    *has_event = check != NULL;
    for (int64_t i = 0; i < count && check != NULL; i++) {
        struct error last;
        if (step_is_cancelled(ctx))
            return error_set(err, ERROR_CANCELLED, "cancelled");
        if (!call_once(ctx, function, version, check->path, &tally, &last) && i + 1 == count &&
            tally.requests == 0) {
            *err = last;
            return error_wrap(err, "calling v%s", version);
        }
    }
    *out = tally;
    return true;
}
