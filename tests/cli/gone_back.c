/*
 * gone_back.c - a way back is done when its write was read back, not when it was asked for.
 */
#include "cli/gone_back.h"

#include "tests/run_fixture.h"

#define BACK                                                                                       \
    "{\"key\":\"back\",\"intent\":{\"by_undo\":true,\"what\":{\"service\":\"lambda\","             \
    "\"operation\":\"UpdateAlias\",\"params\":{\"FunctionName\":\"api\",\"Name\":\"live\","        \
    "\"FunctionVersion\":\"41\"}}}}"
#define BY_HAND                                                                                    \
    "{\"plan\":{\"env\":\"production\",\"plan\":\"rollback\",\"hash\":\"h1\",\"steps\":["          \
    "{\"id\":\"set-version\",\"kind\":\"set-version\",\"moves_traffic\":true,\"undo\":\"as "       \
    "before\"}]}}"

Test(gone_back, is_there_when_the_write_of_the_way_back_has_its_outcome)
{
    struct story s;

    story_shift(&s);
    cr_expect_not(gone_back_is_there(s.run), "it goes forward");
    story_must(&s, "rollback_started", "", "{\"reason\":\"bad\"}");
    cr_expect_not(gone_back_is_there(s.run), "it was only asked for");
    story_must(&s, "step_ended", "shift", "{\"state\":\"aborted\"}");
    cr_expect_not(gone_back_is_there(s.run), "its weight is done, its way back is not");
    story_must(&s, "effect_intent", "shift", BACK);
    cr_expect_not(gone_back_is_there(s.run), "nobody knows yet");
    story_must(&s, "effect_outcome", "shift", "{\"key\":\"back\",\"state\":\"unknown\"}");
    cr_expect_not(gone_back_is_there(s.run), "nobody knows at all");
    story_end(&s);
}

Test(gone_back, is_there_once_it_was_read_back)
{
    struct story s;

    story_shift(&s);
    story_must(&s, "rollback_started", "", "{\"reason\":\"bad\"}");
    story_must(&s, "step_ended", "shift", "{\"state\":\"aborted\"}");
    story_must(&s, "effect_intent", "shift", BACK);
    story_must(&s, "effect_outcome", "shift", "{\"key\":\"back\",\"state\":\"done\"}");
    cr_expect(gone_back_is_there(s.run));
    cr_expect(gone_back_is_well(s.run));
    story_end(&s);
}

Test(gone_back, is_not_there_when_the_run_shipped_meanwhile)
{
    struct story s;

    story_shift(&s);
    story_must(&s, "step_ended", "shift", "{\"state\":\"succeeded\"}");
    story_must(&s, "run_ended", "", "{\"status\":\"succeeded\"}");
    cr_expect_not(gone_back_is_there(s.run));
    cr_expect(gone_back_has_shipped(s.run));
    cr_expect_not(gone_back_is_well(s.run));
    story_end(&s);
}

Test(gone_back, is_over_and_not_well_when_the_way_back_failed)
{
    struct story s;

    story_shift(&s);
    story_must(&s, "rollback_started", "", "{\"reason\":\"bad\"}");
    story_must(&s, "run_ended", "", "{\"status\":\"rollback_failed\",\"reason\":\"denied\"}");
    cr_expect(gone_back_is_there(s.run));
    cr_expect_not(gone_back_is_well(s.run));
    story_end(&s);
}

Test(gone_back, by_hand_is_there_when_its_own_write_is_done)
{
    struct story s = {.run = run_new()};

    story_must(&s, "run_opened", "",
               "{\"project\":\"finally\",\"environment\":\"production\",\"plan_name\":"
               "\"rollback\"}");
    cr_expect_not(gone_back_is_there(s.run), "it has no steps yet");
    story_must(&s, "run_started", "", BY_HAND);
    cr_expect_not(gone_back_is_there(s.run), "nothing was written");
    story_must(&s, "step_started", "set-version", "{\"attempt\":1}");
    cr_expect_not(gone_back_is_there(s.run), "nothing was written");
    story_write(&s, "set-version", "version", "done");
    cr_expect(gone_back_is_there(s.run));
    cr_expect(gone_back_is_forward(s.run));
    story_end(&s);
}
