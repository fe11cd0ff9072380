/*
 * http.h - one HTTP exchange: what is asked, what came back, and what is known when nothing came.
 *
 * Pure values; the transport (transport.h) performs them.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

#define HTTP_MAX_REPLY (16u * 1024 * 1024)
#define HTTP_MAX_HEADERS 48

struct http_header {
    char *name; /* owned */
    char *value;
};

struct http_headers {
    struct http_header items[HTTP_MAX_HEADERS];
    size_t count;
};

struct http_request {
    char *method; /* owned; "GET" */
    char *url; /* owned; scheme://host[:port]/path[?query], already encoded; sent byte for byte */
    struct http_headers headers;
    struct buf body;
    int64_t limit_ms;         /* wall time for the whole exchange; 0 = 30 s */
    int64_t connect_limit_ms; /* 0 = 5 s */
    size_t reply_ceiling;     /* bytes; 0 = HTTP_MAX_REPLY */
    bool is_write; /* cancel does not end it once bytes were sent: it is awaited to its limit */
    bool ends_on_cancel;    /* a write that cancel ends all the same */
    int64_t grace_ms;       /* so long after the cancel its answer is still waited for */
    bool allows_plain_http; /* http:// to hosts that are not loopback; never for signed requests */
    const char *ca_file;    /* borrowed; NULL = the system's */
};

/* What is known about bytes of a request that has no reply. Decides what may be repeated. */
enum http_sent { HTTP_NOTHING_SENT, HTTP_MAYBE_SENT };

struct http_reply {
    int status;
    struct http_headers headers;
    struct buf body;
    int64_t date_ms; /* the server's Date header, 0 = none */
    int64_t elapsed_us;
};

void http_request_init(struct http_request *r, const char *method, const char *url);
void http_request_clear(struct http_request *r);
void http_request_header(struct http_request *r, const char *name, const char *value); /* appends */
void http_reply_init(struct http_reply *r);
void http_reply_clear(struct http_reply *r);
const char *http_reply_header(const struct http_reply *r,
                              const char *name); /* NULL = absent; any case */

struct http_url {
    char *scheme, *host, *path, *query; /* owned; query "" when none; path at least "/" */
    int port;                           /* 0 = the scheme's own */
};
bool http_parse_url(const char *url, struct http_url *out, struct error *err) FD_MUST_USE;
void http_url_clear(struct http_url *u);
char *
http_url_authority(const struct http_url *u); /* host[:port] as the Host header spells it; yours */
bool http_host_is_loopback(const char *host); /* localhost, 127.0.0.0/8, ::1 */

#endif
