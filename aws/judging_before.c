/*
 * judging_before.c - the numbers before the first shift, and the traffic of the day. See judging.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws/judging_parts.h"
#include "aws/lambda.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/resource.h"

#define HOUR_S 3600
#define HOURS 24

bool judging_check(const struct config *config, struct error *err)
{
    for (size_t a = 0; a < config->alert_count; a++)
        for (size_t i = 0; i < config->alerts[a].condition_count; i++) {
            const struct condition *c = &config->alerts[a].conditions[i];
            for (size_t e = 0; e < config->environment_count; e++) {
                const struct resource *r = config_resource(&config->environments[e], c->resource);
                const struct metric_name *m = r != NULL ? r->kind->metrics : NULL;
                while (m != NULL && m->name != NULL && strcmp(m->name, c->metric) != 0)
                    m++;
                if (m == NULL || m->name == NULL || !c->is_percent || strcmp(m->unit, "%") == 0)
                    continue;
                error_set(err, ERROR_USAGE,
                          "\"%s\": AWS does not tell how many %s there may be at most", c->text,
                          c->metric);
                error_hint(err, "Write a number instead of a share");
                return error_at(err, config->path, c->place.line, c->place.column);
            }
        }
    return true;
}

int judging_timeout_s(const json_t *captured)
{
    return (int)json_integer_value(json_object_get(captured, "timeout_s"));
}

/* ---- capturing ---- */

/* Every resource that a condition is about: looked up once, for all looks to come. */
static bool find_identities(struct aws *aws, const struct judging_conditions *conditions,
                            struct cancel *cancel, json_t *out, struct error *err)
{
    char identity[METRICS_IDENTITY_SIZE];
    for (size_t i = 0; i < conditions->count; i++) {
        const struct resource *resource = conditions->rows[i].resource;
        if (json_object_get(out, resource->name) != NULL)
            continue;
        if (!metrics_identity(aws, resource, cancel, identity, err)) {
            if (conditions->rows[i].own != NULL && err->kind == ERROR_DENIED)
                continue; /* nobody asked for it, and we may not look */
            return false;
        }
        json_object_set_new(out, resource->name, json_string(identity));
    }
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static json_t *middle_of(const struct judging_call *call, const struct judging_condition *c)
{
    const struct metric_series *s = &call->result.series[c->value];
    if (s->count == 0 || c->definition->denominator != NULL)
        return json_object();
    double *values = xcalloc(s->count, sizeof *values);
    for (size_t i = 0; i < s->count; i++)
        values[i] = s->points[i].value * c->definition->factor;
    qsort(values, s->count, sizeof *values, compare_doubles);
    json_t *out = json_pack("{s:f}", "value", values[s->count / 2]);
    free(values);
    return out;
}

static json_t *sums_of(const struct judging_call *call, const struct judging_condition *c)
{
    const struct metric_series *wholes = &call->result.series[c->whole];
    double part = 0, whole = 0;
    for (size_t i = 0; i < wholes->count; i++) {
        double value = judging_at(call, c->value, wholes->points[i].at_s);
        whole += wholes->points[i].value;
        part += isnan(value) ? 0 : value;
    }
    return json_pack("{s:I, s:I}", "part", (json_int_t)llround(part), "whole",
                     (json_int_t)llround(whole));
}

static json_t *tally_of(const struct judging_call *call, const struct judging_series *s,
                        int64_t start_s, int64_t end_s)
{
    struct judge_tally t = {0};
    for (int64_t at_s = start_s; at_s < end_s; at_s += JUDGING_MINUTE_S)
        judging_fold_minute(call, s, at_s, true, &t);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "requests", (json_int_t)t.requests, "failed",
                     (json_int_t)t.failed, "attempts", (json_int_t)t.attempts, "throttled",
                     (json_int_t)t.throttled, "timed", (json_int_t)t.timed, "slow",
                     (json_int_t)t.slow);
}

static bool read_timeout(struct aws *aws, const struct resource *function, struct cancel *cancel,
                         json_t *out, struct error *err)
{
    struct lambda_configuration read = {0};
    if (!lambda_get_function(aws, config_resource_text(function, "lambda"),
                             config_resource_text(function, "alias"), cancel, &read, err))
        return false;
    json_object_set_new(out, "timeout_s", json_integer(read.timeout_s));
    lambda_configuration_clear(&read);
    return true;
}

static bool read_before(struct aws *aws, const struct config *config,
                        const struct environment *environment, const struct resource *function,
                        int64_t end_s, struct cancel *cancel, json_t *out, struct error *err)
{
    int64_t start_s = end_s - JUDGING_BEFORE_S;
    struct judging_call call = {0};
    struct judging_series old;
    struct judging_conditions conditions;
    json_t *environment_json = json_object();

    judging_conditions_init(&conditions, config, environment, json_object_get(out, "identities"));
    judging_ask_version(&call, &old, function, "", &config->judge);
    judging_ask_conditions(&call, &conditions, JUDGING_BEFORE_S);
    bool ok = judging_ask(&call, aws, start_s, end_s, cancel, err);
    for (size_t i = 0; i < conditions.count && ok; i++) {
        const struct judging_condition *c = &conditions.rows[i];
        json_object_set_new(environment_json, c->condition->text,
                            c->measure == JUDGE_RATE ? sums_of(&call, c) : middle_of(&call, c));
    }
    if (ok)
        json_object_set_new(out, "old", tally_of(&call, &old, start_s, end_s));
    json_object_set_new(out, "environment", environment_json);
    judging_conditions_clear(&conditions);
    judging_call_clear(&call);
    return ok;
}

bool judging_capture(struct aws *aws, const struct config *config,
                     const struct environment *environment, const struct resource *function,
                     int64_t now_ms, struct cancel *cancel, json_t **out, struct error *err)
{
    struct judging_conditions conditions;
    json_t *captured = json_object(), *identities = json_object();

    judging_conditions_init(&conditions, config, environment, NULL);
    json_object_set_new(captured, "identities", identities);
    bool ok = find_identities(aws, &conditions, cancel, identities, err) &&
              read_timeout(aws, function, cancel, captured, err);
    judging_conditions_clear(&conditions);
    if (ok) {
        int64_t settled_ms = now_ms - judge_settling_ms(judging_timeout_s(captured));
        int64_t end_s = settled_ms / JUDGE_MINUTE_MS * JUDGING_MINUTE_S;
        json_object_set_new(captured, "until_ms", json_integer(end_s * 1000));
        ok = read_before(aws, config, environment, function, end_s, cancel, captured, err);
    }
    if (!ok) {
        json_decref(captured);
        return error_wrap(err, "the numbers before the first shift");
    }
    *out = captured;
    return true;
}

/* ---- the traffic of the day ---- */

static void fold_hours(const struct metric_series *s, struct judging_rates *out)
{
    *out = (struct judging_rates){.is_known = s->count > 0, .quietest_hour = -1};
    for (size_t i = 0; i < s->count; i++) {
        double rate = s->points[i].value / HOUR_S;
        int hour = (int)(s->points[i].at_s / HOUR_S % HOURS);
        out->hours[hour] = rate;
        out->now = rate;
        if (out->quietest_hour < 0 || rate < out->hours[out->quietest_hour])
            out->quietest_hour = hour;
    }
}

bool judging_read_rates(struct aws *aws, const struct resource *function, int64_t now_ms,
                        struct cancel *cancel, struct judging_rates *out, struct error *err)
{
    struct judging_call call = {0};
    struct metrics_source source;
    int64_t end_s = (now_ms - JUDGE_DELIVERY_MS) / 1000 / HOUR_S * HOUR_S;

    metrics_source_init(&source, function, NULL, "");
    size_t series = judging_add(&call, &source, "Invocations", "Sum", HOUR_S);
    bool ok = judging_ask(&call, aws, end_s - HOURS * HOUR_S, end_s, cancel, err);
    if (ok)
        fold_hours(&call.result.series[series], out);
    judging_call_clear(&call);
    return ok || error_wrap(err, "the traffic of the last day");
}
