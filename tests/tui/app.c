/* app.c - tests of tui/app.c: what happens to the console, and what it asks for. */
#include "tui/app.h"

#include <locale.h>

#include "tests/tui/screen.h"
#include "tui/keys.h"

/* ---- seats ---- */

Test(app, production_is_read_only_until_its_name_was_typed)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    cr_expect_not_null(app_write_refused(s.app));
    screen_keys(&s, "R");
    cr_expect_null(s.app->dialog);
    screen_expect_text(&s, "W unlocks");
    screen_keys(&s, "W");
    screen_wait_arming(&s);
    screen_keys(&s, "production\r");
    cr_expect(s.app->is_unlocked);
    cr_expect_null(app_write_refused(s.app));
    screen_close(&s);
}

Test(app, a_console_that_was_started_read_only_cannot_be_unlocked_but_goes_back)
{
    struct screen s;
    screen_open_with(&s, "going-back", 24, 80, &(struct app_options){.is_read_only = true});
    screen_keys(&s, "W");
    cr_expect_null(s.app->dialog);
    screen_expect_text(&s, "--read-only");
    screen_keys(&s, "!");
    cr_assert_not_null(s.app->dialog);
    cr_expect_not_null(screen_asked(&s, "preview_rollback"));
    screen_close(&s);
}

Test(app, another_environment_is_another_seat)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, ">");
    cr_expect_not(s.app->is_unlocked);
    const json_t *look = screen_asked(&s, "look");
    cr_assert_not_null(look);
    cr_expect_str_neq(json_string_value(json_object_get(look, "env")), "production");
    screen_keys(&s, "<");
    screen_expect_text(&s, "PRODUCTION");
    cr_expect_not_null(app_write_refused(s.app));
    screen_close(&s);
}

/* ---- the way back ---- */

Test(app, going_back_is_one_key_from_every_pane_and_over_every_dialog)
{
    static const char *const ways[] = {"1!", "2!", "3!", "4!", "5!", "6!", "?!", "z!", "f!"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct screen s;
        screen_open(&s, "going-back", 24, 80);
        screen_keys(&s, ways[i]);
        cr_expect_not_null(screen_asked(&s, "preview_rollback"), "%s", ways[i]);
        screen_close(&s);
    }
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_keys(&s, ":");
    screen_key(&s, KEY_CODE_F9);
    cr_expect_not_null(screen_asked(&s, "preview_rollback"), "F9 inside a text field");
    screen_close(&s);
}

Test(app, what_was_typed_before_the_first_picture_applies_nothing)
{
    struct app *app = app_new(&(struct app_options){0});
    struct effects effects;
    static const int keys[] = {'!', 'y', KEY_CODE_ENTER, KEY_CODE_ENTER};
    effects_init(&effects);
    for (size_t i = 0; i < 4; i++)
        app_update(app, &(struct input){.kind = INPUT_KEY, .key = keys[i], .wall_ms = 1}, &effects);
    cr_expect_eq(json_array_size(effects.requests), 0);
    cr_expect_not(effects.is_quit);
    effects_clear(&effects);
    app_free(app);

    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_keys(&s, "!y\r\r");
    cr_expect_null(screen_asked(&s, "rollback"), "all at once, as a type-ahead comes");
    screen_close(&s);
}

Test(app, after_a_release_the_way_back_names_what_it_leaves_by_the_undo_of_the_plan)
{
    struct screen s;
    screen_open(&s, "all-clear", 40, 120);
    screen_keys(&s, "!");
    screen_reply(&s, screen_asked(&s, "preview_rollback"), true,
                 json_pack("{s:n, s:n, s:{s:f}, s:{s:f}, s:s, s:s, s:[], s:[], s:b}", "run", "call",
                           "from", "42", 1.0, "to", "41", 1.0, "target", "41", "why",
                           "r-0002 replaced it", "rest", "stays", "needed", 1));
    screen_expect_text(&s, "not undone");
    screen_expect_text(&s, "snapshot: it takes no part in what runs");
    screen_expect_text(&s, "deploy: no traffic reaches the new version");
    screen_expect_no_text(&s, "smoke: ");
    screen_expect_no_text(&s, "${");
    screen_close(&s);
}

/* ---- requests and answers ---- */

static void note_reply(struct app *app, void *closure, bool ok, const json_t *answer,
                       struct effects *effects)
{
    (void)app;
    (void)effects;
    *(int *)closure += ok ? (int)json_integer_value(json_object_get(answer, "n")) : -1;
}

Test(app, an_answer_reaches_who_asked_and_only_once)
{
    struct screen s;
    int sum = 0;
    screen_open(&s, "before", 24, 80);
    app_ask(s.app, &s.effects, json_pack("{s:s}", "verb", "one"), NULL, note_reply, &sum, NULL);
    app_ask(s.app, &s.effects, json_pack("{s:s}", "verb", "two"), NULL, note_reply, &sum, NULL);
    const json_t *one = screen_asked(&s, "one"), *two = screen_asked(&s, "two");
    cr_expect_str_eq(json_string_value(json_object_get(one, "env")), "production");
    screen_reply(&s, two, true, json_pack("{s:i}", "n", 20));
    cr_expect_eq(sum, 20);
    screen_reply(&s, two, true, json_pack("{s:i}", "n", 20));
    cr_expect_eq(sum, 20);
    screen_reply(&s, one, false, json_object());
    cr_expect_eq(sum, 19);
    screen_close(&s);
}

Test(app, an_error_that_nobody_waits_for_is_said)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    app_ask(s.app, &s.effects, json_pack("{s:s}", "verb", "lock"), "locking", NULL, NULL, NULL);
    screen_expect_text(&s, "locking ...");
    screen_reply(&s, screen_asked(&s, "lock"), false,
                 json_pack("{s:s, s:s}", "message", "the disk is full", "hint", "Make room"));
    screen_expect_text(&s, "locking: the disk is full. Make room");
    screen_close(&s);
}

Test(app, a_command_says_what_it_has_seen_of_the_run)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    app_command(s.app, &s.effects, "retry", "shift", NULL, "why not", "trying again");
    const json_t *command = screen_asked(&s, "command");
    cr_assert_not_null(command);
    cr_expect_eq(json_integer_value(json_object_get(command, "seen_seq")),
                 app_run(s.app)->last_seq);
    cr_expect_str_eq(json_string_value(json_object_get(command, "run")), app_run(s.app)->id);
    cr_expect_str_eq(json_string_value(json_object_get(command, "command")), "retry");
    cr_expect_null(json_object_get(command, "answer"));
    screen_close(&s);
}

/* ---- paste and mouse ---- */

Test(app, a_paste_presses_no_keys)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_paste(&s, "!y\nq");
    cr_expect_null(s.app->dialog);
    cr_expect_not(s.effects.is_quit);
    screen_expect_text(&s, "thrown away");
    screen_close(&s);
}

Test(app, a_click_on_a_tab_or_a_pane_focuses_it_and_presses_nothing)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    app_draw(s.app, s.canvas);
    auto_free char *tabs = canvas_row(s.canvas, 2);
    const char *traffic = strstr(tabs, "4 Traffic");
    cr_assert_not_null(traffic);
    screen_mouse(&s, MOUSE_PRESS, 2, (int)(traffic - tabs) + 3);
    cr_expect_eq(s.app->focus, PANE_TRAFFIC);
    screen_resize(&s, 40, 120);
    struct layout l = layout_of(40, 120, PANE_TRAFFIC, false);
    screen_mouse(&s, MOUSE_PRESS, l.panes[PANE_METRICS].y + 2, l.panes[PANE_METRICS].x + 2);
    cr_expect_eq(s.app->focus, PANE_METRICS);
    cr_expect_eq(json_array_size(s.effects.requests), 0);
    screen_close(&s);
}

Test(app, a_key_of_the_footer_can_be_clicked)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_mouse(&s, MOUSE_PRESS, 22, 75);
    cr_assert_not_null(s.app->dialog);
    cr_expect_not_null(screen_asked(&s, "preview_rollback"));
    cr_expect_null(screen_asked(&s, "rollback"));
    screen_close(&s);
}

/* ---- freezing ---- */

Test(app, a_frozen_screen_stands_still_and_shows_later_what_happened)
{
    struct screen s;
    screen_open(&s, "going-back", 40, 120);
    screen_keys(&s, "1f");
    screen_wait(&s, TOAST_LIFE_MS + 1);
    auto_free char *before = screen_text(&s);
    cr_expect_not_null(strstr(before, "FROZEN since"));
    screen_news(&s,
                json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "said", "env", "production", "text",
                          "a bell was heard", "mood", "plain", "at_ms", (json_int_t)s.world_ms));
    screen_wait(&s, 120000);
    auto_free char *after = screen_text(&s);
    cr_expect_str_eq(after, before);
    cr_expect_eq(app_next_tick_ms(s.app), -1, "nobody need be woken");
    screen_keys(&s, "f");
    screen_expect_text(&s, "a bell was heard");
    screen_close(&s);
}

Test(app, a_frozen_screen_calls_for_a_person_all_the_same)
{
    struct screen s;
    screen_open(&s, "going-back", 40, 120);
    screen_keys(&s, "f");
    const struct run *run = app_run(s.app);
    struct event *event = event_new(run->id, "drift_seen", "", "", json_object());
    event->seq = run->last_seq + 1;
    event->at_ms = s.world_ms;
    json_t *news = json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production", "event",
                             wire_event(event));
    event_unref(event);
    screen_news(&s, news);
    cr_expect(s.effects.is_bell);
    cr_expect_not_null(s.effects.notice);
    screen_close(&s);
}

/* ---- leaving ---- */

Test(app, leaving_asks_only_while_a_release_is_driven_here)
{
    struct screen s;
    screen_open(&s, "rolled-back", 24, 80);
    screen_keys(&s, "zq");
    cr_expect_not(s.effects.is_quit, "the first q leaves the zoom");
    screen_keys(&s, "q");
    cr_expect(s.effects.is_quit);
    cr_expect_eq(s.effects.exit_code, 4, "as `run` ends: it was rolled back");
    screen_close(&s);

    screen_open(&s, "going-back", 24, 80);
    screen_keys(&s, "q");
    cr_expect_not(s.effects.is_quit);
    cr_assert_not_null(s.app->dialog);
    screen_expect_text(&s, "driven by this very program");
    screen_wait_arming(&s);
    screen_keys(&s, "l");
    cr_expect(s.effects.is_quit);
    screen_close(&s);
}

Test(app, ctrl_c_twice_leaves_and_once_cancels)
{
    struct screen s;
    screen_open(&s, "rolled-back", 24, 80);
    screen_keys(&s, "?");
    screen_key(&s, KEY_CODE_CONTROL('c'));
    cr_expect_null(s.app->dialog);
    screen_key(&s, KEY_CODE_CONTROL('c'));
    cr_expect_not(s.effects.is_quit);
    screen_wait(&s, 1500);
    screen_key(&s, KEY_CODE_CONTROL('c'));
    cr_expect_not(s.effects.is_quit, "too late to be the second");
    screen_key(&s, KEY_CODE_CONTROL('c'));
    cr_expect(s.effects.is_quit);
    screen_close(&s);
}

Test(app, ctrl_z_is_refused_while_a_release_is_driven_here)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_key(&s, KEY_CODE_CONTROL('z'));
    cr_expect_not(s.effects.is_suspend);
    screen_expect_text(&s, "Ctrl-Z:");
    screen_close(&s);
    screen_open(&s, "rolled-back", 24, 80);
    screen_key(&s, KEY_CODE_CONTROL('z'));
    cr_expect(s.effects.is_suspend);
    screen_close(&s);
}

/* ---- time ---- */

Test(app, nobody_is_woken_before_something_on_the_screen_changes)
{
    struct screen s;
    screen_open(&s, "rolled-back", 40, 120);
    for (int i = 0; i < 400; i++) {
        int64_t tick = app_next_tick_ms(s.app);
        cr_assert_gt(tick, s.wall_ms);
        cr_assert_leq(tick - s.wall_ms, 60000);
        if (tick - s.wall_ms < 2)
            continue;
        auto_free char *before = screen_text(&s);
        s.world_ms += tick - s.wall_ms - 1;
        s.wall_ms = tick - 1;
        screen_input(&s, (struct input){.kind = INPUT_FOCUS, .has_focus = true});
        auto_free char *after = screen_text(&s);
        cr_assert_str_eq(after, before, "it changed before the tick\n%s\n%s", before, after);
        screen_wait(&s, 1);
    }
    screen_close(&s);
}

Test(app, seconds_tick_only_while_a_release_is_under_way)
{
    struct screen s;
    screen_open(&s, "going-back", 40, 120);
    cr_expect_leq(app_next_tick_ms(s.app) - s.wall_ms, 1000);
    screen_close(&s);
    screen_open(&s, "no-run", 40, 120);
    cr_expect_gt(app_next_tick_ms(s.app) - s.wall_ms, 1000);
    screen_close(&s);
}
