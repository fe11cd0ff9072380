/*
 * desk_versions.c - the lane that lists the versions of a function: what could be gone back to.
 */
#include <stdlib.h>

#include "aws/lambda.h"
#include "aws/stamp.h"
#include "cli/desk_callers.h"
#include "cli/desk_parts.h"
#include "cli/limit.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/text.h"

#define LIMIT_MS 8000 /* wall */
#define MOST_LISTED 50

static int newest_first(const void *a, const void *b)
{
    int64_t left = -1, right = -1; /* "$LATEST" comes last */

    (void)text_to_int64(((const struct lambda_configuration *)a)->version, &left);
    (void)text_to_int64(((const struct lambda_configuration *)b)->version, &right);
    return (left < right) - (left > right);
}

static json_t *versions_json(struct lambda_configuration *versions, size_t count)
{
    json_t *out = json_array();
    qsort(versions, count, sizeof *versions, newest_first);
    for (size_t i = 0; i < count && i < MOST_LISTED && versions[i].version[0] != '$'; i++) {
        char at[CLOCK_STAMP_SIZE] = "";
        int64_t at_ms;
        if (stamp_parse(versions[i].last_modified, &at_ms))
            (void)clock_stamp(at_ms, at);
        json_array_append_new(out, json_pack("{s:s, s:o}", "version", versions[i].version, "text",
                                             json_sprintf("%s%s%s", at, at[0] != '\0' ? "  " : "",
                                                          versions[i].description)));
    }
    return out;
}

static bool list(struct session *session, const struct environment *environment, json_t **out,
                 struct error *err)
{
    const struct resource *api = config_resource_of_kind(environment, "lambda");
    struct lambda_configuration *versions;
    const struct world *world;
    struct limit limit;
    size_t count;

    if (api == NULL)
        return error_set(err, ERROR_USAGE, "%s has no function", environment->name);
    if (!session_connect(session, environment, &world, err))
        return false;
    limit_begin(&limit, LIMIT_MS);
    bool ok = lambda_list_versions(world->aws, config_resource_text(api, "lambda"), limit.cancel,
                                   &versions, &count, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "AWS did not list the versions within %d s",
                  LIMIT_MS / 1000);
    if (ok) {
        *out = versions_json(versions, count);
        lambda_versions_free(versions, count);
    }
    return ok;
}

static void versions(struct lane *lane, const struct environment *environment,
                     const json_t *request)
{
    json_t *listed = NULL;
    struct error err;
    bool ok = environment != NULL
                  ? list(desk_session(lane->desk, request), environment, &listed, &err)
                  : error_set(&err, ERROR_USAGE, "which environment?");
    if (ok)
        desk_answer(lane->desk, request, listed);
    else
        desk_refuse(lane->desk, request, &err);
}

static const struct desk_verb verbs[] = {{"versions", versions}, {0}};

const struct lane_kind lane_versions = {.name = "versions", .verbs = verbs};
