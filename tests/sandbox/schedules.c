/* schedules.c - the sandbox's EventBridge Scheduler: what it refuses, and that it really fires. */
#include "sandbox/schedules.h"
#include "aws/lambda.h"
#include "aws/scheduler.h"
#include "core/clock.h"
#include "sandbox/world.h"
#include "tests/sandbox_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FUNCTION "finally-prod-api"
#define ROLE "arn:aws:iam::123456789012:role/flightdeck-silent"
#define UPDATE_ALIAS "arn:aws:scheduler:::aws-sdk:lambda:updateAlias"

static struct error err;

/* All to v40. Yours. */
static json_t *body_at(int64_t at_ms, const char *role, const char *target, const char *revision)
{
    json_t *input = json_pack("{s:s, s:s, s:s, s:{s:{}}, s:s}", "FunctionName", FUNCTION, "Name",
                              "production", "FunctionVersion", "40", "RoutingConfig",
                              "AdditionalVersionWeights", "Description", "by AWS");
    if (revision[0] != '\0')
        json_object_set_new(input, "RevisionId", json_string(revision));
    const struct scheduler_once once = {.name = "n",
                                        .description = "d",
                                        .at_ms = at_ms,
                                        .target = target,
                                        .role = role,
                                        .input = input};
    json_t *body = scheduler_once_json(&once);
    json_decref(input);
    return body;
}

static void put(struct box *b, int64_t at_ms, const char *revision)
{
    json_t *body = body_at(at_ms, ROLE, UPDATE_ALIAS, revision);
    cr_expect(scheduler_create(b->aws, "n", body, "t", NULL, &err), "%s", err.message);
    json_decref(body);
}

static struct lambda_alias look(struct box *b)
{
    struct lambda_alias alias = {.name = ""};
    cr_expect(lambda_get_alias(b->aws, FUNCTION, "production", NULL, &alias, &err), "%s",
              err.message);
    return alias;
}

static bool is_there(struct box *b)
{
    bool is = false;
    cr_expect(scheduler_find(b->aws, "n", NULL, &is, &err), "%s", err.message);
    return is;
}

TestSuite(schedules, .timeout = 60);

Test(schedules, one_that_is_due_moves_the_alias_and_is_gone)
{
    struct box b = box_open(NULL);
    put(&b, clock_world_ms() - 1000, "");
    struct lambda_alias alias = look(&b);
    cr_expect_str_eq(alias.version, "40");
    cr_expect_str_eq(alias.description, "by AWS");
    cr_expect_not(is_there(&b));
    box_close(&b);
}

Test(schedules, one_that_is_put_off_does_not_fire)
{
    struct box b = box_open(NULL);
    put(&b, clock_world_ms() + 3600 * 1000, "");
    json_t *later = body_at(clock_world_ms() + 7200 * 1000, ROLE, UPDATE_ALIAS, "");
    cr_expect(scheduler_update(b.aws, "n", later, NULL, &err), "%s", err.message);
    struct lambda_alias alias = look(&b);
    cr_expect_str_eq(alias.version, "41");
    cr_expect(is_there(&b));
    cr_expect(scheduler_delete(b.aws, "n", NULL, &err), "%s", err.message);
    cr_expect_not(is_there(&b));
    cr_expect_not(scheduler_update(b.aws, "n", later, NULL, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    json_decref(later);
    box_close(&b);
}

Test(schedules, what_another_revision_serves_is_left_alone)
{
    struct box b = box_open(NULL);
    put(&b, clock_world_ms() - 1000, "another");
    struct lambda_alias alias = look(&b);
    cr_expect_str_eq(alias.version, "41");
    cr_expect_not(is_there(&b));
    box_close(&b);
}

Test(schedules, a_second_of_that_name_is_the_first_or_refused)
{
    struct box b = box_open(NULL);
    int64_t at_ms = clock_world_ms() + 3600 * 1000;
    put(&b, at_ms, "");
    put(&b, at_ms, ""); /* the same token */
    json_t *other = body_at(at_ms, ROLE, UPDATE_ALIAS, "");
    cr_expect_not(scheduler_create(b.aws, "n", other, "another", NULL, &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT, "%s", err.message);
    json_decref(other);
    box_close(&b);
}

Test(schedules, what_it_would_not_carry_out_is_refused)
{
    static const struct {
        const char *role, *target;
    } cases[] = {{"arn:aws:iam::999999999999:role/x", UPDATE_ALIAS},
                 {"", UPDATE_ALIAS},
                 {ROLE, "arn:aws:scheduler:::aws-sdk:lambda:invoke"}};
    struct box b = box_open(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *body = body_at(0, cases[i].role, cases[i].target, "");
        cr_expect_not(scheduler_create(b.aws, "n", body, "t", NULL, &err), "case %zu", i);
        cr_expect_str_eq(err.code, "ValidationException");
        json_decref(body);
    }
    json_t *body = body_at(0, ROLE, UPDATE_ALIAS, "");
    json_object_set_new(body, "ScheduleExpression", json_string("rate(5 minutes)"));
    cr_expect_not(scheduler_create(b.aws, "n", body, "t", NULL, &err));
    cr_expect_str_eq(err.code, "ValidationException");
    json_decref(body);
    box_close(&b);
}
