/* apigateway.c - APIs and integrations over pages. */
#include "aws/apigateway.h"

#include "tests/aws_fixture.h"

static struct error err;

TestSuite(apigateway, .timeout = 60);

Test(apigateway, reads_all_pages_of_apis)
{
    auto_free char *first = fixture_reply(
        "200 OK", "",
        "{\"nextToken\":\"a/"
        "b\",\"items\":[{\"apiId\":\"1\",\"name\":\"n\",\"apiEndpoint\":\"https://e\","
        "\"protocolType\":\"HTTP\"}]}");
    auto_free char *second = fixture_reply("200 OK", "", "{\"items\":[{\"apiId\":\"2\"}]}");
    const struct scripted_step steps[] = {{first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct http_api *apis = NULL;
    size_t count = 0;
    cr_assert(apigateway_list_apis(f.aws, NULL, &apis, &count, &err), "%s", err.message);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(apis[0].endpoint, "https://e");
    cr_expect_str_eq(apis[1].id, "2");
    cr_expect_not_null(
        strstr(f.server->requests[1], "GET /v2/apis?maxResults=100&nextToken=a%2Fb HTTP/1.1"));
    free(apis);
    fixture_close(&f);
}

Test(apigateway, reads_integrations_and_refuses_a_list_that_is_none)
{
    auto_free char *good = fixture_reply(
        "200 OK", "",
        "{\"items\":[{\"integrationId\":\"i\",\"integrationType\":\"AWS_PROXY\",\"integrationUri\":"
        "\"arn:aws:lambda:x:1:function:fn:live\"}]}");
    auto_free char *bad = fixture_reply("200 OK", "", "{\"items\":{}}");
    auto_free char *gone = fixture_reply("404 No", "x-amzn-ErrorType: NotFoundException\r\n", "{}");
    const struct scripted_step steps[] = {
        {good, SCRIPTED_KEEP, 0}, {bad, SCRIPTED_KEEP, 0}, {gone, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct api_integration *integrations = NULL;
    size_t count = 0;
    cr_assert(apigateway_list_integrations(f.aws, "a/b", NULL, &integrations, &count, &err), "%s",
              err.message);
    cr_assert_eq(count, 1);
    cr_expect_str_eq(integrations[0].uri, "arn:aws:lambda:x:1:function:fn:live");
    free(integrations);
    cr_expect_not_null(strstr(f.server->requests[0], "GET /v2/apis/a%2Fb/integrations?"));
    cr_expect_not(apigateway_list_integrations(f.aws, "a", NULL, &integrations, &count, &err));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
    struct http_api api;
    cr_expect_not(apigateway_get_api(f.aws, "a", NULL, &api, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    fixture_close(&f);
}
