/*
 * overriding.c - see overriding.h.
 */
#include "cli/overriding.h"

#include "cli/cli.h"
#include "core/clock.h"
#include "core/opening.h"

bool overriding_allows(const char *reason, const struct environment *environment, struct error *err)
{
    if (reason != NULL && reason[0] == '\0')
        return error_set(err, ERROR_USAGE, "an override needs a reason");
    return reason != NULL || opening_check(environment, clock_world_ms(), err);
}

void overriding_write(const char *reason, const struct environment *environment, json_t *plan,
                      const char *by)
{
    struct error refused;

    if (reason == NULL || opening_check(environment, clock_world_ms(), &refused))
        return;
    json_object_set_new(
        plan, "override",
        json_pack("{s:s, s:s, s:s}", "what", refused.message, "reason", reason, "by", by));
}

bool overriding_permits(const struct cli *cli, const struct environment *environment,
                        struct error *err)
{
    const char *reason = cli_value(cli, "override");

    if (reason != NULL && reason[0] == '\0')
        return error_set(err, ERROR_USAGE, "--override needs a reason");
    return overriding_allows(reason, environment, err) ||
           error_hint(err, "Nothing was changed. If it cannot wait: --override REASON");
}

void overriding_keep(const struct cli *cli, const struct environment *environment, json_t *plan,
                     const char *by)
{
    overriding_write(cli_value(cli, "override"), environment, plan, by);
}
