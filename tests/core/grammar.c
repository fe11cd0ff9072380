/* grammar.c - what the small languages of a configuration mean, and how they refuse. */
#include "core/grammar.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- durations and percentages --------------------------------------------------------------- */

static const struct {
    const char *text;
    int64_t ms; /* -1: refused */
} durations[] = {
    {"90s", 90000},
    {"5m", 300000},
    {"24h", 86400000},
    {"2d", 172800000},
    {"500ms", 500},
    {"1h 30m", 5400000},
    {"1h30m", 5400000},
    {" 5m ", 300000},
    {"0s", 0},
    {"366d", INT64_C(366) * 86400000},
    {"367d", -1},
    {"", -1},
    {"5", -1},
    {"m", -1},
    {"-5m", -1},
    {"1.5h", -1},
    {"5 minutes", -1},
    {"5min", -1},
    {"30m 1h", -1},
    {"1h 1h", -1},
    {"5m,", -1},
    {"99999999999999999999s", -1},
    {"999999999999999d", -1},
};

Test(grammar, reads_durations)
{
    for (size_t i = 0; i < COUNT(durations); i++) {
        int64_t ms = -7;
        struct error err = {0};
        bool is_ok = grammar_duration(durations[i].text, &ms, &err);
        cr_expect_eq(is_ok, durations[i].ms >= 0, "\"%s\"", durations[i].text);
        cr_expect_eq(ms, is_ok ? durations[i].ms : -7, "\"%s\" is %lld", durations[i].text,
                     (long long)ms);
    }
}

static const struct {
    const char *text;
    double share; /* -1: refused */
} percents[] = {
    {"5%", 0.05}, {"0.5%", 0.005}, {"100%", 1}, {"0%", 0},    {"99.99%", 0.9999}, {"5", -1},
    {"0.05", -1}, {"101%", -1},    {"-1%", -1}, {"%", -1},    {"5%%", -1},        {"5 %", -1},
    {"1e1%", -1}, {".5%", -1},     {"5.%", -1}, {"nan%", -1}, {"inf%", -1},
};

Test(grammar, reads_percentages)
{
    for (size_t i = 0; i < COUNT(percents); i++) {
        double share = -7;
        struct error err = {0};
        bool is_ok = grammar_percent(percents[i].text, &share, &err);
        cr_expect_eq(is_ok, percents[i].share >= 0, "\"%s\"", percents[i].text);
        if (is_ok)
            cr_expect(fabs(share - percents[i].share) < 1e-12, "\"%s\" is %g", percents[i].text,
                      share);
        else
            cr_expect_eq(share, -7.0);
    }
}

Test(grammar, reads_a_weight_with_its_least_time)
{
    struct rung rung;
    struct error err;

    cr_assert(grammar_rung("10% 10m", &rung, &err));
    cr_expect(fabs(rung.weight - 0.1) < 1e-12);
    cr_expect_eq(rung.bake_ms, 600000);
    cr_assert(grammar_rung("100%", &rung, &err));
    cr_expect_eq(rung.weight, 1.0);
    cr_expect_eq(rung.bake_ms, 0);
    cr_assert(grammar_rung("0.5% 1h 30m", &rung, &err));
    cr_expect_eq(rung.bake_ms, 5400000);
    static const char *const wrong[] = {"10", "10m",  "10%10m", "10% ten",
                                        "0%", "101%", "",       "10% 5m x"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect_not(grammar_rung(wrong[i], &rung, &err), "%s", wrong[i]);
}

/* ---- conditions ------------------------------------------------------------------------------ */

static const struct {
    const char *text, *resource, *metric;
    char comparison;
    double threshold;
    const char *unit;
} conditions[] = {
    {"api error rate > 5%", "api", "error rate", '>', 0.05, "%"},
    {"gateway latency p99 > 2s", "gateway", "latency p99", '>', 2000, "ms"},
    {"gateway latency p99>300ms", "gateway", "latency p99", '>', 300, "ms"},
    {"api cold starts > 10/min", "api", "cold starts", '>', 10, "/min"},
    {"database storage < 20%", "database", "storage", '<', 0.2, "%"},
    {"database connections > 80", "database", "connections", '>', 80, ""},
    {"  api   invocations <  0.5 ", "api", "invocations", '<', 0.5, ""},
    {"api duration p99 > 1.5s", "api", "duration p99", '>', 1500, "ms"},
    {"api duration p99 > 5m", "api", "duration p99", '>', 300000, "ms"},
};

static void condition_clear(struct condition *c)
{
    free(c->text);
    free(c->resource);
    free(c->metric);
}

Test(grammar, reads_conditions)
{
    for (size_t i = 0; i < COUNT(conditions); i++) {
        struct condition c = {0};
        struct error err;
        cr_assert(grammar_condition(conditions[i].text, &c, &err), "%s: %s", conditions[i].text,
                  err.message);
        cr_expect_str_eq(c.resource, conditions[i].resource);
        cr_expect_str_eq(c.metric, conditions[i].metric);
        cr_expect_eq(c.comparison, conditions[i].comparison);
        cr_expect(fabs(c.threshold - conditions[i].threshold) < 1e-9, "%s: %g", conditions[i].text,
                  c.threshold);
        cr_expect_str_eq(c.unit, conditions[i].unit);
        cr_expect_eq(c.is_percent, strcmp(c.unit, "%") == 0);
        condition_clear(&c);
    }
}

Test(grammar, refuses_what_is_no_condition)
{
    static const char *const wrong[] = {
        "",
        "api",
        "api error rate",
        "api > 5%",
        "> 5%",
        "api errors",
        "api errors >",
        "api errors > many",
        "api errors >= 5",
        "api errors > 5 <6",
        "api errors > 5x",
        "api errors > -5",
        "api errors > 5 percent",
        "api errors == 5",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct condition c = {0};
        struct error err = {0};
        cr_expect_not(grammar_condition(wrong[i], &c, &err), "%s", wrong[i]);
        cr_expect(err.hint[0] != '\0', "%s", wrong[i]);
        cr_expect_null(c.text);
    }
}

/* ---- windows and freezes --------------------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned weekdays; /* 0: refused */
    int from_minute, to_minute;
    const char *zone;
} windows[] = {
    {"Tue-Thu 10:00-16:00 Europe/Berlin", 0x0E, 600, 960, "Europe/Berlin"},
    {"Mon,Wed,Fri 09:30-12:00 UTC", 0x15, 570, 720, "UTC"},
    {"Fri-Mon 00:00-24:00 UTC", 0x71, 0, 1440, "UTC"},
    {"mon-fri 08:00-09:00 America/New_York", 0x1F, 480, 540, "America/New_York"},
    {"10:00-16:00 UTC", 0x7F, 600, 960, "UTC"},
    {"Mon-Tue,Sun 10:00-16:00 UTC", 0x43, 600, 960, "UTC"},
    {"Tue-Thu 10:00-16:00", 0, 0, 0, ""},
    {"Tue-Thu 10-16 UTC", 0, 0, 0, ""},
    {"Tue-Thu 16:00-10:00 UTC", 0, 0, 0, ""},
    {"Tue-Thu 10:00-10:00 UTC", 0, 0, 0, ""},
    {"Tue-Thu 10:00-24:30 UTC", 0, 0, 0, ""},
    {"Tue-Thu 10:00-16:60 UTC", 0, 0, 0, ""},
    {"Tuesday 10:00-16:00 UTC", 0, 0, 0, ""},
    {"Tue, 10:00-16:00 UTC", 0, 0, 0, ""},
    {"Tue-Thu 10:00-16:00 CEST", 0, 0, 0, ""},
    {"Tue-Thu 10:00-16:00 ../../etc/passwd", 0, 0, 0, ""},
    {"Tue-Thu 10:00-16:00 Europe", 0, 0, 0, ""},
    {"Tue-Thu 10:00-16:00 UTC always", 0, 0, 0, ""},
    {"", 0, 0, 0, ""},
};

Test(grammar, reads_time_windows)
{
    for (size_t i = 0; i < COUNT(windows); i++) {
        struct time_window w = {0};
        struct error err = {0};
        bool is_ok = grammar_window(windows[i].text, &w, &err);
        cr_assert_eq(is_ok, windows[i].weekdays != 0, "\"%s\": %s", windows[i].text, err.message);
        if (!is_ok)
            continue;
        cr_expect_eq(w.weekdays, windows[i].weekdays, "%s: %x", windows[i].text, w.weekdays);
        cr_expect_eq(w.from_minute, windows[i].from_minute);
        cr_expect_eq(w.to_minute, windows[i].to_minute);
        cr_expect_str_eq(w.zone, windows[i].zone);
        cr_expect_str_eq(w.text, windows[i].text);
        free(w.zone);
        free(w.text);
    }
}

Test(grammar, names_the_nearest_zone)
{
    struct time_window w;
    struct error err = {0};
    cr_expect_not(grammar_window("10:00-16:00 Europa/Berlin", &w, &err));
    cr_expect_str_eq(err.hint, "Did you mean Europe/Berlin?");
}

#define DAY INT64_C(86400000)

static const struct {
    const char *text;
    int64_t from_ms, to_ms; /* to 0: refused */
    const char *reason;
} freezes[] = {
    {"2025-12-19 to 2026-01-07 year end", INT64_C(1766102400000), INT64_C(1767830400000),
     "year end"},
    {"2025-12-24", INT64_C(1766534400000), INT64_C(1766534400000) + DAY, ""},
    {"2025-12-24 Christmas Eve", INT64_C(1766534400000), INT64_C(1766534400000) + DAY,
     "Christmas Eve"},
    {"2024-02-29 to 2024-02-29 leap day", INT64_C(1709164800000), INT64_C(1709164800000) + DAY,
     "leap day"},
    {"1970-01-01", 0, DAY, ""},
    {"2000-03-01 x", INT64_C(951868800000), INT64_C(951868800000) + DAY, "x"},
    {"2025-02-29", 0, 0, ""},
    {"2025-13-01", 0, 0, ""},
    {"2025-00-01", 0, 0, ""},
    {"2025-12-00", 0, 0, ""},
    {"25-12-19", 0, 0, ""},
    {"19.12.2025", 0, 0, ""},
    {"2025-12-19 to", 0, 0, ""},
    {"2025-12-19 to tomorrow", 0, 0, ""},
    {"2026-01-07 to 2025-12-19", 0, 0, ""},
    {"christmas", 0, 0, ""},
    {"", 0, 0, ""},
};

Test(grammar, reads_freezes_with_both_days)
{
    for (size_t i = 0; i < COUNT(freezes); i++) {
        struct freeze f = {0};
        struct error err = {0};
        bool is_ok = grammar_freeze(freezes[i].text, &f, &err);
        cr_assert_eq(is_ok, freezes[i].to_ms != 0, "\"%s\": %s", freezes[i].text, err.message);
        if (!is_ok)
            continue;
        cr_expect_eq(f.from_ms, freezes[i].from_ms, "%s: %lld", freezes[i].text,
                     (long long)f.from_ms);
        cr_expect_eq(f.to_ms, freezes[i].to_ms, "%s: %lld", freezes[i].text, (long long)f.to_ms);
        cr_expect_str_eq(f.reason, freezes[i].reason);
        free(f.reason);
    }
}
