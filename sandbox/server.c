/* server.c - libmicrohttpd around dispatch.c; what a fault does to a connection. */
#include "sandbox/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/cancel.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/app.h"
#include "sandbox/control.h"

#define MAX_BODY (8u * 1024 * 1024) /* Lambda takes 6 MB */
#define MAX_HEADERS 64
#define MAX_CONNECTIONS 256
#define IDLE_LIMIT_S 300
#define STACK_SIZE (512u * 1024)
#define SLOW_MS 25000 /* longer than the 20 s that our client waits */

struct server {
    const struct dispatch *dispatch;
    struct MHD_Daemon *daemon;
    struct cancel *ending;
    char *url;
};

/* One request on its connection's thread. */
struct exchange {
    char *uri; /* owned; as sent */
    struct buf body;
    bool has_headers, is_too_large;
    struct sigv4_header headers[MAX_HEADERS]; /* borrowed from the connection */
    size_t header_count;
};

/* ---- reading ---- */

/* The only place where libmicrohttpd shows the address as it was sent. */
static void *begin_exchange(void *closure, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *e = xcalloc(1, sizeof *e);
    (void)closure;
    (void)connection;
    e->uri = xstrdup(uri);
    buf_init(&e->body, MAX_BODY);
    return e;
}

static void end_exchange(void *closure, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *e = *context;
    (void)closure;
    (void)connection;
    (void)code;
    if (e == NULL)
        return;
    free(e->uri);
    buf_clear(&e->body);
    free(e);
    *context = NULL;
}

static enum MHD_Result take_header(void *closure, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct exchange *e = closure;
    (void)kind;
    if (e->header_count == MAX_HEADERS)
        return MHD_NO;
    e->headers[e->header_count++] = (struct sigv4_header){name, value != NULL ? value : ""};
    return MHD_YES;
}

/* ---- answering ---- */

struct half { /* a body that breaks off */
    char *bytes;
    size_t len;
};

static ssize_t read_half(void *closure, uint64_t at, char *out, size_t room)
{
    const struct half *h = closure;
    size_t most = h->len / 2;
    if (at >= most)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t count = most - (size_t)at < room ? most - (size_t)at : room;
    memcpy(out, h->bytes + at, count);
    return (ssize_t)count;
}

static void free_half(void *closure)
{
    struct half *h = closure;
    free(h->bytes);
    free(h);
}

static struct MHD_Response *make_response(struct reply *reply, enum fault fault)
{
    size_t len = reply->body.len;
    char *bytes = buf_steal(&reply->body);
    if (fault != FAULT_HALF)
        return MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    struct half *h = xcalloc(1, sizeof *h);
    *h = (struct half){bytes, len};
    return MHD_create_response_from_callback(len, 4096, read_half, h, free_half);
}

/* So that closing it sends a reset, as a broken network does. */
static void break_connection(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *known =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (known != NULL)
        (void)setsockopt(known->connect_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static enum MHD_Result send_reply(const struct server *s, struct MHD_Connection *connection,
                                  struct reply *reply, enum fault fault)
{
    if (fault == FAULT_RESET_BEFORE || fault == FAULT_RESET_AFTER) {
        break_connection(connection);
        return MHD_NO;
    }
    if (fault == FAULT_SLOW && !cancel_sleep_ms(s->ending, SLOW_MS))
        return MHD_NO;
    struct MHD_Response *response = make_response(reply, fault);
    (void)MHD_add_response_header(response, "Content-Type", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        (void)MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned int)reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum fault route(const struct server *s, struct exchange *e, const char *method,
                        struct reply *reply)
{
    struct auth_request q = {
        .wire = {.method = method, .uri = e->uri, .body = e->body.ptr, .body_len = e->body.len},
        .headers = e->headers,
        .header_count = e->header_count,
    };
    q.wire.content_type = auth_header(&q, "Content-Type");
    q.wire.target = auth_header(&q, "X-Amz-Target");
    if (e->is_too_large || e->body.is_full) {
        reply->status = 413;
        return FAULT_NONE;
    }
    if (text_starts_with(e->uri, CONTROL_PREFIX)) {
        control_serve(s->dispatch, &q.wire, reply);
        return FAULT_NONE;
    }
    if (text_starts_with(e->uri, APP_PREFIX)) {
        app_serve(s->dispatch->world, &q, reply);
        return FAULT_NONE;
    }
    enum fault fault = dispatch_request(s->dispatch, &q, reply);
    int64_t late_ms = faults_latency_ms(s->dispatch->faults);
    if (late_ms > 0)
        (void)cancel_sleep_ms(s->ending, late_ms);
    return fault;
}

static enum MHD_Result handle(void *closure, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **context)
{
    const struct server *s = closure;
    struct exchange *e = *context;
    struct reply reply;
    (void)url;
    (void)version;

    if (!e->has_headers) { /* the first call is for the headers only */
        e->has_headers = true;
        return MHD_YES;
    }
    if (*upload_len > 0) {
        buf_add(&e->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    e->is_too_large =
        MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, e) > MAX_HEADERS;
    operation_reply_init(&reply);
    enum fault fault = route(s, e, method, &reply);
    enum MHD_Result result = send_reply(s, connection, &reply, fault);
    operation_reply_clear(&reply);
    return result;
}

/* ---- life ---- */

static bool parse_listen(const char *listen, struct sockaddr_in *out, struct error *err)
{
    const char *colon = strrchr(listen, ':');
    const char *port_text = colon != NULL ? colon + 1 : listen;
    auto_free char *host =
        colon != NULL ? xstrndup(listen, (size_t)(colon - listen)) : xstrdup("127.0.0.1");
    int64_t port;

    *out = (struct sockaddr_in){.sin_family = AF_INET};
    if (!text_to_int64(port_text, &port) || port < 0 || port > 65535)
        return error_set(err, ERROR_USAGE, "\"%s\" is no HOST:PORT to listen on", listen);
    out->sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &out->sin_addr) !=
            1 ||
        (ntohl(out->sin_addr.s_addr) >> 24) != 127) {
        error_set(err, ERROR_USAGE, "the sandbox listens on this computer only, not on \"%s\"",
                  host);
        return error_hint(err, "--listen 127.0.0.1:0");
    }
    return true;
}

static void be_silent(void *closure, const char *fmt, va_list ap)
{
    (void)closure;
    (void)fmt;
    (void)ap;
}

bool server_start(const struct dispatch *dispatch, const char *listen, struct server **out,
                  struct error *err)
{
    struct sockaddr_in address;
    char host[INET_ADDRSTRLEN];

    if (!parse_listen(listen, &address, err))
        return false;
    struct server *s = xcalloc(1, sizeof *s);
    s->dispatch = dispatch;
    s->ending = cancel_new();
    errno = 0;
    s->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                                     MHD_USE_POLL | MHD_USE_ERROR_LOG,
                                 0, NULL, NULL, handle, s, MHD_OPTION_EXTERNAL_LOGGER, be_silent,
                                 NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
                                 begin_exchange, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
                                 NULL, MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
                                 MHD_OPTION_CONNECTION_TIMEOUT, IDLE_LIMIT_S,
                                 MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE, MHD_OPTION_END);
    const union MHD_DaemonInfo *known =
        s->daemon != NULL ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (known == NULL) {
        error_set(err, ERROR_REFUSED, "could not listen on %s: %s", listen,
                  errno != 0 ? strerror(errno) : "the HTTP server did not start");
        server_stop(s);
        return false;
    }
    (void)inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
    s->url = xasprintf("http://%s:%u", host, (unsigned int)known->port);
    *out = s;
    return true;
}

void server_stop(struct server *s)
{
    if (s == NULL)
        return;
    cancel_set(s->ending);
    if (s->daemon != NULL)
        MHD_stop_daemon(s->daemon);
    cancel_unref(s->ending);
    free(s->url);
    free(s);
}

const char *server_url(const struct server *s) { return s->url; }
