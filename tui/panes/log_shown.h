/*
 * log_shown.h - which lines of the log pass level and filter; each line is looked at once.
 *
 * A line is known by its number since the console began, so that it keeps it when older ones go.
 */
#ifndef TUI_PANES_LOG_SHOWN_H
#define TUI_PANES_LOG_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/app.h"

enum log_level { LOG_LEVEL_ALL, LOG_LEVEL_NEWS, LOG_LEVEL_TROUBLE, LOG_LEVEL_COUNT };

struct log_shown {
    enum log_level level;
    char filter[300];              /* "" = all */
    size_t *numbers;               /* oldest first */
    size_t first, count, capacity; /* numbers[first .. first + count - 1] are shown */
    size_t seen;                   /* number of the next line to look at */
    const char *newest; /* text of the line before that one: another one, and lines came between */
};

void log_shown_clear(struct log_shown *s);
/* Something else is to be shown: everything is looked at again. */
void log_shown_reset(struct log_shown *s);
void log_shown_filter(struct log_shown *s, const struct app *app, const char *text);
/* Looks at what came since, forgets what went. */
void log_shown_update(struct log_shown *s, const struct app *app);
/* The i-th of those that are shown; NULL = none. */
const struct log_line *log_shown_line(const struct log_shown *s, const struct app *app, size_t i);
/* Where the line of that number stands, or the first one after it. */
size_t log_shown_index(const struct log_shown *s, size_t number);
size_t log_shown_number(const struct log_shown *s, size_t i);
bool log_shown_contains(const struct log_line *line, const char *text);

#endif
