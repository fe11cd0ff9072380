/*
 * rds.h - instances and snapshots (Query protocol, version 2014-10-31, XML answers).
 */
#ifndef AWS_RDS_H
#define AWS_RDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct aws;
struct cancel;

struct rds_instance {
    char id[68], status[48], class_name[40], engine_version[24], endpoint[260];
    int allocated_gib;
    bool is_multi_az;
};

struct rds_snapshot {
    char id[260], instance_id[68], status[32];
    int percent;
    int64_t created_at_ms; /* 0 while it is being made */
};

bool rds_describe_instance(struct aws *a, const char *id, struct cancel *cancel,
                           struct rds_instance *out, struct error *err) FD_MUST_USE;
/* ERROR_CONFLICT with code DBSnapshotAlreadyExists when the name is taken. */
bool rds_create_snapshot(struct aws *a, const char *instance_id, const char *snapshot_id,
                         struct rds_snapshot *out, struct error *err) FD_MUST_USE;
bool rds_describe_snapshot(struct aws *a, const char *snapshot_id, struct cancel *cancel,
                           struct rds_snapshot *out, struct error *err) FD_MUST_USE;
/* All manual and automated snapshots of an instance, all pages; *out yours to free(). */
bool rds_list_snapshots(struct aws *a, const char *instance_id, struct cancel *cancel,
                        struct rds_snapshot **out, size_t *count, struct error *err) FD_MUST_USE;

#endif
