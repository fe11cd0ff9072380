/* mem.c - memory that cannot fail. */
#include "core/mem.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Test(mem, gives_memory_also_for_nothing)
{
    auto_free void *a = xmalloc(0);
    auto_free void *b = xcalloc(0, 8);
    cr_assert_not_null(a);
    cr_assert_not_null(b);
}

Test(mem, copies_strings)
{
    auto_free char *whole = xstrdup("abc");
    auto_free char *part = xstrndup("abcdef", 2);
    auto_free char *beyond = xstrndup("ab", 99);
    auto_free char *missing = xstrdup(NULL);
    auto_free char *copy = mem_dup_or_null("abc");
    cr_expect_str_eq(copy, "abc");
    cr_expect_null(mem_dup_or_null(NULL));
    cr_assert_str_eq(whole, "abc");
    cr_assert_str_eq(part, "ab");
    cr_assert_str_eq(beyond, "ab");
    cr_assert_str_eq(missing, "");
}

Test(mem, formats)
{
    auto_free char *text = xasprintf("%s-%05d", "v", 42);
    cr_assert_str_eq(text, "v-00042");
}

Test(mem, grows_an_array_so_that_the_index_is_valid)
{
    int *numbers = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 1000; i++) {
        numbers = mem_grow(numbers, &capacity, i, sizeof(*numbers));
        cr_assert_gt(capacity, i);
        numbers[i] = (int)i;
    }
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(numbers[i], (int)i);
    cr_assert_leq(capacity, 2048u);
    mem_cleanup_free(&numbers);
}

static void say_goodbye(void)
{
    static const char text[] = "hook ran\n";
    cr_assert_eq(write(STDOUT_FILENO, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
}

/* Sanitizers report an allocation that is too large before malloc can fail. */
#ifndef __SANITIZE_ADDRESS__
Test(mem, aborts_when_there_is_none, .signal = SIGABRT)
{
    mem_on_exhausted(say_goodbye);
    volatile size_t too_much = SIZE_MAX / 2;
    (void)xmalloc(too_much);
}
#endif

Test(mem, aborts_when_an_array_would_overflow, .signal = SIGABRT)
{
    size_t capacity = 0;
    mem_on_exhausted(say_goodbye);
    (void)mem_grow(NULL, &capacity, SIZE_MAX / 4, 64);
}
