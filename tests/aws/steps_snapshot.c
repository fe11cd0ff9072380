/* steps_snapshot.c - one snapshot per run, found again after a crash, awaited until it is there. */
#include "aws/steps.h"
#include "core/text.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define INSTANCE(status)                                                                           \
    "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>"            \
    "<DBInstanceIdentifier>db</DBInstanceIdentifier><DBInstanceStatus>" status                     \
    "</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult>"                   \
    "</DescribeDBInstancesResponse>"
#define SNAPSHOT(status)                                                                           \
    "<DBSnapshot><DBSnapshotIdentifier>" ID "</DBSnapshotIdentifier>"                              \
    "<DBInstanceIdentifier>db</DBInstanceIdentifier><Status>" status                               \
    "</Status><PercentProgress>30</PercentProgress></DBSnapshot>"
#define DESCRIBED(status)                                                                          \
    "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots>" SNAPSHOT(              \
        status) "</DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>"
#define CREATED                                                                                    \
    "<CreateDBSnapshotResponse><CreateDBSnapshotResult>" SNAPSHOT(                                 \
        "creating") "</CreateDBSnapshotResult></CreateDBSnapshotResponse>"
#define FAULT(code)                                                                                \
    "<ErrorResponse><Error><Code>" code "</Code><Message>m</Message></Error></ErrorResponse>"
#define ID "flightdeck-db-r-0001-cafe"

struct answer {
    const char *status, *body;
};
#define OK(body)                                                                                   \
    {                                                                                              \
        "200 OK", body                                                                             \
    }
#define MOST_ANSWERS 8

static const struct {
    const char *about;
    struct answer answers[MOST_ANSWERS];
    enum step_outcome outcome;
    size_t requests;
    const char *says; /* in the error; NULL = none */
} cases[] = {
    {"all goes well",
     {OK(INSTANCE("available")), OK(CREATED), OK(DESCRIBED("creating")),
      OK(DESCRIBED("available"))},
     STEP_OUTCOME_SUCCEEDED,
     4,
     NULL},
    {"a backup of its own is waited for",
     {OK(INSTANCE("backing-up")), OK(INSTANCE("available")), OK(CREATED),
      OK(DESCRIBED("available"))},
     STEP_OUTCOME_SUCCEEDED,
     4,
     NULL},
    {"a backup that begins between the look and the request is waited for too",
     {OK(INSTANCE("available")),
      {"400 No", FAULT("InvalidDBInstanceState")},
      OK(INSTANCE("backing-up")),
      OK(INSTANCE("available")),
      OK(CREATED),
      OK(DESCRIBED("available"))},
     STEP_OUTCOME_SUCCEEDED,
     6,
     NULL},
    {"the name is ours, so an earlier request did arrive",
     {OK(INSTANCE("available")),
      {"400 No", FAULT("DBSnapshotAlreadyExists")},
      OK(DESCRIBED("creating")),
      OK(DESCRIBED("available"))},
     STEP_OUTCOME_SUCCEEDED,
     4,
     NULL},
    {"no answer, but it was made",
     {OK(INSTANCE("available")),
      {"500 Oops", "<html>"},
      OK(DESCRIBED("creating")),
      OK(DESCRIBED("available"))},
     STEP_OUTCOME_UNKNOWN, /* the fixture asks verify at the next run */
     2,
     "CreateDBSnapshot"},
    {"a database that is broken",
     {OK(INSTANCE("storage-full"))},
     STEP_OUTCOME_FAILED,
     1,
     "db is storage-full"},
    {"a snapshot that fails",
     {OK(INSTANCE("available")), OK(CREATED), OK(DESCRIBED("failed"))},
     STEP_OUTCOME_FAILED,
     3,
     "is failed"},
    {"too many snapshots",
     {OK(INSTANCE("available")), {"400 No", FAULT("SnapshotQuotaExceeded")}},
     STEP_OUTCOME_FAILED,
     2,
     "m"},
    {"an instance that is not there",
     {{"404 No", FAULT("DBInstanceNotFound")}},
     STEP_OUTCOME_FAILED,
     1,
     "m"},
};

static struct step_ctx ctx;
static struct fixture fixture;
static char *replies[MOST_ANSWERS];
static struct scripted_step script[MOST_ANSWERS];

static void begin(const struct answer *answers)
{
    size_t count = 0;

    for (; count < MOST_ANSWERS && answers[count].body != NULL; count++) {
        replies[count] = fixture_reply(answers[count].status, "", answers[count].body);
        script[count] = (struct scripted_step){.send = replies[count], .then = SCRIPTED_KEEP};
    }
    clock_set((struct clock_setting){.speed = 5000, .epoch_ms = clock_wall_ms()});
    house_begin();
    fixture = fixture_open(script, count, NULL, "");
    fixture_ctx_begin(&ctx, &step_snapshot, &house_config, "{\"resource\":\"database\"}");
    ctx.world.aws = fixture.aws;
    json_object_set_new(ctx.step.facts, "snapshot", json_string(ID));
}

static void end(void)
{
    fixture_ctx_end(&ctx);
    fixture_close(&fixture);
    house_end();
    for (size_t i = 0; i < MOST_ANSWERS; i++) {
        free(replies[i]);
        replies[i] = NULL;
    }
}

TestSuite(steps_snapshot, .timeout = 60);

Test(steps_snapshot, ends_as_the_world_says)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        begin(cases[i].answers);
        cr_expect_eq(step_snapshot.run(&ctx, &err), cases[i].outcome, "%s: %s", cases[i].about,
                     err.message);
        cr_expect_eq(scripted_requests(fixture.server), cases[i].requests, "%s: %zu",
                     cases[i].about, scripted_requests(fixture.server));
        cr_expect(cases[i].says == NULL || strstr(err.message, cases[i].says) != NULL, "%s: %s",
                  cases[i].about, err.message);
        end();
    }
}

Test(steps_snapshot, is_found_again_after_a_crash_and_not_taken_twice)
{
    static const struct answer answers[MOST_ANSWERS] = {OK(INSTANCE("available")), OK(CREATED),
                                                        OK(DESCRIBED("creating")),
                                                        OK(DESCRIBED("available"))};
    struct error err = {0};

    begin(answers);
    ctx.loses_outcome = true;
    cr_expect_eq(step_snapshot.run(&ctx, &err), STEP_OUTCOME_ERRORED);
    ctx.loses_outcome = false;
    cr_expect_eq(step_snapshot.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_expect_eq(scripted_requests(fixture.server), 4);
    cr_expect_eq(ctx.run.effect_count, 1);
    end();
}

Test(steps_snapshot, makes_up_a_name_that_rds_takes_and_nobody_else_has)
{
    static const struct answer answers[MOST_ANSWERS] = {OK(INSTANCE("storage-full"))};
    auto_free char *first = NULL;
    struct error err;

    for (int i = 0; i < 2; i++) {
        begin(answers);
        json_object_del(ctx.step.facts, "snapshot");
        cr_expect_eq(step_snapshot.run(&ctx, &err), STEP_OUTCOME_FAILED);
        const char *name = json_string_value(json_object_get(ctx.step.facts, "snapshot"));
        cr_assert_not_null(name);
        cr_expect(text_starts_with(name, "flightdeck-db-r-0001-"), "%s", name);
        cr_expect_null(strstr(name, "--"));
        cr_expect(first == NULL || strcmp(first, name) != 0);
        if (first == NULL)
            first = xstrdup(name);
        end();
    }
}

Test(steps_snapshot, looks_ahead)
{
    static const struct {
        struct answer answers[MOST_ANSWERS];
        const char *finding;
    } ahead[] = {
        {{OK(INSTANCE("available"))}, "pass: db is available"},
        {{OK(INSTANCE("backing-up"))},
         "note: db is backing-up: the snapshot waits until that is "
         "over"},
        {{OK(INSTANCE("stopped"))}, "fail: db is stopped: no snapshot can be taken"},
        {{{"404 No", FAULT("DBInstanceNotFound")}}, "fail: "},
        {{{"403 No", FAULT("AccessDenied")}}, "unknown: "},
    };

    for (size_t i = 0; i < COUNT(ahead); i++) {
        struct preflight findings = {.findings = json_array()};
        begin(ahead[i].answers);
        step_snapshot.preflight(&ctx, &findings);
        cr_assert_eq(json_array_size(findings.findings), 1);
        const char *said = json_string_value(json_array_get(findings.findings, 0));
        cr_expect(text_starts_with(said, ahead[i].finding), "%s", said);
        json_decref(findings.findings);
        end();
    }
}

Test(steps_snapshot, plans_the_call)
{
    struct step_plan plan = {0};
    struct error err;

    house_begin();
    fixture_ctx_begin(&ctx, &step_snapshot, &house_config, "{\"resource\":\"database\"}");
    cr_assert(step_snapshot.plan(&ctx.plan_context, &plan, &err), "%s", err.message);
    const json_t *params = json_object_get(json_array_get(plan.calls, 0), "params");
    cr_expect_str_eq(json_string_value(json_object_get(params, "DBInstanceIdentifier")), "db");
    cr_expect_str_eq(json_string_value(json_object_get(params, "DBSnapshotIdentifier")),
                     "${step.snapshot}");
    json_decref(plan.calls);
    free(plan.summary);
    free(plan.undo);
    json_object_set_new(ctx.params, "resource", json_string("nothing"));
    cr_expect_not(step_snapshot.plan(&ctx.plan_context, &plan, &err));
    fixture_ctx_end(&ctx);
    house_end();
}
