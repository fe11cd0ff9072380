/*
 * rds_status.h - what the status of a database instance means. Pure.
 *
 * Source: "Viewing Amazon RDS DB instance status", Amazon RDS User Guide.
 */
#ifndef AWS_RDS_STATUS_H
#define AWS_RDS_STATUS_H

#include "core/resource.h"

enum rds_readiness {
    RDS_STATUS_READY,  /* a snapshot can be taken now */
    RDS_STATUS_BUSY,   /* it becomes ready by itself */
    RDS_STATUS_BROKEN, /* it does not */
};

/* A status that is not in the table is BUSY and of unknown health. */
enum rds_readiness rds_status_readiness(const char *status);
enum health rds_status_health(const char *status);

#endif
