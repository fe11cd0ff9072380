/*
 * four_eyes.c - see four_eyes.h.
 */
#include "core/four_eyes.h"

#include <string.h>
#include <strings.h>

#include "core/config.h"
#include "core/run.h"
#include "core/text.h"

const struct people_group *four_eyes_group(const struct config *config, const char *name)
{
    for (size_t i = 0; name != NULL && i < config->people_count; i++)
        if (strcmp(config->people[i].name, name) == 0)
            return &config->people[i];
    return NULL;
}

static bool is_verified(const char *actor) { return text_starts_with(actor, "arn:"); }

/* The sign-in name of an ARN is its last part: arn:aws:sts::1:assumed-role/Release/ana@finally.com
 */
static bool is_member(const struct people_group *group, const char *actor)
{
    const char *slash = strrchr(actor, '/');

    for (size_t i = 0; i < group->count; i++)
        if (strcasecmp(group->members[i], actor) == 0 ||
            (slash != NULL && strcasecmp(group->members[i], slash + 1) == 0))
            return true;
    return false;
}

const char *four_eyes_objection(const struct run *run, const struct people_group *group,
                                const struct run_approval *approval)
{
    if (strcmp(approval->hash, run->hash) != 0)
        return "it is for another plan";
    if (!is_verified(approval->by))
        return is_verified(run->by) ? "the approver is not signed in to AWS, and may be anybody"
                                    : NULL;
    if (group != NULL && !is_member(group, approval->by))
        return "the approver is not of the group";
    if (strcmp(approval->by, run->by) == 0)
        return "the approver started the run";
    return NULL;
}

bool four_eyes_is_self(const struct run *run, const struct run_approval *approval)
{
    return !is_verified(approval->by) || !is_verified(run->by);
}
