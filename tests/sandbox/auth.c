/* auth.c - what is signed as it should be gets in, and nothing else does. */
#include "sandbox/auth.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define NOW_MS 1795514400000 /* 2026-11-24T10:00:00Z */
#define MINUTE_MS 60000
#define REGION "eu-central-1"
#define FORM "application/x-www-form-urlencoded"
#define MAX_HEADERS 8
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What a client sends; NULL or 0 = as it should be. */
struct client {
    const char *method, *uri, *body, *target, *type;
    const char *key_id, *secret_key, *region, *service, *token;
    const char *signed_names; /* only these, though more are there */
    int64_t late_ms;
};

/* What somebody on the way, or a wrong client, makes of it. */
struct change {
    const char *uri, *body, *authorization, *date, *extra_header;
};

struct sent {
    struct sigv4_header headers[MAX_HEADERS];
    size_t count;
    char timestamp[20];
    char *authorization; /* owned */
    struct reply reply;
    char code[64];
};

static struct auth_keys keys;

static void sign(const struct client *c, struct sent *s)
{
    char hash[HASH_HEX_SIZE];
    const char *uri = c->uri != NULL ? c->uri : "/v1/things/a%20b?x=1&a=%2F";
    const char *body = c->body != NULL ? c->body : "";
    const char *query = strchr(uri, '?');
    auto_free char *path = xstrndup(uri, strcspn(uri, "?"));
    struct buf authorization;
    struct sigv4_scope scope = {.key_id = c->key_id != NULL ? c->key_id : keys.key_id,
                                .secret_key =
                                    c->secret_key != NULL ? c->secret_key : keys.secret_key,
                                .region = c->region != NULL ? c->region : REGION,
                                .service = c->service != NULL ? c->service : "lambda"};

    sigv4_timestamp(NOW_MS - c->late_ms, s->timestamp);
    memcpy(scope.timestamp, s->timestamp, sizeof scope.timestamp);
    s->headers[s->count++] = (struct sigv4_header){"Host", "127.0.0.1:4566"};
    s->headers[s->count++] = (struct sigv4_header){"X-Amz-Date", s->timestamp};
    if (c->target != NULL)
        s->headers[s->count++] = (struct sigv4_header){"X-Amz-Target", c->target};
    if (c->type != NULL)
        s->headers[s->count++] = (struct sigv4_header){"Content-Type", c->type};
    if (c->token != NULL)
        s->headers[s->count++] = (struct sigv4_header){"X-Amz-Security-Token", c->token};
    hash_sha256_hex(body, strlen(body), hash);
    const struct sigv4_request request = {.method = c->method != NULL ? c->method : "GET",
                                          .path = path,
                                          .query = query != NULL ? query + 1 : "",
                                          .headers = s->headers,
                                          .header_count = s->count,
                                          .signed_names = c->signed_names,
                                          .payload_hash = hash};
    buf_init(&authorization, 4096);
    sigv4_authorization(&request, &scope, &authorization);
    s->authorization = buf_steal(&authorization);
}

static void read_code(struct sent *s)
{
    const char *at = strstr(s->reply.body.ptr, "<Code>");
    for (size_t i = 0; i < s->reply.header_count; i++)
        snprintf(s->code, sizeof s->code, "%.63s", s->reply.headers[i].value);
    if (at != NULL)
        snprintf(s->code, sizeof s->code, "%.*s", (int)strcspn(at + 6, "<"), at + 6);
    s->code[strcspn(s->code, ";")] = '\0';
}

/* Signs, changes, checks; the code of the refusal is in the result. */
static bool pass(const struct client *c, const struct change *change, struct sent *s)
{
    const char *uri = c->uri != NULL ? c->uri : "/v1/things/a%20b?x=1&a=%2F";
    const char *body = c->body != NULL ? c->body : "";
    struct request r;

    *s = (struct sent){0};
    operation_reply_init(&s->reply);
    sign(c, s);
    if (change->authorization == NULL)
        s->headers[s->count++] = (struct sigv4_header){"Authorization", s->authorization};
    else if (change->authorization[0] != '\0')
        s->headers[s->count++] = (struct sigv4_header){"Authorization", change->authorization};
    if (change->extra_header != NULL)
        s->headers[s->count++] = (struct sigv4_header){change->extra_header, "x"};
    if (change->date != NULL)
        s->headers[1].value = change->date;
    body = change->body != NULL ? change->body : body;
    const struct auth_request q = {
        .wire = {.method = c->method != NULL ? c->method : "GET",
                 .uri = change->uri != NULL ? change->uri : uri,
                 .target = c->target,
                 .content_type = c->type,
                 .body = body,
                 .body_len = strlen(body)},
        .headers = s->headers,
        .header_count = s->count,
    };
    operation_guess(NULL, &q.wire, &r);
    bool is_in = auth_check(&keys, REGION, &q, NOW_MS, &r, &s->reply);
    read_code(s);
    return is_in;
}

static void end(struct sent *s)
{
    free(s->authorization);
    operation_reply_clear(&s->reply);
}

static void make_keys(void) { auth_keys_make(&keys); }

TestSuite(auth, .init = make_keys);

Test(auth, makes_other_keys_each_time)
{
    struct auth_keys other;
    auth_keys_make(&other);
    cr_expect_eq(strlen(keys.key_id), 20);
    cr_expect_eq(strlen(keys.secret_key), 40);
    cr_expect_str_neq(keys.key_id, other.key_id);
    cr_expect_str_neq(keys.secret_key, other.secret_key);
}

Test(auth, lets_in_what_is_signed)
{
    static const struct client cases[] = {
        {0},
        {.method = "POST", .body = "{\"a\":1}"},
        {.method = "POST", .uri = "/", .body = "{}", .target = "Thing.Describe"},
        {.method = "POST", .uri = "/", .body = "Action=Describe", .type = FORM},
        {.late_ms = 5 * MINUTE_MS},
        {.late_ms = -5 * MINUTE_MS},
        {.uri = "/v1/things/arn%3Aaws%3Alambda"},
        {.uri = "/v1/things/a//b/../c"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sent s;
        cr_expect(pass(&cases[i], &(struct change){0}, &s), "case %zu: %s", i, s.reply.body.ptr);
        end(&s);
    }
}

Test(auth, keeps_out_what_was_changed_on_its_way)
{
    static const struct change cases[] = {
        {.uri = "/v1/things/a%20c?x=1&a=%2F"},
        {.uri = "/v1/things/a%20b?x=2&a=%2F"},
        {.uri = "/v1/things/a%20b"},
        {.body = "{\"a\":2}"},
        {.body = "{\"a\":1} "},
        {.extra_header = "X-Amz-Target"},
        {.extra_header = "X-Amz-Invocation-Type"},
        {.date = "20261124T100001Z"},
    };
    const struct client client = {.method = "PUT", .body = "{\"a\":1}"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sent s;
        cr_expect_not(pass(&client, &cases[i], &s), "case %zu", i);
        cr_expect_str_eq(s.code, "InvalidSignatureException", "case %zu: %s", i, s.code);
        cr_expect_eq(s.reply.status, 403);
        end(&s);
    }
}

/* The codes of each form, as the services' "Common Errors" list them. */
Test(auth, refuses_in_the_codes_of_the_service)
{
    static const struct {
        struct client client;
        struct change change;
        const char *rest, *query;
    } cases[] = {
        {{0},
         {.authorization = ""},
         "MissingAuthenticationTokenException",
         "MissingAuthenticationToken"},
        {{0},
         {.authorization = "Basic YTpi"},
         "IncompleteSignatureException",
         "IncompleteSignature"},
        {{0},
         {.authorization = "AWS4-HMAC-SHA256 Credential=a/b/c"},
         "IncompleteSignatureException",
         "IncompleteSignature"},
        {{0}, {.date = "yesterday"}, "IncompleteSignatureException", "IncompleteSignature"},
        {{.key_id = "AKIANOBODY"}, {0}, "UnrecognizedClientException", "InvalidClientTokenId"},
        {{.token = "session"}, {0}, "UnrecognizedClientException", "InvalidClientTokenId"},
        {{.secret_key = "wrong"}, {0}, "InvalidSignatureException", "SignatureDoesNotMatch"},
        {{.region = "us-east-1"}, {0}, "InvalidSignatureException", "SignatureDoesNotMatch"},
        {{.late_ms = 5 * MINUTE_MS + 1000},
         {0},
         "InvalidSignatureException",
         "SignatureDoesNotMatch"},
        {{.late_ms = -5 * MINUTE_MS - 1000},
         {0},
         "InvalidSignatureException",
         "SignatureDoesNotMatch"},
        {{.signed_names = "x-amz-date"}, {0}, "InvalidSignatureException", "SignatureDoesNotMatch"},
        {{.signed_names = "host"}, {0}, "InvalidSignatureException", "SignatureDoesNotMatch"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sent s;
        struct client client = cases[i].client;
        cr_expect_not(pass(&client, &cases[i].change, &s), "case %zu", i);
        cr_expect_str_eq(s.code, cases[i].rest, "case %zu: %s", i, s.code);
        end(&s);
        client.method = "POST";
        client.uri = "/";
        client.type = FORM;
        client.body = "Action=Describe";
        cr_expect_not(pass(&client, &cases[i].change, &s), "case %zu", i);
        cr_expect_str_eq(s.code, cases[i].query, "case %zu: %s", i, s.code);
        end(&s);
    }
}

Test(auth, says_which_clock_is_wrong)
{
    struct sent s;
    cr_expect_not(pass(&(struct client){.late_ms = 10 * MINUTE_MS}, &(struct change){0}, &s));
    cr_expect_not_null(strstr(s.reply.body.ptr,
                              "Signature expired: 20261124T095000Z is now earlier than "
                              "20261124T095500Z (20261124T100000Z - 5 min.)"),
                       "%s", s.reply.body.ptr);
    end(&s);
    cr_expect_not(pass(&(struct client){.late_ms = -10 * MINUTE_MS}, &(struct change){0}, &s));
    cr_expect_not_null(strstr(s.reply.body.ptr, "Signature not yet current: 20261124T101000Z"));
    end(&s);
}
