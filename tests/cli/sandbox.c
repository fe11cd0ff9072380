/* sandbox.c - the help of the sandbox tells all that can be asked of it. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/subcommands.h"
#include "sandbox/faults.h"
#include "sandbox/scenario.h"

Test(sandbox, explains_every_fault_and_scenario)
{
    for (int i = FAULT_NONE + 1; i < FAULT_KIND_COUNT; i++)
        cr_expect_not_null(strstr(subcommand_sandbox.details, faults_kinds[i].name), "%s",
                           faults_kinds[i].name);
    for (size_t i = 0; scenario_table[i].name != NULL; i++)
        cr_expect_not_null(strstr(subcommand_sandbox.details, scenario_table[i].name), "%s",
                           scenario_table[i].name);
}
