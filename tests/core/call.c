/*
 * call.c - a call reads the same wherever it comes from.
 */
#include "core/call.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(call, reads_the_same_in_whatever_order_its_parameters_came)
{
    static const char *const orders[] = {
        "{\"Description\":\"d\",\"FunctionName\":\"f\",\"FunctionVersion\":\"41\",\"Name\":\"n\"}",
        "{\"FunctionName\":\"f\",\"Name\":\"n\",\"FunctionVersion\":\"41\",\"Description\":\"d\"}"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        json_t *call = json_pack("{s:s, s:s, s:o}", "service", "lambda", "operation", "UpdateAlias",
                                 "params", json_loads(orders[i], 0, NULL));
        char *text = call_text(call);
        cr_expect_str_eq(text, "lambda UpdateAlias FunctionName=f Name=n FunctionVersion=41 "
                               "Description=d");
        free(text);
        json_decref(call);
    }
}
