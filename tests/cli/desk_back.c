/*
 * desk_back.c - what the lane of going back says when the world changes under it.
 */
#include <criterion/criterion.h>
#include <fcntl.h>

#include "aws/lambda.h"
#include "core/run.h"
#include "tests/desk_fixture.h"
#include "tests/desk_runs.h"

#define FUNCTION "finally-prod-api"
#define ALIAS "production"

static struct desk_house house;

static void finish(void) { desk_house_end(&house); }

TestSuite(desk_back, .timeout = 120, .fini = finish);

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found != NULL ? found : "";
}

static json_t *about(const char *verb, const char *key, const char *value)
{
    return json_pack("{s:s, s:s, s:s}", "verb", verb, "env", "production", key, value);
}

/* ---- the alias ---- */

static struct aws *aws_of_house(void)
{
    const struct world *world;
    struct error err;

    cr_assert(session_connect(&house.session,
                              config_environment(house.session.config, "production", &err), &world,
                              &err),
              "%s", err.message);
    return world->aws;
}

static struct lambda_alias read_alias(void)
{
    struct lambda_alias alias;
    struct error err;

    cr_assert(lambda_get_alias(aws_of_house(), FUNCTION, ALIAS, NULL, &alias, &err), "%s",
              err.message);
    return alias;
}

static void serve(const char *version)
{
    struct lambda_alias now = read_alias(), after;
    struct error err;

    cr_assert(lambda_update_alias(aws_of_house(), FUNCTION, ALIAS, version, "", 0, "by hand",
                                  now.revision_id, &after, &err),
              "%s", err.message);
}

Test(desk_back, says_that_there_is_nothing_to_do_only_of_what_it_reads_then)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    const json_t *shown = json_object_get(
        desk_house_ask(&house, about("preview_rollback", "version", "41")), "result");
    cr_assert(json_is_false(json_object_get(shown, "needed")));
    serve("40"); /* somebody else, while it is looked at */
    const json_t *reply = desk_house_ask(&house, about("rollback", "target", "41"));
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    cr_expect_str_eq(read_alias().version, "41");
    cr_expect_null(strstr(text(json_object_get(reply, "result"), "text"), "nothing to roll back"));
}

Test(desk_back, is_under_way_from_the_request_to_the_answer)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    cr_expect_null(desk_is_driving(house.desk));
    wire_ask(house.wire, json_pack("{s:s, s:i, s:s, s:s}", "verb", "rollback", "id", 7, "env",
                                   "production", "target", "40"));
    const char *going = desk_is_going_back(house.desk);
    cr_assert_not_null(going);
    cr_expect_str_eq(going, "production");
    cr_assert_not_null(
        desk_house_hear(&house, 0, json_pack("{s:s, s:i}", "news", "reply", "id", 7), NULL));
    int64_t until_ms = clock_boot_ms() + DESK_PATIENCE_MS;
    while (desk_is_driving(house.desk) != NULL && clock_boot_ms() < until_ms)
        (void)poll(NULL, 0, 5);
    cr_expect_null(desk_is_driving(house.desk));
    cr_expect_str_eq(read_alias().version, "40");
}

Test(desk_back, makes_no_folder_by_looking)
{
    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    json_t *reply = desk_house_ask(&house, about("preview_rollback", "version", "40"));
    cr_expect(json_is_true(json_object_get(reply, "ok")));
    reply = desk_house_ask(&house, json_pack("{s:s, s:s, s:s, s:f}", "verb", "preview_shift", "env",
                                             "production", "version", "40", "weight", 0.1));
    cr_expect(json_is_true(json_object_get(reply, "ok")));
    cr_expect_eq(access(house.state, F_OK), -1, "there is a folder now");
}

/* ---- a run of another process ---- */

static void await_command(struct journal *journal)
{
    int64_t until_ms = clock_boot_ms() + DESK_PATIENCE_MS;
    struct journal_command posted;
    bool is_there = false;
    struct error err;

    while (!is_there && clock_boot_ms() < until_ms) {
        cr_assert(journal_peek_command(journal, "r-0001", &posted, &is_there, &err), "%s",
                  err.message);
        if (is_there)
            journal_command_clear(&posted);
        else
            (void)poll(NULL, 0, 5);
    }
    cr_assert(is_there, "nobody asked the other process");
}

/* It has written, and moved nothing yet. */
static void desk_run_deploying(struct journal *journal, struct run *run)
{
    static const struct {
        const char *type, *step, *body;
    } events[] = {
        {"run_opened", "",
         "{\"project\":\"finally\",\"environment\":\"production\",\"plan_name\":\"default\"}"},
        {"run_started", "",
         "{\"plan\":{\"env\":\"production\",\"plan\":\"default\",\"hash\":\"h1\",\"steps\":["
         "{\"id\":\"deploy\",\"kind\":\"deploy\",\"undo\":\"nothing: a version serves nobody\","
         "\"moves_traffic\":false}]}}"},
        {"step_started", "deploy", "{\"attempt\":1}"},
        {"effect_intent", "deploy",
         "{\"key\":\"publish\",\"intent\":{\"what\":{\"service\":\"lambda\",\"operation\":"
         "\"PublishVersion\",\"params\":{}}}}"},
        {"effect_outcome", "deploy", "{\"key\":\"publish\",\"state\":\"done\",\"result\":{}}"},
    };

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        desk_run_append(journal, run, events[i].type, events[i].step,
                        desk_run_json(events[i].body));
}

Test(desk_back, shows_what_serves_where_a_run_moved_nothing)
{
    struct run *run = run_new();
    struct journal *journal;
    struct error err;

    desk_house_begin(&house, NULL);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    desk_run_deploying(journal, run);
    desk_house_open(&house);
    const json_t *preview =
        json_object_get(desk_house_ask(&house, json_pack("{s:s, s:s}", "verb", "preview_rollback",
                                                         "env", "production")),
                        "result");
    cr_expect_str_eq(text(preview, "run"), "r-0001");
    cr_expect_eq(json_real_value(json_object_get(json_object_get(preview, "from"), "41")), 1.0);
    cr_expect(json_equal(json_object_get(preview, "from"), json_object_get(preview, "to")));
    cr_expect(json_is_null(json_object_get(preview, "target")), "it goes to no other version");
    cr_expect(json_is_null(json_object_get(preview, "call")));
    cr_expect(json_is_true(json_object_get(preview, "needed")), "what it wrote is taken back");
    journal_close(journal);
    run_free(run);
}

Test(desk_back, takes_back_what_shipped_while_it_was_asked)
{
    struct run *run = run_new();
    struct journal *journal;
    struct error err;

    desk_house_begin(&house, NULL);
    cr_assert(journal_open(house.state, &journal, &err), "%s", err.message);
    desk_run_shipping(journal, run);
    int lock = desk_house_lock(&house, "production");
    desk_house_open(&house);
    wire_ask(house.wire, json_pack("{s:s, s:i, s:s, s:s}", "verb", "rollback", "id", 7, "env",
                                   "production", "target", "40"));
    await_command(journal);
    desk_run_append(journal, run, "run_ended", "", desk_run_json("{\"status\":\"succeeded\"}"));
    (void)close(lock);
    const json_t *reply =
        desk_house_hear(&house, 0, json_pack("{s:s, s:i}", "news", "reply", "id", 7), NULL);
    cr_assert_not_null(reply);
    cr_assert(json_is_true(json_object_get(reply, "ok")));
    cr_expect_not_null(
        strstr(text(json_object_get(reply, "result"), "text"), "v40 serves all traffic"));
    cr_expect_str_eq(read_alias().version, "40", "it says v40, but v%s serves",
                     read_alias().version);
    journal_close(journal);
    run_free(run);
}
