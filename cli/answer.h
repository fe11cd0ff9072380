/*
 * answer.h - what goes to stdout and stderr, made safe for terminals.
 *
 * A closed stdout is said once on stderr and then ignored: the work goes on and
 * the exit code is that of the work. Thread: any; a line is never torn.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* How a line is meant; a colour on a terminal (never with NO_COLOR), nothing
 * elsewhere. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_FAINT, TONE_STRONG };

/* One line on stdout: control characters, also line feeds, are shown and not
 * sent. */
void answer_line(enum tone tone, const char *text);
void answer_linef(enum tone tone, const char *fmt, ...) FD_PRINTF(2, 3);
/* Several lines of our own making; only line feeds and tabs are kept. */
void answer_block(const char *text);
/* One line on stderr. */
void answer_note(const char *text);
/* Bytes as they are: JSON, which is escaped already. */
void answer_raw(const char *bytes, size_t len);

bool answer_is_terminal(void); /* stdout */
bool answer_can_ask(void);     /* stdin and stderr are a terminal */
/*
 * "QUESTION [y/N] " on stderr; true only for y or yes. Else ERROR_CANCELLED, which says what stays
 * as it is ("nothing was begun"); a signal ends the question at once.
 */
bool answer_confirm(const char *question, const char *what_stays, struct error *err) FD_MUST_USE;
/* From now on a closed stdout is said on stderr: what was begun goes on all the same. */
void answer_outlive_reader(void);
/* Nobody reads stdout any more: what only prints may end. */
bool answer_is_closed(void);
/* Writing to stdout failed for another reason than a closed reader (a full
 * disk). */
bool answer_has_failed(void);

#endif
