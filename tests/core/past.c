/* past.c - which run of an environment other releases rest on, and what it was made from. */
#include "core/past.h"

#include "core/journal.h"
#include "core/run.h"
#include "tests/git_fixture.h"

#define PLAN(name)                                                                                 \
    "{\"plan\":{\"plan\":\"" name "\",\"hash\":\"h\",\"steps\":[{\"id\":\"checklist\",\"kind\":"   \
    "\"checklist\"},{\"id\":\"all-clear\",\"kind\":\"all-clear\"}]}}"

static bool fold(void *closure, struct event *e, const struct run **after, struct error *err)
{
    *after = closure;
    return run_apply(closure, e, err);
}

static void tell(struct journal *j, struct run *run, const char *id, const char *type,
                 const char *step, const char *body)
{
    struct error err;
    struct event *e = event_new(id, type, step, "ana", json_loads(body, 0, NULL));

    cr_assert(journal_append(j, e, fold, run, &err), "%s", err.message);
    event_unref(e);
}

/* plan: NULL = only prepared; status: NULL = not over; commit: NULL = none is known. */
static void record(const char *environment, const char *plan, const char *status,
                   const char *commit)
{
    struct journal *j = NULL;
    struct error err;
    struct run *run = run_new();
    char id[32];
    auto_free char *opened = xasprintf("{\"environment\":\"%s\"}", environment);
    auto_free char *ended = xasprintf("{\"status\":\"%s\"}", status != NULL ? status : "");
    auto_free char *fact =
        xasprintf("{\"key\":\"commit\",\"value\":\"%s\"}", commit != NULL ? commit : "");

    cr_assert(journal_open(fixture_directory, &j, &err), "%s", err.message);
    cr_assert(journal_next_run_id(j, id, &err));
    tell(j, run, id, "run_opened", "", opened);
    if (plan != NULL) {
        tell(j, run, id, "run_started", "", plan);
        tell(j, run, id, "step_started", "all-clear", "{}");
    }
    if (commit != NULL)
        tell(j, run, id, "decided", "all-clear", fact);
    if (status != NULL)
        tell(j, run, id, "run_ended", "", ended);
    run_free(run);
    journal_close(j);
}

static void expect_newest(const char *environment, const char *id)
{
    struct run *run = NULL;
    struct error err;

    cr_assert(past_newest_run(fixture_directory, environment, &run, &err), "%s", err.message);
    if (id == NULL)
        cr_expect_null(run);
    else
        cr_expect(run != NULL && strcmp(run->id, id) == 0, "%s", run != NULL ? run->id : "none");
    run_free(run);
}

static void expect_shipped(const char *environment, const char *commit)
{
    char *found = NULL;
    struct error err;

    cr_assert(past_shipped_commit(fixture_directory, environment, &found, &err), "%s", err.message);
    cr_expect_str_eq(found, commit);
    free(found);
}

Test(past, knows_nothing_before_the_first_run, .init = fixture_begin, .fini = fixture_end)
{
    expect_newest("staging", NULL);
    expect_shipped("staging", "");
}

Test(past, counts_runs_that_were_started, .init = fixture_begin, .fini = fixture_end)
{
    record("staging", PLAN("default"), "succeeded", "aaa");
    record("production", PLAN("default"), "succeeded", "bbb");
    record("staging", NULL, NULL, NULL); /* only prepared */
    expect_newest("staging", "r-0001");
    record("staging", PLAN("default"), "rolled_back", "ccc");
    expect_newest("staging", "r-0004");
    record("staging", PLAN("default"), NULL, NULL); /* under way */
    expect_newest("staging", "r-0005");
    record("staging", PLAN("rollback"), "succeeded", NULL);
    expect_newest("staging", "r-0006");
    record("staging", PLAN("shift"), "succeeded", NULL);
    expect_newest("staging", "r-0006");
}

Test(past, knows_the_commit_of_the_newest_release_that_shipped, .init = fixture_begin,
     .fini = fixture_end)
{
    record("staging", PLAN("default"), "succeeded", "aaa");
    record("staging", PLAN("default"), "succeeded", "bbb");
    expect_shipped("staging", "bbb");
    record("staging", PLAN("default"), "rolled_back", "ccc");
    record("staging", PLAN("default"), "failed", "ddd");
    record("staging", PLAN("default"), NULL, "eee");
    record("staging", PLAN("shift"), "succeeded", NULL);
    record("staging", PLAN("rollback"), "succeeded", NULL);
    expect_shipped("staging", "bbb");
    record("staging", PLAN("default"), "succeeded", NULL);
    expect_shipped("staging", "");
    expect_shipped("production", "");
}

Test(past, says_that_it_cannot_read, .init = fixture_begin, .fini = fixture_end)
{
    struct run *run = NULL;
    struct error err;

    fixture_run("yes 'no database' | head -c 8192 >journal.sqlite");
    cr_expect_not(past_newest_run(fixture_directory, "staging", &run, &err));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
}

/* A release whose all-clear took so long. */
static void fly(const char *environment, int64_t minutes, bool has_shipped)
{
    struct journal *j = NULL;
    struct error err;
    struct run *run = run_new();
    char id[32];
    auto_free char *opened = xasprintf("{\"environment\":\"%s\"}", environment);
    const struct {
        const char *type, *step, *body;
        int64_t at_ms;
    } told[] = {{"run_opened", "", opened, 1},
                {"run_started", "", PLAN("default"), 1},
                {"step_started", "all-clear", "{}", 1000},
                {"step_ended", "all-clear", "{\"state\":\"succeeded\"}", 1000 + minutes * 60000},
                {"run_ended", "",
                 has_shipped ? "{\"status\":\"succeeded\"}" : "{\"status\":\"rolled_back\"}",
                 99999999}};

    cr_assert(journal_open(fixture_directory, &j, &err), "%s", err.message);
    cr_assert(journal_next_run_id(j, id, &err));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct event *e =
            event_new(id, told[i].type, told[i].step, "ana", json_loads(told[i].body, 0, NULL));
        e->at_ms = told[i].at_ms;
        cr_assert(journal_append(j, e, fold, run, &err), "%s", err.message);
        event_unref(e);
    }
    run_free(run);
    journal_close(j);
}

static json_int_t usual_minutes(const char *environment)
{
    json_t *plan = json_pack("{s:s, s:[{s:s, s:s}]}", "env", environment, "steps", "id",
                             "all-clear", "kind", "all-clear");
    past_add_times(fixture_directory, plan);
    const json_t *ms = json_object_get(json_array_get(json_object_get(plan, "steps"), 0), "p50_ms");
    json_int_t minutes = ms != NULL ? json_integer_value(ms) / 60000 : -1;
    json_decref(plan);
    return minutes;
}

Test(past, knows_how_long_a_step_usually_takes_once_three_releases_shipped, .init = fixture_begin,
     .fini = fixture_end)
{
    fly("production", 30, true);
    fly("production", 10, true);
    fly("production", 500, false);
    fly("staging", 1, true);
    cr_expect_eq(usual_minutes("production"), -1);
    fly("production", 20, true);
    cr_expect_eq(usual_minutes("production"), 20);
    cr_expect_eq(usual_minutes("staging"), -1);
}
