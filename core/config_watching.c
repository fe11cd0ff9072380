/*
 * config_watching.c - what is looked at while a release moves: smoke checks, metrics, the judge's
 * limits and the alerts.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/text.h"
#include "core/yaml.h"

#define MOST_NAMES 64
#define MINUTE_MS INT64_C(60000)

/* ---- smoke checks -------------------------------------------------------------------------------
 */

static bool set_path(struct config_reader *r, json_t *given, const char *method,
                     struct smoke_check *check, struct error *err)
{
    if (given == NULL)
        return true;
    if (check->path != NULL)
        return config_reader_fail_key(r, given, err, "one check asks once: get or post");
    if (!config_reader_expanded(r, given, &check->path, err))
        return false;
    if (check->path[0] != '/') {
        config_reader_fail(r, given, err, "\"%.60s\" is no path", check->path);
        return error_hint(err, "Paths begin with a slash: /health");
    }
    check->method = xstrdup(method);
    check->name = xasprintf("%s %s", method, check->path);
    return true;
}

static bool read_get(struct config_reader *r, json_t *given, void *into, json_t **shown,
                     struct error *err)
{
    (void)shown;
    return set_path(r, given, "GET", into, err);
}

static bool read_post(struct config_reader *r, json_t *given, void *into, json_t **shown,
                      struct error *err)
{
    (void)shown;
    return set_path(r, given, "POST", into, err);
}

static bool read_expected(struct config_reader *r, json_t *given, void *into, json_t **shown,
                          struct error *err)
{
    struct smoke_check *check = into;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    check->expected = yaml_tree_typed(r->tree, given);
    return true;
}

static bool read_status(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct smoke_check *check = into;
    const char *text;
    int64_t status;

    (void)shown;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (!text_to_int64(text, &status) || status < 100 || status > 599) {
        config_reader_fail(r, given, err, "\"%.60s\" is no HTTP status", text);
        return error_hint(err, "They go from 100 to 599");
    }
    check->status = (int)status;
    return true;
}

const struct config_key config_watching_check_keys[] = {
    {.name = "get", .type = CONFIG_OWN, .read = read_get, .help = "path that is asked with GET"},
    {.name = "post",
     .type = CONFIG_OWN,
     .read = read_post,
     .help = "path that is asked with POST and an empty body"},
    {.name = "json",
     .type = CONFIG_OWN,
     .read = read_expected,
     .help = "every key of it must be in the reply, with that value"},
    {.name = "status",
     .type = CONFIG_OWN,
     .read = read_status,
     .fallback = "200",
     .help = "the HTTP status that is expected"},
    {0},
};

static bool read_check(struct config_reader *r, json_t *given, json_t *shown, struct error *err)
{
    struct config *c = r->config;
    struct smoke_check *check = &c->smoke_checks[c->smoke_count++];
    json_t *printed = json_object();

    *check = (struct smoke_check){.place = config_reader_place(r, given)};
    json_array_append_new(shown, printed);
    yaml_tree_derive(r->tree, printed, given);
    if (!config_reader_is_object(r, given, err) ||
        !config_reader_keys(r, config_watching_check_keys, given, check, printed, err))
        return false;
    if (check->path != NULL)
        return true;
    config_reader_fail(r, given, err, "asks nothing");
    return error_hint(err, "Write {get: /health}");
}

bool config_watching_read_checks(struct config_reader *r, json_t *given, void *into, json_t **shown,
                                 struct error *err)
{
    struct config *c = into;
    size_t count = 0;

    if (given == NULL)
        return true;
    if (!config_reader_count(r, given, &count, err))
        return false;
    *shown = json_array();
    c->smoke_checks = xcalloc(count + 1, sizeof *c->smoke_checks);
    for (size_t i = 0; i < count; i++)
        if (!read_check(r, config_reader_at(given, i), *shown, err))
            return false;
    return true;
}

/* ---- metrics ------------------------------------------------------------------------------------
 */

/* A resource of any environment: its kind says which metrics it has. */
static const struct resource *find_resource(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->environment_count; i++) {
        const struct resource *found = config_resource(&c->environments[i], name);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool refuse_resource(struct config_reader *r, const json_t *value, const char *name,
                            struct error *err)
{
    const struct config *c = r->config;
    const char *names[MOST_NAMES];
    size_t count = 0;

    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].resource_count && count < MOST_NAMES; k++) {
            const char *candidate = c->environments[i].resources[k].name;
            bool is_new = true;
            for (size_t n = 0; n < count && is_new; n++)
                is_new = strcmp(names[n], candidate) != 0;
            if (is_new)
                names[count++] = candidate;
        }
    return config_reader_unknown(r, value, "resource", name, names, count, err);
}

static bool refuse_metric(struct config_reader *r, const json_t *value,
                          const struct resource *resource, const char *name, struct error *err)
{
    const struct metric_name *metrics = resource->kind->metrics;
    const char *names[MOST_NAMES];
    size_t count = 0;

    while (metrics != NULL && metrics[count].name != NULL && count < MOST_NAMES) {
        names[count] = metrics[count].name;
        count++;
    }
    auto_free char *what = xasprintf("metric of %s", resource->name);
    return config_reader_unknown(r, value, what, name, names, count, err);
}

static const struct metric_name *find_metric(const struct resource *resource, const char *name)
{
    const struct metric_name *metrics = resource->kind->metrics;
    for (size_t i = 0; metrics != NULL && metrics[i].name != NULL; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

static void add_metric(struct config *c, const char *resource, const char *metric)
{
    c->metrics = xrealloc(c->metrics, (c->metric_count + 1) * sizeof *c->metrics);
    c->metrics[c->metric_count++] =
        (struct metric_choice){.resource = xstrdup(resource), .metric = xstrdup(metric)};
}

static bool add_known(struct config_reader *r, const json_t *value, const struct resource *resource,
                      const char *name, struct error *err)
{
    struct config *c = r->config;

    if (find_metric(resource, name) == NULL)
        return refuse_metric(r, value, resource, name, err);
    for (size_t i = 0; i < c->metric_count; i++)
        if (strcmp(c->metrics[i].resource, resource->name) == 0 &&
            strcmp(c->metrics[i].metric, name) == 0)
            return config_reader_fail(r, value, err, "%s stands here twice", name);
    add_metric(c, resource->name, name);
    return true;
}

static bool is_percentile(struct text word)
{
    return word.len >= 2 && word.ptr[0] == 'p' && isdigit((unsigned char)word.ptr[1]);
}

/* "duration p50 p90 p99" is three metrics; anything else is one. */
static bool add_metrics(struct config_reader *r, const json_t *value,
                        const struct resource *resource, const char *text, struct error *err)
{
    struct text rest = text_trim(text_of(text)), word;
    size_t base = 0;

    while (base < rest.len) { /* up to the first percentile */
        const char *at = rest.ptr + base;
        size_t gap = strspn(at, " ");
        size_t len = strcspn(at + gap, " ");
        if (base > 0 && is_percentile((struct text){at + gap, len}))
            break;
        base += gap + len;
    }
    if (base >= rest.len)
        return add_known(r, value, resource, text, err);
    auto_free char *stem = xstrndup(rest.ptr, base);
    struct text list = text_trim((struct text){rest.ptr + base, rest.len - base});
    while (text_split(&list, ' ', &word)) {
        if (word.len == 0)
            continue;
        auto_free char *percentile = text_dup(word);
        auto_free char *name = xasprintf("%s %s", stem, percentile);
        if (!add_known(r, value, resource, name, err))
            return false;
    }
    return true;
}

/* Without a word about it: all that the resources have. */
static void add_all_metrics(struct config *c, json_t *shown)
{
    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].resource_count; k++) {
            const struct resource *resource = &c->environments[i].resources[k];
            const struct metric_name *metrics = resource->kind->metrics;
            if (metrics == NULL || json_object_get(shown, resource->name) != NULL)
                continue;
            json_t *names = json_array();
            for (; metrics->name != NULL; metrics++) {
                add_metric(c, resource->name, metrics->name);
                json_array_append_new(names, json_string(metrics->name));
            }
            json_object_set_new(shown, resource->name, names);
        }
}

bool config_watching_read_metrics(struct config_reader *r, json_t *given, void *into,
                                  json_t **shown, struct error *err)
{
    const char *name;
    json_t *value;

    if (given == NULL) {
        *shown = json_object();
        add_all_metrics(into, *shown);
        return true;
    }
    if (!config_reader_is_object(r, given, err))
        return false;
    json_object_foreach(given, name, value)
    {
        const struct resource *resource = find_resource(r->config, name);
        size_t count;
        if (resource == NULL)
            return refuse_resource(r, value, name, err);
        if (!config_reader_count(r, value, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            const json_t *one = config_reader_at(value, i);
            const char *text;
            if (!config_reader_text(r, one, &text, err) ||
                !add_metrics(r, one, resource, text, err))
                return false;
        }
    }
    return true;
}

/* ---- the judge ----------------------------------------------------------------------------------
 */

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

const struct config_key config_watching_judge_keys[] = {
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
    if (judge->deadline_ms < judge->initial_delay_ms + judge->min_minutes * MINUTE_MS) {
        config_reader_fail(r, nearest_to(given, "deadline"), err,
                           "no weight can be cleared before its deadline");
        return error_hint(err, "initial-delay and min-minutes take longer than that");
    }
    if (judge->confidence < 0.5 || judge->confidence > 0.9999) {
        config_reader_fail(r, nearest_to(given, "confidence"), err, "must be from 50%% to 99.99%%");
        return error_hint(err, "At 100%% nothing is ever decided");
    }
    return true;
}

bool config_watching_read_judge(struct config_reader *r, json_t *given, void *into, json_t **shown,
                                struct error *err)
{
    struct judge_settings *judge = &((struct config *)into)->judge;

    if (given != NULL && !config_reader_is_object(r, given, err))
        return false;
    judge->slow_share = 0.01; /* what p99 means */
    *shown = json_object();
    if (given != NULL)
        yaml_tree_derive(r->tree, *shown, given);
    return config_reader_keys(r, config_watching_judge_keys, given, judge, *shown, err) &&
           check_judge(r, judge, given, err);
}

/* ---- alerts -------------------------------------------------------------------------------------
 */

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
    const struct resource *resource = find_resource(r->config, out->resource);
    if (resource == NULL)
        return refuse_resource(r, value, out->resource, err);
    const struct metric_name *metric = find_metric(resource, out->metric);
    return metric == NULL ? refuse_metric(r, value, resource, out->metric, err)
                          : check_unit(r, value, out, metric, err);
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

const struct config_key config_watching_alert_keys[] = {
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

bool config_watching_read_alerts(struct config_reader *r, json_t *given, void *into, json_t **shown,
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
                     config_reader_keys(r, config_watching_alert_keys, value, rule, ignored, err);
        json_decref(ignored);
        if (!is_ok)
            return false;
    }
    return true;
}

/* ---- clearing -----------------------------------------------------------------------------------
 */

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

void config_watching_clear(struct config *c)
{
    for (size_t i = 0; i < c->smoke_count; i++) {
        free(c->smoke_checks[i].name);
        free(c->smoke_checks[i].method);
        free(c->smoke_checks[i].path);
        json_decref(c->smoke_checks[i].expected);
    }
    for (size_t i = 0; i < c->metric_count; i++) {
        free(c->metrics[i].resource);
        free(c->metrics[i].metric);
    }
    for (size_t i = 0; i < c->alert_count; i++)
        clear_alert(&c->alerts[i]);
    free(c->smoke_checks);
    free(c->metrics);
    free(c->alerts);
}
