/*
 * preflight.c - see preflight.h.
 */
#include "aws/preflight.h"

#include <string.h>

#include "aws/lambda.h"

bool preflight_may_share(const struct lambda_configuration *a, const struct lambda_configuration *b,
                         struct error *err)
{
    bool same_role = strcmp(a->role, b->role) == 0;

    if (same_role && strcmp(a->dead_letter_target, b->dead_letter_target) == 0)
        return true;
    error_set(err, ERROR_REFUSED,
              same_role ? "v%s and v%s have different dead letter targets"
                        : "v%s and v%s have different roles",
              a->version, b->version);
    return error_hint(err,
                      "Lambda cannot split traffic between them: change it first, in a release "
                      "of its own.");
}
