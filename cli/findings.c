/*
 * findings.c - see findings.h.
 */
#include "cli/findings.h"

#include <string.h>

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* What is wrong comes before what could not be looked at. */
static const json_t *find_first(const json_t *findings, const char *state)
{
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i,
                       finding) if (strcmp(key_text(finding, "state"), state) == 0) return finding;
    return NULL;
}

static bool is_locked(const json_t *findings)
{
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i,
                       finding) if (strcmp(key_text(finding, "state"), "fail") == 0 &&
                                    strcmp(key_text(finding, "code"), "locked") == 0) return true;
    return false;
}

bool findings_permit(const json_t *findings, bool is_passed, struct error *err)
{
    const json_t *first = find_first(findings, "fail");

    if (is_passed)
        return true;
    if (first == NULL)
        first = find_first(findings, "unknown");
    if (first != NULL)
        error_set(err, ERROR_REFUSED, "nothing was changed; %s: %s", key_text(first, "step"),
                  key_text(first, "text"));
    else
        error_set(err, ERROR_REFUSED, "nothing was changed; the preflight did not pass");
    return error_code(err, is_locked(findings) ? "locked" : "gate-closed");
}
