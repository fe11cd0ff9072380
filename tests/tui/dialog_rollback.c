/* dialog_rollback.c - the way back: from every seat, with or without a preview, never claimed. */
#include <criterion/criterion.h>

#include "tests/tui/dialog_fixture.h"

static json_t *preview(const char *target, bool is_needed)
{
    return json_pack("{s:n, s:{s:s, s:s, s:{s:s, s:s, s:s, s:s}}, s:s, s:{s:f, s:f}, s:{s:f}, s:s, "
                     "s:s, s:[{s:s, s:s, s:b}], s:[s], s:b, s:s}",
                     "run", "call", "service", "lambda", "operation", "UpdateAlias", "params",
                     "FunctionName", "orders", "Name", "live", "FunctionVersion", target,
                     "RevisionId", "7f3c", "resource", "orders:live", "from", "41", 0.9, "42", 0.1,
                     "to", target, 1.0, "target", target, "why", "v42 replaces v41", "rest", "step",
                     "migrate", "text", "drops a column", "lossy", 1, "stays",
                     "e-mails sent by v42", "needed", is_needed, "calls_as", "ana@mbp");
}

static struct seat open_way_back(const struct app_options *options)
{
    struct seat s = seat_new(options);

    seat_press(&s, '!');
    return s;
}

Test(tui_dialog_rollback, it_asks_for_a_preview_at_once_and_shows_what_is_known)
{
    struct seat s = open_way_back(&(struct app_options){0});

    cr_expect_not_null(seat_asked(&s, "preview_rollback"));
    cr_expect(seat_shows(&s, "v41 90 %, v42 10 % → v41 100 %"));
    cr_expect(seat_shows(&s, "looking for the exact call"));
    seat_free(&s);
}

Test(tui_dialog_rollback, it_shows_the_exact_call_the_rest_and_what_stays)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_reply(&s, "preview_rollback", true, preview("41", true));
    cr_expect(seat_shows(&s, "lambda UpdateAlias FunctionName=orders"));
    cr_expect(seat_shows(&s, "RevisionId=7f3c"));
    cr_expect(seat_shows(&s, "1 traffic"));
    cr_expect(seat_shows(&s, "2 migrate"));
    cr_expect(seat_shows(&s, "asked apart"));
    cr_expect(seat_shows(&s, "e-mails sent by v42"));
    cr_expect(seat_shows(&s, "nothing was sent yet"));
    cr_expect(seat_shows(&s, "going back is allowed"));
    cr_expect_not(seat_wrote(&s));
    seat_free(&s);
}

Test(tui_dialog_rollback, y_goes_back_from_a_seat_that_may_write_nothing)
{
    struct seat s = open_way_back(&(struct app_options){.is_read_only = true});

    seat_reply(&s, "preview_rollback", true, preview("41", true));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    const json_t *request = seat_asked(&s, "rollback");
    cr_assert_not_null(request);
    cr_expect_str_eq(json_string_value(json_object_get(request, "target")), "41");
    cr_expect_str_eq(json_string_value(json_object_get(request, "env")), "production");
    seat_free(&s);
}

Test(tui_dialog_rollback, what_somebody_else_left_is_gone_over_only_as_it_was_shown)
{
    struct seat s = open_way_back(&(struct app_options){0});
    json_t *foreign = preview("41", true);

    json_object_set_new(foreign, "over", json_string("7f3c"));
    json_object_set_new(foreign, "why", json_string("somebody else changed it since"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_reply(&s, "preview_rollback", true, foreign);
    cr_expect(seat_shows(&s, "somebody else changed it since"));
    seat_press(&s, 'y'); /* typed before that could be read */
    cr_expect_null(seat_asked(&s, "rollback"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    const json_t *request = seat_asked(&s, "rollback");
    cr_assert_not_null(request);
    cr_expect_str_eq(json_string_value(json_object_get(request, "over")), "7f3c");
    seat_free(&s);
}

Test(tui_dialog_rollback, what_changed_again_is_read_again_before_y_counts)
{
    struct seat s = open_way_back(&(struct app_options){0});
    json_t *foreign = preview("41", true), *newer = json_deep_copy(foreign);
    json_t *status = seat_status("41", "42", 0.5);
    json_t *resources = json_object_get(json_object_get(status, "document"), "resources");

    json_object_set_new(foreign, "over", json_string("7f3c"));
    json_object_set_new(newer, "over", json_string("8a11"));
    seat_reply(&s, "preview_rollback", true, foreign);
    seat_wait(&s, DIALOG_ARMING_MS);
    json_object_set_new(json_array_get(resources, 0), "revision_id", json_string("8a11"));
    seat_hear(&s, status);
    seat_reply(&s, "preview_rollback", true, newer);
    seat_press(&s, 'y'); /* meant what was there before */
    cr_expect_null(seat_asked(&s, "rollback"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect_str_eq(json_string_value(json_object_get(seat_asked(&s, "rollback"), "over")),
                     "8a11");
    seat_free(&s);
}

Test(tui_dialog_rollback, with_no_run_a_newer_split_is_read_before_y_counts)
{
    struct seat s = open_way_back(&(struct app_options){0});
    json_t *first = preview("41", true), *newer = json_deep_copy(first);
    json_t *status = seat_status("41", "42", 0.5);
    json_t *resources = json_object_get(json_object_get(status, "document"), "resources");

    json_object_set_new(first, "shown", json_string("7f3c"));
    json_object_set_new(newer, "shown", json_string("8a11"));
    json_object_set_new(newer, "from", json_pack("{s:f, s:f}", "41", 0.7, "40", 0.3));
    seat_reply(&s, "preview_rollback", true, first);
    seat_wait(&s, DIALOG_ARMING_MS);
    json_object_set_new(json_array_get(resources, 0), "revision_id", json_string("8a11"));
    seat_hear(&s, status);
    seat_reply(&s, "preview_rollback", true, newer);
    seat_press(&s, 'y'); /* meant what was there before */
    cr_expect_null(seat_asked(&s, "rollback"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect_str_eq(json_string_value(json_object_get(seat_asked(&s, "rollback"), "shown")),
                     "8a11");
    seat_free(&s);
}

Test(tui_dialog_rollback, a_way_back_that_failed_looks_again)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_reply(&s, "preview_rollback", true, preview("41", true));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    seat_reply(&s, "rollback", false, json_pack("{s:s}", "message", "somebody else changed it"));
    json_t *foreign = preview("41", true);
    json_object_set_new(foreign, "over", json_string("8a11"));
    seat_reply(&s, "preview_rollback", true, foreign);
    seat_wait(&s, DIALOG_SILENCE_MS);
    seat_press(&s, 'y');
    cr_expect_str_eq(json_string_value(json_object_get(seat_asked(&s, "rollback"), "over")),
                     "8a11");
    seat_free(&s);
}

Test(tui_dialog_rollback, y_waits_for_no_preview_and_then_names_no_version)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_wait(&s, DIALOG_ARMING_MS);
    cr_expect(seat_shows(&s, "y works all the same"));
    seat_press(&s, 'y');
    const json_t *request = seat_asked(&s, "rollback");
    cr_assert_not_null(request);
    cr_expect_null(json_object_get(request, "target"));
    seat_free(&s);
}

Test(tui_dialog_rollback, a_preview_that_failed_does_not_stop_it)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_reply(&s, "preview_rollback", false, json_pack("{s:s}", "message", "no route to host"));
    cr_expect(seat_shows(&s, "no route to host"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect_not_null(seat_asked(&s, "rollback"));
    seat_free(&s);
}

Test(tui_dialog_rollback, where_nothing_says_what_was_before_the_run_can_be_ended)
{
    struct seat s = seat_new(&(struct app_options){0});

    seat_hear(&s, seat_status("41", NULL, 0));
    seat_begin_run(&s);
    seat_press(&s, '!');
    seat_reply(&s, "preview_rollback", false,
               json_pack("{s:s, s:s, s:s}", "kind", "usage", "message",
                         "nothing says what orders:live served before v41", "hint", "Name it."));
    seat_wait(&s, DIALOG_ARMING_MS);
    cr_expect(seat_shows(&s, "nothing to roll back to: nothing says what orders:live served"));
    cr_expect_not(seat_shows(&s, "works all the same"));
    cr_expect(seat_shows(&s, " a = abort"));
    seat_press(&s, 'a');
    cr_expect_not_null(seat_asked(&s, "command"));
    seat_free(&s);
}

Test(tui_dialog_rollback, what_the_run_has_not_come_to_is_not_named_and_is_looked_at_again)
{
    struct seat s = seat_new(&(struct app_options){0});

    seat_hear(&s, seat_status("41", NULL, 0));
    seat_begin_run(&s);
    seat_press(&s, '!');
    json_t *early = preview("", true);
    json_object_set_new(early, "from", json_pack("{s:f}", "", 1.0));
    json_object_set_new(early, "to", json_pack("{s:f}", "", 1.0));
    seat_reply(&s, "preview_rollback", true, early);
    seat_wait(&s, DIALOG_ARMING_MS);
    cr_expect(seat_shows(&s, "stays: v41 100 %"));
    cr_expect(seat_shows(&s, "end the run NOW"));
    json_array_clear(s.effects.requests);
    seat_event(&s, "step_started", "shift", json_object());
    seat_event(&s, "decided", "shift",
               json_pack("{s:s, s:s}", "key", "new_version", "value", "42"));
    cr_expect_not_null(seat_asked(&s, "preview_rollback"), "the run has gone on");
    seat_free(&s);
}

Test(tui_dialog_rollback, before_a_run_has_begun_there_is_nothing_to_confirm)
{
    struct seat s = seat_new(&(struct app_options){0});

    seat_hear(&s, seat_status("41", NULL, 0));
    seat_press(&s, '!');
    seat_reply(&s, "preview_rollback", false,
               json_pack("{s:s, s:s}", "kind", "usage", "message", "nothing says what it served"));
    seat_wait(&s, DIALOG_ARMING_MS);
    cr_expect(seat_shows(&s, "nothing to roll back to"));
    cr_expect_not(seat_shows(&s, "abort"));
    seat_press(&s, 'y');
    cr_expect_null(seat_asked(&s, "rollback"));
    cr_expect(strstr(seat_toast(&s), "nothing to roll back to") != NULL, "%s", seat_toast(&s));
    seat_free(&s);
}

Test(tui_dialog_rollback, another_target_than_shown_waits_for_a_new_decision)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_wait(&s, DIALOG_ARMING_MS);
    seat_reply(&s, "preview_rollback", true, preview("40", true));
    seat_press(&s, 'y');
    cr_expect_null(seat_asked(&s, "rollback"));
    cr_expect(seat_shows(&s, "v40 100 %"));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect_not_null(seat_asked(&s, "rollback"));
    seat_free(&s);
}

Test(tui_dialog_rollback, success_is_shown_when_traffic_was_read_back_and_not_before)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_begin_run(&s);
    seat_reply(&s, "preview_rollback", true, preview("41", true));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    cr_expect(seat_shows(&s, "not heard of yet"));
    cr_expect(seat_shows(&s, "not read back yet"));
    seat_wait(&s, 1500);
    cr_expect(seat_shows(&s, "going back, 1.5 s"));
    seat_event(&s, "rollback_started", "", json_pack("{s:s}", "reason", "by hand"));
    cr_expect(seat_shows(&s, "the engine goes back"));
    cr_expect(seat_shows(&s, "not read back yet"));
    seat_press(&s, 'y');
    seat_reply(&s, "rollback", true,
               json_pack("{s:s, s:s}", "run", "r-1", "text", "v41 has 100 %; read back after 2 s"));
    cr_expect(seat_shows(&s, "v41 has 100 %; read back after 2 s"));
    cr_expect(seat_shows(&s, "rolled back, 1500 ms after y")); /* "read back" is said once */
    cr_expect(s.effects.is_bell);
    seat_free(&s);
}

Test(tui_dialog_rollback, a_failure_shows_the_error_and_the_next_command)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_reply(&s, "preview_rollback", true, preview("41", true));
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    seat_reply(&s, "rollback", false,
               json_pack("{s:s, s:s}", "message", "AccessDenied", "hint", "aws sso login"));
    cr_expect(seat_shows(&s, "AccessDenied"));
    cr_expect(seat_shows(&s, "aws sso login"));
    cr_expect(seat_shows(&s, "flightdeck rollback --lambda orders:live --version 41"));
    cr_expect(seat_shows(&s, "it is not rolled back"));
    seat_press(&s, 'y');
    seat_wait(&s, DIALOG_SILENCE_MS);
    cr_expect(seat_shows(&s, "try again"));
    const json_t *first = seat_asked(&s, "rollback");
    seat_press(&s, 'y');
    cr_expect_neq(seat_asked(&s, "rollback"), first,
                  "y of before is no reason not to hear this one");
    seat_free(&s);
}

Test(tui_dialog_rollback, nothing_to_roll_back_offers_to_end_the_run)
{
    struct seat s = seat_new(&(struct app_options){0});

    seat_begin_run(&s);
    seat_press(&s, '!');
    seat_reply(&s, "preview_rollback", true, preview("41", false));
    seat_wait(&s, DIALOG_ARMING_MS);
    cr_expect(seat_shows(&s, "nothing to roll back"));
    seat_press(&s, 'y');
    cr_expect_null(seat_asked(&s, "rollback"));
    seat_press(&s, 'a');
    const json_t *request = seat_asked(&s, "command");
    cr_assert_not_null(request);
    cr_expect_str_eq(json_string_value(json_object_get(request, "command")), "abort");
    seat_free(&s);
}

Test(tui_dialog_rollback, a_reply_after_it_was_closed_is_told)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    seat_press(&s, 0x1b);
    cr_expect_null(s.app->dialog);
    seat_reply(&s, "rollback", true,
               json_pack("{s:s, s:s}", "run", "r-1", "text", "v41 has 100 %"));
    cr_expect_str_eq(seat_toast(&s), "rolled back: v41 has 100 %");
    seat_reply(&s, "preview_rollback", true, preview("41", true));
    seat_free(&s);
}

Test(tui_dialog_rollback, somebody_else_s_change_is_looked_at_again)
{
    struct seat s = open_way_back(&(struct app_options){0});
    json_t *status = seat_status("41", "42", 0.5);

    seat_reply(&s, "preview_rollback", true, preview("41", true));
    json_array_clear(s.effects.requests);
    json_t *document = json_object_get(status, "document");
    json_object_set_new(json_array_get(json_object_get(document, "resources"), 0), "revision_id",
                        json_string("9999"));
    seat_hear(&s, status);
    cr_expect_not_null(seat_asked(&s, "preview_rollback"));
    seat_free(&s);
}

Test(tui_dialog_rollback, an_open_one_expires_and_one_that_goes_back_does_not)
{
    struct seat s = open_way_back(&(struct app_options){0});

    seat_wait(&s, DIALOG_EXPIRY_MS);
    cr_expect_null(s.app->dialog);
    seat_press(&s, '!');
    seat_wait(&s, DIALOG_ARMING_MS);
    seat_press(&s, 'y');
    seat_wait(&s, 2 * DIALOG_EXPIRY_MS);
    cr_expect_not_null(s.app->dialog);
    seat_free(&s);
}
