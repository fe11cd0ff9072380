/* plain.c - the console as lines: what is told, what is answered, how it ends. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/wire.h"
#include "tui/console.h"

static struct wire *wire;
static struct console_options options;
static int to, from; /* ends of two pipes */
static pthread_t thread;
static enum console_end ended;
static int exit_code;
static char said[1 << 16];
static size_t said_len;

static void *run(void *closure)
{
    struct error err;
    (void)closure;
    cr_assert(console_run(wire, &options, &ended, &exit_code, &err), "%s", err.message);
    fclose(options.term.out);
    return NULL;
}

static void begin(void)
{
    int in[2], out[2];
    setenv("LC_ALL", "C", 1);
    cr_assert(pipe(in) == 0 && pipe(out) == 0);
    console_block_signals();
    to = in[1];
    from = out[0];
    wire = wire_new();
    options = (struct console_options){
        .is_plain = true, .term = {.in = fdopen(in[0], "r"), .out = fdopen(out[1], "w")}};
    wire_tell(wire, json_pack("{s:s, s:i, s:s, s:s, s:[{s:s, s:b, s:s, s:s, s:s, s:[f], s:[i], "
                              "s:s, s:s}], s:{s:s, s:s}, s:{s:b, s:[]}, s:i}",
                              "news", "hello", "wire", WIRE_VERSION, "program", "0", "project",
                              "acme", "environments", "name", "production", "production", true,
                              "account", "123456789012", "region", "eu-central-1", "url",
                              "https://example.com", "ladder", 1.0, "bakes_ms", 0, "advance", "ask",
                              "alias", "orders:production", "you", "name", "ana", "user_host",
                              "ana@mbp", "trust", "needed", false, "commands", "poll_ms", 5000));
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static void type(const char *lines)
{
    cr_assert_eq(write(to, lines, strlen(lines)), (ssize_t)strlen(lines));
}

/* False: it says nothing more. */
static bool read_some(void)
{
    ssize_t n = read(from, said + said_len, sizeof said - said_len - 1);
    if (n <= 0)
        return false;
    said_len += (size_t)n;
    said[said_len] = '\0';
    return true;
}

static void wait_for(const char *text)
{
    while (strstr(said, text) == NULL)
        cr_assert(read_some(), "it never said \"%s\":\n%s", text, said);
}

static void finish(enum console_end end, int code)
{
    while (read_some())
        ;
    pthread_join(thread, NULL);
    cr_expect_eq(ended, end);
    cr_expect_eq(exit_code, code, "exit %d:\n%s", exit_code, said);
    for (const char *at = said; *at != '\0'; at++)
        cr_expect(*at == '\n' || (*at >= ' ' && *at < 0x7f), "byte %x is no text", *at);
    close(from);
    fclose(options.term.in);
    wire_free(wire);
}

static json_t *await(const char *verb)
{
    for (;;) {
        json_t *request = wire_await(wire, 20000);
        cr_assert_not_null(request, "%s was not asked:\n%s", verb, said);
        if (strcmp(json_string_value(json_object_get(request, "verb")), verb) == 0)
            return request;
        json_decref(request);
    }
}

static void reply(json_t *request, json_t *result)
{
    wire_tell(wire, json_pack("{s:s, s:O, s:b, s:o}", "news", "reply", "id",
                              json_object_get(request, "id"), "ok", true, "result", result));
    json_decref(request);
}

static void tell_event(int64_t seq, const char *type_, json_t *body)
{
    struct event *e = event_new("r-0001", type_, "", "ana", body);
    e->seq = seq;
    e->at_ms = 1000 * seq;
    json_t *event = wire_event(e);
    json_t *news = seq == 1 ? json_pack("{s:s, s:s, s:[o], s:s}", "news", "run", "env",
                                        "production", "events", event, "driver", "here")
                            : json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production",
                                        "event", event);
    wire_tell(wire, news);
    event_unref(e);
}

Test(plain, says_where_it_is_and_ends_with_its_input_when_nothing_goes_on)
{
    begin();
    close(to);
    finish(CONSOLE_LEFT, 0);
    cr_expect(strstr(said, "production (production): account 123456789012, eu-central-1, "
                           "orders:production") != NULL);
}

Test(plain, tells_events_as_lines_without_anything_that_acts)
{
    begin();
    tell_event(1, "run_opened",
               json_pack("{s:s, s:s, s:s}", "project", "acme", "environment", "production",
                         "plan_name", "release"));
    wire_tell(wire,
              json_pack("{s:s, s:s, s:s, s:s, s:i}", "news", "said", "env", "production", "text",
                        "red \033[31m and \xe2\x80\xae bidi", "mood", "plain", "at_ms", 5000));
    wait_for("bidi");
    cr_expect(strstr(said, "00:00:05Z production red \\x1b[31m and ") != NULL, "%s", said);
    tell_event(2, "run_ended", json_pack("{s:s}", "status", "rolled_back"));
    close(to);
    finish(CONSOLE_LEFT, 4);
    cr_expect(strstr(said, "r-0001: ") != NULL);
}

Test(plain, waits_for_a_run_that_goes_on)
{
    begin();
    tell_event(1, "run_opened",
               json_pack("{s:s, s:s, s:s}", "project", "acme", "environment", "production",
                         "plan_name", "release"));
    close(to);
    wait_for("help lists");
    struct pollfd there = {.fd = from, .events = POLLIN};
    while (poll(&there, 1, 1500) > 0 && (there.revents & POLLIN) != 0)
        cr_assert(read_some(), "it ended while a run goes on:\n%s", said);
    tell_event(2, "run_ended", json_pack("{s:s}", "status", "succeeded"));
    finish(CONSOLE_LEFT, 0);
}

Test(plain, asks_before_it_goes_back_and_takes_y)
{
    begin();
    type("rollback\n!\n\n"); /* no command of that name is an error, an empty line is nothing */
    reply(await("preview_rollback"),
          json_pack("{s:n, s:n, s:s, s:{s:f}, s:{s:f}, s:s, s:s, s:[], s:[], s:b, s:s}", "run",
                    "call", "resource", "orders:production", "from", "42", 1.0, "to", "41", 1.0,
                    "target", "41", "why", "replaced", "rest", "stays", "needed", true, "calls_as",
                    "you"));
    wait_for("? ROLL BACK production");
    wait_for("v41");
    type("y\n");
    json_t *request = await("rollback");
    cr_expect_str_eq(json_string_value(json_object_get(request, "env")), "production");
    reply(request, json_pack("{s:n, s:s}", "run", "text", "v41 100 %, read back"));
    wait_for("read back");
    type("esc\nquit\n");
    finish(CONSOLE_LEFT, 0);
}

Test(plain, reads_a_pane_and_knows_what_it_does_not_know)
{
    begin();
    type("help\nlog\nno such thing\n");
    wait_for("error: there is no command \"no such thing\"");
    wait_for("Nothing has happened yet");
    wait_for("roll back");
    close(to);
    finish(CONSOLE_LEFT, 0);
}

Test(plain, an_event_that_calls_a_person_is_told_once)
{
    begin();
    tell_event(1, "run_opened",
               json_pack("{s:s, s:s, s:s}", "project", "acme", "environment", "production",
                         "plan_name", "release"));
    tell_event(2, "run_ended", json_pack("{s:s}", "status", "failed"));
    close(to);
    finish(CONSOLE_LEFT, 1);
    const char *first = strstr(said, "r-0001 is over");
    cr_assert_not_null(first, "%s", said);
    cr_expect_null(strstr(first + 1, "r-0001 is over"), "%s", said);
    cr_expect_null(strstr(said, "error:"), "%s", said);
}

Test(plain, production_is_unlocked_by_its_name)
{
    begin();
    type("unlock production\n");
    wait_for("production is unlocked at this seat");
    type("unlock nothing\n");
    wait_for("error: there is no command \"unlock nothing\"");
    close(to);
    finish(CONSOLE_LEFT, 0);
}

Test(plain, ends_when_nobody_reads_it)
{
    begin();
    wait_for("help lists");
    signal(SIGPIPE, SIG_IGN);
    close(from);
    from = open("/dev/null", O_RDONLY);
    type("help\n");
    finish(CONSOLE_HUNG_UP, 1);
}
