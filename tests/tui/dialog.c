/* dialog.c - who gets a key, when y counts, and that nothing typed ahead changes the world. */
#include "tests/tui/dialog_fixture.h"

#include <criterion/criterion.h>

struct asked {
    int done;
    char reason[200];
};

static void done(struct app *app, void *closure, const char *reason, struct effects *effects)
{
    struct asked *asked = closure;

    (void)app;
    (void)effects;
    asked->done++;
    snprintf(asked->reason, sizeof asked->reason, "%s", reason);
}

/* By whatever key was pressed last. */
static void confirm_by(struct seat *s, enum level level, struct asked *asked)
{
    s->app->is_unlocked = true;
    json_t *lines = json_array();
    json_array_append_new(lines, json_string("v42 10 % > 25 %"));
    dialog_confirm(s->app, &(struct confirmation){.level = level,
                                                  .title = "shift v42",
                                                  .environment = "production",
                                                  .lines = lines,
                                                  .yes = "shift to 25 %",
                                                  .act = done,
                                                  .closure = asked});
}

/* As a pane would: the key 'p' opens it. */
static void confirm(struct seat *s, enum level level, struct asked *asked)
{
    s->app->last_key = 'p';
    s->app->last_key_ms = s->app->wall_ms;
    confirm_by(s, level, asked);
}

static struct seat begin(void) { return seat_new(&(struct app_options){0}); }

Test(tui_dialog, what_is_typed_before_the_first_paint_applies_nothing)
{
    struct app_options options = {0};
    struct seat s = {.app = app_new(&options), .wall_ms = 5};

    effects_init(&s.effects);
    seat_type(&s, "!y\r\r");
    seat_resize(&s, 24, 80);
    seat_type(&s, "!y\r\r");
    cr_expect_not(seat_wrote(&s));
    seat_free(&s);
}

Test(tui_dialog, a_burst_of_keys_applies_nothing_whatever_it_opens)
{
    static const char *const openers[] = {"!", "?", ":", "W", "R",    "C",
                                          "A", "q", "E", "/", ":roll"};

    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        struct seat s = begin();
        seat_type(&s, openers[i]);
        seat_type(&s, "!y\r\r");
        seat_type(&s, "y\r\ry");
        cr_expect_not(seat_wrote(&s), "after %s", openers[i]);
        seat_free(&s);
    }
}

Test(tui_dialog, y_counts_only_after_the_arming_time)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_press(&s, 'y');
    seat_wait(&s, DIALOG_ARMING_MS - 1);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    cr_expect_not_null(s.app->dialog);
    seat_wait(&s, 1);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    cr_expect_null(s.app->dialog);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    seat_free(&s);
}

Test(tui_dialog, the_bar_fills_while_it_arms)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    cr_expect(seat_shows(&s, "shift to 25 %  wait ░░░░░░░░"));
    seat_wait(&s, 200);
    cr_expect(seat_shows(&s, "shift to 25 %  wait ████░░░░"));
    seat_wait(&s, 200);
    cr_expect_not(seat_shows(&s, "░"));
    seat_free(&s);
}

Test(tui_dialog, the_key_that_opened_it_and_its_repeats_do_not_answer_it)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    s.app->dialog->opened_by = 'y';
    seat_wait(&s, 1000);
    for (int i = 0; i < 50; i++)
        seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    seat_press(&s, 'k');
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    seat_free(&s);
}

Test(tui_dialog, a_pane_s_key_is_known_as_the_one_that_opened)
{
    struct seat s = begin();

    seat_press(&s, 'W');
    cr_assert_not_null(s.app->dialog);
    cr_expect_eq(s.app->dialog->opened_by, 'W');
    seat_free(&s);
}

Test(tui_dialog, a_key_of_long_ago_opened_nothing_and_answers)
{
    struct seat s = begin();
    struct asked asked = {0};

    seat_press(&s, 'y'); /* copies, outside of a dialog */
    seat_wait(&s, 60000);
    confirm_by(&s, LEVEL_TRAFFIC, &asked);
    seat_wait(&s, 1000);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    seat_free(&s);
}

Test(tui_dialog, enter_and_paste_never_confirm)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_wait(&s, 1000);
    for (int i = 0; i < 10; i++)
        seat_press(&s, '\r');
    seat_paste(&s, "y\n");
    cr_expect_eq(asked.done, 0);
    cr_expect_not_null(s.app->dialog);
    cr_expect(strstr(seat_toast(&s), "thrown away") != NULL);
    seat_free(&s);
}

Test(tui_dialog, escape_closes_at_once_and_n_when_armed)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_press(&s, 0x1b);
    cr_expect_null(s.app->dialog);
    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_press(&s, 'n');
    cr_expect_not_null(s.app->dialog);
    seat_wait(&s, 500);
    seat_press(&s, 'n');
    cr_expect_null(s.app->dialog);
    cr_expect_eq(asked.done, 0);
    seat_free(&s);
}

Test(tui_dialog, it_closes_by_itself_after_a_minute_and_says_why)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_wait(&s, DIALOG_EXPIRY_MS - 5000);
    cr_expect(seat_shows(&s, "closes in 5 s"));
    seat_wait(&s, 5000);
    cr_expect_null(s.app->dialog);
    cr_expect(strstr(seat_toast(&s), "closed after 60 s") != NULL, "%s", seat_toast(&s));
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    seat_free(&s);
}

Test(tui_dialog, the_one_below_waits_anew_when_the_upper_one_closes)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    seat_wait(&s, 1000);
    seat_press(&s, '!');
    cr_expect_str_eq(s.app->dialog->kind->name, "rollback");
    seat_wait(&s, 1000);
    seat_press(&s, 0x1b);
    cr_expect_str_eq(s.app->dialog->kind->name, "confirm");
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    seat_wait(&s, 1000);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    seat_free(&s);
}

Test(tui_dialog, the_way_back_opens_over_everything)
{
    static const char *const openers[] = {"", "?", "W", ":", "E", "q"};

    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        struct seat s = begin();
        seat_type(&s, openers[i]);
        seat_press(&s, KEY_CODE_F9);
        cr_assert_not_null(s.app->dialog, "after %s", openers[i]);
        cr_expect_str_eq(s.app->dialog->kind->name, "rollback", "after %s", openers[i]);
        seat_press(&s, '!');
        cr_expect_str_eq(s.app->dialog->kind->name, "rollback");
        seat_free(&s);
    }
}

Test(tui_dialog, every_confirming_dialog_names_environment_account_and_region)
{
    struct seat s = begin();
    struct asked asked = {0};

    for (int level = LEVEL_WRITE; level <= LEVEL_BACK; level++) {
        confirm(&s, (enum level)level, &asked);
        cr_expect(seat_shows(&s, " PRODUCTION  eu-west-1  account 123456789012"), "level %d",
                  level);
        seat_press(&s, 0x1b);
    }
    seat_free(&s);
}

Test(tui_dialog, a_seat_that_was_locked_meanwhile_writes_nothing)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_TRAFFIC, &asked);
    s.app->is_unlocked = false;
    seat_wait(&s, 500);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    cr_expect(strstr(seat_toast(&s), "read-only") != NULL);
    seat_free(&s);
}

/* ---- level 3 ---- */

Test(tui_dialog, level_3_wants_the_name_a_reason_and_then_y)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_GRAVE, &asked);
    seat_type(&s, "staging\r");
    cr_expect(seat_shows(&s, "that is not its name"));
    seat_press(&s, KEY_CODE_CONTROL('u'));
    seat_type(&s, "production\r");
    seat_press(&s, '\r');
    cr_expect(seat_shows(&s, "a reason is needed"));
    seat_type(&s, "y! because\r");
    seat_type(&s, "yy\r\r");
    cr_expect_eq(asked.done, 0);
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, '\r');
    cr_expect_eq(asked.done, 0);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 1);
    cr_expect_str_eq(asked.reason, "y! because");
    seat_free(&s);
}

Test(tui_dialog, level_3_does_not_take_a_pasted_name)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_GRAVE, &asked);
    seat_paste(&s, "production\nbecause\ny");
    cr_expect(seat_shows(&s, "typed, not pasted"));
    seat_press(&s, '\r');
    seat_wait(&s, 1000);
    seat_press(&s, 'y');
    cr_expect_eq(asked.done, 0);
    seat_free(&s);
}

Test(tui_dialog, level_3_stays_open_while_a_reason_is_typed)
{
    struct seat s = begin();
    struct asked asked = {0};

    confirm(&s, LEVEL_GRAVE, &asked);
    seat_type(&s, "production\r");
    for (int i = 0; i < 10; i++) {
        seat_wait(&s, 20000);
        seat_press(&s, 'a');
    }
    cr_expect_not_null(s.app->dialog);
    seat_wait(&s, DIALOG_EXPIRY_MS);
    cr_expect_null(s.app->dialog);
    seat_free(&s);
}

/* ---- sizes ---- */

static void opens_confirm(struct seat *s)
{
    static struct asked asked;
    confirm(s, LEVEL_TRAFFIC, &asked);
}

static void opens_grave(struct seat *s)
{
    static struct asked asked;
    confirm(s, LEVEL_GRAVE, &asked);
    seat_type(s, "production\rbecause\r");
}

static void opens_rollback(struct seat *s) { seat_press(s, '!'); }

Test(tui_dialog, at_any_size_it_shows_what_y_does)
{
    static const struct {
        void (*open)(struct seat *s);
        const char *yes;
    } all[] = {{opens_confirm, "y = shift to 25 %"},
               {opens_grave, "y = shift to 25 %"},
               {opens_rollback, "y = "}};
    static const int sizes[][2] = {{24, 80}, {10, 40}, {5, 20}, {1, 20}, {2, 24}, {60, 200}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct seat s = begin();
        all[i].open(&s);
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            seat_resize(&s, sizes[j][0], sizes[j][1]);
            cr_expect(seat_shows(&s, all[i].yes), "%s at %dx%d", all[i].yes, sizes[j][0],
                      sizes[j][1]);
        }
        seat_free(&s);
    }
}

Test(tui_dialog, every_dialog_is_drawn_at_every_size)
{
    static const char *const openers[] = {"!", "?", ":", "W", "E", "q", "?/re"};

    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        struct seat s = begin();
        seat_type(&s, openers[i]);
        for (int rows = 1; rows < 40; rows += 3) {
            for (int cols = 1; cols < 140; cols += 7) {
                seat_resize(&s, rows, cols);
                free(seat_text(&s));
            }
        }
        seat_free(&s);
    }
}
