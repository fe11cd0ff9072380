/* app_replaced.c - what is confirmed goes where it was asked about, or nowhere: run, environment
 * and seat may change under an open dialog. */
#include "core/wire.h"
#include "tests/tui/screen.h"
#include "tui/app.h"
#include "tui/app_actions.h"

#define BACKSPACES "\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177\177"

/* The project was changed: these are its environments now. */
static void hear_environments(struct screen *s, const char *first, const char *second)
{
    json_t *all = json_pack("[{s:s, s:b}]", "name", first, "production", 1);
    if (second != NULL)
        json_array_append_new(all, json_pack("{s:s, s:b}", "name", second, "production", 1));
    screen_news(s, json_pack("{s:s, s:i, s:o}", "news", "hello", "wire", 1, "environments", all));
}

/* Another run has the place of the one on the screen, as like it as can be. */
static void replace_run(struct screen *s)
{
    const struct run *run = app_run(s->app);
    struct event **old = app_environment(s->app)->events;
    json_t *events = json_array();
    for (size_t i = 0; i < app_environment(s->app)->event_count; i++) {
        json_t *event = wire_event(old[i]);
        json_object_set_new(event, "stream", json_string("r-9999"));
        json_array_append_new(events, event);
    }
    cr_assert_not_null(run);
    screen_news(s, json_pack("{s:s, s:s, s:o, s:s}", "news", "run", "env", "production", "events",
                             events, "driver", "here"));
    cr_assert_str_eq(app_run(s->app)->id, "r-9999");
}

Test(app_replaced, an_order_for_a_run_that_was_replaced_is_not_sent)
{
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    screen_unlock(&s);
    app_pause(s.app, &s.effects);
    cr_assert_not_null(s.app->dialog);
    replace_run(&s);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    cr_expect_null(screen_asked(&s, "command"));
    screen_expect_text(&s, "another run is on the screen");
    screen_close(&s);
}

Test(app_replaced, a_choice_about_a_step_of_a_run_that_was_replaced_is_not_sent)
{
    struct screen s;
    screen_open(&s, "failed-step", 24, 80);
    screen_unlock(&s);
    dialog_open_step(s.app, "smoke-2", &s.effects);
    for (size_t i = 0; s.app->dialog == NULL && i < app_run(s.app)->step_count; i++)
        dialog_open_step(s.app, app_run(s.app)->steps[i].id, &s.effects);
    cr_assert_not_null(s.app->dialog);
    replace_run(&s);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "r");
    cr_expect_null(screen_asked(&s, "command"));
    screen_close(&s);
}

Test(app_replaced, what_was_asked_of_one_environment_is_not_sent_to_another)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    cr_assert_not_null(s.app->dialog);
    hear_environments(&s, "elsewhere", NULL);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    cr_expect_null(screen_asked(&s, "start"));
    screen_expect_text(&s, "another environment is on the screen");
    screen_close(&s);
}

Test(app_replaced, a_seat_unlocked_for_one_environment_is_not_for_another)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    hear_environments(&s, "elsewhere", "production");
    cr_expect(s.app->is_unlocked, "it is still on the screen");
    hear_environments(&s, "elsewhere", NULL);
    cr_expect_not(s.app->is_unlocked);
    screen_close(&s);
}

Test(app_replaced, a_name_that_was_typed_for_one_environment_unlocks_no_other)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_keys(&s, "Wproduction");
    hear_environments(&s, "elsewhere", NULL);
    screen_keys(&s, "\r");
    cr_expect_not(s.app->is_unlocked);
    screen_keys(&s, BACKSPACES "elsewhere\r");
    cr_expect_not(s.app->is_unlocked);
    screen_close(&s);
}

Test(app_replaced, leaving_pauses_the_run_that_this_program_drives)
{
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "q");
    cr_assert_not_null(s.app->dialog);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "p");
    const json_t *sent = screen_asked(&s, "command");
    cr_assert_not_null(sent);
    cr_expect_str_eq(json_string_value(json_object_get(sent, "command")), "pause");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "env")), "production");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "run")), app_run(s.app)->id);
    screen_close(&s);
}

Test(app_replaced, a_tiny_screen_says_where_it_is_above_a_dialog)
{
    struct screen s;
    screen_open(&s, "before", 8, 30);
    screen_keys(&s, "?");
    cr_assert_not_null(s.app->dialog);
    app_draw(s.app, s.canvas);
    auto_free char *row = canvas_row(s.canvas, 0);
    cr_expect_not_null(strstr(row, "PRODUCTION"), "%s", row);
    cr_expect_not_null(strstr(row, "! ROLLBACK"), "%s", row);
    screen_close(&s);
}

Test(app_replaced, the_way_back_ends_no_run_that_it_was_not_opened_on)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    screen_keys(&s, "!");
    screen_reply(&s, screen_asked(&s, "preview_rollback"), true,
                 json_pack("{s:b, s:s}", "needed", 0, "target", "41"));
    replace_run(&s);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "a");
    cr_expect_null(screen_asked(&s, "command"));
    screen_close(&s);
}
