/*
 * world_fixture.h - for Criterion tests of the sandbox: a world whose time stands still until it is
 * told, and one request to one of its services.
 */
#ifndef TESTS_WORLD_FIXTURE_H
#define TESTS_WORLD_FIXTURE_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "sandbox/functions.h"
#include "sandbox/numbers.h"
#include "sandbox/operation.h"
#include "sandbox/services.h"
#include "sandbox/world.h"

#define PROD "finally-prod-api"
#define OLD "41"
/* 2026-11-24T10:00:00Z, a minute and an hour */
#define BEGUN_MS 1795514400000
#define BEGUN_S (BEGUN_MS / 1000)

static struct world *fixture_world(uint64_t seed, const char *scenario)
{
    struct world_setting setting = {.seed = seed,
                                    .scenario = scenario_find(scenario),
                                    .rate_per_s = -1,
                                    .error_share = -1,
                                    .slow_share = -1};
    cr_assert_not_null(setting.scenario, "%s", scenario);
    return world_new(&setting, BEGUN_MS);
}

static void fixture_wait(struct world *w, int seconds)
{
    world_advance(w, w->now_ms + seconds * 1000);
}

struct answered {
    int status;
    char code[80]; /* of an error, else "" */
    char text[65536];
    json_t *json; /* owned; NULL when it is none */
    char executed[24], function_error[24];
};

static void answered_clear(struct answered *a)
{
    json_decref(a->json);
    a->json = NULL;
}

/* What the service answers; uri is an operation's name where the service has a target prefix. */
static struct answered fixture_call(struct world *w, const struct service *service,
                                    const char *method, const char *uri, const char *body)
{
    struct answered a = {0};
    struct request request;
    struct reply reply;
    auto_free char *target =
        xasprintf("%s%s", service->target_prefix ? service->target_prefix : "", uri);
    bool is_query = strncmp(body, "Action=", 7) == 0;
    struct wire_request wire = {.method = method,
                                .uri = service->target_prefix ? "/" : uri,
                                .content_type = is_query ? "application/x-www-form-urlencoded"
                                                         : "application/json",
                                .target = service->target_prefix && !is_query ? target : NULL,
                                .body = body,
                                .body_len = strlen(body)};
    operation_reply_init(&reply);
    const struct operation *operation = operation_read(service, &wire, &request, &reply);
    bool is_ok = operation && operation->serve(w, &request, &reply);
    a.status = reply.status;
    cr_expect_eq(is_ok, a.status < 300, "%s %s: status %d", method, uri, a.status);
    snprintf(a.text, sizeof a.text, "%s", reply.body.ptr);
    a.json = json_loads(reply.body.ptr, JSON_DECODE_ANY, NULL);
    const char *type = json_string_value(json_object_get(a.json, "__type"));
    snprintf(a.code, sizeof a.code, "%s", type ? type : "");
    for (size_t i = 0; i < reply.header_count; i++) {
        const char *name = reply.headers[i].name, *value = reply.headers[i].value;
        if (strcmp(name, "x-amzn-ErrorType") == 0)
            snprintf(a.code, sizeof a.code, "%.79s", value);
        if (strcmp(name, "X-Amz-Executed-Version") == 0)
            snprintf(a.executed, sizeof a.executed, "%.23s", value);
        if (strcmp(name, "X-Amz-Function-Error") == 0)
            snprintf(a.function_error, sizeof a.function_error, "%.23s", value);
    }
    operation_request_clear(&request);
    operation_reply_clear(&reply);
    return a;
}

static const char *fixture_text(const struct answered *a, const char *key)
{
    const char *text = json_string_value(json_object_get(a->json, key));
    return text ? text : "(none)";
}

/* Puts a new version into production's function; its number. */
static int fixture_publish(struct world *w)
{
    struct function *f = world_function(w, PROD);
    struct function *staging = world_function(w, "finally-staging-api");
    const struct function_version *v;
    struct refusal no;
    cr_assert(functions_update_code(w, f, staging->latest.image_uri, NULL, &no), "%s", no.message);
    fixture_wait(w, 30);
    cr_assert(functions_publish(w, f, "new", NULL, NULL, &v, &no), "%s", no.message);
    fixture_wait(w, 30);
    return v->number;
}

static void fixture_weigh(struct world *w, int version, double weight)
{
    char text[16];
    const struct function_alias *alias;
    struct refusal no;
    snprintf(text, sizeof text, "%d", version);
    struct alias_wish wish = {
        .version = OLD, .weight_count = 1, .additional = text, .weight = weight};
    cr_assert(functions_update_alias(w, world_function(w, PROD), "production", &wish, &alias, &no),
              "%s", no.message);
}

#endif
