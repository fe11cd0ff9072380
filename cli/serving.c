/*
 * serving.c - see serving.h.
 */
#include "cli/serving.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/attaching.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/desk.h"
#include "cli/serving_hands.h"
#include "cli/serving_process.h"
#include "cli/session.h"
#include "cli/stopping.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/process.h"
#include "core/seat.h"
#include "core/sign_in.h"
#include "core/text.h"
#include "core/wire.h"
#include "core/wire_line.h"
#include "core/wire_memory.h"
#include "version.h"

#define MOST_CLIENTS 64
#define LONGEST_REQUEST (64u * 1024)
#define MOST_QUEUED (16u << 20)      /* of one console, what it is told at first included */
#define DOCUMENTS_UNTIL (256u << 10) /* waiting bytes; beyond that they are left out */
#define EVENTS_UNTIL (1u << 20)      /* beyond that it loses its place */
#define CLOSING_MS 2000              /* wall: for the last lines */

struct client {
    int fd;
    struct wire_reader in;
    struct wire_writer out;
    int64_t number;
    int caller; /* as whom its requests are carried out: desk_caller_enter */
    struct serving_hands tried;
    bool is_attached, is_read_only, has_missed;
    bool is_leaving; /* hung up on once what waits for it is written */
    char who[128];
};

/* A request on its way: whose it is, and what he calls it. */
struct asked {
    json_int_t id;
    int64_t client;
    json_t *theirs;
};

struct hub {
    const struct serving *options;
    struct seat *seat;
    struct wire *wire;
    struct desk *desk;
    struct wire_memory *memory;
    struct caller caller; /* where it is, and by which configuration */
    struct client *clients[MOST_CLIENTS];
    size_t client_count;
    struct asked *asked;
    size_t asked_count, asked_capacity;
    json_int_t last_id;
    int64_t last_client, idle_since_ms;
    struct stopping stopping;
    bool is_over;
    const char *stopped; /* the environment whose run was told to stop last */
};

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- telling ---- */

/* Left out where they do not fit; the next one says it all again. */
static bool is_document(const char *news)
{
    static const char *const documents[] = {"status", "check", "metrics", "plan", "ready"};

    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        if (strcmp(documents[i], news) == 0)
            return true;
    return false;
}

/* Nothing more is said to it. */
static void drop_out(struct client *c)
{
    c->is_leaving = true;
    wire_writer_clear(&c->out);
    wire_writer_init(&c->out, MOST_QUEUED);
}

static void lose(struct client *c, const char *why)
{
    if (!c->is_leaving)
        log_line(LOG_LEVEL_WARN, "engine", "console %lld of %s is let go: %s", (long long)c->number,
                 c->who, why);
    drop_out(c);
}

static void send_text(struct client *c, const char *news, const char *text, size_t len)
{
    size_t waiting = wire_writer_waiting(&c->out);

    if (is_document(news) && waiting > DOCUMENTS_UNTIL)
        c->has_missed = true;
    else if (waiting > EVENTS_UNTIL || !wire_writer_add(&c->out, text, len))
        lose(c, "it does not read");
}

static void tell(void *closure, const json_t *news)
{
    struct client *c = closure;

    if (!wire_writer_put(&c->out, news))
        lose(c, "what it has to know does not fit");
}

static void refuse(struct client *c, const json_t *request, const struct error *err)
{
    json_t *id = json_object_get(request, "id");
    json_t *reply = json_pack("{s:s, s:O?, s:b, s:o}", "news", "reply", "id", id, "ok", 0, "error",
                              wire_error(err));

    tell(c, reply);
    json_decref(reply);
}

static struct client *client_of(struct hub *h, int64_t number)
{
    for (size_t i = 0; i < h->client_count; i++)
        if (h->clients[i]->number == number)
            return h->clients[i];
    return NULL;
}

/* To whoever asked, by the name that it has there. Takes the reply. */
static void hand_back(struct hub *h, json_t *reply)
{
    json_int_t id = json_integer_value(json_object_get(reply, "id"));
    size_t i = 0;

    while (i < h->asked_count && h->asked[i].id != id)
        i++;
    if (i < h->asked_count) {
        struct client *c = client_of(h, h->asked[i].client);
        if (c != NULL && c->tried.asked == id)
            serving_hands_settle(&c->tried, h->desk, c->number,
                                 json_is_true(json_object_get(reply, "ok")), &c->caller);
        json_object_set_new(reply, "id", h->asked[i].theirs);
        if (c != NULL)
            tell(c, reply);
        h->asked[i] = h->asked[--h->asked_count];
    }
    json_decref(reply);
}

/* Some are about one sign-in, and for those who act with it. */
static bool is_for(const struct client *c, const json_t *news)
{
    const json_t *caller = json_object_get(news, "caller");
    return caller == NULL || json_integer_value(caller) == c->caller;
}

static void tell_again(void *closure, const json_t *news)
{
    if (is_for(closure, news))
        tell(closure, news);
}

/* Takes the news. */
static void pass_on(struct hub *h, json_t *news)
{
    const char *name = text_at(news, "news");

    if (strcmp(name, "reply") == 0) {
        hand_back(h, news);
        return;
    }
    wire_memory_keep(h->memory, news);
    auto_free char *text = json_dumps(news, JSON_COMPACT | JSON_REAL_PRECISION(12));
    for (size_t i = 0; text != NULL && i < h->client_count; i++)
        if (h->clients[i]->is_attached && is_for(h->clients[i], news))
            send_text(h->clients[i], name, text, strlen(text));
    json_decref(news);
}

/* ---- being asked ---- */

static void welcome(struct hub *h, struct client *c, const json_t *request)
{
    struct process_identity self = process_self();
    char since[CLOCK_STAMP_SIZE];
    json_t *attached = json_pack("{s:s, s:i, s:s, s:I, s:s}", "news", "attached", "wire",
                                 WIRE_VERSION, "program", FLIGHTDECK_VERSION, "pid",
                                 (json_int_t)self.pid, "at", clock_stamp(clock_world_ms(), since));

    c->is_attached = true;
    text_copy(c->who, sizeof c->who, text_at(request, "user_host"));
    tell(c, attached);
    wire_memory_tell(h->memory, tell_again, c);
    json_object_set_new(attached, "news", json_string("caught_up"));
    tell(c, attached);
    json_decref(attached);
    wire_ask(h->wire, json_pack("{s:s, s:i}", "verb", DESK_ATTACHED, "caller", c->caller));
    log_line(LOG_LEVEL_INFO, "engine", "console %lld of %s attached%s", (long long)c->number,
             c->who, c->is_read_only ? ", read-only" : "");
}

static bool is_of_project(const struct hub *h, const json_t *request, struct error *err)
{
    return strcmp(text_at(request, "project"), h->options->session->config->project) == 0 ||
           error_set(err, ERROR_USAGE, "this engine is of project %s",
                     h->options->session->config->project);
}

/* What is not said is not relied on. */
static bool is_same(const json_t *request, const char *key, const char *ours)
{
    const char *theirs = text_at(request, key);
    return theirs[0] == '\0' || strcmp(theirs, ours) == 0;
}

/* Nobody asks another AWS unknowingly, or by what the configuration said before. */
static bool is_of_here(const struct hub *h, const json_t *request, struct error *err)
{
    if (!is_same(request, "place", h->caller.place)) {
        error_set(err, ERROR_USAGE,
                  "the engine reaches AWS another way than you would (region, endpoint, proxy, "
                  "certificates)");
        error_hint(err, "`flightdeck engine stop`, when nothing is under way.");
        return error_code(err, ATTACHING_OTHER_PLACE);
    }
    if (is_same(request, "configuration", h->caller.configuration))
        return true;
    error_set(err, ERROR_USAGE, "the configuration has changed since the engine was started");
    error_hint(err, "`flightdeck engine stop`, when nothing is under way.");
    return error_code(err, ATTACHING_OTHER_CONFIGURATION);
}

/* Nobody acts with another's keys: each brings their own, or only looks on. */
static bool let_act(struct hub *h, struct client *c, const json_t *request, struct error *err)
{
    char key[HASH_HEX_SIZE];
    struct sign_in *sign_in;

    c->is_read_only = json_is_true(json_object_get(request, "read_only")) ||
                      json_object_get(request, "as") == NULL;
    if (json_object_get(request, "as") == NULL)
        return true;
    if (!caller_read(json_object_get(request, "as"), &sign_in, key))
        return error_set(err, ERROR_USAGE, "the console does not say as whom it acts");
    c->caller = desk_caller_enter(h->desk, key, sign_in, c->number);
    sign_in_unref(sign_in);
    if (c->caller > 0)
        return true;
    error_set(err, ERROR_CONFLICT, "too many consoles or sign-ins for one engine");
    return error_hint(err, "`flightdeck engine stop`, when nothing is under way.");
}

/* Who speaks another language is told so in words that every version had. */
static bool may_attach(struct hub *h, struct client *c, const json_t *request, struct error *err)
{
    json_int_t wire = json_integer_value(json_object_get(request, "wire"));
    const char *program = text_at(request, "program");

    if (wire == WIRE_VERSION)
        return is_of_project(h, request, err) && is_of_here(h, request, err) &&
               let_act(h, c, request, err);
    error_set(err, ERROR_USAGE,
              "the engine is flightdeck %s (wire %d), the console %.20s (wire %lld)",
              FLIGHTDECK_VERSION, WIRE_VERSION, program, (long long)wire);
    error_hint(err,
               "`flightdeck rollback ENV` works all the same; `flightdeck engine restart` lets a "
               "new one drive on.");
    return error_code(err, ATTACHING_OTHER_WIRE);
}

/* Whoever asks what the engine does needs no place at it. */
static void tell_about(const struct hub *h, struct client *c, const json_t *request)
{
    json_t *consoles = json_array();

    for (size_t i = 0; i < h->client_count; i++) {
        const struct client *one = h->clients[i];
        char name[200];
        if (!one->is_attached || one->is_leaving)
            continue;
        desk_caller_name(h->desk, one->caller, name);
        json_array_append_new(consoles, json_pack("{s:s, s:s, s:b}", "who", one->who, "arn", name,
                                                  "read_only", one->is_read_only));
    }
    json_t *reply =
        json_pack("{s:s, s:O?, s:b, s:{s:o}}", "news", "reply", "id",
                  json_object_get(request, "id"), "ok", 1, "result", "consoles", consoles);
    tell(c, reply);
    json_decref(reply);
}

static bool may_stop(const struct hub *h, const json_t *request, struct error *err)
{
    const char *environment = desk_is_driving(h->desk);
    bool is_used = false;

    for (size_t i = 0; i < h->client_count; i++)
        is_used = is_used || (h->clients[i]->is_attached && !h->clients[i]->is_leaving);
    if (is_used && json_is_true(json_object_get(request, "unused"))) {
        error_set(err, ERROR_CONFLICT, "a console is attached to it");
        return error_code(err, "in-use");
    }
    if (environment == NULL || json_is_true(json_object_get(request, "abort")) ||
        json_is_true(json_object_get(request, "handover")))
        return true;
    error_set(err, ERROR_CONFLICT, "a run of %s is under way here: it would stand still",
              environment);
    error_hint(err, "`flightdeck engine stop --abort` stops it first and puts the traffic back.");
    return error_code(err, "under-way");
}

static void stop_for(struct hub *h, struct client *c, const json_t *request)
{
    struct error err;

    if (!may_stop(h, request, &err)) {
        refuse(c, request, &err);
        return;
    }
    json_t *reply = json_pack("{s:s, s:O?, s:b, s:{s:b}}", "news", "reply", "id",
                              json_object_get(request, "id"), "ok", 1, "result", "supervised",
                              h->options->is_supervised);
    tell(c, reply);
    json_decref(reply);
    stopping_take(&h->stopping, request);
}

static bool refuse_nobody(struct error *err)
{
    error_set(err, ERROR_DENIED, "this console does not say as whom it acts");
    error_hint(err, "`flightdeck rollback ENV` works from any terminal.");
    return error_code(err, "read-only");
}

/* From a read-only console only what changes nothing; and the way back. */
static bool permits(const struct client *c, const json_t *request, struct error *err)
{
    static const char *const harmless[] = {
        "look",    "refresh", "plan",     "preview_shift", "preview_rollback", "versions",
        "history", "report",  "evidence", "rollback",      "sign_in"};

    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strcmp(harmless[i], text_at(request, "verb")) == 0)
            return c->caller > 0 || strcmp(text_at(request, "verb"), "rollback") != 0 ||
                   refuse_nobody(err);
    if (c->caller <= 0) /* the engine's own sign-in is nobody's */
        return refuse_nobody(err);
    if (!c->is_read_only)
        return true;
    error_set(err, ERROR_DENIED, "this console is read-only");
    return error_code(err, "read-only");
}

/* Under a name of ours: two consoles may use the same. Takes the request. */
static void forward(struct hub *h, struct client *c, json_t *request)
{
    json_t *theirs = json_object_get(request, "id");

    bool is_tried = c->tried.sign_in != NULL && c->tried.asked == 0;

    json_object_del(request, "by"); /* neither a name nor keys are taken from a console */
    json_object_del(request, "keys");
    json_object_set_new(request, "caller", json_integer(is_tried ? c->tried.caller : c->caller));
    json_object_set_new(request, "screen", json_integer(c->number));
    if (theirs != NULL) {
        if (h->asked_count == h->asked_capacity) {
            h->asked_capacity = h->asked_capacity > 0 ? 2 * h->asked_capacity : 64;
            h->asked = xrealloc(h->asked, h->asked_capacity * sizeof *h->asked);
        }
        h->asked[h->asked_count++] = (struct asked){++h->last_id, c->number, json_incref(theirs)};
        json_object_set_new(request, "id", json_integer(h->last_id));
    }
    if (is_tried)
        c->tried.asked = h->last_id;
    wire_ask(h->wire, request);
}

/* Its answer settles it. */
static bool try_hands(struct hub *h, struct client *c, json_t *request, struct error *err)
{
    if (json_object_get(request, "id") == NULL)
        return error_set(err, ERROR_USAGE, "a request to sign in has an id");
    return serving_hands_try(&c->tried, h->desk, c->number, request, err);
}

struct reading {
    struct hub *hub;
    struct client *client;
};

static bool take_line(void *closure, json_t *request)
{
    struct reading *r = closure;
    struct client *c = r->client;
    const char *verb = text_at(request, "verb");
    struct error err;

    if (strcmp(verb, "ping") == 0) {
        json_t *pong = json_pack("{s:s}", "news", "pong");
        tell(c, pong);
        json_decref(pong);
    } else if (!c->is_attached && strcmp(verb, "attach") == 0 &&
               may_attach(r->hub, c, request, &err)) {
        welcome(r->hub, c, request);
    } else if (strcmp(verb, ATTACHING_ASK) == 0) { /* of any version */
        tell_about(r->hub, c, request);
    } else if (strcmp(verb, "stop") == 0) { /* likewise */
        stop_for(r->hub, c, request);
    } else if (!c->is_attached) {
        if (strcmp(verb, "attach") != 0)
            error_set(&err, ERROR_USAGE, "attach first");
        refuse(c, request, &err);
        c->is_leaving = true;
    } else if (r->hub->stopping.is_begun &&
               !permits(&(struct client){.is_read_only = true, .caller = c->caller}, request,
                        &err)) {
        error_set(&err, ERROR_CONFLICT, "the engine is being stopped");
        refuse(c, request, &err);
    } else if (!permits(c, request, &err) ||
               (strcmp(verb, "sign_in") == 0 && !try_hands(r->hub, c, request, &err))) {
        refuse(c, request, &err);
    } else {
        forward(r->hub, c, request);
        return true;
    }
    json_decref(request);
    return !c->is_leaving;
}

/* ---- consoles come and go ---- */

static void free_client(struct hub *h, struct client *c)
{
    serving_hands_settle(&c->tried, h->desk, c->number, false, &c->caller);
    if (c->caller > 0)
        desk_caller_leave(h->desk, c->caller, c->number);
    wire_ask(h->wire,
             json_pack("{s:s, s:I}", "verb", DESK_LOOKED, "screen", (json_int_t)c->number));
    (void)close(c->fd);
    wire_reader_clear(&c->in);
    wire_writer_clear(&c->out);
    free(c);
}

static void let_in(struct hub *h)
{
    int fd;

    while ((fd = seat_accept(h->seat)) >= 0) {
        if (h->client_count == MOST_CLIENTS) {
            (void)close(fd);
            continue;
        }
        struct client *c = xcalloc(1, sizeof *c);
        c->fd = fd;
        c->number = ++h->last_client;
        wire_reader_init(&c->in, LONGEST_REQUEST);
        wire_writer_init(&c->out, MOST_QUEUED);
        h->clients[h->client_count++] = c;
    }
}

static void see_off(struct hub *h)
{
    size_t kept = 0;

    for (size_t i = 0; i < h->client_count; i++) {
        struct client *c = h->clients[i];
        if (!c->is_leaving || wire_writer_waiting(&c->out) > 0) {
            h->clients[kept++] = c;
            continue;
        }
        if (c->is_attached)
            log_line(LOG_LEVEL_INFO, "engine", "console %lld of %s left", (long long)c->number,
                     c->who);
        free_client(h, c);
    }
    h->client_count = kept;
}

static void hear(struct hub *h, struct client *c)
{
    struct reading r = {h, c};
    struct error err;

    switch (wire_read(&c->in, c->fd, take_line, &r, &err)) {
    case WIRE_GOT_ALL:
        break;
    case WIRE_GOT_END:
        if (!c->is_leaving)
            drop_out(c);
        break;
    case WIRE_GOT_WRONG:
        refuse(c, NULL, &err);
        c->is_leaving = true;
        break;
    }
}

/* What was left out while it did not read is told when it does again. */
static void catch_up(struct hub *h, struct client *c)
{
    if (!c->has_missed || wire_writer_waiting(&c->out) > 0)
        return;
    c->has_missed = false;
    wire_memory_tell_documents(h->memory, tell_again, c);
}

/* ---- the end ---- */

static void stop_runs(struct hub *h)
{
    const char *environment = desk_is_driving(h->desk);

    /* A way back is not left to anybody; a write that was sent is awaited as the desk closes. */
    h->is_over =
        environment == NULL || (h->stopping.hands_over && !desk_may_not_hand_over(h->desk));
    if (h->stopping.hands_over)
        return;
    /* A way back is never stopped: what it is to undo would come again. */
    if (environment == NULL || environment == h->stopped ||
        environment == desk_is_going_back(h->desk))
        return;
    h->stopped = environment;
    auto_free char *why = stopping_text(h->stopping.by, false);
    wire_ask(h->wire,
             json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "verb", "command", "id", 0, "env",
                       environment, "command", "abort", "reason", why, "by", h->stopping.by));
}

static void see_whether_needed(struct hub *h)
{
    bool is_needed = h->client_count > 0 || h->options->stays || desk_is_driving(h->desk) != NULL;

    if (is_needed)
        h->idle_since_ms = clock_boot_ms();
    else if (clock_boot_ms() >= h->idle_since_ms + SERVING_IDLE_MS)
        h->is_over = true;
}

/* ---- the loop ---- */

static void take_signals(struct hub *h, int fd)
{
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        stopping_take_signal(&h->stopping, (int)info.ssi_signo);
}

static void turn_once(struct hub *h, int signals_fd)
{
    struct pollfd fds[3 + MOST_CLIENTS] = {{.fd = signals_fd, .events = POLLIN},
                                           {.fd = wire_news_fd(h->wire), .events = POLLIN},
                                           {.fd = seat_fd(h->seat), .events = POLLIN}};
    size_t count = h->client_count;
    json_t *news;

    for (size_t i = 0; i < count; i++) {
        bool has_more = wire_writer_waiting(&h->clients[i]->out) > 0;
        fds[3 + i] = (struct pollfd){.fd = h->clients[i]->fd,
                                     .events = (short)(POLLIN | (has_more ? POLLOUT : 0))};
    }
    (void)poll(fds, 3 + count, h->stopping.is_begun ? 100 : 1000);
    take_signals(h, signals_fd);
    for (size_t i = 0; i < count; i++)
        if ((fds[3 + i].revents & (POLLHUP | POLLERR)) != 0 && h->clients[i]->is_leaving)
            drop_out(h->clients[i]);
        else if (fds[3 + i].revents != 0 && !h->clients[i]->is_leaving)
            hear(h, h->clients[i]);
    while ((news = wire_hear(h->wire)) != NULL)
        pass_on(h, news);
    for (size_t i = 0; i < count; i++) {
        if (!wire_write(&h->clients[i]->out, h->clients[i]->fd))
            drop_out(h->clients[i]);
        catch_up(h, h->clients[i]);
    }
    let_in(h);
    see_off(h);
}

/* The last lines are still read by who reads. */
static void close_clients(struct hub *h)
{
    int64_t until_ms = clock_boot_ms() + CLOSING_MS;

    json_t *ending = stopping_news(&h->stopping); /* on purpose: nobody starts another */
    for (size_t i = 0; i < h->client_count; i++) {
        struct client *c = h->clients[i];
        if (!c->is_leaving)
            tell(c, ending);
        struct pollfd out = {.fd = c->fd, .events = POLLOUT};
        while (wire_writer_waiting(&c->out) > 0 && clock_boot_ms() < until_ms &&
               wire_write(&c->out, c->fd))
            (void)poll(&out, 1, 100);
        free_client(h, c);
    }
    json_decref(ending);
    h->client_count = 0;
}

static void serve(struct hub *h, int signals_fd)
{
    h->idle_since_ms = clock_boot_ms();
    while (!h->is_over) {
        turn_once(h, signals_fd);
        if (h->stopping.is_begun)
            stop_runs(h);
        else
            see_whether_needed(h);
    }
    close_clients(h);
}

static bool open_hub(struct hub *h, struct error *err)
{
    const char *directory;

    if (!session_state_directory(h->options->session, &directory, err) ||
        !journal_make_directory(directory, err) || !seat_take(directory, &h->seat, err))
        return false;
    auto_free char *log = xasprintf("%s/engine.log", directory);
    FD_IGNORE(log_open(log, err));
    caller_of(h->options->session, &h->caller);
    caller_clear(&h->caller); /* as whom is asked of those who come */
    const struct desk_options options = {
        .cli = h->options->cli, .session = h->options->session, .wire = h->wire, .adopts = true};
    return desk_open(&options, &h->desk, err);
}

int serving_run(const struct serving *serving)
{
    struct hub h = {.options = serving, .wire = wire_new(), .memory = wire_memory_new()};
    sigset_t set = serving_signals();
    int signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), code = EXIT_DONE;
    struct error err;

    if (open_hub(&h, &err)) {
        log_line(LOG_LEVEL_INFO, "engine", "serves %s", serving->session->config->project);
        serving_say_ready(serving->ready_fd);
        serve(&h, signals_fd);
    } else {
        code = cli_fail(serving->cli, &err);
    }
    if (h.stopping.hands_over)
        desk_hand_over(h.desk, h.stopping.by);
    if (h.stopping.hands_over && serving->is_supervised)
        code = EXIT_START_AGAIN;
    desk_close(h.desk);
    seat_leave(h.seat);
    log_close();
    for (size_t i = 0; i < h.asked_count; i++)
        json_decref(h.asked[i].theirs);
    free(h.asked);
    wire_memory_free(h.memory);
    wire_free(h.wire);
    (void)close(signals_fd);
    return code;
}
