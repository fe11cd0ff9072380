/*
 * story.h - the events of a run as people are told them: nothing twice. Pure.
 *
 * event_text() knows one event; a story also knows what was told before it. A measurement that says
 * nothing new is left out, a reason that was just told is not repeated, and what is still missing
 * is listed once. Thread: one.
 */
#ifndef CORE_STORY_H
#define CORE_STORY_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct run;

struct story {
    char *said;          /* the reason that was told last; owned */
    char *subject;       /* what the last told measurement was about; owned */
    char *waiting;       /* the step that was told to wait last; owned */
    char *answer;        /* the command that was told last; owned */
    int64_t measured_ms; /* when the last told measurement was made */
};

/* Start with {0}. Yours, one line, safe to show; NULL: there is nothing new to tell. */
char *story_tell(struct story *s, const struct event *event);
/*
 * After an event that may ask for a person: the command that answers, by the run as it is then.
 * Yours; NULL: nobody is asked, or that was told already.
 */
char *story_answer(struct story *s, const struct event *event, const struct run *run);
/* Whether it is worth to look at the run after this event. */
bool story_asks(const struct event *event);
void story_clear(struct story *s);

#endif
