/*
 * filled.c - the words of a plan get the facts of the run.
 */
#include "core/filled.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/run.h"

Test(filled, says_what_the_run_found_out_and_names_what_it_does_not_know)
{
    static const struct {
        const char *text, *filled;
    } cases[] = {
        {"all traffic to ${deploy.old_version}, no weights", "all traffic to v41, no weights"},
        {"${deploy.image} again", "app@sha256:1 again"},
        {"${shift.new_version} loses all", "v42 loses all"},
        {"delete ${snapshot.snapshot_id}", "delete the snapshot id"},
        {"nothing ${open", "nothing ${open"},
        {"", ""},
    };
    static char id[] = "deploy", old_version[] = "41", new_version[] = "42";
    struct run_step step = {.id = id, .facts = json_pack("{s:s}", "image", "app@sha256:1")};
    const struct run run = {
        .steps = &step, .step_count = 1, .old_version = old_version, .new_version = new_version};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        auto_free char *filled = filled_text(&run, cases[i].text);
        cr_expect_str_eq(filled, cases[i].filled);
    }
    json_decref(step.facts);
}
