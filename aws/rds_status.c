/*
 * rds_status.c - see rds_status.h.
 */
#include "aws/rds_status.h"

#include <stddef.h>
#include <string.h>

static const struct row {
    const char *status;
    enum rds_readiness readiness;
    enum health health;
} rows[] = {
    {"available", RDS_STATUS_READY, HEALTH_HEALTHY},
    {"storage-optimization", RDS_STATUS_READY, HEALTH_HEALTHY},
    {"backing-up", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"configuring-enhanced-monitoring", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"configuring-iam-database-auth", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"configuring-log-exports", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"storage-config-upgrade", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"storage-initialization", RDS_STATUS_BUSY, HEALTH_HEALTHY},
    {"converting-to-vpc", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"creating", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"maintenance", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"modifying", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"moving-to-vpc", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"rebooting", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"renaming", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"resetting-master-credentials", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"starting", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"upgrading", RDS_STATUS_BUSY, HEALTH_PROGRESSING},
    {"deleting", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"failed", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"inaccessible-encryption-credentials", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"inaccessible-encryption-credentials-recoverable", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"incompatible-network", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"incompatible-option-group", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"incompatible-parameters", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"incompatible-restore", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"insufficient-capacity", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"restore-error", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"stopped", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"stopping", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
    {"storage-full", RDS_STATUS_BROKEN, HEALTH_DEGRADED},
};

static const struct row *find(const char *status)
{
    static const struct row unknown = {"", RDS_STATUS_BUSY, HEALTH_UNKNOWN};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].status, status) == 0)
            return &rows[i];
    return &unknown;
}

enum rds_readiness rds_status_readiness(const char *status) { return find(status)->readiness; }

enum health rds_status_health(const char *status) { return find(status)->health; }
