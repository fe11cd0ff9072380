/*
 * opening.c - see opening.h.
 */
#include "core/opening.h"

#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/config.h"
#include "core/mem.h"

#define MINUTES_PER_DAY (24 * 60)

/* The C library knows one zone at a time: it is changed for a moment, and put back. */
static void local_time(int64_t at_ms, const char *zone, struct tm *out)
{
    const char *now = getenv("TZ");
    auto_free char *before = now != NULL ? xstrdup(now) : NULL;
    auto_free char *value = xasprintf(":%s", zone);
    time_t seconds = (time_t)(at_ms / 1000);

    (void)setenv("TZ", value, 1);
    tzset();
    (void)localtime_r(&seconds, out);
    if (before != NULL)
        (void)setenv("TZ", before, 1);
    else
        (void)unsetenv("TZ");
    tzset();
}

static bool is_on(const struct time_window *w, int weekday)
{
    return (w->weekdays & (1u << weekday)) != 0;
}

/* A window that ends before it begins goes over midnight, and belongs to the day on which it began.
 */
static bool is_open_at(const struct time_window *w, int weekday, int minute)
{
    int day_before = (weekday + 6) % 7;
    if (w->from_minute < w->to_minute)
        return is_on(w, weekday) && minute >= w->from_minute && minute < w->to_minute;
    return (is_on(w, weekday) && minute >= w->from_minute) ||
           (is_on(w, day_before) && minute < w->to_minute);
}

static bool refuse_window(const struct environment *environment, const struct tm *now,
                          struct error *err)
{
    char text[40];
    (void)strftime(text, sizeof text, "%a %H:%M", now);
    error_set(err, ERROR_REFUSED, "%s is released into only in its window, %s; there it is %s now",
              environment->name, environment->window->text, text);
    return error_code(err, "gate-closed");
}

bool opening_check(const struct environment *environment, int64_t now_ms, struct error *err)
{
    char until[CLOCK_STAMP_SIZE];
    struct tm now;

    for (size_t i = 0; i < environment->freeze_count; i++) {
        const struct freeze *f = &environment->freezes[i];
        if (now_ms < f->from_ms || now_ms >= f->to_ms)
            continue;
        error_set(err, ERROR_REFUSED, "%s is frozen until %s: %s", environment->name,
                  clock_stamp(f->to_ms, until), f->reason);
        return error_code(err, "gate-closed");
    }
    if (environment->window == NULL)
        return true;
    local_time(now_ms, environment->window->zone, &now);
    int weekday = (now.tm_wday + 6) % 7, minute = now.tm_hour * 60 + now.tm_min;
    return is_open_at(environment->window, weekday, minute % MINUTES_PER_DAY) ||
           refuse_window(environment, &now, err);
}
