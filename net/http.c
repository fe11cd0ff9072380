/* http.c - the values of an HTTP exchange and the one URL parser. */
#include "net/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define MAX_URL (64u * 1024)
#define MAX_REQUEST_BODY (16u * 1024 * 1024)

static void headers_clear(struct http_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->items[i].name);
        /* A session token may be among them. */
        hash_wipe(headers->items[i].value, strlen(headers->items[i].value));
        free(headers->items[i].value);
    }
    headers->count = 0;
}

void http_request_init(struct http_request *r, const char *method, const char *url)
{
    *r = (struct http_request){.method = xstrdup(method), .url = xstrdup(url)};
    buf_init(&r->body, MAX_REQUEST_BODY);
}

void http_request_clear(struct http_request *r)
{
    if (!r || !r->method)
        return;
    free(r->method);
    free(r->url);
    headers_clear(&r->headers);
    buf_clear(&r->body);
    r->method = NULL;
    r->url = NULL;
}

void http_request_header(struct http_request *r, const char *name, const char *value)
{
    assert(r->headers.count < HTTP_MAX_HEADERS);
    struct http_header *header = &r->headers.items[r->headers.count++];
    header->name = xstrdup(name);
    header->value = xstrdup(value);
}

void http_reply_init(struct http_reply *r)
{
    *r = (struct http_reply){0};
    buf_init(&r->body, HTTP_MAX_REPLY);
}

void http_reply_clear(struct http_reply *r)
{
    if (!r)
        return;
    headers_clear(&r->headers);
    buf_clear(&r->body);
    r->status = 0;
    r->date_ms = 0;
    r->elapsed_us = 0;
}

const char *http_reply_header(const struct http_reply *r, const char *name)
{
    for (size_t i = 0; i < r->headers.count; i++)
        if (strcasecmp(r->headers.items[i].name, name) == 0)
            return r->headers.items[i].value;
    return NULL;
}

/* Cuts the scheme off *rest. */
static bool take_scheme(struct text *rest, char **scheme, struct error *err)
{
    static const char *const known[] = {"http", "https"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t len = strlen(known[i]);
        if (rest->len > len + 3 && strncasecmp(rest->ptr, known[i], len) == 0 &&
            strncmp(rest->ptr + len, "://", 3) == 0) {
            *scheme = xstrdup(known[i]);
            *rest = (struct text){rest->ptr + len + 3, rest->len - len - 3};
            return true;
        }
    }
    return error_set(err, ERROR_USAGE, "the address must begin with https:// or http://");
}

static bool take_port(struct text digits, int *port, struct error *err)
{
    auto_free char *copy = text_dup(digits);
    int64_t number = 0;
    if (!text_to_int64(copy, &number) || number < 1 || number > 65535)
        return error_set(err, ERROR_USAGE,
                         "the port of the address is not a number from 1 to 65535");
    *port = (int)number;
    return true;
}

/* authority = host[:port], host may be [v6]; user names are refused: they would
 * end up in logs. */
static bool take_authority(struct text authority, struct http_url *out, struct error *err)
{
    if (memchr(authority.ptr, '@', authority.len))
        return error_set(err, ERROR_USAGE, "an address with a user name in it is not accepted");
    struct text host = authority;
    struct text port = {NULL, 0};
    if (host.len > 0 && host.ptr[0] == '[') {
        const char *end = memchr(host.ptr, ']', host.len);
        if (!end)
            return error_set(err, ERROR_USAGE, "the address has an open '[' in its host");
        size_t after = host.len - (size_t)(end + 1 - host.ptr);
        if (after > 0 && end[1] != ':')
            return error_set(err, ERROR_USAGE, "the address has text behind the ']' of its host");
        if (after > 0)
            port = (struct text){end + 2, after - 1};
        host = (struct text){host.ptr + 1, (size_t)(end - host.ptr) - 1};
    } else {
        const char *colon = memchr(host.ptr, ':', host.len);
        if (colon) {
            port = (struct text){colon + 1, host.len - (size_t)(colon + 1 - host.ptr)};
            host.len = (size_t)(colon - host.ptr);
        }
    }
    if (host.len == 0)
        return error_set(err, ERROR_USAGE, "the address has no host");
    if (port.ptr && !take_port(port, &out->port, err))
        return false;
    out->host = text_dup(host);
    for (char *c = out->host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return true;
}

bool http_parse_url(const char *url, struct http_url *out, struct error *err)
{
    size_t len = strlen(url);
    if (len > MAX_URL)
        return error_set(err, ERROR_USAGE, "the address is longer than %u bytes", MAX_URL);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)url[i] <= ' ' || (unsigned char)url[i] >= 0x7f)
            return error_set(err, ERROR_USAGE, "the address has a character that must be encoded");
    if (memchr(url, '#', len))
        return error_set(err, ERROR_USAGE, "the address has a '#' part, which is never sent");

    struct http_url parsed = {0};
    struct text rest = text_of(url);
    if (!take_scheme(&rest, &parsed.scheme, err))
        goto fail;
    size_t authority_len = 0;
    while (authority_len < rest.len && !strchr("/?", rest.ptr[authority_len]))
        authority_len++;
    if (!take_authority((struct text){rest.ptr, authority_len}, &parsed, err))
        goto fail;
    rest = (struct text){rest.ptr + authority_len, rest.len - authority_len};
    const char *question = memchr(rest.ptr, '?', rest.len);
    size_t path_len = question ? (size_t)(question - rest.ptr) : rest.len;
    parsed.path = path_len > 0 ? xstrndup(rest.ptr, path_len) : xstrdup("/");
    parsed.query = question ? xstrdup(question + 1) : xstrdup("");
    *out = parsed;
    return true;

fail:
    http_url_clear(&parsed);
    return false;
}

void http_url_clear(struct http_url *u)
{
    if (!u)
        return;
    free(u->scheme);
    free(u->host);
    free(u->path);
    free(u->query);
    *u = (struct http_url){0};
}

char *http_url_authority(const struct http_url *u)
{
    bool is_v6 = strchr(u->host, ':') != NULL;
    auto_free char *host = is_v6 ? xasprintf("[%s]", u->host) : xstrdup(u->host);
    return u->port ? xasprintf("%s:%d", host, u->port) : xstrdup(host);
}

bool http_host_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
