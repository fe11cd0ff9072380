/* serve_rds.c - the sandbox's RDS: instances and snapshots (Query protocol, 2014-10-31). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/databases.h"
#include "sandbox/services.h"
#include "sandbox/world.h"

#define ENGINE_VERSION "15.10"
#define LEAST_RECORDS 20
#define MOST_RECORDS 100
#define ARN "arn:aws:rds:" WORLD_REGION ":" WORLD_ACCOUNT ":"

/* ---- what is common to them ---- */

static void add_number(struct buf *out, const char *name, int64_t value)
{
    buf_addf(out, "<%s>%lld</%s>", name, (long long)value, name);
}

static void add_bool(struct buf *out, const char *name, bool value)
{
    operation_xml_element(out, name, value ? "true" : "false");
}

static void add_time(struct buf *out, const char *name, int64_t at_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    operation_xml_element(out, name, clock_stamp(at_ms, stamp));
}

struct page {
    size_t from, most; /* items that match, by number */
    size_t matched;    /* seen so far */
};

static bool open_page(const struct request *r, struct reply *reply, struct page *out)
{
    const char *records = operation_argument(r, "MaxRecords");
    const char *marker = operation_argument(r, "Marker");
    int64_t most = MOST_RECORDS, from = 0;

    if (records != NULL &&
        (!text_to_int64(records, &most) || most < LEAST_RECORDS || most > MOST_RECORDS))
        return operation_refuse(r, reply, 400, "InvalidParameterValue",
                                "Invalid value %s for MaxRecords. Must be between %d and %d",
                                records, LEAST_RECORDS, MOST_RECORDS);
    if (marker != NULL && (!text_to_int64(marker, &from) || from < 0))
        return operation_refuse(r, reply, 400, "InvalidParameterValue",
                                "The marker %s is not valid.", marker);
    if (operation_argument(r, "Filters.Filter.1.Name") != NULL)
        return operation_refuse(r, reply, 400, "InvalidParameterValue",
                                "the sandbox has no filters");
    *out = (struct page){.from = (size_t)from, .most = (size_t)most};
    return true;
}

/* True for each item that is on the page. */
static bool is_on_page(struct page *p)
{
    size_t number = p->matched++;
    return number >= p->from && number < p->from + p->most;
}

static void close_page(const struct page *p, struct buf *out)
{
    if (p->matched > p->from + p->most)
        add_number(out, "Marker", (int64_t)(p->from + p->most));
}

/* ---- instances ---- */

static void add_endpoint(struct buf *out, const struct database *of)
{
    buf_addf(out,
             "<Endpoint><Address>%s.c9fx2k7q1abc." WORLD_REGION ".rds.amazonaws.com</Address>"
             "<Port>5432</Port><HostedZoneId>Z1RLNUO7B9Q6NB</HostedZoneId></Endpoint>",
             of->id);
}

static void add_instance(const struct world *w, const struct database *of, struct buf *out)
{
    buf_adds(out, "<DBInstance>");
    operation_xml_element(out, "DBInstanceIdentifier", of->id);
    buf_addf(out, "<DBInstanceArn>" ARN "db:%s</DBInstanceArn>", of->id);
    operation_xml_element(out, "DBInstanceClass", of->class_name);
    operation_xml_element(out, "DBInstanceStatus", databases_status(w->databases, of, w->now_ms));
    operation_xml_element(out, "Engine", "postgres");
    operation_xml_element(out, "EngineVersion", ENGINE_VERSION);
    operation_xml_element(out, "MasterUsername", "finally");
    operation_xml_element(out, "DBName", "finally");
    add_endpoint(out, of);
    add_number(out, "AllocatedStorage", of->storage_gib);
    add_number(out, "MaxAllocatedStorage", of->storage_gib * 5);
    operation_xml_element(out, "StorageType", "gp3");
    add_bool(out, "StorageEncrypted", true);
    add_bool(out, "MultiAZ", of->is_multi_az);
    operation_xml_element(out, "AvailabilityZone", of->zone);
    add_time(out, "InstanceCreateTime", of->created_ms);
    operation_xml_element(out, "PreferredBackupWindow", "03:00-03:30");
    add_number(out, "BackupRetentionPeriod", 7);
    add_bool(out, "DeletionProtection", of->is_multi_az);
    add_bool(out, "PubliclyAccessible", false);
    buf_adds(out, "</DBInstance>");
}

static bool describe_instances(struct world *w, const struct request *r, struct reply *reply)
{
    const char *id = operation_argument(r, "DBInstanceIdentifier");
    const struct database *of;
    struct page page;

    if (!open_page(r, reply, &page))
        return false;
    if (id != NULL && databases_find(w->databases, id) == NULL)
        return operation_refuse(r, reply, 404, "DBInstanceNotFound", "DBInstance %s not found.",
                                id);
    operation_xml_begin(r, reply);
    buf_adds(&reply->body, "<DBInstances>");
    for (size_t i = 0; (of = databases_at(w->databases, i)) != NULL; i++)
        if ((id == NULL || strcasecmp(of->id, id) == 0) && is_on_page(&page))
            add_instance(w, of, &reply->body);
    buf_adds(&reply->body, "</DBInstances>");
    close_page(&page, &reply->body);
    return operation_xml_end(r, reply);
}

/* ---- snapshots ---- */

static void add_snapshot(const struct world *w, const struct database_snapshot *s, struct buf *out)
{
    int percent = databases_snapshot_percent(s, w->now_ms);
    buf_adds(out, "<DBSnapshot>");
    operation_xml_element(out, "DBSnapshotIdentifier", s->id);
    buf_addf(out, "<DBSnapshotArn>" ARN "snapshot:%s</DBSnapshotArn>", s->id);
    operation_xml_element(out, "DBInstanceIdentifier", s->of->id);
    operation_xml_element(out, "SnapshotType", s->is_automated ? "automated" : "manual");
    operation_xml_element(out, "Status", percent < 100 ? "creating" : "available");
    add_number(out, "PercentProgress", percent);
    /* RDS says when it was taken only once it knows. */
    if (percent > 0)
        add_time(out, "SnapshotCreateTime", s->begun_ms);
    add_time(out, "InstanceCreateTime", s->of->created_ms);
    operation_xml_element(out, "Engine", "postgres");
    operation_xml_element(out, "EngineVersion", ENGINE_VERSION);
    add_number(out, "AllocatedStorage", s->of->storage_gib);
    operation_xml_element(out, "AvailabilityZone", s->of->zone);
    operation_xml_element(out, "MasterUsername", "finally");
    add_number(out, "Port", 5432);
    add_bool(out, "Encrypted", true);
    buf_adds(out, "</DBSnapshot>");
}

static bool is_identifier(const char *id)
{
    size_t len = strlen(id);
    if (len == 0 || len >= DATABASES_ID_SIZE || !isalpha((unsigned char)id[0]) ||
        id[len - 1] == '-' || strstr(id, "--") != NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)id[i]) && id[i] != '-')
            return false;
    return true;
}

static bool create_snapshot(struct world *w, const struct request *r, struct reply *reply)
{
    const char *instance = operation_argument(r, "DBInstanceIdentifier");
    const char *id = operation_argument(r, "DBSnapshotIdentifier");

    if (instance == NULL || id == NULL)
        return operation_refuse(r, reply, 400, "MissingParameter",
                                "The request must contain the parameter %s.",
                                id == NULL ? "DBSnapshotIdentifier" : "DBInstanceIdentifier");
    if (!is_identifier(id))
        return operation_refuse(r, reply, 400, "InvalidParameterValue",
                                "The parameter DBSnapshotIdentifier is not a valid identifier. "
                                "Identifiers must begin with a letter; must contain only ASCII "
                                "letters, digits, and hyphens; and must not end with a hyphen or "
                                "contain two consecutive hyphens.");
    const struct database *of = databases_find(w->databases, instance);
    if (of == NULL)
        return operation_refuse(r, reply, 404, "DBInstanceNotFound", "DBInstance %s not found.",
                                instance);
    if (databases_snapshot_find(w->databases, id) != NULL)
        return operation_refuse(r, reply, 400, "DBSnapshotAlreadyExists",
                                "Cannot create the snapshot because a snapshot with the identifier "
                                "%s already exists.",
                                id);
    if (strcmp(databases_status(w->databases, of, w->now_ms), "available") != 0)
        return operation_refuse(r, reply, 400, "InvalidDBInstanceState",
                                "Cannot create a snapshot because the database instance %s is not "
                                "currently in the available state.",
                                of->id);
    operation_xml_begin(r, reply);
    add_snapshot(w, databases_snapshot_begin(w->databases, of, id, w->now_ms), &reply->body);
    return operation_xml_end(r, reply);
}

struct wanted_snapshots {
    const char *id, *instance, *type; /* NULL = any */
};

static bool is_wanted(const struct wanted_snapshots *want, const struct database_snapshot *s)
{
    return (want->id == NULL || strcasecmp(s->id, want->id) == 0) &&
           (want->instance == NULL || strcasecmp(s->of->id, want->instance) == 0) &&
           (want->type == NULL ||
            strcmp(want->type, s->is_automated ? "automated" : "manual") == 0);
}

static bool describe_snapshots(struct world *w, const struct request *r, struct reply *reply)
{
    const struct wanted_snapshots want = {
        .id = operation_argument(r, "DBSnapshotIdentifier"),
        .instance = operation_argument(r, "DBInstanceIdentifier"),
        .type = operation_argument(r, "SnapshotType"),
    };
    const struct database_snapshot *s;
    struct page page;

    if (!open_page(r, reply, &page))
        return false;
    if (want.id != NULL && databases_snapshot_find(w->databases, want.id) == NULL)
        return operation_refuse(r, reply, 404, "DBSnapshotNotFound", "DBSnapshot %s not found.",
                                want.id);
    operation_xml_begin(r, reply);
    buf_adds(&reply->body, "<DBSnapshots>");
    for (size_t i = 0; (s = databases_snapshot_at(w->databases, i)) != NULL; i++)
        if (is_wanted(&want, s) && is_on_page(&page))
            add_snapshot(w, s, &reply->body);
    buf_adds(&reply->body, "</DBSnapshots>");
    close_page(&page, &reply->body);
    return operation_xml_end(r, reply);
}

static const struct operation operations[] = {
    {.name = "DescribeDBInstances", .serve = describe_instances},
    {.name = "CreateDBSnapshot",
     .is_write = true,
     .target = "DBInstanceIdentifier",
     .serve = create_snapshot},
    {.name = "DescribeDBSnapshots", .serve = describe_snapshots},
    {0},
};

const struct service serve_rds_service = {
    .name = "rds",
    .form = WIRE_QUERY,
    .xml_namespace = "http://rds.amazonaws.com/doc/2014-10-31/",
    .operations = operations,
};
