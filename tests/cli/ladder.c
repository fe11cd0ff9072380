/* ladder.c - a ladder that cannot decide is refused at the traffic that it will meet. */
#include "cli/ladder.h"

#include <criterion/criterion.h>
#include <string.h>

Test(ladder, a_weight_that_is_never_cleared_is_refused)
{
    static const struct {
        const char *plan, *message; /* NULL = it can decide */
    } cases[] = {
        {"{}", NULL},
        {"{\"ladder\":{\"unknown\":\"no network\"}}", NULL},
        {"{\"ladder\":{\"requests_per_s\":{\"now\":50},\"weights\":[{\"weight\":0.01,\"now\":{"
         "\"clear_ms\":390000}}]}}",
         NULL},
        {"{\"ladder\":{\"requests_per_s\":{\"now\":0.05},\"weights\":[{\"weight\":0.01,\"now\":{"
         "\"clear_ms\":null}}]}}",
         "1 % cannot be cleared before its deadline at 0.05 requests/s"},
        {"{\"ladder\":{\"requests_per_s\":{\"now\":0.05,\"start\":50},\"weights\":[{\"weight\":0."
         "01,"
         "\"now\":{\"clear_ms\":null},\"start\":{\"clear_ms\":390000}}]}}",
         NULL},
        {"{\"ladder\":{\"requests_per_s\":{\"now\":50,\"start\":0.05},\"weights\":[{\"weight\":0."
         "01,"
         "\"now\":{\"clear_ms\":390000},\"start\":{\"clear_ms\":null}}]}}",
         "1 % cannot be cleared before its deadline at 0.05 requests/s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err;
        json_t *plan = json_loads(cases[i].plan, 0, NULL);
        bool ok = ladder_can_decide(plan, &err);
        cr_expect_eq(ok, cases[i].message == NULL, "%zu", i);
        if (!ok && cases[i].message != NULL)
            cr_expect_str_eq(err.message, cases[i].message);
        json_decref(plan);
    }
}
