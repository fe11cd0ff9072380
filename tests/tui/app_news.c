/* app_news.c - tests of tui/app_news.c: what is told is in the model, once and with its time. */
#include <locale.h>

#include "tests/tui/screen.h"
#include "tui/app_parts.h"

static const struct app_environment *production(const struct screen *s)
{
    return app_environment_of(s->app, "production");
}

/* One more event of the run on the screen. */
static void next_event(struct screen *s, const char *type, const char *step, json_t *body)
{
    const struct run *run = production(s)->run;
    struct event *event = event_new(run->id, type, step, "", body);
    event->seq = run->last_seq + 1;
    event->at_ms = s->world_ms;
    json_t *news = json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production", "event",
                             wire_event(event));
    event_unref(event);
    screen_news(s, news);
}

static size_t lines_with(const struct screen *s, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < s->app->log_count; i++)
        count += strstr(s->app->log[i].text, text) != NULL;
    return count;
}

Test(app_news, hello_names_the_environments_and_shows_production)
{
    struct screen s;
    screen_open(&s, "no-run", 24, 80);
    cr_expect_eq(s.app->environment_count, 3);
    cr_expect_str_eq(app_environment(s.app)->name, "production");
    cr_expect_str_eq(app_environment(s.app)->alias, "finally-prod-api:production");
    cr_expect_null(app_run(s.app));
    screen_close(&s);
    screen_open_with(&s, "no-run", 24, 80, &(struct app_options){.environment = "staging"});
    cr_expect_str_eq(app_environment(s.app)->name, "staging");
    screen_close(&s);
}

Test(app_news, an_environment_that_does_not_say_what_it_is_is_treated_as_production)
{
    struct screen s;
    screen_open(&s, "no-run", 24, 80);
    screen_news(&s, json_pack("{s:s, s:i, s:[{s:s}]}", "news", "hello", "wire", 1, "environments",
                              "name", "unclear"));
    cr_assert_eq(s.app->environment_count, 1);
    cr_expect(s.app->environments[0].is_production);
    cr_expect_not_null(app_write_refused(s.app));
    screen_close(&s);
}

Test(app_news, hello_again_keeps_what_is_known)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    json_t *hello = json_incref(s.app->hello);
    int64_t seq = app_run(s.app)->last_seq;
    screen_news(&s, hello);
    cr_assert_not_null(app_run(s.app));
    cr_expect_eq(app_run(s.app)->last_seq, seq);
    cr_expect_not_null(app_environment(s.app)->status.document);
    screen_close(&s);
}

Test(app_news, events_fold_into_the_run_and_are_told_in_the_log)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    size_t lines = s.app->log_count;
    cr_assert_gt(lines, 5);
    next_event(&s, "paused", "", json_pack("{s:s}", "reason", "lunch"));
    cr_expect_eq(app_run(s.app)->status, RUN_PAUSED);
    cr_expect_eq(s.app->log_count, lines + 1);
    cr_expect_eq(lines_with(&s, "paused: lunch"), 1);
    screen_close(&s);
}

Test(app_news, an_event_that_came_before_changes_nothing)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    const struct app_environment *e = production(&s);
    size_t count = e->event_count, lines = s.app->log_count;
    screen_news(&s, json_pack("{s:s, s:s, s:o}", "news", "event", "env", "production", "event",
                              wire_event(e->events[count - 1])));
    cr_expect_eq(production(&s)->event_count, count);
    cr_expect_eq(s.app->log_count, lines);
    screen_close(&s);
}

Test(app_news, a_run_told_again_from_its_first_event_is_not_told_twice_in_the_log)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    size_t lines = s.app->log_count;
    int64_t seq = app_run(s.app)->last_seq;
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:o}", "news", "run", "env", "production", "driver",
                              "other", "events", screen_events("healthy", seq + 1)));
    cr_expect_eq(app_run(s.app)->last_seq, seq + 1);
    cr_expect_eq(production(&s)->driver, DRIVER_OTHER);
    cr_expect_leq(s.app->log_count, lines + 1);
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:[]}", "news", "run", "env", "production", "driver",
                              "none", "events"));
    cr_expect_null(app_run(s.app));
    screen_close(&s);
}

Test(app_news, a_person_is_called_when_a_gate_waits_and_when_it_ends)
{
    static const struct {
        const char *type, *key, *value;
        bool calls;
    } cases[] = {
        {"step_waiting", "on", "person", true},      {"step_waiting", "on", "time", false},
        {"step_ended", "state", "failed", true},     {"step_ended", "state", "succeeded", false},
        {"rollback_started", "reason", "bad", true}, {"noted", "key", "x", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct screen s;
        screen_open(&s, "approval", 24, 80);
        json_t *body = json_pack("{s:s}", cases[i].key, cases[i].value);
        if (strcmp(cases[i].type, "noted") == 0)
            json_object_set_new(body, "value", json_true());
        next_event(&s, cases[i].type, strncmp(cases[i].type, "rollback", 8) == 0 ? "" : "approval",
                   body);
        cr_expect_eq(s.effects.is_bell, cases[i].calls, "%s %s", cases[i].type, cases[i].value);
        cr_expect_eq(s.effects.notice != NULL, cases[i].calls);
        screen_close(&s);
    }
}

Test(app_news, what_was_seen_earlier_never_replaces_what_is_newer)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    int64_t at_ms = production(&s)->status.at_ms;
    screen_news(&s, json_pack("{s:s, s:s, s:{s:s}, s:I, s:b}", "news", "status", "env",
                              "production", "document", "name", "production", "at_ms",
                              (json_int_t)1, "cached", true));
    cr_expect_eq(production(&s)->status.at_ms, at_ms);
    screen_close(&s);
    screen_open(&s, "offline", 24, 80);
    cr_expect(production(&s)->status.is_cached);
    cr_expect_not_null(production(&s)->status.trouble);
    screen_news(&s, json_pack("{s:s, s:s, s:{s:s}, s:I}", "news", "status", "env", "production",
                              "document", "name", "production", "at_ms", (json_int_t)s.world_ms));
    cr_expect_not(production(&s)->status.is_cached);
    cr_expect_null(production(&s)->status.trouble);
    screen_close(&s);
}

Test(app_news, the_same_trouble_is_logged_once)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    for (int i = 0; i < 5; i++)
        screen_news(&s, json_pack("{s:s, s:s, s:s, s:{s:s}}", "news", "trouble", "env",
                                  "production", "what", "metrics", "error", "message", "timeout"));
    cr_expect_eq(lines_with(&s, "metrics could not be read: timeout"), 1);
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:n}", "news", "trouble", "env", "production",
                              "what", "metrics", "error"));
    cr_expect_null(production(&s)->metrics.trouble);
    screen_close(&s);
}

Test(app_news, a_sign_in_that_ends_is_said_once)
{
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    for (int i = 0; i < 3; i++)
        screen_news(&s, json_pack("{s:s, s:s, s:s, s:s}", "news", "identity", "env", "production",
                                  "state", "ended", "text", "aws sso login"));
    screen_expect_text(&s, "your sign-in ended: aws sso login");
    cr_expect_eq(s.app->toast_count, 1);
    cr_expect(s.effects.is_bell);
    screen_close(&s);
}

Test(app_news, a_run_whose_sign_in_has_ended_says_who_is_to_sign_in)
{
    struct screen s;
    screen_open(&s, "baking", 24, 120);
    for (int i = 0; i < 3; i++)
        screen_news(&s, json_pack("{s:s, s:s, s:s, s:s}", "news", "sign_in", "env", "production",
                                  "state", "ended", "text", "ana has to sign in again"));
    screen_expect_text(&s, "the sign-in of the run has ended");
    auto_free char *next = app_next_text(s.app);
    cr_expect_str_eq(next, "ana has to sign in again");
    cr_expect_eq(s.app->toast_count, 1);
    screen_news(&s, json_pack("{s:s, s:s, s:s, s:s}", "news", "sign_in", "env", "production",
                              "state", "ok", "text", ""));
    auto_free char *after = app_next_text(s.app);
    cr_expect(after == NULL || strcmp(after, "ana has to sign in again") != 0);
    screen_close(&s);
}

Test(app_news, the_log_is_bounded_by_bytes_and_the_oldest_go)
{
    struct screen s;
    char line[1000];
    screen_open(&s, "no-run", 24, 80);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < 3000; i++)
        app_log(s.app, "production", EVENT_MOOD_PLAIN, i, line);
    cr_expect_leq(s.app->log_bytes, LOG_MOST_BYTES);
    cr_expect_gt(s.app->log_count, 500);
    cr_expect_eq(s.app->log[s.app->log_count - 1].at_ms, 2999);
    cr_expect_eq(s.app->log_dropped + s.app->log_count, 3000);
    screen_close(&s);
}

Test(app_news, news_that_make_no_sense_are_survived)
{
    static const char *const odd[] = {
        "{}",
        "{\"news\":1}",
        "{\"news\":\"hello\"}",
        "{\"news\":\"event\"}",
        "{\"news\":\"event\",\"env\":\"production\",\"event\":[]}",
        "{\"news\":\"run\",\"env\":\"nowhere\",\"events\":[{}]}",
        "{\"news\":\"run\",\"env\":\"production\",\"events\":{\"a\":1}}",
        "{\"news\":\"status\",\"env\":\"production\",\"document\":7}",
        "{\"news\":\"status\",\"env\":\"production\",\"document\":{\"resources\":7,\"lock\":[]}}",
        "{\"news\":\"plan\",\"env\":\"production\",\"error\":{}}",
        "{\"news\":\"ready\",\"env\":\"production\"}",
        "{\"news\":\"identity\",\"env\":\"production\",\"arn\":{}}",
        "{\"news\":\"trouble\",\"what\":9,\"error\":{}}",
        "{\"news\":\"said\"}",
        "{\"news\":\"reply\",\"id\":\"x\"}",
        "{\"news\":\"tomorrow\"}",
    };
    struct screen s;
    screen_open(&s, "baking", 24, 80);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        screen_news(&s, screen_line(odd[i], "odd"));
        auto_free char *picture = screen_text(&s);
        cr_expect_not_null(picture);
    }
    screen_close(&s);
}

Test(app_news, what_is_no_longer_so_is_read_again)
{
    struct screen s;
    screen_open(&s, "approval", 24, 80);
    next_event(&s, "step_waiting", "approval", json_pack("{s:s}", "on", "person"));
    cr_expect_null(screen_asked(&s, "refresh"));
    next_event(&s, "step_ended", "checklist-2", json_pack("{s:s}", "state", "succeeded"));
    cr_expect_null(screen_asked(&s, "refresh")); /* it would run every probe again */
    cr_expect_null(screen_asked(&s, "plan"));
    next_event(&s, "run_ended", "", json_pack("{s:s}", "status", "failed"));
    cr_expect_not_null(screen_asked(&s, "plan"));
    screen_close(&s);
}
