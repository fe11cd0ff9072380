/* ledger.c - what is done twice is counted twice. */
#include "sandbox/ledger.h"

#include <criterion/criterion.h>

Test(ledger, counts_by_operation_and_target)
{
    struct ledger *l = ledger_new();
    ledger_count(l, "UpdateAlias", "api/production");
    ledger_count(l, "UpdateAlias", "api/production");
    ledger_count(l, "UpdateAlias", "api/staging");
    json_t *told = ledger_json(l);
    json_t *wanted =
        json_pack("{s:i, s:i}", "UpdateAlias api/production", 2, "UpdateAlias api/staging", 1);
    cr_expect(json_equal(told, wanted));
    json_decref(told);
    json_decref(wanted);
    ledger_reset(l);
    told = ledger_json(l);
    cr_expect_eq(json_object_size(told), 0);
    json_decref(told);
    ledger_free(l);
}

Test(ledger, takes_targets_that_are_no_text)
{
    struct ledger *l = ledger_new();
    ledger_count(l, "UpdateAlias", "\xff\x1b");
    json_t *told = ledger_json(l);
    cr_expect_eq(json_object_size(told), 1);
    json_decref(told);
    ledger_free(l);
}
