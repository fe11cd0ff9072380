/*
 * aws_fixture.h - a client whose every service is one scripted server, with throw-away keys.
 */
#ifndef TESTS_AWS_FIXTURE_H
#define TESTS_AWS_FIXTURE_H

#include <criterion/criterion.h>

#include "aws/client.h"
#include "net/transport.h"
#include "tests/scripted_server.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SECRET_KEY "fixture-secret-key-0123456789"
#define SESSION_TOKEN "fixture-session-token-0123456789"

struct fixture {
    struct transport *transport;
    struct aws *aws;
    struct scripted_server *server;
};

/* attempts NULL = the default. */
static struct fixture fixture_open(const struct scripted_step *steps, size_t count,
                                   const char *attempts, const char *path)
{
    struct fixture f = {.server = scripted_start(steps, count)};
    struct error err;
    auto_free char *url = xasprintf("%s%s", f.server->url, path);
    const struct aws_options options = {.region = "eu-central-1", .endpoint_url = url};
    setenv("AWS_ACCESS_KEY_ID", "AKIAFIXTURE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY, 1);
    setenv("AWS_SESSION_TOKEN", SESSION_TOKEN, 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    setenv("AWS_MAX_ATTEMPTS", attempts ? attempts : "", 1);
    unsetenv("AWS_PROFILE");
    cr_assert(transport_open(&f.transport, &err), "%s", err.message);
    cr_assert(aws_open(f.transport, &options, &f.aws, &err), "%s", err.message);
    return f;
}

static void fixture_close(struct fixture *f)
{
    aws_close(f->aws);
    transport_close(f->transport);
    scripted_stop(f->server);
}

/* A whole reply; status_line is "200 OK", headers end each in \r\n. Yours. */
__attribute__((unused)) static char *fixture_reply(const char *status_line, const char *headers,
                                                   const char *body)
{
    return xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status_line, strlen(body),
                     headers, body);
}

#endif
