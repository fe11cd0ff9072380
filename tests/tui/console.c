/* console.c - the loop on a terminal in this process: what goes to the wire, and what to the
 * screen. */
#include "tests/vterm_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/wire.h"
#include "tui/console.h"
#include "tui/console_parts.h"

#define LIMIT_MS 20000

static struct vterm v;
static struct wire *wire;
static struct console_options options;
static pthread_t thread;
static enum console_end ended;
static int exit_code;
static bool is_had, is_over;

static void *run(void *closure)
{
    struct error err;
    (void)closure;
    is_had = console_run(wire, &options, &ended, &exit_code, &err);
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    return NULL;
}

static json_t *environment(const char *name, bool is_production)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:[f, f], s:[i, i], s:s, s:s}", "name", name,
                     "production", is_production, "account", "123456789012", "region",
                     "eu-central-1", "url", "https://example.com", "ladder", 0.1, 1.0, "bakes_ms",
                     1000, 0, "advance", "ask", "alias", "orders:production");
}

static void tell_hello(void)
{
    wire_tell(wire, json_pack("{s:s, s:i, s:s, s:s, s:[o], s:{s:s, s:s}, s:{s:b, s:[]}, s:i}",
                              "news", "hello", "wire", WIRE_VERSION, "program", "0", "project",
                              "acme", "environments", environment("production", true), "you",
                              "name", "ana", "user_host", "ana@mbp", "trust", "needed", false,
                              "commands", "poll_ms", 5000));
}

static void begin(int rows, int cols)
{
    vterm_open(&v, "xterm-256color", rows, cols);
    console_block_signals();
    wire = wire_new();
    options = (struct console_options){.term = v.options};
    tell_hello();
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

/* Reads the terminal until it is so. */
static void wait_until(bool (*is_so)(const void *), const void *of, const char *what)
{
    int64_t until_ms = clock_boot_ms() + LIMIT_MS;
    while (!is_so(of)) {
        struct pollfd there = {.fd = v.master, .events = POLLIN};
        if (clock_boot_ms() >= until_ms)
            for (int y = 0; y < v.rows; y++)
                fprintf(stderr, "%s\n", vterm_row(&v, y));
        cr_assert(clock_boot_ms() < until_ms, "%s: not in time", what);
        (void)poll(&there, 1, 20);
        vterm_pump(&v);
    }
}

static bool is_on_screen(const void *text)
{
    for (int y = 0; y < v.rows; y++)
        if (strstr(vterm_row(&v, y), text) != NULL)
            return true;
    return false;
}
static void wait_screen(const char *text) { wait_until(is_on_screen, text, text); }

/* Again and again: it does nothing at first, because the dialog was only just opened. */
static bool is_enter_refused(const void *ignored)
{
    (void)ignored;
    vterm_send(&v, "\r");
    return is_on_screen("Enter confirms nothing");
}

static bool is_written(const void *bytes) { return vterm_wrote(&v, bytes); }

static bool is_closed(const void *ignored)
{
    (void)ignored;
    return !is_on_screen("ROLL BACK");
}

static bool has_ended(const void *ignored)
{
    (void)ignored;
    return __atomic_load_n(&is_over, __ATOMIC_ACQUIRE);
}

static json_t *found;
static bool was_asked(const void *verb)
{
    json_t *request;
    while ((request = wire_take(wire)) != NULL) {
        if (strcmp(json_string_value(json_object_get(request, "verb")), verb) == 0) {
            found = request;
            return true;
        }
        json_decref(request);
    }
    return false;
}

static void finish(enum console_end end, int code)
{
    wait_until(has_ended, NULL, "the end");
    pthread_join(thread, NULL);
    vterm_pump(&v);
    cr_expect(is_had);
    cr_expect_eq(ended, end);
    cr_expect_eq(exit_code, code);
    wire_free(wire);
    vterm_close(&v);
}

static void refuse(const json_t *request)
{
    wire_tell(wire, json_pack("{s:s, s:O, s:b, s:{s:s, s:s, s:s, s:s, s:n}}", "news", "reply", "id",
                              json_object_get(request, "id"), "ok", false, "error", "kind",
                              "refused", "code", "", "message", "not in a test", "hint", "", "at"));
}

Test(console, shows_what_it_is_told_and_leaves)
{
    begin(24, 80);
    wait_screen("PRODUCTION");
    wait_screen("ROLLBACK");
    wait_until(was_asked, "look", "look");
    json_decref(found);
    wire_tell(wire, json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "said", "env", "production",
                              "text", "a line for the log", "mood", "plain", "at_ms",
                              (json_int_t)clock_world_ms()));
    vterm_send(&v, "6");
    wait_screen("a line for the log");
    vterm_send(&v, "q");
    finish(CONSOLE_LEFT, 0);
}

Test(console, what_was_typed_before_the_first_picture_is_no_answer)
{
    vterm_open(&v, "xterm-256color", 24, 80);
    vterm_send(&v, "!y\r\r");
    console_block_signals();
    wire = wire_new();
    options = (struct console_options){.term = v.options};
    tell_hello();
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
    wait_screen("ROLLBACK");
    wait_until(was_asked, "look", "look");
    json_decref(found);
    vterm_send(&v, "6");
    wait_screen("Nothing has happened yet");
    cr_expect_not(was_asked("preview_rollback"));
    vterm_send(&v, "q");
    finish(CONSOLE_LEFT, 0);
}

Test(console, goes_back_only_by_y_after_the_preview)
{
    begin(24, 80);
    wait_screen("ROLLBACK");
    wait_until(was_asked, "look", "look");
    json_decref(found);
    vterm_send(&v, "!");
    wait_until(was_asked, "preview_rollback", "the preview");
    refuse(found);
    json_decref(found);
    wait_screen("not in a test");
    wait_until(is_enter_refused, NULL, "Enter to be refused");
    cr_expect_not(was_asked("rollback"));
    vterm_send(&v, "y");
    wait_until(was_asked, "rollback", "the rollback");
    json_decref(found);
    close(v.master);
    v.master = -1;
    wait_until(has_ended, NULL, "the end");
    pthread_join(thread, NULL);
    cr_expect_eq(ended, CONSOLE_HUNG_UP);
    wire_free(wire);
    vterm_close(&v);
}

Test(console, the_key_of_rollback_is_never_taken_away_by_an_escape_before_it)
{
    static const char *const bursts[] = {"\033!", "\t\033!", "\033[B\033!", "\033O!", "\033[!"};
    begin(24, 80);
    wait_screen("ROLLBACK");
    wait_until(was_asked, "look", "look");
    json_decref(found);
    for (size_t i = 0; i < sizeof bursts / sizeof *bursts; i++) {
        vterm_send(&v, bursts[i]);
        wait_until(was_asked, "preview_rollback", bursts[i] + 1);
        json_decref(found);
        vterm_send(&v, "\003");
        wait_until(is_closed, NULL, "the dialog to close");
    }
    /* as a line that bunches keys: the first picture is there, the Esc is not yet one */
    vterm_forget(&v);
    vterm_send(&v, "\t\033");
    wait_until(is_written, "\033[?2026l", "a picture after Tab");
    vterm_send(&v, "!");
    wait_until(was_asked, "preview_rollback", "Tab and Esc, then that");
    json_decref(found);
    vterm_send(&v, "\003");
    wait_until(is_closed, NULL, "the dialog to close");
    vterm_send(&v, "q");
    finish(CONSOLE_LEFT, 0);
}

static size_t frames(void)
{
    size_t count = 0, len = v.raw.len;
    for (const char *at = v.raw.ptr; (at = memmem(at, len, "\033[?2026h", 8)) != NULL; at += 8) {
        count++;
        len = v.raw.len - (size_t)(at + 8 - v.raw.ptr);
    }
    return count;
}

Test(console, draws_no_more_than_thirty_pictures_a_second_in_a_flood)
{
    begin(24, 80);
    wait_screen("ROLLBACK");
    vterm_send(&v, "6");
    wait_screen("Nothing has happened yet");
    vterm_forget(&v);
    int64_t began_ms = clock_boot_ms();
    for (int i = 0; clock_boot_ms() - began_ms < 1000; i++) {
        wire_tell(wire, json_pack("{s:s, s:s, s:o, s:s, s:I}", "news", "said", "env", "production",
                                  "text", json_sprintf("flood %d", i), "mood", "plain", "at_ms",
                                  (json_int_t)clock_world_ms()));
        vterm_pump(&v);
        if (i % 50 == 0)
            sched_yield();
    }
    int64_t took_ms = clock_boot_ms() - began_ms;
    cr_expect_leq(frames(), (size_t)(took_ms / 30 + 3), "%zu pictures in %lld ms", frames(),
                  (long long)took_ms);
    vterm_send(&v, "1");
    wait_screen("Status");
    vterm_send(&v, "q");
    finish(CONSOLE_LEFT, 0);
}

static void tell_event(int64_t seq, const char *type, json_t *body, bool is_first)
{
    struct event *e = event_new("r-0001", type, "", "ana", body);
    e->seq = seq;
    e->at_ms = clock_world_ms();
    json_t *event = wire_event(e);
    if (is_first)
        wire_tell(wire, json_pack("{s:s, s:s, s:[o], s:s}", "news", "run", "env", "production",
                                  "events", event, "driver", "here"));
    else
        wire_tell(wire, json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production", "event",
                                  event));
    event_unref(e);
}

Test(console, calls_a_person_who_looks_elsewhere_and_only_then)
{
    begin(24, 80);
    wait_screen("ROLLBACK");
    tell_event(1, "run_opened",
               json_pack("{s:s, s:s, s:s}", "project", "acme", "environment", "production",
                         "plan_name", "release"),
               true);
    wait_screen("r-0001");
    vterm_forget(&v);
    tell_event(2, "drift_seen", json_pack("{s:s}", "reason", "somebody moved it"), false);
    wait_until(is_written, "\a", "the bell");
    cr_expect_not(vterm_wrote(&v, "\033]9;"));
    vterm_send(&v, "\033[O"); /* the window lost the focus */
    vterm_send(&v, "6");
    wait_screen("somebody moved it");
    tell_event(3, "drift_seen", json_pack("{s:s}", "reason", "\033]52;c;eXk=\a again"), false);
    wait_until(is_written, "\033]777;notify;flightdeck;production", "the notice");
    cr_expect(vterm_wrote(&v, "\033]9;flightdeck: production"));
    cr_expect_not(vterm_wrote(&v, "\033]52;"));
    pthread_kill(thread, SIGTERM);
    finish(CONSOLE_TERMINATED, 128 + SIGTERM);
}

Test(console, follows_the_size_and_takes_the_end_of_the_terminal)
{
    begin(24, 80);
    wait_screen("ROLLBACK");
    static const int sizes[][2] = {{1, 1}, {5, 20}, {60, 200}, {24, 80}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vterm_resize(&v, sizes[i][0], sizes[i][1]);
        kill(getpid(), SIGWINCH); /* the test is no session of the terminal */
        vterm_forget(&v);
        wait_until(is_written, "\033[?2026l", "a picture of that size");
    }
    wait_screen("ROLLBACK");
    close(v.master);
    v.master = -1;
    wait_until(has_ended, NULL, "the end");
    pthread_join(thread, NULL);
    cr_expect_eq(ended, CONSOLE_HUNG_UP);
    wire_free(wire);
    vterm_close(&v);
}

/* ---- files ---- */

Test(console, saves_for_the_person_alone_and_over_nothing)
{
    char folder[] = "/tmp/flightdeck-console-XXXXXX";
    struct error err;
    cr_assert_not_null(mkdtemp(folder));
    static const struct {
        const char *name, *file;
    } cases[] = {
        {"report.md", "report.md"},   {"report.md", "report-2.md"},
        {"report.md", "report-3.md"}, {"../../etc/passwd", "_.-..-etc-passwd"},
        {".profile", "_profile"},     {"", "flightdeck.txt"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = NULL;
        struct stat about;
        cr_assert(console_save(folder, cases[i].name, "text\n", &path, &err), "%s", err.message);
        auto_free char *wanted = xasprintf("%s/%s", folder, cases[i].file);
        cr_expect_str_eq(path, wanted);
        cr_assert_eq(stat(path, &about), 0);
        cr_expect_eq(about.st_mode & 0777, 0600);
        cr_expect_eq(about.st_size, 5);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        auto_free char *path = xasprintf("%s/%s", folder, cases[i].file);
        cr_expect_eq(unlink(path), 0);
    }
    char *path = NULL;
    struct stat about;
    cr_expect_eq(rmdir(folder), 0);
    cr_assert(console_save(folder, "a", "text", &path, &err), "the folder is made");
    cr_assert_eq(stat(folder, &about), 0);
    cr_expect_eq(about.st_mode & 0777, 0700);
    cr_expect_eq(unlink(path), 0);
    mem_cleanup_free(&path);
    cr_expect_eq(rmdir(folder), 0);
    auto_free char *below = xasprintf("%s/not/there", folder);
    cr_expect_not(console_save(below, "a", "text", &path, &err));
    cr_expect(strstr(err.message, "could not write") != NULL);
}
