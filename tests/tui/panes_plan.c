/* panes_plan.c - the pane "Plan": what would be done, what is done, and who is asked. */
#include "tests/tui/pane_fixture.h"

static void open_plan(struct pane_test *t)
{
    pane_open(t, PANE_PLAN);
    pane_hello(t);
    pane_statuses(t);
    pane_document(t, "plan", "production", pane_vector("plan"), false);
    auto_free char *drawn = pane_picture(t, 18, 78);
}

static void wait_for_person(struct pane_test *t, const char *step, const char *reason)
{
    pane_event(t, "step_waiting", step, json_pack("{s:s, s:s}", "on", "person", "reason", reason));
}

static void go_to(struct pane_test *t, const char *id)
{
    pane_key(t, 'g');
    for (int i = 0; i < 20; i++) {
        pane_key(t, 'e');
        bool is_there = t->app->dialog != NULL;
        auto_free char *wanted = xasprintf("Step %s", id);
        char title[80] = "";
        if (is_there)
            t->app->dialog->kind->title(t->app, t->app->dialog, title, sizeof title);
        dialog_close_all(t->app);
        if (strcmp(title, wanted) == 0)
            return;
        pane_key(t, 'j');
    }
    cr_assert_fail("there is no step %s", id);
}

Test(panes_plan, before_a_run_what_would_be_shipped_and_done_is_seen)
{
    struct pane_test t;
    open_plan(&t);
    pane_expect_all(&t, "plan-dry");
    pane_expect(&t, "plan-dry", 36, 118);
    pane_close(&t);
}

Test(panes_plan, a_run_shows_where_it_is)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "shift");
    pane_later(&t, 734);
    pane_expect_all(&t, "plan-shift");
    pane_expect(&t, "plan-shift", 14, 34);
    pane_close(&t);
}

Test(panes_plan, a_sentence_is_whole_where_there_is_room_and_at_the_cursor)
{
    struct pane_test t;
    open_plan(&t);
    pane_expect_text(&t, 50, 58, "who started the run");
    pane_expect_no_text(&t, 13, 58, "who started the run");
    go_to(&t, "approval");
    pane_expect_text(&t, 13, 58, "who started the run");
    pane_key(&t, 'j');
    pane_expect_no_text(&t, 13, 58, "who started the run");
    pane_close(&t);
}

Test(panes_plan, a_wait_says_which_key_answers)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "approval");
    wait_for_person(&t, "approval", "waits for one of release-managers to approve");
    pane_event(&t, "wait", "approval",
               json_pack("{s:s, s:I}", "key", "deadline", "deadline_ms",
                         (json_int_t)t.world_ms + 3600000));
    pane_expect(&t, "plan-approval", 13, 58);
    pane_expect_text(&t, 20, 78, "A approves");
    pane_close(&t);
}

Test(panes_plan, a_failed_step_says_first_what_production_serves)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "deploy");
    pane_event(&t, "step_ended", "deploy",
               json_pack("{s:s, s:s}", "state", "failed", "reason",
                         "publishing finally-prod-api: the image is not in the registry any more"));
    wait_for_person(&t, "deploy", "retry, or skip it?");
    auto_free char *picture = pane_picture(&t, 13, 58);
    cr_expect(strncmp(picture, " Production serves", 18) == 0, "%s", picture);
    pane_expect(&t, "plan-failed", 13, 58);
    pane_expect(&t, "plan-failed", 18, 78);
    go_to(&t, "deploy");
    pane_key(&t, KEY_CODE_ENTER);
    cr_assert_not_null(t.app->dialog);
    cr_expect_str_neq(t.app->dialog->kind->name, "facts");
    pane_close(&t);
}

Test(panes_plan, after_the_end_it_says_how_it_ended_and_that_the_way_back_is_there)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "all-clear");
    pane_event(&t, "effect_intent", "shift",
               json_pack("{s:s, s:i, s:{s:{s:s, s:s, s:{}}}}", "key", "w", "attempt", 1, "intent",
                         "what", "service", "lambda", "operation", "UpdateAlias", "params"));
    pane_event(&t, "effect_outcome", "shift", json_pack("{s:s, s:s}", "key", "w", "state", "done"));
    pane_event(&t, "noted", "shift", json_pack("{s:s, s:f}", "key", "weight", "value", 1.0));
    pane_event(&t, "step_ended", "all-clear", json_pack("{s:s}", "state", "succeeded"));
    pane_event(&t, "run_ended", "", json_pack("{s:s}", "status", "succeeded"));
    pane_expect(&t, "plan-succeeded", 14, 78);
    pane_expect_text(&t, 20, 58, "v the next plan");
    pane_expect_text(&t, 20, 78, "! still goes back to v41");
    pane_expect_text(&t, 20, 78, ":report");
    pane_key(&t, 'v');
    pane_expect_text(&t, 30, 78, "R would do this");
    pane_close(&t);
}

Test(panes_plan, the_undo_map_is_a_key)
{
    struct pane_test t;
    open_plan(&t);
    pane_expect_no_text(&t, 60, 78, "taken back by");
    pane_key(&t, 'u');
    pane_expect_text(&t, 60, 78, "taken back by one UpdateAlias: all traffic to v41, no");
    pane_close(&t);
}

Test(panes_plan, y_copies_the_commands_of_the_step)
{
    struct pane_test t;
    open_plan(&t);
    go_to(&t, "snapshot");
    pane_key(&t, 'y');
    cr_expect_str_eq(t.effects.copied,
                     "aws rds create-db-snapshot --db-instance-identifier finally-prod-postgres "
                     "--db-snapshot-identifier '${snapshot.snapshot}' --region eu-central-1");
    go_to(&t, "approval");
    pane_key(&t, 'y');
    cr_expect(strstr(pane_said(&t), "writes nothing") != NULL, "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_plan, what_a_step_found_out_stands_in_later_commands)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "smoke");
    pane_event(&t, "decided", "deploy",
               json_pack("{s:s, s:s}", "key", "new_version", "value", "42"));
    pane_event(&t, "decided", "deploy",
               json_pack("{s:s, s:s}", "key", "old_version", "value", "41; rm -rf ~"));
    go_to(&t, "shift");
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "{\"42\":0.25}") != NULL, "%s", t.effects.copied);
    cr_expect(strstr(t.effects.copied, "rm -rf") == NULL, "%s", t.effects.copied);
    pane_close(&t);
}

Test(panes_plan, enter_opens_every_exact_call)
{
    struct pane_test t;
    open_plan(&t);
    go_to(&t, "shift");
    pane_key(&t, KEY_CODE_ENTER);
    struct canvas *c = canvas_new(60, 200);
    dialog_draw(t.app, c);
    auto_free char *picture = canvas_text(c);
    canvas_free(c);
    cr_expect(strstr(picture, "aws lambda update-alias --function-name finally-prod-api") != NULL,
              "%s", picture);
    pane_close(&t);
}

Test(panes_plan, enter_above_the_steps_says_what_ships)
{
    struct pane_test t;
    open_plan(&t);
    pane_key(&t, KEY_CODE_ENTER);
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "finally-api@sha256:9056dc0c884eed") != NULL);
    pane_close(&t);
}

Test(panes_plan, choosing_needs_something_to_choose)
{
    struct pane_test t;
    open_plan(&t);
    pane_key(&t, 'c');
    cr_expect(strstr(pane_said(&t), "nothing runs") != NULL);
    pane_run(&t, "deploy");
    pane_key(&t, 'c');
    cr_expect(strstr(pane_said(&t), "nothing to choose") != NULL, "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_plan, a_plan_that_cannot_be_made_says_why)
{
    struct pane_test t;
    pane_open(&t, PANE_PLAN);
    pane_expect_text(&t, 10, 60, "the plan is being made");
    pane_hello(&t);
    pane_news(&t, json_pack("{s:s, s:s, s:{s:s}}", "news", "plan", "env", "production", "error",
                            "message", "the image of staging is not known"));
    pane_expect_text(&t, 10, 60, "there is no plan: the image of staging is not known");
    effects_clear(&t.effects);
    effects_init(&t.effects);
    pane_key(&t, 'r');
    cr_expect_not_null(pane_asked(&t, "plan"));
    pane_close(&t);
}

Test(panes_plan, the_cursor_goes_with_the_run_until_it_is_moved)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "snapshot");
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "create-db-snapshot") != NULL);
    pane_key(&t, 'j');
    pane_event(&t, "step_ended", "snapshot", json_pack("{s:s}", "state", "succeeded"));
    pane_event(&t, "step_started", "smoke", json_pack("{s:i}", "attempt", 1));
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "update-function-code") != NULL, "%s", t.effects.copied);
    pane_close(&t);
}

Test(panes_plan, the_cursor_stays_on_its_step)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "deploy");
    go_to(&t, "snapshot");
    pane_event(&t, "step_ended", "deploy", json_pack("{s:s}", "state", "succeeded"));
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "create-db-snapshot") != NULL);
    pane_close(&t);
}

Test(panes_plan, any_size_can_be_drawn)
{
    struct pane_test t;
    pane_open(&t, PANE_PLAN);
    pane_expect_any_size(&t);
    open_plan(&t);
    pane_expect_any_size(&t);
    pane_run(&t, "shift");
    pane_key(&t, 'u');
    pane_expect_any_size(&t);
    pane_close(&t);
}

Test(panes_plan, nothing_but_ascii_is_drawn_where_that_is_asked_for)
{
    struct pane_test t;
    open_plan(&t);
    pane_run(&t, "shift");
    pane_later(&t, 734);
    auto_free char *picture = pane_picture_of(&t, 14, 60, true);
    for (const char *c = picture; *c != '\0'; c++)
        cr_assert((unsigned char)*c < 0x80, "%s", picture);
    pane_close(&t);
}

Test(panes_plan, a_weight_that_waits_for_a_person_names_the_key_and_its_bar_is_never_full)
{
    struct pane_test t;
    pane_open(&t, PANE_PLAN);
    pane_hello(&t);
    pane_run(&t, "shift");
    pane_event(&t, "step_waiting", "shift",
               json_pack("{s:s, s:s}", "on", "traffic", "reason", "x"));
    pane_event(&t, "asked", "shift",
               json_pack("{s:s, s:s, s:[s, s]}", "id", "q-1", "question", "v42 from 1 % to 5 %?",
                         "choices", "promote", "hold"));
    dialog_close_all(t.app);
    pane_later(&t, 2 * 3600);
    pane_expect_text(&t, 18, 78, "waits for you: P promotes");
    pane_expect_no_text(&t, 18, 78, "waits for traffic");
    pane_expect_text(&t, 18, 78, "─]");
    pane_expect_text(&t, 18, 78, "2:00:00, planned 49:30");
    pane_close(&t);
}

Test(panes_plan, the_bar_of_a_shift_is_of_the_minutes_beside_it)
{
    struct pane_test t;
    pane_open(&t, PANE_PLAN);
    pane_news(&t, json_pack("{s:s, s:i, s:s, s:[{s:s, s:[f, f, f]}]}", "news", "hello", "wire", 1,
                            "project", "finally", "environments", "name", "production", "ladder",
                            0.1, 0.5, 1.0));
    pane_run(&t, "shift");
    pane_event(&t, "decided", "shift",
               json_pack("{s:s, s:I}", "key", "cleared-1", "value", (json_int_t)1));
    pane_later(&t, 1500);
    pane_expect_text(&t, 18, 78, "[████████████────────────] 25:00 of 49:30");
    pane_close(&t);
}

Test(panes_plan, only_who_may_approve_is_told_the_key)
{
    struct pane_test t;
    pane_open(&t, PANE_PLAN);
    pane_hello(&t);
    pane_news(
        &t, json_pack("{s:s, s:s, s:s}", "news", "identity", "env", "production", "arn", PANE_ANA));
    pane_run(&t, "approval");
    pane_event(&t, "step_waiting", "approval",
               json_pack("{s:s, s:s}", "on", "person", "reason", ""));
    pane_expect_text(&t, 18, 78, "waits for approval by somebody else than ana");
    pane_expect_no_text(&t, 18, 78, "A approves");
    pane_close(&t);
}
