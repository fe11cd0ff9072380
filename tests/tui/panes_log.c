/* panes_log.c - the pane "Log": follows, filters, searches; nothing in a line acts on a terminal.
 */
#include <criterion/criterion.h>

#include "tests/tui/dialog_fixture.h"
#include "tests/tui/golden.h"
#include "tui/panes.h"

static void add(struct seat *s, enum event_mood mood, const char *text)
{
    app_log(s->app, "production", mood, WORLD_MS + s->wall_ms, text);
    s->wall_ms += 1000;
}

static void add_many(struct seat *s, int count)
{
    for (int i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "line %d%s", i, i % 10 == 3 ? " of request abc" : "");
        add(s, i % 25 == 7 ? EVENT_MOOD_BAD : EVENT_MOOD_PLAIN, text);
    }
    seat_wait(s, 1);
}

static struct seat begin(int count)
{
    struct seat s = seat_new(&(struct app_options){0});

    s.app->focus = PANE_LOG;
    add_many(&s, count);
    return s;
}

static const char *about(const struct seat *s)
{
    static char text[300];
    pane_log.about(s->app, text, sizeof text);
    return text;
}

Test(tui_panes_log, it_follows_the_end)
{
    struct seat s = begin(100);

    cr_expect(seat_shows(&s, "line 99"));
    cr_expect_str_eq(about(&s), "follow, 100 lines");
    add(&s, EVENT_MOOD_PLAIN, "the newest");
    cr_expect(seat_shows(&s, "the newest"));
    seat_free(&s);
}

Test(tui_panes_log, moving_up_stops_it_and_end_follows_again)
{
    struct seat s = begin(100);

    cr_expect(seat_shows(&s, "line 99"));
    seat_press(&s, KEY_CODE_UP);
    add(&s, EVENT_MOOD_PLAIN, "the newest");
    cr_expect(seat_shows(&s, "at rest"));
    cr_expect_not(seat_shows(&s, "the newest"));
    cr_expect(seat_shows(&s, "line 99"));
    seat_press(&s, KEY_CODE_END);
    cr_expect(seat_shows(&s, "the newest"));
    cr_expect(strncmp(about(&s), "follow", 6) == 0);
    seat_free(&s);
}

Test(tui_panes_log, what_is_looked_at_stays_where_it_is_while_lines_come)
{
    struct seat s = begin(100);

    seat_press(&s, KEY_CODE_HOME);
    cr_expect(seat_shows(&s, "line 0"));
    for (int i = 0; i < 500; i++)
        add(&s, EVENT_MOOD_PLAIN, "more");
    cr_expect(seat_shows(&s, "line 0"));
    cr_expect_not(seat_shows(&s, "more"));
    seat_free(&s);
}

Test(tui_panes_log, the_filter_is_live_and_says_how_many)
{
    struct seat s = begin(100);

    seat_type(&s, "/ABC");
    cr_expect_str_eq(about(&s), "follow, 10 of 100 lines with \"ABC\"");
    cr_expect(seat_shows(&s, "line 93 of request abc"));
    cr_expect_not(seat_shows(&s, "line 99"));
    seat_press(&s, 0x1b);
    cr_expect_str_eq(about(&s), "follow, 100 lines");
    seat_type(&s, "/abc\r");
    cr_expect_null(s.app->dialog);
    cr_expect(strstr(about(&s), "10 of 100") != NULL);
    add(&s, EVENT_MOOD_PLAIN, "an abc more");
    cr_expect(strstr(about(&s), "11 of 101") != NULL);
    seat_press(&s, 0x1b);
    cr_expect(strstr(about(&s), "101 lines") != NULL);
    seat_free(&s);
}

Test(tui_panes_log, a_filter_that_fits_nothing_says_so)
{
    struct seat s = begin(5);

    seat_type(&s, "/nowhere\r");
    cr_expect(seat_shows(&s, "None of 5 lines holds \"nowhere\". Esc shows all."));
    seat_free(&s);
}

Test(tui_panes_log, levels_leave_out_what_is_no_trouble)
{
    struct seat s = begin(100);

    seat_type(&s, "ll");
    cr_expect(strstr(about(&s), "4 of 100 lines, trouble only") != NULL, "%s", about(&s));
    cr_expect(seat_shows(&s, "✗"));
    cr_expect_not(seat_shows(&s, "line 99"));
    seat_press(&s, 'l');
    cr_expect(strstr(about(&s), "100 lines") != NULL);
    seat_free(&s);
}

Test(tui_panes_log, a_search_goes_from_hit_to_hit)
{
    struct seat s = begin(100);

    seat_type(&s, "nabc\r");
    cr_expect(seat_shows(&s, "line 93"));
    seat_type(&s, "nnnn");
    cr_expect(seat_shows(&s, "line 53"));
    seat_press(&s, 'y');
    cr_expect_str_eq(s.effects.copied, "line 53 of request abc");
    seat_press(&s, 'N');
    seat_press(&s, 'y');
    cr_expect_str_eq(s.effects.copied, "line 63 of request abc");
    seat_free(&s);
}

Test(tui_panes_log, saving_writes_what_is_shown)
{
    struct seat s = begin(100);

    seat_type(&s, "/abc\rs");
    cr_assert_not_null(s.effects.saved_text);
    int lines = 0;
    for (const char *p = s.effects.saved_text; *p != '\0'; p++)
        lines += *p == '\n';
    cr_expect_eq(lines, 10);
    cr_expect(strstr(s.effects.saved_text, "\tproduction\tline 3 of request abc\n") != NULL);
    seat_free(&s);
}

Test(tui_panes_log, long_lines_are_wrapped_or_moved)
{
    struct seat s = begin(3);
    char text[500];

    memset(text, 'x', 300);
    memcpy(text + 300, "THE END", 8);
    add(&s, EVENT_MOOD_FAINT, text);
    cr_expect_not(seat_shows(&s, "THE END"));
    for (int i = 0; i < 33; i++)
        seat_press(&s, KEY_CODE_RIGHT);
    cr_expect(seat_shows(&s, "THE END"));
    seat_press(&s, 'w');
    cr_expect(seat_shows(&s, "THE END"));
    cr_expect(seat_shows(&s, "line 2"));
    seat_free(&s);
}

Test(tui_panes_log, only_a_detail_is_cut_off_and_only_until_it_is_looked_at)
{
    struct seat s = begin(3);
    const char *verdict = "v42 at 1 %: 0 of 131 failed, 0 of 72 slower than 2 s; v41 32 of 15793 "
                          "failed, 0 of 10155 slower than 2 s: good",
               *call =
                   "shift sends lambda UpdateAlias FunctionName=finally-prod-api Name=production "
                   "FunctionVersion=41 RoutingConfig={}";

    add(&s, EVENT_MOOD_FAINT, call);
    add(&s, EVENT_MOOD_GOOD, verdict);
    cr_expect(seat_shows(&s, "good"));
    cr_expect_not(seat_shows(&s, "RoutingConfig"));
    seat_press(&s, KEY_CODE_UP);
    cr_expect(seat_shows(&s, "RoutingConfig"));
    seat_press(&s, KEY_CODE_UP);
    cr_expect_not(seat_shows(&s, "RoutingConfig"));
    seat_free(&s);
}

Test(tui_panes_log, lines_that_went_are_counted)
{
    struct seat s = begin(0);
    char text[2001];

    memset(text, 'x', 2000);
    text[2000] = '\0';
    for (int i = 0; i < 2000; i++)
        add(&s, EVENT_MOOD_PLAIN, text);
    cr_assert_gt(s.app->log_dropped, 0);
    cr_expect(strstr(about(&s), "lines skipped") != NULL);
    seat_press(&s, KEY_CODE_HOME);
    cr_expect(seat_shows(&s, "lines skipped"));
    cr_expect(seat_shows(&s, "+1 "));
    seat_free(&s);
}

Test(tui_panes_log, lines_that_come_late_stand_at_their_time)
{
    struct seat s = begin(3);

    cr_expect(seat_shows(&s, "line 2"));
    app_log(s.app, "staging", EVENT_MOOD_PLAIN, WORLD_MS + 1500, "came late");
    cr_expect(strstr(about(&s), "4 lines") != NULL);
    auto_free char *text = seat_text(&s);
    cr_expect(strstr(text, "came late") != NULL);
    cr_expect(strstr(text, "came late") < strstr(text, "line 2"));
    seat_press(&s, 's');
    cr_expect(strstr(s.effects.saved_text, "line 2") != NULL);
    seat_free(&s);
}

Test(tui_panes_log, nothing_in_a_line_acts_on_a_terminal)
{
    static const char *const lines[] = {
        "\x1b[31mred\x1b]0;title\a",
        "\xc2\x9b"
        "31m of C1",
        "\xe2\x80\xae"
        "backwards",
        "\xe4\xb8\xad\xe6\x96\x87 wide",
        "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85",
        "\xff\xfe half",
        "tab\there\rand\nthere",
    };
    struct seat s = begin(0);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        add(&s, EVENT_MOOD_PLAIN, lines[i]);
    for (int cols = 1; cols < 130; cols++) {
        seat_resize(&s, 24, cols);
        auto_free char *text = seat_text(&s);
        for (const char *p = text; *p != '\0'; p++)
            cr_assert(*p == '\n' || (unsigned char)*p >= 0x20);
        cr_assert(strstr(text, "\xe2\x80\xae") == NULL);
        cr_assert(strstr(text, "\xc2\x9b") == NULL);
    }
    seat_free(&s);
}

Test(tui_panes_log, the_wheel_scrolls)
{
    struct seat s = begin(100);

    for (int i = 0; i < 20; i++)
        app_update(s.app,
                   &(struct input){.kind = INPUT_MOUSE,
                                   .wall_ms = s.wall_ms,
                                   .world_ms = WORLD_MS + s.wall_ms,
                                   .mouse = MOUSE_WHEEL_UP,
                                   .y = 10,
                                   .x = 10},
                   &s.effects);
    cr_expect(strncmp(about(&s), "at rest", 7) == 0);
    cr_expect_not(seat_shows(&s, "line 99"));
    seat_free(&s);
}

Test(tui_panes_log, it_looks_as_it_should)
{
    static const int sizes[][2] = {{18, 78}, {8, 38}, {3, 20}, {12, 118}};
    struct seat s = begin(0);

    golden_pane(s.app, &pane_log, 6, 60, "log-empty");
    add(&s, EVENT_MOOD_PLAIN, "run r-0142 of production is open, by ana");
    add(&s, EVENT_MOOD_GOOD, "v42 is good at 10 %: 1 of 412 failed");
    add(&s, EVENT_MOOD_WARN, "QUESTION: not enough requests at 25 %: 118 of 325");
    add(&s, EVENT_MOOD_BAD,
        "migrate failed: relation \"orders\" is locked by pid 4711 "
        "since 14 minutes, and nobody knows who that is");
    add(&s, EVENT_MOOD_FAINT, "polled \x1b[31m\xe4\xb8\xad\xe6\x96\x87");
    seat_wait(&s, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        golden_pane(s.app, &pane_log, sizes[i][0], sizes[i][1], "log");
    seat_press(&s, 'w');
    golden_pane(s.app, &pane_log, 12, 60, "log-wrapped");
    seat_free(&s);
}
