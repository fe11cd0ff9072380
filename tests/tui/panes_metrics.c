/* panes_metrics.c - the pane "Metrics": the numbers, their limits, and what is not known. */
#include "tests/tui/pane_fixture.h"

#include "tui/panes/metrics_draw.h"

static void open_metrics(struct pane_test *t)
{
    json_t *metrics = pane_vector("metrics");
    const json_t *values =
        json_object_get(json_array_get(json_object_get(metrics, "series"), 0), "values");
    const json_t *last = json_array_get(values, json_array_size(values) - 1);

    pane_open(t, PANE_METRICS);
    t->world_ms = json_integer_value(json_array_get(last, 0)) * 1000 + 70000;
    pane_hello(t);
    pane_key(t, KEY_CODE_NONE);
    app_show_environment(t->app, 2, &t->effects);
    pane_document(t, "metrics", "production", metrics, false);
}

/* v42 got a tenth of the traffic 20 minutes ago. */
static void add_run(struct pane_test *t)
{
    int64_t now_ms = t->world_ms;

    t->world_ms -= 20 * 60000;
    pane_run(t, "shift");
    t->world_ms = now_ms;
    pane_input(t, (struct input){.kind = INPUT_TICK});
}

static json_t *one_series(double value, const char *error)
{
    json_t *values = json_array();
    for (int i = 0; i < 60; i++)
        json_array_append_new(
            values, json_pack("[I, o]", (json_int_t)(1795657200 + i * 60),
                              error != NULL || i % 10 == 5 ? json_null() : json_real(value)));
    return json_pack("{s:s, s:s, s:s, s:n, s:o, s:I, s:f, s:f, s:s, s:s, s:s, s:s?}", "id",
                     "api-error-rate", "label", "api error rate", "unit", "%", "version", "values",
                     values, "settled_until", (json_int_t)1795660800, "now", value, "threshold",
                     0.5, "comparison", ">", "alert", "critical", "state",
                     value > 0.5 ? "inconclusive" : "successful", "error", error);
}

static void tell_series(struct pane_test *t, json_t *series)
{
    pane_document(
        t, "metrics", "production",
        json_pack("{s:s, s:i, s:[o]}", "env", "production", "period_s", 60, "series", series),
        false);
}

Test(panes_metrics, the_selected_one_is_large_and_the_others_have_a_line)
{
    struct pane_test t;
    open_metrics(&t);
    add_run(&t);
    pane_expect_all(&t, "metrics");
    pane_expect(&t, "metrics", 36, 118);
    pane_expect_text(&t, 18, 78, "v42 0.11 %");
    pane_expect_text(&t, 18, 78, "within its limit 5 % (alert critical)");
    pane_expect_text(&t, 18, 78, "^0>10 %");
    pane_close(&t);
}

Test(panes_metrics, enter_shows_one_alone)
{
    struct pane_test t;
    open_metrics(&t);
    pane_key(&t, 'j');
    pane_key(&t, KEY_CODE_ENTER);
    pane_expect(&t, "metrics-large", 30, 66);
    pane_expect_text(&t, 18, 78, "gateway latency p99");
    pane_expect_no_text(&t, 18, 78, "database cpu");
    pane_key(&t, KEY_CODE_ESCAPE);
    pane_expect_text(&t, 18, 78, "database cpu");
    pane_close(&t);
}

Test(panes_metrics, the_cursor_reads_out_a_minute)
{
    struct pane_test t;
    open_metrics(&t);
    pane_key(&t, KEY_CODE_LEFT);
    pane_expect_text(&t, 18, 78, "at 02:47Z");
    for (int i = 0; i < 4; i++)
        pane_key(&t, KEY_CODE_LEFT);
    pane_expect_text(&t, 18, 78, "at 02:43Z");
    pane_expect_text(&t, 18, 78, "[02:43]");
    pane_key(&t, KEY_CODE_SHIFT_LEFT);
    pane_expect_text(&t, 18, 78, "at 02:33Z");
    pane_key(&t, KEY_CODE_ESCAPE);
    pane_expect_no_text(&t, 18, 78, "at 02:");
    pane_close(&t);
}

Test(panes_metrics, brackets_change_the_range_and_ask_for_it)
{
    struct pane_test t;
    open_metrics(&t);
    pane_key(&t, ']');
    const json_t *asked = pane_asked(&t, "look");
    cr_assert_not_null(asked);
    cr_expect_eq(json_integer_value(json_object_get(asked, "since_ms")), 3 * 3600000);
    for (int i = 0; i < 9; i++)
        pane_key(&t, '[');
    asked = pane_asked(&t, "look");
    cr_expect_eq(json_integer_value(json_object_get(asked, "since_ms")), 300000);
    cr_expect_not_null(strstr(pane_said(&t), "shortest"), "%s", pane_said(&t));
    pane_close(&t);
}

Test(panes_metrics, glyphs_change_and_ascii_is_all_ascii)
{
    struct pane_test t;
    open_metrics(&t);
    pane_key(&t, 'b');
    pane_expect_text(&t, 18, 78, "▁");
    pane_key(&t, 'b');
    auto_free char *picture = pane_picture_of(&t, 18, 78, true);
    for (const char *c = picture; *c != '\0'; c++)
        cr_assert((unsigned char)*c < 0x80, "%s", picture);
    pane_close(&t);
}

Test(panes_metrics, over_on_few_requests_is_neither_good_nor_bad)
{
    struct pane_test t;
    open_metrics(&t);
    tell_series(&t, one_series(2.5, NULL));
    pane_expect_text(&t, 18, 78,
                     "over its limit, on too few requests to be sure: 0.50 % (alert critical)");
    pane_close(&t);
}

Test(panes_metrics, what_could_not_be_read_is_said_where_it_would_stand)
{
    struct pane_test t;
    open_metrics(&t);
    tell_series(&t, one_series(0, "access denied"));
    pane_expect_text(&t, 18, 78, "could not read it: access denied");
    pane_expect_text(&t, 18, 78, "no data");
    pane_close(&t);
}

Test(panes_metrics, numbers_that_could_not_be_read_again_tell_their_time)
{
    struct pane_test t;
    open_metrics(&t);
    pane_news(&t, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "news", "trouble", "env", "production",
                            "what", "metrics", "error", "kind", "transient", "message",
                            "no route to host"));
    pane_expect_text(&t, 18, 78, "could not read them again: no route to host");
    pane_close(&t);
}

Test(panes_metrics, nothing_yet_is_said)
{
    struct pane_test t;
    pane_open(&t, PANE_METRICS);
    pane_expect_text(&t, 18, 78, "no environment yet");
    pane_hello(&t);
    pane_expect_text(&t, 18, 78, "no numbers yet");
    pane_document(&t, "metrics", "production",
                  json_pack("{s:s, s:i, s:[]}", "env", "production", "period_s", 60, "series"),
                  true);
    app_show_environment(t.app, 2, &t.effects);
    pane_expect_text(&t, 18, 78, "no metrics here");
    pane_close(&t);
}

Test(panes_metrics, the_height_does_not_jump_when_values_fall_a_little)
{
    struct pane_test t;
    open_metrics(&t);
    tell_series(&t, one_series(0.9, NULL));
    const struct metrics_pane *pane = t.app->states[PANE_METRICS];
    double high = pane->limits[0].limits.high;
    for (size_t i = 0; i < pane->limit_count; i++)
        if (strcmp(pane->limits[i].label, "api error rate") == 0)
            high = pane->limits[i].limits.high;
    tell_series(&t, one_series(0.7, NULL));
    for (size_t i = 0; i < pane->limit_count; i++)
        if (strcmp(pane->limits[i].label, "api error rate") == 0)
            cr_expect_float_eq(pane->limits[i].limits.high, high, 1e-9);
    pane_close(&t);
}

Test(panes_metrics, it_stays_inside_at_any_size)
{
    struct pane_test t;
    open_metrics(&t);
    add_run(&t);
    pane_expect_any_size(&t);
    pane_close(&t);
}

Test(panes_metrics, within_its_limit_again_is_not_said_as_if_it_never_was_over_it)
{
    struct pane_test t;
    open_metrics(&t);
    json_t *series = one_series(9, NULL);
    json_object_set_new(series, "state", json_string("successful"));
    tell_series(&t, series);
    pane_expect_text(&t, 18, 78, "within its limit again, was over 0.50 %");
    pane_close(&t);
}
