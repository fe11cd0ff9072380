/* dialog_looks.c - each dialog as it should look, at four sizes; also in ASCII. */
#include <criterion/criterion.h>

#include "tests/tui/dialog_fixture.h"
#include "tests/tui/golden.h"

static void at_all_sizes(struct seat *s, const char *name)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {5, 20}, {40, 120}};

    cr_assert_not_null(s->app->dialog, "%s is not open", name);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        seat_resize(s, sizes[i][0], sizes[i][1]);
        golden_dialog(s->app, name);
    }
}

static struct seat begin(void)
{
    struct seat s = seat_new(&(struct app_options){0});

    s.app->is_unlocked = true;
    return s;
}

static void confirm(struct seat *s, enum level level)
{
    json_t *lines = json_array();

    json_array_append_new(lines, json_string("v42 10 % > 25 %, about 103 requests/s more"));
    json_array_append_new(lines, json_string("lambda UpdateAlias FunctionName=orders Name=live "
                                             "RoutingConfig={\"42\":0.25} RevisionId=7f3c"));
    json_array_append_new(lines, json_string("undo: back to 10 %, at any time with !"));
    dialog_confirm(s->app, &(struct confirmation){.level = level,
                                                  .title = "shift v42",
                                                  .environment = "production",
                                                  .lines = lines,
                                                  .yes = "shift to 25 %"});
}

Test(tui_dialog_looks, a_confirmation)
{
    struct seat s = begin();

    confirm(&s, LEVEL_TRAFFIC);
    seat_wait(&s, 200);
    at_all_sizes(&s, "confirm");
    seat_free(&s);
}

Test(tui_dialog_looks, a_grave_one)
{
    struct seat s = begin();

    confirm(&s, LEVEL_GRAVE);
    at_all_sizes(&s, "grave-name");
    seat_resize(&s, 24, 80);
    seat_type(&s, "production\rthe window ends at 15:00\r");
    seat_wait(&s, 400);
    at_all_sizes(&s, "grave-yes");
    seat_free(&s);
}

static json_t *preview(void)
{
    return json_pack("{s:n, s:{s:s, s:s, s:{s:s, s:s, s:s, s:s}}, s:s, s:{s:f, s:f}, s:{s:f}, s:s, "
                     "s:s, s:[{s:s, s:s, s:b}], s:[s], s:b, s:s}",
                     "run", "call", "service", "lambda", "operation", "UpdateAlias", "params",
                     "FunctionName", "orders", "Name", "live", "FunctionVersion", "41",
                     "RevisionId", "7f3c", "resource", "orders:live", "from", "41", 0.9, "42", 0.1,
                     "to", "41", 1.0, "target", "41", "why", "v42 replaces v41", "rest", "step",
                     "migrate", "text", "003 down: drops expense_items.status", "lossy", 1, "stays",
                     "e-mails sent by v42", "needed", 1, "calls_as", "ana@mbp");
}

Test(tui_dialog_looks, the_way_back)
{
    struct seat s = begin();

    s.app->is_unlocked = false;
    seat_press(&s, '!');
    seat_wait(&s, 400);
    at_all_sizes(&s, "back-looking");
    seat_reply(&s, "preview_rollback", true, preview());
    seat_wait(&s, 400);
    at_all_sizes(&s, "back");
    seat_press(&s, 'y');
    seat_wait(&s, 600);
    at_all_sizes(&s, "back-asked");
    seat_reply(
        &s, "rollback", true,
        json_pack("{s:s, s:s}", "run", "r-1", "text", "v41 has 100 %, read back at 14:00:02Z"));
    at_all_sizes(&s, "back-verified");
    seat_free(&s);
}

Test(tui_dialog_looks, the_way_back_that_failed)
{
    struct seat s = begin();

    seat_press(&s, '!');
    seat_reply(&s, "preview_rollback", true, preview());
    seat_wait(&s, 400);
    seat_press(&s, 'y');
    seat_wait(&s, 600);
    seat_reply(&s, "rollback", false,
               json_pack("{s:s, s:s}", "message", "lambda:UpdateAlias is denied to ana", "hint",
                         "Sign in again: aws sso login --profile prod"));
    at_all_sizes(&s, "back-failed");
    seat_free(&s);
}

Test(tui_dialog_looks, a_step_that_stopped)
{
    struct seat s = begin();

    seat_begin_run(&s);
    seat_event(&s, "step_started", "migrate", json_object());
    seat_event(&s, "step_ended", "migrate",
               json_pack("{s:s, s:s}", "state", "failed", "reason",
                         "exit 1: relation \"orders\" is locked by pid 4711"));
    s.app->is_unlocked = false;
    dialog_open_step(s.app, "migrate", &s.effects);
    seat_wait(&s, 400);
    at_all_sizes(&s, "step");
    seat_free(&s);
}

Test(tui_dialog_looks, a_question)
{
    struct seat s = begin();

    seat_begin_run(&s);
    seat_event(&s, "step_started", "shift", json_object());
    seat_event(&s, "asked", "shift",
               json_pack("{s:s, s:s, s:[s, s, s], s:I}", "id", "q1", "question",
                         "not enough requests at 10 %: 118 of 325", "choices", "promote", "hold",
                         "roll-back", "deadline_ms", (json_int_t)(WORLD_MS + 1500000)));
    seat_wait(&s, 400);
    at_all_sizes(&s, "question");
    seat_free(&s);
}

Test(tui_dialog_looks, unlocking)
{
    struct seat s = begin();

    s.app->is_unlocked = false;
    seat_type(&s, "Wprod\r");
    at_all_sizes(&s, "unlock");
    seat_free(&s);
}

Test(tui_dialog_looks, a_page_and_a_line_of_text)
{
    struct seat s = begin();
    json_t *lines = json_array();

    for (int i = 0; i < 60; i++) {
        char line[200];
        snprintf(
            line, sizeof line, "%d: what was seen at 14:%02d, with all that the probe said%s", i, i,
            i % 7 == 0 ? ", which is more than fits on one line of this page, so it goes on" : "");
        json_array_append_new(lines, json_string(line));
    }
    dialog_page(s.app, "Evidence of migration-tested", lines);
    seat_press(&s, 'j');
    at_all_sizes(&s, "page");
    seat_type(&s, "/at 14:1");
    at_all_sizes(&s, "page-search");
    seat_free(&s);
}

Test(tui_dialog_looks, in_ascii)
{
    struct seat s = begin();
    struct canvas *c = canvas_new(24, 80);

    c->is_ascii = true;
    seat_press(&s, '!');
    seat_reply(&s, "preview_rollback", true, preview());
    seat_wait(&s, 200);
    dialog_draw(s.app, c);
    golden_compare(c, "back-ascii");
    auto_free char *text = canvas_text(c);
    for (const char *p = text; *p != '\0'; p++)
        cr_assert((unsigned char)*p < 0x80);
    canvas_free(c);
    seat_free(&s);
}
