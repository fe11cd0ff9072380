/*
 * typed.c - lines typed into a run become commands, and nothing else does.
 */
#include "cli/typed.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *line;
    enum command_verb verb;
    const char *step, *answer, *reason;
} good[] = {
    {"promote", COMMAND_PROMOTE, "", "", ""},
    {"  pause \n", COMMAND_PAUSE, "", "", ""},
    {"skip snapshot because taken by hand", COMMAND_SKIP, "snapshot", "", "taken by hand"},
    {"tick Dashboard displays data", COMMAND_TICK, "Dashboard displays data", "", ""},
    {"waive Cost impact because no new resources", COMMAND_WAIVE, "Cost impact", "",
     "no new resources"},
    {"rollback", COMMAND_ROLLBACK, "", "", ""},
    {"hold", COMMAND_ANSWER, "shift/next", "hold", ""},
};

static const struct {
    const char *line, *message, *hint;
} bad[] = {
    {"", "nothing", ""},       {"promot", "promot", "promote"},
    {"tick", "tick what", ""}, {"waive Cost impact", "because", ""},
    {"hald", "hald", ""},
};

static struct run asking(json_t *choices, struct run_prompt *prompt)
{
    static char id[] = "shift/next", step[] = "shift", question[] = "5 %?";
    *prompt = (struct run_prompt){.id = id, .step = step, .question = question, .choices = choices};
    return (struct run){.prompts = prompt, .prompt_count = 1, .last_seq = 7};
}

Test(typed, lines_become_commands)
{
    json_t *choices = json_pack("[s, s]", "go", "hold");
    struct run_prompt prompt;
    struct run run = asking(choices, &prompt);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct command c;
        struct error err = {0};
        cr_assert(typed_command(good[i].line, &run, &c, &err), "%s: %s", good[i].line, err.message);
        cr_expect_eq(c.verb, good[i].verb, "%s", good[i].line);
        cr_expect_str_eq(c.step, good[i].step);
        cr_expect_str_eq(c.answer, good[i].answer);
        cr_expect_str_eq(c.reason, good[i].reason);
        cr_expect_eq(c.seen_seq, 7);
    }
    json_decref(choices);
}

Test(typed, everything_else_is_refused)
{
    json_t *choices = json_pack("[s, s]", "go", "hold");
    struct run_prompt prompt;
    struct run run = asking(choices, &prompt);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct command c;
        struct error err = {0};
        cr_assert_not(typed_command(bad[i].line, &run, &c, &err), "%s", bad[i].line);
        cr_expect(strstr(err.message, bad[i].message) != NULL, "%s: %s", bad[i].line, err.message);
        cr_expect(strstr(err.hint, bad[i].hint) != NULL, "%s: %s", bad[i].line, err.hint);
    }
    json_decref(choices);
}
