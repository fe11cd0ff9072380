/* buf.c - growing strings with a ceiling. */
#include "core/buf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

Test(buf, starts_as_an_empty_string)
{
    auto_buf b;
    buf_init(&b, 10);
    cr_assert_str_eq(b.ptr, "");
    cr_assert_eq(b.len, 0u);
    cr_assert_not(b.is_full);
}

Test(buf, appends_bytes_strings_characters_and_formats)
{
    auto_buf b;
    buf_init(&b, 1000);
    buf_add(&b, "ab\0c", 4);
    buf_adds(&b, "de");
    buf_addc(&b, 'f');
    buf_addf(&b, "-%d-%s", 7, "g");
    cr_assert_eq(b.len, 11u);
    cr_assert_arr_eq(b.ptr, "ab\0cdef-7-g", 12);
}

Test(buf, holds_exactly_its_ceiling)
{
    auto_buf b;
    buf_init(&b, 3);
    buf_adds(&b, "abc");
    cr_assert_str_eq(b.ptr, "abc");
    cr_assert_not(b.is_full);
    buf_adds(&b, "");
    cr_assert_not(b.is_full);
    buf_addc(&b, 'd');
    cr_assert(b.is_full);
    cr_assert_str_eq(b.ptr, "abc");
}

Test(buf, drops_everything_after_the_first_thing_that_did_not_fit)
{
    auto_buf b;
    buf_init(&b, 4);
    buf_adds(&b, "ab");
    buf_adds(&b, "cde");
    buf_addc(&b, 'x');
    buf_addf(&b, "%d", 1);
    cr_assert(b.is_full);
    cr_assert_str_eq(b.ptr, "ab");
}

Test(buf, has_room_for_nothing_when_the_ceiling_is_zero)
{
    auto_buf b;
    buf_init(&b, 0);
    buf_addc(&b, 'x');
    cr_assert(b.is_full);
    cr_assert_str_eq(b.ptr, "");
}

Test(buf, grows_far)
{
    auto_buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_addf(&b, "%d,", i % 10);
    cr_assert_eq(b.len, 200000u);
    cr_assert_str_eq(b.ptr + b.len - 4, "8,9,");
}

Test(buf, reset_empties_and_opens_it_again)
{
    auto_buf b;
    buf_init(&b, 2);
    buf_adds(&b, "abc");
    buf_reset(&b);
    cr_assert_not(b.is_full);
    buf_adds(&b, "xy");
    cr_assert_str_eq(b.ptr, "xy");
    buf_reset(&b);
    cr_assert_str_eq(b.ptr, "");
}

Test(buf, can_be_used_after_clear)
{
    struct buf b;
    buf_init(&b, 5);
    buf_adds(&b, "abc");
    buf_clear(&b);
    cr_assert_str_eq(b.ptr, "");
    buf_adds(&b, "de");
    cr_assert_str_eq(b.ptr, "de");
    buf_clear(&b);
    buf_clear(&b);
    buf_clear(NULL);
}

Test(buf, hands_the_string_over)
{
    auto_buf b;
    buf_init(&b, 10);
    auto_free char *empty = buf_steal(&b);
    cr_assert_str_eq(empty, "");
    buf_adds(&b, "abc");
    auto_free char *stolen = buf_steal(&b);
    cr_assert_str_eq(stolen, "abc");
    cr_assert_str_eq(b.ptr, "");
    buf_adds(&b, "next");
    cr_assert_str_eq(stolen, "abc");
}
