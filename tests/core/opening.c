/*
 * opening.c - windows are those of the place they name, also over midnight; freezes end with their
 * last day.
 */
#include "core/opening.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/config.h"

#define TUESDAY_TO_THURSDAY (2u + 4u + 8u)
#define EVERY_DAY 127u

static int64_t at(const char *stamp)
{
    int64_t ms = 0;
    cr_assert(clock_parse_stamp(stamp, &ms), "%s", stamp);
    return ms;
}

static const struct {
    unsigned weekdays;
    int from_minute, to_minute;
    const char *zone, *stamp;
    bool is_open;
} cases[] = {
    {TUESDAY_TO_THURSDAY, 600, 960, "Europe/Berlin", "2026-11-24T09:00:00.000Z",
     true}, /* Tuesday 10:00 */
    {TUESDAY_TO_THURSDAY, 600, 960, "Europe/Berlin", "2026-11-24T08:59:59.000Z", false},
    {TUESDAY_TO_THURSDAY, 600, 960, "Europe/Berlin", "2026-11-24T15:00:00.000Z", false}, /* 16:00 */
    {TUESDAY_TO_THURSDAY, 600, 960, "Europe/Berlin", "2026-07-07T08:00:00.000Z",
     true}, /* summer time */
    {TUESDAY_TO_THURSDAY, 600, 960, "Europe/Berlin", "2026-11-23T10:00:00.000Z",
     false}, /* Monday */
    {TUESDAY_TO_THURSDAY, 600, 960, "UTC", "2026-11-26T15:59:00.000Z", true},
    {EVERY_DAY, 0, 1440, "UTC", "2026-11-29T23:59:00.000Z", true},
    {TUESDAY_TO_THURSDAY, 1320, 120, "UTC", "2026-11-27T01:00:00.000Z",
     true}, /* began on Thursday */
    {TUESDAY_TO_THURSDAY, 1320, 120, "UTC", "2026-11-24T01:00:00.000Z",
     false}, /* would have begun on Monday */
    {TUESDAY_TO_THURSDAY, 1320, 120, "UTC", "2026-11-24T22:00:00.000Z", true},
};

Test(opening, a_window_is_that_of_its_place)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[] = "Tue-Thu", zone[40], name[] = "production";
        (void)snprintf(zone, sizeof zone, "%s", cases[i].zone);
        struct time_window window = {text, cases[i].weekdays, cases[i].from_minute,
                                     cases[i].to_minute, zone};
        struct environment environment = {.name = name, .window = &window};
        struct error err = {0};
        cr_expect_eq(opening_check(&environment, at(cases[i].stamp), &err), cases[i].is_open,
                     "case %zu: %s", i, err.message);
        if (!cases[i].is_open)
            cr_expect_str_eq(err.code, "gate-closed");
    }
}

Test(opening, the_zone_of_the_caller_stays)
{
    char text[] = "x", zone[] = "Asia/Tokyo", name[] = "production";
    struct time_window window = {text, EVERY_DAY, 0, 1440, zone};
    struct environment environment = {.name = name, .window = &window};
    struct error err;
    setenv("TZ", "America/New_York", 1);
    cr_expect(opening_check(&environment, at("2026-11-24T09:00:00.000Z"), &err));
    cr_expect_str_eq(getenv("TZ"), "America/New_York");
}

Test(opening, a_freeze_stops_it_until_its_end)
{
    char reason[] = "year end", name[] = "production";
    struct freeze freeze = {at("2026-12-19T00:00:00.000Z"), at("2027-01-08T00:00:00.000Z"), reason};
    struct environment environment = {.name = name, .freezes = &freeze, .freeze_count = 1};
    struct error err;
    cr_expect(opening_check(&environment, at("2026-12-18T23:59:59.000Z"), &err));
    cr_expect_not(opening_check(&environment, at("2026-12-19T00:00:00.000Z"), &err));
    cr_expect_str_eq(err.message, "production is frozen until 2027-01-08 00:00Z: year end");
    cr_expect_not(opening_check(&environment, at("2027-01-07T23:59:59.000Z"), &err));
    cr_expect(opening_check(&environment, at("2027-01-08T00:00:00.000Z"), &err));
}
