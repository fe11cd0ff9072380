/* keys.c - tests of tui/keys.c: one table for input, footer, help and the palette. */
#include "tui/keys.h"

#include "core/wire.h"
#include "tests/tui/screen.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"

#define MOST 200

Test(keys, every_row_of_every_table_says_what_it_does)
{
    const struct key *tables[PANE_COUNT + 1] = {keys_global};
    for (int i = 0; i < PANE_COUNT; i++)
        tables[i + 1] = panes[i]->keys;
    for (size_t t = 0; t < PANE_COUNT + 1; t++)
        for (const struct key *key = tables[t]; key != NULL && key->code != 0; key++) {
            const char *name = key->name != NULL ? key->name : "a row without a name";
            cr_expect_not_null(key->act, "%s", name);
            cr_expect(key->help != NULL && key->help[0] != '\0', "%s", name);
            cr_expect(key->code != KEY_CODE_UNBOUND || key->name != NULL);
        }
}

Test(keys, no_key_but_one_means_the_way_back)
{
    for (int i = 0; i < PANE_COUNT; i++)
        for (const struct key *key = panes[i]->keys; key != NULL && key->code != 0; key++) {
            cr_expect_neq(key->code, '!', "pane %s", panes[i]->name);
            cr_expect_neq(key->other, '!', "pane %s", panes[i]->name);
            cr_expect_neq(key->code, KEY_CODE_F9, "pane %s", panes[i]->name);
        }
}

Test(keys, no_pane_takes_a_key_that_is_the_same_everywhere)
{
    static const int everywhere[] = {
        KEY_CODE_TAB, KEY_CODE_SHIFT_TAB, '1', '2', '3', '4', '5', '6', '?', ':', 'W', 'R', 'z',
        'q'};
    for (int i = 0; i < PANE_COUNT; i++)
        for (const struct key *key = panes[i]->keys; key != NULL && key->code != 0; key++)
            for (size_t k = 0; k < sizeof everywhere / sizeof everywhere[0]; k++)
                cr_expect(key->code != everywhere[k] && key->other != everywhere[k], "%s takes %c",
                          panes[i]->name, everywhere[k]);
}

Test(keys, names_of_keys_are_those_on_a_keyboard)
{
    static const struct {
        int code;
        const char *shown;
    } cases[] = {{'!', "!"},
                 {' ', "Space"},
                 {KEY_CODE_ENTER, "Enter"},
                 {KEY_CODE_ESCAPE, "Esc"},
                 {KEY_CODE_TAB, "Tab"},
                 {KEY_CODE_CONTROL('l'), "Ctrl-L"},
                 {KEY_CODE_SHIFT_LEFT, "Shift-Left"},
                 {KEY_CODE_F9, "F9"},
                 {KEY_CODE_F12, "F12"},
                 {KEY_CODE_UNBOUND, ""}};
    char out[24];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_str_eq(keys_shown(cases[i].code, out), cases[i].shown);
}

Test(keys, only_what_works_now_is_offered)
{
    static const char *const moments[] = {"no-run", "before", "going-back", "rolled-back"};
    for (size_t m = 0; m < 4; m++)
        for (int focus = 0; focus < PANE_COUNT; focus++) {
            struct screen s;
            const struct key *rows[MOST];
            screen_open(&s, moments[m], 24, 80);
            s.app->focus = (enum pane_id)focus;
            size_t count = keys_now(s.app, rows, MOST);
            cr_expect_gt(count, 10);
            for (size_t i = 0; i < count; i++) {
                const char *refused = NULL;
                cr_expect_null(keys_refused(s.app, rows[i]));
                if (rows[i]->code != KEY_CODE_UNBOUND)
                    cr_expect_eq(keys_find(s.app, rows[i]->code, &refused), rows[i]);
                cr_expect_not(rows[i]->is_write, "production is read-only: %s", rows[i]->name);
            }
            screen_close(&s);
        }
}

Test(keys, a_key_that_does_nothing_says_why)
{
    struct screen s;
    screen_open(&s, "rolled-back", 24, 80);
    screen_unlock(&s);
    const char *refused = NULL;
    cr_expect_not_null(keys_find(s.app, 'R', &refused));
    cr_assert_not_null(refused);
    screen_keys(&s, "R");
    screen_expect_text(&s, "R: the environment is locked");
    cr_expect_null(s.app->dialog);
    screen_close(&s);
}

Test(keys, a_release_starts_after_y_and_of_the_plan_that_was_seen)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    cr_assert_not_null(s.app->dialog);
    screen_expect_text(&s, "4 of the checklist are for you");
    screen_keys(&s, "y");
    cr_expect_null(screen_asked(&s, "start"), "too soon");
    screen_wait_arming(&s);
    screen_keys(&s, "\r");
    cr_expect_null(screen_asked(&s, "start"), "Enter confirms nothing");
    screen_keys(&s, "y");
    const json_t *start = screen_asked(&s, "start");
    cr_assert_not_null(start);
    cr_expect_str_eq(
        json_string_value(json_object_get(start, "hash")),
        json_string_value(json_object_get(app_environment(s.app)->plan.document, "hash")));
    screen_close(&s);
}

/* The plan of another image is news. */
static void tell_other_plan(struct screen *s, const char *hash)
{
    json_t *plan = json_deep_copy(app_environment(s->app)->plan.document);
    json_object_set_new(plan, "hash", json_string(hash));
    json_object_set_new(json_object_get(plan, "inputs"), "running",
                        json_pack("{s:s}", "version", "57"));
    screen_news(s, json_pack("{s:s, s:s, s:o, s:I, s:b}", "news", "plan", "env", "production",
                             "document", plan, "at_ms", (json_int_t)s->world_ms, "cached", 0));
}

Test(keys, a_start_that_is_asked_follows_the_plan_and_counts_only_once_it_was_read)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    screen_expect_no_text(&s, "the plan changed");
    tell_other_plan(&s, "feedfacecafe0123");
    screen_expect_text(&s, "the plan changed: read it again");
    screen_expect_text(&s, "over v57");
    screen_expect_text(&s, "plan feedfacecafe");
    screen_keys(&s, "y");
    cr_expect_null(screen_asked(&s, "start"), "nobody has read it so fast");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    const json_t *start = screen_asked(&s, "start");
    cr_assert_not_null(start);
    cr_expect_str_eq(json_string_value(json_object_get(start, "hash")), "feedfacecafe0123");
    screen_close(&s);
}

static void tell_ready(struct screen *s, const char *state, const char *text)
{
    screen_news(s, json_pack("{s:s, s:s, s:s, s:s, s:I}", "news", "ready", "env", "production",
                             "state", state, "text", text, "at_ms", (json_int_t)s->world_ms));
}

static void tell_lock(struct screen *s)
{
    json_t *status = json_deep_copy(app_environment(s->app)->status.document);
    json_object_set_new(status, "lock", json_pack("{s:s, s:s}", "by", "li", "reason", "an audit"));
    screen_news(s, json_pack("{s:s, s:s, s:o, s:I}", "news", "status", "env", "production",
                             "document", status, "at_ms", (json_int_t)s->world_ms));
}

Test(keys, what_is_known_to_refuse_a_start_is_said_before_y)
{
    struct screen s;
    screen_open(&s, "before", 40, 120);
    screen_unlock(&s);
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    screen_expect_no_text(&s, "WOULD BE REFUSED");
    tell_ready(&s, "no", "a rollback would not be allowed");
    screen_expect_text(&s, "y WOULD BE REFUSED now: a rollback would not be allowed: `flightdeck");
    screen_keys(&s, "y");
    cr_expect_null(screen_asked(&s, "start"), "nobody has read it so fast");
    tell_ready(&s, "yes", "a rollback would be allowed now");
    screen_expect_no_text(&s, "WOULD BE REFUSED");
    tell_lock(&s);
    screen_expect_text(&s, "y WOULD BE REFUSED now: locked by li: an audit: `:unlock` opens it");
    json_t *hello = json_deep_copy(s.app->hello);
    json_object_set_new(hello, "trust", json_pack("{s:b, s:[]}", "needed", 1, "commands"));
    screen_news(&s, hello);
    screen_expect_text(&s, "y WOULD BE REFUSED now: the commands of the config");
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:s}", "news", "identity", "env", "production",
                              "state", "ended", "text", "aws sso login"));
    screen_expect_text(&s, "y WOULD BE REFUSED now: sign in: aws sso login");
    screen_close(&s);
}

static void tell_staging(struct screen *s, int64_t seq, const char *type, json_t *body)
{
    struct event *event = event_new("r-0009", type, "", "", body);
    event->seq = seq;
    event->at_ms = s->world_ms;
    screen_news(s, json_pack("{s:s, s:s, s:o}", "news", "event", "env", "staging", "event",
                             wire_event_steal(event)));
}

Test(keys, a_demo_says_before_y_that_another_environment_has_the_release_first)
{
    struct screen s;
    screen_open_with(&s, "before", 40, 120, &(struct app_options){.is_demo = true});
    screen_unlock(&s);
    tell_staging(&s, 1, "run_opened", json_pack("{s:s}", "environment", "staging"));
    tell_staging(&s, 2, "run_started", json_pack("{s:{s:[]}}", "plan", "steps"));
    screen_keys(&s, "R");
    screen_expect_text(&s,
                       "y WOULD BE REFUSED now: staging has this release first: wait for its end");
    tell_staging(&s, 3, "run_ended", json_pack("{s:s}", "status", "succeeded"));
    screen_expect_no_text(&s, "WOULD BE REFUSED");
    screen_close(&s);
}

Test(keys, the_same_plan_told_again_does_not_hold_up_the_start)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    auto_free char *hash =
        xstrdup(json_string_value(json_object_get(app_environment(s.app)->plan.document, "hash")));
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    tell_other_plan(&s, hash);
    screen_expect_no_text(&s, "the plan changed");
    screen_keys(&s, "y");
    cr_expect_not_null(screen_asked(&s, "start"));
    screen_close(&s);
}

Test(keys, a_start_of_a_plan_that_is_no_more_says_how_to_see_the_new_one_and_reads_it)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    screen_reply(&s, screen_asked(&s, "start"), false,
                 json_pack("{s:s, s:s, s:s}", "code", "stale", "message",
                           "the plan is b now, not a", "hint", "flightdeck plan production"));
    screen_expect_text(&s, "the plan changed: R shows it again");
    screen_expect_no_text(&s, "flightdeck plan");
    cr_expect_not_null(screen_asked(&s, "plan"));
    screen_close(&s);
}

Test(keys, a_window_that_is_shut_asks_for_a_reason_once)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    screen_reply(&s, screen_asked(&s, "start"), false,
                 json_pack("{s:s, s:s}", "code", "window", "message", "not in its window"));
    cr_assert_not_null(s.app->dialog);
    screen_forget(&s);
    screen_wait_arming(&s);
    screen_keys(&s, "urgent fix\r");
    cr_expect_null(screen_asked(&s, "start"), "a reason alone is not enough");
    screen_keys(&s, "\177\177\177\177\177\177\177\177\177\177production\rurgent fix\r");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    const json_t *again = screen_asked(&s, "start");
    cr_assert_not_null(again);
    cr_expect_str_eq(json_string_value(json_object_get(again, "override")), "urgent fix");
    screen_reply(&s, again, false,
                 json_pack("{s:s, s:s}", "code", "window", "message", "still not"));
    cr_expect_null(s.app->dialog);
    screen_expect_text(&s, "not started: still not");
    screen_close(&s);
}

Test(keys, the_commands_of_a_configuration_are_read_before_they_are_trusted)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    const char *why = app_no_trust(s.app);
    cr_expect_not_null(why);
    json_t *hello = json_deep_copy(s.app->hello);
    json_object_set_new(
        hello, "trust",
        json_pack("{s:b, s:[s]}", "needed", true, "commands", "rm -rf /tmp/\x1b[2J"));
    screen_news(&s, hello);
    cr_expect_null(app_no_trust(s.app));
    screen_unlock(&s);
    app_trust(s.app, &s.effects);
    screen_expect_text(&s, "rm -rf /tmp/");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    cr_expect_not_null(screen_asked(&s, "trust"));
    screen_close(&s);
}

Test(keys, the_next_weight_is_one_key_a_preview_and_y_away)
{
    struct screen s;
    screen_open(&s, "next-weight", 24, 80);
    screen_unlock(&s);
    const char *refused = NULL;
    screen_expect_text(&s, "waits for you: P");
    dialog_close_all(s.app);
    s.app->focus = PANE_LOG;
    const struct key *key = keys_find(s.app, 'P', &refused);
    cr_assert_not_null(key);
    cr_expect_null(refused);
    cr_expect_str_eq(key->label, "promote");
    screen_keys(&s, "P");
    const json_t *asked = screen_asked(&s, "preview_shift");
    cr_assert_not_null(asked);
    cr_expect_float_eq(json_number_value(json_object_get(asked, "weight")), 0.25, 1e-9);
    cr_expect_null(screen_asked(&s, "command"), "nothing moves before the preview was agreed to");
    screen_close(&s);
}

Test(keys, the_question_of_the_judge_moves_nothing_by_one_key)
{
    struct screen s;
    screen_open(&s, "next-weight", 24, 80);
    screen_unlock(&s);
    dialog_close_all(s.app);
    struct effects effects;
    effects_init(&effects);
    cr_assert(dialog_open_prompt(s.app, &effects));
    effects_clear(&effects);
    screen_expect_text(&s, "P  promote to 25 %");
    screen_wait(&s, DIALOG_SILENCE_MS + 1);
    screen_keys(&s, "P");
    cr_expect_null(screen_asked(&s, "command"));
    cr_expect_not_null(screen_asked(&s, "preview_shift"));
    screen_close(&s);
}

Test(keys, a_question_does_not_come_up_over_a_draft)
{
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "4");
    screen_key(&s, KEY_CODE_RIGHT);
    const struct run *run = app_run(s.app);
    screen_news(&s,
                json_pack("{s:s, s:s, s:{s:s, s:I, s:I, s:s, s:s, s:s, s:{s:s, s:s, s:[s, s]}, "
                          "s:s, s:s}}",
                          "news", "event", "env", "production", "event", "stream", run->id, "seq",
                          (json_int_t)(run->last_seq + 1), "at_ms", (json_int_t)s.world_ms, "type",
                          "asked", "step", "shift", "by", "", "body", "id", "shift.promote-10",
                          "question", "Shall it?", "choices", "promote", "hold", "previous_hash",
                          run->last_hash, "hash", run->last_hash));
    cr_expect_null(s.app->dialog);
    screen_expect_text(&s, "waits for you: C answers");
    screen_expect_text(&s, "C opens it");
    screen_close(&s);
}

Test(keys, the_next_thing_to_do_stands_below_the_keys)
{
    static const struct {
        const char *moment, *next;
    } moments[] = {
        {"before", "next: W unlocks, then R starts the release"},
        {"approval", "next: waits for another of release-managers: you started it"},
        {"next-weight", "next: W unlocks, then P = promote to 25 %"},
        {"all-clear", "next: all-clear"},
        {"rolled-back", "next: `:unlock` opens it: locked by"},
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct screen s;
        screen_open(&s, moments[i].moment, 24, 100);
        screen_wait(&s, TOAST_LIFE_MS + 1);
        dialog_close_all(s.app);
        screen_expect_text(&s, moments[i].next);
        screen_close(&s);
    }
}

Test(keys, a_lock_asks_why_and_then_for_y)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    app_lock(s.app, &s.effects);
    screen_keys(&s, "an audit\r");
    cr_expect_null(screen_asked(&s, "lock"), "Enter locks nothing");
    screen_expect_text(&s, "because: an audit");
    screen_wait_arming(&s);
    screen_keys(&s, "y");
    const json_t *lock = screen_asked(&s, "lock");
    cr_assert_not_null(lock);
    cr_expect_str_eq(json_string_value(json_object_get(lock, "reason")), "an audit");
    screen_close(&s);
}

Test(keys, the_palette_says_in_full_why_a_command_does_nothing)
{
    struct screen s;
    screen_open(&s, "rolled-back", 24, 80);
    screen_keys(&s, ":start the release");
    screen_expect_text(&s, "not now: the environment is locked: `:unlock` opens it");
    screen_close(&s);
}

Test(keys, tabs_have_titles_and_only_short_marks)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_expect_text(&s, "1 Status  [2 Checklist 11/39]  3 Plan  4 Traffic  5 Metrics  6 Log");
    screen_close(&s);
}

Test(keys, a_report_is_read_with_its_tables_in_columns)
{
    json_t *lines = app_report_lines("# Report\n\n| | |\n|---|---|\n| run | `r-1` |\n"
                                     "| version | **v42** |\nend");
    static const char *const wanted[] = {"Report", "", "run      r-1", "version  v42", "end"};
    cr_assert_eq(json_array_size(lines), sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect_str_eq(json_string_value(json_array_get(lines, i)), wanted[i]);
    json_decref(lines);
    lines = app_report_lines("| item | state |\n|---|---|\n"
                             "| a-name-that-no-column-should-be-as-wide-as | pass |");
    cr_assert_eq(json_array_size(lines), 4);
    cr_expect_str_eq(json_string_value(json_array_get(lines, 3)), "    pass");
    json_decref(lines);
}

Test(keys, who_leaves_reads_what_goes_on)
{
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    screen_keys(&s, "q");
    screen_expect_text(&s, "go on here without the screen");
    screen_expect_text(&s, "roll back first");
    screen_wait_arming(&s);
    screen_keys(&s, "r");
    cr_expect_not_null(screen_asked(&s, "preview_rollback"));
    cr_expect_not(s.effects.is_quit);
    screen_close(&s);
}

static void next_event(struct screen *s, const char *type, const char *by, const char *reason)
{
    const struct run *run = app_run(s->app);
    screen_news(s,
                json_pack("{s:s, s:s, s:{s:s, s:I, s:I, s:s, s:s, s:s, s:{s:s}, s:s, s:s}}", "news",
                          "event", "env", "production", "event", "stream", run->id, "seq",
                          (json_int_t)(run->last_seq + 1), "at_ms", (json_int_t)s->world_ms, "type",
                          type, "step", "", "by", by, "body", "reason", reason, "previous_hash",
                          run->last_hash, "hash", run->last_hash));
}

Test(keys, who_resumes_a_run_is_told_first_who_paused_it_and_that_it_changes_hands)
{
    static const char ana[] = "arn:aws:iam::123456789012:user/ana@finally.com",
                      li[] = "arn:aws:iam::123456789012:user/li@finally.com";
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    screen_unlock(&s);
    dialog_close_all(s.app);
    next_event(&s, "paused", li, "lunch");
    screen_keys(&s, "C");
    screen_expect_text(&s, "li@finally.com paused it: lunch");
    screen_expect_no_text(&s, "it is yours");
    dialog_close_all(s.app);
    next_event(&s, "signed_in", li, "");
    next_event(&s, "resumed", li, "");
    next_event(&s, "paused", ana, "");
    screen_keys(&s, "C");
    screen_expect_text(&s, "ana@finally.com paused it.");
    screen_expect_text(&s, "So far it acts as li@finally.com. From now on it is yours and");
    dialog_close_all(s.app);
    screen_keys(&s, "3");
    screen_expect_text(&s, "started by ana@finally.com, goes on as li@finally.com");
    screen_close(&s);
}

Test(keys, a_step_that_stopped_beside_one_that_waits_can_be_answered)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    screen_unlock(&s);
    dialog_close_all(s.app);
    const struct run *run = app_run(s.app);
    screen_news(&s,
                json_pack("{s:s, s:s, s:{s:s, s:I, s:I, s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:s}}",
                          "news", "event", "env", "production", "event", "stream", run->id, "seq",
                          (json_int_t)(run->last_seq + 1), "at_ms", (json_int_t)s.world_ms, "type",
                          "step_ended", "step", "snapshot", "by", "", "body", "state", "unknown",
                          "reason", "never arrived", "previous_hash", run->last_hash, "hash",
                          run->last_hash));
    screen_keys(&s, "C");
    cr_assert_not_null(s.app->dialog);
    screen_expect_text(&s, "snapshot");
    screen_close(&s);
}
