/* server.c - what goes over the wire, and what a fault does to it. */
#include "sandbox/server.h"

#include <pthread.h>

#include "aws/lambda.h"
#include "aws/rds.h"
#include "aws/sts.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "tests/sandbox_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DATABASE "finally-prod-postgres"
#define EFFECT "CreateDBSnapshot " DATABASE

static bool snapshot(const struct box *b, struct error *err)
{
    struct rds_snapshot made;
    return rds_create_snapshot(b->aws, DATABASE, "before-1", &made, err);
}

Test(server, tells_our_client_who_it_is)
{
    struct box b = box_open(NULL);
    struct sts_identity who;
    struct error err;
    cr_expect(sts_get_caller_identity(b.aws, NULL, &who, &err), "%s", err.message);
    cr_expect_str_eq(who.account, "123456789012");
    box_close(&b);
}

Test(server, lets_nothing_unsigned_reach_the_world)
{
    struct box b = box_open(NULL);
    char *body;
    cr_expect_eq(box_fetch(&b, "PUT", "/2015-03-31/functions/finally-prod-api/aliases/production",
                           "{\"FunctionVersion\":\"1\"}", &body),
                 403);
    cr_expect_not_null(strstr(body, "missing Authentication Token"), "%s", body);
    free(body);
    json_t *effects = box_control(&b, "GET", "effects", "");
    cr_expect_eq(json_object_size(effects), 0);
    json_decref(effects);
    box_close(&b);
}

/* Each fault of a write: what the client is told, and whether it was done. */
Test(server, breaks_as_ordered)
{
    static const struct {
        const char *kind, *code;
        enum error_kind error;
        int effects;
    } cases[] = {
        {"throttle", "Throttling", ERROR_TRANSIENT, 0},
        {"5xx", "InternalFailure", ERROR_UNKNOWN, 0},
        {"reset-before", "CONNECTION_LOST", ERROR_UNKNOWN, 0},
        {"reset-after", "CONNECTION_LOST", ERROR_UNKNOWN, 1},
        {"half", "TRUNCATED", ERROR_UNKNOWN, 1},
        {"html", "HTTP_502", ERROR_UNKNOWN, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        auto_free char *fault = xasprintf("CreateDBSnapshot=%s", cases[i].kind);
        struct box b = box_open(fault);
        cr_expect_not(snapshot(&b, &err), "%s", cases[i].kind);
        cr_expect_eq(err.kind, cases[i].error, "%s: %s", cases[i].kind, err.message);
        cr_expect_str_eq(err.code, cases[i].code, "%s: %s %s", cases[i].kind, err.code,
                         err.message);
        cr_expect_eq(box_effects(&b, EFFECT), cases[i].effects, "%s", cases[i].kind);
        /* The next one is answered, and the world knows whether it was done. */
        bool is_again = snapshot(&b, &err);
        cr_expect_eq(is_again, cases[i].effects == 0, "%s: %s", cases[i].kind, err.message);
        cr_expect_eq(box_effects(&b, EFFECT), 1, "%s", cases[i].kind);
        box_close(&b);
    }
}

struct caller {
    struct box box;
    struct cancel *cancel;
    bool is_answered;
};

static void *ask_who(void *closure)
{
    struct caller *c = closure;
    struct sts_identity who;
    struct error err;
    c->is_answered = sts_get_caller_identity(c->box.aws, c->cancel, &who, &err);
    return NULL;
}

Test(server, answers_others_while_one_is_slow, .timeout = 15)
{
    struct caller c = {.box = box_open("GetCallerIdentity=slow"), .cancel = cancel_new()};
    struct rds_instance instance;
    struct error err;
    pthread_t thread;
    bool has_begun = false;

    cr_assert_eq(pthread_create(&thread, NULL, ask_who, &c), 0);
    while (!has_begun) {
        json_t *faults = box_control(&c.box, "GET", "faults", "");
        has_begun = json_object_size(json_object_get(faults, "done")) == 1;
        json_decref(faults);
    }
    cr_expect(rds_describe_instance(c.box.aws, DATABASE, NULL, &instance, &err), "%s", err.message);
    cancel_set(c.cancel);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_not(c.is_answered);
    int64_t before_ms = clock_boot_ms();
    box_close(&c.box);
    cr_expect_lt(clock_boot_ms() - before_ms, 5000, "the slow answer holds up the end");
    cancel_unref(c.cancel);
}

Test(server, refuses_other_computers)
{
    static const char *const listens[] = {"0.0.0.0:0",   "192.168.1.1:0", "example.com:0", "::1:0",
                                          "127.0.0.1:x", "127.0.0.1",     "70000",         ""};
    for (size_t i = 0; i < COUNT(listens); i++) {
        struct sandbox_options options;
        struct sandbox *sandbox;
        struct error err;
        sandbox_options_init(&options);
        options.listen = listens[i];
        cr_expect_not(sandbox_start(&options, &sandbox, &err), "%s", listens[i]);
        cr_expect_eq(err.kind, ERROR_USAGE, "%s: %s", listens[i], err.message);
    }
}

Test(server, says_when_the_port_is_taken)
{
    struct box b = box_open(NULL);
    struct sandbox_options options;
    struct sandbox *second;
    struct error err;
    sandbox_options_init(&options);
    options.listen = sandbox_url(b.sandbox) + strlen("http://");
    cr_expect_not(sandbox_start(&options, &second, &err));
    cr_expect_eq(err.kind, ERROR_REFUSED);
    box_close(&b);
}

Test(server, refuses_bodies_that_are_too_large)
{
    struct box b = box_open(NULL);
    auto_free char *body = xmalloc(9u * 1024 * 1024 + 1);
    memset(body, 'x', 9u * 1024 * 1024);
    body[9u * 1024 * 1024] = '\0';
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    struct error err;
    auto_free char *url = xasprintf("%s/_sandbox/faults", sandbox_url(b.sandbox));
    http_request_init(&request, "POST", url);
    request.body.ceiling = 16u * 1024 * 1024;
    buf_adds(&request.body, body);
    http_reply_init(&reply);
    cr_expect(transport_exchange(b.transport, &request, NULL, &reply, &sent, &err), "%s",
              err.message);
    cr_expect_eq(reply.status, 413);
    http_request_clear(&request);
    http_reply_clear(&reply);
    box_close(&b);
}

Test(server, takes_orders_while_it_runs)
{
    struct box b = box_open(NULL);
    struct error err;
    struct sts_identity who;
    json_decref(box_control(&b, "POST", "faults", "GetCallerIdentity=throttle\n"));
    cr_expect_not(sts_get_caller_identity(b.aws, NULL, &who, &err));
    cr_expect_str_eq(err.code, "Throttling");
    cr_expect(sts_get_caller_identity(b.aws, NULL, &who, &err));

    cr_expect(snapshot(&b, &err), "%s", err.message);
    cr_expect_eq(box_effects(&b, EFFECT), 1);
    json_decref(box_control(&b, "DELETE", "effects", ""));
    cr_expect_eq(box_effects(&b, EFFECT), 0);

    json_decref(box_control(&b, "POST", "behaviour", "{\"errors\": 30, \"slow\": 0.5}"));
    static const struct {
        const char *method, *path, *body;
        int status;
    } wrong[] = {
        {"POST", "/_sandbox/behaviour", "{\"errors\": 101}", 400},
        {"POST", "/_sandbox/behaviour", "{\"errors\": \"1\"}", 400},
        {"POST", "/_sandbox/behaviour", "30", 400},
        {"POST", "/_sandbox/faults", "nonsense", 400},
        {"GET", "/_sandbox/traffic?function=nobody", "", 404},
        {"GET", "/_sandbox/nothing", "", 404},
        {"GET", "/_sandbox/", "", 404},
        {"POST", "/_sandbox/effects", "", 404},
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect_eq(box_fetch(&b, wrong[i].method, wrong[i].path, wrong[i].body, NULL),
                     wrong[i].status, "%s %s", wrong[i].path, wrong[i].body);
    box_close(&b);
}

Test(server, takes_longer_for_every_answer_when_it_is_told_to)
{
    struct box b = box_open(NULL);
    struct sts_identity who;
    struct error err;
    char *body;

    cr_assert_eq(box_fetch(&b, "POST", "/_sandbox/latency", "{\"ms\":150}", &body), 200);
    free(body);
    int64_t began_ms = clock_boot_ms();
    cr_expect(sts_get_caller_identity(b.aws, NULL, &who, &err), "%s", err.message);
    cr_expect_geq(clock_boot_ms() - began_ms, 150);
    cr_expect_eq(box_fetch(&b, "POST", "/_sandbox/latency", "{\"ms\":-1}", &body), 400);
    free(body);
    box_close(&b);
}
