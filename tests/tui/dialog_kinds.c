/* dialog_kinds.c - help, palette, unlocking, pages, text, a step that stopped, questions. */
#include <criterion/criterion.h>

#include "tests/tui/dialog_fixture.h"

static struct seat begin(void) { return seat_new(&(struct app_options){0}); }

static const char *top(const struct seat *s)
{
    return s->app->dialog == NULL ? "" : s->app->dialog->kind->name;
}

/* ---- help ---- */

Test(tui_dialog_kinds, help_lists_what_works_here_and_why_the_rest_does_not)
{
    struct seat s = begin();

    seat_resize(&s, 90, 120);
    seat_press(&s, '?');
    cr_expect(seat_shows(&s, "Everywhere"));
    cr_expect(seat_shows(&s, "The way back"));
    cr_expect(seat_shows(&s, "not now: "));
    seat_press(&s, '?');
    cr_expect_null(s.app->dialog);
    seat_free(&s);
}

Test(tui_dialog_kinds, help_is_filtered_by_typing_and_enter_runs_the_row)
{
    struct seat s = begin();

    seat_type(&s, "?/unlocked\b");
    cr_expect(seat_shows(&s, "keys: "));
    seat_type(&s, "\x15read-only until");
    cr_expect(seat_shows(&s, "keys: 1 of"));
    seat_press(&s, '\r');
    cr_expect_str_eq(top(&s), "unlock");
    seat_free(&s);
}

/* ---- palette ---- */

Test(tui_dialog_kinds, the_palette_finds_by_letters_and_runs_what_the_key_would)
{
    struct seat s = begin();

    seat_type(&s, ":rbk");
    cr_expect(seat_shows(&s, "roll back"));
    seat_press(&s, '\r');
    cr_expect_str_eq(top(&s), "rollback");
    cr_expect_not(seat_wrote(&s));
    seat_free(&s);
}

Test(tui_dialog_kinds, unknown_text_in_the_palette_is_an_error)
{
    struct seat s = begin();

    seat_type(&s, ":rm -rf /\r");
    cr_expect(seat_shows(&s, "no such command: nothing was run"));
    cr_expect_str_eq(top(&s), "palette");
    cr_expect_not(seat_wrote(&s));
    seat_free(&s);
}

Test(tui_dialog_kinds, an_enter_in_an_empty_palette_chooses_nothing)
{
    struct seat s = begin();

    seat_type(&s, ":\r\r");
    cr_expect_str_eq(top(&s), "palette");
    seat_free(&s);
}

/* ---- unlocking ---- */

Test(tui_dialog_kinds, the_typed_name_unlocks_and_no_other)
{
    struct seat s = begin();

    seat_type(&s, "Wstaging\r");
    cr_expect_not(s.app->is_unlocked);
    seat_press(&s, KEY_CODE_CONTROL('u'));
    seat_paste(&s, "production");
    seat_press(&s, '\r');
    cr_expect_not(s.app->is_unlocked);
    seat_type(&s, "production\r");
    cr_expect(s.app->is_unlocked);
    cr_expect_null(s.app->dialog);
    seat_press(&s, 'W');
    cr_expect_not(s.app->is_unlocked);
    seat_free(&s);
}

Test(tui_dialog_kinds, a_read_only_console_cannot_be_unlocked)
{
    struct seat s = seat_new(&(struct app_options){.is_read_only = true});

    dialog_open_unlock(s.app);
    cr_expect_null(s.app->dialog);
    cr_expect(strstr(seat_toast(&s), "--read-only") != NULL);
    seat_free(&s);
}

/* ---- pages and text ---- */

static void open_page(struct seat *s, int count)
{
    json_t *lines = json_array();

    for (int i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "line %d%s", i, i == 70 ? " needle \x1b[31m" : "");
        json_array_append_new(lines, json_string(line));
    }
    dialog_page(s->app, "Report of r-1", lines);
}

Test(tui_dialog_kinds, a_page_scrolls_searches_copies_and_saves)
{
    struct seat s = begin();

    open_page(&s, 100);
    cr_expect(seat_shows(&s, "line 0"));
    seat_press(&s, KEY_CODE_END);
    cr_expect(seat_shows(&s, "line 99"));
    seat_type(&s, "/needle\r");
    cr_expect(seat_shows(&s, "line 70 needle \\x1b[31m"));
    seat_press(&s, 'y');
    cr_expect(strstr(s.effects.copied, "line 70") != NULL);
    seat_press(&s, 's');
    cr_expect_str_eq(s.effects.saved_name, "report-of-r-1.txt");
    cr_expect(strstr(s.effects.saved_text, "line 0\nline 1\n") == s.effects.saved_text);
    seat_press(&s, 'q');
    cr_expect_null(s.app->dialog);
    seat_free(&s);
}

static void got(struct app *app, void *closure, const char *text, struct effects *effects)
{
    (void)app;
    (void)effects;
    snprintf(closure, 100, "%s", text);
}

static void dropped(struct app *app, void *closure, struct effects *effects)
{
    got(app, closure, "cancelled", effects);
}

Test(tui_dialog_kinds, a_line_of_text_is_edited_pasted_into_and_taken)
{
    struct seat s = begin();
    char text[100] = "";
    struct text_question question = {.title = "why",
                                     .hint = "in the report",
                                     .done = got,
                                     .cancelled = dropped,
                                     .closure = text};

    dialog_ask_text(s.app, &question);
    seat_press(&s, '\r');
    cr_expect_str_eq(text, "", "empty is not allowed");
    seat_type(&s, "ab!");
    seat_press(&s, KEY_CODE_LEFT);
    seat_press(&s, 0x4e2d);
    seat_press(&s, KEY_CODE_LEFT);
    seat_press(&s, KEY_CODE_BACKSPACE);
    seat_press(&s, KEY_CODE_END);
    seat_paste(&s, " two\nlines\x1b[0m");
    seat_press(&s, '\r');
    cr_expect_str_eq(text, "a中! two lines[0m");
    dialog_ask_text(s.app, &question);
    seat_press(&s, 0x1b);
    cr_expect_str_eq(text, "cancelled");
    seat_free(&s);
}

/* ---- a step that stopped ---- */

static struct seat stopped(void)
{
    struct seat s = begin();

    s.app->is_unlocked = true;
    seat_begin_run(&s);
    seat_event(&s, "step_started", "migrate", json_object());
    seat_event(&s, "step_ended", "migrate",
               json_pack("{s:s, s:s}", "state", "failed", "reason", "exit 1"));
    dialog_open_step(s.app, "migrate", &s.effects);
    return s;
}

static const char *commanded(const struct seat *s)
{
    const json_t *request = seat_asked(s, "command");
    return request == NULL ? "" : json_string_value(json_object_get(request, "command"));
}

Test(tui_dialog_kinds, a_stopped_step_says_first_what_production_serves)
{
    struct seat s = stopped();

    cr_expect(seat_shows(&s, "Production serves v41 90 %, v42 10 %"));
    cr_expect(seat_shows(&s, "nothing to"));
    cr_expect(seat_shows(&s, "it said no: exit 1"));
    seat_press(&s, 'r');
    cr_expect_str_eq(commanded(&s), "", "it was not armed yet");
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, '\r');
    cr_expect_str_eq(commanded(&s), "");
    seat_press(&s, 'r');
    cr_expect_str_eq(commanded(&s), "retry");
    seat_free(&s);
}

Test(tui_dialog_kinds, skipping_a_step_is_level_3)
{
    struct seat s = stopped();

    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 's');
    cr_expect_str_eq(top(&s), "confirm");
    seat_type(&s, "production\rit is done by hand\r");
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect_str_eq(commanded(&s), "skip");
    cr_expect_str_eq(json_string_value(json_object_get(seat_asked(&s, "command"), "reason")),
                     "it is done by hand");
    seat_free(&s);
}

Test(tui_dialog_kinds, a_locked_seat_can_stop_and_go_back_but_not_retry)
{
    struct seat s = stopped();

    seat_press(&s, 0x1b);
    s.app->is_unlocked = false;
    dialog_open_step(s.app, "migrate", &s.effects);
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'r');
    cr_expect_str_eq(commanded(&s), "");
    cr_expect(strstr(seat_toast(&s), "read-only") != NULL);
    seat_press(&s, 'b');
    cr_expect_str_eq(top(&s), "rollback");
    seat_press(&s, 0x1b);
    dialog_open_step(s.app, "migrate", &s.effects);
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "pause");
    seat_free(&s);
}

Test(tui_dialog_kinds, a_step_that_has_not_stopped_opens_nothing)
{
    struct seat s = begin();

    dialog_open_step(s.app, "shift", &s.effects);
    cr_expect_null(s.app->dialog);
    seat_free(&s);
}

/* ---- questions of the engine ---- */

static void ask(struct seat *s)
{
    seat_event(s, "step_started", "shift", json_object());
    seat_event(s, "asked", "shift",
               json_pack("{s:s, s:s, s:[s, s, s], s:I}", "id", "q1", "question",
                         "118 of 325 requests so far", "choices", "promote", "hold", "roll-back",
                         "deadline_ms", (json_int_t)(WORLD_MS + 1500000)));
}

Test(tui_dialog_kinds, a_question_opens_with_its_choices_and_its_deadline)
{
    struct seat s = begin();

    s.app->is_unlocked = true;
    seat_begin_run(&s);
    ask(&s);
    cr_expect_str_eq(top(&s), "choice");
    cr_expect(seat_shows(&s, "118 of 325 requests so far"));
    cr_expect(seat_shows(&s, "14:25Z"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "answer");
    const json_t *request = seat_asked(&s, "command");
    cr_expect_str_eq(json_string_value(json_object_get(request, "answer")), "hold");
    cr_expect_str_eq(json_string_value(json_object_get(request, "step")), "q1");
    seat_free(&s);
}

Test(tui_dialog_kinds, a_question_that_came_by_itself_waits_for_silence_and_then_takes_any_key)
{
    struct seat s = begin();

    s.app->is_unlocked = true;
    seat_begin_run(&s);
    seat_press(&s, 'h');
    seat_wait(&s, 100);
    ask(&s);
    seat_wait(&s, 800);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "", "it came up over somebody's typing");
    cr_expect(strstr(seat_toast(&s), "only just come up") != NULL, "%s", seat_toast(&s));
    seat_wait(&s, DIALOG_SILENCE_MS - 1);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "");
    seat_wait(&s, DIALOG_SILENCE_MS);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "answer");
    seat_free(&s);
}

Test(tui_dialog_kinds, what_is_asked_after_a_hold_does_not_come_up)
{
    struct seat s = begin();

    seat_begin_run(&s);
    ask(&s);
    seat_event(&s, "answered", "shift", json_pack("{s:s, s:s}", "id", "q1", "answer", "hold"));
    seat_event(&s, "asked", "shift",
               json_pack("{s:s, s:s, s:[s, s]}", "id", "q1-held", "question", "it stays", "choices",
                         "promote", "roll-back"));
    cr_expect_null(s.app->dialog);
    cr_expect(strstr(seat_toast(&s), "P promotes") != NULL, "%s", seat_toast(&s));
    seat_free(&s);
}

Test(tui_dialog_kinds, what_is_served_is_said_anew_at_each_picture)
{
    struct seat s = begin();

    s.app->is_unlocked = true;
    seat_begin_run(&s);
    ask(&s);
    seat_hear(&s, seat_status("41", "42", 0.25));
    cr_expect(seat_shows(&s, "v42 25 %"));
    cr_expect_not(seat_shows(&s, "v42 10 %, as read"));
    seat_free(&s);
}

Test(tui_dialog_kinds, a_question_closes_when_somebody_else_answers)
{
    struct seat s = begin();

    seat_begin_run(&s);
    ask(&s);
    seat_event(&s, "answered", "shift", json_pack("{s:s, s:s}", "id", "q1", "answer", "hold"));
    cr_expect_null(s.app->dialog);
    cr_expect(strstr(seat_toast(&s), "hold") != NULL, "%s", seat_toast(&s));
    seat_free(&s);
}

Test(tui_dialog_kinds, a_question_does_not_come_between_what_is_being_typed)
{
    struct seat s = begin();

    seat_begin_run(&s);
    seat_type(&s, "Wprod");
    ask(&s);
    cr_expect_str_eq(top(&s), "unlock");
    seat_press(&s, 0x1b);
    cr_expect_null(s.app->dialog);
    cr_expect(dialog_open_prompt(s.app, &s.effects));
    cr_expect_str_eq(top(&s), "choice");
    seat_free(&s);
}

Test(tui_dialog_kinds, rolling_back_as_an_answer_opens_the_way_back_from_every_seat)
{
    struct seat s = seat_new(&(struct app_options){.is_read_only = true});

    seat_begin_run(&s);
    ask(&s);
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'h');
    cr_expect_str_eq(commanded(&s), "");
    seat_press(&s, 'r');
    cr_expect_str_eq(top(&s), "rollback");
    seat_free(&s);
}
