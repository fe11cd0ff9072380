/*
 * transport.c - the transport thread: one curl multi handle, requests posted to it from any thread.
 *
 * A caller puts a struct exchange on the list, wakes the thread and sleeps on the exchange's own
 * eventfd (and on the cancel flag) until the thread hands it back.
 */
#include "net/transport.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/mem.h"
#include "net/exchange.h"

#define WARM_LIMIT_MS 5000
#define IDLE_WAKE_MS 10000
#define MAX_KEPT_CONNECTIONS 32L

struct transport {
    pthread_t thread;
    CURLM *multi; /* only curl_multi_wakeup may be called from other threads */
    pthread_mutex_t lock;
    struct exchange *posted; /* guarded by lock; newest first */
    bool is_closing;         /* guarded by lock */
    size_t inside;           /* guarded by lock: threads that still use this transport */
    pthread_cond_t left;     /* the last of them went */
    struct exchange *active; /* transport thread only */
    atomic_bool only_loopback;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_init_result;

static void init_curl(void) { curl_init_result = curl_global_init(CURL_GLOBAL_DEFAULT); }

/* Hands the exchange back to its caller; it must not be touched after this. */
static void signal_done(struct exchange *x)
{
    if (x->is_detached) {
        exchange_free(x);
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
    if (!exchange_open_handle(x)) {
        signal_done(x);
        return;
    }
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
        bool must_wait =
            x->request->is_write && !x->request->ends_on_cancel && x->times_started > 0;
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
        exchange_finish(x, code);
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

static void free_transport(struct transport *t)
{
    if (t->multi)
        curl_multi_cleanup(t->multi);
    pthread_cond_destroy(&t->left);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

bool transport_open(struct transport **out, struct error *err)
{
    pthread_once(&curl_once, init_curl);
    if (curl_init_result != CURLE_OK)
        return error_set(err, ERROR_INTERNAL, "could not initialise libcurl: %s",
                         curl_easy_strerror(curl_init_result));
    struct transport *t = xcalloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->left, NULL);
    t->multi = curl_multi_init();
    if (!t->multi) {
        free_transport(t);
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
        free_transport(t);
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
    /* Whoever was waiting has its answer, but may be about to wake the thread: its cancel came at
     * the same time. */
    pthread_mutex_lock(&t->lock);
    while (t->inside > 0)
        pthread_cond_wait(&t->left, &t->lock);
    pthread_mutex_unlock(&t->lock);
    free_transport(t);
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
    x->is_plain = strcmp(url.scheme, "http") == 0;
    http_url_clear(&url);
    if (x->is_loopback)
        return true;
    if (atomic_load(&t->only_loopback)) {
        error_set(err, ERROR_USAGE, "only this machine is asked here, and %s is not on it",
                  x->origin);
        return error_hint(err, "the demo talks to its own sandbox only");
    }
    if (clock_setting().speed != 1.0) {
        error_set(err, ERROR_USAGE,
                  "the clock runs %g times as fast, and %s is not on this machine",
                  clock_setting().speed, x->origin);
        return error_hint(err, "a speed other than 1 is for the sandbox: unset FLIGHTDECK_CLOCK");
    }
    if (x->is_plain && !x->request->allows_plain_http) {
        error_set(err, ERROR_USAGE, "%s would be asked without encryption", x->origin);
        return error_hint(err, "use https://; plain http is for this machine only");
    }
    return true;
}

static void leave(struct transport *t)
{
    pthread_mutex_lock(&t->lock);
    if (--t->inside == 0)
        pthread_cond_signal(&t->left);
    pthread_mutex_unlock(&t->lock);
}

/* True: the thread has it, and the transport stays until the caller says leave(). */
static bool post_exchange(struct transport *t, struct exchange *x)
{
    pthread_mutex_lock(&t->lock);
    bool is_open = !t->is_closing;
    if (is_open) {
        x->next = t->posted;
        t->posted = x;
        t->inside++;
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
        bool is_nearly_there = fds[1].revents && x->request->grace_ms > 0 &&
                               poll(fds, 1, (int)x->request->grace_ms) == 1;
        if (fds[1].revents && !is_nearly_there) {
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
    struct exchange *x = exchange_new(request);
    if (!check_address(t, x, err)) {
        exchange_free(x);
        return false;
    }
    x->done_fd = eventfd(0, EFD_CLOEXEC);
    if (x->done_fd < 0) {
        exchange_free(x);
        return error_set(err, ERROR_INTERNAL, "could not make an eventfd: %s", strerror(errno));
    }
    if (cancel_is_set(cancel) || !post_exchange(t, x)) {
        error_set(err, ERROR_CANCELLED, "the request to %s was cancelled", x->origin);
        exchange_free(x);
        return false;
    }
    wait_for_end(t, x, cancel);
    leave(t);
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
    exchange_free(x);
    return is_ok;
}

/*
 * An unsigned HEAD of the root: any answer, also a 403, leaves an open connection behind. Nobody
 * waits for it and its failure is nobody's business.
 */
void transport_warm(struct transport *t, const char *origin)
{
    struct exchange *x = exchange_new_detached("HEAD", origin, WARM_LIMIT_MS);
    struct error ignored;
    if (check_address(t, x, &ignored) && post_exchange(t, x))
        leave(t);
    else
        exchange_free(x);
}
