/*
 * judging_parts.c - see judging_parts.h.
 */
#include "aws/judging_parts.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define SERVER_ERRORS "5xx rate"

/* ---- one call ---- */

size_t judging_add(struct judging_call *call, const struct metrics_source *source,
                   const char *metric, const char *statistic, int period_s)
{
    size_t index = call->count;
    call->queries = mem_grow(call->queries, &call->capacity, index, sizeof *call->queries);
    struct metric_query *query = &call->queries[index];
    metrics_source_query(source, metric, statistic, period_s, query);
    (void)snprintf(query->id, sizeof query->id, "q%zu", index);
    call->count++;
    return index;
}

bool judging_ask(struct judging_call *call, struct aws *aws, int64_t start_s, int64_t end_s,
                 struct cancel *cancel, struct error *err)
{
    return cloudwatch_get_metric_data(aws, call->queries, call->count, start_s, end_s, cancel,
                                      &call->result, err);
}

void judging_call_clear(struct judging_call *call)
{
    cloudwatch_result_clear(&call->result);
    free(call->queries);
    *call = (struct judging_call){0};
}

static int compare_points(const void *a, const void *b)
{
    const struct metric_point *x = a, *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

double judging_at(const struct judging_call *call, size_t series, int64_t at_s)
{
    const struct metric_series *s = &call->result.series[series];
    const struct metric_point wanted = {.at_s = at_s};
    const struct metric_point *found =
        s->count == 0 ? NULL : bsearch(&wanted, s->points, s->count, sizeof wanted, compare_points);
    return found != NULL ? found->value : NAN;
}

/* ---- one version ---- */

void judging_ask_version(struct judging_call *call, struct judging_series *s,
                         const struct resource *function, const char *version,
                         const struct judge_settings *settings)
{
    metrics_source_init(&s->source, function, NULL, version);
    (void)snprintf(s->slow_statistic, sizeof s->slow_statistic, "PR(:%lld)",
                   (long long)settings->slow_limit_ms);
    s->requests = judging_add(call, &s->source, "Invocations", "Sum", JUDGING_MINUTE_S);
    s->errors = judging_add(call, &s->source, "Errors", "Sum", JUDGING_MINUTE_S);
    s->throttles = judging_add(call, &s->source, "Throttles", "Sum", JUDGING_MINUTE_S);
    s->rank = judging_add(call, &s->source, "Duration", s->slow_statistic, JUDGING_MINUTE_S);
    s->timed = judging_add(call, &s->source, "Duration", "SampleCount", JUDGING_MINUTE_S);
}

static int64_t count_at(const struct judging_call *call, size_t series, int64_t at_s)
{
    double value = judging_at(call, series, at_s);
    return isnan(value) || value < 0 ? 0 : llround(value);
}

static int64_t at_most(int64_t value, int64_t limit) { return value < limit ? value : limit; }

void judging_fold_minute(const struct judging_call *call, const struct judging_series *s,
                         int64_t at_s, bool is_timed, struct judge_tally *into)
{
    int64_t requests = count_at(call, s->requests, at_s);
    int64_t throttled = count_at(call, s->throttles, at_s);
    int64_t timed = count_at(call, s->timed, at_s);
    double within = judging_at(call, s->rank, at_s); /* percent that took no longer */

    into->requests += requests;
    into->failed += at_most(count_at(call, s->errors, at_s), requests);
    into->throttled += throttled;
    into->attempts += requests + throttled;
    if (!is_timed || isnan(within))
        return;
    into->timed += timed;
    into->slow += at_most(llround((1 - within / 100) * (double)timed), timed);
}

/* ---- the environment ---- */

static bool is_percentile(const char *statistic)
{
    return statistic[0] == 'p' && isdigit((unsigned char)statistic[1]);
}

static enum judge_measure measure_of(const struct metrics_definition *d, const struct condition *c)
{
    if (d->denominator != NULL && c->comparison == '>')
        return JUDGE_RATE;
    return is_percentile(d->statistic) ? JUDGE_PERCENTILE : JUDGE_GAUGE;
}

static void add_condition(struct judging_conditions *c, size_t *capacity,
                          const struct judging_condition *row, const json_t *identities)
{
    c->rows = mem_grow(c->rows, capacity, c->count, sizeof *c->rows);
    struct judging_condition *added = &c->rows[c->count++];
    *added = *row;
    added->measure = measure_of(row->definition, row->condition);
    metrics_source_init(&added->source, row->resource,
                        json_string_value(json_object_get(identities, row->resource->name)), "");
}

static bool is_judged(const struct judging_conditions *c, const struct resource *resource,
                      const char *metric)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i].resource == resource && strcmp(c->rows[i].condition->metric, metric) == 0)
            return true;
    return false;
}

/*
 * A failure that a function handles shows nowhere but in the API's answers. Where no rule is about
 * them they are compared with the minutes before all the same; by themselves they only hold.
 */
static void add_unwatched(struct judging_conditions *c, size_t *capacity,
                          const struct environment *environment, const json_t *identities)
{
    for (size_t i = 0; i < environment->resource_count; i++) {
        const struct resource *resource = &environment->resources[i];
        const struct metrics_definition *d = metrics_definition(resource->kind, SERVER_ERRORS);
        if (d == NULL || is_judged(c, resource, SERVER_ERRORS))
            continue;
        struct condition *condition = xcalloc(1, sizeof *condition);
        *condition = (struct condition){.text = xasprintf("%s " SERVER_ERRORS, resource->name),
                                        .resource = resource->name,
                                        .metric = xstrdup(SERVER_ERRORS),
                                        .comparison = '>',
                                        .threshold = 1,
                                        .is_percent = true,
                                        .unit = "%"};
        const struct judging_condition row = {
            .condition = condition, .own = condition, .resource = resource, .definition = d};
        add_condition(c, capacity, &row, identities);
    }
}

void judging_conditions_init(struct judging_conditions *c, const struct config *config,
                             const struct environment *environment, const json_t *identities)
{
    size_t capacity = 0;
    *c = (struct judging_conditions){0};
    for (size_t a = 0; a < config->alert_count; a++)
        for (size_t i = 0; i < config->alerts[a].condition_count; i++) {
            const struct condition *condition = &config->alerts[a].conditions[i];
            const struct resource *resource = config_resource(environment, condition->resource);
            const struct metrics_definition *d =
                resource != NULL ? metrics_definition(resource->kind, condition->metric) : NULL;
            const struct judging_condition row = {.condition = condition,
                                                  .resource = resource,
                                                  .definition = d,
                                                  .rolls_back = config->alerts[a].rolls_back};
            if (d != NULL)
                add_condition(c, &capacity, &row, identities);
        }
    add_unwatched(c, &capacity, environment, identities);
}

void judging_conditions_clear(struct judging_conditions *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->rows[i].values);
        if (c->rows[i].own == NULL)
            continue;
        free(c->rows[i].own->text);
        free(c->rows[i].own->metric);
        free(c->rows[i].own);
    }
    free(c->rows);
    *c = (struct judging_conditions){0};
}

static void ask_condition(struct judging_call *call, struct judging_condition *c, int percentile_s)
{
    const struct metrics_definition *d = c->definition;
    int period_s = c->measure == JUDGE_PERCENTILE ? percentile_s : JUDGING_MINUTE_S;

    c->value = c->whole = judging_add(call, &c->source, d->metric, d->statistic, period_s);
    if (d->denominator != NULL)
        c->whole = judging_add(call, &c->source, d->denominator, d->statistic, period_s);
    else if (c->measure == JUDGE_PERCENTILE)
        c->whole = judging_add(call, &c->source, d->metric, "SampleCount", period_s);
}

void judging_ask_conditions(struct judging_call *call, struct judging_conditions *c,
                            int percentile_s)
{
    for (size_t i = 0; i < c->count; i++)
        ask_condition(call, &c->rows[i], percentile_s);
}

double judging_threshold(const struct judging_condition *c)
{
    return c->measure != JUDGE_RATE && c->condition->is_percent ? c->condition->threshold * 100
                                                                : c->condition->threshold;
}
