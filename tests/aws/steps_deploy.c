/* steps_deploy.c - a version is published from its digest, once, proved, and never for nothing. */
#include "aws/steps.h"
#include "core/text.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define OLD HOUSE_IMAGE("a")
#define NEW HOUSE_IMAGE("b")
#define FOREIGN HOUSE_IMAGE("c")

#define CONFIGURATION(version, revision, state, update, description, role)                         \
    "{\"FunctionName\":\"shop-prod-api\",\"Version\":\"" version "\",\"RevisionId\":\"" revision   \
    "\",\"State\":\"" state "\",\"LastUpdateStatus\":\"" update                                    \
    "\",\"LastUpdateStatusReason\":\"no such "                                                     \
    "layer\",\"CodeSha256\":\"sha\",\"Description\":\"" description "\",\"Role\":\"" role "\"}"
#define FUNCTION(version, image, revision, state, update)                                          \
    "{\"Configuration\":" CONFIGURATION(                                                           \
        version, revision, state, update, "",                                                      \
        "role") ",\"Code\":{\"ImageUri\":\"repo:tag\",\"ResolvedImageUri\":\"" image "\"}}"
#define OF_OTHER_ROLE(version, image)                                                              \
    "{\"Configuration\":" CONFIGURATION(version, "r", "Active", "Successful", "",                  \
                                        "other") ",\"Code\":{\"ResolvedImageUri\":\"" image "\"}}"
#define ALIAS(version, weights)                                                                    \
    "{\"Name\":\"live\",\"FunctionVersion\":\"" version                                            \
    "\",\"RevisionId\":\"a1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{" weights "}}}"
#define PUBLISHED(version)                                                                         \
    CONFIGURATION(version, "p1", "Pending", "Successful", "flightdeck r-0001 replaces 41", "role")
#define FAULT(code) "{\"__type\":\"" code "\",\"message\":\"m\"}"

#define SICK "500 Oops\n" FAULT("ServiceException")
#define SERVING FUNCTION("41", OLD, "v1", "Active", "Successful")
#define LATEST(image, revision) FUNCTION("$LATEST", image, revision, "Active", "Successful")
#define UPDATING FUNCTION("$LATEST", NEW, "r2", "Active", "InProgress")
#define FRESH(state) FUNCTION("42", NEW, "v2", state, "Successful")
#define UPDATED CONFIGURATION("$LATEST", "r2", "Active", "InProgress", "", "role")

/* An answer is a body; "412 No\n" before it is its status. */
#define MOST_ANSWERS 12
#define BEGINNING ALIAS("41", ""), SERVING
#define UP_TO_PUBLISH BEGINNING, LATEST(OLD, "r1"), UPDATED, UPDATING, LATEST(NEW, "r3")

static const struct {
    const char *about;
    const char *answers[MOST_ANSWERS];
    enum step_outcome outcome;
    const char *new_version; /* fact; NULL = none */
    const char *says;        /* in the error */
} cases[] = {
    {"all goes well",
     {UP_TO_PUBLISH, "201 Created\n" PUBLISHED("42"), FRESH("Pending"), FRESH("Active")},
     STEP_OUTCOME_SUCCEEDED,
     "42",
     NULL},
    {"$LATEST has the image already: nothing to update",
     {BEGINNING, LATEST(NEW, "r1"), "201 Created\n" PUBLISHED("42"), FRESH("Active")},
     STEP_OUTCOME_SUCCEEDED,
     "42",
     NULL},
    {"an update of somebody else is waited for",
     {BEGINNING, UPDATING, LATEST(NEW, "r1"), "201\n" PUBLISHED("42"), FRESH("Active")},
     STEP_OUTCOME_SUCCEEDED,
     "42",
     NULL},
    {"AWS does not answer at first",
     {SICK, SICK, SICK, SICK, BEGINNING, LATEST(NEW, "r1"), "201 Created\n" PUBLISHED("42"),
      FRESH("Active")},
     STEP_OUTCOME_SUCCEEDED,
     "42",
     NULL},
    {"publishing the same code gives the same version",
     {ALIAS("41", ""), FUNCTION("41", NEW, "v1", "Active", "Successful"), LATEST(NEW, "r1"),
      "201 Created\n" CONFIGURATION("41", "v1", "Active", "Successful", "", "role")},
     STEP_OUTCOME_SKIPPED,
     NULL,
     "no change: v41"},
    {"the image serves, and $LATEST holds another one",
     {ALIAS("41", ""), FUNCTION("41", NEW, "v1", "Active", "Successful"), LATEST(FOREIGN, "r1")},
     STEP_OUTCOME_SKIPPED,
     NULL,
     "no change: v41"},
    {"the alias is split", {ALIAS("41", "\"40\":0.1")}, STEP_OUTCOME_FAILED, NULL, "v40 has 10 %"},
    {"the update fails",
     {BEGINNING, LATEST(OLD, "r1"), UPDATED, FUNCTION("$LATEST", NEW, "r3", "Active", "Failed")},
     STEP_OUTCOME_FAILED,
     NULL,
     "could not be updated: no such layer"},
    {"somebody else changed $LATEST before the update",
     {BEGINNING, LATEST(OLD, "r1"), "412 No\n" FAULT("PreconditionFailedException")},
     STEP_OUTCOME_UNKNOWN,
     NULL,
     "m"},
    {"somebody else changed $LATEST after the update",
     {BEGINNING, LATEST(OLD, "r1"), UPDATED, LATEST(FOREIGN, "r9")},
     STEP_OUTCOME_UNKNOWN,
     NULL,
     "not what was asked for"},
    {"and before the publishing",
     {UP_TO_PUBLISH, "412 No\n" FAULT("PreconditionFailedException")},
     STEP_OUTCOME_UNKNOWN,
     NULL,
     "m"},
    {"the image does not exist",
     {BEGINNING, LATEST(OLD, "r1"), "400 No\n" FAULT("InvalidParameterValueException")},
     STEP_OUTCOME_FAILED,
     NULL,
     "m"},
    {"the new version does not come up",
     {UP_TO_PUBLISH, "201 Created\n" PUBLISHED("42"), FRESH("Failed")},
     STEP_OUTCOME_FAILED,
     NULL,
     "v42 of shop-prod-api failed"},
    {"the two versions may not share an alias",
     {UP_TO_PUBLISH, "201 Created\n" PUBLISHED("42"), OF_OTHER_ROLE("42", NEW)},
     STEP_OUTCOME_FAILED,
     NULL,
     "different roles"},
    {"no permission", {"403 No\n" FAULT("AccessDeniedException")}, STEP_OUTCOME_FAILED, NULL, "m"},
};

static struct step_ctx ctx;
static struct fixture fixture;
static char *replies[MOST_ANSWERS], unguarded[] = "";
static struct scripted_step script[MOST_ANSWERS];
static size_t answer_count;

/* The version that came up is not fit: where nobody is there to choose, the release goes back. */
static bool is_unfit(const char *says)
{
    return says != NULL && (strstr(says, "v42 of") != NULL || strstr(says, "different") != NULL);
}

static void begin(const char *const *answers)
{
    answer_count = 0;
    for (; answer_count < MOST_ANSWERS && answers[answer_count] != NULL; answer_count++) {
        const char *body = answers[answer_count];
        size_t len = body[0] == '{' ? 0 : strcspn(body, "\n");
        auto_free char *status = len > 0 ? xstrndup(body, len) : xstrdup("200 OK");
        replies[answer_count] = fixture_reply(status, "", len > 0 ? body + len + 1 : body);
        script[answer_count] =
            (struct scripted_step){.send = replies[answer_count], .then = SCRIPTED_KEEP};
    }
    clock_set((struct clock_setting){.speed = 5000, .epoch_ms = clock_wall_ms()});
    house_begin();
    fixture = fixture_open(script, answer_count, NULL, "");
    fixture_ctx_begin(&ctx, &step_deploy, &house_config, "{\"resource\":\"api\"}");
    ctx.world.aws = fixture.aws;
    ctx.run.guard_step = unguarded;
    ctx.run.plan = json_pack("{s:{s:s}}", "inputs", "image", NEW);
}

static void end(void)
{
    json_decref(ctx.run.plan);
    fixture_ctx_end(&ctx);
    fixture_close(&fixture);
    house_end();
    for (size_t i = 0; i < answer_count; i++)
        free(replies[i]);
}

static const char *fact(const char *key)
{
    return json_string_value(json_object_get(ctx.step.facts, key));
}

TestSuite(steps_deploy, .timeout = 60);

Test(steps_deploy, where_nobody_is_there_an_unfit_version_is_not_waited_on)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        begin(cases[i].answers);
        ctx.is_unattended = true;
        cr_expect_eq(step_deploy.run(&ctx, &err),
                     is_unfit(cases[i].says) ? STEP_OUTCOME_ROLL_BACK : cases[i].outcome, "%s: %s",
                     cases[i].about, err.message);
        end();
    }
}

Test(steps_deploy, ends_as_the_world_says)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        begin(cases[i].answers);
        cr_expect_eq(step_deploy.run(&ctx, &err), cases[i].outcome, "%s: %s", cases[i].about,
                     err.message);
        cr_expect_eq(scripted_requests(fixture.server), answer_count, "%s: %zu requests",
                     cases[i].about, scripted_requests(fixture.server));
        cr_expect(cases[i].says == NULL || strstr(err.message, cases[i].says) != NULL, "%s: %s",
                  cases[i].about, err.message);
        const char *version = fact("new_version");
        cr_expect((version == NULL) == (cases[i].new_version == NULL) &&
                      (version == NULL || strcmp(version, cases[i].new_version) == 0),
                  "%s: new version %s", cases[i].about, version != NULL ? version : "none");
        cr_expect_eq(json_is_true(json_object_get(ctx.step.facts, "no_change")),
                     cases[i].outcome == STEP_OUTCOME_SKIPPED, "%s", cases[i].about);
        end();
    }
}

Test(steps_deploy, guards_each_write_and_says_what_it_replaces)
{
    struct error err = {0};

    begin(cases[0].answers);
    cr_assert_eq(step_deploy.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    const char *update = fixture.server->requests[3], *publish = fixture.server->requests[6];
    cr_expect(text_starts_with(update, "PUT /2015-03-31/functions/shop-prod-api/code "), "%s",
              update);
    cr_expect_not_null(strstr(update, "\"ImageUri\":\"" NEW "\""));
    cr_expect_not_null(strstr(update, "\"RevisionId\":\"r1\""));
    cr_expect_not_null(strstr(publish, "\"RevisionId\":\"r3\""));
    cr_expect_not_null(strstr(publish, "\"CodeSha256\":\"sha\""));
    cr_expect_not_null(strstr(publish, "\"Description\":\"flightdeck r-0001 replaces 41\""));
    cr_expect_str_eq(fact("old_version"), "41");
    cr_expect_str_eq(fact("image"), NEW);
    end();
}

#define LISTED(list) "{\"Versions\":[" UPDATED "," list "]}"

/* The process dies after one write, before its outcome is journalled; what then? */
static const struct {
    const char *about;
    const char *answers[MOST_ANSWERS];
    size_t effects_before; /* writes of the first life */
    enum step_outcome outcome;
} crashes[] = {
    {"after the update, which was done",
     {BEGINNING, LATEST(OLD, "r1"), UPDATED, BEGINNING, UPDATING, /* settling */
      LATEST(NEW, "r3"), /* settled, and seen by verify and by us */
      LATEST(NEW, "r3"), LATEST(NEW, "r3"), "201 Created\n" PUBLISHED("42"), FRESH("Active")},
     1,
     STEP_OUTCOME_SUCCEEDED},
    {"after the update, which never arrived: the same is sent again",
     {BEGINNING, LATEST(OLD, "r1"), UPDATED, BEGINNING, LATEST(OLD, "r1"), LATEST(OLD, "r1"),
      UPDATED, LATEST(NEW, "r3"), "201 Created\n" PUBLISHED("42"), FRESH("Active")},
     1,
     STEP_OUTCOME_SUCCEEDED},
    {"after the update, and then somebody else changed it",
     {BEGINNING, LATEST(OLD, "r1"), UPDATED, BEGINNING, LATEST(FOREIGN, "r9"),
      LATEST(FOREIGN, "r9")},
     1,
     STEP_OUTCOME_UNKNOWN},
    {"after the publishing, which was done",
     {BEGINNING, LATEST(NEW, "r1"), "201 Created\n" PUBLISHED("42"), BEGINNING, LATEST(NEW, "r1"),
      LISTED(PUBLISHED("42")), FRESH("Active")},
     1,
     STEP_OUTCOME_SUCCEEDED},
    {"after the publishing, which never arrived",
     {BEGINNING, LATEST(NEW, "r1"), "201 Created\n" PUBLISHED("42"), BEGINNING, LATEST(NEW, "r1"),
      LISTED(CONFIGURATION("41", "v1", "Active", "Successful", "", "role")),
      "201 Created\n" PUBLISHED("42"), FRESH("Active")},
     1,
     STEP_OUTCOME_SUCCEEDED},
};

Test(steps_deploy, does_nothing_twice_after_a_crash)
{
    for (size_t i = 0; i < COUNT(crashes); i++) {
        struct error err = {0};
        begin(crashes[i].answers);
        ctx.loses_outcome = true;
        cr_expect_eq(step_deploy.run(&ctx, &err), STEP_OUTCOME_ERRORED, "%s", crashes[i].about);
        cr_expect_eq(ctx.run.effect_count, crashes[i].effects_before, "%s", crashes[i].about);
        ctx.loses_outcome = false;
        err = (struct error){0};
        cr_expect_eq(step_deploy.run(&ctx, &err), crashes[i].outcome, "%s: %s", crashes[i].about,
                     err.message);
        cr_expect_eq(scripted_requests(fixture.server), answer_count, "%s: %zu requests of %zu",
                     crashes[i].about, scripted_requests(fixture.server), answer_count);
        end();
    }
}

Test(steps_deploy, warms_the_version_with_the_first_check)
{
    static const char *const answers[MOST_ANSWERS] = {
        BEGINNING, LATEST(NEW, "r1"), "201\n" PUBLISHED("42"), FRESH("Active"), "{}"};
    struct error err = {0};

    house_config.smoke_checks = house_checks;
    house_config.smoke_count = 1;
    begin(answers);
    cr_expect_eq(step_deploy.run(&ctx, &err), STEP_OUTCOME_SUCCEEDED, "%s", err.message);
    cr_assert_eq(scripted_requests(fixture.server), 6);
    cr_expect_not_null(strstr(fixture.server->requests[5], "/invocations?Qualifier=42 "));
    cr_expect_not_null(strstr(fixture.server->requests[5], "\"rawPath\":\"/health\""));
    end();
    house_config.smoke_count = 0;
}

Test(steps_deploy, takes_only_an_image_by_its_digest)
{
    static const struct {
        const char *params;
        bool is_planned;
    } images[] = {
        {"{\"resource\":\"api\"}", true}, /* comes from another environment */
        {"{\"resource\":\"api\",\"image\":\"" NEW "\"}", true},
        {"{\"resource\":\"api\",\"image\":\"repo/api:latest\"}", false},
        {"{\"resource\":\"api\",\"image\":\"repo/api@sha256:abc\"}", false},
        {"{\"resource\":\"nothing\"}", false},
    };

    for (size_t i = 0; i < COUNT(images); i++) {
        struct step_plan plan = {0};
        struct error err;
        house_begin();
        fixture_ctx_begin(&ctx, &step_deploy, &house_config, images[i].params);
        bool ok = step_deploy.plan(&ctx.plan_context, &plan, &err);
        cr_expect_eq(ok, images[i].is_planned, "%s", images[i].params);
        json_decref(plan.calls);
        free(plan.summary);
        free(plan.undo);
        fixture_ctx_end(&ctx);
        house_end();
    }
}

Test(steps_deploy, without_any_image_writes_nothing)
{
    static const char *const none[MOST_ANSWERS] = {NULL};
    struct error err = {0};

    begin(none);
    json_decref(ctx.run.plan);
    ctx.run.plan = NULL;
    cr_expect_eq(step_deploy.run(&ctx, &err), STEP_OUTCOME_FAILED);
    cr_expect_not_null(strstr(err.message, "no image is named"), "%s", err.message);
    end();
}
