/*
 * grammar_time.c - the time window in which releases start, and the days on which none does.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/grammar.h"
#include "core/mem.h"
#include "core/text.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define MOST_ZONES 700
#define DAY_MS INT64_C(86400000)
#define MINUTES_PER_DAY (24 * 60)

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static bool refuse_window(const char *text, const char *why, struct error *err)
{
    error_set(err, ERROR_USAGE, "\"%.60s\" is no time window: %s", text, why);
    return error_hint(err, "Write DAYS FROM-TO ZONE: Tue-Thu 10:00-16:00 Europe/Berlin");
}

static bool find_day(struct text name, size_t *day)
{
    for (size_t i = 0; i < 7; i++)
        if (name.len == 3 && strncasecmp(name.ptr, day_names[i], 3) == 0) {
            *day = i;
            return true;
        }
    return false;
}

/* "Tue-Thu", "Mon,Wed,Fri", "Fri-Mon". */
static bool read_days(struct text days, unsigned *out)
{
    struct text piece;
    unsigned mask = 0;

    while (text_split(&days, ',', &piece)) {
        size_t from, to;
        const char *dash = memchr(piece.ptr, '-', piece.len);
        struct text first = {piece.ptr, dash == NULL ? piece.len : (size_t)(dash - piece.ptr)};
        struct text last =
            dash == NULL ? first : (struct text){dash + 1, piece.len - first.len - 1};
        if (!find_day(first, &from) || !find_day(last, &to))
            return false;
        for (size_t day = from;; day = (day + 1) % 7) {
            mask |= 1U << day;
            if (day == to)
                break;
        }
    }
    *out = mask;
    return mask != 0;
}

static bool two_digits(const char *text, int most, int *out)
{
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
        return false;
    *out = (text[0] - '0') * 10 + (text[1] - '0');
    return *out <= most;
}

/* "10:00" */
static bool read_minute(const char *text, int *out)
{
    int hour, minute;

    if (!two_digits(text, 24, &hour) || text[2] != ':' || !two_digits(text + 3, 59, &minute) ||
        hour * 60 + minute > MINUTES_PER_DAY)
        return false;
    *out = hour * 60 + minute;
    return true;
}

/* "10:00-16:00" */
static bool read_hours(struct text hours, int *from, int *to)
{
    return hours.len == 11 && hours.ptr[5] == '-' && read_minute(hours.ptr, from) &&
           read_minute(hours.ptr + 6, to);
}

/* ---- zones ----------------------------------------------------------------------------------- */

static bool is_zone_file(const char *zone)
{
    char magic[4];
    for (const char *c = zone; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_+-/", *c) == NULL)
            return false;
    auto_free char *path = xasprintf("%s/%s", ZONE_DIRECTORY, zone);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_zone = read(fd, magic, sizeof magic) == 4 && memcmp(magic, "TZif", 4) == 0;
    (void)close(fd);
    return is_zone;
}

/* The third column of zone1970.tab. The caller frees the names. */
static size_t list_zones(char **names, size_t most)
{
    char line[512];
    size_t count = 0;
    FILE *file = fopen(ZONE_DIRECTORY "/zone1970.tab", "re");

    while (file != NULL && count < most && fgets(line, sizeof line, file) != NULL) {
        struct text rest = text_of(line), column;
        line[strcspn(line, "\n")] = '\0';
        rest.len = strlen(line);
        if (line[0] == '#')
            continue;
        for (int i = 0; i < 3 && text_split(&rest, '\t', &column); i++)
            if (i == 2)
                names[count++] = text_dup(column);
    }
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static bool refuse_zone(const char *zone, struct error *err)
{
    error_set(err, ERROR_USAGE, "there is no time zone \"%.60s\"", zone);
    if (access(ZONE_DIRECTORY "/UTC", R_OK) != 0)
        return error_hint(err, "This computer knows no zones but UTC: install tzdata");
    char **names = xcalloc(MOST_ZONES, sizeof *names);
    size_t count = list_zones(names, MOST_ZONES);
    const char *near = text_nearest(zone, (const char *const *)names, count);
    error_hint(err, near != NULL ? "Did you mean %s?" : "Write an IANA name, not %s: Europe/Berlin",
               near != NULL ? near : "an abbreviation");
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return false;
}

bool grammar_window(const char *text, struct time_window *out, struct error *err)
{
    struct time_window w = {.weekdays = 0x7F};
    struct text rest = text_trim(text_of(text)), piece, words[3];
    size_t count = 0;

    while (text_split(&rest, ' ', &piece)) {
        if (piece.len == 0)
            continue;
        if (count == 3)
            return refuse_window(text, "there is more behind it", err);
        words[count++] = piece;
    }
    if (count < 2)
        return refuse_window(text, "hours or zone are missing", err);
    if (count == 3 && !read_days(words[0], &w.weekdays))
        return refuse_window(text, "days are Mon Tue Wed Thu Fri Sat Sun", err);
    if (!read_hours(words[count - 2], &w.from_minute, &w.to_minute))
        return refuse_window(text, "hours are written 10:00-16:00", err);
    if (w.from_minute >= w.to_minute)
        return refuse_window(text, "it ends before it begins", err);
    auto_free char *zone = text_dup(words[count - 1]);
    if (strcmp(zone, "UTC") != 0 && !is_zone_file(zone))
        return refuse_zone(zone, err);
    w.zone = xstrdup(zone);
    w.text = text_dup(text_trim(text_of(text)));
    *out = w;
    return true;
}

/* ---- freezes --------------------------------------------------------------------------------- */

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* Days from 1970-01-01 to this date of the Gregorian calendar. */
static int64_t day_number(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400 - 719162 + before[month - 1] +
           (month > 2 && is_leap(year)) + day - 1;
}

static bool read_date(struct text word, int64_t *day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, year, month, in_month;

    if (word.len != 10 || word.ptr[4] != '-' || word.ptr[7] != '-' ||
        !two_digits(word.ptr, 99, &century) || !two_digits(word.ptr + 2, 99, &year) ||
        !two_digits(word.ptr + 5, 12, &month) || !two_digits(word.ptr + 8, 31, &in_month))
        return false;
    year += century * 100;
    if (year < 1970 || month == 0 || in_month == 0 ||
        in_month > lengths[month - 1] + (month == 2 && is_leap(year)))
        return false;
    *day = day_number(year, month, in_month);
    return true;
}

static struct text next_word(struct text *rest)
{
    struct text word = {rest->ptr, 0};
    *rest = text_trim(*rest);
    word.ptr = rest->ptr;
    while (word.len < rest->len && rest->ptr[word.len] != ' ')
        word.len++;
    rest->ptr += word.len;
    rest->len -= word.len;
    return word;
}

static bool refuse_freeze(const char *text, const char *why, struct error *err)
{
    error_set(err, ERROR_USAGE, "\"%.60s\" is no freeze: %s", text, why);
    return error_hint(err, "Write FIRST to LAST REASON: 2025-12-19 to 2026-01-07 year end");
}

bool grammar_freeze(const char *text, struct freeze *out, struct error *err)
{
    struct text rest = text_of(text);
    int64_t first, last;

    if (!read_date(next_word(&rest), &first))
        return refuse_freeze(text, "it begins with no date", err);
    struct text after = rest;
    last = first;
    if (text_eq(next_word(&after), "to")) {
        if (!read_date(next_word(&after), &last))
            return refuse_freeze(text, "after \"to\" stands no date", err);
        rest = after;
    }
    if (last < first)
        return refuse_freeze(text, "it ends before it begins", err);
    *out = (struct freeze){.from_ms = first * DAY_MS,
                           .to_ms = (last + 1) * DAY_MS,
                           .reason = text_dup(text_trim(rest))};
    return true;
}
