/*
 * stopping.c - tests of cli/stopping.h.
 */
#include <criterion/criterion.h>
#include <signal.h>

#include "cli/stopping.h"
#include "core/mem.h"

static void take(struct stopping *s, const char *by, bool hands_over)
{
    json_t *request = json_pack("{s:b, s:s}", "handover", hands_over, "by", by);
    stopping_take(s, request);
    json_decref(request);
}

static void expect_text(const struct stopping *s, const char *expected)
{
    auto_free char *text = stopping_text(s->by, s->hands_over);
    cr_expect_str_eq(text, expected);
}

Test(stopping, is_by_whoever_decided_what_becomes_of_the_runs)
{
    struct stopping s = {0};

    take(&s, "ana@laptop", true);
    expect_text(&s, "the engine is being restarted by ana@laptop");
    stopping_take_signal(&s, SIGTERM);
    expect_text(&s, "the engine is being restarted by ana@laptop");
    take(&s, "li@box", false);
    expect_text(&s, "the engine was stopped by li@box");
    take(&s, "ana@laptop", true);
    expect_text(&s, "the engine was stopped by li@box");
}

Test(stopping, by_a_signal_or_by_nobody_who_said_so)
{
    struct stopping s = {0}, silent = {0};
    json_t *former = json_object();

    stopping_take_signal(&s, SIGINT);
    expect_text(&s, "the engine was stopped by SIGINT");
    stopping_take(&silent, former);
    expect_text(&silent, "the engine was stopped");
    json_decref(former);
}
