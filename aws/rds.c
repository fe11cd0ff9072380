/* rds.c - database instances and their snapshots (Query protocol, version 2014-10-31). */
#include "aws/rds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/query.h"
#include "aws/stamp.h"
#include "aws/xml.h"
#include "core/mem.h"
#include "core/text.h"

#define VERSION "2014-10-31"
#define PAGE_SIZE "100"
#define MAX_PAGES 200

#define COPY_TEXT(node, path, field) text_copy(field, sizeof(field), xml_text(node, path))

static int number_at(const struct xml_node *node, const char *path)
{
    int64_t value = 0;
    return text_to_int64(xml_text(node, path), &value) && value >= 0 && value < 1000000 ? (int)value
                                                                                        : 0;
}

static bool read_instance(const struct aws_call *call, const struct xml_node *node,
                          struct rds_instance *out, struct error *err)
{
    struct rds_instance instance = {0};
    COPY_TEXT(node, "DBInstanceIdentifier", instance.id);
    COPY_TEXT(node, "DBInstanceStatus", instance.status);
    COPY_TEXT(node, "DBInstanceClass", instance.class_name);
    COPY_TEXT(node, "EngineVersion", instance.engine_version);
    COPY_TEXT(node, "Endpoint/Address", instance.endpoint);
    instance.allocated_gib = number_at(node, "AllocatedStorage");
    instance.is_multi_az = strcasecmp(xml_text(node, "MultiAZ"), "true") == 0;
    if (!instance.id[0] || !instance.status[0])
        return aws_bad_answer(call, err, "an instance has no identifier or no status");
    *out = instance;
    return true;
}

static bool read_snapshot(const struct aws_call *call, const struct xml_node *node,
                          struct rds_snapshot *out, struct error *err)
{
    struct rds_snapshot snapshot = {0};
    COPY_TEXT(node, "DBSnapshotIdentifier", snapshot.id);
    COPY_TEXT(node, "DBInstanceIdentifier", snapshot.instance_id);
    COPY_TEXT(node, "Status", snapshot.status);
    snapshot.percent = number_at(node, "PercentProgress");
    if (!stamp_parse(xml_text(node, "SnapshotCreateTime"), &snapshot.created_at_ms))
        snapshot.created_at_ms = 0;
    if (!snapshot.id[0] || !snapshot.status[0])
        return aws_bad_answer(call, err, "a snapshot has no identifier or no status");
    *out = snapshot;
    return true;
}

bool rds_describe_instance(struct aws *a, const char *id, struct cancel *cancel,
                           struct rds_instance *out, struct error *err)
{
    struct aws_call call;
    struct xml_document *document = NULL;
    const struct xml_node *result = NULL;
    query_begin(&call, AWS_RDS, "DescribeDBInstances", VERSION);
    call.cancel = cancel;
    query_add(&call, "DBInstanceIdentifier", id);
    bool is_ok = query_perform(a, &call, &document, &result, err);
    if (is_ok) {
        const struct xml_node *node = xml_find(result, "DBInstances/DBInstance");
        is_ok = node ? read_instance(&call, node, out, err)
                     : aws_bad_answer(&call, err, "it lists no instance");
    }
    xml_free(document);
    aws_call_clear(&call);
    return is_ok;
}

bool rds_create_snapshot(struct aws *a, const char *instance_id, const char *snapshot_id,
                         struct rds_snapshot *out, struct error *err)
{
    struct aws_call call;
    struct xml_document *document = NULL;
    const struct xml_node *result = NULL;
    query_begin(&call, AWS_RDS, "CreateDBSnapshot", VERSION);
    call.is_write = true;
    query_add(&call, "DBInstanceIdentifier", instance_id);
    query_add(&call, "DBSnapshotIdentifier", snapshot_id);
    bool is_ok = query_perform(a, &call, &document, &result, err) &&
                 read_snapshot(&call, xml_find(result, "DBSnapshot"), out, err);
    xml_free(document);
    aws_call_clear(&call);
    return is_ok;
}

struct snapshot_list {
    struct rds_snapshot *items;
    size_t count, capacity;
};

/* One page of DescribeDBSnapshots; *marker becomes the next page's or NULL. */
static bool list_page(struct aws *a, const char *instance_id, const char *snapshot_id,
                      struct cancel *cancel, struct snapshot_list *list, char **marker,
                      struct error *err)
{
    struct aws_call call;
    struct xml_document *document = NULL;
    const struct xml_node *result = NULL;
    query_begin(&call, AWS_RDS, "DescribeDBSnapshots", VERSION);
    call.cancel = cancel;
    query_add(&call, "DBInstanceIdentifier", instance_id);
    query_add(&call, "DBSnapshotIdentifier", snapshot_id);
    query_add(&call, "MaxRecords", snapshot_id ? NULL : PAGE_SIZE);
    query_add(&call, "Marker", *marker);
    bool is_ok = query_perform(a, &call, &document, &result, err);
    const struct xml_node *node = is_ok ? xml_find(result, "DBSnapshots/DBSnapshot") : NULL;
    for (; is_ok && node; node = xml_next(node)) {
        list->items = mem_grow(list->items, &list->capacity, list->count, sizeof *list->items);
        is_ok = read_snapshot(&call, node, &list->items[list->count], err);
        list->count += is_ok;
    }
    if (is_ok) {
        const char *next = xml_text(result, "Marker");
        free(*marker);
        *marker = next[0] ? xstrdup(next) : NULL;
    }
    xml_free(document);
    aws_call_clear(&call);
    return is_ok;
}

bool rds_describe_snapshot(struct aws *a, const char *snapshot_id, struct cancel *cancel,
                           struct rds_snapshot *out, struct error *err)
{
    struct snapshot_list list = {0};
    auto_free char *marker = NULL;
    bool is_ok = list_page(a, NULL, snapshot_id, cancel, &list, &marker, err);
    size_t at = 0;
    while (is_ok && at < list.count && strcmp(list.items[at].id, snapshot_id) != 0)
        at++;
    if (is_ok && at == list.count) {
        error_set(err, ERROR_NOT_FOUND, "rds DescribeDBSnapshots: there is no snapshot %s",
                  snapshot_id);
        is_ok = error_code(err, "DBSnapshotNotFound");
    }
    if (is_ok)
        *out = list.items[at];
    free(list.items);
    return is_ok;
}

bool rds_list_snapshots(struct aws *a, const char *instance_id, struct cancel *cancel,
                        struct rds_snapshot **out, size_t *count, struct error *err)
{
    struct snapshot_list list = {0};
    auto_free char *marker = NULL;
    int pages = 0;
    do {
        bool is_endless = ++pages > MAX_PAGES;
        if (is_endless)
            error_set(err, ERROR_INTERNAL, "rds DescribeDBSnapshots: more than %d pages",
                      MAX_PAGES);
        if (is_endless || !list_page(a, instance_id, NULL, cancel, &list, &marker, err)) {
            free(list.items);
            return false;
        }
    } while (marker);
    *out = list.items;
    *count = list.count;
    return true;
}
