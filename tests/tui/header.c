/* header.c - tests of tui/header.c: what is said at every width, and what goes first. */
#include "tui/header.h"

#include "core/buf.h"
#include "core/event.h"
#include "tests/tui/screen.h"
#include "tui/panes.h"

/* The first row holds the environment's word, or as many letters of it as there is room for. */
static bool says_word(const char *row, int cols)
{
    return strncmp(row + strspn(row, " "), "PRODUCTION", cols >= 40 ? 10 : cols >= 20 ? 4 : 1) == 0;
}

Test(header, the_environment_and_the_way_back_are_there_at_every_size)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    for (int rows = 1; rows <= 60; rows += rows < 12 ? 1 : 6)
        for (int cols = 12; cols <= 300; cols += cols < 90 ? 1 : 13) {
            screen_resize(&s, rows, cols);
            auto_free char *picture = screen_text(&s);
            cr_assert(says_word(picture, cols), "no word at %dx%d:\n%s", cols, rows, picture);
            cr_assert_not_null(strstr(picture, "! ROLLBACK"), "no way back at %dx%d:\n%s", cols,
                               rows, picture);
        }
    screen_close(&s);
}

Test(header, the_smallest_screens_are_drawn_too)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    for (int rows = 1; rows <= 12; rows++)
        for (int cols = 1; cols <= 14; cols++) {
            screen_resize(&s, rows, cols);
            auto_free char *row = (app_draw(s.app, s.canvas), canvas_row(s.canvas, 0));
            cr_assert_neq(strchr(row, '!'), NULL, "no ! at %dx%d: %s", cols, rows, row);
        }
    screen_close(&s);
}

/* Parts begin after two blanks: "RO" never stands glued to what is before it. */
Test(header, two_parts_are_never_glued_together)
{
    static const char *const parts[] = {"finally", "svc", "service", "rollback ",
                                        "back:",   "T+",  "LOCKED"};
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    for (int cols = 40; cols <= 220; cols++) {
        screen_resize(&s, 24, cols);
        app_draw(s.app, s.canvas);
        for (int y = 0; y < 2; y++) {
            auto_free char *row = canvas_row(s.canvas, y);
            for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
                const char *at = strstr(row, parts[i]);
                if (at != NULL && at > row + 1 && at[-1] != '(')
                    cr_assert(at[-1] == ' ' && at[-2] == ' ', "\"%s\" at %d columns: %s", parts[i],
                              cols, row);
            }
        }
    }
    screen_close(&s);
}

Test(header, run_and_service_are_two_words)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    screen_expect_text(&s, "run: rolled back to v41");
    screen_expect_text(&s, "service healthy");
    screen_expect_text(&s, "LOCKED");
    screen_close(&s);
}

Test(header, what_is_not_known_of_the_service_is_never_called_healthy)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:{s:s}}", "news", "trouble", "env", "production",
                              "what", "status", "error", "message", "no network"));
    screen_expect_text(&s, "service not known");
    screen_expect_no_text(&s, "service healthy");
    screen_close(&s);
}

Test(header, an_engine_that_was_stopped_is_not_called_gone)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    screen_news(&s, json_pack("{s:s, s:s}", "news", "lost", "stopped",
                              "the engine was stopped by ana@laptop"));
    screen_expect_text(&s, "ENGINE STOPPED");
    screen_expect_text(&s, "run: rolled back to v41");
    screen_expect_text(&s, "the engine was stopped by ana@laptop. `flightdeck engine` starts one");
    screen_expect_no_text(&s, "GONE");
    screen_news(&s, json_pack("{s:s, s:n}", "news", "lost", "stopped"));
    screen_expect_text(&s, "THE ENGINE IS GONE");
    screen_close(&s);
}

Test(header, an_age_is_shown_when_what_is_seen_is_older_than_two_intervals)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    screen_expect_no_text(&s, " ago");
    screen_wait(&s, 45000);
    screen_expect_text(&s, "seen 45 s ago");
    screen_close(&s);
}

Test(header, an_unknown_readiness_is_not_shown_as_good)
{
    struct screen s;
    screen_open(&s, "baking", 40, 120);
    screen_expect_text(&s, "rollback ready");
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "ready", "env", "production",
                              "state", "unknown", "text", "", "at_ms", (json_int_t)s.world_ms));
    screen_expect_text(&s, "rollback: not proved");
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "ready", "env", "production",
                              "state", "no", "text", "denied", "at_ms", (json_int_t)s.world_ms));
    screen_expect_text(&s, "rollback: REFUSED");
    screen_close(&s);
}

Test(header, of_a_sign_in_that_has_ended_says_whose_it_was_and_names_nobody_else)
{
    static const struct {
        const char *arn, *you, *says;
    } cases[] = {
        {"arn:aws:iam::123456789012:user/eva@finally.com", "root@vm", "eva  SIGN-IN ENDED"},
        {"", "arn:aws:iam::123456789012:user/eva@finally.com", "eva  SIGN-IN ENDED"},
        {"", "root@vm (unverified)", "SIGN-IN ENDED"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct screen s;
        screen_open(&s, "baking", 24, 80);
        json_object_set_new(json_object_get(s.app->hello, "you"), "name",
                            json_string(cases[i].you));
        screen_news(&s,
                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "news", "identity", "env", "production",
                              "arn", cases[i].arn, "state", "ended", "text", "aws sso login"));
        screen_expect_text(&s, cases[i].says);
        screen_expect_no_text(&s, "root");
        screen_close(&s);
    }
}

Test(header, names_from_outside_cannot_act_on_the_terminal)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "news", "identity", "env",
                              "production", "arn", "user/a\x1b[31mb", "account", "123456789012",
                              "expires_at_ms", 0, "state", "ok", "profile", "x"));
    app_draw(s.app, s.canvas);
    for (int x = 0; x < s.canvas->cols; x++)
        cr_assert_neq(canvas_cell(s.canvas, 0, x)->text[0], L'\x1b');
    screen_close(&s);
}

static void add_event(json_t *events, const char *type, const char *step, json_t *body)
{
    struct event *event = event_new("r-0003", type, step, "ana", body);
    event->seq = (int64_t)json_array_size(events) + 1;
    event->at_ms = 1795659650352 + event->seq;
    json_array_append_new(events, wire_event(event));
    event_unref(event);
}

Test(header, a_way_back_by_hand_is_not_called_a_release)
{
    struct screen s;
    json_t *events = json_array();
    screen_open(&s, "after", 24, 120);
    add_event(events, "run_opened", "",
              json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "production",
                        "plan_name", "rollback"));
    add_event(events, "run_started", "",
              json_pack("{s:{s:s, s:s, s:s, s:[{s:s, s:s, s:b}]}}", "plan", "env", "production",
                        "plan", "rollback", "hash", "", "steps", "id", "back", "kind",
                        "set-version", "moves_traffic", 1));
    add_event(events, "step_started", "back", json_object());
    add_event(events, "decided", "back",
              json_pack("{s:s, s:s}", "key", "new_version", "value", "41"));
    add_event(events, "step_ended", "back", json_pack("{s:s}", "state", "succeeded"));
    screen_news(&s, json_pack("{s:s, s:s, s:O, s:s}", "news", "run", "env", "production", "events",
                              events, "driver", "here"));
    screen_expect_text(&s, "run: GOING BACK to v41");
    screen_expect_no_text(&s, "weight 0 of");
    add_event(events, "run_ended", "", json_pack("{s:s}", "status", "succeeded"));
    screen_news(&s, json_pack("{s:s, s:s, s:o, s:s}", "news", "run", "env", "production", "events",
                              events, "driver", "none"));
    screen_expect_text(&s, "run: rolled back to v41 (r-0003)");
    screen_expect_no_text(&s, "released");
    screen_close(&s);
}

Test(header, the_time_of_this_seat_and_the_region_stay_beside_frozen_and_locked)
{
    struct screen s;
    screen_open(&s, "baking", 40, 120);
    screen_keys(&s, "f");
    screen_expect_text(&s, "FROZEN");
    screen_expect_text(&s, "02:49Z  03:49");
    screen_expect_text(&s, "eu-central-1");
    screen_expect_text(&s, "r-0002");
    screen_resize(&s, 24, 80);
    screen_expect_text(&s, "02:49Z  03:49");
    screen_close(&s);
    screen_open(&s, "rolled-back", 40, 120);
    screen_expect_text(&s, "LOCKED by flightdeck");
    screen_expect_text(&s, "02:31Z  03:31");
    screen_expect_text(&s, "eu-central-1");
    screen_resize(&s, 24, 80);
    screen_expect_text(&s, "02:31Z  03:31");
    screen_close(&s);
}

/* ---- the moments of tests/vectors/console ---- */

/* One file: for each moment and width its two lines. */
Test(header, the_moments_of_a_release_read_as_they_did)
{
    static const char *const moments[] = {
        "no-run",      "before",  "approval",      "baking",     "next-weight",
        "watching",    "after",   "all-clear",     "going-back", "rolled-back",
        "failed-step", "offline", "sign-in-ended",
    };
    static const int widths[] = {60, 80, 120, 200};
    struct buf all;
    buf_init(&all, 1u << 16);
    for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++)
        for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
            struct screen s;
            screen_open(&s, moments[m], 24, widths[i]);
            app_draw(s.app, s.canvas);
            auto_free char *first = canvas_row(s.canvas, 0), *second = canvas_row(s.canvas, 1);
            buf_addf(&all, "%s, %d columns\n%s\n%s\n\n", moments[m], widths[i], first, second);
            screen_close(&s);
        }
    screen_expect_file("tests/vectors/console/headers.txt", all.ptr);
    buf_clear(&all);
}
