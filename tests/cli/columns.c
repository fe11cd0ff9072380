/*
 * columns.c - columns line up by characters, and cells cannot act on a terminal.
 */
#include "cli/columns.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

static void redirect(void) { cr_redirect_stdout(); }

Test(columns, line_up_whatever_the_bytes, .init = redirect)
{
    struct columns table;
    columns_init(&table, 3);
    columns_add(&table, TONE_PLAIN, (const char *const[]){"é", "b", "last one"});
    columns_add(&table, TONE_PLAIN, (const char *const[]){"long", NULL, ""});
    columns_print(&table, 2);
    columns_clear(&table);
    cr_assert_stdout_eq_str("  é     b  last one\n  long\n");
}

Test(columns, cells_are_made_safe, .init = redirect)
{
    struct columns table;
    columns_init(&table, 2);
    columns_add(&table, TONE_PLAIN, (const char *const[]){"\x1b[2J", "a\nb"});
    columns_print(&table, 0);
    columns_clear(&table);
    cr_assert_stdout_eq_str("\\x1b[2J  a\\x0ab\n");
}

Test(columns, counts_characters_not_bytes)
{
    cr_assert_eq(columns_width(""), 0);
    cr_assert_eq(columns_width("abc"), 3);
    cr_assert_eq(columns_width("é→ñ"), 3);
}
