/*
 * metrics.c - see metrics.h. A metric is one row: how people call it, and what to ask CloudWatch.
 *
 * Facts: "Metrics and dimensions" of AWS Lambda, API Gateway (HTTP APIs) and Amazon RDS.
 */
#include "aws/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/api_lookup.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* X(name, unit, help, metric, statistic, denominator, factor): a denominator makes it a rate. */
#define LAMBDA_METRICS(X)                                                                          \
    X("invocations", "1", "calls, throttled ones apart", "Invocations", "Sum", NULL, 1)            \
    X("errors", "1", "calls that ended with an error", "Errors", "Sum", NULL, 1)                   \
    X("error rate", "%", "share of calls that ended with an error", "Errors", "Sum",               \
      "Invocations", 100)                                                                          \
    X("duration p50", "ms", "half of the calls are faster", "Duration", "p50", NULL, 1)            \
    X("duration p90", "ms", "9 of 10 calls are faster", "Duration", "p90", NULL, 1)                \
    X("duration p99", "ms", "99 of 100 calls are faster", "Duration", "p99", NULL, 1)              \
    X("throttles", "1", "calls refused for want of concurrency", "Throttles", "Sum", NULL, 1)      \
    X("concurrency", "1", "most calls at the same time", "ConcurrentExecutions", "Maximum", NULL, 1)

#define HTTP_API_METRICS(X)                                                                        \
    X("requests", "1", "requests", "Count", "Sum", NULL, 1)                                        \
    X("latency p50", "ms", "half of the requests are faster", "Latency", "p50", NULL, 1)           \
    X("latency p90", "ms", "9 of 10 requests are faster", "Latency", "p90", NULL, 1)               \
    X("latency p99", "ms", "99 of 100 requests are faster", "Latency", "p99", NULL, 1)             \
    X("4xx rate", "%", "share of requests refused as the client's fault", "4xx", "Sum", "Count",   \
      100)                                                                                         \
    X("5xx rate", "%", "share of requests that failed as our fault", "5xx", "Sum", "Count", 100)

#define RDS_METRICS(X)                                                                             \
    X("cpu", "%", "processor of the instance", "CPUUtilization", "Average", NULL, 1)               \
    X("connections", "1", "most connections at the same time", "DatabaseConnections", "Maximum",   \
      NULL, 1)                                                                                     \
    X("read latency", "ms", "one read of the disk", "ReadLatency", "Average", NULL, 1000)          \
    X("write latency", "ms", "one write to the disk", "WriteLatency", "Average", NULL, 1000)       \
    X("storage", "bytes", "free disk space", "FreeStorageSpace", "Minimum", NULL, 1)

#define NAME_ROW(name, unit, help, metric, statistic, denominator, factor) {name, unit, help},
const struct metric_name metrics_of_lambda[] = {LAMBDA_METRICS(NAME_ROW){0}};
const struct metric_name metrics_of_http_api[] = {HTTP_API_METRICS(NAME_ROW){0}};
const struct metric_name metrics_of_rds[] = {RDS_METRICS(NAME_ROW){0}};

#define DEFINITION_ROW(name, unit, help, metric, statistic, denominator, factor)                   \
    {name, metric, statistic, denominator, factor},
static const struct metrics_definition lambda_definitions[] = {LAMBDA_METRICS(DEFINITION_ROW)};
static const struct metrics_definition http_api_definitions[] = {HTTP_API_METRICS(DEFINITION_ROW)};
static const struct metrics_definition rds_definitions[] = {RDS_METRICS(DEFINITION_ROW)};

static const struct family {
    const char *kind; /* of resource; also the parameter that names it */
    const char *name_space, *dimension;
    const struct metrics_definition *definitions;
    size_t count;
} families[] = {
    {"lambda", "AWS/Lambda", "FunctionName", lambda_definitions, COUNT(lambda_definitions)},
    {"http-api", "AWS/ApiGateway", "ApiId", http_api_definitions, COUNT(http_api_definitions)},
    {"rds", "AWS/RDS", "DBInstanceIdentifier", rds_definitions, COUNT(rds_definitions)},
};

static const struct family *find_family(const char *kind)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (strcmp(families[i].kind, kind) == 0)
            return &families[i];
    return NULL;
}

const struct metrics_definition *metrics_definition(const struct resource_kind *kind,
                                                    const char *name)
{
    const struct family *family = find_family(kind->name);
    for (size_t i = 0; family != NULL && i < family->count; i++)
        if (strcmp(family->definitions[i].name, name) == 0)
            return &family->definitions[i];
    return NULL;
}

/* ---- dimensions ---- */

/* The name in "finally-prod-api" and in "arn:aws:lambda:REGION:ACCOUNT:function:finally-prod-api".
 */
static const char *function_name(const char *name_or_arn)
{
    const char *last = strrchr(name_or_arn, ':');
    return last != NULL ? last + 1 : name_or_arn;
}

bool metrics_identity(struct aws *aws, const struct resource *resource, struct cancel *cancel,
                      char out[static METRICS_IDENTITY_SIZE], struct error *err)
{
    const char *configured = config_resource_text(resource, resource->kind->name);
    struct http_api api;

    if (strcmp(resource->kind->name, "http-api") != 0) {
        (void)snprintf(out, METRICS_IDENTITY_SIZE, "%s", function_name(configured));
        return true;
    }
    if (!api_lookup_find(aws, configured, cancel, &api, err))
        return false;
    (void)snprintf(out, METRICS_IDENTITY_SIZE, "%s", api.id);
    return true;
}

void metrics_source_init(struct metrics_source *s, const struct resource *resource,
                         const char *identity, const char *version)
{
    const struct family *family = find_family(resource->kind->name);
    const char *configured = config_resource_text(resource, resource->kind->name);
    const char *alias = config_resource_text(resource, "alias");

    *s = (struct metrics_source){.name_space = family->name_space, .first = family->dimension};
    (void)snprintf(s->identity, sizeof s->identity, "%s",
                   identity != NULL ? identity : function_name(configured));
    if (alias[0] != '\0')
        (void)snprintf(s->alias, sizeof s->alias, "%s:%s", s->identity, alias);
    if (version != NULL)
        (void)snprintf(s->version, sizeof s->version, "%s", version);
}

void metrics_source_query(const struct metrics_source *s, const char *metric, const char *statistic,
                          int period_s, struct metric_query *out)
{
    size_t next = 1;

    *out = (struct metric_query){.name_space = s->name_space,
                                 .metric = metric,
                                 .dimensions = {{s->first, s->identity}},
                                 .statistic = statistic,
                                 .period_s = period_s};
    if (s->alias[0] != '\0') {
        out->dimensions[next].name = "Resource";
        out->dimensions[next++].value = s->alias;
    }
    if (s->version[0] != '\0') {
        out->dimensions[next].name = "ExecutedVersion";
        out->dimensions[next].value = s->version;
    }
}

/* ---- one question: at most two series ---- */

struct asked {
    const struct metrics_definition *definition;
    struct metrics_source source;
    size_t value, denominator; /* index of the series */
};

static bool settle(struct aws *aws, const struct metrics_question *q, struct cancel *cancel,
                   struct asked *out, struct error *err)
{
    char identity[METRICS_IDENTITY_SIZE];

    out->definition = metrics_definition(q->resource->kind, q->metric);
    if (out->definition == NULL)
        return error_set(err, ERROR_USAGE, "%s has no metric \"%s\"", q->resource->kind->name,
                         q->metric);
    if (q->identity == NULL && !metrics_identity(aws, q->resource, cancel, identity, err))
        return false;
    metrics_source_init(&out->source, q->resource, q->identity != NULL ? q->identity : identity,
                        q->version);
    return true;
}

/* An HTTP API is looked up once, however many questions are about it. */
static bool settle_all(struct aws *aws, const struct metrics_question *questions, size_t count,
                       struct cancel *cancel, struct asked *asked, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct metrics_question q = questions[i];
        for (size_t k = 0; k < i && q.identity == NULL; k++)
            if (questions[k].resource == q.resource)
                q.identity = asked[k].source.identity;
        if (!settle(aws, &q, cancel, &asked[i], err))
            return error_wrap(err, "metrics of %s", q.resource->name);
    }
    return true;
}

static size_t add_queries(const struct metrics_question *q, struct asked *a,
                          struct metric_query *queries, size_t next)
{
    a->value = a->denominator = next;
    metrics_source_query(&a->source, a->definition->metric, a->definition->statistic, q->period_s,
                         &queries[next]);
    (void)snprintf(queries[next].id, sizeof queries[next].id, "q%zu", next);
    next++;
    if (a->definition->denominator == NULL)
        return next;
    a->denominator = next;
    metrics_source_query(&a->source, a->definition->denominator, a->definition->statistic,
                         q->period_s, &queries[next]);
    (void)snprintf(queries[next].id, sizeof queries[next].id, "q%zu", next);
    return next + 1;
}

static void fill_plain(const struct asked *a, const struct metric_series *series,
                       struct metrics_answer *out)
{
    *out = (struct metrics_answer){.values = xcalloc(series->count + 1, sizeof *out->values),
                                   .count = series->count};
    for (size_t i = 0; i < series->count; i++)
        out->values[i] = (struct metrics_value){series->points[i].at_s,
                                                series->points[i].value * a->definition->factor};
}

/* A period without requests has no rate. One with requests and no count of failures had none. */
static void fill_rate(const struct asked *a, const struct metric_series *parts,
                      const struct metric_series *whole, struct metrics_answer *out)
{
    size_t k = 0;

    *out = (struct metrics_answer){.values = xcalloc(whole->count + 1, sizeof *out->values),
                                   .is_rate = true};
    for (size_t i = 0; i < whole->count; i++) {
        int64_t at_s = whole->points[i].at_s;
        double of = whole->points[i].value, part = 0;
        while (k < parts->count && parts->points[k].at_s < at_s)
            k++;
        if (k < parts->count && parts->points[k].at_s == at_s)
            part = parts->points[k].value;
        if (!(of > 0))
            continue;
        out->values[out->count++] = (struct metrics_value){at_s, part / of * a->definition->factor};
        out->numerator += part;
        out->denominator += of;
    }
}

static bool ask(struct aws *aws, const struct metrics_question *questions, struct asked *asked,
                size_t count, int64_t start_s, int64_t end_s, struct cancel *cancel,
                struct metrics_answer *answers, struct error *err)
{
    struct metric_query *queries = xcalloc(2 * count + 1, sizeof *queries);
    struct metric_result result = {0};
    size_t query_count = 0;

    for (size_t i = 0; i < count; i++)
        query_count = add_queries(&questions[i], &asked[i], queries, query_count);
    bool ok =
        cloudwatch_get_metric_data(aws, queries, query_count, start_s, end_s, cancel, &result, err);
    for (size_t i = 0; i < count && ok; i++) {
        const struct asked *a = &asked[i];
        if (a->definition->denominator != NULL)
            fill_rate(a, &result.series[a->value], &result.series[a->denominator], &answers[i]);
        else
            fill_plain(a, &result.series[a->value], &answers[i]);
    }
    cloudwatch_result_clear(&result);
    free(queries);
    return ok;
}

bool metrics_read(struct aws *aws, const struct environment *environment,
                  const struct metrics_question *questions, size_t count, int64_t start_s,
                  int64_t end_s, struct cancel *cancel, struct metrics_answer *answers,
                  struct error *err)
{
    struct asked *asked = xcalloc(count + 1, sizeof *asked);

    (void)environment;
    bool ok =
        settle_all(aws, questions, count, cancel, asked, err) &&
        (count == 0 || ask(aws, questions, asked, count, start_s, end_s, cancel, answers, err));
    free(asked);
    return ok;
}

void metrics_answers_clear(struct metrics_answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(answers[i].values);
        answers[i] = (struct metrics_answer){0};
    }
}
