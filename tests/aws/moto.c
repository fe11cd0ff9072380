/* moto.c - every operation against moto, an AWS double that is not ours; skipped where it is
 * missing. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/apigateway.h"
#include "aws/client.h"
#include "aws/cloudwatch.h"
#include "aws/lambda.h"
#include "aws/rds.h"
#include "aws/scheduler.h"
#include "aws/sts.h"
#include "core/clock.h"
#include "core/mem.h"
#include "net/transport.h"
#include "tests/source_path.h"

#define FUNCTION "finally-prod-api"
#define IMAGE "123456789012.dkr.ecr.eu-central-1.amazonaws.com/finally-api@sha256:aa"

static pid_t server_pid;
static int server_stdin;
static struct transport *transport;
static struct aws *aws;
static struct error err;

/* Starts tests/e2e/moto-server.py; false when it is not installed. */
static bool start_server(char *url, size_t size)
{
    int in[2], out[2];
    auto_free char *script = source_path("tests/e2e/moto-server.py");
    cr_assert_eq(pipe(in), 0);
    cr_assert_eq(pipe(out), 0);
    server_pid = fork();
    cr_assert_geq(server_pid, 0);
    if (server_pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", script, (char *)NULL);
        _exit(77);
    }
    close(in[0]);
    close(out[1]);
    server_stdin = in[1];
    FILE *lines = fdopen(out[0], "r");
    bool is_up = fgets(url, (int)size, lines) != NULL;
    fclose(lines);
    url[strcspn(url, "\n")] = '\0';
    return is_up;
}

static void begin(void)
{
    char url[128] = "";
    if (!start_server(url, sizeof url)) {
        int status = 0;
        waitpid(server_pid, &status, 0);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 77, "moto did not start");
        server_pid = 0;
        return;
    }
    const struct aws_options options = {.region = "eu-central-1", .endpoint_url = url};
    setenv("AWS_ACCESS_KEY_ID", "AKIAFIXTURE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "fixture-secret-key", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    unsetenv("AWS_PROFILE");
    cr_assert(transport_open(&transport, &err), "%s", err.message);
    transport_only_loopback(transport);
    cr_assert(aws_open(transport, &options, &aws, &err), "%s", err.message);
}

static void end(void)
{
    aws_close(aws);
    transport_close(transport);
    if (!server_pid)
        return;
    close(server_stdin);
    waitpid(server_pid, NULL, 0);
}

TestSuite(moto, .init = begin, .fini = end, .timeout = 120);

#define OK(call) cr_assert((call), #call ": %s %s", err.code, err.message)
#define FAILS(call, wanted)                                                                        \
    do {                                                                                           \
        cr_expect_not((call), #call);                                                              \
        cr_expect_eq(err.kind, (wanted), #call ": %s %s", err.code, err.message);                  \
    } while (0)

static void check_lambda(void)
{
    struct lambda_configuration c;
    OK(lambda_get_function(aws, FUNCTION, "production", NULL, &c, &err));
    cr_expect_str_eq(c.version, "1");
    cr_expect_str_eq(c.state, "Active");
    cr_expect_eq(json_array_size(c.environment_names), 1);
    lambda_configuration_clear(&c);
    FAILS(lambda_get_function(aws, "nobody", "", NULL, &c, &err), ERROR_NOT_FOUND);
    OK(lambda_update_function_code(aws, FUNCTION, IMAGE, "", &c, &err));
    lambda_configuration_clear(&c);
    OK(lambda_publish_version(aws, FUNCTION, "", "", "flightdeck run replaces 1", &c, &err));
    cr_expect_str_eq(c.version, "2");
    lambda_configuration_clear(&c);
    struct lambda_configuration *versions = NULL;
    size_t count = 0;
    OK(lambda_list_versions(aws, FUNCTION, NULL, &versions, &count, &err));
    cr_expect_eq(count, 3);
    lambda_versions_free(versions, count);
    struct lambda_invocation invocation;
    OK(lambda_invoke(aws, FUNCTION, "2", "{}", NULL, &invocation, &err));
    cr_expect_eq(invocation.status, 200);
    lambda_invocation_clear(&invocation);
    json_t *policy = NULL;
    FAILS(lambda_get_policy(aws, FUNCTION, "production", NULL, &policy, &err), ERROR_NOT_FOUND);
}

static void check_alias(void)
{
    struct lambda_alias alias, read;
    OK(lambda_get_alias(aws, FUNCTION, "production", NULL, &alias, &err));
    cr_expect_str_eq(alias.version, "1");
    OK(lambda_update_alias(aws, FUNCTION, "production", "1", "2", 0.1, "text", alias.revision_id,
                           &alias, &err));
    OK(lambda_get_alias(aws, FUNCTION, "production", NULL, &read, &err));
    cr_expect_str_eq(read.additional_version, "2");
    cr_expect_float_eq(read.additional_weight, 0.1, 1e-9);
    cr_expect_str_eq(read.description, "text");
    OK(lambda_update_alias(aws, FUNCTION, "production", "2", "", 0, "", read.revision_id, &alias,
                           &err));
    OK(lambda_get_alias(aws, FUNCTION, "production", NULL, &read, &err));
    cr_expect_str_eq(read.version, "2");
    cr_expect_eq(read.weight_count, 0);
    OK(lambda_create_alias(aws, FUNCTION, "other", "1", "d", &alias, &err));
    FAILS(lambda_create_alias(aws, FUNCTION, "other", "1", "d", &alias, &err), ERROR_CONFLICT);
    FAILS(lambda_get_alias(aws, FUNCTION, "nobody", NULL, &alias, &err), ERROR_NOT_FOUND);
}

static void check_rds(void)
{
    struct rds_instance instance;
    struct rds_snapshot snapshot, *all = NULL;
    size_t count = 0;
    OK(rds_describe_instance(aws, "finally-prod-postgres", NULL, &instance, &err));
    cr_expect_eq(instance.allocated_gib, 100);
    FAILS(rds_describe_instance(aws, "nobody", NULL, &instance, &err), ERROR_NOT_FOUND);
    OK(rds_create_snapshot(aws, "finally-prod-postgres", "before-1", &snapshot, &err));
    FAILS(rds_create_snapshot(aws, "finally-prod-postgres", "before-1", &snapshot, &err),
          ERROR_CONFLICT);
    OK(rds_describe_snapshot(aws, "before-1", NULL, &snapshot, &err));
    cr_expect_gt(snapshot.created_at_ms, clock_wall_ms() - 600000);
    FAILS(rds_describe_snapshot(aws, "before-2", NULL, &snapshot, &err), ERROR_NOT_FOUND);
    OK(rds_list_snapshots(aws, "finally-prod-postgres", NULL, &all, &count, &err));
    cr_expect_geq(count, 1);
    free(all);
}

static void check_apigateway(void)
{
    struct http_api *apis = NULL, api;
    struct api_integration *integrations = NULL;
    size_t count = 0;
    OK(apigateway_list_apis(aws, NULL, &apis, &count, &err));
    cr_assert_eq(count, 1);
    OK(apigateway_get_api(aws, apis[0].id, NULL, &api, &err));
    cr_expect_str_eq(api.protocol, "HTTP");
    OK(apigateway_list_integrations(aws, api.id, NULL, &integrations, &count, &err));
    cr_assert_eq(count, 1);
    cr_expect_not_null(strstr(integrations[0].uri, FUNCTION ":production"));
    free(integrations);
    free(apis);
    FAILS(apigateway_get_api(aws, "nobody", NULL, &api, &err), ERROR_NOT_FOUND);
}

static void check_cloudwatch(void)
{
    const struct metric_query queries[] = {{.id = "i",
                                            .name_space = "AWS/Lambda",
                                            .metric = "Invocations",
                                            .dimensions = {{"FunctionName", FUNCTION}},
                                            .statistic = "Sum",
                                            .period_s = 60},
                                           {.id = "e",
                                            .name_space = "AWS/Lambda",
                                            .metric = "Errors",
                                            .dimensions = {{"FunctionName", FUNCTION}},
                                            .statistic = "Sum",
                                            .period_s = 60}};
    struct metric_result result;
    int64_t now_s = clock_wall_ms() / 60000 * 60;
    OK(cloudwatch_get_metric_data(aws, queries, 2, now_s - 1800, now_s, NULL, &result, &err));
    cr_assert_eq(result.series[0].count, 3);
    cr_expect_float_eq(result.series[0].points[2].value, 12, 1e-9);
    cr_expect_eq(result.series[1].count, 0);
    cloudwatch_result_clear(&result);
    struct alarm *alarms = NULL;
    size_t count = 0;
    OK(cloudwatch_describe_alarms(aws, "finally-prod", NULL, 0, NULL, &alarms, &count, &err));
    cr_assert_eq(count, 1);
    cr_expect_str_eq(alarms[0].name, "finally-prod-errors");
    free(alarms);
}

/* One test: the server takes seconds to start. */
static void check_scheduler(void)
{
    json_t *input = json_pack("{s:s}", "FunctionName", FUNCTION);
    const struct scheduler_once once = {.name = "n",
                                        .description = "d",
                                        .at_ms = clock_wall_ms() + 3600 * 1000,
                                        .target = "arn:aws:scheduler:::aws-sdk:lambda:updateAlias",
                                        .role = "arn:aws:iam::123456789012:role/r",
                                        .input = input};
    json_t *body = scheduler_once_json(&once);
    bool is_there = false;

    OK(scheduler_create(aws, "n", body, "token", NULL, &err));
    OK(scheduler_update(aws, "n", body, NULL, &err));
    OK(scheduler_find(aws, "n", NULL, &is_there, &err));
    cr_expect(is_there);
    OK(scheduler_delete(aws, "n", NULL, &err));
    OK(scheduler_find(aws, "n", NULL, &is_there, &err));
    cr_expect_not(is_there);
    FAILS(scheduler_delete(aws, "n", NULL, &err), ERROR_NOT_FOUND);
    FAILS(scheduler_update(aws, "n", body, NULL, &err), ERROR_NOT_FOUND);
    json_decref(body);
    json_decref(input);
}

Test(moto, understands_every_operation)
{
    if (!server_pid)
        cr_skip_test("moto is not installed");
    struct sts_identity identity;
    OK(sts_get_caller_identity(aws, NULL, &identity, &err));
    cr_expect_str_eq(identity.account, "123456789012");
    check_lambda();
    check_alias();
    check_rds();
    check_apigateway();
    check_cloudwatch();
    check_scheduler();
}
