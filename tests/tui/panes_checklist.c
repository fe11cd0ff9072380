/* panes_checklist.c - the pane "Checklist": what stops the start is seen, and people tick it. */
#include "tests/tui/pane_fixture.h"

#define FIRST "pre-deployment-checklist-code-quality/all-tests-pass-phase-6"

static void open_known(struct pane_test *t)
{
    pane_open(t, PANE_CHECKLIST);
    pane_hello(t);
    pane_document(t, "check", "production", pane_vector("check"), false);
    auto_free char *drawn = pane_picture(t, 18, 78);
}

static const char *item_asked(const struct pane_test *t, const char *verb)
{
    const json_t *request = pane_asked(t, verb);
    return request != NULL ? json_string_value(json_object_get(request, "item")) : "not asked";
}

/* The n-th item from the top, counted from 0. */
static void go_to(struct pane_test *t, int nth)
{
    pane_key(t, 'g');
    for (int i = 0; i < nth; i++)
        pane_key(t, 'j');
}

Test(panes_checklist, sections_marks_and_evidence_are_seen)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_all(&t, "checklist");
    pane_expect(&t, "checklist", 38, 118);
    pane_expect(&t, "checklist", 12, 30);
    pane_close(&t);
}

Test(panes_checklist, twins_are_shown_once_with_a_hint)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_no_text(&t, 80, 78, "Backup created (if major change)");
    for (int i = 0; i < 30; i++) {
        auto_free char *picture = pane_picture(&t, 80, 78);
        if (strstr(picture, "also asked in") != NULL)
            break;
        pane_key(&t, 'j');
    }
    pane_expect_text(&t, 80, 78, "also asked in");
    pane_close(&t);
}

Test(panes_checklist, what_does_not_apply_is_folded_until_asked_for)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_no_text(&t, 80, 78, "API documentation updated");
    pane_expect_text(&t, 80, 78, "2 n/a");
    pane_key(&t, 'N');
    pane_expect_text(&t, 80, 78, "API documentation updated");
    pane_close(&t);
}

Test(panes_checklist, n_goes_to_the_next_that_stops_it)
{
    struct pane_test t;
    open_known(&t);
    pane_key(&t, 'n');
    pane_key(&t, 'e');
    cr_expect_str_eq(item_asked(&t, "evidence"),
                     "pre-deployment-checklist-code-quality/eslint-passes-without-warnings");
    pane_close(&t);
}

Test(panes_checklist, n_passes_by_what_a_probe_proves_at_the_start)
{
    struct pane_test t;
    open_known(&t);
    pane_key(&t, 'n');
    pane_key(&t, 'n'); /* not the branch, which is old, nor CHANGELOG.md */
    pane_key(&t, 'e');
    cr_expect_str_eq(item_asked(&t, "evidence"),
                     "pre-deployment-checklist-infrastructure/terraform-plan-reviewed");
    pane_close(&t);
}

#define TERRAFORM "pre-deployment-checklist-infrastructure/terraform-plan-reviewed"
#define DELETIONS "pre-deployment-checklist-infrastructure/no-unexpected-resource-deletions"

static void expect_after_terraform(struct pane_test *t)
{
    go_to(t, 5); /* in between */
    pane_key(t, 'n');
    pane_key(t, 'e');
    cr_expect_str_eq(item_asked(t, "evidence"), DELETIONS);
}

static void record(struct pane_test *t, const char *item, const char *state)
{
    pane_event(t, "item_recorded", "",
               json_pack("{s:s, s:s, s:s}", "id", item, "state", state, "summary", ""));
}

Test(panes_checklist, n_passes_by_what_is_being_ticked)
{
    struct pane_test t;
    open_known(&t);
    t.app->is_unlocked = true;
    go_to(&t, 7);
    pane_key(&t, ' ');
    cr_expect_str_eq(item_asked(&t, "tick"), TERRAFORM);
    expect_after_terraform(&t);
    pane_close(&t);
}

Test(panes_checklist, what_was_ticked_holds_before_the_list_is_read_again)
{
    struct pane_test t;
    char about[80];
    open_known(&t);
    pane_event(&t, "run_opened", "",
               json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "production",
                         "plan_name", "default"));
    record(&t, TERRAFORM, "pass");
    pane_expect_text(&t, 40, 78, "[x] Terraform plan reviewed");
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    cr_expect(strstr(about, "13 for you") != NULL, "%s", about);
    expect_after_terraform(&t);
    dialog_close_all(t.app);
    pane_document(&t, "check", "production", pane_vector("check"), false);
    pane_expect_text(&t, 40, 78, "[x] Terraform plan reviewed"); /* read before it was ticked */
    pane_close(&t);
}

Test(panes_checklist, what_a_probe_says_comes_with_the_list)
{
    struct pane_test t;
    open_known(&t);
    pane_event(&t, "run_opened", "",
               json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "production",
                         "plan_name", "default"));
    record(&t, "pre-deployment-checklist-code-quality/eslint-passes-without-warnings", "pass");
    pane_expect_text(&t, 40, 78, "NO  ESLint"); /* the list tells what probes say */
    pane_close(&t);
}

Test(panes_checklist, n_says_so_where_all_that_is_left_is_being_done)
{
    struct pane_test t;
    open_known(&t);
    t.app->is_unlocked = true;
    json_t *check = pane_vector("check"), *gate;
    size_t i;
    json_array_foreach(json_object_get(check, "gates"), i, gate)
        json_object_set_new(gate, "blocking", i == 0 ? json_pack("[s]", TERRAFORM) : json_array());
    pane_document(&t, "check", "production", check, false);
    pane_key(&t, 'n');
    pane_key(&t, ' ');
    pane_key(&t, 'n');
    cr_expect(strstr(pane_said(&t), "nothing else stops it") != NULL, "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_checklist, a_person_ticks_their_item_from_an_unlocked_seat)
{
    struct pane_test t;
    open_known(&t);
    go_to(&t, 7); /* Terraform plan reviewed */
    pane_key(&t, ' ');
    cr_expect_null(pane_asked(&t, "tick"), "production is read-only at first");
    cr_expect(strstr(pane_said(&t), "read-only") != NULL, "%s", pane_said(&t));
    t.app->is_unlocked = true;
    pane_key(&t, ' ');
    const json_t *request = pane_asked(&t, "tick");
    cr_assert_not_null(request);
    cr_expect_str_eq(item_asked(&t, "tick"),
                     "pre-deployment-checklist-infrastructure/terraform-plan-reviewed");
    cr_expect(json_is_integer(json_object_get(request, "seen_seq")));
    pane_expect_text(&t, 40, 78, "ticking");
    pane_key(&t, ' ');
    cr_expect(strstr(pane_said(&t), "being done already") != NULL, "%s", pane_said(&t));
    pane_answer(&t, request, true, json_pack("{s:s}", "run", "r-0142"));
    cr_expect(strstr(pane_said(&t), "ticked: Terraform plan reviewed") != NULL);
    pane_expect_no_text(&t, 40, 78, "ticking");
    pane_close(&t);
}

Test(panes_checklist, a_probe_is_not_ticked_but_run_again)
{
    struct pane_test t;
    open_known(&t);
    t.app->is_unlocked = true;
    go_to(&t, 0);
    pane_key(&t, ' ');
    cr_expect_null(pane_asked(&t, "tick"));
    cr_expect(strstr(pane_said(&t), "a probe proves this one: r runs it again") != NULL);
    pane_key(&t, 'r');
    cr_expect_str_eq(item_asked(&t, "probe"), FIRST);
    pane_close(&t);
}

Test(panes_checklist, a_persons_item_is_not_probed)
{
    struct pane_test t;
    open_known(&t);
    go_to(&t, 7);
    pane_key(&t, 'r');
    cr_expect_null(pane_asked(&t, "probe"));
    cr_expect(strstr(pane_said(&t), "Space ticks it") != NULL, "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_checklist, a_tick_is_taken_back_with_a_reason)
{
    struct pane_test t;
    open_known(&t);
    t.app->is_unlocked = true;
    go_to(&t, 3); /* Code reviewed and approved, ticked */
    pane_key(&t, ' ');
    cr_expect_null(pane_asked(&t, "untick"));
    cr_assert_not_null(t.app->dialog);
    for (const char *c = "a commit came"; *c != '\0'; c++)
        pane_key(&t, *c);
    pane_key(&t, KEY_CODE_ENTER);
    cr_expect_str_eq(json_string_value(json_object_get(pane_asked(&t, "untick"), "reason")),
                     "a commit came");
    pane_close(&t);
}

Test(panes_checklist, a_refusal_is_told_with_what_to_do)
{
    struct pane_test t;
    open_known(&t);
    pane_key(&t, 'r');
    pane_answer(&t, pane_asked(&t, "probe"), false,
                json_pack("{s:s, s:s}", "message", "no answer from github.com", "hint",
                          "Try again later."));
    cr_expect_str_eq(pane_said(&t),
                     "not proved again: no answer from github.com. Try again later.");
    pane_close(&t);
}

Test(panes_checklist, waiving_asks_and_sends_nothing_by_itself)
{
    struct pane_test t;
    open_known(&t);
    t.app->is_unlocked = true;
    go_to(&t, 0);
    pane_key(&t, 'w');
    cr_expect(strstr(pane_said(&t), "nothing to waive") != NULL);
    go_to(&t, 2);
    pane_key(&t, 'w');
    cr_assert_not_null(t.app->dialog);
    cr_expect_eq(t.app->dialog->level, LEVEL_GRAVE);
    pane_key(&t, 'y');
    pane_key(&t, KEY_CODE_ENTER);
    cr_expect_null(pane_asked(&t, "waive"));
    pane_close(&t);
}

Test(panes_checklist, the_filter_shows_only_what_holds_the_words)
{
    struct pane_test t;
    open_known(&t);
    pane_key(&t, '/');
    for (const char *c = "eslint"; *c != '\0'; c++)
        pane_key(&t, *c);
    pane_key(&t, KEY_CODE_ENTER);
    pane_expect_text(&t, 20, 78, "ESLint passes");
    pane_expect_no_text(&t, 20, 78, "TypeScript");
    pane_expect_text(&t, 20, 78, "1 of ");
    pane_key(&t, KEY_CODE_ESCAPE);
    pane_expect_text(&t, 20, 78, "TypeScript");
    pane_close(&t);
}

Test(panes_checklist, the_cursor_stays_on_its_item_when_the_list_changes)
{
    struct pane_test t;
    open_known(&t);
    go_to(&t, 7);
    json_t *check = pane_vector("check"), *items = json_object_get(check, "items");
    json_array_remove(items, 0);
    pane_document(&t, "check", "production", check, false);
    pane_key(&t, 'e');
    cr_expect_str_eq(item_asked(&t, "evidence"),
                     "pre-deployment-checklist-infrastructure/terraform-plan-reviewed");
    pane_close(&t);
}

Test(panes_checklist, evidence_comes_into_its_page)
{
    struct pane_test t;
    open_known(&t);
    go_to(&t, 0);
    pane_key(&t, 'e');
    pane_answer(&t, pane_asked(&t, "evidence"), true,
                json_pack("{s:[s, s]}", "lines", "job unit: passed in 41 s", "job e2e: passed"));
    struct canvas *c = canvas_new(40, 120);
    dialog_draw(t.app, c);
    auto_free char *picture = canvas_text(c);
    canvas_free(c);
    cr_expect(strstr(picture, "job e2e: passed") != NULL, "%s", picture);
    cr_expect(strstr(picture, "6:1") != NULL, "%s", picture);
    pane_close(&t);
}

Test(panes_checklist, says_what_it_waits_for_and_how_a_project_gets_one)
{
    struct pane_test t;
    pane_open(&t, PANE_CHECKLIST);
    pane_expect_text(&t, 10, 70, "the checklist is being read");
    pane_hello(&t);
    pane_document(&t, "check", "production", json_pack("{s:[], s:[]}", "items", "gates"), false);
    pane_expect_text(&t, 10, 70, "guide: FILE.md");
    pane_close(&t);
}

Test(panes_checklist, an_all_clear_list_may_start)
{
    struct pane_test t;
    char about[80];
    open_known(&t);
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    cr_expect(strstr(about, "14 for you") != NULL, "%s", about);
    json_t *check = pane_vector("check"), *gate;
    size_t i;
    json_array_foreach(json_object_get(check, "gates"), i, gate)
        json_array_clear(json_object_get(gate, "blocking"));
    pane_document(&t, "check", "production", check, false);
    pane_expect_text(&t, 20, 70, "may start");
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    cr_expect(strstr(about, "may start") != NULL, "%s", about);
    pane_key(&t, 'n');
    cr_expect(strstr(pane_said(&t), "nothing stops it") != NULL);
    pane_close(&t);
}

Test(panes_checklist, what_the_run_waits_for_now_is_not_asked_later)
{
    struct pane_test t;
    char about[80];
    open_known(&t);
    pane_run(&t, "checklist-3");
    pane_expect_text(&t, 20, 70, "for you");
    pane_event(&t, "step_ended", "checklist-3", json_pack("{s:s}", "state", "succeeded"));
    pane_expect_text(&t, 20, 70, "every item asked so far holds");
    pane_expect_no_text(&t, 20, 70, "may start");
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    cr_expect(strstr(about, "nothing stops it") != NULL, "%s", about);
    pane_close(&t);
}

Test(panes_checklist, any_size_can_be_drawn)
{
    struct pane_test t;
    pane_open(&t, PANE_CHECKLIST);
    pane_expect_any_size(&t);
    pane_hello(&t);
    pane_document(&t, "check", "production", pane_vector("check"), false);
    pane_expect_any_size(&t);
    pane_close(&t);
}

Test(panes_checklist, nothing_but_ascii_is_drawn_where_that_is_asked_for)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *picture = pane_picture_of(&t, 14, 60, true);
    for (const char *c = picture; *c != '\0'; c++)
        cr_assert((unsigned char)*c < 0x80, "%s", picture);
    pane_close(&t);
}

Test(panes_checklist, what_is_to_be_looked_at_during_the_release_is_for_now)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_no_text(&t, 70, 78, "for now");
    pane_run(&t, "shift");
    pane_expect_text(&t, 20, 78, "5 for now; 18 later");
    pane_close(&t);
}

Test(panes_checklist, what_a_probe_proves_by_itself_is_no_work_for_a_person)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_text(&t, 20, 78, "14 for you, 1 does not hold, 3 proved at the start");
    go_to(&t, 6);
    pane_expect_text(&t, 80, 78, "proved when the release starts; r proves it now");
    pane_close(&t);
}

Test(panes_checklist, a_tick_that_was_taken_back_says_by_whom_and_why)
{
    struct pane_test t;
    open_known(&t);
    json_t *check = pane_vector("check"), *item;
    item = json_array_get(json_object_get(check, "items"), 3);
    json_object_set_new(item, "state", json_string("todo"));
    json_object_set_new(item, "by", json_string(PANE_ANA));
    json_object_set_new(
        item, "evidence",
        json_pack("{s:s, s:s}", "summary", "a commit came", "at", "2026-11-24T02:58:00.000Z"));
    pane_document(&t, "check", "production", check, false);
    pane_expect_text(&t, 18, 78, "taken back by ana 02:58Z: a commit came");
    pane_close(&t);
}

Test(panes_checklist, the_list_of_a_release_that_ended_stays_until_the_next_is_asked_for)
{
    struct pane_test t;
    char about[80];
    open_known(&t);
    t.app->is_unlocked = true;
    pane_run(&t, "none");
    pane_event(&t, "item_recorded", "",
               json_pack("{s:s, s:s, s:s}", "id",
                         "pre-deployment-checklist-infrastructure/terraform-plan-reviewed", "state",
                         "pass", "summary", "read it"));
    pane_event(&t, "run_ended", "",
               json_pack("{s:s, s:s}", "status", "succeeded", "health", "healthy"));
    pane_expect_text(&t, 18, 78, "r-0142 is released");
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    cr_expect_not_null(strstr(about, "r-0142"), "%s", about);
    go_to(&t, 7);
    pane_key(&t, ' ');
    cr_expect_null(pane_asked(&t, "untick"));
    cr_expect_not_null(strstr(pane_said(&t), "a run that is over"), "%s", pane_said(&t));
    pane_document(&t, "check", "production", pane_vector("check"), false); /* of the next one */
    pane_key(&t, 'v');
    pane_expect_text(&t, 18, 78, "14 for you");
    pane_close(&t);
}

Test(panes_checklist, a_filter_counts_as_the_title_does)
{
    struct pane_test t;
    char about[80];
    open_known(&t);
    panes[PANE_CHECKLIST]->about(t.app, about, sizeof about);
    const char *all = strchr(about, '/') + 1;
    pane_key(&t, '/');
    pane_key(&t, 'e');
    pane_key(&t, KEY_CODE_ENTER);
    auto_free char *wanted = xasprintf(" of %.*s;", (int)strcspn(all, ","), all);
    pane_expect_text(&t, 20, 78, wanted);
    pane_close(&t);
}
