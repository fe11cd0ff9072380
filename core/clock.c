/* clock.c - world time and wall time, and how they are written. */
#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"

#define MAX_SPEED 1e6
/* What four digits of a year can say. */
#define FIRST_STAMP_MS (-62135596800000)
#define LAST_STAMP_MS 253402300799999

static struct clock_setting current = {.speed = 1, .epoch_ms = 0};

bool clock_parse_setting(const char *text, struct clock_setting *out, struct error *err)
{
    struct clock_setting setting;
    const char *at = strchr(text, '@');
    auto_free char *speed = xstrndup(text, at ? (size_t)(at - text) : strlen(text));
    if (!at || !text_to_double(speed, &setting.speed) ||
        !text_to_int64(at + 1, &setting.epoch_ms) || setting.epoch_ms < 0 ||
        setting.epoch_ms > LAST_STAMP_MS) {
        error_set(err, ERROR_USAGE, "the clock \"%s\" is not SPEED@EPOCH", text);
        return error_hint(err, "FLIGHTDECK_CLOCK is for example 60@1795514400000 (milliseconds)");
    }
    if (!(setting.speed > 0) || setting.speed > MAX_SPEED)
        return error_set(err, ERROR_USAGE, "the clock's speed %s is not above 0 and at most %.0f",
                         speed, MAX_SPEED);
    *out = setting;
    return true;
}

bool clock_init_from_environment(struct error *err)
{
    const char *text = getenv("FLIGHTDECK_CLOCK");
    struct clock_setting setting = {.speed = 1, .epoch_ms = 0};
    if (text && text[0] && !clock_parse_setting(text, &setting, err))
        return false;
    current = setting;
    return true;
}

void clock_set(struct clock_setting setting) { current = setting; }

struct clock_setting clock_setting(void) { return current; }

char *clock_format_setting(struct clock_setting setting)
{
    return xasprintf("%.17g@%lld", setting.speed, (long long)setting.epoch_ms);
}

static int64_t read_ms(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Doubles beyond int64 stay at its ends: "for ever" remains for ever. */
static int64_t to_int64(double value)
{
    if (value >= 9.2e18)
        return INT64_MAX;
    if (value <= -9.2e18)
        return INT64_MIN;
    return (int64_t)value;
}

int64_t clock_world_ms(void)
{
    int64_t wall = clock_wall_ms();
    if (current.speed == 1)
        return wall;
    return current.epoch_ms + to_int64(floor((double)(wall - current.epoch_ms) * current.speed));
}

int64_t clock_wall_ms(void) { return read_ms(CLOCK_REALTIME); }

int64_t clock_boot_ms(void) { return read_ms(CLOCK_BOOTTIME); }

int64_t clock_wall_duration_ms(int64_t world_duration_ms)
{
    if (current.speed == 1)
        return world_duration_ms;
    return to_int64(ceil((double)world_duration_ms / current.speed));
}

int64_t clock_world_duration_ms(int64_t wall_duration_ms)
{
    if (current.speed == 1)
        return wall_duration_ms;
    return to_int64(floor((double)wall_duration_ms * current.speed));
}

/* Splits into whole seconds and the milliseconds after them, also before 1970. */
static struct tm split_stamp(int64_t at_ms, int *millisecond)
{
    struct tm tm = {0};
    if (at_ms < FIRST_STAMP_MS)
        at_ms = FIRST_STAMP_MS;
    if (at_ms > LAST_STAMP_MS)
        at_ms = LAST_STAMP_MS;
    int64_t rest = at_ms % 1000;
    if (rest < 0)
        rest += 1000;
    time_t seconds = (time_t)((at_ms - rest) / 1000);
    (void)gmtime_r(&seconds, &tm);
    *millisecond = (int)rest;
    return tm;
}

const char *clock_stamp(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    int millisecond;
    struct tm tm = split_stamp(at_ms, &millisecond);
    /* The remainders tell the compiler what split_stamp made sure of: it all fits. */
    (void)snprintf(out, CLOCK_STAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
                   (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
                   (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
                   (unsigned)millisecond % 1000);
    return out;
}

/* Exactly `count` digits at *s, which moves past them; -1 when they are not there. */
static int digits(const char **s, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        value = value * 10 + (**s - '0');
    }
    return value;
}

static bool literal(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

/* ".5" and ".123456": milliseconds, the rest of a fraction is cut off. */
static bool parse_fraction(const char **s, int *millisecond)
{
    int scale = 100;
    if (!literal(s, '.'))
        return true;
    if (**s < '0' || **s > '9')
        return false;
    for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
        *millisecond += (**s - '0') * scale;
    return true;
}

/* "Z" or "+02:00" at the end of the text. */
static bool parse_offset(const char **s, int *offset_minutes)
{
    if (literal(s, 'Z') || literal(s, 'z'))
        return **s == '\0';
    int sign = **s == '+' ? 1 : -1;
    if (!literal(s, '+') && !literal(s, '-'))
        return false;
    int hours = digits(s, 2);
    bool has_colon = literal(s, ':');
    int minutes = has_colon ? digits(s, 2) : -1;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_minutes = sign * (hours * 60 + minutes);
    return **s == '\0';
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 1 && is_leap ? 29 : days[month];
}

bool clock_parse_stamp(const char *text, int64_t *out_ms)
{
    struct tm tm = {0};
    int millisecond = 0;
    int offset_minutes = 0;
    const char *s = text;
    int year = digits(&s, 4);
    bool has_shape = year > 0 && literal(&s, '-') && (tm.tm_mon = digits(&s, 2) - 1) >= 0 &&
                     literal(&s, '-') && (tm.tm_mday = digits(&s, 2)) >= 1 &&
                     (literal(&s, 'T') || literal(&s, 't') || literal(&s, ' ')) &&
                     (tm.tm_hour = digits(&s, 2)) >= 0 && literal(&s, ':') &&
                     (tm.tm_min = digits(&s, 2)) >= 0 && literal(&s, ':') &&
                     (tm.tm_sec = digits(&s, 2)) >= 0 && parse_fraction(&s, &millisecond) &&
                     parse_offset(&s, &offset_minutes);
    if (!has_shape || tm.tm_mon > 11 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60) /* 60 is a leap second (RFC 3339 section 5.7) */
        return false;
    if (tm.tm_mday > days_in_month(year, tm.tm_mon))
        return false;
    tm.tm_year = year - 1900;
    time_t seconds = timegm(&tm);
    *out_ms = ((int64_t)seconds - (int64_t)offset_minutes * 60) * 1000 + millisecond;
    return true;
}

const char *clock_time_of_day(int64_t at_ms, char out[static CLOCK_STAMP_SIZE])
{
    int millisecond;
    struct tm tm = split_stamp(at_ms, &millisecond);
    (void)snprintf(out, CLOCK_STAMP_SIZE, "%02u:%02u:%02uZ", (unsigned)tm.tm_hour % 100,
                   (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
    return out;
}

const char *clock_elapsed_text(int64_t elapsed_us, char out[static CLOCK_STAMP_SIZE])
{
    if (elapsed_us < 1000)
        (void)snprintf(out, CLOCK_STAMP_SIZE, "under 1 ms");
    else if (elapsed_us < 10000000)
        (void)snprintf(out, CLOCK_STAMP_SIZE, "%lld ms", (long long)(elapsed_us / 1000));
    else
        (void)snprintf(out, CLOCK_STAMP_SIZE, "%.1f s", (double)elapsed_us / 1e6);
    return out;
}

const char *clock_duration_text(int64_t duration_ms, char out[static CLOCK_STAMP_SIZE])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    const char *sign = duration_ms < 0 ? "-" : "";
    uint64_t ms = duration_ms < 0 ? 0 - (uint64_t)duration_ms : (uint64_t)duration_ms;
    if (ms > 0 && ms < 1000) {
        (void)snprintf(out, CLOCK_STAMP_SIZE, "%s%u ms", sign, (unsigned)ms);
        return out;
    }
    int64_t seconds = (int64_t)(ms / 1000);
    size_t i = 0;
    while (i < 3 && seconds < units[i].seconds)
        i++;
    int64_t first = seconds / units[i].seconds;
    int64_t second = i < 3 ? seconds % units[i].seconds / units[i + 1].seconds : 0;
    char text[64];
    if (second > 0)
        (void)snprintf(text, sizeof(text), "%s%lld %s %lld %s", sign, (long long)first,
                       units[i].name, (long long)second, units[i + 1].name);
    else
        (void)snprintf(text, sizeof(text), "%s%lld %s", sign, (long long)first, units[i].name);
    (void)snprintf(out, CLOCK_STAMP_SIZE, "%.31s", text);
    return out;
}
