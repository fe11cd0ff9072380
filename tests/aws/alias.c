/* alias.c - the mark in the description, layouts, and whose an alias is. */
#include "aws/alias.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TestSuite(alias, .timeout = 60);

Test(alias, the_mark_of_a_run_is_read_as_it_was_written)
{
    static const struct alias_owner owner = {.run = "r-0142",
                                             .actor = "ana@mbp (unverified)",
                                             .old_version = "41",
                                             .new_version = "42",
                                             .until_ms = INT64_C(1795617960000)};
    struct alias_owner read;
    auto_free char *text = alias_describe(&owner);
    cr_expect_str_eq(text,
                     "flightdeck r-0142 ana@mbp_(unverified) 41>42 until 2026-11-25T14:46:00.000Z");
    cr_assert(alias_read_owner(text, &read));
    cr_expect_str_eq(read.run, "r-0142");
    cr_expect_str_eq(read.actor, "ana@mbp_(unverified)");
    cr_expect_str_eq(read.old_version, "41");
    cr_expect_str_eq(read.new_version, "42");
    cr_expect_eq(read.until_ms, owner.until_ms);
}

Test(alias, what_its_owner_wrote_is_kept_behind_a_mark)
{
    struct alias_owner owner = {.run = "r-1",
                                .actor = "ana@mbp",
                                .old_version = "41",
                                .new_version = "42",
                                .until_ms = INT64_C(1795617960000),
                                .former = "serves the shop | do not touch"};
    struct alias_owner read;
    auto_free char *text = alias_describe(&owner);
    cr_assert(alias_read_owner(text, &read), "%s", text);
    cr_expect_str_eq(read.new_version, "42");
    auto_free char *former = alias_former(text), *plain = alias_former("its own text");
    cr_expect_str_eq(former, owner.former);
    cr_expect_str_eq(plain, "its own text");
    owner.former = "";
    auto_free char *bare = alias_describe(&owner), *none = alias_former(bare);
    cr_expect_str_eq(none, "");
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    owner.former = longest;
    auto_free char *cut = alias_describe(&owner);
    cr_expect_eq(strlen(cut), 256);
    cr_expect(alias_read_owner(cut, &read));
}

Test(alias, a_mark_never_outgrows_the_description)
{
    struct alias_owner owner = {.until_ms = INT64_C(1795615560000)};
    memset(owner.run, 'r', sizeof owner.run - 1);
    memset(owner.actor, ' ', sizeof owner.actor - 1);
    memset(owner.old_version, '4', sizeof owner.old_version - 1);
    memset(owner.new_version, '5', sizeof owner.new_version - 1);
    struct alias_owner read;
    auto_free char *text = alias_describe(&owner);
    cr_expect_leq(strlen(text), 256);
    cr_expect(alias_read_owner(text, &read));
}

Test(alias, other_text_is_nobodys_mark)
{
    static const char *const texts[] = {
        "",
        "the alias that carries the traffic",
        "flightdeck",
        "flightdeck r-1 ana@mbp",
        "flightdeck r-1 ana@mbp 41-42 until 2026-11-25T14:46:00.000Z",
        "flightdeck r-1 ana@mbp 41> until 2026-11-25T14:46:00.000Z",
        "flightdeck r-1 ana@mbp 41>42 until tomorrow",
        "flightdeck r-1 ana@mbp 41>42 from 2026-11-25T14:46:00.000Z",
        "flightdeck r-0141 replaces 40",
    };
    struct alias_owner owner;
    for (size_t i = 0; i < COUNT(texts); i++)
        cr_expect_not(alias_read_owner(texts[i], &owner), "%s", texts[i]);
}

static struct lambda_alias seen(const char *version, const char *other, double weight,
                                const char *description, const char *revision)
{
    struct lambda_alias alias = {.additional_weight = weight, .weight_count = other[0] != '\0'};
    (void)snprintf(alias.version, sizeof alias.version, "%s", version);
    (void)snprintf(alias.additional_version, sizeof alias.additional_version, "%s", other);
    (void)snprintf(alias.description, sizeof alias.description, "%s", description);
    (void)snprintf(alias.revision_id, sizeof alias.revision_id, "%s", revision);
    return alias;
}

Test(alias, every_write_names_version_weights_and_description)
{
    struct alias_layout split = alias_layout_split("41", "42", 0.1, "text");
    struct alias_layout whole = alias_layout_split("41", "42", 1, "text");
    json_t *call = alias_call("fn", "live", &split), *all = alias_call("fn", "live", &whole);
    json_t *wanted = json_loads("{\"service\":\"lambda\",\"operation\":\"UpdateAlias\",\"params\":{"
                                "\"FunctionName\":\"fn\",\"Name\":\"live\",\"FunctionVersion\":"
                                "\"41\",\"Description\":\"text\",\"RoutingConfig\":{"
                                "\"AdditionalVersionWeights\":{\"42\":0.1}}}}",
                                0, NULL);
    cr_expect(json_equal(call, wanted));
    const json_t *params = json_object_get(all, "params");
    cr_expect_str_eq(json_string_value(json_object_get(params, "FunctionVersion")), "42");
    cr_expect_eq(json_object_size(json_object_get(json_object_get(params, "RoutingConfig"),
                                                  "AdditionalVersionWeights")),
                 0);
    json_decref(call);
    json_decref(all);
    json_decref(wanted);
}

Test(alias, what_was_before_survives_the_journal_and_a_stale_mark_does_not)
{
    static const struct {
        const char *description, *kept;
    } cases[] = {{"ours", "ours"},
                 {"flightdeck r-1 ana@mbp 40>41 until 2026-11-25T14:46:00.000Z", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lambda_alias alias = seen("41", "", 0, cases[i].description, "rev");
        json_t *before = alias_before_json(&alias);
        struct alias_layout layout = alias_before_layout(before);
        cr_expect(alias_serves(&alias, &layout));
        cr_expect_str_eq(layout.description, cases[i].kept);
        json_decref(before);
    }
}

Test(alias, it_is_ours_only_as_we_left_it)
{
    static char step[] = "shift", key[] = "weight-10";
    struct alias_layout split = alias_layout_split("41", "42", 0.1, "mark");
    struct run_effect effect = {.step = step,
                                .key = key,
                                .intent =
                                    json_pack("{s:o}", "what", alias_call("fn", "live", &split)),
                                .result = json_pack("{s:s}", "revision_id", "rev-2")};
    const struct run run = {.effects = &effect, .effect_count = 1};
    const struct {
        const char *why;
        struct lambda_alias alias;
        bool is_ours;
    } cases[] = {
        {"as written", seen("41", "42", 0.1, "mark", "rev-2"), true},
        {"as written, the answer was lost", seen("41", "42", 0.1, "mark", "rev-9"), true},
        {"another weight", seen("41", "42", 0.5, "mark", "rev-3"), false},
        {"another version", seen("40", "", 0, "mark", "rev-3"), false},
        {"another text", seen("41", "42", 0.1, "theirs", "rev-3"), false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(alias_is_ours(&run, "fn", "live", &cases[i].alias), cases[i].is_ours, "%s",
                     cases[i].why);
    cr_expect_not(alias_is_ours(&run, "fn", "other", &cases[0].alias));
    json_decref(effect.intent);
    json_decref(effect.result);
}

/* Its time was put off since it was set, and the text behind the mark may be another. */
Test(alias, what_AWS_gave_back_for_a_silent_run_is_that_runs)
{
    static char step[] = "shift", key[] = "dead-man";
    static const char input[] =
        "{\"FunctionName\":\"fn\",\"Name\":\"live\",\"FunctionVersion\":\"41\",\"RoutingConfig\":"
        "{\"AdditionalVersionWeights\":{}},\"Description\":\"flightdeck rollback "
        "silence-of-r-1-ana@mbp 42>41 until 2026-11-25T14:46:00.000Z | ours\"}";
    struct run_effect effect = {.step = step,
                                .key = key,
                                .intent = json_pack("{s:{s:s, s:{s:{s:s}}}}", "what", "operation",
                                                    "CreateSchedule", "params", "Target", "Input",
                                                    input)};
    const struct run run = {.effects = &effect, .effect_count = 1};
#define BY(whose) "flightdeck rollback " whose " 42>41 until 2026-11-25T15:00:00.000Z | ours"
    const struct {
        const char *why;
        struct lambda_alias alias;
        bool is_taken_back, is_ours;
    } cases[] = {
        {"by AWS", seen("41", "", 0, BY("silence-of-r-1-ana@mbp"), "r"), true, true},
        {"of another run", seen("41", "", 0, BY("silence-of-r-1-li@mbp"), "r"), true, false},
        {"by hand", seen("41", "", 0, BY("ana@mbp"), "r"), false, false},
        {"changed since", seen("40", "", 0, BY("silence-of-r-1-ana@mbp"), "r"), false, false},
        {"split since", seen("41", "42", 0.1, BY("silence-of-r-1-ana@mbp"), "r"), false, false},
        {"in other words", seen("41", "", 0, "ours", "r"), false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct alias_owner owner;
        cr_expect_eq(alias_is_taken_back(&cases[i].alias, &owner), cases[i].is_taken_back, "%s",
                     cases[i].why);
        cr_expect_eq(alias_is_by_silence(&run, "fn", "live", &cases[i].alias), cases[i].is_ours,
                     "%s", cases[i].why);
        cr_expect_eq(alias_is_ours(&run, "fn", "live", &cases[i].alias), cases[i].is_ours, "%s",
                     cases[i].why);
    }
    cr_expect_not(alias_is_by_silence(&run, "other", "live", &cases[0].alias));
    json_decref(effect.intent);
}
