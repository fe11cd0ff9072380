/* traffic.c - requests follow weights and scenarios, within what chance allows. */
#include "tests/world_fixture.h"

#include <math.h>

#include "sandbox/traffic.h"

#define HOUR_S 3600

/* Sums over what a version of production did in [from, to), as if all could be seen. */
struct seen {
    double calls, errors, slow_share, p50, p99;
};

static struct samples samples_of(const struct world *w, const char *metric, const char *version,
                                 int64_t from_s, int64_t to_s)
{
    struct numbers_question q = {
        .name_space = "AWS/Lambda",
        .metric = metric,
        .dimensions = {{"FunctionName", PROD},
                       {"Resource", PROD ":production"},
                       {"ExecutedVersion", version}},
        .dimension_count = 3,
        .start_s = from_s,
        .end_s = to_s,
        .period_s = (int)(to_s - from_s),
    };
    struct numbers_answer a;
    numbers_read(w, &q, &a);
    cr_assert_leq(a.count, 1);
    struct samples s = {0};
    if (a.count == 1) {
        s = a.points[0].samples;
        a.points[0].samples = (struct samples){0};
    }
    numbers_answer_clear(&a);
    return s;
}

static double value_of(const char *name, struct samples s)
{
    struct statistic statistic;
    cr_assert(statistic_parse(name, &statistic));
    double value = s.count > 0 ? statistic_of(&statistic, &s) : 0;
    statistic_clear(&s);
    return value;
}

static struct seen look(const struct world *w, const char *version, int64_t from_s, int64_t to_s)
{
    return (struct seen){
        .calls = value_of("Sum", samples_of(w, "Invocations", version, from_s, to_s)),
        .errors = value_of("Sum", samples_of(w, "Errors", version, from_s, to_s)),
        .slow_share =
            (100 - value_of("PR(:2000)", samples_of(w, "Duration", version, from_s, to_s))) / 100,
        .p50 = value_of("p50", samples_of(w, "Duration", version, from_s, to_s)),
        .p99 = value_of("p99", samples_of(w, "Duration", version, from_s, to_s)),
    };
}

/* Within five standard deviations of what chance allows. */
static bool is_near(double count, double share, double of)
{
    return fabs(count - share * of) <= 5 * sqrt(of * share * (1 - share)) + 1;
}

/* An hour of a scenario at this weight. */
static struct world *shifted(const char *scenario, double weight, char version[static 16])
{
    struct world *w = fixture_world(11, scenario);
    int number = fixture_publish(w);
    snprintf(version, 16, "%d", number);
    world_advance(w, BEGUN_MS + 120000);
    fixture_weigh(w, number, weight);
    world_advance(w, BEGUN_MS + (120 + HOUR_S + 300) * 1000);
    return w;
}

Test(traffic, follows_the_weights)
{
    static const double weights[] = {0.01, 0.05, 0.25, 0.5};
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        char version[16];
        struct world *w = shifted("healthy", weights[i], version);
        struct seen fresh = look(w, version, BEGUN_S + 120, BEGUN_S + 120 + HOUR_S);
        struct seen old = look(w, OLD, BEGUN_S + 120, BEGUN_S + 120 + HOUR_S);
        double all = fresh.calls + old.calls;
        cr_expect(is_near(fresh.calls, weights[i], all), "%g of %g at %g", fresh.calls, all,
                  weights[i]);
        cr_expect_gt(all, 50 * 0.8 * HOUR_S);
        cr_expect_lt(all, 50 * 1.2 * HOUR_S);
        world_free(w);
    }
}

Test(traffic, the_new_version_behaves_as_the_scenario_says_and_the_old_as_always)
{
    static const struct {
        const char *scenario;
        double errors, slow, p99_from, p99_to;
    } cases[] = {{"healthy", 0.002, 0, 350, 450},
                 {"bad-canary", 0.10, 0, 350, 450},
                 {"bad-canary-5xx", 0.002, 0, 350, 450},
                 {"slow-canary", 0.002, 0.03, 2500, 2750},
                 {"throttled", 0.002, 0, 350, 450}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char version[16];
        struct world *w = shifted(cases[i].scenario, 0.25, version);
        struct seen fresh = look(w, version, BEGUN_S + 120, BEGUN_S + 120 + HOUR_S);
        struct seen old = look(w, OLD, BEGUN_S + 120, BEGUN_S + 120 + HOUR_S);
        cr_expect(is_near(fresh.errors, cases[i].errors, fresh.calls), "%s: %g errors of %g",
                  cases[i].scenario, fresh.errors, fresh.calls);
        cr_expect(is_near(fresh.slow_share * fresh.calls, cases[i].slow, fresh.calls),
                  "%s: slow share %g", cases[i].scenario, fresh.slow_share);
        cr_expect(fresh.p99 > cases[i].p99_from && fresh.p99 < cases[i].p99_to, "%s: p99 %g",
                  cases[i].scenario, fresh.p99);
        cr_expect(is_near(old.errors, 0.002, old.calls), "%s: the old one", cases[i].scenario);
        cr_expect(old.p99 > 350 && old.p99 < 450 && old.p50 > 70 && old.p50 < 90,
                  "%s: the old one: p50 %g p99 %g", cases[i].scenario, old.p50, old.p99);
        world_free(w);
    }
}

static double gateway_sum(const struct world *w, const char *metric)
{
    struct numbers_question q = {.name_space = "AWS/ApiGateway",
                                 .metric = metric,
                                 .dimensions = {{"ApiId", world_places[2].api_id}},
                                 .dimension_count = 1,
                                 .start_s = BEGUN_S + 120,
                                 .end_s = BEGUN_S + 120 + HOUR_S,
                                 .period_s = HOUR_S};
    struct numbers_answer a;
    numbers_read(w, &q, &a);
    cr_assert_eq(a.count, 1);
    struct statistic sum = {.kind = STATISTIC_SUM};
    double value = statistic_of(&sum, &a.points[0].samples);
    numbers_answer_clear(&a);
    return value;
}

Test(traffic, handled_failures_show_at_the_api_only)
{
    char version[16];
    struct world *w = shifted("bad-canary-5xx", 0.5, version);
    double calls = gateway_sum(w, "Count");
    cr_expect(is_near(gateway_sum(w, "5xx"), 0.5 * 0.102 + 0.5 * 0.0025, calls), "%g of %g",
              gateway_sum(w, "5xx"), calls);
    cr_expect_gt(gateway_sum(w, "4xx"), 0.01 * calls);
    world_free(w);
}

Test(traffic, nobody_calls_production_without_traffic_and_staging_lives_on)
{
    struct world *w = fixture_world(1, "no-traffic");
    struct numbers_question q = {.name_space = "AWS/Lambda",
                                 .metric = "Invocations",
                                 .dimensions = {{"FunctionName", PROD}},
                                 .dimension_count = 1,
                                 .start_s = BEGUN_S - HOUR_S,
                                 .end_s = BEGUN_S,
                                 .period_s = 60};
    struct numbers_answer a;
    numbers_read(w, &q, &a);
    cr_expect_eq(a.count, 0);
    numbers_answer_clear(&a);
    q.dimensions[0].value = "finally-staging-api";
    numbers_read(w, &q, &a);
    cr_expect_gt(a.count, 50);
    numbers_answer_clear(&a);
    world_free(w);
}

Test(traffic, rate_errors_and_slow_calls_can_be_set)
{
    struct world_setting setting = {
        .seed = 3, .rate_per_s = 4, .error_share = 1, .slow_share = 0.5};
    struct world *w = world_new(&setting, BEGUN_MS);
    int number = fixture_publish(w);
    char version[16];
    snprintf(version, sizeof version, "%d", number);
    world_advance(w, BEGUN_MS + 120000);
    fixture_weigh(w, number, 0.5);
    world_advance(w, BEGUN_MS + (120 + HOUR_S + 300) * 1000);
    struct seen fresh = look(w, version, BEGUN_S + 120, BEGUN_S + 120 + HOUR_S);
    cr_expect_gt(fresh.calls, 4 * 0.5 * 0.75 * HOUR_S);
    cr_expect_lt(fresh.calls, 4 * 0.5 * 1.25 * HOUR_S);
    cr_expect_eq(fresh.errors, fresh.calls);
    cr_expect(is_near(fresh.slow_share * fresh.calls, 0.5, fresh.calls));
    world_free(w);
}

Test(traffic, requests_that_arrive_are_routed_by_weight_and_counted)
{
    struct world_setting setting = {.seed = 5, .error_share = 0.3, .slow_share = -1};
    struct world *w = world_new(&setting, BEGUN_MS);
    struct function *f = world_function(w, PROD);
    int number = fixture_publish(w), fresh = 0, failed = 0;
    struct traffic_request request = {
        .method = "GET", .path = "/accounts", .has_authorization = true, .is_through_api = true};
    fixture_weigh(w, number, 0.25);
    for (int i = 0; i < 2000; i++) {
        struct traffic_answer answer;
        traffic_serve(w, f, "production", &request, &answer);
        fresh += answer.version->number == number;
        failed += answer.status == 500;
    }
    cr_expect(is_near(fresh, 0.25, 2000), "%d", fresh);
    cr_expect(is_near(failed, 0.25 * 0.3 + 0.75 * 0.0025, 2000), "%d", failed);
    json_t *traffic = traffic_json(f), *versions = json_object_get(traffic, "versions"), *version;
    const char *name;
    json_int_t counted = 0, counted_failed = 0;
    json_object_foreach(versions, name, version)
    {
        counted += json_integer_value(json_object_get(version, "since_first_weight"));
        counted_failed += json_integer_value(json_object_get(version, "failed"));
    }
    cr_expect_eq(counted, 2000);
    cr_expect_eq(counted_failed, failed);
    json_decref(traffic);
    world_free(w);
}

Test(traffic, checks_without_data_pass_until_a_version_fails_at_everything)
{
    static const double shares[] = {0.5, 1};
    for (size_t i = 0; i < 2; i++) {
        struct world_setting setting = {
            .seed = 5, .rate_per_s = 0, .error_share = shares[i], .slow_share = -1};
        struct world *w = world_new(&setting, BEGUN_MS);
        struct function *f = world_function(w, PROD);
        struct traffic_request request = {.method = "GET", .path = "/health"};
        int failed = 0;
        (void)fixture_publish(w);
        for (int k = 0; k < 200; k++) {
            struct traffic_answer answer;
            traffic_serve(w, f, "42", &request, &answer);
            failed += answer.is_thrown;
        }
        cr_expect_eq(failed, shares[i] < 1 ? 0 : 200, "%d at %g", failed, shares[i]);
        world_free(w);
    }
}

Test(traffic, the_application_knows_its_pages_and_who_is_signed_in)
{
    static const struct {
        const char *path;
        bool is_signed_in;
        int status;
    } cases[] = {{"/health", false, 200},
                 {"/users/me", false, 401},
                 {"/users/me", true, 200},
                 {"/nothing", false, 404}};
    struct world *w = fixture_world(5, "healthy");
    struct function *f = world_function(w, "finally-dev-api");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct traffic_request request = {
            .method = "GET", .path = cases[i].path, .has_authorization = cases[i].is_signed_in};
        struct traffic_answer answer;
        traffic_serve(w, f, "production", &request, &answer);
        cr_expect_eq(answer.status, cases[i].status, "%s: %d", cases[i].path, answer.status);
        if (strcmp(cases[i].path, "/health") == 0)
            cr_expect_str_eq(answer.body, "{\"success\":true,\"data\":{\"status\":\"healthy\"}}");
    }
    world_free(w);
}
