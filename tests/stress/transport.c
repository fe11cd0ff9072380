/* transport.c - eight threads ask, write and cancel at once, also while it is closed; run under
 * ThreadSanitizer. */
#include "net/transport.h"

#define SCRIPTED_MAX_REQUESTS 8192

#include "core/cancel.h"
#include "tests/scripted_server.h"

#define THREADS 8
#define ROUNDS 150
#define CLOSINGS 40
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"

static struct transport *transport;
static struct scripted_server *server;
static int failures[THREADS];

/* Every fifth request is cancelled by another thread at about the time it is on its way. */
static void *cancel_soon(void *context)
{
    cancel_set(context);
    return NULL;
}

static bool ask(int round)
{
    struct http_request request;
    struct http_reply reply;
    struct error err;
    enum http_sent sent;
    bool is_cancelled = round % 5 == 0;
    struct cancel *cancel = cancel_new();
    pthread_t thread;
    http_request_init(&request, round % 3 == 0 ? "PUT" : "GET", server->url);
    request.is_write = round % 3 == 0;
    http_reply_init(&reply);
    if (is_cancelled && pthread_create(&thread, NULL, cancel_soon, cancel) != 0)
        abort();
    bool is_ok = transport_exchange(transport, &request, cancel, &reply, &sent, &err);
    if (is_cancelled)
        pthread_join(thread, NULL);
    bool is_right = is_ok ? reply.status == 200 : is_cancelled && err.kind == ERROR_CANCELLED;
    if (!is_ok && request.is_write && sent == HTTP_MAYBE_SENT)
        is_right = false; /* a write that was sent is awaited */
    http_request_clear(&request);
    http_reply_clear(&reply);
    cancel_unref(cancel);
    return is_right;
}

static void *work(void *context)
{
    int *failed = context;
    for (int round = 0; round < ROUNDS; round++)
        *failed += !ask(round);
    return NULL;
}

/* --- closing it while others wait and are cancelled --- */

static struct cancel *all_of_them;

static void *ask_in_vain(void *context)
{
    struct http_request request;
    struct http_reply reply;
    struct error err;
    enum http_sent sent;
    int *failed = context;
    http_request_init(&request, "GET", server->url);
    http_reply_init(&reply);
    *failed += transport_exchange(transport, &request, all_of_them, &reply, &sent, &err) ||
               err.kind != ERROR_CANCELLED;
    http_request_clear(&request);
    http_reply_clear(&reply);
    return NULL;
}

static int close_amid_waiting(void)
{
    static const struct scripted_step silence[THREADS] = {
        {NULL, SCRIPTED_HANG, 0}, {NULL, SCRIPTED_HANG, 0}, {NULL, SCRIPTED_HANG, 0},
        {NULL, SCRIPTED_HANG, 0}, {NULL, SCRIPTED_HANG, 0}, {NULL, SCRIPTED_HANG, 0},
        {NULL, SCRIPTED_HANG, 0}, {NULL, SCRIPTED_HANG, 0}};
    pthread_t threads[THREADS], canceller;
    int failed[THREADS] = {0}, sum = 0;
    struct error err;
    server = scripted_start(silence, THREADS);
    all_of_them = cancel_new();
    if (!transport_open(&transport, &err))
        return 1;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, ask_in_vain, &failed[i]) != 0)
            abort();
    scripted_wait(server, THREADS);
    if (pthread_create(&canceller, NULL, cancel_soon, all_of_them) != 0)
        abort();
    transport_close(transport);
    pthread_join(canceller, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += failed[i];
    }
    cancel_unref(all_of_them);
    scripted_stop(server);
    return sum;
}

int main(void)
{
    static struct scripted_step steps[THREADS * ROUNDS + 16];
    struct error err;
    pthread_t threads[THREADS];
    int failed = 0;
    /* Closing is announced: an unannounced one makes a write Unknown, and rightly so. */
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        steps[i] = i % 7 == 6 ? (struct scripted_step){REPLY "Connection: close\r\n\r\nhi",
                                                       SCRIPTED_CLOSE, 0}
                              : (struct scripted_step){REPLY "\r\nhi", SCRIPTED_KEEP, 0};
    server = scripted_start(steps, sizeof steps / sizeof steps[0]);
    if (!transport_open(&transport, &err))
        return 1;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, &failures[i]) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        failed += failures[i];
    }
    transport_close(transport);
    printf("%zu requests, %d wrong\n", scripted_requests(server), failed);
    scripted_stop(server);
    for (int round = 0; round < CLOSINGS; round++)
        failed += close_amid_waiting();
    return failed > 0;
}
