/* exchange.c - sets up a curl handle for one request, gathers its reply and names its failure. */
#include "net/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/crash.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define DEFAULT_LIMIT_MS 30000
#define DEFAULT_CONNECT_LIMIT_MS 5000
/* Load balancers close idle connections after 60 s or more; ours are given up before that. */
#define MAX_IDLE_S 55L
#define MAX_HEADER_BYTES (64u * 1024)

/* --- what curl calls while an exchange runs (transport thread) --- */

/*
 * The last moment at which nothing of the request has left. curl comes here again when it wants to
 * repeat a request because a kept-open connection died under it; a write is never repeated like
 * that, since the first one may have arrived.
 */
static int before_send(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    struct exchange *x = context;
    if (atomic_load(&x->is_cancel_asked) && x->times_started == 0)
        return CURL_PREREQFUNC_ABORT;
    if (x->times_started > 0 && x->request->is_write) {
        x->is_repeat_refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    crash_point("send.before");
    x->times_started++;
    return CURL_PREREQFUNC_OK;
}

#ifdef FD_CRASH_POINTS
/* Finds the moment at which the whole request was handed to the kernel. */
static int watch_bytes(CURL *easy, curl_infotype type, char *bytes, size_t len, void *context)
{
    (void)easy, (void)bytes;
    struct exchange *x = context;
    if (type == CURLINFO_DATA_OUT)
        x->body_bytes_out += len;
    bool is_request = type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT;
    if (is_request && x->body_bytes_out >= x->request->body.len)
        crash_point("send.after");
    return 0;
}
#endif

static void add_reply_header(struct http_reply *reply, struct text line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    if (!colon || reply->headers.count == HTTP_MAX_HEADERS)
        return;
    size_t name_len = (size_t)(colon - line.ptr);
    struct text name = text_trim((struct text){line.ptr, name_len});
    struct text value = text_trim((struct text){colon + 1, line.len - name_len - 1});
    struct http_header *header = &reply->headers.items[reply->headers.count++];
    header->name = text_dup(name);
    header->value = text_dup(value);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    size_t len = size * count;
    bool is_status = len >= 5 && strncmp(bytes, "HTTP/", 5) == 0;
    if (is_status) {
        /* Also after "100 Continue", whose headers are not the reply's. */
        if (x->header_bytes == 0)
            crash_point("receive.before");
        http_reply_clear(&x->reply);
        x->has_header_end = false;
    }
    x->header_bytes += len;
    if (x->header_bytes > MAX_HEADER_BYTES) {
        x->is_over_ceiling = true;
        return 0;
    }
    if (is_status || x->has_header_end)
        return len; /* the latter is a trailer, which comes after a chunked body */
    x->has_header_end = bytes[0] == '\r' || bytes[0] == '\n';
    add_reply_header(&x->reply, (struct text){bytes, len});
    return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    size_t len = size * count;
    buf_add(&x->reply.body, bytes, len);
    if (x->reply.body.is_full) {
        x->is_over_ceiling = true;
        return 0;
    }
    return len;
}

/* --- setting up one exchange (transport thread) --- */

static const char *const own_header_names[] = {"Content-Type", "Expect"};

/* curl adds headers of its own that were not signed or asked for: "Name:" switches them off. */
static void add_request_headers(struct exchange *x)
{
    const struct http_headers *headers = &x->request->headers;
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < headers->count; i++) {
        const char *value = headers->items[i].value;
        /* "Name;" is curl's way to send a header without a value. */
        auto_free char *line = value[0] ? xasprintf("%s: %s", headers->items[i].name, value)
                                        : xasprintf("%s;", headers->items[i].name);
        list = curl_slist_append(list, line);
        hash_wipe(line, strlen(line)); /* Authorization and the session token pass here */
    }
    for (size_t n = 0; n < sizeof own_header_names / sizeof own_header_names[0]; n++) {
        bool is_given = false;
        for (size_t i = 0; i < headers->count; i++)
            is_given |= strcasecmp(headers->items[i].name, own_header_names[n]) == 0;
        auto_free char *line = xasprintf("%s:", own_header_names[n]);
        if (!is_given)
            list = curl_slist_append(list, line);
    }
    x->header_list = list;
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, list);
}

static void set_method(struct exchange *x)
{
    const struct http_request *r = x->request;
    if (strcmp(r->method, "HEAD") == 0) {
        curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    bool has_body = r->body.len > 0 || strcmp(r->method, "POST") == 0 ||
                    strcmp(r->method, "PUT") == 0 || strcmp(r->method, "PATCH") == 0;
    if (has_body) {
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, r->body.ptr);
    } else {
        curl_easy_setopt(x->easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_tls(struct exchange *x)
{
    const char *file = x->request->ca_file;
    if (!file || !file[0])
        file = getenv("CURL_CA_BUNDLE");
    if (!file || !file[0])
        file = getenv("SSL_CERT_FILE");
    if (file && file[0])
        curl_easy_setopt(x->easy, CURLOPT_CAINFO, file);
    curl_easy_setopt(x->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void set_options(struct exchange *x)
{
    const struct http_request *r = x->request;
    CURL *easy = x->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_text);
    curl_easy_setopt(easy, CURLOPT_URL, r->url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    /* A proxy for plain http needs the whole address in the request line, which curl makes. */
    if (!x->is_plain || x->is_loopback)
        curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, x->target);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "flightdeck");
    /* Threads: no signals, and a name look-up that hangs is left behind instead of waited for. */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 20L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, MAX_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(r->limit_ms > 0 ? r->limit_ms : DEFAULT_LIMIT_MS));
    curl_easy_setopt(
        easy, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(r->connect_limit_ms > 0 ? r->connect_limit_ms : DEFAULT_CONNECT_LIMIT_MS));
    if (x->is_loopback)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    /* What a proxy answers to CONNECT is no part of the reply. */
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
#ifdef FD_CRASH_POINTS
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, watch_bytes);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, x);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
#endif
    set_tls(x);
    set_method(x);
    add_request_headers(x);
}

bool exchange_open_handle(struct exchange *x)
{
    x->easy = curl_easy_init();
    if (!x->easy)
        return error_set(&x->err, ERROR_INTERNAL, "cannot make a curl handle");
    set_options(x);
    return true;
}

/* --- the end of one exchange (transport thread) --- */

struct failure_row {
    CURLcode code;
    enum error_kind before; /* when nothing had been sent */
    enum error_kind after;  /* when bytes may have left */
    const char *name;       /* error.code */
    const char *hint;
};

static const struct failure_row failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERROR_TRANSIENT, ERROR_UNKNOWN, "RESOLVE",
     "check the network and the host name"},
    {CURLE_COULDNT_RESOLVE_PROXY, ERROR_TRANSIENT, ERROR_UNKNOWN, "RESOLVE",
     "check https_proxy in the environment"},
    {CURLE_COULDNT_CONNECT, ERROR_TRANSIENT, ERROR_UNKNOWN, "CONNECT",
     "is the endpoint right and reachable from here?"},
    {CURLE_SSL_CONNECT_ERROR, ERROR_TRANSIENT, ERROR_UNKNOWN, "TLS", ""},
    {CURLE_PEER_FAILED_VERIFICATION, ERROR_DENIED, ERROR_UNKNOWN, "TLS_NOT_TRUSTED",
     "behind a company proxy, name its certificate file in AWS_CA_BUNDLE"},
    {CURLE_SSL_CACERT_BADFILE, ERROR_USAGE, ERROR_UNKNOWN, "TLS_CA_FILE",
     "the file of trusted certificates cannot be read: see AWS_CA_BUNDLE and ca_bundle"},
    {CURLE_OPERATION_TIMEDOUT, ERROR_TRANSIENT, ERROR_UNKNOWN, "TIMEOUT", ""},
    {CURLE_SEND_ERROR, ERROR_TRANSIENT, ERROR_UNKNOWN, "CONNECTION_LOST", ""},
    {CURLE_RECV_ERROR, ERROR_TRANSIENT, ERROR_UNKNOWN, "CONNECTION_LOST", ""},
    {CURLE_GOT_NOTHING, ERROR_TRANSIENT, ERROR_UNKNOWN, "CONNECTION_LOST", ""},
    {CURLE_PARTIAL_FILE, ERROR_UNKNOWN, ERROR_UNKNOWN, "TRUNCATED", ""},
    {CURLE_WEIRD_SERVER_REPLY, ERROR_INTERNAL, ERROR_INTERNAL, "NOT_HTTP",
     "is this address really an HTTP server?"},
    {CURLE_UNSUPPORTED_PROTOCOL, ERROR_INTERNAL, ERROR_INTERNAL, "NOT_HTTP",
     "is this address really an HTTP server?"},
    {CURLE_HTTP2, ERROR_INTERNAL, ERROR_INTERNAL, "NOT_HTTP", ""},
};

static const char *curl_message(const struct exchange *x, CURLcode code)
{
    return x->curl_text[0] ? x->curl_text : curl_easy_strerror(code);
}

static void fail_exchange(struct exchange *x, CURLcode code)
{
    bool is_sent = x->times_started > 0;
    x->is_ok = false;
    if (x->is_over_ceiling) {
        error_set(&x->err, ERROR_INTERNAL, "the reply of %s is larger than %zu bytes", x->origin,
                  x->reply.body.ceiling);
        error_code(&x->err, "TOO_LARGE");
        return;
    }
    if (x->is_repeat_refused) {
        error_set(&x->err, ERROR_UNKNOWN, "the connection to %s ended before an answer came",
                  x->origin);
        error_code(&x->err, "CONNECTION_LOST");
        return;
    }
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure_row *row = &failures[i];
        if (row->code != code)
            continue;
        error_set(&x->err, is_sent ? row->after : row->before, "no whole answer from %s: %s",
                  x->origin, curl_message(x, code));
        error_code(&x->err, row->name);
        if (row->hint[0])
            error_hint(&x->err, "%s", row->hint);
        return;
    }
    error_set(&x->err, is_sent ? ERROR_UNKNOWN : ERROR_TRANSIENT, "no whole answer from %s: %s",
              x->origin, curl_message(x, code));
    error_code(&x->err, "HTTP_CLIENT");
}

static void finish_reply(struct exchange *x)
{
    long status = 0;
    curl_off_t total_us = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &total_us);
    x->reply.status = (int)status;
    x->reply.elapsed_us = (int64_t)total_us;
    const char *date = http_reply_header(&x->reply, "Date");
    time_t seconds = date ? curl_getdate(date, NULL) : -1;
    x->reply.date_ms = seconds > 0 ? (int64_t)seconds * 1000 : 0;
    /* curl takes a connection that ends amid the headers for a whole reply. */
    x->is_ok = status >= 100 && x->has_header_end;
    if (!x->is_ok) {
        error_set(&x->err, ERROR_UNKNOWN, "no whole answer from %s: it ended in its headers",
                  x->origin);
        error_code(&x->err, "TRUNCATED");
    }
}

void exchange_finish(struct exchange *x, CURLcode code)
{
    if (code == CURLE_OK)
        finish_reply(x);
    else
        fail_exchange(x, code);
}

/* --- making and freeing (any thread) --- */

struct exchange *exchange_new(const struct http_request *request)
{
    struct exchange *x = xcalloc(1, sizeof *x);
    x->request = request;
    x->done_fd = -1;
    http_reply_init(&x->reply);
    if (request->reply_ceiling > 0)
        x->reply.body.ceiling = request->reply_ceiling;
    return x;
}

struct exchange *exchange_new_detached(const char *method, const char *url, int64_t limit_ms)
{
    struct http_request request;
    http_request_init(&request, method, url);
    request.limit_ms = limit_ms;
    struct exchange *x = exchange_new(&request);
    x->own_request = request;
    x->request = &x->own_request;
    x->is_detached = true;
    return x;
}

void exchange_free(struct exchange *x)
{
    for (struct curl_slist *line = x->header_list; line; line = line->next)
        hash_wipe(line->data, strlen(line->data));
    curl_slist_free_all(x->header_list);
    free(x->target);
    free(x->origin);
    http_reply_clear(&x->reply);
    if (x->is_detached)
        http_request_clear(&x->own_request);
    if (x->done_fd >= 0)
        close(x->done_fd);
    free(x);
}
