/*
 * serve_cloudwatch.c - the CloudWatch API, version 2010-08-01: metrics of numbers.h, and alarms
 * of alarms.h.
 *
 * Written for JSON; what older clients send in the Query protocol is read as JSON first, with all
 * values as text. Facts: API reference of GetMetricData, GetMetricStatistics, DescribeAlarms.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/alarms.h"
#include "sandbox/members.h"
#include "sandbox/numbers.h"
#include "sandbox/services.h"
#include "sandbox/statistic.h"
#include "sandbox/world.h"

#define MOST_QUERIES 500
#define MOST_STATISTICS 5
#define POINTS_PER_PAGE 1000 /* AWS: 100,800; so that clients turn pages here */
#define MOST_POINTS 1440     /* of GetMetricStatistics */
#define ALARMS_PER_PAGE 4    /* AWS: up to 100 */
#define LONGEST_WINDOW_S 86400 * 455

/* ---- reading ---- */

static const char *text_of_member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A number, or text that is one (Query). */
static bool read_number(const json_t *value, double *out)
{
    if (!json_is_number(value))
        return json_is_string(value) && text_to_double(json_string_value(value), out);
    *out = json_number_value(value);
    return true;
}

/* Epoch seconds, or ISO 8601 (Query). */
static bool read_time(const json_t *value, int64_t *out_s)
{
    double number;
    int64_t at_ms;
    if (json_is_string(value) && clock_parse_stamp(json_string_value(value), &at_ms)) {
        *out_s = at_ms / 1000;
        return true;
    }
    if (!read_number(value, &number) || !(fabs(number) < 1e11))
        return false;
    *out_s = (int64_t)number;
    return true;
}

/* true, or "true" (Query). */
static bool read_flag(const json_t *value, bool fallback)
{
    const char *text = json_string_value(value);
    if (text)
        return strcmp(text, "true") == 0;
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

static bool invalid(const struct request *r, struct reply *reply, const char *message)
{
    return operation_refuse(r, reply, 400, "ValidationError", "%s", message);
}

static bool read_window(const struct request *r, struct reply *reply, const json_t *body,
                        struct numbers_question *q)
{
    if (!read_time(json_object_get(body, "StartTime"), &q->start_s) ||
        !read_time(json_object_get(body, "EndTime"), &q->end_s))
        return invalid(r, reply, "The parameters StartTime and EndTime are required.");
    q->start_s -= q->start_s % 60;
    if (q->start_s >= q->end_s)
        return invalid(r, reply,
                       "The parameter StartTime must be less than the parameter EndTime.");
    return q->end_s - q->start_s <= LONGEST_WINDOW_S ||
           invalid(r, reply, "The time range is longer than the 455 days that are kept.");
}

/* Namespace, MetricName, Dimensions and Period of GetMetricStatistics or of a MetricStat. */
static bool read_metric(const struct request *r, struct reply *reply, const json_t *metric,
                        const json_t *period, struct numbers_question *q)
{
    double period_s = 0;
    size_t index;
    json_t *dimension;
    q->name_space = text_of_member(metric, "Namespace");
    q->metric = text_of_member(metric, "MetricName");
    q->dimension_count = 0;
    if (!q->name_space || !q->metric)
        return invalid(r, reply, "The parameters Namespace and MetricName are required.");
    json_array_foreach(json_object_get(metric, "Dimensions"), index, dimension)
    {
        const char *name = text_of_member(dimension, "Name");
        const char *value = text_of_member(dimension, "Value");
        if (!name || !value)
            return invalid(r, reply, "A dimension has no Name or no Value.");
        /* Nothing here is published with so many: one too many matches nothing either. */
        if (q->dimension_count == NUMBERS_MAX_DIMENSIONS)
            continue;
        q->dimensions[q->dimension_count].name = name;
        q->dimensions[q->dimension_count++].value = value;
    }
    if (!read_number(period, &period_s) || period_s < 60 || period_s > 86400 ||
        fmod(period_s, 60) != 0)
        return invalid(r, reply,
                       "The parameter Period must be a multiple of 60 here, at most 86400.");
    q->period_s = (int)period_s;
    return true;
}

/* The body as JSON, a reference of yours; NULL: refused. */
static json_t *read_body(const struct request *r, struct reply *reply)
{
    json_t *body = r->form == WIRE_QUERY ? members_read(r) : json_incref(r->json);
    if (json_is_object(body))
        return body;
    json_decref(body);
    invalid(r, reply, "The request has no parameters that can be read.");
    return NULL;
}

/* Takes the document. */
static bool answer(const struct request *r, struct reply *reply, json_t *document)
{
    if (r->form != WIRE_QUERY) {
        (void)operation_answer(reply, 200, document);
        reply->content_type = "application/x-amz-json-1.0";
        return true;
    }
    operation_xml_begin(r, reply);
    members_write(&reply->body, document);
    json_decref(document);
    return operation_xml_end(r, reply);
}

/* ---- GetMetricData ---- */

/* Where a page begins: after so many points, of what could be seen then. */
struct page_token {
    int64_t seen_at_ms, after;
};

static bool read_token(const struct request *r, struct reply *reply, const json_t *body,
                       const struct world *w, struct page_token *out)
{
    const char *token = text_of_member(body, "NextToken");
    struct text rest = text_of(token ? token : ""), first;
    *out = (struct page_token){.seen_at_ms = w->now_ms};
    if (!token)
        return true;
    (void)text_split(&rest, '-', &first);
    auto_free char *seen = text_dup(first);
    auto_free char *after = text_dup(rest);
    return (text_to_int64(seen, &out->seen_at_ms) && text_to_int64(after, &out->after) &&
            out->seen_at_ms > 0 && out->seen_at_ms <= w->now_ms && out->after >= 0) ||
           operation_refuse(r, reply, 400, "InvalidNextToken", "The token is invalid");
}

struct data_page {
    const struct world *w;
    json_t *body;
    struct numbers_question window; /* start, end, seen_at_ms */
    bool is_ascending;
    int64_t skip, room; /* points that earlier pages had, and that this one may still take */
    bool has_more;
    json_t *results;
};

static bool is_query_id(const char *id)
{
    size_t len = id ? strlen(id) : 0;
    if (len == 0 || len > 255 || !islower((unsigned char)id[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)id[i]) && id[i] != '_')
            return false;
    return true;
}

static bool check_ids(const struct request *r, struct reply *reply, const json_t *queries)
{
    json_t *seen = json_object();
    size_t index;
    json_t *query;
    const char *why = NULL;
    json_array_foreach(queries, index, query)
    {
        const char *id = text_of_member(query, "Id");
        if (!is_query_id(id))
            why = "The value for parameter Id does not match ^[a-z][a-zA-Z0-9_]*$";
        else if (json_object_get(seen, id))
            why = "The values for parameter Id in MetricDataQueries are not unique.";
        else
            json_object_set_new(seen, id, json_true());
    }
    json_decref(seen);
    return !why || invalid(r, reply, why);
}

/* Puts as many points of one query on the page as belong there. */
static void add_result(struct data_page *page, const json_t *query, const char *metric,
                       const struct statistic *statistic, struct numbers_answer *found)
{
    const char *label = text_of_member(query, "Label");
    json_t *times = json_array(), *values = json_array();
    bool is_cut = false;
    for (size_t i = 0; i < found->count && !is_cut; i++) {
        size_t at = page->is_ascending ? i : found->count - 1 - i;
        if (page->skip > 0) {
            page->skip--;
        } else if (page->room > 0) {
            page->room--;
            json_array_append_new(times, json_integer(found->points[at].at_s));
            json_array_append_new(values,
                                  json_real(statistic_of(statistic, &found->points[at].samples)));
        } else {
            is_cut = true;
        }
    }
    page->has_more = page->has_more || is_cut;
    json_array_append_new(page->results,
                          json_pack("{s:O, s:s, s:o, s:o, s:s}", "Id", json_object_get(query, "Id"),
                                    "Label", label ? label : metric, "Timestamps", times, "Values",
                                    values, "StatusCode", is_cut ? "PartialData" : "Complete"));
}

static bool add_query(const struct request *r, struct reply *reply, struct data_page *page,
                      const json_t *query)
{
    const json_t *stat = json_object_get(query, "MetricStat");
    const char *name = text_of_member(stat, "Stat");
    struct statistic statistic;
    struct numbers_question q = page->window;
    struct numbers_answer found;
    if (!stat)
        return invalid(r, reply, "The sandbox knows MetricStat, and no Expression.");
    if (!name || !statistic_parse(name, &statistic))
        return operation_refuse(r, reply, 400, "ValidationError",
                                "The value %s for parameter MetricStat.Stat is not supported.",
                                name ? name : "null");
    if (!read_metric(r, reply, json_object_get(stat, "Metric"), json_object_get(stat, "Period"),
                     &q))
        return false;
    if (!read_flag(json_object_get(query, "ReturnData"), true))
        return true;
    const char *unit = text_of_member(stat, "Unit");
    numbers_read(page->w, &q, &found);
    if (unit && found.unit && strcmp(unit, found.unit) != 0) {
        numbers_answer_clear(&found);
        found = (struct numbers_answer){0};
    }
    add_result(page, query, q.metric, &statistic, &found);
    numbers_answer_clear(&found);
    return true;
}

static bool read_order(const struct request *r, struct reply *reply, struct data_page *page)
{
    const char *order = text_of_member(page->body, "ScanBy");
    double most = POINTS_PER_PAGE;
    json_t *asked = json_object_get(page->body, "MaxDatapoints");
    if (asked && !(read_number(asked, &most) && most >= 1))
        return invalid(r, reply, "The parameter MaxDatapoints must be at least 1.");
    page->room = most < POINTS_PER_PAGE ? (int64_t)most : POINTS_PER_PAGE;
    page->is_ascending = order && strcmp(order, "TimestampAscending") == 0;
    return !order || page->is_ascending || strcmp(order, "TimestampDescending") == 0 ||
           invalid(r, reply,
                   "The parameter ScanBy must be TimestampAscending or TimestampDescending.");
}

static bool fill_page(struct world *w, const struct request *r, struct reply *reply,
                      struct data_page *page)
{
    const json_t *queries = json_object_get(page->body, "MetricDataQueries");
    struct page_token token;
    size_t count = json_array_size(queries);
    if (count == 0 || count > MOST_QUERIES)
        return invalid(r, reply, "The collection MetricDataQueries must have 1 to 500 members.");
    if (!check_ids(r, reply, queries) || !read_window(r, reply, page->body, &page->window) ||
        !read_order(r, reply, page) || !read_token(r, reply, page->body, w, &token))
        return false;
    int64_t room = page->room;
    page->skip = token.after;
    page->window.seen_at_ms = token.seen_at_ms;
    for (size_t i = 0; i < count; i++)
        if (!add_query(r, reply, page, json_array_get(queries, i)))
            return false;
    json_t *document = json_pack("{s:O, s:[]}", "MetricDataResults", page->results, "Messages");
    if (page->has_more) {
        auto_free char *next =
            xasprintf("%lld-%lld", (long long)token.seen_at_ms, (long long)(token.after + room));
        json_object_set_new(document, "NextToken", json_string(next));
    }
    return answer(r, reply, document);
}

static bool get_metric_data(struct world *w, const struct request *r, struct reply *reply)
{
    struct data_page page = {.w = w, .body = read_body(r, reply), .results = json_array()};
    bool is_ok = page.body && fill_page(w, r, reply, &page);
    json_decref(page.results);
    json_decref(page.body);
    return is_ok;
}

/* ---- GetMetricStatistics ---- */

struct statistic_list {
    const char *names[2 * MOST_STATISTICS];
    struct statistic items[2 * MOST_STATISTICS];
    size_t count;
    bool is_extended;
};

static bool read_statistics(const struct request *r, struct reply *reply, const json_t *body,
                            struct statistic_list *out)
{
    const json_t *plain = json_object_get(body, "Statistics");
    const json_t *extended = json_object_get(body, "ExtendedStatistics");
    size_t index;
    json_t *name;
    *out = (struct statistic_list){.is_extended = json_array_size(extended) > 0};
    if ((json_array_size(plain) > 0) == out->is_extended)
        return operation_refuse(r, reply, 400, "InvalidParameterCombination",
                                "Must specify either Statistics or ExtendedStatistics, not both");
    json_array_foreach(out->is_extended ? extended : plain, index, name)
    {
        const char *text = json_string_value(name);
        struct statistic s;
        bool is_known = text && statistic_parse(text, &s) &&
                        (s.kind >= STATISTIC_PERCENTILE) == out->is_extended;
        if (!is_known || out->count == sizeof out->items / sizeof out->items[0])
            return operation_refuse(r, reply, 400, "InvalidParameterValue",
                                    "The value %s for parameter Statistics is not supported.",
                                    text ? text : "null");
        out->names[out->count] = text;
        out->items[out->count++] = s;
    }
    return true;
}

static json_t *datapoint_json(const struct statistic_list *wanted, struct numbers_point *point,
                              const char *unit)
{
    json_t *object = json_pack("{s:I, s:s}", "Timestamp", (json_int_t)point->at_s, "Unit", unit);
    json_t *values = wanted->is_extended ? json_object() : object;
    for (size_t i = 0; i < wanted->count; i++)
        json_object_set_new(values, wanted->names[i],
                            json_real(statistic_of(&wanted->items[i], &point->samples)));
    if (wanted->is_extended)
        json_object_set_new(object, "ExtendedStatistics", values);
    return object;
}

static bool answer_statistics(struct world *w, const struct request *r, struct reply *reply,
                              const json_t *body)
{
    struct statistic_list wanted;
    struct numbers_question q = {0};
    struct numbers_answer found;
    if (!read_window(r, reply, body, &q) ||
        !read_metric(r, reply, body, json_object_get(body, "Period"), &q) ||
        !read_statistics(r, reply, body, &wanted))
        return false;
    int64_t count = (q.end_s - q.start_s + q.period_s - 1) / q.period_s;
    if (count > MOST_POINTS)
        return operation_refuse(r, reply, 400, "InvalidParameterCombination",
                                "You have requested up to %lld datapoints, which exceeds the limit "
                                "of 1,440. You may reduce the datapoints requested by increasing "
                                "Period, or decreasing the time range.",
                                (long long)count);
    const char *unit = text_of_member(body, "Unit");
    json_t *points = json_array();
    numbers_read(w, &q, &found);
    bool has_unit = !unit || (found.unit && strcmp(unit, found.unit) == 0);
    for (size_t i = 0; has_unit && i < found.count; i++)
        json_array_append_new(points, datapoint_json(&wanted, &found.points[i], found.unit));
    numbers_answer_clear(&found);
    return answer(r, reply, json_pack("{s:s, s:o}", "Label", q.metric, "Datapoints", points));
}

static bool get_metric_statistics(struct world *w, const struct request *r, struct reply *reply)
{
    json_t *body = read_body(r, reply);
    bool is_ok = body && answer_statistics(w, r, reply, body);
    json_decref(body);
    return is_ok;
}

/* ---- DescribeAlarms ---- */

static bool is_named(const json_t *names, const char *name)
{
    size_t index;
    json_t *wanted;
    json_array_foreach(names, index, wanted)
    {
        if (json_is_string(wanted) && strcmp(json_string_value(wanted), name) == 0)
            return true;
    }
    return json_array_size(names) == 0;
}

static bool answer_alarms(struct world *w, const struct request *r, struct reply *reply,
                          const json_t *body)
{
    const json_t *names = json_object_get(body, "AlarmNames");
    const char *prefix = text_of_member(body, "AlarmNamePrefix");
    const char *state = text_of_member(body, "StateValue");
    const char *token = text_of_member(body, "NextToken");
    const json_t *types = json_object_get(body, "AlarmTypes");
    json_t *asked = json_object_get(body, "MaxRecords");
    double most = ALARMS_PER_PAGE;
    int64_t from = 0;
    if (prefix && json_array_size(names) > 0)
        return invalid(r, reply, "AlarmNamePrefix and AlarmNames cannot be used together.");
    if (json_array_size(names) > 100 ||
        (asked && !(read_number(asked, &most) && most >= 1 && most <= 100)))
        return invalid(r, reply, "AlarmNames and MaxRecords are limited to 100.");
    if (token && (!text_to_int64(token, &from) || from < 1 || from >= (int64_t)WORLD_ALARM_COUNT))
        return operation_refuse(r, reply, 400, "InvalidNextToken", "The token is invalid");
    size_t room = most < ALARMS_PER_PAGE ? (size_t)most : ALARMS_PER_PAGE, alarm = (size_t)from;
    json_t *alarms = json_array();
    bool is_asked = json_array_size(types) == 0 || is_named(types, "MetricAlarm");
    for (; is_asked && alarm < WORLD_ALARM_COUNT && json_array_size(alarms) < room; alarm++) {
        auto_free char *name = alarms_name(alarm);
        if (is_named(names, name) && text_starts_with(name, prefix ? prefix : "") &&
            (!state || strcmp(state, alarms_state(w, alarm)) == 0))
            json_array_append_new(alarms, alarms_json(w, alarm));
    }
    json_t *document = json_pack("{s:o, s:[]}", "MetricAlarms", alarms, "CompositeAlarms");
    if (is_asked && alarm < WORLD_ALARM_COUNT) {
        auto_free char *next = xasprintf("%zu", alarm);
        json_object_set_new(document, "NextToken", json_string(next));
    }
    return answer(r, reply, document);
}

static bool describe_alarms(struct world *w, const struct request *r, struct reply *reply)
{
    /* Everything may be left out, also the body. */
    json_t *body = !r->json && r->form != WIRE_QUERY ? json_object() : read_body(r, reply);
    bool is_ok = body && answer_alarms(w, r, reply, body);
    json_decref(body);
    return is_ok;
}

/* ---- the table ---- */

static const struct operation operations[] = {
    {.name = "GetMetricData", .serve = get_metric_data},
    {.name = "GetMetricStatistics", .serve = get_metric_statistics},
    {.name = "DescribeAlarms", .serve = describe_alarms},
    {0},
};

const struct service serve_cloudwatch_service = {
    .name = "monitoring",
    .form = WIRE_JSON_1_0,
    .target_prefix = "GraniteServiceVersion20100801.",
    .operations = operations,
    .xml_namespace = "http://monitoring.amazonaws.com/doc/2010-08-01/",
};
