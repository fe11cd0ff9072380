/* auth.c - checks signatures; source: "Signature Version 4", "Common Errors" of each service. */
#include "sandbox/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SKEW_MS (5 * 60 * 1000)
#define MAX_CANONICAL (512u * 1024)

/* ---- keys ---- */

static void random_text(char *out, size_t len, const char *alphabet)
{
    unsigned char bytes[64];
    size_t letters = strlen(alphabet);
    hash_random(bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[bytes[i] % letters];
    out[len] = '\0';
    hash_wipe(bytes, sizeof bytes);
}

void auth_keys_make(struct auth_keys *out)
{
    memcpy(out->key_id, "AKIA", 4);
    random_text(out->key_id + 4, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    random_text(out->secret_key, 40,
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

/* ---- refusals ---- */

enum refusal {
    REFUSE_MISSING,
    REFUSE_INCOMPLETE,
    REFUSE_TOKEN,
    REFUSE_SIGNATURE,
};

/* The same refusal has a name in the Query protocol and another one elsewhere. */
static const struct {
    const char *query_code, *json_code;
    int query_status, json_status, rest_status;
} refusals[] = {
    [REFUSE_MISSING] = {"MissingAuthenticationToken", "MissingAuthenticationTokenException", 403,
                        400, 403},
    [REFUSE_INCOMPLETE] = {"IncompleteSignature", "IncompleteSignatureException", 400, 400, 403},
    [REFUSE_TOKEN] = {"InvalidClientTokenId", "UnrecognizedClientException", 403, 400, 403},
    [REFUSE_SIGNATURE] = {"SignatureDoesNotMatch", "InvalidSignatureException", 403, 400, 403},
};

static bool refuse(const struct request *r, struct reply *reply, enum refusal why,
                   const char *message)
{
    bool is_query = r->form == WIRE_QUERY;
    int status = is_query                   ? refusals[why].query_status
                 : r->form == WIRE_JSON_1_0 ? refusals[why].json_status
                                            : refusals[why].rest_status;
    return operation_refuse(r, reply, status,
                            is_query ? refusals[why].query_code : refusals[why].json_code, "%s",
                            message);
}

/* ---- the header Authorization ---- */

const char *auth_header(const struct auth_request *q, const char *name)
{
    for (size_t i = 0; i < q->header_count; i++)
        if (strcasecmp(q->headers[i].name, name) == 0)
            return q->headers[i].value;
    return NULL;
}

/* The value of "NAME=value" among the parts of Authorization, which commas separate. Yours. */
static char *authorization_part(const char *authorization, const char *name)
{
    struct text rest = text_of(authorization + strlen(ALGORITHM)), piece;
    size_t len = strlen(name);
    while (text_split(&rest, ',', &piece)) {
        piece = text_trim(piece);
        if (piece.len > len && memcmp(piece.ptr, name, len) == 0 && piece.ptr[len] == '=')
            return text_dup((struct text){piece.ptr + len + 1, piece.len - len - 1});
    }
    return NULL;
}

static bool take_piece(struct text *rest, char *out, size_t size)
{
    struct text piece;
    if (!text_split(rest, '/', &piece) || piece.len == 0 || piece.len >= size)
        return false;
    memcpy(out, piece.ptr, piece.len);
    out[piece.len] = '\0';
    return true;
}

bool auth_read_scope(const struct auth_request *q, struct auth_scope *out)
{
    const char *authorization = auth_header(q, "Authorization");
    struct auth_scope scope;
    char end[16];

    if (authorization == NULL || !text_starts_with(authorization, ALGORITHM " "))
        return false;
    auto_free char *credential = authorization_part(authorization, "Credential");
    struct text rest = text_of(credential != NULL ? credential : "");
    if (!take_piece(&rest, scope.key_id, sizeof scope.key_id) ||
        !take_piece(&rest, scope.date, sizeof scope.date) ||
        !take_piece(&rest, scope.region, sizeof scope.region) ||
        !take_piece(&rest, scope.service, sizeof scope.service) ||
        !take_piece(&rest, end, sizeof end) || strcmp(end, "aws4_request") != 0)
        return false;
    *out = scope;
    return true;
}

static bool is_listed(const char *signed_names, const char *name)
{
    struct text rest = text_of(signed_names), piece;
    while (text_split(&rest, ';', &piece))
        if (piece.len == strlen(name) && strncasecmp(piece.ptr, name, piece.len) == 0)
            return true;
    return false;
}

/* What would let somebody change the request on its way; NULL when all of it is signed. */
static const char *unsigned_header(const struct auth_request *q, const char *signed_names)
{
    if (!is_listed(signed_names, "host"))
        return "host";
    for (size_t i = 0; i < q->header_count; i++)
        if (strncasecmp(q->headers[i].name, "x-amz-", 6) == 0 &&
            !is_listed(signed_names, q->headers[i].name))
            return q->headers[i].name;
    return NULL;
}

/* ---- time ---- */

/* 20150830T123600Z */
static bool parse_timestamp(const char *text, int64_t *out)
{
    if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789") != 8 || text[8] != 'T' ||
        strspn(text + 9, "0123456789") != 6 || text[15] != 'Z')
        return false;
    auto_free char *stamp = xasprintf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.000Z", text, text + 4,
                                      text + 6, text + 9, text + 11, text + 13);
    return clock_parse_stamp(stamp, out);
}

static bool check_time(const char *timestamp, int64_t at_ms, int64_t now_ms,
                       const struct request *r, struct reply *reply)
{
    char limit[20], now[20];
    bool is_old = at_ms < now_ms - SKEW_MS;

    if (!is_old && at_ms <= now_ms + SKEW_MS)
        return true;
    sigv4_timestamp(is_old ? now_ms - SKEW_MS : now_ms + SKEW_MS, limit);
    sigv4_timestamp(now_ms, now);
    auto_free char *message =
        xasprintf(is_old ? "Signature expired: %s is now earlier than %s (%s - 5 min.)"
                         : "Signature not yet current: %s is still later than %s (%s + 5 min.)",
                  timestamp, limit, now);
    return refuse(r, reply, REFUSE_SIGNATURE, message);
}

/* ---- all of it ---- */

static void compute(const struct auth_keys *keys, const struct auth_scope *scope,
                    const char *timestamp, const char *signed_names, const struct auth_request *q,
                    char out[static HASH_HEX_SIZE])
{
    char payload_hash[HASH_HEX_SIZE];
    const char *query = strchr(q->wire.uri, '?');
    auto_free char *path = xstrndup(q->wire.uri, strcspn(q->wire.uri, "?"));
    auto_buf canonical, ignored, to_sign;
    struct sigv4_scope sigv4 = {.key_id = keys->key_id,
                                .secret_key = keys->secret_key,
                                .region = scope->region,
                                .service = scope->service};

    buf_init(&canonical, MAX_CANONICAL);
    buf_init(&ignored, MAX_CANONICAL);
    buf_init(&to_sign, MAX_CANONICAL);
    (void)snprintf(sigv4.timestamp, sizeof sigv4.timestamp, "%s", timestamp);
    hash_sha256_hex(q->wire.body, q->wire.body_len, payload_hash);
    const struct sigv4_request request = {
        .method = q->wire.method,
        .path = path,
        .query = query != NULL ? query + 1 : "",
        .headers = q->headers,
        .header_count = q->header_count,
        .signed_names = signed_names,
        .payload_hash = payload_hash,
    };
    sigv4_canonical_request(&request, &canonical, &ignored);
    sigv4_string_to_sign(&sigv4, &canonical, &to_sign);
    sigv4_signature(&sigv4, &to_sign, out);
}

static bool check_signature(const struct auth_keys *keys, const struct auth_scope *scope,
                            const char *timestamp, const struct auth_request *q,
                            const struct request *r, struct reply *reply)
{
    const char *authorization = auth_header(q, "Authorization");
    auto_free char *names = authorization_part(authorization, "SignedHeaders");
    auto_free char *given = authorization_part(authorization, "Signature");
    char expected[HASH_HEX_SIZE];

    if (names == NULL || given == NULL)
        return refuse(r, reply, REFUSE_INCOMPLETE,
                      "Authorization header requires 'SignedHeaders' and 'Signature' parameters.");
    const char *left_out = unsigned_header(q, names);
    if (left_out != NULL) {
        auto_free char *message =
            xasprintf("'%s' must be a 'SignedHeader' in the AWS Authorization.", left_out);
        return refuse(r, reply, REFUSE_SIGNATURE, message);
    }
    compute(keys, scope, timestamp, names, q, expected);
    if (strcmp(given, expected) == 0)
        return true;
    return refuse(r, reply, REFUSE_SIGNATURE,
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your AWS Secret Access Key and signing method.");
}

bool auth_check(const struct auth_keys *keys, const char *region, const struct auth_request *q,
                int64_t wall_now_ms, const struct request *r, struct reply *reply)
{
    struct auth_scope scope;
    const char *timestamp = auth_header(q, "X-Amz-Date");
    int64_t at_ms;

    if (auth_header(q, "Authorization") == NULL)
        return refuse(r, reply, REFUSE_MISSING, "Request is missing Authentication Token");
    if (!auth_read_scope(q, &scope))
        return refuse(r, reply, REFUSE_INCOMPLETE,
                      "Authorization header requires a 'Credential' parameter: "
                      "KEY/DATE/REGION/SERVICE/aws4_request.");
    if (!parse_timestamp(timestamp, &at_ms))
        return refuse(r, reply, REFUSE_INCOMPLETE,
                      "Authorization header requires existence of an 'X-Amz-Date' header.");
    /* These keys have no session token, so none that is sent can belong to them. */
    if (strcmp(scope.key_id, keys->key_id) != 0 || auth_header(q, "X-Amz-Security-Token") != NULL)
        return refuse(r, reply, REFUSE_TOKEN,
                      "The security token included in the request is invalid.");
    if (strncmp(scope.date, timestamp, 8) != 0 || scope.date[8] != '\0')
        return refuse(r, reply, REFUSE_SIGNATURE,
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                      "date from HTTP.");
    if (strcmp(scope.region, region) != 0)
        return refuse(r, reply, REFUSE_SIGNATURE, "Credential should be scoped to a valid region.");
    return check_time(timestamp, at_ms, wall_now_ms, r, reply) &&
           check_signature(keys, &scope, timestamp, q, r, reply);
}
