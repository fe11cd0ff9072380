/*
 * aws_house.h - an environment with a function, an API and a database, for tests of steps in aws/.
 *
 * All is static: include it in one test program, after aws_fixture.h.
 */
#ifndef TESTS_AWS_HOUSE_H
#define TESTS_AWS_HOUSE_H

#include "aws/resources.h"
#include "aws/steps.h"
#include "core/config.h"
#include "tests/step_fixture.h"

#define HOUSE_TEXT(s) ((char *)(uintptr_t)(s))
#define HOUSE_DIGEST(letter) "@sha256:" HOUSE_8(HOUSE_8(letter))
#define HOUSE_8(x) x x x x x x x x
#define HOUSE_IMAGE(letter) "1.dkr.ecr.eu-central-1.amazonaws.com/api" HOUSE_DIGEST(letter)

static struct resource house_resources[] = {
    {.name = HOUSE_TEXT("api"), .kind = &resource_lambda},
    {.name = HOUSE_TEXT("gateway"), .kind = &resource_http_api},
    {.name = HOUSE_TEXT("database"), .kind = &resource_rds},
};
static struct plan_step house_steps[] = {
    {.id = HOUSE_TEXT("deploy"), .kind = &step_deploy},
    {.id = HOUSE_TEXT("step"), .kind = &step_smoke},
};
static struct smoke_check house_checks[] = {
    {.name = HOUSE_TEXT("GET /health"),
     .method = HOUSE_TEXT("GET"),
     .path = HOUSE_TEXT("/health"),
     .status = 200},
    {.name = HOUSE_TEXT("POST /users"),
     .method = HOUSE_TEXT("POST"),
     .path = HOUSE_TEXT("/users"),
     .status = 401},
};
static struct environment house_environment = {
    .name = HOUSE_TEXT("production"),
    .url = HOUSE_TEXT(""),
    .resources = house_resources,
    .resource_count = 3,
    .steps = house_steps,
    .step_count = 2,
};
__attribute__((unused)) static struct config house_config = {.environments = &house_environment,
                                                             .environment_count = 1};

static void house_begin(void)
{
    house_resources[0].params = json_pack("{s:s, s:s}", "lambda", "shop-prod-api", "alias", "live");
    house_resources[1].params = json_pack("{s:s}", "http-api", "shop-prod-gateway");
    house_resources[2].params = json_pack("{s:s}", "rds", "db");
    house_steps[0].params = json_pack("{s:s}", "resource", "api");
    house_steps[1].params = json_object();
    house_checks[0].expected = json_pack("{s:{s:s}}", "data", "status", "healthy");
}

static void house_end(void)
{
    for (size_t i = 0; i < 3; i++)
        json_decref(house_resources[i].params);
    for (size_t i = 0; i < 2; i++)
        json_decref(house_steps[i].params);
    json_decref(house_checks[0].expected);
}

#endif
