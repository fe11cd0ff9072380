/* client.c - signs, sends, repeats and judges every request to AWS. */
#include "aws/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/answer.h"
#include "aws/budget.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/transport.h"

#define MAX_BODY (8u * 1024 * 1024)
#define DEFAULT_LIMIT_MS 20000
/* AWS accepts 5 minutes of difference; less than 4 is no reason to doubt our clock. */
#define CLOCK_SUSPECT_MS (4 * 60 * 1000)

static const struct service_row {
    const char *name;        /* for people, and in errors */
    const char *host_prefix; /* HOST.REGION.amazonaws.com */
    const char *signing_name;
    bool speaks_json;
} services[AWS_SERVICE_COUNT] = {
    [AWS_STS] = {"sts", "sts", "sts", false},
    [AWS_LAMBDA] = {"lambda", "lambda", "lambda", true},
    [AWS_CLOUDWATCH] = {"cloudwatch", "monitoring", "monitoring", true},
    [AWS_RDS] = {"rds", "rds", "rds", false},
    [AWS_APIGATEWAY] = {"apigatewayv2", "apigateway", "apigateway", true},
    [AWS_SCHEDULER] = {"scheduler", "scheduler", "scheduler", true},
};

/* Where one service is reached. Fixed when the client is opened. */
struct endpoint {
    char *origin;      /* https://lambda.eu-central-1.amazonaws.com */
    char *authority;   /* the Host header */
    char *path_prefix; /* of a custom endpoint, without its last '/'; "" mostly */
};

struct aws {
    struct transport *transport;  /* borrowed */
    struct aws_settings settings; /* its credentials are guarded by lock */
    struct sign_in *sign_in;
    char *profile, *region, *endpoint_url; /* as asked for; NULL = not */
    struct endpoint endpoints[AWS_SERVICE_COUNT];
    struct retry_limits limits;
    /* Everything below is guarded by lock: callers come from any thread. */
    pthread_mutex_t lock;
    struct budget budget;
    struct retry_bucket buckets[AWS_SERVICE_COUNT];
    int64_t clock_offset_ms[AWS_SERVICE_COUNT]; /* the server's clock minus ours */
    struct aws_statistics statistics;
};

/* What one attempt showed. */
struct attempt {
    enum retry_class class;
    bool was_sent;
    bool is_timeout;
    int64_t retry_after_s;
    int64_t date_ms;   /* the server's clock, 0 = not told */
    int64_t offset_ms; /* the clock offset that it was signed with */
};

/* --- opening --- */

static const char *domain_of(const char *region)
{
    return text_starts_with(region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

static bool endpoint_open(const struct aws_settings *s, enum aws_service service,
                          struct endpoint *out, struct error *err)
{
    const char *custom = s->endpoint_of[service] ? s->endpoint_of[service] : s->endpoint_all;
    auto_free char *url = custom ? xstrdup(custom)
                                 : xasprintf("https://%s.%s.%s", services[service].host_prefix,
                                             s->region, domain_of(s->region));
    struct http_url parsed;
    if (!http_parse_url(url, &parsed, err)) {
        error_wrap(err, "endpoint of %s", services[service].name);
        return error_hint(err, "see --endpoint-url and AWS_ENDPOINT_URL");
    }
    bool has_query = parsed.query[0] != '\0';
    if (!has_query) {
        out->authority = http_url_authority(&parsed);
        out->origin = xasprintf("%s://%s", parsed.scheme, out->authority);
        size_t len = strlen(parsed.path);
        while (len > 0 && parsed.path[len - 1] == '/')
            len--;
        out->path_prefix = xstrndup(parsed.path, len);
    }
    http_url_clear(&parsed);
    if (has_query)
        return error_set(err, ERROR_USAGE, "the endpoint of %s has a '?' part",
                         services[service].name);
    return true;
}

bool aws_open(struct transport *transport, const struct aws_options *options, struct aws **out,
              struct error *err)
{
    struct aws *a = xcalloc(1, sizeof *a);
    a->transport = transport;
    a->sign_in = sign_in_ref(options->sign_in);
    a->profile = mem_dup_or_null(options->profile);
    a->region = mem_dup_or_null(options->region);
    a->endpoint_url = mem_dup_or_null(options->endpoint_url);
    pthread_mutex_init(&a->lock, NULL);
    credentials_init(&a->settings.credentials);
    if (!retry_limits_parse(getenv("AWS_MAX_ATTEMPTS"), &a->limits, err) ||
        !credentials_resolve(options, &a->settings, err))
        goto fail;
    for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
        retry_bucket_init(&a->buckets[i]);
        if (!endpoint_open(&a->settings, (enum aws_service)i, &a->endpoints[i], err))
            goto fail;
    }
    budget_init(&a->budget, clock_boot_ms());
    *out = a;
    return true;

fail:
    aws_close(a);
    return false;
}

void aws_close(struct aws *a)
{
    if (!a)
        return;
    for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
        free(a->endpoints[i].origin);
        free(a->endpoints[i].authority);
        free(a->endpoints[i].path_prefix);
    }
    credentials_settings_clear(&a->settings);
    sign_in_unref(a->sign_in);
    free(a->profile);
    free(a->region);
    free(a->endpoint_url);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

const struct aws_settings *aws_settings(const struct aws *a) { return &a->settings; }

char *aws_profile(struct aws *a)
{
    pthread_mutex_lock(&a->lock);
    char *profile = xstrdup(a->settings.profile);
    pthread_mutex_unlock(&a->lock);
    return profile;
}

static void copy_credentials(struct credentials *out, const struct credentials *c)
{
    credentials_init(out);
    out->key_id = xstrdup(c->key_id);
    secret_set(&out->secret_key, c->secret_key.bytes, c->secret_key.len);
    if (c->session_token.bytes != NULL)
        secret_set(&out->session_token, c->session_token.bytes, c->session_token.len);
    out->expires_at_ms = c->expires_at_ms;
    out->source = xstrdup(c->source);
}

/* The keys that a has now. credentials_clear, free. */
static void read_keys(struct aws *a, struct credentials *out, char **profile)
{
    pthread_mutex_lock(&a->lock);
    copy_credentials(out, &a->settings.credentials);
    *profile = xstrdup(a->settings.profile);
    pthread_mutex_unlock(&a->lock);
}

/* Takes both. */
static void set_keys(struct aws *a, struct credentials *keys, char *profile)
{
    pthread_mutex_lock(&a->lock);
    struct credentials before = a->settings.credentials;
    char *former = a->settings.profile;
    a->settings.credentials = *keys;
    a->settings.profile = profile;
    pthread_mutex_unlock(&a->lock);
    credentials_clear(&before);
    free(former);
}

void aws_take_keys(struct aws *a, struct aws *from)
{
    struct credentials keys;
    char *profile;

    read_keys(from, &keys, &profile);
    set_keys(a, &keys, profile);
}

static char *mark_of_keys(struct aws *a)
{
    pthread_mutex_lock(&a->lock);
    const struct credentials *c = &a->settings.credentials;
    char *mark = xasprintf("%s until %lld", c->key_id, (long long)c->expires_at_ms);
    pthread_mutex_unlock(&a->lock);
    return mark;
}

bool aws_has_same_keys(struct aws *a, struct aws *b)
{
    auto_free char *of_a = mark_of_keys(a);
    auto_free char *of_b = mark_of_keys(b);
    return strcmp(of_a, of_b) == 0;
}

struct aws *aws_copy(struct aws *a, struct sign_in *sign_in)
{
    struct aws *copy = xcalloc(1, sizeof *copy);

    copy->transport = a->transport;
    copy->sign_in = sign_in_ref(sign_in);
    copy->profile = mem_dup_or_null(a->profile);
    copy->region = xstrdup(a->settings.region);
    copy->endpoint_url = mem_dup_or_null(a->endpoint_url);
    copy->limits = a->limits;
    pthread_mutex_init(&copy->lock, NULL);
    read_keys(a, &copy->settings.credentials, &copy->settings.profile);
    copy->settings.region = xstrdup(a->settings.region);
    copy->settings.ca_file = mem_dup_or_null(a->settings.ca_file);
    for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
        const struct endpoint *e = &a->endpoints[i];
        retry_bucket_init(&copy->buckets[i]);
        copy->endpoints[i] =
            (struct endpoint){xstrdup(e->origin), xstrdup(e->authority), xstrdup(e->path_prefix)};
    }
    pthread_mutex_lock(&a->lock);
    memcpy(copy->clock_offset_ms, a->clock_offset_ms, sizeof copy->clock_offset_ms);
    pthread_mutex_unlock(&a->lock);
    budget_init(&copy->budget, clock_boot_ms());
    return copy;
}

struct aws *aws_copy_unread(struct aws *a, struct sign_in *sign_in, const char *profile)
{
    struct aws *copy = aws_copy(a, sign_in);
    struct credentials none;

    credentials_init(&none);
    none.key_id = xstrdup("");
    set_keys(copy, &none, xstrdup(profile));
    free(copy->profile);
    copy->profile = xstrdup(profile);
    return copy;
}

bool aws_has_keys(struct aws *a)
{
    if (a == NULL)
        return false;
    pthread_mutex_lock(&a->lock);
    bool has = a->settings.credentials.key_id[0] != '\0';
    pthread_mutex_unlock(&a->lock);
    return has;
}

int64_t aws_expires_at_ms(struct aws *a)
{
    pthread_mutex_lock(&a->lock);
    int64_t at_ms = a->settings.credentials.expires_at_ms;
    pthread_mutex_unlock(&a->lock);
    return at_ms;
}

bool aws_renew(struct aws *a, bool *is_new, struct error *err)
{
    const struct aws_options options = {a->sign_in, a->profile, a->region, a->endpoint_url};
    struct aws_settings fresh = {0};

    credentials_init(&fresh.credentials);
    bool ok = credentials_resolve(&options, &fresh, err);
    if (ok) {
        pthread_mutex_lock(&a->lock);
        *is_new = strcmp(a->settings.credentials.key_id, fresh.credentials.key_id) != 0 ||
                  a->settings.credentials.expires_at_ms != fresh.credentials.expires_at_ms;
        pthread_mutex_unlock(&a->lock);
        set_keys(a, &fresh.credentials, fresh.profile);
        credentials_init(&fresh.credentials);
        fresh.profile = NULL;
    }
    credentials_settings_clear(&fresh);
    return ok;
}

const char *aws_origin(const struct aws *a, enum aws_service service)
{
    return a->endpoints[service].origin;
}

void aws_keep_warm(struct aws *a, enum aws_service service)
{
    transport_warm(a->transport, aws_origin(a, service));
}

const char *aws_service_name(enum aws_service service) { return services[service].name; }

struct aws_statistics aws_statistics(const struct aws *a)
{
    struct aws *unlocked =
        (struct aws *)(uintptr_t)a; /* the lock is not part of what const promises */
    pthread_mutex_lock(&unlocked->lock);
    struct aws_statistics copy = a->statistics;
    pthread_mutex_unlock(&unlocked->lock);
    return copy;
}

/* --- calls and answers --- */

void aws_call_init(struct aws_call *c, enum aws_service service, const char *operation,
                   const char *method)
{
    *c = (struct aws_call){.service = service, .operation = operation, .method = method};
    buf_init(&c->body, MAX_BODY);
}

void aws_call_clear(struct aws_call *c)
{
    if (!c)
        return;
    free(c->path);
    c->path = NULL;
    buf_clear(&c->body);
}

void aws_answer_init(struct aws_answer *a)
{
    *a = (struct aws_answer){0};
    buf_init(&a->body, HTTP_MAX_REPLY);
}

void aws_answer_clear(struct aws_answer *a)
{
    if (!a)
        return;
    buf_clear(&a->body);
    json_decref(a->json);
    a->json = NULL;
}

void aws_encode(struct buf *out, const char *s)
{
    for (const char *c = s; *c; c++) {
        bool is_kept = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
                       (*c >= '0' && *c <= '9') || strchr("-_.~", *c);
        if (is_kept)
            buf_addc(out, *c);
        else
            buf_addf(out, "%%%02X", (unsigned char)*c);
    }
}

/* --- one attempt --- */

static int64_t clock_offset(struct aws *a, enum aws_service service)
{
    pthread_mutex_lock(&a->lock);
    int64_t offset = a->clock_offset_ms[service];
    pthread_mutex_unlock(&a->lock);
    return offset;
}

/* Adds Host, X-Amz-Date, the session token and Authorization. */
static void sign(const struct aws *a, const struct aws_call *call, int64_t offset_ms,
                 struct http_request *request)
{
    const struct endpoint *endpoint = &a->endpoints[call->service];
    const struct credentials *keys = &a->settings.credentials;
    struct sigv4_scope scope = {.key_id = keys->key_id,
                                .secret_key = keys->secret_key.bytes,
                                .region = a->settings.region,
                                .service = services[call->service].signing_name};
    sigv4_timestamp(clock_wall_ms() + offset_ms, scope.timestamp);
    http_request_header(request, "Host", endpoint->authority);
    http_request_header(request, "X-Amz-Date", scope.timestamp);
    if (keys->session_token.bytes)
        http_request_header(request, "X-Amz-Security-Token", keys->session_token.bytes);

    struct sigv4_header headers[HTTP_MAX_HEADERS];
    for (size_t i = 0; i < request->headers.count; i++)
        headers[i] =
            (struct sigv4_header){request->headers.items[i].name, request->headers.items[i].value};
    char payload_hash[HASH_HEX_SIZE];
    hash_sha256_hex(request->body.ptr, request->body.len, payload_hash);
    auto_free char *whole = xasprintf("%s%s", endpoint->path_prefix, call->path);
    char *question = strchr(whole, '?');
    if (question)
        *question = '\0';
    struct sigv4_request to_sign = {.method = call->method,
                                    .path = whole,
                                    .query = question ? question + 1 : "",
                                    .headers = headers,
                                    .header_count = request->headers.count,
                                    .payload_hash = payload_hash};
    auto_buf authorization = {0};
    buf_init(&authorization, 16u * 1024);
    sigv4_authorization(&to_sign, &scope, &authorization);
    http_request_header(request, "Authorization", authorization.ptr);
}

static void fill_request(const struct aws *a, const struct aws_call *call, int64_t offset_ms,
                         struct http_request *request)
{
    const struct endpoint *endpoint = &a->endpoints[call->service];
    auto_free char *url = xasprintf("%s%s%s", endpoint->origin, endpoint->path_prefix, call->path);
    http_request_init(request, call->method, url);
    buf_add(&request->body, call->body.ptr, call->body.len);
    request->limit_ms = call->limit_ms > 0 ? call->limit_ms : DEFAULT_LIMIT_MS;
    request->is_write = call->is_write;
    request->ends_on_cancel = call->ends_on_cancel;
    request->grace_ms = call->grace_ms;
    request->ca_file = a->settings.ca_file;
    if (call->content_type)
        http_request_header(request, "Content-Type", call->content_type);
    if (call->target)
        http_request_header(request, "X-Amz-Target", call->target);
    sign(a, call, offset_ms, request);
}

/* No whole reply came: a read may ask again, a write that may have arrived is Unknown. */
static bool judge_no_reply(const struct aws_call *call, struct attempt *attempt, struct error *err)
{
    attempt->is_timeout = strcmp(err->code, "TIMEOUT") == 0;
    attempt->class = RETRY_CLASS_FINAL;
    bool is_given_up = err->kind == ERROR_CANCELLED && call->ends_on_cancel;
    if (call->is_write && attempt->was_sent && !is_given_up) {
        err->kind = ERROR_UNKNOWN;
        error_hint(err, "it may have been done: read it back before anything is repeated");
    } else if (err->kind == ERROR_UNKNOWN || err->kind == ERROR_TRANSIENT) {
        err->kind = ERROR_TRANSIENT;
        attempt->class = RETRY_CLASS_TRANSIENT;
    }
    return error_wrap(err, "%s %s", services[call->service].name, call->operation);
}

static bool judge_error_reply(const struct aws_call *call, const struct http_reply *reply,
                              struct attempt *attempt, struct error *err)
{
    struct answer_error theirs;
    answer_read_error(reply, &theirs);
    attempt->class = retry_classify(reply->status, theirs.code, theirs.message);
    const char *retry_after = http_reply_header(reply, "Retry-After");
    if (!retry_after || !text_to_int64(retry_after, &attempt->retry_after_s) ||
        attempt->retry_after_s < 0)
        attempt->retry_after_s = 0;
    enum error_kind kind = retry_error_kind(reply->status, theirs.code, call->is_write);
    if (theirs.code[0]) {
        error_set(err, kind, "%s %s: %s", services[call->service].name, call->operation,
                  theirs.message);
        error_code(err, theirs.code);
    } else {
        char code[16];
        snprintf(code, sizeof code, "HTTP_%d", reply->status);
        error_set(err, kind, "%s %s: status %d with %s", services[call->service].name,
                  call->operation, reply->status, theirs.message);
        error_code(err, code);
    }
    const char *hint = retry_error_hint(theirs.code);
    if (hint[0])
        error_hint(err, "%s", hint);
    else if (kind == ERROR_UNKNOWN)
        error_hint(err, "it may have been done: read it back before anything is repeated");
    else if (kind == ERROR_INTERNAL)
        error_hint(err, "is the endpoint right?");
    return false;
}

static void copy_header(const struct http_reply *reply, const char *name, char *out, size_t size)
{
    const char *value = http_reply_header(reply, name);
    auto_free char *safe = text_safe(value ? value : "");
    text_copy(out, size, safe);
}

static bool take_answer(const struct aws_call *call, const struct http_reply *reply,
                        struct aws_answer *answer, struct error *err)
{
    answer->status = reply->status;
    answer->elapsed_us = reply->elapsed_us;
    copy_header(reply, "x-amz-executed-version", answer->executed_version,
                sizeof answer->executed_version);
    copy_header(reply, "x-amz-function-error", answer->function_error,
                sizeof answer->function_error);
    answer_request_id(reply, answer->request_id, sizeof answer->request_id);
    buf_reset(&answer->body);
    buf_add(&answer->body, reply->body.ptr, reply->body.len);
    json_decref(answer->json);
    answer->json = NULL;
    if (!services[call->service].speaks_json || call->is_raw_reply)
        return true;
    json_error_t why;
    answer->json = json_loadb(reply->body.ptr, reply->body.len, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(answer->json))
        return true;
    json_decref(answer->json);
    answer->json = NULL;
    auto_free char *safe = text_safe(why.text);
    return aws_bad_answer(call, err, "it is not a JSON object: %s", safe);
}

bool aws_bad_answer(const struct aws_call *call, struct error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *why = xvasprintf(fmt, ap);
    va_end(ap);
    error_set(err, call->is_write ? ERROR_UNKNOWN : ERROR_INTERNAL,
              "%s %s: the answer cannot be read: %s", services[call->service].name, call->operation,
              why);
    error_code(err, "MALFORMED_ANSWER");
    if (call->is_write)
        return error_hint(err, "it was probably done: read it back before anything is repeated");
    return false;
}

static void log_attempt(const struct aws_call *call, const struct http_reply *reply, int number,
                        const struct error *err)
{
    const char *service = services[call->service].name;
    if (reply->status == 0) {
        log_line(LOG_LEVEL_WARN, "aws", "%s %s attempt %d: %s", service, call->operation, number,
                 err->message);
        return;
    }
    char request_id[64];
    answer_request_id(reply, request_id, sizeof request_id);
    bool is_ok = reply->status >= 200 && reply->status < 300;
    log_line(is_ok ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "aws",
             "%s %s attempt %d: %d%s%s in %lld ms, request %s", service, call->operation, number,
             reply->status, is_ok ? "" : " ", is_ok ? "" : err->code,
             (long long)(reply->elapsed_us / 1000), request_id[0] ? request_id : "without id");
}

static bool send_once(struct aws *a, const struct aws_call *call, int number,
                      struct aws_answer *answer, struct attempt *attempt, struct error *err)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent = HTTP_NOTHING_SENT;
    *attempt =
        (struct attempt){.class = RETRY_CLASS_FINAL, .offset_ms = clock_offset(a, call->service)};
    pthread_mutex_lock(&a->lock); /* the keys do not change while it is signed */
    fill_request(a, call, attempt->offset_ms, &request);
    pthread_mutex_unlock(&a->lock);
    http_reply_init(&reply);
    bool is_ok = transport_exchange(a->transport, &request, call->cancel, &reply, &sent, err);
    attempt->was_sent = sent == HTTP_MAYBE_SENT;
    attempt->date_ms = reply.date_ms;
    if (!is_ok)
        judge_no_reply(call, attempt, err);
    else if (reply.status >= 200 && reply.status < 300)
        is_ok = take_answer(call, &reply, answer, err);
    else
        is_ok = judge_error_reply(call, &reply, attempt, err);
    log_attempt(call, &reply, number, err);
    http_request_clear(&request);
    http_reply_clear(&reply);
    return is_ok;
}

/* --- between attempts --- */

static bool wait_ms(const struct aws_call *call, int64_t ms, struct error *err)
{
    if (ms <= 0 || cancel_sleep_ms(call->cancel, ms))
        return true;
    return error_set(err, ERROR_CANCELLED, "%s %s was cancelled", services[call->service].name,
                     call->operation);
}

/* Writes are counted but never queue behind pollers: one of them may be a rollback. */
static bool wait_for_budget(struct aws *a, const struct aws_call *call, struct error *err)
{
    pthread_mutex_lock(&a->lock);
    int64_t ms = budget_take_ms(&a->budget, (int)call->service, call->operation, clock_boot_ms());
    a->statistics.calls++;
    pthread_mutex_unlock(&a->lock);
    return call->is_write || wait_ms(call, ms, err);
}

/*
 * The server rejected our time. If its Date says that our clock is off, its offset is kept for
 * every service of that host, and the request may be signed and sent again: it was rejected, so
 * nothing was changed.
 */
static bool learn_clock(struct aws *a, const struct aws_call *call, const struct attempt *attempt)
{
    if (attempt->date_ms == 0)
        return false;
    pthread_mutex_lock(&a->lock);
    int64_t offset = attempt->date_ms - clock_wall_ms();
    /* Against what this attempt was signed with: another request may have learnt it meanwhile. */
    int64_t wrong_by = offset - attempt->offset_ms;
    bool is_wrong = wrong_by > CLOCK_SUSPECT_MS || wrong_by < -CLOCK_SUSPECT_MS;
    for (int i = 0; is_wrong && i < AWS_SERVICE_COUNT; i++)
        if (strcmp(a->endpoints[i].authority, a->endpoints[call->service].authority) == 0)
            a->clock_offset_ms[i] = offset;
    if (is_wrong)
        a->statistics.clock_offset_ms = offset;
    pthread_mutex_unlock(&a->lock);
    if (is_wrong)
        log_line(LOG_LEVEL_WARN, "aws",
                 "this machine's clock is off by %lld s against %s: signing with the server's time",
                 (long long)(-offset / 1000), a->endpoints[call->service].authority);
    return is_wrong;
}

static double random_fraction(void)
{
    uint32_t bits = 0;
    hash_random(&bits, sizeof bits);
    return (double)bits / 4294967296.0;
}

/* Decides about one more attempt, pays for it and waits; false with *err as it is to be reported.
 */
static bool prepare_retry(struct aws *a, const struct aws_call *call, const struct attempt *attempt,
                          int number, int *cost, struct error *err)
{
    if (!retry_may_repeat(&a->limits, attempt->class, call->is_write, attempt->was_sent, number))
        return false;
    pthread_mutex_lock(&a->lock);
    bool is_paid = retry_bucket_take(&a->buckets[call->service], attempt->is_timeout, cost);
    a->statistics.retries += is_paid;
    a->statistics.throttled += attempt->class == RETRY_CLASS_THROTTLED;
    pthread_mutex_unlock(&a->lock);
    return is_paid &&
           wait_ms(call, retry_delay_ms(number, random_fraction(), attempt->retry_after_s), err);
}

static bool check_keys(struct aws *a, struct error *err)
{
    if (aws_has_keys(a))
        return true;
    error_set(err, ERROR_DENIED, "the AWS profile %s has no keys", a->profile);
    return error_code(err, "NoCredentials");
}

static bool check_expiry(struct aws *a, struct error *err)
{
    pthread_mutex_lock(&a->lock);
    int64_t expires_at_ms = a->settings.credentials.expires_at_ms;
    auto_free char *source = xstrdup(a->settings.credentials.source);
    pthread_mutex_unlock(&a->lock);
    if (expires_at_ms == 0 || clock_wall_ms() < expires_at_ms)
        return true;
    char stamp[CLOCK_STAMP_SIZE];
    error_set(err, ERROR_DENIED, "the AWS keys (%s) expired at %s", source,
              clock_stamp(expires_at_ms, stamp));
    error_code(err, "ExpiredToken");
    return error_hint(err, "%s", retry_error_hint("ExpiredToken"));
}

bool aws_perform(struct aws *a, struct aws_call *call, struct aws_answer *answer, struct error *err)
{
    bool has_learnt_clock = false;
    int cost = 0;
    struct error last; /* *err is only touched when the whole call failed */
    if (!check_keys(a, err) || !check_expiry(a, err))
        return false;
    for (int number = 1; wait_for_budget(a, call, &last); number++) {
        struct attempt attempt;
        if (send_once(a, call, number, answer, &attempt, &last)) {
            pthread_mutex_lock(&a->lock);
            retry_bucket_refund(&a->buckets[call->service], cost);
            pthread_mutex_unlock(&a->lock);
            return true;
        }
        if (attempt.class == RETRY_CLASS_CLOCK && !has_learnt_clock) {
            has_learnt_clock = true;
            if (learn_clock(a, call, &attempt)) {
                number--;
                continue;
            }
        }
        if (!prepare_retry(a, call, &attempt, number, &cost, &last))
            break;
    }
    *err = last;
    return false;
}
