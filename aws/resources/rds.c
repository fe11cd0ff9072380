/*
 * rds.c - a database instance as RDS describes it.
 */
#include "aws/rds.h"

#include <string.h>

#include "aws/metrics.h"
#include "aws/rds_status.h"
#include "aws/resources.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/house.h"
#include "core/mem.h"

static const struct param params[] = {
    {.name = "rds", .type = PARAM_TEXT, .is_required = true, .help = "the instance's identifier"},
    {0},
};

static bool observe(const struct world *world, const struct environment *environment,
                    const struct resource *resource, struct cancel *cancel, struct observation *out,
                    struct error *err)
{
    struct rds_instance seen;

    (void)environment;
    if (!rds_describe_instance(world->aws, config_resource_text(resource, "rds"), cancel, &seen,
                               err))
        return false;
    *out = (struct observation){
        .health = rds_status_health(seen.status),
        .summary = xasprintf("%s, %s, %d GiB, %s, version %s", seen.status, seen.class_name,
                             seen.allocated_gib, seen.is_multi_az ? "multi-AZ" : "one zone",
                             seen.engine_version),
        .details = json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:s}", "instance", seen.id, "status",
                             seen.status, "class", seen.class_name, "storage_gib",
                             seen.allocated_gib, "multi_az", seen.is_multi_az, "engine_version",
                             seen.engine_version, "endpoint", seen.endpoint),
        .observed_at_ms = clock_world_ms(),
    };
    return true;
}

const struct resource_kind resource_rds = {
    .name = "rds",
    .summary = "A database instance of RDS",
    .params = params,
    .metrics = metrics_of_rds,
    .observe = observe,
};
