/* serve_rds.c - the sandbox's RDS answers and refuses as RDS does. */
#include "sandbox/databases.h"
#include "sandbox/services.h"
#include "tests/world_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DATABASE "DBInstanceIdentifier=finally-prod-postgres"

static struct world *world_with_databases(void)
{
    struct world *w = fixture_world(1, "healthy");
    w->databases = databases_new(BEGUN_MS);
    return w;
}

static void end_world(struct world *w)
{
    databases_free(w->databases);
    world_free(w);
}

static struct answered call(struct world *w, const char *arguments)
{
    auto_free char *body = xasprintf("Action=%s", arguments);
    return fixture_call(w, &serve_rds_service, "POST", "/", body);
}

static int count_of(const char *text, const char *what)
{
    int count = 0;
    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        count++;
    }
    return count;
}

Test(serve_rds, describes_instances)
{
    struct world *w = world_with_databases();
    struct answered all = call(w, "DescribeDBInstances");
    struct answered one = call(w, "DescribeDBInstances&" DATABASE);
    cr_expect_eq(count_of(all.text, "<DBInstanceIdentifier>"), 3);
    cr_expect_eq(count_of(one.text, "<DBInstanceIdentifier>finally-prod-postgres<"), 1);
    cr_expect_not_null(strstr(one.text, "<DBInstanceStatus>available</DBInstanceStatus>"));
    cr_expect_not_null(strstr(one.text, "<MultiAZ>true</MultiAZ>"));
    cr_expect_not_null(strstr(one.text, "<DescribeDBInstancesResponse "
                                        "xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">"));
    end_world(w);
}

Test(serve_rds, makes_a_snapshot_in_its_time)
{
    struct world *w = world_with_databases();
    struct answered made = call(w, "CreateDBSnapshot&DBSnapshotIdentifier=a&" DATABASE);
    cr_expect_not_null(strstr(made.text, "<Status>creating</Status>"
                                         "<PercentProgress>0</PercentProgress>"));
    cr_expect_null(strstr(made.text, "SnapshotCreateTime"));
    fixture_wait(w, 150);
    made = call(w, "DescribeDBSnapshots&DBSnapshotIdentifier=a");
    cr_expect_not_null(strstr(made.text, "<PercentProgress>50</PercentProgress>"
                                         "<SnapshotCreateTime>2026-11-24T10:00:00"));
    cr_expect_not_null(strstr(call(w, "DescribeDBInstances&" DATABASE).text, ">backing-up<"));
    fixture_wait(w, 150);
    made = call(w, "DescribeDBSnapshots&DBSnapshotIdentifier=a");
    cr_expect_not_null(strstr(made.text, "<Status>available</Status>"));
    cr_expect_not_null(strstr(call(w, "DescribeDBInstances&" DATABASE).text, ">available<"));
    end_world(w);
}

Test(serve_rds, refuses_as_rds_does)
{
    static const struct {
        const char *arguments;
        int status;
        const char *code;
    } cases[] = {
        {"DescribeDBInstances&DBInstanceIdentifier=no", 404, "DBInstanceNotFound"},
        {"DescribeDBInstances&MaxRecords=19", 400, "InvalidParameterValue"},
        {"DescribeDBInstances&MaxRecords=101", 400, "InvalidParameterValue"},
        {"DescribeDBInstances&Marker=x", 400, "InvalidParameterValue"},
        {"DescribeDBInstances&Filters.Filter.1.Name=engine", 400, "InvalidParameterValue"},
        {"DescribeDBSnapshots&DBSnapshotIdentifier=no", 404, "DBSnapshotNotFound"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=b", 400, "MissingParameter"},
        {"CreateDBSnapshot&" DATABASE, 400, "MissingParameter"},
        {"CreateDBSnapshot&DBInstanceIdentifier=no&DBSnapshotIdentifier=b", 404,
         "DBInstanceNotFound"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=1b&" DATABASE, 400, "InvalidParameterValue"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=b-&" DATABASE, 400, "InvalidParameterValue"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=b--c&" DATABASE, 400, "InvalidParameterValue"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=b_c&" DATABASE, 400, "InvalidParameterValue"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=A&" DATABASE, 400, "DBSnapshotAlreadyExists"},
        {"CreateDBSnapshot&DBSnapshotIdentifier=b&" DATABASE, 400, "InvalidDBInstanceState"},
        {"DeleteDBInstance&" DATABASE, 400, "InvalidAction"},
    };
    struct world *w = world_with_databases();
    (void)call(w, "CreateDBSnapshot&DBSnapshotIdentifier=a&" DATABASE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *code = xasprintf("<Code>%s</Code>", cases[i].code);
        struct answered got = call(w, cases[i].arguments);
        cr_expect_eq(got.status, cases[i].status, "%s", cases[i].arguments);
        cr_expect_not_null(strstr(got.text, code), "%s: %s", cases[i].arguments, got.text);
    }
    cr_expect_not_null(strstr(call(w, "DescribeDBSnapshots&SnapshotType=manual").text,
                              "<DBSnapshotIdentifier>a<"));
    end_world(w);
}

Test(serve_rds, lists_snapshots_page_by_page)
{
    struct world *w = world_with_databases();
    struct answered first = call(w, "DescribeDBSnapshots&MaxRecords=20");
    cr_expect_eq(count_of(first.text, "<DBSnapshotIdentifier>"), 20);
    cr_expect_not_null(strstr(first.text, "</DBSnapshots><Marker>20</Marker>"));
    struct answered second = call(w, "DescribeDBSnapshots&MaxRecords=20&Marker=20");
    cr_expect_eq(count_of(second.text, "<DBSnapshotIdentifier>"), 1);
    cr_expect_null(strstr(second.text, "<Marker>"));
    struct answered far = call(w, "DescribeDBSnapshots&Marker=9223372036854775807");
    cr_expect_eq(count_of(far.text, "<DBSnapshotIdentifier>"), 0);
    struct answered one = call(w, "DescribeDBSnapshots&" DATABASE);
    cr_expect_eq(count_of(one.text, "<DBSnapshotIdentifier>"), 7);
    end_world(w);
}
