/* cloudwatch.c - metric series and alarms over AWS JSON 1.0. */
#include "aws/cloudwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/stamp.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define TARGET "GraniteServiceVersion20100801."
#define MAX_PAGES 200
#define ALARMS_PER_CALL 100

static void begin(struct aws_call *call, const char *operation, const char *target,
                  struct cancel *cancel)
{
    aws_call_init(call, AWS_CLOUDWATCH, operation, "POST");
    call->path = xstrdup("/");
    call->content_type = "application/x-amz-json-1.0";
    call->target = target;
    call->cancel = cancel;
}

static void set_body(struct aws_call *call, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    buf_adds(&call->body, text);
    free(text);
}

/* The protocol sends epoch seconds; some servers write ISO 8601 all the same. */
static bool read_time(json_t *value, int64_t *out_ms)
{
    if (json_is_number(value)) {
        *out_ms = (int64_t)(json_number_value(value) * 1000.0);
        return true;
    }
    return json_is_string(value) && stamp_parse(json_string_value(value), out_ms);
}

static void copy_text(json_t *object, const char *key, char *out, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    text_copy(out, size, value ? value : "");
}

/* Sets or drops NextToken of the next request; false at the last page. */
static bool next_page(json_t *body, json_t *answer)
{
    const char *token = json_string_value(json_object_get(answer, "NextToken"));
    if (!token || !token[0])
        return false;
    json_object_set_new(body, "NextToken", json_string(token));
    return true;
}

/* --- metrics --- */

void cloudwatch_result_clear(struct metric_result *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        free(r->series[i].points);
    free(r->series);
    *r = (struct metric_result){0};
}

static json_t *query_json(const struct metric_query *q)
{
    json_t *dimensions = json_array();
    for (size_t i = 0; i < CLOUDWATCH_MAX_DIMENSIONS && q->dimensions[i].name; i++)
        json_array_append_new(dimensions, json_pack("{s:s, s:s}", "Name", q->dimensions[i].name,
                                                    "Value", q->dimensions[i].value));
    return json_pack("{s:s, s:b, s:{s:i, s:s, s:{s:s, s:s, s:o}}}", "Id", q->id, "ReturnData", 1,
                     "MetricStat", "Period", q->period_s, "Stat", q->statistic, "Metric",
                     "Namespace", q->name_space, "MetricName", q->metric, "Dimensions", dimensions);
}

/* What is being gathered over the pages. */
struct gathering {
    struct metric_result result;
    size_t *capacities; /* of each series' points */
    bool *is_seen;      /* the server said something about this query */
};

static struct metric_series *find_series(struct gathering *g, const char *id, size_t *index)
{
    for (size_t i = 0; id && i < g->result.count; i++)
        if (strcmp(g->result.series[i].id, id) == 0) {
            *index = i;
            return &g->result.series[i];
        }
    return NULL;
}

static bool check_status(const struct aws_call *call, json_t *object, const char *id,
                         struct error *err)
{
    const char *status = json_string_value(json_object_get(object, "StatusCode"));
    if (!status || strcmp(status, "Complete") == 0 || strcmp(status, "PartialData") == 0)
        return true;
    auto_free char *safe = text_safe(status);
    bool is_denied = strcmp(status, "Forbidden") == 0;
    error_set(err, is_denied ? ERROR_DENIED : ERROR_TRANSIENT,
              "cloudwatch %s: no values for %s: %s", call->operation, id, safe);
    return error_code(err, safe);
}

static bool add_series(const struct aws_call *call, struct gathering *g, json_t *object,
                       struct error *err)
{
    const char *id = json_string_value(json_object_get(object, "Id"));
    json_t *times = json_object_get(object, "Timestamps");
    json_t *values = json_object_get(object, "Values");
    size_t index = 0;
    struct metric_series *series = find_series(g, id, &index);
    if (!series)
        return aws_bad_answer(call, err, "it has a result that was not asked for");
    if (!check_status(call, object, id, err))
        return false;
    if (json_array_size(times) != json_array_size(values))
        return aws_bad_answer(call, err, "%s has %zu times and %zu values", id,
                              json_array_size(times), json_array_size(values));
    g->is_seen[index] = true;
    for (size_t i = 0; i < json_array_size(values); i++) {
        int64_t at_ms = 0;
        json_t *value = json_array_get(values, i);
        if (!read_time(json_array_get(times, i), &at_ms) || !json_is_number(value))
            return aws_bad_answer(call, err, "%s has a point without a time or a number", id);
        series->points =
            mem_grow(series->points, &g->capacities[index], series->count, sizeof *series->points);
        series->points[series->count++] =
            (struct metric_point){at_ms / 1000, json_number_value(value)};
    }
    return true;
}

static bool add_page(const struct aws_call *call, struct gathering *g, json_t *answer,
                     struct error *err)
{
    json_t *results = json_object_get(answer, "MetricDataResults");
    size_t index;
    json_t *object;
    if (!json_is_array(results))
        return aws_bad_answer(call, err, "it has no MetricDataResults");
    json_array_foreach(results, index, object)
    {
        if (!add_series(call, g, object, err))
            return false;
    }
    json_array_foreach(json_object_get(answer, "Messages"), index, object)
    {
        const char *message = json_string_value(json_object_get(object, "Value"));
        log_line(LOG_LEVEL_WARN, "aws", "cloudwatch %s says: %s", call->operation,
                 message ? message : "something without a text");
    }
    return true;
}

static int compare_points(const void *a, const void *b)
{
    int64_t left = ((const struct metric_point *)a)->at_s;
    int64_t right = ((const struct metric_point *)b)->at_s;
    return left < right ? -1 : left > right;
}

/* Ascending, and one point per time: pages may overlap. */
static void sort_points(struct metric_series *s)
{
    size_t kept = 0;
    if (s->count > 1)
        qsort(s->points, s->count, sizeof *s->points, compare_points);
    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || s->points[kept - 1].at_s != s->points[i].at_s)
            s->points[kept++] = s->points[i];
    s->count = kept;
}

static bool gather_pages(struct aws *a, json_t *body, struct cancel *cancel, struct gathering *g,
                         struct error *err)
{
    bool has_more = true;
    bool is_ok = true;
    for (int page = 0; is_ok && has_more; page++) {
        struct aws_call call;
        struct aws_answer answer;
        begin(&call, "GetMetricData", TARGET "GetMetricData", cancel);
        set_body(&call, body);
        aws_answer_init(&answer);
        if (page == MAX_PAGES)
            is_ok = aws_bad_answer(&call, err, "it has more than %d pages", MAX_PAGES);
        else
            is_ok = aws_perform(a, &call, &answer, err) && add_page(&call, g, answer.json, err);
        has_more = is_ok && next_page(body, answer.json);
        for (size_t i = 0; is_ok && !has_more && i < g->result.count; i++)
            /* Not the same as no values: silence about a query must not look like an idle minute.
             */
            if (!g->is_seen[i])
                is_ok =
                    aws_bad_answer(&call, err, "it says nothing about %s", g->result.series[i].id);
        aws_answer_clear(&answer);
        aws_call_clear(&call);
    }
    return is_ok;
}

bool cloudwatch_get_metric_data(struct aws *a, const struct metric_query *queries, size_t count,
                                int64_t start_s, int64_t end_s, struct cancel *cancel,
                                struct metric_result *out, struct error *err)
{
    if (count > CLOUDWATCH_MAX_QUERIES)
        return error_set(err, ERROR_USAGE, "%zu metrics in one call, %d are allowed", count,
                         CLOUDWATCH_MAX_QUERIES);
    if (count == 0) {
        *out = (struct metric_result){0};
        return true;
    }
    struct gathering g = {.capacities = xcalloc(count, sizeof *g.capacities),
                          .is_seen = xcalloc(count, sizeof *g.is_seen)};
    g.result.series = xcalloc(count, sizeof *g.result.series);
    g.result.count = count;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        snprintf(g.result.series[i].id, sizeof g.result.series[i].id, "%s", queries[i].id);
        json_array_append_new(list, query_json(&queries[i]));
    }
    json_t *body =
        json_pack("{s:I, s:I, s:s, s:o}", "StartTime", (json_int_t)start_s, "EndTime",
                  (json_int_t)end_s, "ScanBy", "TimestampAscending", "MetricDataQueries", list);
    bool is_ok = gather_pages(a, body, cancel, &g, err);
    for (size_t i = 0; i < count; i++)
        sort_points(&g.result.series[i]);
    json_decref(body);
    free(g.capacities);
    free(g.is_seen);
    if (is_ok)
        *out = g.result;
    else
        cloudwatch_result_clear(&g.result);
    return is_ok;
}

/* --- alarms --- */

struct alarm_list {
    struct alarm *items;
    size_t count, capacity;
};

static bool add_alarms(const struct aws_call *call, json_t *alarms, struct alarm_list *list,
                       struct error *err)
{
    size_t index;
    json_t *object;
    json_array_foreach(alarms, index, object)
    {
        struct alarm alarm = {0};
        copy_text(object, "AlarmName", alarm.name, sizeof alarm.name);
        copy_text(object, "StateValue", alarm.state, sizeof alarm.state);
        copy_text(object, "StateReason", alarm.reason, sizeof alarm.reason);
        if (!alarm.name[0] || !alarm.state[0])
            return aws_bad_answer(call, err, "an alarm has no name or no state");
        bool is_enabled = !json_is_false(json_object_get(object, "ActionsEnabled"));
        alarm.has_actions =
            is_enabled && json_array_size(json_object_get(object, "AlarmActions")) > 0;
        json_t *changed = json_object_get(object, "StateTransitionedTimestamp");
        if (!read_time(changed ? changed : json_object_get(object, "StateUpdatedTimestamp"),
                       &alarm.changed_at_ms))
            alarm.changed_at_ms = 0;
        list->items = mem_grow(list->items, &list->capacity, list->count, sizeof *list->items);
        list->items[list->count++] = alarm;
    }
    return true;
}

static bool add_alarm_page(const struct aws_call *call, json_t *answer, struct alarm_list *list,
                           struct error *err)
{
    json_t *metric = json_object_get(answer, "MetricAlarms");
    json_t *composite = json_object_get(answer, "CompositeAlarms");
    if (!json_is_array(metric) && !json_is_array(composite))
        return aws_bad_answer(call, err, "it has no list of alarms");
    return add_alarms(call, metric, list, err) && add_alarms(call, composite, list, err);
}

/* All pages of one request body. */
static bool describe_all(struct aws *a, json_t *body, struct cancel *cancel,
                         struct alarm_list *list, struct error *err)
{
    bool has_more = true;
    bool is_ok = true;
    for (int page = 0; is_ok && has_more; page++) {
        struct aws_call call;
        struct aws_answer answer;
        begin(&call, "DescribeAlarms", TARGET "DescribeAlarms", cancel);
        set_body(&call, body);
        aws_answer_init(&answer);
        if (page == MAX_PAGES)
            is_ok = aws_bad_answer(&call, err, "it has more than %d pages", MAX_PAGES);
        else
            is_ok = aws_perform(a, &call, &answer, err) &&
                    add_alarm_page(&call, answer.json, list, err);
        has_more = is_ok && next_page(body, answer.json);
        aws_answer_clear(&answer);
        aws_call_clear(&call);
    }
    return is_ok;
}

bool cloudwatch_describe_alarms(struct aws *a, const char *prefix, const char *const *names,
                                size_t name_count, struct cancel *cancel, struct alarm **out,
                                size_t *count, struct error *err)
{
    struct alarm_list list = {0};
    bool is_ok = true;
    size_t done = 0;
    do {
        json_t *body = json_pack("{s:[s, s], s:i}", "AlarmTypes", "MetricAlarm", "CompositeAlarm",
                                 "MaxRecords", ALARMS_PER_CALL);
        json_t *chunk = json_array();
        for (size_t i = 0; i < ALARMS_PER_CALL && done < name_count; i++)
            json_array_append_new(chunk, json_string(names[done++]));
        if (json_array_size(chunk) > 0)
            json_object_set(body, "AlarmNames", chunk);
        else if (prefix && prefix[0])
            json_object_set_new(body, "AlarmNamePrefix", json_string(prefix));
        json_decref(chunk);
        is_ok = describe_all(a, body, cancel, &list, err);
        json_decref(body);
    } while (is_ok && done < name_count);
    if (!is_ok) {
        free(list.items);
        return false;
    }
    *out = list.items;
    *count = list.count;
    return true;
}
