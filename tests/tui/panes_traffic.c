/* panes_traffic.c - the pane "Traffic": three marks, the draft, its preview, and what is said when
 * nobody can tell. */
#include "tests/tui/pane_fixture.h"

#include "core/wire.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"

#define REVISION "144fdc3e-2cc0-4e48-b929-97b906be801a"

static void hello(struct pane_test *t)
{
    pane_news(t, json_pack("{s:s, s:i, s:s, s:i, s:[{s:s, s:b, s:s, s:s, s:s, s:[f, f, f, f, f, "
                           "f], s:[i, i, i, i, i, i]}]}",
                           "news", "hello", "wire", 1, "project", "finally", "poll_ms", 15000,
                           "environments", "name", "production", "production", 1, "account",
                           "123456789012", "region", "eu-central-1", "alias",
                           "finally-prod-api:production", "ladder", 0.01, 0.05, 0.1, 0.25, 0.5, 1.0,
                           "bakes_ms", 300000, 300000, 600000, 600000, 600000, 0));
}

/* "FUNCTION:ALIAS" serves v41 but for `share` of v42. */
static json_t *alias_status(double share, const char *revision)
{
    json_t *weights = json_object();
    bool is_all = share >= 1;
    if (share > 0 && !is_all)
        json_object_set_new(weights, "42", json_real(share));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "kind", "lambda", "function",
                     "finally-prod-api", "alias", "production", "version", is_all ? "42" : "41",
                     "weights", weights, "revision_id", revision);
}

/* Takes alias. */
static void read_status(struct pane_test *t, json_t *alias)
{
    pane_news(t, json_pack("{s:s, s:s, s:I, s:{s:s, s:[o]}}", "news", "status", "env", "production",
                           "at_ms", (json_int_t)t->world_ms, "document", "name", "production",
                           "resources", alias));
}

static void read_alias(struct pane_test *t, double share, const char *revision)
{
    read_status(t, alias_status(share, revision));
}

/* The recorded run as far as `moment`, and what was read seven seconds later. */
static void open_run(struct pane_test *t, const char *moment)
{
    json_t *recorded = pane_vector("traffic"), *events = json_array(), *event;
    json_int_t until =
        json_integer_value(json_object_get(json_object_get(recorded, "moments"), moment));
    size_t i;

    pane_open(t, PANE_TRAFFIC);
    t->app->is_unlocked = true;
    json_array_foreach(json_object_get(recorded, "events"), i,
                       event) if (json_integer_value(json_object_get(event, "seq")) <= until)
    {
        json_array_append(events, event);
        t->world_ms = json_integer_value(json_object_get(event, "at_ms")) + 7000;
    }
    t->seq = until;
    hello(t);
    pane_news(t, json_pack("{s:s, s:s, s:s, s:o}", "news", "run", "env", "production", "driver",
                           "here", "events", events));
    pane_document(t, "plan", "production", json_incref(json_object_get(recorded, "plan")), false);
    pane_document(t, "metrics", "production", pane_vector("metrics"), false);
    json_decref(recorded);
    dialog_close_all(t->app);
}

/* One more event of it. Takes body. */
static void tell(struct pane_test *t, const char *type, const char *step, json_t *body)
{
    t->seq++;
    pane_news(t, json_pack("{s:s, s:s, s:{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:s}}", "news",
                           "event", "env", "production", "event", "seq", (json_int_t)t->seq,
                           "at_ms", (json_int_t)t->world_ms, "stream", "r-0002", "type", type,
                           "step", step, "by", "", "body", body, "previous_hash", "", "hash", ""));
}

/* At 25 %, judged and read back. */
static void open_baking(struct pane_test *t)
{
    open_run(t, "baking");
    read_alias(t, 0.25, REVISION);
}

static void open_idle(struct pane_test *t)
{
    pane_open(t, PANE_TRAFFIC);
    t->app->is_unlocked = true;
    hello(t);
    read_alias(t, 0, REVISION);
}

static void pane_keys(struct pane_test *t, const char *keys)
{
    for (; *keys != '\0'; keys++)
        pane_key(t, *keys);
}

static const struct traffic_stage *stage(const struct pane_test *t)
{
    return traffic_stage_of(t->app);
}

static const char *state_now(const struct pane_test *t)
{
    struct traffic_view v;
    traffic_stage_view(t->app, &v);
    return traffic_view_state_name(v.state);
}

#define EXPECT_STAGED(t, percent)                                                                  \
    do {                                                                                           \
        cr_expect(stage(t)->is_staged);                                                            \
        cr_expect_float_eq(stage(t)->weight * 100, percent, 1e-6, "%g %%",                         \
                           stage(t)->weight * 100);                                                \
    } while (0)

/* ---- what is seen ---- */

Test(panes_traffic, a_weight_that_bakes_shows_asked_set_seen_and_how_far_it_is)
{
    struct pane_test t;
    open_baking(&t);
    pane_expect_all(&t, "traffic-baking");
    pane_expect(&t, "traffic-baking", 36, 118);
    pane_expect_text(&t, 18, 78, "25 % by the plan");
    pane_expect_text(&t, 18, 78, "25 % read back");
    pane_expect_text(&t, 18, 78, "% of 12166 requests");
    cr_expect_str_eq(state_now(&t), "steady");
    pane_close(&t);
}

Test(panes_traffic, in_ascii_it_says_the_same)
{
    struct pane_test t;
    open_baking(&t);
    auto_free char *picture = pane_picture_of(&t, 18, 78, true);
    for (const char *c = picture; *c != '\0'; c++)
        cr_assert((unsigned char)*c < 0x80, "%s", picture);
    cr_expect_not_null(strstr(picture, "+1 +5 +10 >25"), "%s", picture);
    pane_close(&t);
}

Test(panes_traffic, when_the_judge_is_content_the_key_that_shifts_on_is_named)
{
    struct pane_test t;
    open_run(&t, "asking");
    read_alias(&t, 0.25, REVISION);
    pane_expect_all(&t, "traffic-asking");
    pane_expect_text(&t, 18, 78, "P promotes v42 to 50 %");
    pane_close(&t);
}

Test(panes_traffic, a_write_on_its_way_is_applying_and_the_marks_differ)
{
    struct pane_test t;
    open_run(&t, "applying");
    read_alias(&t, 0.1, REVISION);
    cr_expect_str_eq(state_now(&t), "applying");
    pane_expect_text(&t, 18, 78, "25 % by the plan");
    pane_expect_text(&t, 18, 78, "10 % read back");
    pane_close(&t);
}

Test(panes_traffic, numbers_of_the_weight_before_are_not_taken_for_this_one)
{
    struct pane_test t;
    open_run(&t, "fresh");
    read_alias(&t, 0.25, REVISION);
    cr_expect_str_eq(state_now(&t), "converging");
    pane_expect_text(&t, 18, 78, "no requests counted yet");
    pane_expect_text(&t, 18, 78, "has not looked at this weight yet");
    pane_close(&t);
}

Test(panes_traffic, no_requests_is_said_and_is_never_steady)
{
    struct pane_test t;
    open_run(&t, "fresh");
    read_alias(&t, 0.25, REVISION);
    pane_later(&t, 600);
    tell(&t, "measured", "shift",
         json_pack("{s:{s:s, s:f, s:s}, s:{}}", "verdict", "kind", "no_data", "weight", 0.25,
                   "sentence", "v42 at 25 %: no request of it was seen", "measurement"));
    cr_expect_str_eq(state_now(&t), "converging");
    pane_expect_text(&t, 18, 78, "converging, no requests");
    pane_expect_text(&t, 18, 78, "no requests: cannot verify");
    pane_close(&t);
}

Test(panes_traffic, a_look_that_finds_another_weight_is_drift)
{
    struct pane_test t;
    open_baking(&t);
    pane_later(&t, 20);
    read_alias(&t, 0.5, "other");
    cr_expect_str_eq(state_now(&t), "drift");
    pane_expect_text(&t, 18, 78, "v42 has 50 %, and this run set 25 %");
    pane_expect(&t, "traffic-drift", 18, 78);
    pane_key(&t, 's');
    EXPECT_STAGED(&t, 25);
    pane_close(&t);
}

Test(panes_traffic, a_version_that_is_neither_is_drift_and_shown_with_its_share)
{
    struct pane_test t;
    json_t *alias = alias_status(0.25, "other");
    open_baking(&t);
    pane_later(&t, 20);
    json_object_set_new(json_object_get(alias, "weights"), "40", json_real(0.5));
    read_status(&t, alias);
    cr_expect_str_eq(state_now(&t), "drift");
    pane_expect_text(&t, 18, 78, "v40 has 50 % and v42 has 25 %, and this run set 25 %");
    pane_expect_text(&t, 18, 78, "v41 25 %");
    pane_expect_text(&t, 18, 78, "v40 is not counted");
    pane_expect(&t, "traffic-drift-other", 18, 78);
    pane_close(&t);
}

Test(panes_traffic, a_look_from_before_the_last_write_is_no_drift_and_the_run_is_believed)
{
    struct pane_test t;
    open_baking(&t);
    pane_later(&t, 30);
    tell(&t, "noted", "shift", json_pack("{s:s, s:f}", "key", "asked", "value", 0.5));
    pane_later(&t, 2);
    read_alias(&t, 0.25, REVISION); /* older than what is on its way */
    cr_expect_str_eq(state_now(&t), "applying");
    tell(&t, "noted", "shift", json_pack("{s:s, s:f}", "key", "weight", "value", 0.5));
    pane_later(&t, 2);
    read_alias(&t, 0.25, REVISION);
    cr_expect_str_neq(state_now(&t), "drift");
    pane_expect_text(&t, 18, 78, "v42 50 %");
    pane_later(&t, 20);
    read_alias(&t, 0.25, REVISION);
    cr_expect_str_eq(state_now(&t), "drift");
    pane_close(&t);
}

Test(panes_traffic, a_conviction_is_told_as_one_before_the_way_back_has_begun)
{
    struct pane_test t;
    open_baking(&t);
    tell(&t, "measured", "shift",
         json_pack("{s:{s:s, s:f, s:s}, s:{}}", "verdict", "kind", "failed", "weight", 0.25,
                   "sentence", "v42 at 25 %: 6 of 76 failed: bad", "measurement"));
    tell(&t, "step_ended", "shift", json_pack("{s:s, s:s}", "state", "failed", "reason", "bad"));
    cr_expect_str_eq(state_now(&t), "going back");
    pane_expect_text(&t, 18, 78, "bad: v42 at 25 %: 6 of 76 failed; going back to v41");
    pane_expect_no_text(&t, 18, 78, "could not be moved");
    pane_close(&t);
}

/* What a finished release is rolled back by: a run of its own, whose new version is the old one. */
static void open_rollback(struct pane_test *t)
{
    static const char *const steps = "{s:s, s:s, s:[{s:s, s:s, s:b}]}";
    pane_open(t, PANE_TRAFFIC);
    hello(t);
    read_alias(t, 1, REVISION);
    tell(t, "run_opened", "",
         json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "production",
                   "plan_name", "rollback"));
    tell(t, "run_started", "",
         json_pack("{s:o}", "plan",
                   json_pack(steps, "plan", "rollback", "hash", "", "steps", "id", "set-version",
                             "kind", "set-version", "moves_traffic", 1)));
    tell(t, "step_started", "set-version", json_pack("{s:i}", "attempt", 1));
    tell(t, "decided", "set-version", json_pack("{s:s, s:s}", "key", "old_version", "value", "42"));
    tell(t, "decided", "set-version", json_pack("{s:s, s:s}", "key", "new_version", "value", "41"));
}

Test(panes_traffic, a_rollback_of_a_finished_release_shows_the_new_version_at_nothing)
{
    struct pane_test t;
    open_rollback(&t);
    cr_expect_str_eq(state_now(&t), "applying");
    tell(&t, "noted", "set-version", json_pack("{s:s, s:f}", "key", "weight", "value", 1.0));
    tell(&t, "step_ended", "set-version", json_pack("{s:s}", "state", "succeeded"));
    tell(&t, "run_ended", "", json_pack("{s:s, s:s}", "status", "succeeded", "health", "healthy"));
    cr_expect_str_eq(state_now(&t), "rolled back");
    pane_expect_text(&t, 18, 78, "v42 0 %");
    pane_expect_text(&t, 18, 78, "v41 100 %");
    pane_expect_text(&t, 18, 78, "0 % back");
    pane_later(&t, 60);
    read_alias(&t, 0, "back");
    cr_expect_str_eq(state_now(&t), "rolled back");
    pane_expect(&t, "traffic-after-rollback", 18, 78);
    pane_close(&t);
}

Test(panes_traffic, drift_that_the_engine_found_is_told_in_its_words)
{
    struct pane_test t;
    open_baking(&t);
    tell(&t, "drift_seen", "shift", json_pack("{s:s}", "reason", "bob set v42 to 50 % at 02:50Z"));
    cr_expect_str_eq(state_now(&t), "drift");
    pane_expect_text(&t, 18, 78, "bob set v42 to 50 % at 02:50Z");
    pane_close(&t);
}

Test(panes_traffic, after_going_back_it_says_so_and_why)
{
    struct pane_test t;
    open_baking(&t);
    tell(&t, "rollback_started", "", json_pack("{s:s}", "reason", "v42 6 of 76 failed (7.9 %)"));
    cr_expect_str_eq(state_now(&t), "going back");
    pane_expect_text(&t, 18, 78, "going back to v41");
    tell(&t, "noted", "shift", json_pack("{s:s, s:f}", "key", "weight", "value", 0.0));
    tell(&t, "step_ended", "shift", json_pack("{s:s}", "state", "aborted"));
    tell(&t, "step_undone", "shift", json_object());
    tell(&t, "run_ended", "",
         json_pack("{s:s, s:s}", "status", "rolled_back", "health", "healthy"));
    read_alias(&t, 0, "back");
    cr_expect_str_eq(state_now(&t), "rolled back");
    pane_expect(&t, "traffic-rolled-back", 18, 78);
    pane_expect_text(&t, 18, 78, "rolled back: v41 serves all of it");
    pane_close(&t);
}

Test(panes_traffic, one_version_alone_is_idle_and_says_what_moves_it)
{
    struct pane_test t;
    open_idle(&t);
    cr_expect_str_eq(state_now(&t), "idle");
    pane_expect_all(&t, "traffic-idle");
    pane_close(&t);
}

Test(panes_traffic, what_was_not_read_is_not_drawn_as_if_it_were)
{
    struct pane_test t;
    pane_open(&t, PANE_TRAFFIC);
    pane_expect_text(&t, 18, 78, "no environment yet");
    hello(&t);
    pane_expect_text(&t, 18, 78, "the alias was not read yet");
    pane_news(&t, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "news", "trouble", "env", "production",
                            "what", "status", "error", "kind", "denied", "message",
                            "the sign-in has ended"));
    pane_expect_text(&t, 18, 78, "the sign-in has ended");
    pane_close(&t);
}

Test(panes_traffic, what_is_remembered_says_so)
{
    struct pane_test t;
    pane_open(&t, PANE_TRAFFIC);
    hello(&t);
    pane_news(&t, json_pack("{s:s, s:s, s:I, s:b, s:{s:s, s:[o]}}", "news", "status", "env",
                            "production", "at_ms", (json_int_t)t.world_ms - 600000, "cached", 1,
                            "document", "name", "production", "resources",
                            alias_status(0.25, REVISION)));
    pane_expect_text(&t, 18, 78, "25 % remembered 10 min ago");
    pane_close(&t);
}

Test(panes_traffic, of_several_aliases_one_is_seen_and_j_shows_the_next)
{
    struct pane_test t;
    pane_open(&t, PANE_TRAFFIC);
    hello(&t);
    json_t *other = alias_status(0.1, "x");
    json_object_set_new(other, "function", json_string("finally-prod-worker"));
    pane_news(&t, json_pack("{s:s, s:s, s:I, s:{s:s, s:[o, o]}}", "news", "status", "env",
                            "production", "at_ms", (json_int_t)t.world_ms, "document", "name",
                            "production", "resources", alias_status(0, REVISION), other));
    pane_expect_text(&t, 18, 78, "alias 1 of 2");
    pane_key(&t, 'j');
    pane_expect_text(&t, 18, 78, "finally-prod-worker:production");
    pane_expect_text(&t, 18, 78, "v42 10 %");
    pane_key(&t, 'j');
    pane_expect_text(&t, 18, 78, "finally-prod-api:production");
    pane_close(&t);
}

Test(panes_traffic, it_stays_inside_at_any_size)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, 's');
    pane_expect_any_size(&t);
    pane_close(&t);
}

/* ---- the draft ---- */

Test(panes_traffic, arrows_stage_and_nothing_is_asked_for)
{
    struct pane_test t;
    open_baking(&t);
    effects_clear(&t.effects);
    effects_init(&t.effects);
    pane_key(&t, KEY_CODE_RIGHT);
    EXPECT_STAGED(&t, 26);
    pane_key(&t, KEY_CODE_SHIFT_RIGHT);
    EXPECT_STAGED(&t, 31);
    pane_key(&t, KEY_CODE_LEFT);
    EXPECT_STAGED(&t, 30);
    pane_key(&t, KEY_CODE_HOME);
    EXPECT_STAGED(&t, 0);
    pane_key(&t, KEY_CODE_SHIFT_LEFT);
    EXPECT_STAGED(&t, 0);
    pane_key(&t, 's');
    EXPECT_STAGED(&t, 50);
    cr_expect_str_eq(state_now(&t), "staged");
    pane_expect(&t, "traffic-staged", 18, 78);
    pane_expect_text(&t, 18, 78, "50 % NOT APPLIED 2:00");
    cr_expect_eq(json_array_size(t.effects.requests), 0);
    pane_close(&t);
}

Test(panes_traffic, digits_are_a_weight_only_where_one_is_staged_or_typed)
{
    struct pane_test t;
    open_baking(&t);
    pane_keys(&t, "1");
    cr_expect_eq(t.app->focus, PANE_STATUS);
    pane_keys(&t, "4=33.5");
    pane_expect_text(&t, 18, 78, "33.5_");
    pane_key(&t, KEY_CODE_ENTER);
    EXPECT_STAGED(&t, 33.5);
    pane_keys(&t, "12");
    pane_key(&t, KEY_CODE_ENTER);
    EXPECT_STAGED(&t, 12);
    pane_keys(&t, "120");
    pane_key(&t, KEY_CODE_ENTER);
    EXPECT_STAGED(&t, 12);
    cr_expect_not_null(strstr(pane_said(&t), "0 to 100"));
    pane_key(&t, KEY_CODE_ESCAPE);
    cr_expect_not(stage(&t)->is_staged);
    pane_close(&t);
}

static size_t count_toasts(const struct pane_test *t, const char *text)
{
    size_t found = 0;
    for (size_t i = 0; i < t->app->toast_count; i++)
        found += strstr(t->app->toasts[i].text, text) != NULL;
    return found;
}

Test(panes_traffic, a_draft_that_the_run_will_not_take_says_so_at_once_and_once)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, KEY_CODE_LEFT);
    cr_expect_eq(count_toasts(&t, "the next weight is"), 0, "less is always possible");
    pane_keys(&t, "=50\r");
    cr_expect_eq(count_toasts(&t, "the next weight is"), 0, "it is the next one");
    pane_key(&t, KEY_CODE_RIGHT);
    pane_key(&t, KEY_CODE_RIGHT);
    cr_expect_eq(count_toasts(&t, "beyond the plan: the next weight is 50 %"), 1);
    pane_keys(&t, "=30\r");
    cr_expect_eq(count_toasts(&t, "not a weight of the plan: the next weight is 50 %"), 1);
    pane_keys(&t, "p");
    cr_expect_not_null(pane_asked(&t, "preview_shift"), "the engine says what it thinks of it");
    pane_close(&t);
    open_idle(&t);
    pane_keys(&t, "=30\r");
    cr_expect_eq(count_toasts(&t, "the next weight is"), 0, "no run, no ladder");
    pane_close(&t);
}

Test(panes_traffic, the_mouse_stages_where_the_bars_are)
{
    struct pane_test t;
    int x, width;
    open_baking(&t);
    struct layout l = layout_of(t.app->rows, t.app->cols, PANE_TRAFFIC, false);
    struct area a = canvas_inner(l.panes[PANE_TRAFFIC], 1, 1);
    traffic_stage_bar(a, &x, &width);
    pane_input(
        &t, (struct input){
                .kind = INPUT_MOUSE, .mouse = MOUSE_PRESS, .y = a.y + 2, .x = a.x + x + width - 1});
    EXPECT_STAGED(&t, 100);
    pane_input(
        &t, (struct input){.kind = INPUT_MOUSE, .mouse = MOUSE_DRAG, .y = a.y + 2, .x = a.x + x});
    EXPECT_STAGED(&t, 0);
    pane_close(&t);
}

Test(panes_traffic, a_draft_falls_after_two_minutes_and_when_what_is_set_changes)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, 's');
    pane_later(&t, 119);
    EXPECT_STAGED(&t, 50);
    pane_later(&t, 2);
    cr_expect_not(stage(&t)->is_staged);
    cr_expect_not_null(strstr(pane_said(&t), "two minutes old"), "%s", pane_said(&t));
    pane_key(&t, 's');
    pane_later(&t, 1);
    read_alias(&t, 0.3, "other");
    cr_expect_not(stage(&t)->is_staged);
    cr_expect_not_null(strstr(pane_said(&t), "30 % is set now"), "%s", pane_said(&t));
    pane_close(&t);
}

/* ---- the preview ---- */

static json_t *preview_of(double from, double to, const char *how, const char *refused)
{
    json_t *call =
        json_pack("{s:s, s:s, s:{s:s, s:s}}", "service", "lambda", "operation", "UpdateAlias",
                  "params", "FunctionName", "finally-prod-api", "Name", "production");
    return json_pack(
        "{s:o, s:s, s:{s:f, s:f}, s:{s:f, s:f}, s:s, s:f, s:s, s:f, s:[{s:s, s:s}], s:I, s:s, s:s, "
        "s:s?}",
        "call", call, "resource", "api", "from", "41", 1 - from, "42", from, "to", "41", 1 - to,
        "42", to, "version", "42", "weight", to, "revision_id", REVISION, "requests_per_s", 40.4,
        "guards", "text", "bake is over", "state", "ok", "bake_ms", (json_int_t)600000, "undo",
        "one UpdateAlias: all to v41", "how", how, "refused", refused);
}

static void preview(struct pane_test *t, double from, double to, const char *how,
                    const char *refused)
{
    pane_key(t, 'p');
    const json_t *asked = pane_asked(t, "preview_shift");
    cr_assert_not_null(asked);
    cr_expect_float_eq(json_number_value(json_object_get(asked, "weight")), to, 1e-9);
    pane_answer(t, asked, true, preview_of(from, to, how, refused));
}

static void say_yes(struct pane_test *t)
{
    t->wall_ms += DIALOG_ARMING_MS + 1;
    pane_input(t, (struct input){.kind = INPUT_TICK});
    pane_key(t, 'y');
}

static char *screen_of(struct pane_test *t)
{
    struct canvas *c = canvas_new(30, 100);
    app_draw(t->app, c);
    char *text = canvas_text(c);
    canvas_free(c);
    return text;
}

Test(panes_traffic, a_preview_shows_the_call_and_y_lets_the_run_promote)
{
    struct pane_test t;
    open_run(&t, "asking");
    read_alias(&t, 0.25, REVISION);
    pane_key(&t, 's');
    cr_expect_not_null(strstr(pane_said(&t), "50 % is staged, nothing is applied"));
    pane_key(&t, 'p');
    pane_answer(&t, pane_asked(&t, "preview_shift"), true, preview_of(0.25, 0.5, "promote", NULL));
    cr_assert_not_null(t.app->dialog);
    cr_expect_eq(t.app->dialog->level, LEVEL_TRAFFIC);
    cr_expect_str_eq(state_now(&t), "previewed");
    auto_free char *shown = screen_of(&t);
    cr_expect_not_null(strstr(shown, "UpdateAlias"), "%s", shown);
    cr_expect_not_null(strstr(shown, "v41 50 %, v42 50 %"), "%s", shown);
    cr_expect_not_null(strstr(shown, "10.1 requests/s more meet v42"), "%s", shown);
    pane_key(&t, 'y');
    cr_expect_null(pane_asked(&t, "command"));
    say_yes(&t);
    const json_t *sent = pane_asked(&t, "command");
    cr_assert_not_null(sent);
    cr_expect_str_eq(json_string_value(json_object_get(sent, "command")), "promote");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "run")), "r-0002");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "step")), "shift");
    cr_expect_str_eq(state_now(&t), "asked");
    pane_answer(&t, sent, true, json_object());
    cr_expect_str_neq(state_now(&t), "asked");
    pane_close(&t);
}

Test(panes_traffic, by_hand_the_weight_and_the_revision_are_sent)
{
    struct pane_test t;
    open_idle(&t);
    read_alias(&t, 0.1, REVISION);
    pane_key(&t, KEY_CODE_SHIFT_RIGHT);
    preview(&t, 0.1, 0.15, "hand", NULL);
    say_yes(&t);
    const json_t *sent = pane_asked(&t, "shift");
    cr_assert_not_null(sent);
    cr_expect_float_eq(json_number_value(json_object_get(sent, "weight")), 0.15, 1e-9);
    cr_expect_str_eq(json_string_value(json_object_get(sent, "version")), "42");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "revision_id")), REVISION);
    pane_close(&t);
}

Test(panes_traffic, everything_at_once_asks_for_the_name_and_down_only_for_y)
{
    struct pane_test t;
    open_idle(&t);
    read_alias(&t, 0.1, REVISION);
    pane_key(&t, KEY_CODE_END);
    preview(&t, 0.1, 1, "hand", NULL);
    cr_assert_not_null(t.app->dialog);
    cr_expect_eq(t.app->dialog->level, LEVEL_GRAVE);
    say_yes(&t);
    cr_expect_null(pane_asked(&t, "shift"));
    dialog_close_all(t.app);
    t.app->is_unlocked = false;
    pane_key(&t, KEY_CODE_HOME);
    preview(&t, 0.1, 0, "back", NULL);
    cr_assert_not_null(t.app->dialog);
    cr_expect_eq(t.app->dialog->level, LEVEL_BACK);
    say_yes(&t);
    const json_t *sent = pane_asked(&t, "rollback");
    cr_assert_not_null(sent, "a locked seat may go back");
    cr_expect_str_eq(json_string_value(json_object_get(sent, "target")), "41");
    pane_close(&t);
}

Test(panes_traffic, beyond_the_next_weight_of_the_plan_is_grave)
{
    struct pane_test t;
    open_baking(&t);
    pane_keys(&t, "=51");
    pane_key(&t, KEY_CODE_ENTER);
    preview(&t, 0.25, 0.51, "hand", NULL);
    cr_assert_not_null(t.app->dialog);
    cr_expect_eq(t.app->dialog->level, LEVEL_GRAVE);
    pane_close(&t);
}

Test(panes_traffic, what_cannot_be_done_is_shown_with_its_reason_and_without_y)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, 's');
    preview(&t, 0.25, 0.5, "promote", "the bake has 1 m 53 s left");
    auto_free char *shown = screen_of(&t);
    cr_expect_not_null(strstr(shown, "It cannot be done now: the bake has 1 m 53 s left"), "%s",
                       shown);
    say_yes(&t);
    cr_expect_null(pane_asked(&t, "command"));
    pane_close(&t);
}

Test(panes_traffic, a_locked_seat_reads_the_preview_and_learns_what_unlocks)
{
    struct pane_test t;
    open_baking(&t);
    t.app->is_unlocked = false;
    pane_key(&t, 's');
    preview(&t, 0.25, 0.5, "promote", NULL);
    auto_free char *shown = screen_of(&t);
    cr_expect_not_null(strstr(shown, "W unlocks"), "%s", shown);
    say_yes(&t);
    cr_expect_null(pane_asked(&t, "command"));
    pane_close(&t);
}

Test(panes_traffic, a_preview_closes_when_the_alias_changes)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, 's');
    preview(&t, 0.25, 0.5, "promote", NULL);
    cr_assert_not_null(t.app->dialog);
    pane_later(&t, 3);
    read_alias(&t, 0.25, "other-revision");
    cr_expect_null(t.app->dialog);
    cr_expect_not_null(strstr(pane_said(&t), "the alias changed"), "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_traffic, an_answer_for_a_draft_that_changed_opens_nothing)
{
    struct pane_test t;
    open_baking(&t);
    pane_key(&t, 's');
    pane_key(&t, 'p');
    pane_key(&t, KEY_CODE_RIGHT);
    pane_answer(&t, pane_asked(&t, "preview_shift"), true, preview_of(0.25, 0.5, "promote", NULL));
    cr_expect_null(t.app->dialog);
    pane_answer(&t, pane_asked(&t, "preview_shift"), true, json_object());
    pane_close(&t);
}

Test(panes_traffic, a_shift_that_was_refused_says_why)
{
    struct pane_test t;
    open_idle(&t);
    read_alias(&t, 0.1, REVISION);
    pane_key(&t, KEY_CODE_RIGHT);
    preview(&t, 0.1, 0.11, "hand", NULL);
    say_yes(&t);
    pane_answer(
        &t, pane_asked(&t, "shift"), false,
        json_pack("{s:s, s:s}", "kind", "conflict", "message", "the alias was changed meanwhile"));
    cr_expect_not_null(strstr(pane_said(&t), "changed meanwhile"), "%s", pane_said(&t));
    cr_expect_str_neq(state_now(&t), "asked");
    pane_close(&t);
}
