/*
 * config_house.h - a small house for tests of configurations: kinds that only have tables.
 *
 * Their names and parameters are those of the real ones, so that what a test reads here reads the
 * same in the product. All is static: include it in one test program.
 */
#ifndef TESTS_CORE_CONFIG_HOUSE_H
#define TESTS_CORE_CONFIG_HOUSE_H

#include "core/house.h"
#include "core/param.h"
#include "core/probes.h"
#include "core/resource.h"
#include "core/steps.h"

#define HOUSE_TEXT(key, needed, text)                                                              \
    {                                                                                              \
        .name = key, .type = PARAM_TEXT, .is_required = needed, .help = text                       \
    }

static const struct param watch_params[] = {
    {.name = "duration", .type = PARAM_DURATION, .is_required = true, .help = "how long"}, {0}};
static const struct param http_params[] = {
    HOUSE_TEXT("url", true, "address"),
    {.name = "status", .type = PARAM_INTEGER, .fallback = "200", .help = "expected status"},
    {.name = "json", .type = PARAM_JSON, .help = "must be in the reply"},
    {0}};
static const struct param snapshot_params[] = {{.name = "resource",
                                                .type = PARAM_RESOURCE,
                                                .is_required = true,
                                                .of = "rds",
                                                .help = "database"},
                                               {0}};
static const struct param deploy_params[] = {{.name = "resource",
                                              .type = PARAM_RESOURCE,
                                              .is_required = true,
                                              .of = "lambda",
                                              .help = "function"},
                                             HOUSE_TEXT("image", false, "image by digest"),
                                             {0}};
static const struct param shift_params[] = {{.name = "resource",
                                             .type = PARAM_RESOURCE,
                                             .is_required = true,
                                             .of = "lambda",
                                             .help = "function"},
                                            {0}};
static const struct param smoke_params[] = {
    {.name = "target", .type = PARAM_TEXT, .fallback = "new-version", .help = "whom to ask"}, {0}};
static const struct param nothing[] = {{0}};

#define HOUSE_STEP(var, key, table, ...)                                                           \
    static const struct step_kind var = {                                                          \
        .name = key, .summary = key, .params = table, .irreversible = "test", __VA_ARGS__}
HOUSE_STEP(house_http, "http", http_params, .is_gate = false);
HOUSE_STEP(house_snapshot, "snapshot", snapshot_params, .is_gate = false);
HOUSE_STEP(house_deploy, "deploy", deploy_params, .is_gate = false);
HOUSE_STEP(house_smoke, "smoke", smoke_params, .is_gate = false);
HOUSE_STEP(house_shift, "shift", shift_params, .moves_traffic = true);
HOUSE_STEP(house_watch, "watch", watch_params, .is_gate = false);
HOUSE_STEP(house_hand, "shift-by-hand", nothing, .is_internal = true);

static const struct step_kind *const house_steps[] = {
    &step_checklist, &step_approval, &step_command, &step_wait,   &house_http,
    &house_snapshot, &house_deploy,  &house_smoke,  &house_shift, &house_watch,
    &step_all_clear, &house_hand,    NULL};

static const struct probe_kind house_http_probe = {
    .name = "http", .summary = "http", .params = http_params};
static const struct probe_kind *const house_probes[] = {
    &probe_ask, &probe_command, &house_http_probe, &probe_git, &probe_passed, NULL};

static const struct param lambda_params[] = {
    HOUSE_TEXT("lambda", true, "function name or ARN"),
    HOUSE_TEXT("alias", true, "alias that carries the traffic"),
    HOUSE_TEXT("image", false, "image by digest"),
    {0}};
static const struct param api_params[] = {HOUSE_TEXT("http-api", true, "name or id"), {0}};
static const struct param rds_params[] = {HOUSE_TEXT("rds", true, "instance identifier"), {0}};
static const struct metric_name lambda_metrics[] = {{"invocations", "1", "calls"},
                                                    {"errors", "1", "failed calls"},
                                                    {"error rate", "%", "share of failed"},
                                                    {"duration p50", "ms", "median"},
                                                    {"duration p90", "ms", "p90"},
                                                    {"duration p99", "ms", "p99"},
                                                    {"throttles", "1", "refused calls"},
                                                    {"cold starts", "/min", "started"},
                                                    {0}};
static const struct metric_name api_metrics[] = {{"requests", "1", "requests"},
                                                 {"5xx rate", "%", "failed"},
                                                 {"latency p50", "ms", "median"},
                                                 {"latency p90", "ms", "p90"},
                                                 {"latency p99", "ms", "p99"},
                                                 {"4xx rate", "%", "refused"},
                                                 {0}};
static const struct metric_name rds_metrics[] = {
    {"cpu", "%", "cpu"}, {"connections", "1", "open"}, {"storage", "bytes", "free"}, {0}};
static const struct resource_kind house_lambda = {
    .name = "lambda", .summary = "function", .params = lambda_params, .metrics = lambda_metrics};
static const struct resource_kind house_api = {
    .name = "http-api", .summary = "api", .params = api_params, .metrics = api_metrics};
static const struct resource_kind house_rds = {
    .name = "rds", .summary = "database", .params = rds_params, .metrics = rds_metrics};
static const struct resource_kind *const house_resources[] = {&house_lambda, &house_api, &house_rds,
                                                              NULL};

static const struct house test_house = {
    .step_kinds = house_steps, .probe_kinds = house_probes, .resource_kinds = house_resources};

#endif
