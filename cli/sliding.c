/*
 * sliding.c - see sliding.h.
 */
#include "cli/sliding.h"

#include <stdio.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/overriding.h"
#include "cli/runs.h"
#include "cli/tables.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/resource.h"
#include "core/run.h"
#include "core/text.h"

#define STEP_KIND "set-weight"

bool sliding_read(struct slide *s, struct aws *aws, struct error *err)
{
    return lambda_get_alias(aws, config_resource_text(s->api, "lambda"),
                            config_resource_text(s->api, "alias"), interrupt_cancel(), &s->alias,
                            err);
}

static int64_t version_number(const char *text)
{
    int64_t number;
    return text_to_int64(text, &number) ? number : -1;
}

static bool choose_newest(struct slide *s, struct aws *aws, struct error *err)
{
    const char *function = config_resource_text(s->api, "lambda");
    struct lambda_configuration *versions;
    size_t count;
    int64_t serving = version_number(s->alias.version), newest = serving;

    if (!lambda_list_versions(aws, function, interrupt_cancel(), &versions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (version_number(versions[i].version) > newest)
            newest = version_number(versions[i].version);
    lambda_versions_free(versions, count);
    if (newest > serving) {
        (void)snprintf(s->version, sizeof s->version, "%lld", (long long)newest);
        return true;
    }
    error_set(err, ERROR_USAGE, "%s has no version newer than v%s, which serves now", function,
              s->alias.version);
    return error_hint(err, "Publish one (flightdeck run), or name it with --version N.");
}

bool sliding_choose(struct slide *s, struct aws *aws, const char *version, struct error *err)
{
    if (version == NULL && s->alias.additional_version[0] == '\0')
        return choose_newest(s, aws, err);
    (void)snprintf(s->version, sizeof s->version, "%s",
                   version != NULL ? version + (version[0] == 'v') : s->alias.additional_version);
    return true;
}

double sliding_share(const struct slide *s)
{
    if (strcmp(s->version, s->alias.additional_version) == 0)
        return s->alias.additional_weight;
    return strcmp(s->version, s->alias.version) == 0 ? 1 - s->alias.additional_weight : 0;
}

/* Of two versions at most; a third one's share is not ours to take away. */
bool sliding_layout(const struct slide *s, struct alias_layout *out, struct error *err)
{
    const struct lambda_alias *now = &s->alias;
    bool is_first = strcmp(now->version, s->version) == 0;
    bool is_second = strcmp(now->additional_version, s->version) == 0;
    const char *other = is_first ? now->additional_version : now->version;

    if (now->weight_count > 1 || (now->weight_count == 1 && !is_first && !is_second)) {
        auto_free char *split = alias_split_text(now);
        return error_set(err, ERROR_REFUSED, "it serves %s: v%s has no place beside them", split,
                         s->version);
    }
    if (other[0] == '\0' && s->weight < 1)
        return error_set(err, ERROR_REFUSED, "v%s serves all: nobody is there to take the rest",
                         s->version);
    *out = alias_layout_split(other, s->version, s->weight, "");
    return true;
}

bool sliding_is_free(struct journal *journal, const char *environment, struct error *err)
{
    struct run *run = NULL;
    if (!runs_find_open(journal, environment, &run, err))
        return false;
    bool is_free = run == NULL || run->status == RUN_PENDING;
    if (!is_free) {
        error_set(err, ERROR_CONFLICT, "run %s of %s is %s: it moves the traffic", run->id,
                  run->environment, run_status_name(run->status));
        error_code(err, "locked");
        error_hint(err, "flightdeck run promote, or flightdeck rollback %s", run->environment);
    }
    run_free(run);
    return is_free;
}

bool sliding_may_move(const struct slide *s, struct journal *journal, const char *override,
                      struct error *err)
{
    return s->weight <= sliding_share(s) ||
           ((journal == NULL || runs_require_unlocked(journal, s->environment->name, err)) &&
            overriding_allows(override, s->environment, err));
}

bool sliding_plan(const struct slide *s, const struct config *config, struct by_hand *hand,
                  json_t **plan, struct error *err)
{
    json_t *params = json_pack("{s:s, s:s, s:f}", "resource", s->api->name, "version", s->version,
                               "weight", s->weight);

    if (!by_hand_init(hand, tables_house(), s->environment, STEP_KIND, params, err))
        return false;
    if (plan_make(tables_house(), config, &hand->environment, BY_HAND_SHIFT, NULL, plan, err))
        return true;
    by_hand_clear(hand);
    return false;
}
