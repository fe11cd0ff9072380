/*
 * reading.h - what the panes read out of documents: members that may be missing. Pure.
 */
#ifndef TUI_READING_H
#define TUI_READING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "tui/pane.h"

struct app;
struct app_document;
struct sheet;

/* "" where it is missing or no text; borrowed. */
const char *reading_text(const json_t *object, const char *key);
/* 0 where it is missing or no number. */
int64_t reading_number(const json_t *object, const char *key);
/* Of an RFC 3339 stamp; 0 where it is missing or none. */
int64_t reading_stamp_ms(const json_t *object, const char *key);
/* World time of what is seen: while the screen is frozen, of then. */
int64_t reading_now_ms(const struct app *app);
/* How often the world is looked at, in world time. */
int64_t reading_interval_ms(const struct app *app);
/* "6:12" below an hour, "1:04:10" beyond; a day and more in words. */
const char *reading_span(int64_t duration_ms, char out[static 32]);
/* "6:12 left" below ten minutes, then "12 min left", "3 h left". Minutes change with the clock of
 * the header, so that they wake nobody; seconds do. */
const char *reading_left(int64_t now_ms, int64_t expires_ms, char out[static 32]);
/* World time at which that says something else by itself, minutes apart; -1 = never. */
int64_t reading_next_left_ms(int64_t now_ms, int64_t expires_ms);
/* "5 h 2 m old", in minutes of the clock. */
const char *reading_old(int64_t now_ms, int64_t at_ms, char out[static 40]);
/* "finally-api@sha256:7e3e8f968c0d" of an image's whole name. Yours. */
char *reading_image(const char *image);

/* ---- when it looks different by itself: next_tick_ms of struct pane ---- */

/* Is any of the pane on the screen? What is not seen wakes nobody. */
bool reading_is_seen(const struct app *app, enum pane_id pane);
/* World time at which app_age_text() says something else; -1 = never. */
int64_t reading_next_age_ms(const struct app *app, int64_t at_ms, int64_t interval_ms);
/* The sooner of two points in time, of which -1 is none. */
int64_t reading_sooner(int64_t a, int64_t b);
/* Boot clock, when world time is there; in a fast world a second at the soonest. -1 stays. */
int64_t reading_wake_ms(const struct app *app, int64_t world_ms);

/* Rows that say that a document is old, of another time, or could not be read; none when it is
 * fresh: younger than twice the interval. what: "the checklist". */
void reading_put_age(struct sheet *s, const struct app *app, const struct app_document *document,
                     int64_t interval_ms, const char *what);

#endif
