/* log_shown.c - see log_shown.h. */
#include "tui/panes/log_shown.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

void log_shown_clear(struct log_shown *s)
{
    free(s->numbers);
    *s = (struct log_shown){0};
}

void log_shown_reset(struct log_shown *s) { s->first = s->count = s->seen = 0; }

void log_shown_filter(struct log_shown *s, const struct app *app, const char *text)
{
    bool is_narrower = strncmp(text, s->filter, strlen(s->filter)) == 0;
    size_t kept = 0;

    log_shown_update(s, app);
    text_copy(s->filter, sizeof s->filter, text);
    if (!is_narrower) {
        log_shown_reset(s);
        return;
    }
    /* What did not hold the shorter text does not hold the longer one. */
    for (size_t i = 0; i < s->count; i++) {
        const struct log_line *line = log_shown_line(s, app, i);
        if (line != NULL && log_shown_contains(line, text))
            s->numbers[s->first + kept++] = s->numbers[s->first + i];
    }
    s->count = kept;
}

/* Of bytes: letters beyond ASCII have to be typed as they are. A loop of our own: a filter looks at
 * ten thousand lines within one key. */
static bool holds(const char *text, const char *sought)
{
    int lower = tolower((unsigned char)sought[0]), upper = toupper((unsigned char)sought[0]);

    for (const char *p = text; *p != '\0'; p++) {
        if (*p != (char)lower && *p != (char)upper)
            continue;
        size_t i = 1;
        while (sought[i] != '\0' &&
               tolower((unsigned char)p[i]) == tolower((unsigned char)sought[i]))
            i++;
        if (sought[i] == '\0')
            return true;
    }
    return sought[0] == '\0';
}

bool log_shown_contains(const struct log_line *line, const char *text)
{
    return text[0] == '\0' || holds(line->text, text) || holds(line->environment, text);
}

static bool passes(const struct log_shown *s, const struct log_line *line)
{
    switch (s->level) {
    case LOG_LEVEL_NEWS:
        if (line->mood == EVENT_MOOD_FAINT)
            return false;
        break;
    case LOG_LEVEL_TROUBLE:
        if (line->mood != EVENT_MOOD_BAD && line->mood != EVENT_MOOD_WARN)
            return false;
        break;
    case LOG_LEVEL_ALL:
    case LOG_LEVEL_COUNT:
        break;
    }
    return log_shown_contains(line, s->filter);
}

static void forget(struct log_shown *s, size_t oldest)
{
    while (s->count > 0 && s->numbers[s->first] < oldest) {
        s->first++;
        s->count--;
    }
    if (s->first > s->count) {
        memmove(s->numbers, s->numbers + s->first, s->count * sizeof *s->numbers);
        s->first = 0;
    }
}

void log_shown_update(struct log_shown *s, const struct app *app)
{
    size_t oldest = app->log_dropped, end = app->log_dropped + app->log_count;

    bool is_known = s->seen > oldest && s->seen <= end;
    if (s->seen > end || (is_known && app->log[s->seen - 1 - oldest].text != s->newest))
        log_shown_reset(s);
    forget(s, oldest);
    if (s->seen < oldest)
        s->seen = oldest;
    for (; s->seen < end; s->seen++) {
        if (!passes(s, &app->log[s->seen - oldest]))
            continue;
        size_t at = s->first + s->count++;
        s->numbers = mem_grow(s->numbers, &s->capacity, at, sizeof *s->numbers);
        s->numbers[at] = s->seen;
    }
    s->newest = end > oldest ? app->log[end - 1 - oldest].text : NULL;
}

size_t log_shown_number(const struct log_shown *s, size_t i)
{
    return i < s->count ? s->numbers[s->first + i] : s->seen;
}

const struct log_line *log_shown_line(const struct log_shown *s, const struct app *app, size_t i)
{
    size_t number = log_shown_number(s, i);

    if (i >= s->count || number < app->log_dropped || number >= app->log_dropped + app->log_count)
        return NULL;
    return &app->log[number - app->log_dropped];
}

size_t log_shown_index(const struct log_shown *s, size_t number)
{
    size_t from = 0, to = s->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->numbers[s->first + middle] < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}
