/*
 * http_check.c - see http_check.h.
 */
#include "net/http_check.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/json_match.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"
#include "net/transport.h"

#define REPLY_BYTES ((size_t)1 << 20)
#define SUMMARY_BYTES (JSON_MATCH_SENTENCE + 40)

bool http_check_validate(const char *method, const char *url, struct error *err)
{
    struct http_url parsed;

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        error_set(err, ERROR_USAGE, "a check cannot %s: it would change what it looks at", method);
        return error_hint(err, "use GET or HEAD");
    }
    if (!http_parse_url(url, &parsed, err))
        return false;
    http_url_clear(&parsed);
    return true;
}

void http_check_judge(const struct http_check *check, int status, const char *body, size_t len,
                      struct buf *wrong)
{
    json_error_t where;

    if (status != check->status) {
        buf_addf(wrong, "%d, expected %d", status, check->status);
        return;
    }
    if (check->expected == NULL)
        return;
    json_t *parsed = json_loadb(body, len, JSON_DECODE_ANY, &where);
    if (parsed == NULL)
        buf_addf(wrong, "%d, but the reply is no JSON: %s", status, where.text);
    else
        (void)json_match_contains(check->expected, parsed, wrong);
    json_decref(parsed);
}

static char *safe_summary(const struct buf *text)
{
    auto_buf redacted;

    buf_init(&redacted, SUMMARY_BYTES * 2);
    secret_redact(&redacted, text->ptr, text->len);
    return text_safe(redacted.ptr);
}

bool http_check_run(struct transport *transport, const struct http_check *check,
                    struct cancel *cancel, bool *passed, char **summary, struct error *err)
{
    struct http_request request;
    struct http_reply reply;
    enum http_sent sent;
    char took[CLOCK_STAMP_SIZE];
    auto_buf said;

    buf_init(&said, SUMMARY_BYTES);
    if (transport == NULL)
        return error_set(err, ERROR_INTERNAL, "there is no way to the network here");
    bool posts = check->may_post && strcmp(check->method, "POST") == 0;
    if (!posts && !http_check_validate(check->method, check->url, err))
        return false;
    http_request_init(&request, check->method, check->url);
    http_request_header(&request, "Accept", check->expected != NULL ? "application/json" : "*/*");
    request.limit_ms = check->limit_ms;
    request.reply_ceiling = REPLY_BYTES;
    request.allows_plain_http = true; /* whoever wrote http:// meant it; nothing secret is sent */
    http_reply_init(&reply);
    bool is_ok = transport_exchange(transport, &request, cancel, &reply, &sent, err);
    if (is_ok) {
        http_check_judge(check, reply.status, reply.body.ptr, reply.body.len, &said);
        *passed = said.len == 0;
        if (*passed)
            buf_addf(&said, "%d in %s", reply.status, clock_elapsed_text(reply.elapsed_us, took));
        *summary = safe_summary(&said);
    }
    http_reply_clear(&reply);
    http_request_clear(&request);
    return is_ok;
}
