/* app_text.c - ages, times, versions and shares as people write them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "tui/app_parts.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define AGE_STEP_S 5 /* an age that counts every second would draw every second */

const char *app_age_text(const struct app *app, int64_t at_ms, int64_t interval_ms,
                         char out[static 32])
{
    int64_t age = app->world_ms - at_ms;

    out[0] = '\0';
    if (at_ms <= 0 || age <= 2 * interval_ms || age < 1000)
        return out;
    if (age < AGE_STEP_S * 1000)
        snprintf(out, 32, "%d s ago", (int)(age / 1000));
    else if (age < MINUTE_MS)
        snprintf(out, 32, "%d s ago", (int)(age / 1000) / AGE_STEP_S * AGE_STEP_S);
    else if (age < HOUR_MS)
        snprintf(out, 32, "%d min ago", (int)(age / MINUTE_MS));
    else if (age < 2 * DAY_MS)
        snprintf(out, 32, "%d h ago", (int)(age / HOUR_MS));
    else
        snprintf(out, 32, "%d days ago", (int)(age / DAY_MS));
    return out;
}

const char *app_time_text(const struct app *app, int64_t at_ms, char out[static 48])
{
    char utc[CLOCK_STAMP_SIZE], local[CLOCK_STAMP_SIZE];

    clock_time_of_day(at_ms, utc);
    if (app->options.utc_offset_minutes == 0) {
        snprintf(out, 48, "%.5sZ", utc);
        return out;
    }
    clock_time_of_day(at_ms + app->options.utc_offset_minutes * MINUTE_MS, local);
    snprintf(out, 48, "%.5sZ %.5s", utc, local);
    return out;
}

const char *app_version_text(const char *version, char out[static 32])
{
    bool is_number = version[0] >= '0' && version[0] <= '9';
    text_copy(out + (is_number ? 1 : 0), is_number ? 31 : 32, version);
    if (is_number)
        out[0] = 'v';
    return out;
}

const char *app_percent_text(double share, char out[static 16])
{
    double percent = share * 100, tenths = round(percent * 10) / 10;

    if (percent > 0 && percent < 0.095)
        snprintf(out, 16, "%.2f %%", percent);
    else if (fabs(tenths - round(tenths)) < 0.05)
        snprintf(out, 16, "%.0f %%", tenths);
    else
        snprintf(out, 16, "%.1f %%", tenths);
    return out;
}
