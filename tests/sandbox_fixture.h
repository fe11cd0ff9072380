/*
 * sandbox_fixture.h - for Criterion tests: a whole sandbox in this process, and our own client.
 */
#ifndef TESTS_SANDBOX_FIXTURE_H
#define TESTS_SANDBOX_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "core/mem.h"
#include "net/transport.h"
#include "sandbox/sandbox.h"

struct box {
    struct sandbox *sandbox;
    struct transport *transport;
    struct aws *aws; /* its attempts: one */
};

/* fault: or NULL */
static struct box box_open(const char *fault)
{
    struct box b;
    struct error err;
    struct sandbox_options options;

    sandbox_options_init(&options);
    options.seed = 1;
    options.faults = &fault;
    options.fault_count = fault != NULL;
    cr_assert(sandbox_start(&options, &b.sandbox, &err), "%s", err.message);
    setenv("AWS_ACCESS_KEY_ID", sandbox_key_id(b.sandbox, SANDBOX_ANA), 1);
    setenv("AWS_SECRET_ACCESS_KEY", sandbox_secret_key(b.sandbox, SANDBOX_ANA), 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_PROFILE");
    const struct aws_options client = {.region = sandbox_region(),
                                       .endpoint_url = sandbox_url(b.sandbox)};
    cr_assert(transport_open(&b.transport, &err), "%s", err.message);
    cr_assert(aws_open(b.transport, &client, &b.aws, &err), "%s", err.message);
    return b;
}

static void box_close(struct box *b)
{
    aws_close(b->aws);
    transport_close(b->transport);
    sandbox_stop(b->sandbox);
}

/* What an unsigned request gets; the status, and the body where wanted (yours). 0: no answer. */
static int box_fetch(const struct box *b, const char *method, const char *path, const char *body,
                     char **out)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    struct error err;
    auto_free char *url = xasprintf("%s%s", sandbox_url(b->sandbox), path);

    http_request_init(&request, method, url);
    buf_adds(&request.body, body);
    http_reply_init(&reply);
    bool is_ok = transport_exchange(b->transport, &request, NULL, &reply, &sent, &err);
    int status = is_ok ? reply.status : 0;
    if (out != NULL)
        *out = xstrdup(reply.body.ptr);
    http_request_clear(&request);
    http_reply_clear(&reply);
    return status;
}

/* A page of the sandbox about itself. Yours. */
static json_t *box_control(const struct box *b, const char *method, const char *name,
                           const char *body)
{
    char *text;
    auto_free char *path = xasprintf("/_sandbox/%s", name);
    cr_assert_eq(box_fetch(b, method, path, body, &text), 200, "%s: %s", path, text);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_not_null(document, "%s", text);
    free(text);
    return document;
}

/* How often a write was done; by "OPERATION TARGET". */
static int box_effects(const struct box *b, const char *key)
{
    json_t *effects = box_control(b, "GET", "effects", "");
    int count = (int)json_integer_value(json_object_get(effects, key));
    json_decref(effects);
    return count;
}

#endif
