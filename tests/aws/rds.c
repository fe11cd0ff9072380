/* rds.c - instances and snapshots out of XML, over pages, and names that are taken. */
#include "aws/rds.h"

#include "tests/aws_fixture.h"

static struct error err;

#define SNAPSHOT(id, status)                                                                       \
    "<DBSnapshot><DBSnapshotIdentifier>" id "</DBSnapshotIdentifier><DBInstanceIdentifier>db"      \
    "</DBInstanceIdentifier><Status>" status "</Status><PercentProgress>40</PercentProgress>"      \
    "<SnapshotCreateTime>2026-11-24T10:11:12.345Z</SnapshotCreateTime></DBSnapshot>"
#define SNAPSHOTS(marker, list)                                                                    \
    "<DescribeDBSnapshotsResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">"             \
    "<DescribeDBSnapshotsResult>" marker "<DBSnapshots>" list                                      \
    "</DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>"
#define ERROR_BODY(code)                                                                           \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code                                         \
    "</Code><Message>m</Message></Error><RequestId>q</RequestId></ErrorResponse>"

TestSuite(rds, .timeout = 60);

Test(rds, reads_an_instance)
{
    auto_free char *reply = fixture_reply(
        "200 OK", "Content-Type: text/xml\r\n",
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>"
        "<DBInstanceIdentifier>db</DBInstanceIdentifier><DBInstanceStatus>available"
        "</DBInstanceStatus><DBInstanceClass>db.t3.medium</DBInstanceClass><EngineVersion>15.4"
        "</EngineVersion><Endpoint><Address>db.x.rds.amazonaws.com</Address><Port>5432</Port>"
        "</Endpoint><AllocatedStorage>100</AllocatedStorage><MultiAZ>true</MultiAZ></DBInstance>"
        "</DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>");
    const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
    struct fixture f = fixture_open(&step, 1, NULL, "");
    struct rds_instance instance;
    cr_assert(rds_describe_instance(f.aws, "db&x=1", NULL, &instance, &err), "%s", err.message);
    cr_expect_str_eq(instance.status, "available");
    cr_expect_str_eq(instance.endpoint, "db.x.rds.amazonaws.com");
    cr_expect_eq(instance.allocated_gib, 100);
    cr_expect(instance.is_multi_az);
    cr_expect_not_null(strstr(f.server->requests[0],
                              "\r\n\r\nAction=DescribeDBInstances&Version=2014-10-31&"
                              "DBInstanceIdentifier=db%26x%3D1"));
    fixture_close(&f);
}

Test(rds, reads_all_pages_of_snapshots)
{
    auto_free char *first =
        fixture_reply("200 OK", "",
                      SNAPSHOTS("<Marker>m&amp;1</Marker>",
                                SNAPSHOT("a", "available") SNAPSHOT("b", "creating")));
    auto_free char *second = fixture_reply("200 OK", "", SNAPSHOTS("", SNAPSHOT("c", "available")));
    const struct scripted_step steps[] = {{first, SCRIPTED_KEEP, 0}, {second, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct rds_snapshot *snapshots = NULL;
    size_t count = 0;
    cr_assert(rds_list_snapshots(f.aws, "db", NULL, &snapshots, &count, &err), "%s", err.message);
    cr_assert_eq(count, 3);
    cr_expect_str_eq(snapshots[1].status, "creating");
    cr_expect_str_eq(snapshots[2].id, "c");
    cr_expect_eq(snapshots[0].percent, 40);
    cr_expect_eq(snapshots[0].created_at_ms, 1795515072345);
    cr_expect_not_null(strstr(f.server->requests[1], "&Marker=m%261"));
    free(snapshots);
    fixture_close(&f);
}

Test(rds, says_when_a_snapshot_exists_or_does_not)
{
    auto_free char *taken = fixture_reply("400 Bad", "", ERROR_BODY("DBSnapshotAlreadyExists"));
    auto_free char *gone = fixture_reply("404 No", "", ERROR_BODY("DBSnapshotNotFound"));
    auto_free char *other = fixture_reply("200 OK", "", SNAPSHOTS("", SNAPSHOT("b", "available")));
    auto_free char *made =
        fixture_reply("200 OK", "",
                      "<CreateDBSnapshotResponse><CreateDBSnapshotResult>" SNAPSHOT(
                          "a", "creating") "</CreateDBSnapshotResult></CreateDBSnapshotResponse>");
    const struct scripted_step steps[] = {{taken, SCRIPTED_KEEP, 0},
                                          {gone, SCRIPTED_KEEP, 0},
                                          {other, SCRIPTED_KEEP, 0},
                                          {made, SCRIPTED_KEEP, 0}};
    struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
    struct rds_snapshot snapshot;
    cr_expect_not(rds_create_snapshot(f.aws, "db", "a", &snapshot, &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT);
    cr_expect_str_eq(err.code, "DBSnapshotAlreadyExists");
    for (int i = 0; i < 2; i++) {
        cr_expect_not(rds_describe_snapshot(f.aws, "a", NULL, &snapshot, &err));
        cr_expect_eq(err.kind, ERROR_NOT_FOUND);
        cr_expect_str_eq(err.code, "DBSnapshotNotFound");
    }
    cr_assert(rds_create_snapshot(f.aws, "db", "a", &snapshot, &err), "%s", err.message);
    cr_expect_str_eq(snapshot.status, "creating");
    fixture_close(&f);
}

Test(rds, an_answer_that_cannot_be_read_leaves_a_write_unknown)
{
    static const char *const bodies[] = {
        "",
        "<a>",
        "{}",
        "<CreateDBSnapshotResponse/>",
        "<R><CreateDBSnapshotResult/></R>",
        "<!DOCTYPE x [<!ENTITY e \"e\">]><R><CreateDBSnapshotResult/></R>",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        auto_free char *reply = fixture_reply("200 OK", "", bodies[i]);
        const struct scripted_step steps[] = {{reply, SCRIPTED_KEEP, 0}, {reply, SCRIPTED_KEEP, 0}};
        struct fixture f = fixture_open(steps, COUNT(steps), NULL, "");
        struct rds_snapshot snapshot;
        struct rds_instance instance;
        cr_expect_not(rds_create_snapshot(f.aws, "db", "a", &snapshot, &err), "%s", bodies[i]);
        cr_expect_eq(err.kind, ERROR_UNKNOWN, "%s: %s", bodies[i], err.message);
        cr_expect_not(rds_describe_instance(f.aws, "db", NULL, &instance, &err));
        cr_expect_eq(err.kind, ERROR_INTERNAL, "%s: %s", bodies[i], err.message);
        cr_expect_eq(scripted_requests(f.server), 2);
        fixture_close(&f);
    }
}
