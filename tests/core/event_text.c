/*
 * event_text.c - events become sentences that people understand, and that cannot act on a terminal.
 */
#include "core/event_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"

struct sentence {
    const char *type, *step, *by, *body;
    const char *text; /* NULL: not told */
    enum event_mood mood;
};

static const struct sentence sentences[] = {
    {"step_started", "deploy", "", "{\"attempt\":1}", "deploy begins", EVENT_MOOD_PLAIN},
    {"step_started", "deploy", "", "{\"attempt\":2}", "deploy begins, attempt 2", EVENT_MOOD_PLAIN},
    {"step_ended", "smoke", "", "{\"state\":\"failed\",\"reason\":\"GET /health: 500\"}",
     "smoke failed: GET /health: 500", EVENT_MOOD_BAD},
    {"step_ended", "smoke", "", "{\"state\":\"errored\",\"reason\":\"no answer\"}",
     "smoke could not tell: no answer", EVENT_MOOD_BAD},
    {"step_ended", "deploy", "", "{\"state\":\"succeeded\"}", "deploy is done", EVENT_MOOD_GOOD},
    {"effect_intent", "shift", "",
     "{\"intent\":{\"what\":{\"service\":\"lambda\",\"operation\":\"UpdateAlias\",\"params\":{"
     "\"Name\":\"live\"}}}}",
     "shift sends lambda UpdateAlias Name=live", EVENT_MOOD_FAINT},
    {"effect_outcome", "shift", "", "{\"state\":\"done\"}", NULL, EVENT_MOOD_WARN},
    {"effect_outcome", "shift", "", "{\"state\":\"unknown\"}", "shift: the answer is \"unknown\"",
     EVENT_MOOD_BAD},
    {"measured", "shift", "",
     "{\"verdict\":{\"kind\":\"failed\",\"sentence\":\"v42 6 of 76 failed: bad\"}}",
     "v42 6 of 76 failed: bad", EVENT_MOOD_BAD},
    {"measured", "shift", "", "{\"verdict\":{\"kind\":\"no_data\",\"sentence\":\"no requests\"}}",
     "no requests", EVENT_MOOD_PLAIN},
    {"approved", "", "li", "{}", "the plan is approved, by li", EVENT_MOOD_PLAIN},
    {"approved", "", "li", "{\"against\":\"it is for another plan\"}",
     "an approval, by li, which does not count: it is for another plan", EVENT_MOOD_PLAIN},
    {"asked", "shift", "",
     "{\"id\":\"p\",\"question\":\"promote to 5 %?\",\"choices\":[\"promote\",\"hold\"]}",
     "QUESTION: promote to 5 %? [promote, hold]", EVENT_MOOD_WARN},
    {"run_ended", "", "", "{\"status\":\"rolled_back\",\"reason\":\"bad\",\"health\":\"healthy\"}",
     "run r-0001 is over: it was rolled back: bad (service: healthy)", EVENT_MOOD_BAD},
    {"step_waiting", "approval", "", "{\"on\":\"person\",\"reason\":\"waits for li\"}",
     "approval waits for li", EVENT_MOOD_PLAIN},
    {"run_opened", "", "arn:aws:iam::1:user/ana@x.org", "{\"environment\":\"production\"}",
     "run r-0001 of production is open, by ana@x.org", EVENT_MOOD_PLAIN},
    {"item_recorded", "", "", "{\"state\":\"pass\",\"id\":\"before/backup-created\"}",
     "pass: backup-created", EVENT_MOOD_PLAIN},
    {"drift_seen", "shift", "", "{\"reason\":\"v42 has 20 %\"}", "STOPPED: v42 has 20 %",
     EVENT_MOOD_BAD},
    {"decided", "shift", "", "{\"key\":\"x\"}", NULL, EVENT_MOOD_FAINT},
    {"a_type_of_tomorrow", "shift", "", "{}", NULL, EVENT_MOOD_FAINT},
    {"said", "run", "", "{\"text\":\"\\u001b[2J\\u202egone\\n\"}", "\\x1b[2J<U+202E>gone\\x0a",
     EVENT_MOOD_PLAIN},
};

Test(event_text, tells_what_people_need)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        const struct sentence *s = &sentences[i];
        struct event *event =
            event_new("r-0001", s->type, s->step, s->by, json_loads(s->body, 0, NULL));
        char *text = event_text(event);
        if (s->text == NULL)
            cr_expect_null(text, "case %zu: %s", i, text);
        else
            cr_expect(text != NULL && strcmp(text, s->text) == 0, "case %zu: %s", i,
                      text != NULL ? text : "(nothing)");
        cr_expect_eq(event_mood(event), s->mood, "case %zu", i);
        free(text);
        event_unref(event);
    }
}
