/*
 * sparkline.c - lines of blocks show sizes, and missing values as missing.
 */
#include "core/sparkline.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static void check(const double *values, size_t count, size_t most, const char *expected)
{
    char *text = sparkline_text(values, count, most);
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(sparkline, goes_from_zero_to_the_largest)
{
    check((double[]){0, 1, 2, 3, 4, 5, 6, 7}, 8, 20, "▁▂▃▄▅▆▇█");
    check((double[]){7}, 1, 20, "█");
    check((double[]){100, 100}, 2, 20, "██");
}

Test(sparkline, a_missing_value_is_a_gap_and_not_a_zero)
{
    check((double[]){0, NAN, 7}, 3, 20, "▁ █");
    check((double[]){NAN, NAN}, 2, 20, "  ");
}

Test(sparkline, all_zero_is_a_flat_line_at_the_bottom) { check((double[]){0, 0, 0}, 3, 20, "▁▁▁"); }

Test(sparkline, merged_neighbours_show_the_largest)
{
    check((double[]){0, 7, 0, 0, NAN, NAN}, 6, 3, "█▁ ");
}

Test(sparkline, negative_values_start_at_the_smallest) { check((double[]){-7, 0}, 2, 20, "▁█"); }

Test(sparkline, nothing_is_nothing) { check((double[]){0}, 0, 20, ""); }
