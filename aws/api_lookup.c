/*
 * api_lookup.c - see api_lookup.h.
 */
#include "aws/api_lookup.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define ID_LENGTH 10
#define FUNCTION_MARK ":function:"

/* "a1b2c3d4e5": what AWS makes up; a name may look so too, hence both are tried. */
static bool may_be_id(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p))
            return false;
    return strlen(text) == ID_LENGTH;
}

static bool find_by_name(struct aws *a, const char *name, struct cancel *cancel,
                         struct http_api *out, struct error *err)
{
    struct http_api *apis = NULL;
    size_t count = 0, found = 0;

    if (!apigateway_list_apis(a, cancel, &apis, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(apis[i].name, name) == 0 && ++found == 1)
            *out = apis[i];
    free(apis);
    if (found == 1)
        return true;
    if (found == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no HTTP API \"%s\"", name);
    error_set(err, ERROR_USAGE, "%zu HTTP APIs are called \"%s\"", found, name);
    return error_hint(err, "Name it by its id.");
}

bool api_lookup_find(struct aws *a, const char *id_or_name, struct cancel *cancel,
                     struct http_api *out, struct error *err)
{
    if (may_be_id(id_or_name)) {
        if (apigateway_get_api(a, id_or_name, cancel, out, err))
            return true;
        if (err->kind != ERROR_NOT_FOUND)
            return false;
    }
    return find_by_name(a, id_or_name, cancel, out, err);
}

enum api_target api_lookup_target(const char *uri, const char *function, const char *alias)
{
    const char *in_arn = strstr(function, FUNCTION_MARK), *at = strstr(uri, FUNCTION_MARK);
    const char *name = in_arn != NULL ? in_arn + strlen(FUNCTION_MARK) : function;
    size_t len = strcspn(name, ":");

    if (at == NULL)
        return API_TARGET_OTHER;
    at += strlen(FUNCTION_MARK);
    if (strncmp(at, name, len) != 0)
        return API_TARGET_OTHER;
    at += len;
    if (*at == '\0' || *at == '/')
        return API_TARGET_UNQUALIFIED;
    if (*at != ':')
        return API_TARGET_OTHER;
    const char *qualifier = at + 1;
    size_t size = strcspn(qualifier, "/");
    return size == strlen(alias) && strncmp(qualifier, alias, size) == 0 ? API_TARGET_ALIAS
                                                                         : API_TARGET_QUALIFIED;
}

enum api_target api_lookup_best_target(const struct api_integration *integrations, size_t count,
                                       const char *function, const char *alias)
{
    enum api_target best = API_TARGET_OTHER;

    for (size_t i = 0; i < count; i++) {
        enum api_target target = api_lookup_target(integrations[i].uri, function, alias);
        if (target == API_TARGET_ALIAS)
            return target;
        if (target != API_TARGET_OTHER)
            best = target;
    }
    return best;
}
