/*
 * transport.c - the transport thread: one curl multi handle, requests posted to it from any thread.
 *
 * A caller puts a struct exchange on the list, wakes the thread and sleeps on the exchange's own
 * eventfd (and on the cancel flag). From then until `done_fd` fires, everything in the exchange but
 * `is_cancel_asked` belongs to the transport thread.
 */
#include "net/transport.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define DEFAULT_LIMIT_MS 30000
#define DEFAULT_CONNECT_LIMIT_MS 5000
#define IDLE_WAKE_MS 10000
/* Load balancers close idle connections after 60 s or more; ours are given up before that. */
#define MAX_IDLE_S 55L
#define MAX_KEPT_CONNECTIONS 32L
#define MAX_HEADER_BYTES (64u * 1024)

/* One request on its way. */
struct exchange {
    struct exchange *next;              /* in transport.posted, then in transport.active */
    const struct http_request *request; /* borrowed from the waiting caller, or &own_request */
    struct http_request own_request;    /* of a warm-up, which nobody waits for */
    bool is_detached;                   /* a warm-up: freed by the thread */
    bool is_loopback;
    CURL *easy;
    struct curl_slist *header_list;
    char *target; /* path?query, sent byte for byte */
    char *origin; /* scheme://host[:port], for messages */
    struct http_reply reply;
    size_t header_bytes;
    size_t body_bytes_out;
    int times_started;   /* how often curl was about to write the request */
    bool has_header_end; /* the empty line behind the headers came */
    bool is_over_ceiling;
    bool is_repeat_refused;
    atomic_bool is_cancel_asked; /* set by the caller, or by transport_close */
    bool is_done;
    bool is_ok;
    struct error err;
    char curl_text[CURL_ERROR_SIZE];
    int done_fd;
};

struct transport {
    pthread_t thread;
    CURLM *multi; /* only curl_multi_wakeup may be called from other threads */
    pthread_mutex_t lock;
    struct exchange *posted; /* guarded by lock; newest first */
    bool is_closing;         /* guarded by lock */
    struct exchange *active; /* transport thread only */
    atomic_bool only_loopback;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_init_result;

static void init_curl(void) { curl_init_result = curl_global_init(CURL_GLOBAL_DEFAULT); }

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
    if (len >= 5 && strncmp(bytes, "HTTP/", 5) == 0) {
        /* A status line: also after "100 Continue", whose headers are not the reply's. */
        if (x->header_bytes == 0)
            crash_point("receive.before");
        http_reply_clear(&x->reply);
    }
    x->header_bytes += len;
    if (x->header_bytes > MAX_HEADER_BYTES) {
        x->is_over_ceiling = true;
        return 0;
    }
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

static void release_exchange(struct exchange *x)
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

/* Hands the exchange back to its caller; it must not be touched after this. */
static void signal_done(struct exchange *x)
{
    if (x->is_detached) {
        release_exchange(x);
        return;
    }
    uint64_t one = 1;
    ssize_t written = write(x->done_fd, &one, sizeof one);
    assert(written == (ssize_t)sizeof one);
    (void)written;
}

static void remove_active(struct transport *t, struct exchange *x)
{
    for (struct exchange **at = &t->active; *at; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            break;
        }
    curl_multi_remove_handle(t->multi, x->easy);
    curl_easy_cleanup(x->easy);
    x->easy = NULL;
}

static void cancel_exchange(struct transport *t, struct exchange *x)
{
    x->is_ok = false;
    error_set(&x->err, ERROR_CANCELLED, "the request to %s was cancelled", x->origin);
    if (x->easy)
        remove_active(t, x);
    signal_done(x);
}

/* --- the thread --- */

static void start_exchange(struct transport *t, struct exchange *x)
{
    if (atomic_load(&x->is_cancel_asked)) {
        cancel_exchange(t, x);
        return;
    }
    x->easy = curl_easy_init();
    if (!x->easy) {
        error_set(&x->err, ERROR_INTERNAL, "cannot make a curl handle");
        signal_done(x);
        return;
    }
    set_options(x);
    x->next = t->active;
    t->active = x;
    CURLMcode code = curl_multi_add_handle(t->multi, x->easy);
    if (code != CURLM_OK) {
        error_set(&x->err, ERROR_INTERNAL, "could not start a request: %s",
                  curl_multi_strerror(code));
        remove_active(t, x);
        signal_done(x);
    }
}

static bool take_posted(struct transport *t, struct exchange **posted)
{
    pthread_mutex_lock(&t->lock);
    *posted = t->posted;
    t->posted = NULL;
    bool is_closing = t->is_closing;
    pthread_mutex_unlock(&t->lock);
    return !is_closing;
}

static void start_posted(struct transport *t, struct exchange *posted)
{
    struct exchange *in_order = NULL;
    while (posted) {
        struct exchange *next = posted->next;
        posted->next = in_order;
        in_order = posted;
        posted = next;
    }
    while (in_order) {
        struct exchange *next = in_order->next;
        start_exchange(t, in_order);
        in_order = next;
    }
}

/* Ends what may be ended: everything but a write whose bytes may have left. */
static void end_cancelled(struct transport *t)
{
    struct exchange *next;
    for (struct exchange *x = t->active; x; x = next) {
        next = x->next;
        bool must_wait = x->request->is_write && x->times_started > 0;
        if (atomic_load(&x->is_cancel_asked) && !must_wait)
            cancel_exchange(t, x);
    }
}

static void collect_finished(struct transport *t)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(t->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        struct exchange *x = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&x);
        bool was_cancelled = code == CURLE_ABORTED_BY_CALLBACK && x->times_started == 0;
        if (was_cancelled) {
            cancel_exchange(t, x);
            continue;
        }
        if (code == CURLE_OK)
            finish_reply(x);
        else
            fail_exchange(x, code);
        remove_active(t, x);
        signal_done(x);
    }
}

static void *run_thread(void *context)
{
    struct transport *t = context;
    struct exchange *posted = NULL;
    while (take_posted(t, &posted)) {
        start_posted(t, posted);
        end_cancelled(t);
        int running = 0;
        curl_multi_perform(t->multi, &running);
        collect_finished(t);
        curl_multi_poll(t->multi, NULL, 0, IDLE_WAKE_MS, NULL);
    }
    start_posted(t, posted);
    while (t->active)
        cancel_exchange(t, t->active);
    return NULL;
}

/* --- for any thread --- */

bool transport_open(struct transport **out, struct error *err)
{
    pthread_once(&curl_once, init_curl);
    if (curl_init_result != CURLE_OK)
        return error_set(err, ERROR_INTERNAL, "could not initialise libcurl: %s",
                         curl_easy_strerror(curl_init_result));
    struct transport *t = xcalloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    t->multi = curl_multi_init();
    if (!t->multi) {
        pthread_mutex_destroy(&t->lock);
        free(t);
        return error_set(err, ERROR_INTERNAL, "could not make a curl multi handle");
    }
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, MAX_KEPT_CONNECTIONS);
    /* All signals stay with the threads that expect them; SIGPIPE becomes an error of write(). */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&t->thread, NULL, run_thread, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        curl_multi_cleanup(t->multi);
        pthread_mutex_destroy(&t->lock);
        free(t);
        return error_set(err, ERROR_INTERNAL, "could not start the transport thread: %s",
                         strerror(failed));
    }
    *out = t;
    return true;
}

void transport_close(struct transport *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->is_closing = true;
    pthread_mutex_unlock(&t->lock);
    curl_multi_wakeup(t->multi);
    pthread_join(t->thread, NULL);
    curl_multi_cleanup(t->multi);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

void transport_only_loopback(struct transport *t) { atomic_store(&t->only_loopback, true); }

/* Refuses what must not leave this machine; fills target, origin and is_loopback. */
static bool check_address(struct transport *t, struct exchange *x, struct error *err)
{
    struct http_url url;
    if (!http_parse_url(x->request->url, &url, err))
        return error_wrap(err, "address");
    x->is_loopback = http_host_is_loopback(url.host);
    auto_free char *authority = http_url_authority(&url);
    x->origin = xasprintf("%s://%s", url.scheme, authority);
    x->target = url.query[0] ? xasprintf("%s?%s", url.path, url.query) : xstrdup(url.path);
    bool is_plain = strcmp(url.scheme, "http") == 0;
    http_url_clear(&url);
    if (x->is_loopback)
        return true;
    if (atomic_load(&t->only_loopback)) {
        error_set(err, ERROR_USAGE, "%s is not on this machine", x->origin);
        return error_hint(err, "the demo talks to its own sandbox only");
    }
    if (clock_setting().speed != 1.0) {
        error_set(err, ERROR_USAGE,
                  "%s is not on this machine, and the clock runs %g times as fast", x->origin,
                  clock_setting().speed);
        return error_hint(err, "a speed other than 1 is for the sandbox: unset FLIGHTDECK_CLOCK");
    }
    if (is_plain && !x->request->allows_plain_http) {
        error_set(err, ERROR_USAGE, "%s would be asked without encryption", x->origin);
        return error_hint(err, "use https://; plain http is for this machine only");
    }
    return true;
}

static struct exchange *new_exchange(const struct http_request *request)
{
    struct exchange *x = xcalloc(1, sizeof *x);
    x->request = request;
    x->done_fd = -1;
    http_reply_init(&x->reply);
    if (request->reply_ceiling > 0)
        x->reply.body.ceiling = request->reply_ceiling;
    return x;
}

static bool post_exchange(struct transport *t, struct exchange *x)
{
    pthread_mutex_lock(&t->lock);
    bool is_open = !t->is_closing;
    if (is_open) {
        x->next = t->posted;
        t->posted = x;
    }
    pthread_mutex_unlock(&t->lock);
    if (is_open)
        curl_multi_wakeup(t->multi);
    return is_open;
}

static void wait_for_end(struct transport *t, struct exchange *x, struct cancel *cancel)
{
    struct pollfd fds[2] = {{.fd = x->done_fd, .events = POLLIN},
                            {.fd = cancel_fd(cancel), .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, -1);
        if (ready < 0) {
            assert(errno == EINTR);
            continue;
        }
        uint64_t count;
        if (fds[0].revents && read(x->done_fd, &count, sizeof count) == (ssize_t)sizeof count)
            return;
        if (fds[1].revents) {
            atomic_store(&x->is_cancel_asked, true);
            fds[1].fd = -1; /* asked once; from now on only the end is awaited */
            curl_multi_wakeup(t->multi);
        }
    }
}

bool transport_exchange(struct transport *t, const struct http_request *request,
                        struct cancel *cancel, struct http_reply *reply, enum http_sent *sent,
                        struct error *err)
{
    *sent = HTTP_NOTHING_SENT;
    struct exchange *x = new_exchange(request);
    if (!check_address(t, x, err)) {
        release_exchange(x);
        return false;
    }
    x->done_fd = eventfd(0, EFD_CLOEXEC);
    if (x->done_fd < 0) {
        release_exchange(x);
        return error_set(err, ERROR_INTERNAL, "could not make an eventfd: %s", strerror(errno));
    }
    if (cancel_is_set(cancel) || !post_exchange(t, x)) {
        error_set(err, ERROR_CANCELLED, "the request to %s was cancelled", x->origin);
        release_exchange(x);
        return false;
    }
    wait_for_end(t, x, cancel);
    crash_point("receive.after");
    if (x->times_started > 0)
        *sent = HTTP_MAYBE_SENT;
    bool is_ok = x->is_ok;
    if (is_ok) {
        struct http_reply filled = x->reply;
        x->reply = *reply; /* whatever it held is freed with the exchange */
        *reply = filled;
    } else {
        *err = x->err;
    }
    release_exchange(x);
    return is_ok;
}

/*
 * An unsigned HEAD of the root: any answer, also a 403, leaves an open connection behind. Nobody
 * waits for it and its failure is nobody's business.
 */
void transport_warm(struct transport *t, const char *origin)
{
    struct exchange *x = xcalloc(1, sizeof *x);
    http_request_init(&x->own_request, "HEAD", origin);
    x->own_request.limit_ms = DEFAULT_CONNECT_LIMIT_MS;
    x->request = &x->own_request;
    x->is_detached = true;
    x->done_fd = -1;
    http_reply_init(&x->reply);
    struct error ignored;
    if (!check_address(t, x, &ignored) || !post_exchange(t, x))
        release_exchange(x);
}
