/* transport.c - what comes back, and what is known when nothing does, against a server that lies.
 */
#include "net/transport.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/process.h"
#include "tests/scripted_server.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Tue, 24 Nov 2026 10:11:12 GMT\r\n"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct transport *transport;
static struct http_reply reply;
static struct error err;
static enum http_sent sent;

static void open_all(void)
{
    cr_assert(transport_open(&transport, &err), "%s", err.message);
    http_reply_init(&reply);
    err = (struct error){0};
}

static void close_all(void)
{
    http_reply_clear(&reply);
    transport_close(transport);
}

TestSuite(transport, .init = open_all, .fini = close_all, .timeout = 60);

/* One request to the server; body NULL = none. */
static bool ask(struct scripted_server *s, const char *method, const char *body, int64_t limit_ms,
                struct cancel *cancel)
{
    auto_free char *url = xasprintf("%s/a%%2Fb/../c?z=1&a", s->url);
    struct http_request request;
    http_request_init(&request, method, url);
    request.is_write = body != NULL;
    request.limit_ms = limit_ms;
    if (body)
        buf_adds(&request.body, body);
    bool is_ok = transport_exchange(transport, &request, cancel, &reply, &sent, &err);
    http_request_clear(&request);
    return is_ok;
}

Test(transport, brings_status_headers_body_and_date)
{
    static const struct scripted_step steps[] = {{OK "X-A: 1\r\n\r\nhi", SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    cr_assert(ask(s, "GET", NULL, 0, NULL), "%s", err.message);
    cr_expect_eq(reply.status, 200);
    cr_expect_str_eq(http_reply_header(&reply, "x-a"), "1");
    cr_expect_str_eq(reply.body.ptr, "hi");
    cr_expect_eq(reply.date_ms, 1795515072000);
    cr_expect_gt(reply.elapsed_us, 0);
    cr_expect_eq(sent, HTTP_MAYBE_SENT);
    scripted_stop(s);
}

/* Headers may follow a chunked body; they say nothing about the reply and end nothing. */
Test(transport, a_reply_with_trailers_is_whole)
{
    static const struct scripted_step steps[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
         "2\r\nhi\r\n0\r\nX-A: 2\r\nX-B: 3\r\n\r\n",
         SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    cr_assert(ask(s, "PUT", "{}", 0, NULL), "%s", err.message);
    cr_expect_str_eq(reply.body.ptr, "hi");
    cr_expect_str_eq(http_reply_header(&reply, "x-a"), "1");
    cr_expect_null(http_reply_header(&reply, "x-b"));
    scripted_stop(s);
}

Test(transport, sends_the_path_byte_for_byte_and_no_header_of_its_own_that_matters)
{
    static const struct scripted_step steps[] = {{OK "\r\nhi", SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    cr_assert(ask(s, "PUT", "{}", 0, NULL), "%s", err.message);
    cr_expect_eq(strstr(s->requests[0], "PUT /a%2Fb/../c?z=1&a HTTP/1.1\r\n"), s->requests[0], "%s",
                 s->requests[0]);
    cr_expect_null(strcasestr(s->requests[0], "\r\nexpect:"));
    cr_expect_null(strcasestr(s->requests[0], "\r\ncontent-type:"));
    cr_expect_not_null(strstr(s->requests[0], "\r\nContent-Length: 2\r\n"));
    cr_expect_not_null(strstr(s->requests[0], "\r\n\r\n{}"));
    scripted_stop(s);
}

Test(transport, never_follows_a_redirect)
{
    static const struct scripted_step steps[] = {
        {"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    cr_assert(ask(s, "GET", NULL, 0, NULL), "%s", err.message);
    cr_expect_eq(reply.status, 307);
    scripted_stop(s);
}

Test(transport, keeps_connections_open)
{
    static const struct scripted_step steps[] = {{OK "\r\nhi", SCRIPTED_KEEP, 0},
                                                 {OK "\r\nhi", SCRIPTED_KEEP, 0},
                                                 {OK "\r\nhi", SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    for (int i = 0; i < 3; i++)
        cr_assert(ask(s, i == 1 ? "PUT" : "GET", i == 1 ? "{}" : NULL, 0, NULL), "%s", err.message);
    cr_expect_eq(s->connection_count, 1);
    scripted_stop(s);
}

Test(transport, a_warm_connection_serves_the_next_request)
{
    static const struct scripted_step steps[] = {
        {"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n", SCRIPTED_KEEP, 0},
        {OK "\r\nhi", SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    transport_warm(transport, s->url);
    cr_assert(scripted_wait(s, 1));
    cr_expect(strncmp(s->requests[0], "HEAD / HTTP/1.1\r\n", 17) == 0);
    /* The reply may still be on its way, so this request may open a second connection; then the
     * third finds one of the two. */
    cr_assert(ask(s, "GET", NULL, 0, NULL), "%s", err.message);
    cr_expect_leq(s->connection_count, 2);
    scripted_stop(s);
}

/* Each way in which no whole reply comes, for a read and for a write. */
Test(transport, says_what_is_known_when_no_whole_reply_came)
{
    static const struct {
        const char *what;
        struct scripted_step step;
        enum error_kind kind;
        const char *code;
    } cases[] = {
        {"reset after the request", {NULL, SCRIPTED_RESET, 0}, ERROR_UNKNOWN, "CONNECTION_LOST"},
        {"closed after the request", {NULL, SCRIPTED_CLOSE, 0}, ERROR_UNKNOWN, "CONNECTION_LOST"},
        {"half a body", {OK "\r\nh", SCRIPTED_CLOSE, 0}, ERROR_UNKNOWN, "TRUNCATED"},
        {"no answer in time", {NULL, SCRIPTED_HANG, 0}, ERROR_UNKNOWN, "TIMEOUT"},
        {"half a body in time", {OK "\r\nh", SCRIPTED_HANG, 0}, ERROR_UNKNOWN, "TIMEOUT"},
        {"not HTTP", {"SSH-2.0-OpenSSH_9.2\r\n", SCRIPTED_CLOSE, 0}, ERROR_INTERNAL, "NOT_HTTP"},
        {"a header without end",
         {"HTTP/1.1 200 OK\r\nX: ", SCRIPTED_CLOSE, 0},
         ERROR_UNKNOWN,
         "TRUNCATED"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int is_write = 0; is_write < 2; is_write++) {
            struct scripted_server *s = scripted_start(&cases[i].step, 1);
            cr_expect_not(ask(s, is_write ? "PUT" : "GET", is_write ? "{}" : NULL, 300, NULL), "%s",
                          cases[i].what);
            cr_expect_eq(err.kind, cases[i].kind, "%s: %s %s", cases[i].what,
                         error_kind_name(err.kind), err.message);
            cr_expect_str_eq(err.code, cases[i].code, "%s: %s", cases[i].what, err.message);
            cr_expect_eq(sent, HTTP_MAYBE_SENT, "%s", cases[i].what);
            cr_expect_eq(scripted_requests(s), 1, "%s", cases[i].what);
            scripted_stop(s);
        }
    }
}

Test(transport, knows_that_nothing_was_sent_when_nobody_listens)
{
    struct scripted_server *s = scripted_start(NULL, 0);
    auto_free char *url = xstrdup(s->url);
    scripted_stop(s);
    struct http_request request;
    http_request_init(&request, "PUT", url);
    request.is_write = true;
    cr_expect_not(transport_exchange(transport, &request, NULL, &reply, &sent, &err));
    cr_expect_eq(err.kind, ERROR_TRANSIENT);
    cr_expect_str_eq(err.code, "CONNECT");
    cr_expect_eq(sent, HTTP_NOTHING_SENT);
    http_request_clear(&request);
}

/* curl repeats a request by itself when a kept-open connection dies: fatal for a write. */
Test(transport, does_not_repeat_a_write_on_a_dead_connection)
{
    static const struct scripted_step steps[] = {{OK "\r\nhi", SCRIPTED_KEEP, 0},
                                                 {NULL, SCRIPTED_CLOSE, 0},
                                                 {OK "\r\nhi", SCRIPTED_KEEP, 0}};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    cr_assert(ask(s, "GET", NULL, 0, NULL), "%s", err.message);
    cr_expect_not(ask(s, "PUT", "{}", 0, NULL));
    cr_expect_eq(err.kind, ERROR_UNKNOWN, "%s", err.message);
    cr_expect_eq(sent, HTTP_MAYBE_SENT);
    cr_expect_eq(scripted_requests(s), 2);
    scripted_stop(s);
}

Test(transport, refuses_a_reply_over_its_ceiling)
{
    struct buf headers;
    buf_init(&headers, 1 << 20);
    buf_adds(&headers, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 2000; i++)
        buf_addf(&headers, "X-Fill-%d: 0123456789012345678901234567890123456789\r\n", i);
    const struct scripted_step cases[] = {
        {"HTTP/1.1 200 OK\r\n\r\n0123456789", SCRIPTED_CLOSE, 5000},
        {headers.ptr, SCRIPTED_HANG, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scripted_server *s = scripted_start(&cases[i], 1);
        struct http_request request;
        http_request_init(&request, "GET", s->url);
        request.reply_ceiling = 1000;
        cr_expect_not(transport_exchange(transport, &request, NULL, &reply, &sent, &err));
        cr_expect_eq(err.kind, ERROR_INTERNAL);
        cr_expect_str_eq(err.code, "TOO_LARGE", "%zu: %s", i, err.message);
        http_request_clear(&request);
        scripted_stop(s);
    }
    buf_clear(&headers);
}

/* --- TLS --- */

struct tls_server {
    pid_t pid;
    char folder[64], certificate[96], url[64];
};

/* `openssl s_server` with a certificate for localhost; false where openssl is missing. */
static bool start_tls(struct tls_server *s)
{
    snprintf(s->folder, sizeof s->folder, "/tmp/flightdeck-tls-XXXXXX");
    cr_assert_not_null(mkdtemp(s->folder));
    snprintf(s->certificate, sizeof s->certificate, "%s/certificate", s->folder);
    auto_free char *key = xasprintf("%s/key", s->folder);
    const char *const make[] = {"openssl",  "req",
                                "-x509",    "-newkey",
                                "rsa:2048", "-nodes",
                                "-keyout",  key,
                                "-out",     s->certificate,
                                "-subj",    "/CN=localhost",
                                "-addext",  "subjectAltName=DNS:localhost",
                                "-days",    "1",
                                NULL};
    const struct process_options making = {.argv = make, .limit_ms = 30000};
    int code = 0;
    if (!process_run(&making, NULL, &code, &err) || code != 0)
        return false;
    int out[2];
    cr_assert_eq(pipe(out), 0);
    s->pid = fork();
    if (s->pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key,
               "-cert", s->certificate, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    char line[256];
    int port = 0;
    while (port == 0 && fgets(line, sizeof line, lines))
        if (strncmp(line, "ACCEPT 127.0.0.1:", 17) == 0)
            port = (int)strtol(line + 17, NULL, 10);
    fclose(lines);
    snprintf(s->url, sizeof s->url, "https://localhost:%d/", port);
    return port > 0;
}

static void stop_tls(struct tls_server *s)
{
    static const char *const names[] = {"certificate", "key", ""};
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        auto_free char *path = xasprintf("%s/%s", s->folder, names[i]);
        remove(path);
    }
}

Test(transport, trusts_only_the_certificates_it_was_given)
{
    struct tls_server s = {0};
    static const struct {
        const char *ca_file; /* NULL = the server's own */
        bool is_ok;
        enum error_kind kind;
        const char *code;
    } cases[] = {
        {NULL, true, ERROR_NONE, ""},
        {"/etc/ssl/certs/ca-certificates.crt", false, ERROR_DENIED, "TLS_NOT_TRUSTED"},
        {"/nonexistent", false, ERROR_USAGE, "TLS_CA_FILE"},
    };
    if (!start_tls(&s)) {
        stop_tls(&s);
        cr_skip_test("there is no openssl");
    }
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_request request;
        http_request_init(&request, "GET", s.url);
        request.ca_file = cases[i].ca_file ? cases[i].ca_file : s.certificate;
        err = (struct error){0};
        bool is_ok = transport_exchange(transport, &request, NULL, &reply, &sent, &err);
        cr_expect_eq(is_ok, cases[i].is_ok, "%zu: %s", i, err.message);
        cr_expect_eq(err.kind, cases[i].kind, "%zu: %s", i, err.message);
        cr_expect_str_eq(err.code, cases[i].code);
        cr_expect_eq(sent, is_ok ? HTTP_MAYBE_SENT : HTTP_NOTHING_SENT);
        http_request_clear(&request);
    }
    stop_tls(&s);
}

struct later {
    struct cancel *cancel;
    struct scripted_server *server;
};

static void *cancel_after_the_request(void *context)
{
    struct later *later = context;
    scripted_wait(later->server, 1);
    cancel_set(later->cancel);
    return NULL;
}

Test(transport, a_cancelled_read_ends_at_once_and_a_sent_write_is_awaited)
{
    for (int is_write = 0; is_write < 2; is_write++) {
        static const struct scripted_step hang[] = {{NULL, SCRIPTED_HANG, 0}};
        struct scripted_server *s = scripted_start(hang, 1);
        struct later later = {cancel_new(), s};
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, cancel_after_the_request, &later), 0);
        int64_t started_ms = clock_boot_ms();
        cr_expect_not(ask(s, is_write ? "PUT" : "GET", is_write ? "{}" : NULL, 700, later.cancel));
        int64_t took_ms = clock_boot_ms() - started_ms;
        cr_expect_eq(err.kind, is_write ? ERROR_UNKNOWN : ERROR_CANCELLED, "%s", err.message);
        if (is_write)
            cr_expect_geq(took_ms, 690);
        else
            cr_expect_lt(took_ms, 600);
        pthread_join(thread, NULL);
        cancel_unref(later.cancel);
        scripted_stop(s);
    }
}

Test(transport, an_already_cancelled_request_is_never_sent)
{
    struct scripted_server *s = scripted_start(NULL, 0);
    struct cancel *cancel = cancel_new();
    cancel_set(cancel);
    cr_expect_not(ask(s, "PUT", "{}", 0, cancel));
    cr_expect_eq(err.kind, ERROR_CANCELLED);
    cr_expect_eq(sent, HTTP_NOTHING_SENT);
    cr_expect_eq(s->connection_count, 0);
    cancel_unref(cancel);
    scripted_stop(s);
}

static void *close_after_the_request(void *context)
{
    struct scripted_server *s = context;
    scripted_wait(s, 1);
    transport_close(transport);
    return NULL;
}

Test(transport, closing_ends_every_request)
{
    static const struct scripted_step hang[] = {{NULL, SCRIPTED_HANG, 0}};
    struct scripted_server *s = scripted_start(hang, 1);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, close_after_the_request, s), 0);
    cr_expect_not(ask(s, "GET", NULL, 20000, NULL));
    cr_expect_eq(err.kind, ERROR_CANCELLED);
    pthread_join(thread, NULL);
    transport = NULL;
    scripted_stop(s);
}

Test(transport, refuses_other_hosts_where_only_this_machine_is_allowed)
{
    static const struct {
        const char *url;
        double speed;
        bool only_loopback;
    } cases[] = {
        {"http://192.0.2.1/", 1, false},
        {"https://192.0.2.1/", 60, false},
        {"https://192.0.2.1/", 1, true},
        {"https://localhost.example/", 1, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_request request;
        clock_set((struct clock_setting){cases[i].speed, clock_wall_ms()});
        if (cases[i].only_loopback)
            transport_only_loopback(transport);
        http_request_init(&request, "GET", cases[i].url);
        cr_expect_not(transport_exchange(transport, &request, NULL, &reply, &sent, &err));
        cr_expect_eq(err.kind, ERROR_USAGE, "%s", err.message);
        cr_expect_eq(sent, HTTP_NOTHING_SENT);
        http_request_clear(&request);
    }
}

static void *ask_often(void *context)
{
    struct scripted_server *s = context;
    struct http_reply mine;
    struct error why;
    enum http_sent was_sent;
    http_reply_init(&mine);
    for (int i = 0; i < 4; i++) {
        struct http_request request;
        http_request_init(&request, "GET", s->url);
        cr_assert(transport_exchange(transport, &request, NULL, &mine, &was_sent, &why), "%s",
                  why.message);
        cr_assert_str_eq(mine.body.ptr, "hi");
        http_request_clear(&request);
    }
    http_reply_clear(&mine);
    return NULL;
}

Test(transport, serves_several_threads_at_once)
{
    struct scripted_step steps[16];
    for (size_t i = 0; i < COUNT(steps); i++)
        steps[i] = (struct scripted_step){OK "\r\nhi", SCRIPTED_KEEP, 0};
    struct scripted_server *s = scripted_start(steps, COUNT(steps));
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, s), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(scripted_requests(s), 16);
    scripted_stop(s);
}
