/*
 * run_fixture.h - a run told event by event, without a journal. All is static: include it once.
 */
#ifndef TESTS_RUN_FIXTURE_H
#define TESTS_RUN_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"

#define STORY_EVENTS 8192
#define STORY_EPOCH INT64_C(1700000000000)
#define STORY_PLAN                                                                                 \
    "{\"plan\":{\"env\":\"production\",\"plan\":\"default\",\"hash\":\"h1\",\"steps\":["           \
    "{\"id\":\"checklist\",\"kind\":\"checklist\",\"gate\":true,\"undo\":\"nothing to undo\"},"    \
    "{\"id\":\"deploy\",\"kind\":\"deploy\",\"undo\":\"delete the version\"},"                     \
    "{\"id\":\"shift\",\"kind\":\"shift\",\"moves_traffic\":true,\"undo\":\"all to the old\"},"    \
    "{\"id\":\"smoke\",\"kind\":\"smoke\",\"undo\":\"nothing to undo\"}]}}"

struct story {
    struct run *run;
    struct event *events[STORY_EVENTS];
    size_t count;
    struct error err; /* of the last event that was refused */
};

static struct event *story_event(const struct story *s, const char *type, const char *step,
                                 const char *by, const char *body)
{
    json_error_t where;
    json_t *parsed = json_loads(body, 0, &where);

    cr_assert_not_null(parsed, "%s: %s", body, where.text);
    struct event *e = event_new("r-0001", type, step, by, parsed);
    e->seq = s->run->last_seq + 1;
    e->at_ms = STORY_EPOCH + e->seq * 1000;
    return e;
}

/* True when the event fits; it is kept then. */
static bool story_tell_by(struct story *s, const char *type, const char *step, const char *by,
                          const char *body)
{
    struct event *e = story_event(s, type, step, by, body);
    bool fits = run_apply(s->run, e, &s->err);

    cr_assert_lt(s->count, STORY_EVENTS);
    if (fits)
        s->events[s->count++] = e;
    else
        event_unref(e);
    return fits;
}

static bool story_tell(struct story *s, const char *type, const char *step, const char *body)
{
    return story_tell_by(s, type, step, "ana", body);
}

/* Its process went away: that is nobody's doing. */
static void story_crash(struct story *s)
{
    cr_assert(story_tell_by(s, "interrupted", "", "", "{}"), "%s", s->err.message);
}

static void story_must(struct story *s, const char *type, const char *step, const char *body)
{
    cr_assert(story_tell(s, type, step, body), "%s %s: %s", type, step, s->err.message);
}

static void story_begin(struct story *s)
{
    s->run = run_new();
    s->count = 0;
    story_must(
        s, "run_opened", "",
        "{\"project\":\"finally\",\"environment\":\"production\",\"plan_name\":\"default\"}");
}

static void story_start(struct story *s)
{
    story_begin(s);
    story_must(s, "run_started", "", STORY_PLAN);
}

/* A write with its outcome. */
static void story_write(struct story *s, const char *step, const char *key, const char *state)
{
    auto_free char *intent = xasprintf(
        "{\"key\":\"%s\",\"intent\":{\"what\":{\"service\":\"lambda\",\"operation\":\"Write\","
        "\"params\":{}}}}",
        key);
    auto_free char *outcome = xasprintf("{\"key\":\"%s\",\"state\":\"%s\"}", key, state);

    story_must(s, "effect_intent", step, intent);
    story_must(s, "effect_outcome", step, outcome);
}

static void story_measure(struct story *s, const char *kind, double weight, const char *sentence)
{
    auto_free char *body =
        xasprintf("{\"verdict\":{\"kind\":\"%s\",\"weight\":%.3f,\"sentence\":\"%s\"}}", kind,
                  weight, sentence);

    story_must(s, "measured", "shift", body);
}

/* v42 has a tenth of the traffic, and is judged. */
static void story_shift(struct story *s)
{
    story_start(s);
    story_must(s, "step_started", "deploy", "{\"attempt\":1}");
    story_must(s, "decided", "deploy", "{\"key\":\"new_version\",\"value\":\"42\"}");
    story_write(s, "deploy", "publish", "done");
    story_must(s, "step_ended", "deploy", "{\"state\":\"succeeded\"}");
    story_must(s, "step_started", "shift", "{\"attempt\":1}");
    story_must(s, "decided", "shift", "{\"key\":\"old_version\",\"value\":\"41\"}");
    story_must(s, "guard_begun", "shift", "{}");
    story_must(s, "effect_intent", "shift",
               "{\"key\":\"weight-0.1\",\"intent\":{\"what\":{\"service\":\"lambda\",\"operation\":"
               "\"UpdateAlias\",\"params\":{\"FunctionName\":\"api\",\"Name\":\"live\","
               "\"FunctionVersion\":\"41\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":"
               "0.1}}}}}}");
    story_must(s, "effect_outcome", "shift", "{\"key\":\"weight-0.1\",\"state\":\"done\"}");
    story_must(s, "noted", "shift", "{\"key\":\"weight\",\"value\":0.1}");
}

static void story_end(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        event_unref(s->events[i]);
    run_free(s->run);
}

#endif
