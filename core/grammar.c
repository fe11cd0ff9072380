/*
 * grammar.c - durations, percentages, weights and conditions. Times of day and days are in
 * grammar_time.c.
 */
#include "core/grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

#define LONGEST_DURATION_MS (INT64_C(366) * 24 * 3600 * 1000)
#define LONGEST_NUMBER 15

static const struct duration_unit {
    const char *name;
    int64_t ms;
} duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", INT64_C(60) * 1000}, {"h", 3600000}, {"d", 86400000},
};

static const struct duration_unit *find_unit(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof duration_units / sizeof duration_units[0]; i++)
        if (strlen(duration_units[i].name) == len &&
            strncmp(duration_units[i].name, name, len) == 0)
            return &duration_units[i];
    return NULL;
}

static bool refuse_duration(const char *text, struct error *err)
{
    error_set(err, ERROR_USAGE, "\"%.60s\" is no duration", text);
    return error_hint(err, "Write a whole number with ms, s, m, h or d: 90s, 5m, 1h 30m");
}

bool grammar_duration(const char *text, int64_t *out_ms, struct error *err)
{
    const char *at = text + strspn(text, " ");
    int64_t sum = 0, last_unit = INT64_MAX;

    do {
        size_t digits = strspn(at, "0123456789");
        size_t letters = 0;
        while (isalpha((unsigned char)at[digits + letters]))
            letters++;
        const struct duration_unit *unit = find_unit(at + digits, letters);
        if (digits == 0 || digits > LONGEST_NUMBER || unit == NULL || unit->ms >= last_unit)
            return refuse_duration(text, err);
        int64_t number = strtoll(at, NULL, 10);
        if (number > (LONGEST_DURATION_MS - sum) / unit->ms)
            return error_set(err, ERROR_USAGE, "\"%.60s\" is longer than a year", text);
        sum += number * unit->ms;
        last_unit = unit->ms;
        at += digits + letters;
        at += strspn(at, " ");
    } while (*at != '\0');
    *out_ms = sum;
    return true;
}

/* Digits with at most one point between them; returns their length, 0 when there are none. */
static size_t number_length(const char *text)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0)
        return 0;
    size_t decimals = text[len] == '.' ? strspn(text + len + 1, "0123456789") : 0;
    len += decimals == 0 ? 0 : decimals + 1;
    return len > LONGEST_NUMBER ? 0 : len;
}

/* "5%" at the start of the text; returns what follows, NULL when it is something else. */
static const char *read_percent(const char *text, double *share)
{
    size_t len = number_length(text);
    if (len == 0 || text[len] != '%')
        return NULL;
    *share = strtod(text, NULL) / 100;
    return text + len + 1;
}

bool grammar_percent(const char *text, double *out_share, struct error *err)
{
    double share;
    const char *rest = read_percent(text, &share);

    if (rest == NULL || *rest != '\0') {
        error_set(err, ERROR_USAGE, "\"%.60s\" is no percentage", text);
        return error_hint(err, "Write a number with %%: 5%%, 0.5%%");
    }
    if (share > 1)
        return error_set(err, ERROR_USAGE, "\"%.60s\" is more than 100%%", text);
    *out_share = share;
    return true;
}

bool grammar_rung(const char *text, struct rung *out, struct error *err)
{
    struct rung rung = {0};
    const char *rest = read_percent(text, &rung.weight);

    if (rest == NULL || (*rest != '\0' && *rest != ' ')) {
        error_set(err, ERROR_USAGE, "\"%.60s\" is no weight", text);
        return error_hint(err, "Write a share of the traffic and how long it is held at least: "
                               "10%% 10m");
    }
    rest += strspn(rest, " ");
    if (*rest != '\0' && !grammar_duration(rest, &rung.bake_ms, err))
        return error_wrap(err, "weight \"%.40s\"", text);
    if (rung.weight > 1)
        return error_set(err, ERROR_USAGE, "weight \"%.40s\" is more than 100%%", text);
    if (rung.weight <= 0) {
        error_set(err, ERROR_USAGE, "weight \"%.40s\" is no traffic", text);
        return error_hint(err, "Leave it out: before the first weight the new version has none");
    }
    *out = rung;
    return true;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool refuse_condition(const char *text, const char *why, struct error *err)
{
    error_set(err, ERROR_USAGE, "\"%.80s\" is no condition: %s", text, why);
    return error_hint(err, "Write RESOURCE METRIC > VALUE: api error rate > 5%%");
}

/* The threshold with its unit; durations become milliseconds. */
static bool read_threshold(const char *value, struct condition *out)
{
    size_t len = number_length(value);
    if (len == 0)
        return false;
    double number = strtod(value, NULL);
    const char *unit = value + len;
    struct error ignored;
    int64_t ms;

    if (strcmp(unit, "%") == 0) {
        out->is_percent = true;
        number /= 100;
    } else if (strcmp(unit, "s") == 0) {
        number *= 1000;
        unit = "ms";
    } else if (unit[0] != '\0' && grammar_duration(value, &ms, &ignored)) {
        number = (double)ms;
        unit = "ms";
    } else if (unit[0] != '\0' && strcmp(unit, "/min") != 0) {
        return false;
    }
    out->threshold = number;
    memcpy(out->unit, unit, strlen(unit) + 1);
    return true;
}

bool grammar_condition(const char *text, struct condition *out, struct error *err)
{
    struct condition c = {0};
    struct text whole = text_trim(text_of(text));
    const char *sign = strpbrk(text, "<>");

    if (sign == NULL)
        return refuse_condition(text, "it compares nothing, < or > is missing", err);
    if (strpbrk(sign + 1, "<>=") != NULL)
        return refuse_condition(text, "it compares with one < or one >", err);
    struct text left = text_trim((struct text){whole.ptr, (size_t)(sign - whole.ptr)});
    const char *space = memchr(left.ptr, ' ', left.len);
    if (left.len == 0 || space == NULL)
        return refuse_condition(text, "before the sign stand a resource and its metric", err);
    auto_free char *value = text_dup(text_trim(text_of(sign + 1)));
    if (!read_threshold(value, &c)) {
        error_set(err, ERROR_USAGE, "\"%.40s\" in \"%.80s\" is no threshold", value, text);
        return error_hint(err, "Write a number, or one with %%, ms, s or /min: 5%%, 2s, 10/min");
    }
    c.comparison = *sign;
    c.text = text_dup(whole);
    c.resource = xstrndup(left.ptr, (size_t)(space - left.ptr));
    c.metric = text_dup(text_trim((struct text){space, left.len - (size_t)(space - left.ptr)}));
    *out = c;
    return true;
}
