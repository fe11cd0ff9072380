/* statistic.c - CloudWatch's statistics against what a plain list of the values says. */
#include "sandbox/statistic.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#define MANY 1000

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static struct statistic parsed(const char *text)
{
    struct statistic s = {0};
    cr_assert(statistic_parse(text, &s), "%s", text);
    return s;
}

/* The smallest value that at least so many percent do not exceed, by trying each. */
static double plain_percentile(const double *sorted, size_t count, double percent)
{
    for (size_t i = 0; i < count; i++)
        if ((double)(i + 1) * 100 >= percent * (double)count - 1e-6)
            return sorted[i];
    return sorted[count - 1];
}

Test(statistic, agrees_with_a_list_of_the_values)
{
    double values[MANY];
    struct samples samples = {0};
    size_t count = 0;
    uint64_t state = 7;
    while (count < MANY - 5) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double value = (double)(state >> 40) / 1000;
        uint64_t times = 1 + (state >> 33) % 4;
        statistic_add(&samples, value, times);
        for (uint64_t i = 0; i < times; i++)
            values[count++] = value;
    }
    double sum = 0;
    size_t within = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        within += values[i] > 2000 && values[i] <= 9000;
    }
    qsort(values, count, sizeof values[0], compare);

    static const double percents[] = {0, 0.1, 1, 25, 50, 90, 99, 99.9, 100};
    for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++) {
        struct statistic p = {.kind = STATISTIC_PERCENTILE, .low = percents[i]};
        cr_expect_float_eq(statistic_of(&p, &samples), plain_percentile(values, count, percents[i]),
                           1e-9, "p%g", percents[i]);
    }
    const struct {
        const char *name;
        double expected;
    } cases[] = {{"Sum", sum},
                 {"SampleCount", (double)count},
                 {"Average", sum / (double)count},
                 {"Minimum", values[0]},
                 {"Maximum", values[count - 1]},
                 {"PR(2000:9000)", 100.0 * (double)within / (double)count},
                 {"PR(:1e9)", 100},
                 {"PR(1e9:)", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct statistic s = parsed(cases[i].name);
        cr_expect_float_eq(statistic_of(&s, &samples), cases[i].expected, 1e-6, "%s",
                           cases[i].name);
    }
    statistic_clear(&samples);
}

Test(statistic, a_rank_counts_its_upper_end_and_not_its_lower)
{
    struct samples samples = {0};
    statistic_add(&samples, 100, 1);
    statistic_add(&samples, 2000, 3);
    struct statistic upper = parsed("PR(:2000)"), lower = parsed("PR(100:)");
    cr_expect_float_eq(statistic_of(&upper, &samples), 100, 1e-9);
    cr_expect_float_eq(statistic_of(&lower, &samples), 75, 1e-9);
    statistic_clear(&samples);
}

Test(statistic, refuses_what_is_no_statistic)
{
    static const char *const wrong[] = {"",        "sum",   "p",    "p101",    "p-1",
                                        "p99x",    "PR(",   "PR()", "PR(:)",   "PR(5)",
                                        "PR(a:b)", "PR(:2", "TM",   "Average "};
    struct statistic s;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(statistic_parse(wrong[i], &s), "%s", wrong[i]);
}
