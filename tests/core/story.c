/*
 * story.c - people are told nothing twice, and nothing new is kept from them.
 */
#include "core/story.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/mem.h"
#include "core/run.h"

#define MEASURED(kind, weight, sentence)                                                           \
    "{\"verdict\":{\"kind\":\"" kind "\",\"weight\":" weight ",\"sentence\":\"" sentence "\"}}"

struct telling {
    const char *type, *step, *body;
    int minute;
    const char *told; /* NULL: nothing */
};

static void expect_tellings(const struct telling *tellings, size_t count)
{
    struct story story = {0};
    for (size_t i = 0; i < count; i++) {
        const struct telling *t = &tellings[i];
        struct event *event =
            event_new("r-0001", t->type, t->step, "", json_loads(t->body, 0, NULL));
        event->at_ms = t->minute * INT64_C(60000);
        char *told = story_tell(&story, event);
        if (t->told == NULL)
            cr_expect_null(told, "%zu: %s", i, told);
        else
            cr_expect(told != NULL && strcmp(told, t->told) == 0, "%zu: %s", i,
                      told != NULL ? told : "(nothing)");
        free(told);
        event_unref(event);
    }
    story_clear(&story);
}
#define EXPECT(tellings) expect_tellings(tellings, sizeof(tellings) / sizeof(tellings)[0])

Test(story, tells_a_measurement_again_when_it_changes_or_after_ten_minutes)
{
    static const struct telling tellings[] = {
        {"measured", "shift", MEASURED("inconclusive", "0.01", "v42 at 1 %: 0 requests"), 1,
         "v42 at 1 %: 0 requests"},
        {"measured", "shift", MEASURED("inconclusive", "0.01", "v42 at 1 %: 24 requests"), 2, NULL},
        {"measured", "shift", MEASURED("inconclusive", "0.01", "v42 6 of 115 failed: more"), 3,
         "v42 6 of 115 failed: more"},
        {"measured", "shift", MEASURED("successful", "0.01", "v42 6 of 215 failed: good"), 4,
         "v42 6 of 215 failed: good"},
        {"measured", "shift", MEASURED("successful", "0.05", "v42 7 of 315 failed: good"), 5,
         "v42 7 of 315 failed: good"},
        {"measured", "shift", MEASURED("successful", "0.05", "v42 7 of 415 failed: good"), 14,
         NULL},
        {"measured", "shift", MEASURED("successful", "0.05", "v42 8 of 515 failed: good"), 15,
         "v42 8 of 515 failed: good"},
    };
    EXPECT(tellings);
}

Test(story, gives_the_same_reason_once)
{
    static const struct telling tellings[] = {
        {"measured", "shift", MEASURED("failed", "0.1", "v42 9 of 156 failed: bad"), 1,
         "v42 9 of 156 failed: bad"},
        {"rollback_started", "", "{\"reason\":\"v42 9 of 156 failed: bad\"}", 1, "ROLLING BACK"},
        {"asked", "shift", "{\"question\":\"v42 9 of 156 failed: bad. Go on?\",\"choices\":[]}", 1,
         "QUESTION: Go on?"},
        {"step_ended", "shift", "{\"state\":\"failed\",\"reason\":\"v42 9 of 156 failed: bad\"}", 2,
         "shift failed"},
        {"run_ended", "", "{\"status\":\"rolled_back\",\"reason\":\"v42 9 of 156 failed: bad\"}", 3,
         "run r-0001 is over: it was rolled back"},
        {"effect_outcome", "shift", "{\"state\":\"failed\",\"reason\":\"the keys expired\"}", 4,
         "shift: the answer is \"failed\": the keys expired"},
        {"said", "", "{\"text\":\"this one may not (the keys expired): that one\"}", 4,
         "this one may not: that one"},
    };
    EXPECT(tellings);
}

Test(story, lists_what_is_left_when_a_step_begins_to_wait)
{
    static const struct telling tellings[] = {
        {"step_waiting", "gate", "{\"on\":\"person\",\"reason\":\"3 items stop it: A; B; C\"}", 1,
         "gate waits for a person: 3 items stop it: A; B; C"},
        {"step_waiting", "gate", "{\"on\":\"person\",\"reason\":\"2 items stop it: B; C\"}", 2,
         "gate waits for a person: 2 items stop it"},
        {"step_waiting", "gate", "{\"on\":\"person\",\"reason\":\"1 item stops it: C\"}", 3,
         "gate waits for a person: 1 item stops it: C"},
        {"step_waiting", "gate", "{\"on\":\"\"}", 4, "gate goes on"},
        {"step_waiting", "gate", "{\"on\":\"person\",\"reason\":\"2 items stop it: D; E\"}", 5,
         "gate waits for a person: 2 items stop it: D; E"},
    };
    EXPECT(tellings);
}

static char *answer_to(struct story *story, const char *type, const char *body)
{
    struct run *run = run_new();
    struct event *event = event_new("r-0001", type, "gate", "", json_loads(body, 0, NULL));
    free(run->id);
    run->id = xstrdup("r-0001");
    run->status = RUN_PAUSED;
    free(story_tell(story, event));
    char *answer = story_answer(story, event, run);
    event_unref(event);
    run_free(run);
    return answer;
}

Test(story, tells_how_to_answer_once_and_with_each_reminder)
{
    static const struct {
        const char *type, *body;
        bool is_told;
    } cases[] = {
        {"said", "{\"text\":\"a line\"}", false},
        {"step_waiting", "{\"on\":\"person\",\"reason\":\"2 items stop it: A; B\"}", true},
        {"step_waiting", "{\"on\":\"person\",\"reason\":\"1 item stops it: B\"}", false},
        {"said", "{\"text\":\"a person is still waited for\",\"waits\":true}", true},
        {"step_ended", "{\"state\":\"succeeded\"}", false},
        {"step_waiting", "{\"on\":\"person\",\"reason\":\"2 items stop it: C; D\"}", true},
    };
    struct story story = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *answer = answer_to(&story, cases[i].type, cases[i].body);
        cr_expect_eq(answer != NULL, cases[i].is_told, "%zu", i);
        free(answer);
    }
    story_clear(&story);
}
