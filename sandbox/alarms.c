/* alarms.c - see alarms.h. */
#include "sandbox/alarms.h"

#include <string.h>

#include "core/mem.h"

static const struct alarm_row {
    const char *suffix, *name_space, *metric, *statistic, *dimension;
    double threshold;
} rows[] = {
    {"api-errors", "AWS/Lambda", "Errors", "Sum", "FunctionName", 100},
    {"api-throttles", "AWS/Lambda", "Throttles", "Sum", "FunctionName", 0},
    {"gateway-5xx", "AWS/ApiGateway", "5xx", "Sum", "ApiId", 100},
    {"database-cpu", "AWS/RDS", "CPUUtilization", "Average", "DBInstanceIdentifier", 90},
};
_Static_assert(sizeof rows / sizeof rows[0] == WORLD_ALARMS_PER_PLACE, "world.h has room for each");

/* By world_alarm.state; the first is how all begin. */
static const struct {
    const char *name, *reason;
} states[] = {
    {"OK", "Threshold Crossed: no datapoints were greater than the threshold"},
    {"ALARM", "Threshold Crossed: 3 datapoints were greater than the threshold"},
    {"INSUFFICIENT_DATA", "Insufficient Data: 5 datapoints were unknown"},
};
#define STATE_COUNT (sizeof states / sizeof states[0])

static const struct alarm_row *row_of(size_t alarm)
{
    return &rows[alarm % WORLD_ALARMS_PER_PLACE];
}

static const struct world_place *place_of(size_t alarm)
{
    return &world_places[alarm / WORLD_ALARMS_PER_PLACE];
}

char *alarms_name(size_t alarm)
{
    const char *function = place_of(alarm)->function; /* ends in -api */
    return xasprintf("%.*s%s", (int)(strlen(function) - strlen("api")), function,
                     row_of(alarm)->suffix);
}

const char *alarms_state(const struct world *w, size_t alarm)
{
    return states[w->alarms[alarm].state].name;
}

bool alarms_set(struct world *w, const char *name, const char *state)
{
    size_t alarm = 0, wanted = 0;

    while (wanted < STATE_COUNT && strcmp(states[wanted].name, state) != 0)
        wanted++;
    for (; alarm < WORLD_ALARM_COUNT; alarm++) {
        auto_free char *own = alarms_name(alarm);
        if (strcmp(own, name) == 0)
            break;
    }
    if (wanted == STATE_COUNT || alarm == WORLD_ALARM_COUNT)
        return false;
    w->alarms[alarm] = (struct world_alarm){.state = wanted, .changed_ms = w->now_ms};
    return true;
}

json_t *alarms_json(const struct world *w, size_t alarm)
{
    const struct alarm_row *row = row_of(alarm);
    const struct world_place *place = place_of(alarm);
    const struct world_alarm *now = &w->alarms[alarm];
    const char *subject = strcmp(row->dimension, "ApiId") == 0          ? place->api_id
                          : strcmp(row->dimension, "FunctionName") == 0 ? place->function
                                                                        : place->database;
    json_int_t made_s = w->begun_ms / 1000 - WORLD_HISTORY_S;
    json_int_t changed_s = now->changed_ms > 0 ? now->changed_ms / 1000 : made_s;
    auto_free char *name = alarms_name(alarm);
    auto_free char *arn =
        xasprintf("arn:aws:cloudwatch:%s:%s:alarm:%s", WORLD_REGION, WORLD_ACCOUNT, name);
    auto_free char *action =
        xasprintf("arn:aws:sns:%s:%s:finally-on-call", WORLD_REGION, WORLD_ACCOUNT);
    json_t *object = json_pack(
        "{s:s, s:s, s:b, s:[], s:[s], s:[], s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}",
        "AlarmName", name, "AlarmArn", arn, "ActionsEnabled", 1, "OKActions", "AlarmActions",
        action, "InsufficientDataActions", "StateValue", states[now->state].name, "StateReason",
        states[now->state].reason, "MetricName", row->metric, "Namespace", row->name_space,
        "Statistic", row->statistic, "TreatMissingData", "notBreaching", "Dimensions", "Name",
        row->dimension, "Value", subject);
    json_t *rest = json_pack("{s:i, s:i, s:i, s:f, s:s, s:I, s:I, s:I}", "Period", 60,
                             "EvaluationPeriods", 5, "DatapointsToAlarm", 3, "Threshold",
                             row->threshold, "ComparisonOperator", "GreaterThanThreshold",
                             "StateUpdatedTimestamp", changed_s, "StateTransitionedTimestamp",
                             changed_s, "AlarmConfigurationUpdatedTimestamp", made_s);
    json_object_update(object, rest);
    json_decref(rest);
    return object;
}
