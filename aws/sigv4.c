/* sigv4.c - Signature Version 4: canonical request, string to sign, signature. */
#include "aws/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"

#define MAX_CANONICAL (256u * 1024)
#define ALGORITHM "AWS4-HMAC-SHA256"

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static void encode(struct buf *out, const char *bytes, size_t len, bool keeps_slash)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (is_unreserved(c) || (keeps_slash && c == '/'))
            buf_addc(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* %XX only: a '+' is a plus in AWS's canonical form. */
static void decode(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] == '%' && i + 2 < t.len) {
            int high = hex_value(t.ptr[i + 1]);
            int low = hex_value(t.ptr[i + 2]);
            if (high >= 0 && low >= 0) {
                buf_addc(out, (char)(high * 16 + low));
                i += 2;
                continue;
            }
        }
        buf_addc(out, t.ptr[i]);
    }
}

/* RFC 3986 section 5.2.4, and empty segments are dropped. */
static void normalize_path(struct buf *out, const char *path)
{
    struct text rest = text_of(path);
    struct text piece;
    while (text_split(&rest, '/', &piece)) {
        if (piece.len == 0 || text_eq(piece, "."))
            continue;
        if (text_eq(piece, "..")) {
            while (out->len > 0 && out->ptr[out->len - 1] != '/')
                out->ptr[--out->len] = '\0';
            if (out->len > 0)
                out->ptr[--out->len] = '\0';
            continue;
        }
        buf_addc(out, '/');
        buf_add(out, piece.ptr, piece.len);
    }
    bool ends_open =
        text_ends_with(path, "/") || text_ends_with(path, "/.") || text_ends_with(path, "/..");
    if (out->len == 0 || ends_open)
        buf_addc(out, '/');
}

static void add_canonical_path(struct buf *out, const struct sigv4_request *r)
{
    if (r->is_s3) {
        buf_adds(out, r->path[0] ? r->path : "/");
        return;
    }
    auto_buf normal = {0};
    buf_init(&normal, MAX_CANONICAL);
    normalize_path(&normal, r->path);
    encode(out, normal.ptr, normal.len, true);
}

struct pair {
    char *name, *value; /* owned */
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    int names = strcmp(left->name, right->name);
    return names ? names : strcmp(left->value, right->value);
}

static char *recode(struct text t)
{
    auto_buf plain = {0};
    struct buf encoded;
    buf_init(&plain, MAX_CANONICAL);
    buf_init(&encoded, MAX_CANONICAL);
    decode(&plain, t);
    encode(&encoded, plain.ptr, plain.len, false);
    return buf_steal(&encoded);
}

static void add_canonical_query(struct buf *out, const char *query)
{
    struct pair *pairs = NULL;
    size_t count = 0;
    size_t capacity = 0;
    struct text rest = text_of(query);
    struct text piece;
    while (text_split(&rest, '&', &piece)) {
        if (piece.len == 0)
            continue;
        const char *equals = memchr(piece.ptr, '=', piece.len);
        size_t name_len = equals ? (size_t)(equals - piece.ptr) : piece.len;
        struct text value =
            equals ? (struct text){equals + 1, piece.len - name_len - 1} : (struct text){"", 0};
        pairs = mem_grow(pairs, &capacity, count, sizeof *pairs);
        pairs[count++] = (struct pair){recode((struct text){piece.ptr, name_len}), recode(value)};
    }
    if (count > 1)
        qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

static bool is_listed(const char *list, const char *lower_name)
{
    struct text rest = text_of(list);
    struct text piece;
    while (text_split(&rest, ';', &piece))
        if (text_eq(piece, lower_name))
            return true;
    return false;
}

static bool is_signed(const struct sigv4_request *r, const char *lower_name)
{
    if (r->signed_names)
        return is_listed(r->signed_names, lower_name);
    return strcmp(lower_name, "host") == 0 || strcmp(lower_name, "content-type") == 0 ||
           text_starts_with(lower_name, "x-amz-");
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Trimmed, and every run of blanks (also of a folded line) becomes one space. */
static char *fold_value(const char *value)
{
    struct buf out;
    buf_init(&out, MAX_CANONICAL);
    for (const char *c = value; *c; c++) {
        if (!is_blank(*c))
            buf_addc(&out, *c);
        else if (out.len > 0 && out.ptr[out.len - 1] != ' ')
            buf_addc(&out, ' ');
    }
    if (out.len > 0 && out.ptr[out.len - 1] == ' ')
        out.ptr[--out.len] = '\0';
    return buf_steal(&out);
}

static char *lower(const char *name)
{
    char *copy = xstrdup(name);
    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy;
}

struct signed_header {
    char *name;      /* lower case, owned */
    char *value;     /* folded, owned */
    size_t position; /* duplicates are merged in the order they came in */
};

static int compare_headers(const void *a, const void *b)
{
    const struct signed_header *left = a;
    const struct signed_header *right = b;
    int names = strcmp(left->name, right->name);
    if (names)
        return names;
    return left->position < right->position ? -1 : 1;
}

static void add_canonical_headers(const struct sigv4_request *r, struct buf *canonical,
                                  struct buf *names)
{
    struct signed_header *headers = xcalloc(r->header_count + 1, sizeof *headers);
    size_t count = 0;
    for (size_t i = 0; i < r->header_count; i++) {
        char *name = lower(r->headers[i].name);
        if (is_signed(r, name))
            headers[count++] = (struct signed_header){name, fold_value(r->headers[i].value), i};
        else
            free(name);
    }
    if (count > 1)
        qsort(headers, count, sizeof *headers, compare_headers);
    for (size_t i = 0; i < count; i++) {
        bool is_repeated = i > 0 && strcmp(headers[i].name, headers[i - 1].name) == 0;
        if (is_repeated) {
            buf_addf(canonical, ",%s", headers[i].value);
        } else {
            buf_addf(canonical, "%s%s:%s", i ? "\n" : "", headers[i].name, headers[i].value);
            buf_addf(names, "%s%s", names->len ? ";" : "", headers[i].name);
        }
    }
    buf_addc(canonical, '\n');
    for (size_t i = 0; i < count; i++) {
        free(headers[i].name);
        free(headers[i].value);
    }
    free(headers);
}

void sigv4_timestamp(int64_t at_ms, char out[static 20])
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(out, 20, "%Y%m%dT%H%M%SZ", &utc);
}

void sigv4_canonical_request(const struct sigv4_request *r, struct buf *canonical,
                             struct buf *signed_headers)
{
    buf_addf(canonical, "%s\n", r->method);
    add_canonical_path(canonical, r);
    buf_addc(canonical, '\n');
    add_canonical_query(canonical, r->query);
    buf_addc(canonical, '\n');
    add_canonical_headers(r, canonical, signed_headers);
    buf_addf(canonical, "\n%s\n%s", signed_headers->ptr, r->payload_hash);
}

static void add_scope(struct buf *out, const struct sigv4_scope *s)
{
    buf_addf(out, "%.8s/%s/%s/aws4_request", s->timestamp, s->region, s->service);
}

void sigv4_string_to_sign(const struct sigv4_scope *s, const struct buf *canonical, struct buf *out)
{
    char hash[HASH_HEX_SIZE];
    hash_sha256_hex(canonical->ptr, canonical->len, hash);
    buf_addf(out, ALGORITHM "\n%s\n", s->timestamp);
    add_scope(out, s);
    buf_addf(out, "\n%s", hash);
}

void sigv4_signature(const struct sigv4_scope *s, const struct buf *string_to_sign,
                     char out[static HASH_HEX_SIZE])
{
    unsigned char key[HASH_SIZE];
    unsigned char next[HASH_SIZE];
    size_t secret_len = strlen("AWS4") + strlen(s->secret_key);
    char *first = xmalloc(secret_len + 1);
    snprintf(first, secret_len + 1, "AWS4%s", s->secret_key);
    hash_hmac_sha256(first, secret_len, s->timestamp, 8, key);
    hash_wipe(first, secret_len);
    free(first);
    const char *const parts[] = {s->region, s->service, "aws4_request"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash_hmac_sha256(key, sizeof key, parts[i], strlen(parts[i]), next);
        memcpy(key, next, sizeof key);
    }
    hash_hmac_sha256(key, sizeof key, string_to_sign->ptr, string_to_sign->len, next);
    hash_hex(next, out);
    hash_wipe(key, sizeof key);
}

void sigv4_authorization(const struct sigv4_request *r, const struct sigv4_scope *s,
                         struct buf *out)
{
    auto_buf canonical = {0};
    auto_buf names = {0};
    auto_buf to_sign = {0};
    char signature[HASH_HEX_SIZE];
    buf_init(&canonical, MAX_CANONICAL);
    buf_init(&names, MAX_CANONICAL);
    buf_init(&to_sign, MAX_CANONICAL);
    sigv4_canonical_request(r, &canonical, &names);
    sigv4_string_to_sign(s, &canonical, &to_sign);
    sigv4_signature(s, &to_sign, signature);
    buf_addf(out, ALGORITHM " Credential=%s/", s->key_id);
    add_scope(out, s);
    buf_addf(out, ", SignedHeaders=%s, Signature=%s", names.ptr, signature);
}
