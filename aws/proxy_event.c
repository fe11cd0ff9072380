/*
 * proxy_event.c - see proxy_event.h.
 */
#include "aws/proxy_event.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define USER_AGENT "flightdeck"
#define HOST "flightdeck.invalid" /* RFC 2606: nobody's */
#define SOURCE_IP "127.0.0.1"

/* The parameters as they were written: the checks of a configuration need no decoding. */
static json_t *query_parameters(const char *query)
{
    json_t *out = json_object();
    struct text rest = text_of(query), piece;

    while (text_split(&rest, '&', &piece)) {
        struct text key;
        if (!text_split(&piece, '=', &key) || key.len == 0)
            continue;
        auto_free char *name = text_dup(key);
        json_object_set_new(out, name, json_stringn(piece.len > 0 ? piece.ptr : "", piece.len));
    }
    return out;
}

char *proxy_event_make(const char *method, const char *path, const char *id, int64_t now_ms)
{
    const char *mark = strchr(path, '?');
    size_t len = mark != NULL ? (size_t)(mark - path) : strlen(path);
    const char *query = mark != NULL ? mark + 1 : "";
    char at[CLOCK_STAMP_SIZE];
    json_t *http =
        json_pack("{s:s, s:s%, s:s, s:s, s:s}", "method", method, "path", path, len, "protocol",
                  "HTTP/1.1", "sourceIp", SOURCE_IP, "userAgent", USER_AGENT);
    json_t *context = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "accountId", "anonymous", "apiId",
        "flightdeck", "domainName", HOST, "requestId", id, "routeKey", "$default", "stage",
        "$default", "time", clock_stamp(now_ms, at), "timeEpoch", (json_int_t)now_ms, "http", http);
    json_t *event =
        json_pack("{s:s, s:s, s:s%, s:s, s:{s:s, s:s, s:s}, s:o, s:b}", "version", "2.0",
                  "routeKey", "$default", "rawPath", path, len, "rawQueryString", query, "headers",
                  "accept", "application/json", "host", HOST, "user-agent", USER_AGENT,
                  "requestContext", context, "isBase64Encoded", false);
    if (query[0] != '\0')
        json_object_set_new(event, "queryStringParameters", query_parameters(query));
    char *text = json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(event);
    return text;
}

static void keep_body(struct proxy_reply *out, const json_t *body)
{
    if (json_is_string(body)) {
        out->len = json_string_length(body);
        out->body = xstrndup(json_string_value(body), out->len);
        return;
    }
    out->body = body != NULL ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : xstrdup("");
    out->len = strlen(out->body);
}

bool proxy_event_read_reply(const char *payload, struct proxy_reply *out, struct error *err)
{
    json_error_t where;
    json_t *reply = json_loads(payload, JSON_DECODE_ANY, &where);
    const json_t *status = json_object_get(reply, "statusCode");
    int64_t number = 0;
    bool ok = true;

    if (reply == NULL)
        return error_set(err, ERROR_REFUSED, "the function's answer is no JSON: %s", where.text);
    if (json_is_integer(status))
        number = json_integer_value(status);
    else if (json_is_string(status) && !text_to_int64(json_string_value(status), &number))
        number = 0;
    if (status == NULL) {
        *out = (struct proxy_reply){.status = 200};
        keep_body(out, reply);
    } else if (number < 100 || number > 599) {
        ok = error_set(err, ERROR_REFUSED, "the function's statusCode is no HTTP status");
    } else if (json_is_true(json_object_get(reply, "isBase64Encoded"))) {
        ok = error_set(err, ERROR_REFUSED,
                       "%d, with a body in Base64: what is in it was not looked at", (int)number);
    } else {
        *out = (struct proxy_reply){.status = (int)number};
        keep_body(out, json_object_get(reply, "body"));
    }
    json_decref(reply);
    return ok;
}

void proxy_event_clear_reply(struct proxy_reply *r)
{
    free(r->body);
    *r = (struct proxy_reply){0};
}
