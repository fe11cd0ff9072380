/* clock.c - world time and wall time, stamps and durations. */
#include "core/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(clock, world_and_wall_are_the_same_at_speed_one)
{
    int64_t before_ms = clock_wall_ms();
    int64_t world_ms = clock_world_ms();
    int64_t after_ms = clock_wall_ms();
    cr_assert(before_ms <= world_ms && world_ms <= after_ms);
    cr_assert_gt(before_ms, 1700000000000);
    cr_assert_eq(clock_wall_duration_ms(12345), 12345);
    cr_assert_eq(clock_world_duration_ms(12345), 12345);
}

Test(clock, world_time_runs_from_its_epoch)
{
    int64_t epoch_ms = clock_wall_ms() - 10000;
    clock_set((struct clock_setting){.speed = 60, .epoch_ms = epoch_ms});
    int64_t before_ms = epoch_ms + (clock_wall_ms() - epoch_ms) * 60;
    int64_t world_ms = clock_world_ms();
    int64_t after_ms = epoch_ms + (clock_wall_ms() - epoch_ms) * 60;
    cr_assert(before_ms <= world_ms && world_ms <= after_ms);
    cr_assert_geq(world_ms, epoch_ms + 600000);
}

Test(clock, waits_are_rounded_up_so_that_nothing_is_early)
{
    clock_set((struct clock_setting){.speed = 600, .epoch_ms = 0});
    cr_assert_eq(clock_wall_duration_ms(60000), 100);
    cr_assert_eq(clock_wall_duration_ms(1), 1);
    cr_assert_eq(clock_wall_duration_ms(601), 2);
    cr_assert_eq(clock_wall_duration_ms(0), 0);
    cr_assert_eq(clock_world_duration_ms(2), 1200);
}

Test(clock, for_ever_stays_for_ever)
{
    clock_set((struct clock_setting){.speed = 0.5, .epoch_ms = 0});
    cr_assert_eq(clock_wall_duration_ms(INT64_MAX), INT64_MAX);
    clock_set((struct clock_setting){.speed = 1e6, .epoch_ms = 0});
    cr_assert_eq(clock_world_duration_ms(INT64_MAX), INT64_MAX);
}

Test(clock, the_boot_clock_does_not_go_back)
{
    int64_t last_ms = clock_boot_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t now_ms = clock_boot_ms();
        cr_assert_geq(now_ms, last_ms);
        last_ms = now_ms;
    }
}

Test(clock, a_setting_survives_being_written_and_read)
{
    static const struct clock_setting settings[] = {
        {1, 0}, {60, 1795514400000}, {0.1, 1795514400123}, {3600, 1}};
    for (size_t i = 0; i < COUNT(settings); i++) {
        struct error err;
        struct clock_setting setting;
        auto_free char *text = clock_format_setting(settings[i]);
        cr_assert(clock_parse_setting(text, &setting, &err), "%s", text);
        cr_assert_eq(setting.epoch_ms, settings[i].epoch_ms);
        cr_assert(!(setting.speed < settings[i].speed) && !(setting.speed > settings[i].speed));
    }
    auto_free char *text = clock_format_setting(settings[1]);
    cr_assert_str_eq(text, "60@1795514400000");
}

Test(clock, refuses_a_setting_that_is_none)
{
    static const char *const bad[] = {
        "",     "60",    "@1",    "60@",       "x@1",  "60@x", "0@1",   "-1@1",
        "1@-1", "nan@1", "inf@1", "1000001@1", "1 @1", "1@1 ", "1@1.5", "1@9999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct error err = {0};
        struct clock_setting setting = {.speed = 7, .epoch_ms = 7};
        cr_expect_not(clock_parse_setting(bad[i], &setting, &err), "%s", bad[i]);
        cr_expect_eq(err.kind, ERROR_USAGE);
        cr_expect_eq(setting.epoch_ms, 7);
    }
}

Test(clock, takes_its_setting_from_the_environment)
{
    struct error err;
    setenv("FLIGHTDECK_CLOCK", "600@1795514400000", 1);
    cr_assert(clock_init_from_environment(&err));
    cr_assert_eq(clock_setting().epoch_ms, 1795514400000);
    cr_assert_float_eq(clock_setting().speed, 600, 1e-9);
    setenv("FLIGHTDECK_CLOCK", "fast", 1);
    cr_assert_not(clock_init_from_environment(&err));
    cr_assert_float_eq(clock_setting().speed, 600, 1e-9);
    unsetenv("FLIGHTDECK_CLOCK");
    cr_assert(clock_init_from_environment(&err));
    cr_assert_float_eq(clock_setting().speed, 1, 1e-9);
}

Test(clock, writes_and_reads_the_same_stamp)
{
    static const struct {
        int64_t at_ms;
        const char *stamp;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {1795515060007, "2026-11-24T10:11:00.007Z"},
                 {951782400000, "2000-02-29T00:00:00.000Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {253402300799999, "9999-12-31T23:59:59.999Z"},
                 {-62135596800000, "0001-01-01T00:00:00.000Z"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char stamp[CLOCK_STAMP_SIZE];
        int64_t at_ms = 77;
        cr_expect_str_eq(clock_stamp(cases[i].at_ms, stamp), cases[i].stamp);
        cr_expect(clock_parse_stamp(cases[i].stamp, &at_ms), "%s", cases[i].stamp);
        cr_expect_eq(at_ms, cases[i].at_ms, "%s", cases[i].stamp);
    }
}

Test(clock, stays_within_four_digits_of_a_year)
{
    char stamp[CLOCK_STAMP_SIZE];
    cr_assert_str_eq(clock_stamp(INT64_MAX, stamp), "9999-12-31T23:59:59.999Z");
    cr_assert_str_eq(clock_stamp(INT64_MIN, stamp), "0001-01-01T00:00:00.000Z");
}

Test(clock, reads_what_rfc_3339_allows)
{
    static const struct {
        const char *stamp;
        int64_t at_ms;
    } cases[] = {{"2026-11-24T10:11:00Z", 1795515060000},
                 {"2026-11-24T10:11:00.5Z", 1795515060500},
                 {"2026-11-24T10:11:00.123456789Z", 1795515060123},
                 {"2026-11-24T12:11:00+02:00", 1795515060000},
                 {"2026-11-24T04:41:00-05:30", 1795515060000},
                 {"2026-11-24t10:11:00z", 1795515060000},
                 {"2026-11-24 10:11:00Z", 1795515060000},
                 {"2024-02-29T00:00:00Z", 1709164800000},
                 {"2016-12-31T23:59:60Z", 1483228800000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t at_ms = 77;
        cr_expect(clock_parse_stamp(cases[i].stamp, &at_ms), "%s", cases[i].stamp);
        cr_expect_eq(at_ms, cases[i].at_ms, "%s", cases[i].stamp);
    }
}

Test(clock, refuses_what_is_no_stamp)
{
    static const char *const bad[] = {
        "",
        "now",
        "2026-11-24",
        "2026-11-24T10:11:00",
        "2026-11-24T10:11Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-04-00T00:00:00Z",
        "2026-04-01T24:00:00Z",
        "2026-04-01T00:60:00Z",
        "2026-04-01T00:00:61Z",
        "2026-04-01T00:00:00.Z",
        "2026-04-01T00:00:00Zx",
        "2026-04-01T00:00:00+2:00",
        "2026-04-01T00:00:00+0200",
        "2026-04-01T00:00:00+24:00",
        "0000-04-01T00:00:00Z",
        "+026-04-01T00:00:00Z",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t at_ms = 77;
        cr_expect_not(clock_parse_stamp(bad[i], &at_ms), "%s", bad[i]);
        cr_expect_eq(at_ms, 77);
    }
}

Test(clock, writes_the_time_of_day)
{
    char text[CLOCK_STAMP_SIZE];
    cr_assert_str_eq(clock_time_of_day(1795515060999, text), "10:11:00Z");
}

Test(clock, writes_durations_for_people)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0 s"},
                 {1, "1 ms"},
                 {999, "999 ms"},
                 {1000, "1 s"},
                 {41999, "41 s"},
                 {60000, "1 m"},
                 {134000, "2 m 14 s"},
                 {3600000, "1 h"},
                 {3900000, "1 h 5 m"},
                 {3659000, "1 h"},
                 {90000000, "1 d 1 h"},
                 {259200000, "3 d"},
                 {-134000, "-2 m 14 s"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CLOCK_STAMP_SIZE];
        cr_expect_str_eq(clock_duration_text(cases[i].ms, text), cases[i].text);
    }
    char text[CLOCK_STAMP_SIZE];
    cr_assert_str_eq(clock_duration_text(INT64_MIN, text), "-106751991167 d 7 h");
    cr_expect_str_eq(clock_elapsed_text(999, text), "under 1 ms");
    cr_expect_str_eq(clock_elapsed_text(9999999, text), "9999 ms");
    cr_expect_str_eq(clock_elapsed_text(12400000, text), "12.4 s");
}
