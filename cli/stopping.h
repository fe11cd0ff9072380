/*
 * stopping.h - that an engine was told to end: by whom, and what becomes of what is under way.
 * Pure.
 */
#ifndef CLI_STOPPING_H
#define CLI_STOPPING_H

#include <jansson.h>
#include <stdbool.h>

struct stopping {
    bool is_begun;   /* nothing new; what is under way is stopped */
    bool hands_over; /* or left to the next engine */
    char by[128];    /* "ana@laptop", "SIGTERM"; "" = not said */
};

/* A request to stop that is granted. What is being stopped already is brought to its end. */
void stopping_take(struct stopping *s, const json_t *request);
void stopping_take_signal(struct stopping *s, int number);
/* "the engine was stopped by ana@laptop"; "... is being restarted ...". Yours. */
char *stopping_text(const char *by, bool is_restart);
/* The last news to those who are attached. New reference. */
json_t *stopping_news(const struct stopping *s);

#endif
