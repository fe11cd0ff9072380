/* sandbox.c - eight clients read, write and break a world that runs fast; run under
 * ThreadSanitizer. */
#include "sandbox/sandbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/lambda.h"
#include "aws/rds.h"
#include "core/clock.h"
#include "core/mem.h"
#include "net/transport.h"

#define CLIENTS 8
#define ROUNDS 25
#define FUNCTION "finally-prod-api"
#define ALIAS "production"
#define SPEED 3600

struct client {
    pthread_t thread;
    struct transport *transport;
    struct aws *aws;
    const char *url;
    int index;
    int written, refused, unknown; /* what became of its writes */
};

static void fetch(struct client *c, const char *method, const char *path, const char *body)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    struct error err;
    auto_free char *url = xasprintf("%s%s", c->url, path);
    http_request_init(&request, method, url);
    buf_adds(&request.body, body);
    http_reply_init(&reply);
    FD_IGNORE(transport_exchange(c->transport, &request, NULL, &reply, &sent, &err));
    http_request_clear(&request);
    http_reply_clear(&reply);
}

/* Puts its own words on the alias, guarded by what it read. */
static void write_alias(struct client *c)
{
    struct lambda_alias seen;
    struct error err;
    auto_free char *words = xasprintf("client %d", c->index);

    if (!lambda_get_alias(c->aws, FUNCTION, ALIAS, NULL, &seen, &err))
        return;
    if (lambda_update_alias(c->aws, FUNCTION, ALIAS, seen.version, "", 0, words, seen.revision_id,
                            &seen, &err))
        c->written++;
    else if (err.kind == ERROR_UNKNOWN)
        c->unknown++;
    else
        c->refused++;
}

static void *work(void *closure)
{
    struct client *c = closure;
    struct rds_instance instance;
    struct error err;
    for (int i = 0; i < ROUNDS; i++) {
        write_alias(c);
        FD_IGNORE(rds_describe_instance(c->aws, "finally-prod-postgres", NULL, &instance, &err));
        fetch(c, "GET", "/app/production/health", "");
        fetch(c, "GET", "/_sandbox/traffic?function=" FUNCTION, "");
        fetch(c, "POST", "/_sandbox/behaviour", "{\"errors\": 1}");
    }
    return NULL;
}

static long long effects(struct client *c)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    struct error err;
    auto_free char *url = xasprintf("%s/_sandbox/effects", c->url);
    http_request_init(&request, "GET", url);
    http_reply_init(&reply);
    FD_IGNORE(transport_exchange(c->transport, &request, NULL, &reply, &sent, &err));
    json_t *counts = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    long long count =
        json_integer_value(json_object_get(counts, "UpdateAlias " FUNCTION "/" ALIAS));
    json_decref(counts);
    http_request_clear(&request);
    http_reply_clear(&reply);
    return count;
}

static bool open_client(struct client *c, struct sandbox *sandbox, struct error *err)
{
    const struct aws_options options = {.region = sandbox_region(),
                                        .endpoint_url = sandbox_url(sandbox)};
    c->url = sandbox_url(sandbox);
    return transport_open(&c->transport, err) && aws_open(c->transport, &options, &c->aws, err);
}

static int judge(struct client *clients)
{
    int written = 0, refused = 0, unknown = 0;
    for (int i = 0; i < CLIENTS; i++) {
        written += clients[i].written;
        refused += clients[i].refused;
        unknown += clients[i].unknown;
    }
    long long done = effects(&clients[0]);
    printf("%d written, %d refused, %d unknown; %lld done\n", written, refused, unknown, done);
    return written > 0 && done >= written && done <= written + unknown ? 0 : 1;
}

int main(void)
{
    struct sandbox_options options;
    struct sandbox *sandbox;
    struct client clients[CLIENTS] = {0};
    struct error err;

    sandbox_options_init(&options);
    options.scenario = "flaky-network";
    options.seed = 1;
    clock_set((struct clock_setting){SPEED, clock_wall_ms()});
    if (!sandbox_start(&options, &sandbox, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    setenv("AWS_ACCESS_KEY_ID", sandbox_key_id(sandbox, SANDBOX_ANA), 1);
    setenv("AWS_SECRET_ACCESS_KEY", sandbox_secret_key(sandbox, SANDBOX_ANA), 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].index = i;
        if (!open_client(&clients[i], sandbox, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        if (pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
            return 1;
    for (int i = 0; i < CLIENTS; i++)
        (void)pthread_join(clients[i].thread, NULL);
    int code = judge(clients);
    for (int i = 0; i < CLIENTS; i++) {
        aws_close(clients[i].aws);
        transport_close(clients[i].transport);
    }
    sandbox_stop(sandbox);
    return code;
}
