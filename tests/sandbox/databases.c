/* databases.c - snapshots take their time, and follow from when they were asked for. */
#include "sandbox/databases.h"

#include <criterion/criterion.h>
#include <string.h>

#define NOW_MS 1795514400000 /* 2026-11-24T10:00:00Z */
#define PRODUCTION "finally-prod-postgres"
#define PRODUCTION_MS (100 * 3000)

Test(databases, are_there_with_a_week_of_snapshots)
{
    struct databases *d = databases_new(NOW_MS);
    size_t count = 0, snapshots = 0;
    for (; databases_at(d, count) != NULL; count++)
        if (count > 0)
            cr_expect_lt(strcmp(databases_at(d, count - 1)->id, databases_at(d, count)->id), 0);
    cr_expect_eq(count, 3);
    for (; databases_snapshot_at(d, snapshots) != NULL; snapshots++) {
        const struct database_snapshot *s = databases_snapshot_at(d, snapshots);
        cr_expect(s->is_automated && s->done_ms < NOW_MS, "%s", s->id);
    }
    cr_expect_eq(snapshots, 3 * 7);
    cr_expect_not_null(databases_snapshot_find(d, "rds:" PRODUCTION "-2026-11-23-03-07"));
    cr_expect_null(databases_snapshot_find(d, "rds:" PRODUCTION "-2026-11-24-03-07"));
    cr_expect_not_null(databases_find(d, "FINALLY-prod-postgres"));
    cr_expect_null(databases_find(d, "finally-prod"));
    databases_free(d);
}

Test(databases, snapshots_grow_with_time_alone)
{
    static const struct {
        int64_t at_ms;
        int percent;
        const char *status;
    } cases[] = {
        {-1, 0, "backing-up"},
        {0, 0, "backing-up"},
        {PRODUCTION_MS / 100, 1, "backing-up"},
        {PRODUCTION_MS / 2, 50, "backing-up"},
        {PRODUCTION_MS - 1, 99, "backing-up"},
        {PRODUCTION_MS, 100, "available"},
        {10 * PRODUCTION_MS, 100, "available"},
    };
    struct databases *d = databases_new(NOW_MS);
    const struct database *of = databases_find(d, PRODUCTION);
    const struct database *other = databases_find(d, "finally-dev-postgres");
    cr_expect_str_eq(databases_status(d, of, NOW_MS), "available");
    const struct database_snapshot *s = databases_snapshot_begin(d, of, "before-release", NOW_MS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(databases_snapshot_percent(s, NOW_MS + cases[i].at_ms), cases[i].percent);
        cr_expect_str_eq(databases_status(d, of, NOW_MS + cases[i].at_ms), cases[i].status);
        cr_expect_str_eq(databases_status(d, other, NOW_MS + cases[i].at_ms), "available");
    }
    cr_expect_eq(databases_snapshot_find(d, "Before-Release"), s);
    databases_free(d);
}
