/*
 * event_text.h - an event of a run as one sentence for people. Pure.
 */
#ifndef CORE_EVENT_TEXT_H
#define CORE_EVENT_TEXT_H

struct event;

/* Yours, one line, safe to show; NULL for events that are of no interest to people. */
char *event_text(const struct event *event);

/* The name that a person signed in with: of an ARN what follows its first slash. Borrowed. */
const char *event_text_person(const char *by);

/* How the line is meant, for colours. */
enum event_mood {
    EVENT_MOOD_PLAIN,
    EVENT_MOOD_GOOD,
    EVENT_MOOD_BAD,
    EVENT_MOOD_WARN,
    EVENT_MOOD_FAINT
};
enum event_mood event_mood(const struct event *event);

#endif
