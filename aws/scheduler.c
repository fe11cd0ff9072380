/* scheduler.c - requests and answers of EventBridge Scheduler, version 2021-06-30 (REST-JSON). */
#include "aws/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "core/clock.h"
#include "core/mem.h"

/* AWS tries again what its target did not take; later than this it would come as a surprise. */
#define OLDEST_TRY_S 900
#define MOST_TRIES 10

json_t *scheduler_once_json(const struct scheduler_once *once)
{
    char stamp[CLOCK_STAMP_SIZE];
    auto_free char *input = json_dumps(once->input, JSON_COMPACT | JSON_SORT_KEYS);
    auto_free char *at = xasprintf("at(%.19s)", clock_stamp(once->at_ms, stamp));

    return json_pack("{s:s, s:s, s:{s:s}, s:s, s:s, s:{s:s, s:s, s:s, s:{s:i, s:i}}}",
                     "ActionAfterCompletion", "DELETE", "Description", once->description,
                     "FlexibleTimeWindow", "Mode", "OFF", "ScheduleExpression", at, "State",
                     "ENABLED", "Target", "Arn", once->target, "RoleArn", once->role, "Input",
                     input, "RetryPolicy", "MaximumEventAgeInSeconds", OLDEST_TRY_S,
                     "MaximumRetryAttempts", MOST_TRIES);
}

static bool perform(struct aws *a, const char *operation, const char *method, const char *name,
                    json_t *body, bool is_write, struct cancel *cancel, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    struct buf path;

    aws_call_init(&call, AWS_SCHEDULER, operation, method);
    call.is_write = is_write;
    call.cancel = cancel;
    buf_init(&path, 512);
    buf_adds(&path, "/schedules/");
    aws_encode(&path, name);
    call.path = buf_steal(&path);
    if (body != NULL) {
        auto_free char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
        buf_adds(&call.body, text);
        call.content_type = "application/json";
    }
    aws_answer_init(&answer);
    bool ok = aws_perform(a, &call, &answer, err);
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    json_decref(body);
    return ok;
}

bool scheduler_create(struct aws *a, const char *name, const json_t *body, const char *token,
                      struct cancel *cancel, struct error *err)
{
    json_t *whole = json_deep_copy(body);

    json_object_set_new(whole, "ClientToken", json_string(token));
    return perform(a, "CreateSchedule", "POST", name, whole, true, cancel, err);
}

bool scheduler_update(struct aws *a, const char *name, const json_t *body, struct cancel *cancel,
                      struct error *err)
{
    return perform(a, "UpdateSchedule", "PUT", name, json_deep_copy(body), false, cancel, err);
}

bool scheduler_find(struct aws *a, const char *name, struct cancel *cancel, bool *is_there,
                    struct error *err)
{
    *is_there = perform(a, "GetSchedule", "GET", name, NULL, false, cancel, err);
    return *is_there || err->kind == ERROR_NOT_FOUND;
}

bool scheduler_delete(struct aws *a, const char *name, struct cancel *cancel, struct error *err)
{
    return perform(a, "DeleteSchedule", "DELETE", name, NULL, true, cancel, err);
}
