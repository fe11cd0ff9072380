/* numbers.c - what can be seen when, under which dimensions, and that it is exact. */
#include "tests/world_fixture.h"

#include <math.h>

static struct numbers_question question(const char *metric, int64_t start_s, int64_t end_s,
                                        int period_s)
{
    return (struct numbers_question){.name_space = "AWS/Lambda",
                                     .metric = metric,
                                     .dimensions = {{"FunctionName", "fn"}},
                                     .dimension_count = 1,
                                     .start_s = start_s,
                                     .end_s = end_s,
                                     .period_s = period_s};
}

static double read_one(const struct world *w, const struct numbers_question *q, const char *name)
{
    struct numbers_answer a;
    struct statistic statistic;
    double value = NAN;
    cr_assert(statistic_parse(name, &statistic));
    numbers_read(w, q, &a);
    if (a.count == 1)
        value = statistic_of(&statistic, &a.points[0].samples);
    numbers_answer_clear(&a);
    return value;
}

Test(numbers, durations_are_kept_exactly)
{
    struct world *w = fixture_world(1, "healthy");
    struct numbers_series *s = numbers_series(w->numbers, "fn", "live", 7);
    double values[600], sum = 0;
    for (int i = 0; i < 600; i++) {
        int bucket = (i * 37) % NUMBERS_BUCKETS;
        values[i] = numbers_duration_ms(bucket);
        sum += values[i];
        numbers_add(s, BEGUN_S + i, &(struct numbers_call){.bucket = bucket});
    }
    fixture_wait(w, 1200);
    struct numbers_question q = question("Duration", BEGUN_S, BEGUN_S + 600, 600);
    cr_expect_float_eq(read_one(w, &q, "Sum"), sum, 1e-3);
    cr_expect_eq(read_one(w, &q, "SampleCount"), 600);
    for (int percent = 1; percent < 100; percent += 7) {
        /* How many lie at or below: at least so many percent, and one value less is too little. */
        auto_free char *name = xasprintf("p%d", percent);
        double value = read_one(w, &q, name);
        int below = 0, at = 0;
        for (int i = 0; i < 600; i++) {
            below += values[i] < value;
            at += values[i] <= value;
        }
        cr_expect(at * 100 >= percent * 600 && below * 100 < percent * 600, "%s: %g", name, value);
    }
    world_free(w);
}

Test(numbers, a_bucket_is_found_again_by_its_duration)
{
    for (int b = 0; b < NUMBERS_BUCKETS; b++) {
        cr_expect_eq(numbers_bucket(numbers_duration_ms(b)), b);
        if (b > 0)
            cr_expect_gt(numbers_duration_ms(b), numbers_duration_ms(b - 1));
    }
    cr_expect_eq(numbers_bucket(0), 0);
    cr_expect_eq(numbers_bucket(1e9), NUMBERS_BUCKETS - 1);
}

Test(numbers, a_minute_is_late_and_sometimes_seen_in_part_first)
{
    struct world *w = fixture_world(1, "no-traffic");
    struct numbers_series *s = numbers_series(w->numbers, "fn", "", 0);
    enum { MINUTES = 200, CALLS = 100 };
    for (int i = 0; i < MINUTES * CALLS; i++)
        numbers_add(s, BEGUN_S + i * 60 / CALLS, &(struct numbers_call){.bucket = 9});
    int in_part = 0, at_once = 0;
    for (int m = 0; m < MINUTES; m++) {
        int64_t start_s = BEGUN_S + m * 60;
        struct numbers_question q = question("Invocations", start_s, start_s + 60, 60);
        double last = 0;
        for (int64_t late = -60; late <= 150; late++) {
            q.seen_at_ms = (start_s + 60 + late) * 1000;
            double value = read_one(w, &q, "Sum");
            value = isnan(value) ? 0 : value;
            cr_assert(value >= last, "what was seen does not shrink");
            cr_assert(late >= 90 || value <= 0, "seen %lld s after its end", (long long)late);
            in_part += last <= 0 && value > 0 && value < CALLS;
            at_once += last <= 0 && value >= CALLS;
            last = value;
        }
        cr_assert_eq(last, CALLS);
    }
    cr_expect_eq(in_part + at_once, MINUTES);
    cr_expect_gt(in_part, MINUTES / 5);
    cr_expect_lt(in_part, MINUTES / 2);
    world_free(w);
}

Test(numbers, only_published_sets_of_dimensions_have_points)
{
#define API "p9d0g7h8i9"
#define DB "finally-prod-postgres"
    static const struct {
        const char *name_space, *metric, *dimensions[NUMBERS_MAX_DIMENSIONS][2];
        bool has_points;
    } cases[] = {
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}}, true},
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}, {"Resource", PROD ":production"}}, true},
        {"AWS/Lambda",
         "Errors",
         {{"ExecutedVersion", OLD}, {"FunctionName", PROD}, {"Resource", PROD ":production"}},
         true},
        {"AWS/Lambda", "Throttles", {{"FunctionName", PROD}}, true},
        {"AWS/Lambda", "ConcurrentExecutions", {{"FunctionName", PROD}}, true},
        {"AWS/Lambda", "Errors", {{NULL}}, false},
        {"AWS/Lambda", "Errors", {{"FunctionName", "nobody"}}, false},
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}, {"ExecutedVersion", OLD}}, false},
        {"AWS/Lambda", "Errors", {{"Resource", PROD ":production"}}, false},
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}, {"Resource", PROD}}, false},
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}, {"FunctionName", PROD}}, false},
        {"AWS/Lambda", "Errors", {{"FunctionName", PROD}, {"Color", "blue"}}, false},
        {"AWS/Lambda", "Errors", {{"ApiId", API}}, false},
        {"AWS/Lambda", "Sorrows", {{"FunctionName", PROD}}, false},
        {"AWS/Nothing", "Errors", {{"FunctionName", PROD}}, false},
        {"AWS/ApiGateway", "5xx", {{"ApiId", API}}, true},
        {"AWS/ApiGateway", "Latency", {{"ApiId", API}, {"Stage", "$default"}}, true},
        {"AWS/ApiGateway", "Latency", {{"ApiId", API}, {"Stage", "v1"}}, false},
        {"AWS/ApiGateway", "5XXError", {{"ApiId", API}}, false},
        {"AWS/ApiGateway", "5xx", {{"FunctionName", PROD}}, false},
        {"AWS/RDS", "CPUUtilization", {{"DBInstanceIdentifier", DB}}, true},
        {"AWS/RDS", "FreeStorageSpace", {{"DBInstanceIdentifier", DB}}, true},
        {"AWS/RDS", "CPUUtilization", {{"DBInstanceIdentifier", "nobody"}}, false},
        {"AWS/RDS", "CPUUtilization", {{"DBInstanceIdentifier", DB}, {"ApiId", API}}, false},
    };
    struct world *w = fixture_world(1, "healthy");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct numbers_question q = {.name_space = cases[i].name_space,
                                     .metric = cases[i].metric,
                                     .start_s = BEGUN_S - 1200,
                                     .end_s = BEGUN_S,
                                     .period_s = 60};
        for (; q.dimension_count < NUMBERS_MAX_DIMENSIONS &&
               cases[i].dimensions[q.dimension_count][0];
             q.dimension_count++) {
            q.dimensions[q.dimension_count].name = cases[i].dimensions[q.dimension_count][0];
            q.dimensions[q.dimension_count].value = cases[i].dimensions[q.dimension_count][1];
        }
        struct numbers_answer a;
        numbers_read(w, &q, &a);
        cr_expect_eq(a.count > 0, cases[i].has_points, "case %zu: %s %s: %zu points", i,
                     cases[i].name_space, cases[i].metric, a.count);
        numbers_answer_clear(&a);
    }
    world_free(w);
}

Test(numbers, versions_add_up_to_their_alias_and_the_alias_to_the_function)
{
    struct world *w = fixture_world(1, "no-traffic");
    static const struct {
        const char *qualifier;
        int version, calls;
    } calls[] = {{"live", 1, 10}, {"live", 2, 5}, {"2", 2, 3}, {"", 0, 2}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (int k = 0; k < calls[i].calls; k++)
            numbers_add(numbers_series(w->numbers, "fn", calls[i].qualifier, calls[i].version),
                        BEGUN_S, &(struct numbers_call){.bucket = 1, .is_error = k == 0});
    fixture_wait(w, 300);
    struct numbers_question q = question("Invocations", BEGUN_S, BEGUN_S + 60, 60);
    cr_expect_eq(read_one(w, &q, "Sum"), 20);
    q.metric = "Errors";
    cr_expect_eq(read_one(w, &q, "Sum"), 4);
    cr_expect_eq(read_one(w, &q, "SampleCount"), 20);
    q.dimensions[1].name = "Resource";
    q.dimension_count = 2;
    static const struct {
        const char *resource;
        double expected;
    } resources[] = {{"fn:live", 15}, {"fn:2", 3}, {"fn", 2}};
    q.metric = "Invocations";
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        q.dimensions[1].value = resources[i].resource;
        cr_expect_eq(read_one(w, &q, "Sum"), resources[i].expected, "%s", resources[i].resource);
    }
    world_free(w);
}

Test(numbers, the_last_day_is_kept)
{
    struct world *w = fixture_world(1, "no-traffic");
    struct numbers_series *s = numbers_series(w->numbers, "fn", "", 0);
    for (int minute = 0; minute <= 1440; minute++)
        numbers_add(s, BEGUN_S + minute * 60, &(struct numbers_call){.bucket = 1});
    struct numbers_question q = question("Invocations", BEGUN_S, BEGUN_S + 86460, 86460);
    q.seen_at_ms = (BEGUN_S + 90000) * 1000;
    cr_expect_eq(read_one(w, &q, "Sum"), 1440);
    world_free(w);
}
