/*
 * waiting.c - whoever is waited for is told what for, and how to answer.
 */
#include "core/waiting.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"

static struct run *run_with(const char *kind, enum step_state state)
{
    struct run *run = run_new();
    free(run->id);
    run->id = xstrdup("r-0007");
    run->status = RUN_WAITING;
    run->steps = xcalloc(1, sizeof *run->steps);
    run->step_count = 1;
    run->steps[0] = (struct run_step){.id = xstrdup("gate"),
                                      .kind = xstrdup(kind),
                                      .state = state,
                                      .reason = xstrdup("nobody was there"),
                                      .waiting_on = xstrdup("person"),
                                      .facts = json_object()};
    return run;
}

Test(waiting, names_the_reason_and_the_command)
{
    static const struct {
        const char *kind;
        enum step_state state;
        const char *reason, *command;
    } cases[] = {
        {"approval", STEP_WAITING, "gate: nobody was there", "flightdeck run approve r-0007"},
        {"checklist", STEP_WAITING, "gate: nobody was there",
         "flightdeck check tick ITEM, or waive ITEM --reason WHY"},
        {"smoke", STEP_FAILED, "gate stopped: nobody was there",
         "flightdeck run retry r-0007 gate, or skip r-0007 gate --reason WHY"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run *run = run_with(cases[i].kind, cases[i].state);
        char *reason = waiting_reason(run), *command = waiting_command(run);
        cr_assert_not_null(reason);
        cr_assert_not_null(command);
        cr_expect_str_eq(reason, cases[i].reason);
        cr_expect_str_eq(command, cases[i].command);
        free(reason);
        free(command);
        run_free(run);
    }
}

Test(waiting, an_open_question_comes_first_and_an_ended_run_waits_for_nobody)
{
    struct run *run = run_with("smoke", STEP_FAILED);
    run->prompts = xcalloc(1, sizeof *run->prompts);
    run->prompt_count = 1;
    run->prompts[0] = (struct run_prompt){.id = xstrdup("promote"),
                                          .step = xstrdup("shift"),
                                          .question = xstrdup("To 5 %?"),
                                          .choices = json_pack("[s, s]", "promote", "hold")};
    char *reason = waiting_reason(run), *command = waiting_command(run);
    cr_expect_str_eq(reason, "shift: To 5 %?");
    cr_expect_str_eq(command, "flightdeck run answer r-0007 promote (or: hold)");
    free(reason);
    free(command);
    run->status = RUN_SUCCEEDED;
    cr_expect_null(waiting_reason(run));
    cr_expect_null(waiting_command(run));
    run_free(run);
}
