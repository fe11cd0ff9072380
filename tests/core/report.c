/* report.c - a report says what happened, to somebody who was not there, and nothing it quotes
 * acts.
 */
#include "core/report.h"

#include "tests/run_fixture.h"

static struct story story;

#define TELL(type, step, body) story_must(&story, type, step, body)
#define BAD "v42: 9 of 102 requests failed (8.8 %), at least 3.1 % with 99 %; the limit is 2 %: bad"

static char *report(void) { return report_markdown(story.run, story.events, story.count); }

static void expect_line(const char *text, const char *line)
{
    cr_expect(strstr(text, line) != NULL, "no \"%s\" in:\n%s", line, text);
}

static void go_back(const char *reason, const char *status)
{
    auto_free char *body = xasprintf("{\"reason\":\"%s\"}", reason);
    auto_free char *end =
        xasprintf("{\"status\":\"%s\",\"reason\":\"%s\",\"health\":\"healthy\"}", status, reason);

    TELL("rollback_started", "", body);
    TELL("step_ended", "shift", "{\"state\":\"aborted\"}");
    TELL("effect_intent", "shift",
         "{\"key\":\"back\",\"intent\":{\"by_undo\":true,\"what\":{\"service\":\"lambda\","
         "\"operation\":\"UpdateAlias\",\"params\":{\"FunctionName\":\"api\",\"Name\":\"live\","
         "\"FunctionVersion\":\"41\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}}}}}");
    TELL("effect_outcome", "shift", "{\"key\":\"back\",\"state\":\"done\"}");
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":0}");
    TELL("step_undone", "shift", "{}");
    TELL("run_ended", "", end);
}

Test(report, of_a_bad_version_shows_the_arithmetic_and_the_way_back)
{
    story_shift(&story);
    story_measure(&story, "inconclusive", 0.1, "v42: 1 of 12 requests failed: not enough yet");
    story_measure(&story, "inconclusive", 0.1, "v42: 3 of 40 requests failed: not enough yet");
    story_measure(&story, "failed", 0.1, BAD);
    go_back("v42 is bad", "rolled_back");
    auto_free char *text = report();

    expect_line(text, "# production: rolled back (r-0001)");
    expect_line(text,
                "production was rolled back: v41 serves all traffic again, v42 none: v42 is bad");
    expect_line(text, "| old version | v41 |");
    expect_line(text, "| new version | v42 |");
    expect_line(text, "| service health | healthy |");
    expect_line(text, "| 10 % | failed | 1 | " BAD " |");
    expect_line(text, "| 10 % | inconclusive | 2 | v42: 3 of 40 requests failed: not enough yet |");
    expect_line(text, "| v41 90 %, v42 10 % | done | shift |");
    expect_line(text, "| v41 100 % | done | going back |");
    expect_line(text, "- shift: **undone**; all to the old");
    expect_line(text, "- deploy: not undone; delete the version");
    cr_expect_null(strstr(text, "undecided"), "bad is bad");
    story_end(&story);
}

Test(report, of_an_undecided_version_does_not_call_it_bad)
{
    story_shift(&story);
    story_measure(&story, "inconclusive", 0.1, "v42: 0 of 12 requests failed: not enough yet");
    go_back("shift: undecided: 12 of 50 requests in 60 min at 10 %", "rolled_back");
    auto_free char *text = report();
    auto_free char *outcome = report_outcome(story.run);

    expect_line(outcome, "v42 was undecided, not bad; v41 serves all traffic again");
    expect_line(text, "v42 was undecided, not bad");
    story_end(&story);
}

Test(report, leads_with_how_it_ended_and_tells_what_failed_before_as_history)
{
    story_shift(&story);
    TELL("step_ended", "shift", "{\"state\":\"failed\",\"reason\":\"exit 1 of warm\"}");
    TELL("step_started", "shift", "{\"attempt\":2}");
    story_measure(&story, "failed", 0.1, BAD);
    TELL("rollback_started", "", "{\"reason\":\"v42 is bad\"}");
    TELL("step_ended", "shift", "{\"state\":\"failed\",\"reason\":\"v42 is bad\"}");
    TELL("run_ended", "",
         "{\"status\":\"rollback_failed\",\"reason\":\"shift could not be taken back: denied\"}");
    TELL("rollback_started", "", "{}");
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":0}");
    TELL("step_undone", "shift", "{}");
    TELL("run_ended", "", "{\"status\":\"rolled_back\"}");
    auto_free char *text = report();
    auto_free char *outcome = report_outcome(story.run);

    cr_expect_str_eq(outcome, "production was rolled back: v41 serves all traffic again, v42 none");
    expect_line(text, "## Tried before\n\n- 22:13:34Z shift failed: exit 1 of warm\n- 22:13:39Z a "
                      "way back failed: shift could not be taken back: denied\n\n## Steps");
    story_end(&story);
}

static const struct {
    const char *what, *step, *key, *status, *says;
} outcomes[] = {
    {"refused at a gate", NULL, NULL, "failed",
     "production was not begun and nothing was changed: because"},
    {"failed after a write", "deploy", "publish", "failed",
     "production failed, and a person must look: because"},
    {"stopped before traffic moved", "deploy", "publish", "aborted",
     "production was stopped before any traffic moved; the version from before served all the "
     "time: because"},
    {"done without traffic", "deploy", "publish", "succeeded",
     "production is done; no traffic was moved"},
    {"not put back", "shift", "back", "rollback_failed",
     "LOOK AT IT: production could not be put back: because. Next: flightdeck rollback production"},
};

Test(report, says_in_one_sentence_how_it_ended)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        auto_free char *end =
            xasprintf("{\"status\":\"%s\",\"reason\":\"because\"}", outcomes[i].status);
        story_start(&story);
        if (outcomes[i].step != NULL) {
            TELL("step_started", outcomes[i].step, "{}");
            story_write(&story, outcomes[i].step, outcomes[i].key, "done");
        }
        TELL("run_ended", "", end);
        auto_free char *outcome = report_outcome(story.run);
        cr_expect_str_eq(outcome, outcomes[i].says, "%s: %s", outcomes[i].what, outcome);
        story_end(&story);
    }
}

Test(report, of_a_way_back_that_failed_says_first_what_a_person_does_about_it)
{
    story_shift(&story);
    TELL("run_ended", "",
         "{\"status\":\"rollback_failed\",\"reason\":\"denied\",\"hint\":\"sign in again\"}");
    auto_free char *outcome = report_outcome(story.run);
    cr_expect_str_eq(outcome, "LOOK AT IT: production could not be put back: denied. Next: sign in "
                              "again; then flightdeck rollback production");
    story_end(&story);
}

Test(report, of_a_release_says_what_serves_now)
{
    story_shift(&story);
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":1}");
    TELL("run_ended", "", "{\"status\":\"succeeded\"}");
    auto_free char *outcome = report_outcome(story.run);
    cr_expect_str_eq(outcome, "production serves v42 with all of its traffic; before it was v41");
    story_end(&story);
}

Test(report, of_a_hand_that_took_everything_away_names_who_serves)
{
    story_shift(&story);
    TELL("noted", "shift", "{\"key\":\"weight\",\"value\":0}");
    TELL("run_ended", "", "{\"status\":\"succeeded\"}");
    auto_free char *outcome = report_outcome(story.run);
    cr_expect_str_eq(outcome, "production serves v41 with all of its traffic; v42 has none");
    story_end(&story);
}

Test(report, says_what_was_seen_and_not_what_was_hoped_for)
{
    story_shift(&story);
    TELL("run_ended", "", "{\"status\":\"succeeded\"}");
    auto_free char *by_hand = report_outcome(story.run);
    cr_expect_str_eq(by_hand, "production sends 10 % of its traffic to v42, the rest to v41");
    story_end(&story);
    story_shift(&story);
    TELL("run_ended", "", "{\"status\":\"rolled_back\",\"reason\":\"bad\"}");
    auto_free char *unseen = report_outcome(story.run);
    cr_expect_str_eq(unseen, "LOOK AT IT: production was rolled back, but v42 was last seen with "
                             "10 % of the traffic: bad");
    story_end(&story);
}

Test(report, of_a_run_that_is_not_over_says_where_it_stands)
{
    story_shift(&story);
    TELL("paused", "", "{\"reason\":\"lunch\"}");
    auto_free char *outcome = report_outcome(story.run);
    cr_expect_str_eq(outcome, "production: this run is not over, it is paused, v42 has 10 % of the "
                              "traffic, as last seen by us: lunch");
    story_crash(&story);
    auto_free char *gone = report_outcome(story.run);
    expect_line(gone, "the process of this run went away; `flightdeck run resume r-0001` takes it "
                      "up");
    TELL("resumed", "", "{}");
    TELL("interrupted", "", "{}");
    auto_free char *left = report_outcome(story.run);
    expect_line(left, "this run was handed over to another engine by ana; `flightdeck run resume "
                      "r-0001` lets it go forward");
    story_end(&story);
}

Test(report, lists_waivers_approvals_and_whose_they_were)
{
    story_start(&story);
    TELL("item_recorded", "", "{\"id\":\"a/tests\",\"state\":\"waived\",\"summary\":\"flaky\"}");
    TELL("item_recorded", "", "{\"id\":\"a/docs\",\"state\":\"pass\",\"summary\":\"read\"}");
    TELL("approved", "", "{\"hash\":\"h0\"}");
    TELL("approved", "", "{\"hash\":\"h1\"}");
    auto_free char *text = report();

    expect_line(text, "**1 item was waived.**");
    expect_line(text, "| a/tests | waived | flaky | ana |");
    expect_line(text, "**self-approved**");
    expect_line(text, ": **it did not count**: it is for another plan");
    story_end(&story);
}

Test(report, is_harmless_whatever_it_quotes)
{
    story_start(&story);
    TELL("item_recorded", "",
         "{\"id\":\"a/b\",\"state\":\"pass\",\"summary\":\"\\u001b[2J a|b <b>x</b> [y](http://z) "
         "*s* `c`\"}");
    TELL("said", "", "{\"text\":\"\\u001b]0;owned\\u0007 | # no heading\"}");
    TELL("run_ended", "",
         "{\"status\":\"failed\",\"reason\":\"\\u202eoops\\n\\n# Heading\\u001b[31m\"}");
    auto_free char *text = report();
    auto_free char *outcome = report_outcome(story.run);

    cr_expect_null(strchr(text, '\033'));
    cr_expect_null(strchr(outcome, '\033'));
    cr_expect_null(strchr(outcome, '\n'));
    cr_expect_null(strstr(text, "\n# Heading"));
    cr_expect_null(strstr(text, "\xe2\x80\xae"), "text cannot turn around");
    cr_expect_null(strstr(text, "<b>"));
    expect_line(text, "a\\|b \\<b\\>x\\</b\\> \\[y\\](http://z) \\*s\\* \\`c\\`");
    story_end(&story);
}

Test(report, is_the_same_for_the_same_events)
{
    story_shift(&story);
    story_measure(&story, "successful", 0.1, "v42: 0 of 900 requests failed: good");
    auto_free char *one = report();
    struct run *again = run_new();
    for (size_t i = 0; i < story.count; i++)
        cr_assert(run_apply(again, story.events[i], &story.err));
    auto_free char *other = report_markdown(again, story.events, story.count);
    cr_expect_str_eq(one, other);
    run_free(again);
    story_end(&story);
}
