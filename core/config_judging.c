/*
 * config_judging.c - `judge:` and `alerts:`: when a version is good or bad, and what else stops a
 * release.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/text.h"
#include "core/yaml.h"

#define MINUTE_MS INT64_C(60000)

/* ---- the judge ------------------------------------------------------------------------------- */

static bool read_too_little(struct config_reader *r, json_t *given, void *into, json_t **shown,
                            struct error *err)
{
    struct judge_settings *judge = into;
    const char *text;

    (void)shown;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (strcmp(text, "hold") == 0) {
        judge->too_little = TOO_LITTLE_HOLD;
    } else if (strcmp(text, "ask") == 0) {
        judge->too_little = TOO_LITTLE_ASK;
    } else if (text_starts_with(text, "probe ") && text_to_int64(text + 6, &judge->probe_count) &&
               judge->probe_count > 0) {
        judge->too_little = TOO_LITTLE_PROBE;
    } else {
        config_reader_fail(r, given, err, "\"%.60s\" is no answer to too little traffic", text);
        return error_hint(err, "Write hold, ask, or probe N: call the new version N times");
    }
    return true;
}

#define MEMBER(name) offsetof(struct judge_settings, name)

static const struct config_key error_rate_keys[] = {
    {.name = "normal",
     .type = CONFIG_PERCENT,
     .offset = MEMBER(error_rate_normal),
     .fallback = "0.5%",
     .help = "share of failed requests that is fine"},
    {.name = "bad",
     .type = CONFIG_PERCENT,
     .offset = MEMBER(error_rate_bad),
     .fallback = "2%",
     .help = "share of failed requests that convicts the new version"},
    {0},
};

static const struct config_key duration_keys[] = {
    {.name = "limit",
     .type = CONFIG_DURATION,
     .offset = MEMBER(slow_limit_ms),
     .fallback = "2s",
     .help = "at most 1% of the requests may take longer"},
    {.name = "worse-than-old",
     .type = CONFIG_PERCENT,
     .offset = MEMBER(worse_than_old),
     .fallback = "20%",
     .help = "how much worse than the old version it may be"},
    {0},
};

const struct config_key config_judging_keys[] = {
    {.name = "error-rate",
     .type = CONFIG_SECTION,
     .keys = error_rate_keys,
     .help = "failed requests of the new version"},
    {.name = "duration-p99",
     .type = CONFIG_SECTION,
     .keys = duration_keys,
     .help = "slow requests of the new version, counted"},
    {.name = "too-little-traffic",
     .type = CONFIG_OWN,
     .read = read_too_little,
     .fallback = "hold",
     .help = "hold, ask, or probe N: call the new version N times ourselves"},
    {.name = "min-requests",
     .type = CONFIG_INTEGER,
     .offset = MEMBER(min_requests),
     .fallback = "50",
     .help = "requests of the new version before a weight is cleared"},
    {.name = "min-minutes",
     .type = CONFIG_INTEGER,
     .offset = MEMBER(min_minutes),
     .fallback = "3",
     .help = "settled minutes before a weight is cleared"},
    {.name = "interval",
     .type = CONFIG_DURATION,
     .offset = MEMBER(interval_ms),
     .fallback = "60s",
     .help = "time between two looks"},
    {.name = "initial-delay",
     .type = CONFIG_DURATION,
     .offset = MEMBER(initial_delay_ms),
     .fallback = "60s",
     .help = "time after a change of weight that is not looked at"},
    {.name = "deadline",
     .type = CONFIG_DURATION,
     .offset = MEMBER(deadline_ms),
     .fallback = "60m",
     .help = "how long one weight may take to be cleared"},
    {.name = "confidence",
     .type = CONFIG_PERCENT,
     .offset = MEMBER(confidence),
     .fallback = "99%",
     .help = "how sure a verdict must be"},
    {0},
};

/* The value of a key, or what stands around it when it has its default. */
static const json_t *nearest_to(const json_t *given, const char *key)
{
    const json_t *value = json_object_get(given, key);
    return value != NULL ? value : given;
}

static bool check_judge(struct config_reader *r, const struct judge_settings *judge,
                        const json_t *given, struct error *err)
{
    const json_t *rates = nearest_to(given, "error-rate");

    if (judge->error_rate_bad <= judge->error_rate_normal) {
        config_reader_fail(r, nearest_to(rates, "bad"), err, "bad must be more than normal");
        return error_hint(err, "Between the two lies what needs more requests to decide");
    }
    if (judge->slow_limit_ms == 0)
        return config_reader_fail(r, nearest_to(nearest_to(given, "duration-p99"), "limit"), err,
                                  "every request takes longer than no time");
    if (judge->min_requests == 0 || judge->min_minutes == 0) {
        config_reader_fail(
            r, nearest_to(given, judge->min_requests == 0 ? "min-requests" : "min-minutes"), err,
            "nothing can be cleared on nothing");
        return error_hint(err, "Write at least 1");
    }
    if (judge->interval_ms == 0 || judge->interval_ms % MINUTE_MS != 0) {
        config_reader_fail(r, nearest_to(given, "interval"), err, "must be whole minutes");
        return error_hint(err, "CloudWatch counts by the minute: 1m, 2m");
    }
    /* Divided, since what was written may be too large to be multiplied. */
    if (judge->min_minutes > (judge->deadline_ms - judge->initial_delay_ms) / MINUTE_MS) {
        bool has_deadline = json_object_get(given, "deadline") != NULL;
        config_reader_fail(r, nearest_to(given, has_deadline ? "deadline" : "min-minutes"), err,
                           "no weight can be cleared before its deadline");
        return error_hint(err, "initial-delay and min-minutes take longer than that");
    }
    if (judge->confidence < 0.5 || judge->confidence > 0.9999) {
        config_reader_fail(r, nearest_to(given, "confidence"), err, "must be from 50%% to 99.99%%");
        return error_hint(err, "At 100%% nothing is ever decided");
    }
    return true;
}

bool config_judging_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err)
{
    struct judge_settings *judge = &((struct config *)into)->judge;

    if (given != NULL && !config_reader_is_object(r, given, err))
        return false;
    judge->slow_share = 0.01; /* what p99 means */
    *shown = json_object();
    if (given != NULL)
        yaml_tree_derive(r->tree, *shown, given);
    return config_reader_keys(r, config_judging_keys, given, judge, *shown, err) &&
           check_judge(r, judge, given, err);
}

/* ---- alerts ---------------------------------------------------------------------------------- */

/* Which thresholds a metric's unit allows. A share of what has no limit of its own means of its
 * most. */
static const struct {
    const char *measured, *threshold;
} unit_pairs[] = {
    {"%", "%"},       {"1", ""},      {"1", "%"},    {"ms", "ms"},
    {"/min", "/min"}, {"bytes", "%"}, {"bytes", ""}, {"1", "/min"},
};

static bool check_unit(struct config_reader *r, const json_t *value, const struct condition *c,
                       const struct metric_name *metric, struct error *err)
{
    for (size_t i = 0; i < sizeof unit_pairs / sizeof unit_pairs[0]; i++)
        if (strcmp(unit_pairs[i].measured, metric->unit) == 0 &&
            strcmp(unit_pairs[i].threshold, c->unit) == 0)
            return true;
    const char *unit = strcmp(metric->unit, "1") == 0 ? "a count" : metric->unit;
    config_reader_fail(r, value, err, "%s of %s is measured in %s, not compared with %s", c->metric,
                       c->resource, unit, c->unit[0] == '\0' ? "a bare number" : c->unit);
    return error_hint(err, "Thresholds are written 5%%, 2s, 300ms, 10/min or 10");
}

static bool read_condition(struct config_reader *r, const json_t *value, struct condition *out,
                           struct error *err)
{
    const char *text;

    if (!config_reader_text(r, value, &text, err))
        return false;
    if (!grammar_condition(text, out, err))
        return config_reader_locate(r, value, err);
    out->place = config_reader_place(r, value);
    const struct metric_name *metric;
    return config_metrics_find(r, value, out->resource, out->metric, &metric, err) &&
           check_unit(r, value, out, metric, err);
}

static bool read_if(struct config_reader *r, json_t *given, void *into, json_t **shown,
                    struct error *err)
{
    struct alert_rule *rule = into;
    size_t count;

    (void)shown;
    if (!config_reader_count(r, given, &count, err))
        return false;
    if (count == 0)
        return config_reader_fail(r, given, err, "names no condition");
    rule->conditions = xcalloc(count, sizeof *rule->conditions);
    rule->condition_count = count;
    for (size_t i = 0; i < count; i++)
        if (!read_condition(r, config_reader_at(given, i), &rule->conditions[i], err))
            return false;
    return true;
}

static bool read_then(struct config_reader *r, json_t *given, void *into, json_t **shown,
                      struct error *err)
{
    struct alert_rule *rule = into;
    size_t count;

    (void)shown;
    if (!config_reader_count(r, given, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = config_reader_at(given, i);
        const char *text;
        if (!config_reader_text(r, value, &text, err))
            return false;
        if (strcmp(text, "roll-back") == 0) {
            rule->rolls_back = true;
        } else if (strcmp(text, "hold") == 0) {
            rule->holds = true;
        } else {
            config_reader_fail(r, value, err, "\"%.60s\" is nothing that an alert can do", text);
            return error_hint(err, "Write roll-back or hold");
        }
    }
    if (rule->rolls_back || rule->holds)
        return true;
    config_reader_fail(r, given, err, "does nothing");
    return error_hint(err, "Write roll-back or hold");
}

const struct config_key config_judging_alert_keys[] = {
    {.name = "if",
     .type = CONFIG_OWN,
     .read = read_if,
     .is_required = true,
     .help = "conditions, any of which is enough: api error rate > 5%"},
    {.name = "then",
     .type = CONFIG_OWN,
     .read = read_then,
     .is_required = true,
     .help = "roll-back, hold"},
    {0},
};

bool config_judging_read_alerts(struct config_reader *r, json_t *given, void *into, json_t **shown,
                                struct error *err)
{
    struct config *c = into;
    const char *name;
    json_t *value;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    c->alerts = xcalloc(json_object_size(given) + 1, sizeof *c->alerts);
    json_object_foreach(given, name, value)
    {
        struct alert_rule *rule = &c->alerts[c->alert_count++];
        *rule = (struct alert_rule){.name = xstrdup(name)};
        json_t *ignored = json_object();
        bool is_ok = config_reader_is_name(r, value, name, err) &&
                     config_reader_is_object(r, value, err) &&
                     config_reader_keys(r, config_judging_alert_keys, value, rule, ignored, err);
        json_decref(ignored);
        if (!is_ok)
            return false;
    }
    return true;
}

/* ---- clearing -------------------------------------------------------------------------------- */

static void clear_alert(struct alert_rule *rule)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        free(rule->conditions[i].text);
        free(rule->conditions[i].resource);
        free(rule->conditions[i].metric);
    }
    free(rule->conditions);
    free(rule->name);
}

void config_judging_clear(struct config *c)
{
    for (size_t i = 0; i < c->alert_count; i++)
        clear_alert(&c->alerts[i]);
    free(c->alerts);
}
