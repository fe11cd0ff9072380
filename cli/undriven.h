/*
 * undriven.h - a run that was begun and is not over, and that no process drives: nothing of it is
 * judged, and somebody must be told.
 */
#ifndef CLI_UNDRIVEN_H
#define CLI_UNDRIVEN_H

#include <stdbool.h>
#include <stdint.h>

struct journal;
struct run;

/* False when it is driven, over or not begun. */
bool undriven_is(const char *state_directory, const struct run *run);
/* The same, and since when: world time. run may be NULL. */
bool undriven_look(struct journal *journal, const char *state_directory, const struct run *run,
                   int64_t *since_ms);
/* "NOBODY DRIVES IT since 04:37: 5 % is not judged: flightdeck run resume r-3 | ...". Yours. */
/* taken_back_ms: when AWS itself gave the traffic back; 0 = it did not, or is not known. */
char *undriven_text(const struct run *run, int64_t since_ms, int64_t taken_back_ms);

#endif
