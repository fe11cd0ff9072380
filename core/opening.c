/*
 * opening.c - see opening.h.
 */
#include "core/opening.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/config.h"
#include "core/mem.h"

#define MINUTES_PER_DAY (24 * 60)

/*
 * The C library knows one zone at a time, by a variable of the environment. The variable is ours
 * from opening_begin() on and changes in its place: the array of the environment, which other
 * threads read, never moves.
 */
#define ZONE_SIZE 128
#define SYSTEM_ZONE ":/etc/localtime"
static char variable[sizeof "TZ=" + ZONE_SIZE] = "TZ=";
static pthread_mutex_t zone_lock = PTHREAD_MUTEX_INITIALIZER;
static bool has_begun;

static void set_zone(const char *zone)
{
    (void)snprintf(variable + strlen("TZ="), ZONE_SIZE, "%s", zone);
    tzset();
}

void opening_begin(void)
{
    const char *now = getenv("TZ");

    if (has_begun)
        return;
    has_begun = true;
    set_zone(now != NULL ? now : SYSTEM_ZONE);
    (void)putenv(variable);
}

/* It is changed for a moment, and put back. */
static void local_time(int64_t at_ms, const char *zone, struct tm *out)
{
    time_t seconds = (time_t)(at_ms / 1000);
    auto_free char *value = xasprintf(":%s", zone);

    (void)pthread_mutex_lock(&zone_lock);
    opening_begin();
    auto_free char *before = xstrdup(variable + strlen("TZ="));
    set_zone(value);
    (void)localtime_r(&seconds, out);
    set_zone(before);
    (void)pthread_mutex_unlock(&zone_lock);
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
        clock_stamp(f->to_ms, until);
        error_set(err, ERROR_REFUSED, "%s is frozen until %.10s %.5sZ%s%s", environment->name,
                  until, until + 11, f->reason[0] != '\0' ? ": " : "", f->reason);
        return error_code(err, "gate-closed");
    }
    if (environment->window == NULL)
        return true;
    local_time(now_ms, environment->window->zone, &now);
    int weekday = (now.tm_wday + 6) % 7, minute = now.tm_hour * 60 + now.tm_min;
    return is_open_at(environment->window, weekday, minute % MINUTES_PER_DAY) ||
           refuse_window(environment, &now, err);
}
