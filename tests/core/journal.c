/* journal.c - what was committed stays, in order and unchanged, and nothing else is there. */
#include "core/journal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/run.h"
#include "tests/git_fixture.h"

static struct journal *open_journal(void)
{
    struct journal *j = NULL;
    struct error err;

    cr_assert(journal_open(fixture_directory, &j, &err), "%s", err.message);
    return j;
}

static char *database_path(void) { return xasprintf("%s/journal.sqlite", fixture_directory); }

/* Somebody with another program at the file. The answer of SQLite. */
static int meddle(const char *sql)
{
    auto_free char *path = database_path();
    sqlite3 *db;

    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

/* As the engine does it: the run is folded on a copy, and kept when the commit was made. */
struct fold {
    struct run *run, *next;
};

static bool fold_event(void *closure, struct event *e, const struct run **after, struct error *err)
{
    struct fold *f = closure;

    f->next = run_copy(f->run);
    if (!run_apply(f->next, e, err))
        return false;
    *after = f->next;
    return true;
}

static bool append(struct journal *j, struct fold *f, const char *stream, const char *type,
                   const char *body, struct error *err)
{
    struct event *e = event_new(stream, type, "", "ana", json_loads(body, 0, NULL));
    bool ok = journal_append(j, e, f != NULL ? fold_event : NULL, f, err);

    event_unref(e);
    if (f == NULL)
        return ok;
    run_free(ok ? f->run : f->next);
    if (ok)
        f->run = f->next;
    f->next = NULL;
    return ok;
}

static void must_append(struct journal *j, const char *stream, const char *body)
{
    struct error err;
    cr_assert(append(j, NULL, stream, "said", body, &err), "%s", err.message);
}

#define OPENED "{\"project\":\"p\",\"environment\":\"production\",\"plan_name\":\"default\"}"

static void open_run(struct journal *j, struct fold *f, const char *id)
{
    struct error err;
    *f = (struct fold){.run = run_new()};
    cr_assert(append(j, f, id, "run_opened", OPENED, &err), "%s", err.message);
}

static size_t count_events(struct journal *j, const char *stream)
{
    struct event **events;
    struct error err;
    size_t count = 0;

    cr_assert(journal_read(j, stream, 0, &events, &count, &err), "%s", err.message);
    journal_events_free(events, count);
    return count;
}

/* ---- writing and reading ---- */

Test(journal, keeps_what_was_committed_across_a_reopen, .init = fixture_begin, .fini = fixture_end)
{
    struct journal *j = open_journal();
    struct event **events;
    struct error err;
    size_t count;

    must_append(j, "r-0001", "{\"text\":\"one\",\"weight\":0.05}");
    must_append(j, "env/production", "{\"text\":\"apart\"}");
    must_append(j, "r-0001", "{\"text\":\"two\"}");
    journal_close(j);
    j = open_journal();
    cr_assert(journal_read(j, "r-0001", 0, &events, &count, &err), "%s", err.message);
    cr_assert_eq(count, 2);
    cr_expect_eq(events[0]->seq, 1);
    cr_expect_eq(events[1]->seq, 2);
    cr_expect_str_eq(events[1]->by, "ana");
    cr_expect_str_eq(events[1]->previous_hash, events[0]->hash);
    cr_expect_str_eq(json_string_value(json_object_get(events[1]->body, "text")), "two");
    cr_expect_gt(events[0]->at_ms, 0);
    journal_events_free(events, count);
    cr_assert(journal_read(j, "r-0001", 1, &events, &count, &err), "%s", err.message);
    cr_expect_eq(count, 1);
    journal_events_free(events, count);
    cr_assert(journal_verify(j, &count, &err), "%s", err.message);
    cr_expect_eq(count, 3);
    journal_close(j);
}

Test(journal, is_private_to_its_owner, .init = fixture_begin, .fini = fixture_end)
{
    auto_free char *folder = xasprintf("%s/a/b", fixture_directory);
    struct journal *j = NULL;
    struct error err;
    struct stat seen;

    cr_assert(journal_open(folder, &j, &err), "%s", err.message);
    must_append(j, "r-0001", "{}");
    cr_assert_eq(stat(folder, &seen), 0);
    cr_expect_eq(seen.st_mode & 0777, 0700);
    cr_assert_eq(stat(journal_path(j), &seen), 0);
    cr_expect_eq(seen.st_mode & 0777, 0600);
    journal_close(j);
}

Test(journal, survives_a_process_that_dies_without_closing_it, .init = fixture_begin,
     .fini = fixture_end)
{
    int status;
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child == 0) {
        struct journal *j = open_journal();
        for (int i = 0; i < 20; i++)
            must_append(j, "r-0001", "{\"text\":\"committed\"}");
        auto_free char *path = database_path();
        sqlite3 *db;
        /* in the middle of a transaction of its own */
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
        sqlite3_exec(db,
                     "BEGIN IMMEDIATE; INSERT INTO event SELECT stream, 21, at_ms, type, step, "
                     "actor, body, previous_hash, hash FROM event WHERE seq = 20",
                     NULL, NULL, NULL);
        raise(SIGKILL);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    struct journal *j = open_journal();
    cr_expect_eq(count_events(j, "r-0001"), 20);
    must_append(j, "r-0001", "{\"text\":\"it goes on\"}");
    cr_expect_eq(count_events(j, "r-0001"), 21);
    journal_close(j);
}

Test(journal, opens_without_writing_when_it_is_there, .init = fixture_begin, .fini = fixture_end)
{
    auto_free char *path = database_path();
    struct stat before, after;
    struct journal *j = open_journal();

    must_append(j, "r-0001", "{}");
    journal_close(j);
    cr_assert_eq(stat(path, &before), 0);
    j = open_journal();
    cr_expect_eq(count_events(j, "r-0001"), 1);
    journal_close(j);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_eq(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
    cr_expect_eq(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

/* ---- the chain ---- */

static const struct {
    const char *what, *sql;
} meddlings[] = {
    {"another text", "UPDATE event SET body = '{\"text\":\"four\"}' WHERE seq = 2"},
    {"another actor", "UPDATE event SET actor = 'li' WHERE seq = 2"},
    {"another time", "UPDATE event SET at_ms = at_ms + 1 WHERE seq = 2"},
    {"the first is gone", "DELETE FROM event WHERE seq = 1"},
    {"one between is gone", "DELETE FROM event WHERE seq = 2"},
    {"two have changed places", "UPDATE event SET seq = 9 WHERE seq = 1;"
                                "UPDATE event SET seq = 1 WHERE seq = 2;"
                                "UPDATE event SET seq = 2 WHERE seq = 9"},
    {"it is no JSON", "UPDATE event SET body = '{' WHERE seq = 3"},
};

#define DROP_TRIGGERS                                                                              \
    "DROP TRIGGER event_only_next; DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;"

Test(journal, notices_that_somebody_edited_the_file)
{
    for (size_t i = 0; i < sizeof meddlings / sizeof meddlings[0]; i++) {
        fixture_begin();
        struct journal *j = open_journal();
        struct event **events;
        struct error err;
        size_t count;
        auto_free char *sql = xasprintf(DROP_TRIGGERS "%s", meddlings[i].sql);

        must_append(j, "r-0001", "{\"text\":\"one\"}");
        must_append(j, "r-0001", "{\"text\":\"two\"}");
        must_append(j, "r-0001", "{\"text\":\"three\"}");
        cr_assert(journal_verify(j, &count, &err));
        cr_assert_eq(meddle(sql), SQLITE_OK, "%s", meddlings[i].what);
        cr_expect_not(journal_read(j, "r-0001", 0, &events, &count, &err), "%s", meddlings[i].what);
        cr_expect_eq(err.kind, ERROR_INTERNAL, "%s", meddlings[i].what);
        cr_expect_not(journal_verify(j, &count, &err), "%s", meddlings[i].what);
        journal_close(j);
        fixture_end();
    }
}

Test(journal, lets_nobody_change_or_take_away_an_event, .init = fixture_begin, .fini = fixture_end)
{
    static const char *const refused[] = {
        "UPDATE event SET body = '{}'",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT stream, seq, at_ms, type, step, 'li', body, "
        "previous_hash, hash FROM event",
        "INSERT INTO event SELECT stream, seq + 2, at_ms, type, step, actor, body, previous_hash, "
        "hash FROM event",
    };
    struct journal *j = open_journal();
    size_t count;
    struct error err;

    must_append(j, "r-0001", "{\"text\":\"one\"}");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        cr_expect_eq(meddle(refused[i]), SQLITE_CONSTRAINT, "%s", refused[i]);
    cr_expect(journal_verify(j, &count, &err), "%s", err.message);
    journal_close(j);
}

/* ---- runs ---- */

Test(journal, writes_the_index_with_the_event_and_nothing_that_the_fold_refuses,
     .init = fixture_begin, .fini = fixture_end)
{
    struct journal *j = open_journal();
    struct fold f;
    struct error err;
    struct run_row *rows;
    struct run *run;
    size_t count;

    open_run(j, &f, "r-0001");
    cr_expect_not(append(j, &f, "r-0001", "step_ended", "{\"state\":\"succeeded\"}", &err));
    cr_expect_str_eq(err.code, "contradiction");
    cr_expect_eq(count_events(j, "r-0001"), 1);
    cr_assert(append(j, &f, "r-0001", "run_ended", "{\"status\":\"aborted\"}", &err), "%s",
              err.message);
    cr_assert(journal_list_runs(j, NULL, 10, &rows, &count, &err));
    cr_assert_eq(count, 1);
    cr_expect_str_eq(rows[0].id, "r-0001");
    cr_expect_str_eq(rows[0].status, "aborted");
    cr_expect_str_eq(rows[0].by, "ana");
    cr_expect_eq(rows[0].started_at_ms, 0);
    cr_expect_gt(rows[0].ended_at_ms, 0);
    free(rows);
    cr_assert(journal_read_run(j, "r-0001", &run, &err), "%s", err.message);
    cr_expect_eq(run->status, RUN_ABORTED);
    cr_expect_eq(run->last_seq, 2);
    cr_expect_str_eq(run->last_hash, f.run->last_hash);
    run_free(run);
    cr_expect_not(journal_read_run(j, "r-0009", &run, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    run_free(f.run);
    journal_close(j);
}

Test(journal, counts_runs_and_lists_the_newest_first, .init = fixture_begin, .fini = fixture_end)
{
    struct journal *j = open_journal();
    struct error err;
    struct run_row *rows;
    size_t count;
    char id[32];

    for (int i = 1; i <= 3; i++) {
        struct fold f;
        auto_free char *expected = xasprintf("r-%04d", i);
        cr_assert(journal_next_run_id(j, id, &err));
        cr_expect_str_eq(id, expected);
        open_run(j, &f, id);
        run_free(f.run);
    }
    cr_assert(journal_list_runs(j, "production", 2, &rows, &count, &err));
    cr_assert_eq(count, 2);
    cr_expect_str_eq(rows[0].id, "r-0003");
    cr_expect_str_eq(rows[1].id, "r-0002");
    free(rows);
    cr_assert(journal_list_runs(j, "staging", 2, &rows, &count, &err));
    cr_expect_eq(count, 0);
    free(rows);
    journal_close(j);
}

/* ---- more than one ---- */

Test(journal, lets_two_connections_write_one_stream, .init = fixture_begin, .fini = fixture_end)
{
    struct journal *one = open_journal(), *other = open_journal();
    struct error err;
    size_t count;

    for (int i = 0; i < 5; i++) {
        must_append(one, "r-0001", "{\"text\":\"one\"}");
        must_append(other, "r-0001", "{\"text\":\"other\"}");
    }
    cr_expect_eq(count_events(one, "r-0001"), 10);
    cr_assert(journal_verify(other, &count, &err), "%s", err.message);
    cr_expect_eq(count, 10);
    journal_close(one);
    journal_close(other);
}

Test(journal, hands_a_command_over_once, .init = fixture_begin, .fini = fixture_end)
{
    struct journal *driver = open_journal(), *other = open_journal();
    struct journal_command taken;
    struct error err;
    int64_t first, second;
    bool found, is_taken;
    char reason[] = "it is bad";
    struct journal_command posted = {.run = "r-0001",
                                     .verb = "abort",
                                     .step = "shift",
                                     .answer = "yes",
                                     .by = "li",
                                     .reason = reason,
                                     .seen_seq = 12};

    cr_assert(journal_peek_command(driver, "r-0001", &taken, &found, &err));
    cr_expect_not(found);
    cr_assert(journal_post_command(other, &posted, &first, &err), "%s", err.message);
    (void)snprintf(posted.verb, sizeof posted.verb, "pause");
    cr_assert(journal_post_command(other, &posted, &second, &err), "%s", err.message);
    cr_assert(journal_command_is_taken(other, first, &is_taken, &err));
    cr_expect_not(is_taken);
    cr_assert(journal_peek_command(driver, "r-0002", &taken, &found, &err));
    cr_expect_not(found, "it is for another run");
    cr_assert(journal_peek_command(driver, "r-0001", &taken, &found, &err));
    cr_assert(found);
    cr_expect_eq(taken.id, first);
    cr_expect_str_eq(taken.verb, "abort");
    cr_expect_str_eq(taken.step, "shift");
    cr_expect_str_eq(taken.answer, "yes");
    cr_expect_str_eq(taken.by, "li");
    cr_expect_str_eq(taken.reason, "it is bad");
    cr_expect_eq(taken.seen_seq, 12);
    journal_command_clear(&taken);
    cr_assert(journal_remove_command(driver, first, &err), "%s", err.message);
    cr_assert(journal_remove_command(driver, first, &err), "it is gone already: %s", err.message);
    cr_assert(journal_command_is_taken(other, first, &is_taken, &err));
    cr_expect(is_taken);
    cr_assert(journal_peek_command(driver, "r-0001", &taken, &found, &err));
    cr_expect_str_eq(taken.verb, "pause");
    journal_command_clear(&taken);
    cr_assert(journal_remove_command(driver, second, &err));
    cr_assert(journal_peek_command(driver, "r-0001", &taken, &found, &err));
    cr_expect_not(found);
    journal_close(driver);
    journal_close(other);
}

/* The index is a projection: without it nothing is lost. */
Test(journal, makes_the_index_of_runs_again_from_their_events, .init = fixture_begin,
     .fini = fixture_end)
{
    static const char *const forget[] = {"DELETE FROM run_index",
                                         "DELETE FROM run_index WHERE id = 'r-0001'"};
    struct error err;
    struct run_row *rows;
    size_t count;
    char id[32];

    for (size_t i = 0; i < sizeof forget / sizeof forget[0]; i++) {
        struct journal *j = open_journal();
        for (int number = 1; i == 0 && number <= 7; number += 6) {
            struct fold f;
            (void)snprintf(id, sizeof id, "r-%04d", number);
            open_run(j, &f, id);
            run_free(f.run);
        }
        journal_close(j);
        cr_assert_eq(meddle(forget[i]), SQLITE_OK);
        j = open_journal();
        cr_assert(journal_list_runs(j, NULL, 10, &rows, &count, &err), "%s", err.message);
        cr_assert_eq(count, 2, "%s", forget[i]);
        cr_expect_str_eq(rows[0].id, "r-0007");
        cr_expect_str_eq(rows[1].id, "r-0001");
        cr_expect_str_eq(rows[1].environment, "production");
        free(rows);
        cr_assert(journal_next_run_id(j, id, &err));
        cr_expect_str_eq(id, "r-0008");
        journal_close(j);
    }
}

/* ---- when it cannot be written ---- */

/* Exit code of a child for which no file may grow beyond what the journal already has. */
static int append_on_a_full_disk(void)
{
    struct journal *j = open_journal();
    auto_free char *path = database_path();
    struct stat seen;
    struct error err;
    char text[8000];

    cr_assert_eq(stat(path, &seen), 0);
    const struct rlimit limit = {(rlim_t)seen.st_size, (rlim_t)seen.st_size};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    auto_free char *body = xasprintf("{\"text\":\"%s\"}", text);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (append(j, NULL, "r-0001", "said", body, &err))
        return 2;
    if (err.kind != ERROR_REFUSED || strstr(err.message, path) == NULL || err.hint[0] == '\0')
        return 3;
    if (count_events(j, "r-0001") != 1)
        return 4;
    journal_close(j);
    return 0;
}

Test(journal, says_that_the_disk_is_full_and_can_still_be_read, .init = fixture_begin,
     .fini = fixture_end)
{
    struct journal *j = open_journal();
    int status;

    must_append(j, "r-0001", "{\"text\":\"one\"}");
    journal_close(j);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(append_on_a_full_disk());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), 0);
    j = open_journal(); /* there is space again */
    must_append(j, "r-0001", "{\"text\":\"two\"}");
    cr_expect_eq(count_events(j, "r-0001"), 2);
    journal_close(j);
}

Test(journal, refuses_what_is_no_journal_and_what_a_newer_program_wrote, .init = fixture_begin,
     .fini = fixture_end)
{
    struct journal *j = open_journal();
    struct error err;

    journal_close(j);
    cr_assert_eq(meddle("PRAGMA user_version = 99"), SQLITE_OK);
    cr_expect_not(journal_open(fixture_directory, &j, &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect(strstr(err.message, "newer flightdeck") != NULL, "%s", err.message);

    fixture_run("yes 'this is a text and no database' | head -c 8192 >journal.sqlite");
    cr_expect_not(journal_open(fixture_directory, &j, &err));
    cr_expect_eq(err.kind, ERROR_INTERNAL);
    cr_expect(strstr(err.message, "not a database") != NULL, "%s", err.message);

    auto_free char *below = xasprintf("%s/journal.sqlite/state", fixture_directory);
    cr_expect_not(journal_open(below, &j, &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect(strstr(err.hint, "FLIGHTDECK_STATE_DIR") != NULL, "%s", err.hint);
}

Test(journal, sketches_a_run_without_its_old_measurements, .init = fixture_begin,
     .fini = fixture_end)
{
    struct journal *j = open_journal();
    struct event **events;
    size_t count;
    bool is_whole = false;
    struct error err;

    must_append(j, "r-0001", "{\"text\":\"begun\"}");
    cr_assert(journal_sketch(j, "r-0001", &events, &count, &is_whole, &err), "%s", err.message);
    cr_assert_eq(count, 1);
    cr_assert(is_whole);
    journal_events_free(events, count);
    for (int i = 0; i < 3; i++)
        cr_assert(append(j, NULL, "r-0001", "measured",
                         "{\"measurement\":{\"n\":1},\"verdict\":{\"kind\":\"good\"}}", &err));
    must_append(j, "r-0001", "{\"text\":\"over\"}");
    cr_assert(journal_sketch(j, "r-0001", &events, &count, &is_whole, &err), "%s", err.message);
    cr_assert_eq(count, 5);
    cr_assert_not(is_whole);
    for (size_t i = 0; i < count; i++) {
        const json_t *measurement = json_object_get(events[i]->body, "measurement");
        bool is_measured = strcmp(events[i]->type, "measured") == 0;
        cr_expect_eq(events[i]->seq, (int64_t)i + 1);
        cr_expect_eq(measurement != NULL, i == 3, "event %zu", i);
        cr_expect_eq(json_object_get(events[i]->body, "verdict") != NULL, is_measured);
    }
    journal_events_free(events, count);
    journal_close(j);
}
