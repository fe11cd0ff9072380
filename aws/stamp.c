/* stamp.c - reads ISO 8601 timestamps. */
#include "aws/stamp.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* Reads ".123456" up to milliseconds. */
static const char *read_fraction(const char *at, int64_t *ms)
{
    int64_t unit = 100;
    for (at++; isdigit((unsigned char)*at); at++) {
        *ms += (*at - '0') * unit;
        unit /= 10;
    }
    return at;
}

static bool read_zone(const char *at, int64_t *offset_s)
{
    if (strcmp(at, "Z") == 0 || *at == '\0')
        return true;
    if (*at != '+' && *at != '-')
        return false;
    int digits[4];
    size_t count = 0;
    for (const char *c = at + 1; *c; c++) {
        if (*c == ':' && count == 2)
            continue;
        if (!isdigit((unsigned char)*c) || count == 4)
            return false;
        digits[count++] = *c - '0';
    }
    if (count != 4)
        return false;
    int64_t seconds = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60;
    *offset_s = *at == '+' ? seconds : -seconds;
    return true;
}

bool stamp_parse(const char *text, int64_t *out_ms)
{
    struct tm utc = {0};
    const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!at)
        return false;
    int64_t ms = 0;
    int64_t offset_s = 0;
    if (*at == '.')
        at = read_fraction(at, &ms);
    if (!read_zone(at, &offset_s))
        return false;
    *out_ms = ((int64_t)timegm(&utc) - offset_s) * 1000 + ms;
    return true;
}
