/*
 * desk.c - the engine's side of a console without the console: requests of the wire as JSON Lines
 * on stdin, its news on stdout. For scripts that act as a console would, and that measure.
 *
 * usage: bench_desk desk [--config FILE] [--set KEY=VALUE]; DESK_SECOND names who approves in a
 * demo. Each line of news has "us", the monotonic time at which it was heard; {"news":"asked"} is
 * said of each request before it is put on the wire. It ends with stdin.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/desk.h"
#include "cli/session.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/wire.h"

#define LINE_CEILING (8u << 20)

#ifdef __SANITIZE_THREAD__
/* As in tests/stress/engine.c. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "race:json_incref\nrace:json_decref\n"; }
#endif

static const struct subcommand desk_command = {.name = "desk", .arguments = "", .summary = "lines"};
static const struct subcommand *const commands[] = {&desk_command, NULL};

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print(json_t *line)
{
    json_object_set_new(line, "us", json_integer((json_int_t)now_us()));
    auto_free char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(12));
    (void)puts(text);
    (void)fflush(stdout);
    json_decref(line);
}

static void ask(struct wire *wire, const char *line)
{
    json_error_t why;
    json_t *request = json_loads(line, 0, &why), *id = json_object_get(request, "id");

    if (request == NULL) {
        (void)fprintf(stderr, "not JSON: %s\n", why.text);
        return;
    }
    if (id != NULL)
        print(json_pack("{s:s, s:O}", "news", "asked", "id", id));
    wire_ask(wire, request);
}

/* False at the end of stdin. */
static bool read_requests(struct wire *wire, struct buf *rest)
{
    char bytes[65536];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);

    if (got <= 0)
        return false;
    buf_add(rest, bytes, (size_t)got);
    char *line = rest->ptr, *end;
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        ask(wire, line);
        line = end + 1;
    }
    auto_free char *left = xstrdup(line);
    buf_reset(rest);
    buf_adds(rest, left);
    return true;
}

static void converse(struct wire *wire)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = wire_news_fd(wire), .events = POLLIN}};
    auto_buf rest;
    json_t *news;
    bool is_there = true;

    buf_init(&rest, LINE_CEILING);
    while (is_there) {
        while ((news = wire_hear(wire)) != NULL) /* a copy: its parts may be shared */
            print(json_copy(news)), json_decref(news);
        if (poll(fds, 2, -1) > 0 && fds[0].revents != 0)
            is_there = read_requests(wire, &rest);
    }
}

static int run(const struct cli *cli)
{
    struct session session;
    struct desk *desk = NULL;
    struct error err;
    const char *directory;
    bool ok;

    session_init(&session, cli);
    struct wire *wire = wire_new();
    const struct desk_options options = {
        .cli = cli, .session = &session, .wire = wire, .second = getenv("DESK_SECOND")};
    ok = session_load(&session, &err) && session_state_directory(&session, &directory, &err) &&
         desk_open(&options, &desk, &err);
    if (ok)
        converse(wire);
    else
        (void)fprintf(stderr, "%s\n", err.message);
    desk_close(desk);
    wire_free(wire);
    session_clear(&session);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct cli cli;
    struct error err;

    if (!clock_init_from_environment(&err) || !arguments_parse(argc, argv, commands, &cli, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    int code = run(&cli);
    arguments_clear(&cli);
    return code;
}
