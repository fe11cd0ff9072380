/*
 * measuring.c - how series of metrics are labelled, settled and written as JSON.
 */
#include "cli/measuring.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "core/config.h"
#include "core/mem.h"
#include "core/resource.h"

static char production[] = "production", api[] = "api";
static const struct resource_kind kind = {.name = "lambda"};
static const struct resource resource = {.name = api, .kind = &kind};
static const struct metric_name metric = {"error rate", "%", "failed of all"};
static const struct environment environment = {.name = production};
static double values[] = {1.5, NAN, 0};

static struct measured_series series_of(const char *version, int64_t settled_until_s)
{
    struct measured_series s = {.resource = &resource,
                                .metric = &metric,
                                .values = values,
                                .now = 0,
                                .settled_until_s = settled_until_s};
    (void)snprintf(s.version, sizeof s.version, "%s", version);
    return s;
}

Test(measuring, a_label_names_the_version_only_while_traffic_is_split)
{
    static const struct {
        const char *version, *label;
    } rows[] = {{"", "api error rate"}, {"42", "api error rate v42"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct measured_series s = series_of(rows[i].version, 0);
        auto_free char *label = measuring_label(&s);
        cr_expect_str_eq(label, rows[i].label);
    }
}

Test(measuring, only_whole_periods_that_cannot_change_are_settled)
{
    static const struct {
        int64_t settled_until_s;
        size_t count;
    } rows[] = {{0, 0}, {600, 0}, {659, 0}, {660, 1}, {720, 2}, {780, 3}, {6000, 3}};
    const struct measured_environment m = {
        .start_s = 600, .end_s = 780, .period_s = 60, .period_count = 3};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct measured_series s = series_of("", rows[i].settled_until_s);
        cr_expect_eq(measuring_settled_count(&m, &s), rows[i].count, "until %lld",
                     (long long)rows[i].settled_until_s);
    }
}

Test(measuring, a_missing_minute_is_null_and_a_zero_is_a_number)
{
    struct measured_series s = series_of("42", 720);
    const struct measured_environment m = {.environment = &environment,
                                           .start_s = 600,
                                           .end_s = 780,
                                           .period_s = 60,
                                           .period_count = 3,
                                           .series = &s,
                                           .count = 1};
    json_t *document = measuring_json(&m);
    json_t *one = json_array_get(json_object_get(document, "series"), 0);
    json_t *points = json_object_get(one, "values");

    cr_assert_eq(json_array_size(points), 3);
    cr_expect_eq(json_integer_value(json_array_get(json_array_get(points, 1), 0)), 660);
    cr_expect_float_eq(json_real_value(json_array_get(json_array_get(points, 0), 1)), 1.5, 1e-9);
    cr_expect(json_is_null(json_array_get(json_array_get(points, 1), 1)));
    cr_expect(json_is_number(json_array_get(json_array_get(points, 2), 1)));
    cr_expect_str_eq(json_string_value(json_object_get(one, "id")), "api-error-rate-v42");
    cr_expect_str_eq(json_string_value(json_object_get(one, "version")), "42");
    cr_expect_eq(json_integer_value(json_object_get(one, "settled_until")), 720);
    cr_expect(json_is_null(json_object_get(one, "threshold")));
    cr_expect(json_is_null(json_object_get(one, "state")));
    json_decref(document);
}
