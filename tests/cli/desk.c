/*
 * desk.c - the reading half of the desk over a whole sandbox: what a console hears, and when.
 */
#include "cli/desk.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "core/journal.h"
#include "core/locked.h"
#include "core/run.h"
#include "tests/desk_fixture.h"
#include "tests/desk_runs.h"

#define SOON_MS 400 /* wall: an end; generous, the machine may be loaded */

static struct desk_house house;

static void finish(void) { desk_house_end(&house); }

TestSuite(desk, .timeout = 120, .fini = finish);

static json_t *news(const char *kind, const char *environment)
{
    return json_pack("{s:s, s:s}", "news", kind, "env", environment);
}

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found != NULL ? found : "";
}

/* ---- the beginning ---- */

Test(desk, says_hello_and_that_nothing_ran_before_anything_else)
{
    struct stat status;

    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    desk_house_drain(&house);
    json_t *hello = json_array_get(house.heard, 0);
    cr_expect_str_eq(text(hello, "news"), "hello");
    cr_expect_str_eq(text(hello, "project"), "finally");
    json_t *production = json_array_get(json_object_get(hello, "environments"), 1);
    cr_expect_str_eq(text(production, "alias"), "finally-prod-api:production");
    cr_expect(json_is_true(json_object_get(production, "production")));
    cr_expect_eq(json_array_size(json_object_get(production, "ladder")), 2);
    cr_expect(json_is_true(json_object_get(json_object_get(hello, "trust"), "needed")));
    for (size_t i = 1; i <= 2; i++) {
        json_t *run = json_array_get(house.heard, i);
        cr_expect_str_eq(text(run, "news"), "run");
        cr_expect_eq(json_array_size(json_object_get(run, "events")), 0);
        cr_expect_str_eq(text(run, "driver"), "none");
    }
    cr_expect_neq(stat(house.state, &status), 0, "looking made a folder");
}

Test(desk, tells_the_status_of_every_environment_by_itself)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    json_t *staging = desk_house_hear(&house, 0, news("status", "staging"), NULL);
    json_t *production = desk_house_hear(&house, 0, news("status", "production"), NULL);
    cr_assert_not_null(staging);
    cr_assert_not_null(production);
    json_t *document = json_object_get(production, "document");
    cr_expect_eq(json_array_size(json_object_get(document, "resources")), 3);
    cr_expect(json_is_null(json_object_get(document, "lock")));
    cr_expect(json_is_null(json_object_get(document, "run")));
    cr_expect_gt(json_integer_value(json_object_get(production, "at_ms")), 0);
    cr_expect_null(json_object_get(production, "cached"));
}

Test(desk, is_not_delayed_elsewhere_by_a_service_that_does_not_answer)
{
    size_t at;

    desk_house_begin(&house, "DescribeDBInstances=slow:50");
    desk_house_open(&house);
    int64_t begun_ms = clock_boot_ms();
    cr_assert_not_null(desk_house_hear(&house, 0, news("status", "staging"), &at));
    cr_expect_lt(clock_boot_ms() - begun_ms, 4000);
    json_t *again = desk_house_ask(&house, json_pack("{s:s, s:s, s:s}", "verb", "refresh", "env",
                                                     "staging", "what", "status"));
    cr_expect(json_is_true(json_object_get(again, "ok")));
    cr_expect_lt(clock_boot_ms() - begun_ms, 5000);
    json_t *production = desk_house_hear(&house, 0, news("status", "production"), NULL);
    cr_assert_not_null(production);
    json_t *document = json_object_get(production, "document");
    cr_expect_str_eq(text(document, "health"), "unknown", "what could not be read is not healthy");
}

Test(desk, ends_soon_while_nothing_answers)
{
    desk_house_begin(&house, "DescribeDBInstances=slow:50");
    desk_house_open(&house);
    cr_assert_not_null(desk_house_hear(&house, 0, news("status", "staging"), NULL));
    int64_t begun_ms = clock_boot_ms();
    desk_house_close(&house);
    cr_expect_lt(clock_boot_ms() - begun_ms, SOON_MS);
}

Test(desk, shows_at_first_what_was_seen_last)
{
    struct stat status;
    auto_free char *seen = NULL;

    desk_house_begin(&house, NULL);
    cr_assert_eq(mkdir(house.state, 0700), 0);
    desk_house_open(&house);
    (void)desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "look", "env", "staging"));
    cr_assert_not_null(desk_house_hear(&house, 0, news("status", "staging"), NULL));
    cr_assert_not_null(desk_house_hear(&house, 0, news("status", "production"), NULL));
    cr_assert_not_null(desk_house_hear(&house, 0, news("metrics", "staging"), NULL));
    json_t *planned =
        desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "plan", "env", "production"));
    cr_assert(json_is_true(json_object_get(planned, "ok")));
    desk_house_close(&house);
    seen = xasprintf("%s/seen.json", house.state);
    cr_assert_eq(stat(seen, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);

    sandbox_stop(house.sandbox);
    house.sandbox = NULL;
    desk_house_open(&house);
    desk_house_drain(&house);
    size_t cached = 0, i;
    json_t *one;
    json_array_foreach(house.heard, i, one) cached += json_is_true(json_object_get(one, "cached"));
    cr_expect_geq(cached, 4, "status of two, metrics of one, the plan");
    json_t *plan = desk_house_hear(&house, 0, news("plan", "production"), NULL);
    cr_expect(json_is_true(json_object_get(plan, "cached")));
    cr_expect(json_is_array(json_object_get(json_object_get(plan, "document"), "steps")));
    json_t *trouble = desk_house_hear(&house, 0, news("trouble", "production"), NULL);
    cr_assert_not_null(trouble);
    cr_expect_str_eq(text(trouble, "what"), "status");
    cr_expect(json_is_object(json_object_get(trouble, "error")));
}

Test(desk, asks_nobody_before_the_first_picture_is_there)
{
    struct error err;

    desk_house_begin(&house, NULL);
    house.begins_later = true;
    desk_house_open(&house);
    wire_ask(house.wire, json_pack("{s:s, s:s}", "verb", "look", "env", "staging"));
    cr_expect_eq(poll(&(struct pollfd){.fd = wire_requests_fd(house.wire), .events = POLLIN}, 1, 0),
                 1, "nobody takes requests yet");
    desk_house_drain(&house);
    cr_expect_eq(json_array_size(house.heard), 3, "hello and two runs");
    cr_assert(desk_begin(house.desk, &err));
    cr_assert(desk_begin(house.desk, &err), "once is enough");
    cr_expect_not_null(desk_house_hear(&house, 0, news("status", "staging"), NULL));
}

Test(desk, tells_a_second_console_what_the_first_one_knew)
{
    size_t at;

    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    cr_assert_not_null(desk_house_hear(&house, 0, news("status", "staging"), &at));
    desk_house_drain(&house);
    size_t before = json_array_size(house.heard);
    desk_greet(house.desk);
    cr_assert_not_null(desk_house_hear(&house, before, json_pack("{s:s}", "news", "hello"), NULL));
    cr_expect_not_null(desk_house_hear(&house, before, news("status", "staging"), NULL));
    json_t *run = desk_house_hear(&house, before, news("run", "production"), NULL);
    cr_assert_not_null(run);
    cr_expect_str_eq(text(run, "driver"), "none");
}

/* ---- metrics ---- */

static size_t count_versions(const json_t *document, const char *version)
{
    size_t count = 0, i;
    json_t *series;
    json_array_foreach(json_object_get(document, "series"), i, series) count +=
        strcmp(text(series, "version"), version) == 0;
    return count;
}

Test(desk, keeps_versions_apart_after_one_of_them_serves_alone)
{
    struct run *run = run_new();
    struct journal *journal;
    struct error err;

    desk_house_begin(&house, NULL);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    desk_run_shipping(journal, run);
    desk_run_append(journal, run, "run_ended", "", desk_run_json("{\"status\":\"succeeded\"}"));
    desk_house_open(&house);
    json_t *reply = desk_house_ask(&house, json_pack("{s:s, s:s, s:s}", "verb", "refresh", "env",
                                                     "production", "what", "metrics"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    const json_t *document = json_object_get(
        desk_house_hear(&house, 0, news("metrics", "production"), NULL), "document");
    cr_expect_gt(count_versions(document, "41"), 0);
    cr_expect_eq(count_versions(document, "40"), count_versions(document, "41"));
    journal_close(journal);
    run_free(run);
}

/* ---- a journal that somebody writes ---- */

static const json_t *status_document(void)
{
    desk_house_drain(&house);
    size_t before = json_array_size(house.heard);
    json_t *reply = desk_house_ask(&house, json_pack("{s:s, s:s, s:s}", "verb", "refresh", "env",
                                                     "production", "what", "status"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    return json_object_get(desk_house_hear(&house, before, news("status", "production"), NULL),
                           "document");
}

Test(desk, says_that_the_journal_cannot_be_read_only_when_that_lasts)
{
    auto_free char *path = NULL;
    struct journal *journal;
    struct error err;
    sqlite3 *other;
    int64_t alarmed_ms = 0;

    desk_house_begin(&house, NULL);
    path = xasprintf("%s/journal.sqlite", house.state);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    cr_assert(locked_write(journal, "production", true, "li", "a freeze", &err), "%s", err.message);
    desk_house_open(&house);
    cr_expect(json_is_object(json_object_get(status_document(), "lock")));
    cr_assert(locked_write(journal, "staging", true, "li", "a freeze", &err), "%s", err.message);
    journal_close(journal);
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    int64_t began_ms = clock_boot_ms();
    while (alarmed_ms == 0 && clock_boot_ms() - began_ms < DESK_PATIENCE_MS) {
        const json_t *document = status_document();
        if (json_object_get(document, "journal_error") != NULL)
            alarmed_ms = clock_boot_ms();
        else
            cr_assert(json_is_object(json_object_get(document, "lock")), "what was known holds");
    }
    cr_expect_geq(alarmed_ms - began_ms, 5000);
    cr_assert_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    cr_expect_null(json_object_get(status_document(), "journal_error"));
}

Test(desk, opens_all_the_same_on_what_is_broken)
{
    auto_free char *seen = NULL, *journal = NULL;

    desk_house_begin(&house, NULL);
    cr_assert_eq(mkdir(house.state, 0700), 0);
    seen = xasprintf("%s/seen.json", house.state);
    journal = xasprintf("%s/journal.sqlite", house.state);
    desk_house_write(seen, "{\"version\":1,\"seen\":{\"status\":[1],\"check\":{\"staging\":7}}}");
    desk_house_write(journal, "this is no journal, and it is longer than a page of one would be");
    desk_house_open(&house);
    json_t *trouble = desk_house_hear(
        &house, 0, json_pack("{s:s, s:s}", "news", "trouble", "what", "journal"), NULL);
    cr_assert_not_null(trouble);
    json_t *status = desk_house_hear(&house, 0, news("status", "staging"), NULL);
    cr_expect_not_null(json_object_get(json_object_get(status, "document"), "journal_error"));
}

/* ---- runs of other processes ---- */

Test(desk, follows_a_run_that_another_process_writes)
{
    struct journal *journal;
    struct error err;
    struct run *run = run_new();
    size_t at;

    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    desk_run_append(journal, run, "run_opened", "",
                    json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "staging",
                              "plan_name", "default"));
    desk_house_drain(&house);
    json_t *shown = desk_house_hear(&house, 3, news("run", "staging"), &at);
    cr_assert_not_null(shown);
    cr_expect_eq(json_array_size(json_object_get(shown, "events")), 1);
    struct event *first =
        wire_read_event(json_array_get(json_object_get(shown, "events"), 0), &err);
    cr_assert_not_null(first);
    cr_expect_str_eq(first->type, "run_opened");
    event_unref(first);

    desk_run_append(journal, run, "item_recorded", "",
                    json_pack("{s:s, s:s}", "id", "x", "state", "pass"));
    desk_run_append(journal, run, "approved", "", json_pack("{s:s}", "hash", "h1"));
    json_t *more = desk_house_hear(&house, at + 1, news("event", "staging"), &at);
    cr_assert_not_null(more);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(more, "event"), "seq")), 2);
    more = desk_house_hear(&house, at + 1, news("event", "staging"), &at);
    cr_assert_not_null(more);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(more, "event"), "seq")), 3);
    journal_close(journal);
    run_free(run);
}

#define PLAN                                                                                       \
    "{\"plan\":{\"env\":\"staging\",\"plan\":\"default\",\"hash\":\"h1\",\"steps\":["              \
    "{\"id\":\"deploy\",\"kind\":\"deploy\",\"undo\":\"nothing to undo\"}]}}"

Test(desk, says_who_drives_the_run)
{
    struct journal *journal;
    struct error err;
    struct run *run = run_new();
    size_t at;

    desk_house_begin(&house, NULL);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    desk_run_append(journal, run, "run_opened", "",
                    json_pack("{s:s, s:s, s:s}", "project", "finally", "environment", "staging",
                              "plan_name", "default"));
    desk_run_append(journal, run, "run_started", "", json_loads(PLAN, 0, NULL));
    int lock = desk_house_lock(&house, "staging");
    desk_house_open(&house);
    json_t *shown = desk_house_hear(&house, 0, news("run", "staging"), &at);
    cr_expect_str_eq(text(shown, "driver"), "other");
    (void)close(lock);
    json_t *driver = desk_house_hear(&house, at, news("driver", "staging"), &at);
    cr_assert_not_null(driver);
    cr_expect_str_eq(text(driver, "driver"), "nobody");
    desk_run_append(journal, run, "run_ended", "", json_pack("{s:s}", "status", "failed"));
    driver = desk_house_hear(&house, at + 1, news("driver", "staging"), NULL);
    cr_assert_not_null(driver);
    cr_expect_str_eq(text(driver, "driver"), "none");
    journal_close(journal);
    run_free(run);
}

/* ---- the checklist ---- */

static const char *state_of(const json_t *check, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json_object_get(check, "document"), "items"), i,
                       item) if (strcmp(text(item, "id"), id) == 0) return text(item, "state");
    return "none";
}

static json_t *about(const char *verb, const char *key, const char *value)
{
    return json_pack("{s:s, s:s, s:s}", "verb", verb, "env", "production", key, value);
}

#define CHANGELOG "before/changelog-is-updated"
#define SITE "before/the-site-answers"

static void look_at_production(void)
{
    json_t *reply =
        desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "look", "env", "production"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
}

Test(desk, starts_no_command_that_nobody_trusts)
{
    size_t at;

    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    look_at_production();
    json_t *check = desk_house_hear(&house, 0, news("check", "production"), &at);
    cr_assert_str_eq(state_of(check, CHANGELOG), "todo");
    json_t *reply = desk_house_ask(&house, about("probe", "item", CHANGELOG));
    cr_assert(json_is_false(json_object_get(reply, "ok")));
    cr_expect_str_eq(text(json_object_get(reply, "error"), "code"), "untrusted");
    reply = desk_house_ask(&house, about("refresh", "what", "check"));
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(reply, "result"), "untrusted")),
                 1);
    desk_house_drain(&house);
    check = NULL;
    for (size_t i = at; i < json_array_size(house.heard); i++)
        if (strcmp(text(json_array_get(house.heard, i), "news"), "check") == 0)
            check = json_array_get(house.heard, i);
    cr_expect_str_eq(state_of(check, CHANGELOG), "todo");
    cr_expect_str_eq(state_of(check, SITE), "pass");
}

Test(desk, proves_an_item_once_its_command_is_trusted)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    look_at_production();
    json_t *reply = desk_house_ask(&house, json_pack("{s:s}", "verb", "trust"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    reply = desk_house_ask(&house, about("probe", "item", CHANGELOG));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    cr_expect_str_eq(text(json_object_get(reply, "result"), "state"), "pass");
    reply = desk_house_ask(&house, about("evidence", "item", CHANGELOG));
    json_t *lines = json_object_get(json_object_get(reply, "result"), "lines");
    cr_expect_gt(json_array_size(lines), 0);

    /* It is shown at the next start too, and not asked for again. */
    desk_house_close(&house);
    desk_house_open(&house);
    desk_house_drain(&house);
    look_at_production();
    size_t at = 0;
    json_t *check;
    do
        check = desk_house_hear(&house, at, news("check", "production"), &at), at++;
    while (json_object_get(check, "cached") != NULL);
    cr_expect_str_eq(state_of(check, CHANGELOG), "pass");
}

static const char *proved_at(const json_t *check, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(json_object_get(check, "document"), "items"), i,
                       item) if (strcmp(text(item, "id"), id) == 0 &&
                                 strcmp(text(item, "state"), "pass") ==
                                     0) return text(json_object_get(item, "evidence"), "at");
    return "";
}

/* An hour, the life of its evidence, takes two seconds here. */
Test(desk, proves_again_what_expires_on_the_screen)
{
    size_t at = 0;

    clock_set((struct clock_setting){.speed = 1800, .epoch_ms = clock_wall_ms()});
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    look_at_production();
    json_t *reply = desk_house_ask(&house, about("probe", "item", SITE));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    auto_free char *first =
        xstrdup(text(json_object_get(json_object_get(reply, "result"), "evidence"), "at"));
    cr_assert_neq(first[0], '\0');
    json_t *check;
    do
        check = desk_house_hear(&house, at, news("check", "production"), &at), at++;
    while (check != NULL && strcmp(proved_at(check, SITE), first) <= 0);
    cr_expect_not_null(check);
}

/* ---- metrics, books, versions ---- */

Test(desk, reads_the_metrics_of_what_is_on_the_screen)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    json_t *reply =
        desk_house_ask(&house, json_pack("{s:s, s:s, s:I}", "verb", "look", "env", "production",
                                         "since_ms", (json_int_t)(30 * 60 * 1000)));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    json_t *metrics = desk_house_hear(&house, 0, news("metrics", "production"), NULL);
    cr_assert_not_null(metrics);
    cr_expect_eq(
        json_integer_value(json_object_get(json_object_get(metrics, "document"), "period_s")), 60);
}

Test(desk, records_an_approval_of_the_plan_that_was_read_and_of_no_other)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    const char *run =
        text(json_object_get(desk_house_ask(&house, about("prepare", "reason", "soon")), "result"),
             "run");
    json_t *reply = desk_house_ask(&house, json_pack("{s:s, s:s, s:s, s:s, s:s}", "verb", "command",
                                                     "env", "production", "run", run, "command",
                                                     "approve", "answer", "0123456789abcdef"));
    cr_expect(json_is_false(json_object_get(reply, "ok")));
    cr_expect_str_eq(text(json_object_get(reply, "error"), "code"), "stale");
    json_t *plan;
    FD_IGNORE(desk_house_ask(&house, about("plan", "reason", "")) != NULL);
    plan = desk_house_hear(&house, 0, news("plan", "production"), NULL);
    const char *hash = text(json_object_get(plan, "document"), "hash");
    cr_assert_str_not_empty(hash);
    reply = desk_house_ask(&house, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "verb",
                                             "command", "env", "production", "run", run, "command",
                                             "approve", "answer", hash, "reason", "", "step", ""));
    cr_expect(json_is_true(json_object_get(reply, "ok")));
}

Test(desk, answers_questions_about_the_past)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    json_t *reply =
        desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "history", "env", "production"));
    cr_expect_eq(json_array_size(json_object_get(json_object_get(reply, "result"), "runs")), 0);
    reply = desk_house_ask(&house, about("report", "run", "r-0001"));
    cr_expect(json_is_false(json_object_get(reply, "ok")));
    reply =
        desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "versions", "env", "production"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    json_t *versions = json_object_get(reply, "result");
    cr_assert_gt(json_array_size(versions), 1);
    cr_expect_gt(strtol(text(json_array_get(versions, 0), "version"), NULL, 10),
                 strtol(text(json_array_get(versions, 1), "version"), NULL, 10));
}

Test(desk, refuses_what_it_does_not_know)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    json_t *reply = desk_house_ask(&house, json_pack("{s:s}", "verb", "fly"));
    cr_expect(json_is_false(json_object_get(reply, "ok")));
    reply = desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "look", "env", "moon"));
    cr_expect(json_is_false(json_object_get(reply, "ok")));
    reply = desk_house_ask(&house, json_pack("{s:s, s:i}", "verb", "look", "env", 7));
    cr_expect(json_is_false(json_object_get(reply, "ok")));
}
