/*
 * attaching.c - see attaching.h.
 */
#include "cli/attaching.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/caller.h"
#include "cli/stopping.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/seat.h"
#include "core/text.h"
#include "core/wire.h"
#include "core/wire_line.h"
#include "version.h"

#define LONGEST_NEWS (16u << 20) /* a run from its first event */
#define MOST_REQUESTS (1u << 20)
#define REPLY_MS 60000 /* wall: AWS may be asked who that is */
#define ANSWER_MS 5000 /* wall: an engine that is well has answered by then */
#define TRY_EVERY_MS 500
#define SAID_BYTES 2000
#define RESTART_MS 20000
#define PING_AFTER_MS 2000 /* wall: of silence */
#define TRIM_AFTER_MS 500  /* wall */
#define SILENCE_MS 8000    /* wall: then it does not answer, and people are told what else works */

struct attaching {
    struct attaching_options options;
    json_t *as;    /* as whom it is attached: secrets */
    json_t *tried; /* as whom it wants to be, until the engine has answered; NULL = nobody */
    json_int_t tried_asked; /* the request */
    struct cancel *cancel;
    pthread_t thread;
    bool is_started;
    int fd; /* -1 = lost */
    atomic_bool is_lost;
    bool is_refused;    /* by the one that runs now; said */
    bool is_ended;      /* on purpose: it is only waited for */
    bool is_awaited;    /* the next one, by which it is replaced: nothing is missed yet */
    char ended_by[128]; /* "" = not known */
    int64_t ended_ms;   /* boot */
    bool has_caught_up; /* everything that was known when it attached has come */
    struct wire_reader in;
    struct wire_writer out;
    json_t *open; /* by id: requests that are not answered */
    pthread_mutex_t lock;
    json_t *drivers;      /* by environment: who drives its run, "over" at its end; under lock */
    int64_t restarted_ms; /* boot: when it was tried last */
    int64_t trim_at_ms;   /* boot: memory is given back then; 0 = nothing came since */
    int64_t heard_ms, asked_ms; /* boot: the last line of it; the ping since, 0 = none */
};

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- the conversation before the conversation ---- */

struct first {
    json_t *answer; /* owned; NULL = not yet */
};

static bool take_first(void *closure, json_t *object)
{
    ((struct first *)closure)->answer = object;
    return false;
}

/* Until something can be read, or it is cancelled (NULL = it is not), or a moment has passed. */
static void await(int fd, struct cancel *cancel)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = cancel != NULL ? cancel_fd(cancel) : -1, .events = POLLIN}};

    (void)poll(fds, 2, 100);
}

typedef bool take_line(void *closure, json_t *object);

/* Sends one line, waits for one that is taken. *answer: yours. Stops reading behind it. Takes the
 * request. */
static bool exchange_within(int fd, json_t *request, struct wire_reader *in, struct cancel *cancel,
                            take_line *take, int64_t limit_ms, json_t **answer, struct error *err)
{
    int64_t until_ms = clock_boot_ms() + limit_ms;
    struct wire_writer out;
    struct first first = {NULL};
    enum wire_got got = WIRE_GOT_ALL;

    wire_writer_init(&out, MOST_REQUESTS);
    bool is_sent = wire_writer_put(&out, request) && wire_write(&out, fd);
    json_decref(request);
    while (is_sent && first.answer == NULL && got == WIRE_GOT_ALL && clock_boot_ms() < until_ms &&
           !cancel_is_set(cancel)) {
        await(fd, cancel);
        got = wire_read(in, fd, take, &first, err);
    }
    wire_writer_clear(&out);
    *answer = first.answer;
    if (first.answer != NULL || got == WIRE_GOT_WRONG)
        return first.answer != NULL;
    error_set(err, ERROR_TRANSIENT, "the engine did not answer");
    error_hint(err, "--in-process opens a console without it; `flightdeck rollback ENV` works all "
                    "the same.");
    return error_code(err, "not-answering");
}

static bool exchange(int fd, json_t *request, struct wire_reader *in, struct cancel *cancel,
                     json_t **answer, struct error *err)
{
    return exchange_within(fd, request, in, cancel, take_first, ANSWER_MS, answer, err);
}

static enum error_kind kind_of(const char *name)
{
    for (int kind = ERROR_USAGE; kind <= ERROR_INTERNAL; kind++)
        if (strcmp(error_kind_name((enum error_kind)kind), name) == 0)
            return (enum error_kind)kind;
    return ERROR_USAGE;
}

/* What the engine refused it with. */
static bool read_refusal(const json_t *answer, struct error *err)
{
    const json_t *error = json_object_get(answer, "error");
    const char *message = text_at(error, "message");

    error_set(err, kind_of(text_at(error, "kind")), "%s",
              message[0] != '\0' ? message : "the engine refused it");
    error_hint(err, "%s", text_at(error, "hint"));
    return error_code(err, text_at(error, "code"));
}

static json_t *hello_of(const struct attaching_options *o, json_t *as)
{
    const struct caller *c = o->caller;

    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:O}", "verb", "attach", "id",
                     0, "wire", WIRE_VERSION, "program", FLIGHTDECK_VERSION, "project", o->project,
                     "user_host", o->user_host, "place", c->place, "configuration",
                     c->configuration, "read_only", o->is_read_only, "as", as);
}

static bool say_hello(const struct attaching_options *options, json_t *as, int fd,
                      struct wire_reader *in, struct cancel *cancel, struct error *err)
{
    json_t *answer = NULL;

    if (!exchange(fd, hello_of(options, as), in, cancel, &answer, err))
        return false;
    bool ok = strcmp(text_at(answer, "news"), "attached") == 0 || read_refusal(answer, err);
    json_decref(answer);
    return ok;
}

static bool take_news(void *closure, json_t *news);

/* A console's first picture has all of it. */
static bool catch_up(struct attaching *a, int fd, struct error *err)
{
    int64_t until_ms = clock_boot_ms() + ANSWER_MS;
    enum wire_got got = WIRE_GOT_ALL;

    a->has_caught_up = false;
    while (got == WIRE_GOT_ALL && !a->has_caught_up && clock_boot_ms() < until_ms &&
           !cancel_is_set(a->cancel)) {
        got = wire_read(&a->in, fd, take_news, a, err);
        if (got == WIRE_GOT_ALL && !a->has_caught_up)
            await(fd, a->cancel);
    }
    if (a->has_caught_up || got == WIRE_GOT_WRONG)
        return a->has_caught_up;
    error_set(err, ERROR_TRANSIENT, "the engine did not answer");
    return error_code(err, "not-answering");
}

static void forget(struct attaching *a)
{
    if (a->fd >= 0)
        (void)close(a->fd);
    a->fd = -1;
    wire_reader_clear(&a->in);
    wire_writer_clear(&a->out);
    wire_reader_init(&a->in, LONGEST_NEWS);
    wire_writer_init(&a->out, MOST_REQUESTS);
}

static bool attach(struct attaching *a, struct error *err)
{
    int fd;

    if (!seat_connect(a->options.state_directory, &fd, err))
        return false;
    a->fd = fd;
    if (say_hello(&a->options, a->as, fd, &a->in, a->cancel, err) && catch_up(a, fd, err)) {
        atomic_store(&a->is_lost, false);
        a->heard_ms = clock_boot_ms();
        a->asked_ms = 0;
        return true;
    }
    forget(a);
    return false;
}

/* ---- when it is lost ---- */

static void say(struct attaching *a, const char *mood, const char *text)
{
    wire_tell(a->options.wire, json_pack("{s:s, s:s, s:s, s:I}", "news", "said", "text", text,
                                         "mood", mood, "at_ms", (json_int_t)clock_world_ms()));
}

/* What became of the engine, as far as it said so. Yours. */
static char *fate(const struct attaching *a)
{
    return a->is_ended ? stopping_text(a->ended_by, a->is_awaited) : xstrdup("the engine is gone");
}

static void refuse(struct attaching *a, json_t *id)
{
    auto_free char *why = fate(a);
    struct error err;

    error_set(&err, ERROR_TRANSIENT, "%s", why);
    error_hint(&err,
               "What was asked may have been done: look. `flightdeck rollback ENV` works from "
               "any terminal.");
    error_code(&err, "engine-lost");
    wire_tell(a->options.wire, json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id", id, "ok", 0,
                                         "error", wire_error(&err)));
}

/* Whoever waits for an answer gets none any more. */
static void refuse_open(struct attaching *a)
{
    const char *key;
    json_t *id;

    json_object_foreach(a->open, key, id) refuse(a, json_deep_copy(id));
    json_object_clear(a->open);
}

static void lose(struct attaching *a, const char *mood, const char *why)
{
    char driven[128];

    (void)attaching_driven(a, driven);
    atomic_store(&a->is_lost, true);
    a->is_awaited = false;
    forget(a);
    refuse_open(a);
    say(a, mood, why);
    auto_free char *text = fate(a);
    wire_tell(a->options.wire,
              json_pack("{s:s, s:s?}", "news", "lost", "stopped", a->is_ended ? text : NULL));
    if (driven[0] != '\0') /* nothing is judged there for the moment */
        wire_tell(a->options.wire, json_pack("{s:s, s:s, s:s}", "news", "driver", "env", driven,
                                             "driver", "nobody"));
}

/* It hung up. */
static void part(struct attaching *a)
{
    auto_free char *why = fate(a);

    if (a->is_awaited) {
        forget(a);
        refuse_open(a);
        a->ended_ms = clock_boot_ms();
        say(a, "warn", why);
    } else if (a->is_ended) {
        auto_free char *text = xasprintf("%s: `flightdeck engine` starts one again", why);
        lose(a, "warn", text);
    } else {
        lose(a, "bad", "the engine is gone: it is being started again");
    }
}

static bool start(const char *const *command, struct cancel *cancel, struct error *err)
{
    const struct process_options options = {
        .argv = command, .limit_ms = RESTART_MS, .cancel = cancel, .capture_bytes = SAID_BYTES};
    auto_buf said;
    int code;

    buf_init(&said, SAID_BYTES);
    if (!process_run(&options, &said, &code, err))
        return false;
    return code == 0 || error_set(err, ERROR_INTERNAL, "no engine could be started: %s",
                                  said.len > 0 ? said.ptr : "it said nothing");
}

bool attaching_start(const char *const *command, struct error *err)
{
    return start(command, NULL, err);
}

static void restart(struct attaching *a)
{
    struct error ignored;

    if (a->options.restart == NULL ||
        (a->restarted_ms > 0 && clock_boot_ms() < a->restarted_ms + RESTART_MS))
        return;
    a->restarted_ms = clock_boot_ms();
    FD_IGNORE(start(a->options.restart, a->cancel, &ignored));
}

static void find_again(struct attaching *a)
{
    struct error err;

    if (attach(a, &err)) {
        a->is_ended = a->is_awaited = a->is_refused = false;
        say(a, "good", "attached to the engine again");
        return;
    }
    if (strcmp(err.code, "not-running") == 0 && !a->is_ended)
        restart(a);
    /* One that acts otherwise: the configuration was edited meanwhile, say. */
    if (err.kind == ERROR_USAGE && !a->is_refused) {
        auto_free char *why = xasprintf(
            "an engine runs again, but not for this console: %s. q, then `flightdeck` again",
            err.message);
        a->is_refused = true;
        if (a->is_awaited)
            lose(a, "bad", why);
        else
            say(a, "bad", why);
    } else if (a->is_awaited && clock_boot_ms() >= a->ended_ms + RESTART_MS) {
        lose(a, "bad", "no engine has come in its place: `flightdeck engine` starts one");
    }
}

/* ---- what runs there ---- */

static bool is_end(const json_t *event) { return strcmp(text_at(event, "type"), "run_ended") == 0; }

static void keep_driver(struct attaching *a, const json_t *news)
{
    const json_t *events = json_object_get(news, "events");
    size_t count = json_array_size(events);
    const char *environment = text_at(news, "env"), *driver = text_at(news, "driver");
    bool is_run = strcmp(text_at(news, "news"), "run") == 0;

    if (is_end(json_object_get(news, "event")) ||
        (count > 0 && is_end(json_array_get(events, count - 1))))
        driver = "over";
    (void)pthread_mutex_lock(&a->lock);
    bool is_over = strcmp(text_at(a->drivers, environment), "over") == 0;
    const char *type = text_at(json_object_get(news, "event"), "type");
    if (is_over && strcmp(type, "rollback_started") == 0) { /* it is at risk, and goes back again */
        driver = "here";
        is_over = false;
    }
    if (driver[0] != '\0' && (is_run || !is_over))
        json_object_set_new(a->drivers, environment, json_string(driver));
    (void)pthread_mutex_unlock(&a->lock);
}

/* ---- carrying lines ---- */

/* From now on it is that one, also when it attaches again. */
static void settle_sign_in(struct attaching *a, const json_t *reply)
{
    if (a->tried == NULL || json_integer_value(json_object_get(reply, "id")) != a->tried_asked)
        return;
    json_decref(json_is_true(json_object_get(reply, "ok")) ? a->as : a->tried);
    if (json_is_true(json_object_get(reply, "ok")))
        a->as = a->tried;
    a->tried = NULL;
}

/* The last that it says. */
static void take_ending(struct attaching *a, const json_t *news)
{
    a->is_ended = true;
    a->is_awaited = json_is_true(json_object_get(news, "restart"));
    text_copy(a->ended_by, sizeof a->ended_by, text_at(news, "by"));
}

static bool take_news(void *closure, json_t *news)
{
    struct attaching *a = closure;

    a->heard_ms = clock_boot_ms();
    a->asked_ms = 0;
    if (a->trim_at_ms == 0)
        a->trim_at_ms = a->heard_ms + TRIM_AFTER_MS;
    bool is_whole = strcmp(text_at(news, "news"), "caught_up") == 0;
    a->has_caught_up = a->has_caught_up || is_whole;
    bool is_ending = strcmp(text_at(news, "news"), "ending") == 0;
    if (is_ending)
        take_ending(a, news);
    if (is_ending || is_whole || strcmp(text_at(news, "news"), "pong") == 0) {
        json_decref(news);
        return true;
    }
    if (strcmp(text_at(news, "news"), "reply") == 0) {
        settle_sign_in(a, news);
        auto_free char *id = json_dumps(json_object_get(news, "id"), JSON_ENCODE_ANY);
        if (id != NULL)
            json_object_del(a->open, id);
    }
    keep_driver(a, news);
    wire_tell(a->options.wire, news);
    return true;
}

static void sign_in_with(struct attaching *a, json_t *request)
{
    json_decref(a->tried);
    a->tried = caller_with_keys(a->as, json_object_get(request, "keys"));
    a->tried_asked = json_integer_value(json_object_get(request, "id"));
    json_object_del(request, "keys");
    json_object_set(request, "as", a->tried);
}

static void send_request(struct attaching *a, json_t *request)
{
    json_t *id = json_object_get(request, "id");

    if (strcmp(text_at(request, "verb"), "sign_in") == 0)
        sign_in_with(a, request);

    if (a->fd < 0 || !wire_writer_put(&a->out, request)) {
        if (id != NULL)
            refuse(a, json_deep_copy(id));
    } else if (id != NULL) {
        auto_free char *key = json_dumps(id, JSON_ENCODE_ANY);
        json_object_set_new(a->open, key, json_deep_copy(id));
    }
    json_decref(request);
}

/* One that stands still is as good as lost. */
static bool is_silent(struct attaching *a)
{
    int64_t now_ms = clock_boot_ms();

    if (now_ms < a->heard_ms + PING_AFTER_MS)
        return false;
    if (a->asked_ms == 0) {
        json_t *ping = json_pack("{s:s}", "verb", "ping");
        FD_IGNORE(wire_writer_put(&a->out, ping));
        json_decref(ping);
        a->asked_ms = now_ms;
    }
    return now_ms >= a->asked_ms + SILENCE_MS - PING_AFTER_MS;
}

/* What large news leave behind, once the console has taken them in: most of what it holds. */
static void trim(struct attaching *a)
{
    if (a->trim_at_ms == 0 || clock_boot_ms() < a->trim_at_ms)
        return;
    a->trim_at_ms = 0;
    wire_reader_trim(&a->in);
    mem_trim();
}

/* Wall ms: until something is to be done though nothing comes. */
static int next_turn_ms(const struct attaching *a)
{
    int64_t left_ms = a->trim_at_ms - clock_boot_ms();

    if (a->fd < 0)
        return TRY_EVERY_MS;
    if (a->trim_at_ms == 0 || left_ms > PING_AFTER_MS)
        return PING_AFTER_MS;
    return left_ms > 0 ? (int)left_ms : 0;
}

static void turn_once(struct attaching *a)
{
    struct pollfd fds[] = {{.fd = cancel_fd(a->cancel), .events = POLLIN},
                           {.fd = wire_requests_fd(a->options.wire), .events = POLLIN},
                           {.fd = a->fd, .events = POLLIN}};
    struct error err;
    json_t *request;

    if (wire_writer_waiting(&a->out) > 0)
        fds[2].events |= POLLOUT;
    (void)poll(fds, 3, next_turn_ms(a));
    while ((request = wire_take(a->options.wire)) != NULL)
        send_request(a, request);
    if (a->fd < 0) {
        if (!cancel_is_set(a->cancel))
            find_again(a);
        return;
    }
    enum wire_got got = wire_read(&a->in, a->fd, take_news, a, &err);
    trim(a);
    bool is_quiet = got == WIRE_GOT_ALL && is_silent(a);
    if (got == WIRE_GOT_WRONG)
        lose(a, "bad", err.message);
    else if (is_quiet)
        lose(a, "bad", "the engine does not answer");
    else if (got == WIRE_GOT_END || !wire_write(&a->out, a->fd))
        part(a);
}

static void *carry(void *closure)
{
    struct attaching *a = closure;

    while (!cancel_is_set(a->cancel))
        turn_once(a);
    return NULL;
}

/* ---- opening and closing ---- */

bool attaching_open(const struct attaching_options *options, struct attaching **out,
                    struct error *err)
{
    mem_share_heaps(1);
    struct attaching *a = xcalloc(1, sizeof *a);

    a->options = *options;
    a->as = json_incref(options->caller->as);
    a->fd = -1;
    a->cancel = cancel_new();
    a->open = json_object();
    a->drivers = json_object();
    (void)pthread_mutex_init(&a->lock, NULL);
    wire_reader_init(&a->in, LONGEST_NEWS);
    wire_writer_init(&a->out, MOST_REQUESTS);
    bool ok = attach(a, err);
    if (ok) {
        a->is_started = pthread_create(&a->thread, NULL, carry, a) == 0;
        ok = a->is_started || error_set(err, ERROR_INTERNAL, "could not start a thread");
    }
    if (!ok) {
        attaching_close(a);
        return false;
    }
    *out = a;
    return true;
}

bool attaching_driven(struct attaching *a, char out[static 128])
{
    const char *environment;
    json_t *driver;

    out[0] = '\0';
    (void)pthread_mutex_lock(&a->lock);
    json_object_foreach(a->drivers, environment,
                        driver) if (strcmp(json_string_value(driver), "here") == 0)
        text_copy(out, 128, environment);
    (void)pthread_mutex_unlock(&a->lock);
    return !atomic_load(&a->is_lost);
}

void attaching_close(struct attaching *a)
{
    if (a == NULL)
        return;
    cancel_set(a->cancel);
    if (a->is_started)
        (void)pthread_join(a->thread, NULL);
    forget(a);
    wire_reader_clear(&a->in);
    wire_writer_clear(&a->out);
    json_decref(a->as);
    json_decref(a->tried);
    json_decref(a->open);
    json_decref(a->drivers);
    (void)pthread_mutex_destroy(&a->lock);
    cancel_unref(a->cancel);
    free(a);
}

/* One request to the engine that runs, of whatever version. *answer: yours. Takes the request. */
static bool ask_any(const char *state_directory, json_t *request, json_t **answer,
                    struct error *err)
{
    struct wire_reader in;
    int fd;

    if (!seat_connect(state_directory, &fd, err)) {
        json_decref(request);
        return false;
    }
    wire_reader_init(&in, LONGEST_NEWS);
    bool ok = exchange(fd, request, &in, NULL, answer, err);
    if (ok && !json_is_true(json_object_get(*answer, "ok"))) {
        ok = read_refusal(*answer, err);
        json_decref(*answer);
    }
    wire_reader_clear(&in);
    (void)close(fd);
    return ok;
}

bool attaching_stop(const char *state_directory, enum attaching_stop how, const char *by,
                    bool *is_supervised, struct error *err)
{
    json_t *answer;
    json_t *request = json_pack("{s:s, s:i, s:b, s:b, s:b, s:s}", "verb", "stop", "id", 0, "abort",
                                how == ATTACHING_STOP_ABORT, "unused", how == ATTACHING_STOP_UNUSED,
                                "handover", how == ATTACHING_STOP_HANDOVER, "by", by);

    if (ask_any(state_directory, request, &answer, err)) {
        if (is_supervised != NULL)
            *is_supervised =
                json_is_true(json_object_get(json_object_get(answer, "result"), "supervised"));
        json_decref(answer);
        return true;
    }
    if (strcmp(err->code, "under-way") == 0 || strcmp(err->code, "in-use") == 0)
        err->kind = ERROR_CONFLICT;
    return false;
}

bool attaching_ask(const char *state_directory, json_t **out, struct error *err)
{
    json_t *answer;

    if (!ask_any(state_directory, json_pack("{s:s, s:i}", "verb", ATTACHING_ASK, "id", 0), &answer,
                 err))
        return false;
    *out = json_incref(json_object_get(answer, "result"));
    json_decref(answer);
    return true;
}

static bool take_reply(void *closure, json_t *news)
{
    struct first *first = closure;

    if (strcmp(text_at(news, "news"), "reply") != 0) {
        json_decref(news);
        return true;
    }
    first->answer = news;
    return false;
}

/* What was sent and not answered may have been done. */
static bool ask_once(int fd, json_t *request, struct wire_reader *in, struct error *err)
{
    json_t *answer = NULL;

    if (!exchange_within(fd, request, in, NULL, take_reply, REPLY_MS, &answer, err))
        return error_set(err, ERROR_UNKNOWN, "the engine did not say what came of it");
    bool ok = json_is_true(json_object_get(answer, "ok")) || read_refusal(answer, err);
    json_decref(answer);
    return ok;
}

bool attaching_tell(const struct attaching_options *options, json_t *request, struct error *err)
{
    struct wire_reader in;
    int fd;

    if (!seat_connect(options->state_directory, &fd, err)) {
        json_decref(request);
        return false;
    }
    wire_reader_init(&in, LONGEST_NEWS);
    json_object_set_new(request, "id", json_integer(1));
    bool ok = say_hello(options, options->caller->as, fd, &in, NULL, err) &&
              ask_once(fd, json_incref(request), &in, err);
    json_decref(request);
    wire_reader_clear(&in);
    (void)close(fd);
    return ok;
}
