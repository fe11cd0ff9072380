/*
 * preflight_callers.c - a release only reaches users when they come through the alias.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/api_lookup.h"
#include "aws/preflight_parts.h"

static bool is_text_or_has(const json_t *value, const char *wanted)
{
    size_t i;
    const json_t *element;

    if (json_is_string(value))
        return strcmp(json_string_value(value), wanted) == 0;
    json_array_foreach(value, i,
                       element) if (json_is_string(element) &&
                                    strcmp(json_string_value(element), wanted) == 0) return true;
    return false;
}

static bool lets_api_gateway_call(const json_t *policy)
{
    size_t i;
    const json_t *statement;

    json_array_foreach(json_object_get(policy, "Statement"), i, statement)
    {
        const json_t *action = json_object_get(statement, "Action");
        const json_t *who = json_object_get(json_object_get(statement, "Principal"), "Service");
        if (is_text_or_has(json_object_get(statement, "Effect"), "Allow") &&
            is_text_or_has(who, "apigateway.amazonaws.com") &&
            (is_text_or_has(action, "lambda:InvokeFunction") || is_text_or_has(action, "lambda:*")))
            return true;
    }
    return false;
}

static void check_policy(const struct preflight_scene *t, struct preflight_findings *f)
{
    json_t *policy = NULL;
    struct error err;

    bool is_read =
        lambda_get_policy(t->world->aws, t->function, t->alias_name, t->cancel, &policy, &err);
    if (!is_read && err.kind != ERROR_NOT_FOUND)
        preflight_say_unread(f, "the alias's policy", &err);
    else if (is_read && lets_api_gateway_call(policy))
        preflight_say(f, FINDING_PASS, "API Gateway may call %s:%s", t->function, t->alias_name);
    else
        preflight_say(f, FINDING_FAIL, "no policy lets API Gateway call %s:%s", t->function,
                      t->alias_name);
    json_decref(policy);
}

static bool calls_with_role(const struct preflight_scene *t,
                            const struct api_integration *integrations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (integrations[i].has_role &&
            api_lookup_target(integrations[i].uri, t->function, t->alias_name) == API_TARGET_ALIAS)
            return true;
    return false;
}

void preflight_callers(const struct preflight_scene *t, struct preflight_findings *f)
{
    const struct resource *api = config_resource_of_kind(t->environment, "http-api");
    struct http_api found;
    struct api_integration *integrations = NULL;
    size_t count = 0;
    struct error err;

    if (api == NULL) {
        preflight_say(f, FINDING_NOTE, "no http-api is named: who calls %s:%s was not looked at",
                      t->function, t->alias_name);
        return;
    }
    const char *name = config_resource_text(api, "http-api");
    if (!api_lookup_find(t->world->aws, name, t->cancel, &found, &err) ||
        !apigateway_list_integrations(t->world->aws, found.id, t->cancel, &integrations, &count,
                                      &err)) {
        if (err.kind == ERROR_NOT_FOUND || err.kind == ERROR_USAGE)
            preflight_say(f, FINDING_FAIL, "%s", err.message);
        else
            preflight_say_unread(f, name, &err);
        return;
    }
    if (api_lookup_best_target(integrations, count, t->function, t->alias_name) !=
        API_TARGET_ALIAS) {
        preflight_say(f, FINDING_FAIL, "%s does not call %s:%s: a shift would reach nobody", name,
                      t->function, t->alias_name);
    } else {
        preflight_say(f, FINDING_PASS, "%s calls %s:%s", name, t->function, t->alias_name);
        if (!calls_with_role(t, integrations, count))
            check_policy(t, f);
    }
    free(integrations);
}
