/* resources.c - what AWS says of a function, an API and a database, in a sentence and as JSON. */
#include "aws/resources.h"

#include "aws/api_lookup.h"
#include "aws/rds_status.h"
#include "core/text.h"
#include "tests/aws_fixture.h"
#include "tests/aws_house.h"

#define ALIAS(weights, description)                                                                \
    "{\"Name\":\"live\",\"FunctionVersion\":\"41\",\"RevisionId\":\"r\",\"Description\":"          \
    "\"" description "\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{" weights "}}}"
#define FUNCTION(state)                                                                            \
    "{\"Configuration\":{\"FunctionName\":\"f\",\"Version\":\"41\",\"State\":\"" state             \
    "\",\"StateReason\":\"no role\",\"MemorySize\":512,\"Timeout\":29},\"Code\":"                  \
    "{\"ResolvedImageUri\":\"" HOUSE_IMAGE("a") "\"}}"
#define APIS "{\"items\":[{\"apiId\":\"a1b2c3d4e5\",\"name\":\"shop-prod-gateway\"}]}"
#define INTEGRATION(uri)                                                                           \
    "{\"items\":[{\"integrationId\":\"i\",\"integrationUri\":\"arn:aws:lambda:eu-central-1:1:"     \
    "function:" uri "\"}]}"
#define INSTANCE(status)                                                                           \
    "<R><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>db"              \
    "</DBInstanceIdentifier><DBInstanceStatus>" status                                             \
    "</DBInstanceStatus><DBInstanceClass>db.t3.medium</DBInstanceClass><AllocatedStorage>100"      \
    "</AllocatedStorage><EngineVersion>15.4</EngineVersion><MultiAZ>true</MultiAZ></DBInstance>"   \
    "</DBInstances></DescribeDBInstancesResult></R>"

static const struct {
    size_t resource; /* 0 the function, 1 the API, 2 the database */
    const char *answers[2];
    enum health health;
    const char *summary;
} cases[] = {
    {0, {ALIAS("", ""), FUNCTION("Active")}, HEALTH_HEALTHY, "v41 100 %"},
    {0, {ALIAS("", "ours"), FUNCTION("Inactive")}, HEALTH_HEALTHY, "v41 100 %"},
    {0, {ALIAS("\"42\":0.1", ""), FUNCTION("Active")}, HEALTH_PROGRESSING, "v41 90 %, v42 10 %"},
    {0,
     {ALIAS("", "flightdeck r-0001 ana@mbp 41>42 until 2999-01-01T00:00:00Z"), FUNCTION("Active")},
     HEALTH_PROGRESSING,
     "v41 100 %; r-0001 of ana@mbp moves v41 to v42"},
    {0,
     {ALIAS("", "flightdeck r-0001 ana@mbp 41>42 until 2001-01-01T00:00:00Z"), FUNCTION("Active")},
     HEALTH_HEALTHY,
     "v41 100 %"},
    {0,
     {ALIAS("", ""), FUNCTION("Pending")},
     HEALTH_PROGRESSING,
     "v41 100 %; v41 is Pending: no role"},
    {0, {ALIAS("", ""), FUNCTION("Failed")}, HEALTH_DEGRADED, "v41 100 %; v41 is Failed: no role"},
    {1,
     {APIS, INTEGRATION("shop-prod-api:live")},
     HEALTH_HEALTHY,
     "a1b2c3d4e5 calls shop-prod-api:live"},
    {1,
     {APIS, INTEGRATION("shop-prod-api")},
     HEALTH_DEGRADED,
     "a1b2c3d4e5 calls shop-prod-api past its alias: no release reaches users"},
    {1,
     {APIS, INTEGRATION("shop-prod-api:old")},
     HEALTH_DEGRADED,
     "a1b2c3d4e5 calls shop-prod-api, but not through live"},
    {1, {APIS, "{\"items\":[]}"}, HEALTH_DEGRADED, "a1b2c3d4e5 does not call shop-prod-api"},
    {2,
     {INSTANCE("available")},
     HEALTH_HEALTHY,
     "available, db.t3.medium, 100 GiB, multi-AZ, version 15.4"},
    {2,
     {INSTANCE("backing-up")},
     HEALTH_HEALTHY,
     "backing-up, db.t3.medium, 100 GiB, multi-AZ, version 15.4"},
    {2,
     {INSTANCE("storage-full")},
     HEALTH_DEGRADED,
     "storage-full, db.t3.medium, 100 GiB, multi-AZ, version 15.4"},
    {2,
     {INSTANCE("levitating")},
     HEALTH_UNKNOWN,
     "levitating, db.t3.medium, 100 GiB, multi-AZ, version 15.4"},
};

TestSuite(resources, .timeout = 60);

static bool observe(size_t resource, const char *const *answers, const char *status,
                    struct observation *out, struct error *err)
{
    char *replies[2] = {NULL, NULL};
    struct scripted_step script[2];
    size_t count = 0;

    for (; count < 2 && answers[count] != NULL; count++) {
        replies[count] = fixture_reply(status, "", answers[count]);
        script[count] = (struct scripted_step){.send = replies[count], .then = SCRIPTED_KEEP};
    }
    house_begin();
    struct fixture f = fixture_open(script, count, "1", "");
    const struct world world = {.aws = f.aws};
    const struct resource *r = &house_resources[resource];
    bool ok = r->kind->observe(&world, &house_environment, r, NULL, out, err);
    fixture_close(&f);
    house_end();
    free(replies[0]);
    free(replies[1]);
    return ok;
}

Test(resources, are_described)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct observation seen = {0};
        struct error err = {0};
        cr_assert(observe(cases[i].resource, cases[i].answers, "200 OK", &seen, &err), "%zu: %s", i,
                  err.message);
        cr_expect_str_eq(seen.summary, cases[i].summary, "%zu: %s", i, seen.summary);
        cr_expect_eq(seen.health, cases[i].health, "%zu: %s", i, resource_health_name(seen.health));
        cr_expect(json_is_object(seen.details), "%zu", i);
        resource_observation_clear(&seen);
    }
}

Test(resources, tell_machines_which_version_has_which_share)
{
    static const char *const answers[] = {
        ALIAS("\"42\":0.1", "flightdeck r-0001 ana@mbp 41>42 until 2999-01-01T00:00:00Z"),
        FUNCTION("Active")};
    struct observation seen = {0};
    struct error err;

    cr_assert(observe(0, answers, "200 OK", &seen, &err), "%s", err.message);
    json_t *wanted = json_pack("{s:s, s:s, s:s, s:{s:f}, s:s, s:i}", "function", "shop-prod-api",
                               "alias", "live", "version", "41", "weights", "42", 0.1,
                               "revision_id", "r", "memory_mb", 512);
    const char *key;
    json_t *value;
    json_object_foreach(wanted, key, value)
        cr_expect(json_equal(json_object_get(seen.details, key), value), "%s", key);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(seen.details, "moved_by"), "actor")),
        "ana@mbp");
    json_decref(wanted);
    resource_observation_clear(&seen);
}

Test(resources, that_cannot_be_read_are_an_error_and_never_healthy)
{
    static const char *const denied[] = {"{\"__type\":\"AccessDeniedException\",\"message\":\"m\"}",
                                         NULL};

    for (size_t i = 0; i < 3; i++) {
        struct observation seen = {0};
        struct error err = {0};
        cr_expect_not(observe(i, denied, "403 No", &seen, &err), "%zu", i);
        cr_expect_eq(err.kind, ERROR_DENIED, "%zu", i);
        cr_expect_null(seen.summary);
    }
}

static const struct {
    const char *uri, *function;
    enum api_target target;
} targets[] = {
    {"arn:aws:lambda:r:1:function:api:live", "api", API_TARGET_ALIAS},
    {"arn:aws:lambda:r:1:function:api:live", "arn:aws:lambda:r:1:function:api", API_TARGET_ALIAS},
    {"arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:api:live/"
     "invocations",
     "api", API_TARGET_ALIAS},
    {"arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:api/"
     "invocations",
     "api", API_TARGET_UNQUALIFIED},
    {"arn:aws:lambda:r:1:function:api", "api", API_TARGET_UNQUALIFIED},
    {"arn:aws:lambda:r:1:function:api:lively", "api", API_TARGET_QUALIFIED},
    {"arn:aws:lambda:r:1:function:api:liv", "api", API_TARGET_QUALIFIED},
    {"arn:aws:lambda:r:1:function:api2:live", "api", API_TARGET_OTHER},
    {"arn:aws:lambda:r:1:function:ap:live", "api", API_TARGET_OTHER},
    {"https://example.com", "api", API_TARGET_OTHER},
    {"", "api", API_TARGET_OTHER},
};

Test(resources, know_what_an_integration_calls)
{
    for (size_t i = 0; i < COUNT(targets); i++)
        cr_expect_eq(api_lookup_target(targets[i].uri, targets[i].function, "live"),
                     targets[i].target, "%s for %s", targets[i].uri, targets[i].function);
}
