/* error.c - the error value: one line, cut at a character, returned as false. */
#include "core/error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, sets_everything_anew_and_returns_false)
{
    struct error err;
    memset(&err, 'x', sizeof(err));
    cr_assert_not(error_set(&err, ERROR_CONFLICT, "alias %s was changed", "live"));
    cr_assert_eq(err.kind, ERROR_CONFLICT);
    cr_assert_str_eq(err.message, "alias live was changed");
    cr_assert_str_empty(err.code);
    cr_assert_str_empty(err.hint);
    cr_assert_str_empty(err.at);
}

Test(error, may_be_made_from_its_own_message)
{
    struct error err;
    error_set(&err, ERROR_DENIED, "no key");
    error_code(&err, "AccessDenied");
    error_set(&err, ERROR_REFUSED, "%s said %s", err.code, err.message);
    cr_assert_str_eq(err.message, "AccessDenied said no key");
}

Test(error, adds_code_hint_and_place_and_keeps_the_kind)
{
    struct error err;
    error_set(&err, ERROR_USAGE, "unknown key \"alais\"");
    cr_assert_not(error_code(&err, "E1"));
    cr_assert_not(error_hint(&err, "did you mean \"%s\"?", "alias"));
    cr_assert_not(error_at(&err, "flightdeck.yaml", 12, 5));
    cr_assert_eq(err.kind, ERROR_USAGE);
    cr_assert_str_eq(err.message, "unknown key \"alais\"");
    cr_assert_str_eq(err.code, "E1");
    cr_assert_str_eq(err.hint, "did you mean \"alias\"?");
    cr_assert_str_eq(err.at, "flightdeck.yaml:12:5");
}

Test(error, wraps_in_a_context_and_keeps_code_and_hint)
{
    struct error err;
    error_set(&err, ERROR_TRANSIENT, "slow down");
    error_code(&err, "ThrottlingException");
    error_hint(&err, "wait");
    cr_assert_not(error_wrap(&err, "publishing %s", "billing-api"));
    cr_assert_str_eq(err.message, "publishing billing-api: slow down");
    cr_assert_str_eq(err.code, "ThrottlingException");
    cr_assert_str_eq(err.hint, "wait");
}

Test(error, keeps_a_message_on_one_line)
{
    struct error err;
    error_set(&err, ERROR_REFUSED, "first\nsecond\r\nthird");
    cr_assert_str_eq(err.message, "first second  third");
}

Test(error, cuts_a_long_message_between_characters)
{
    /* U+20AC is three bytes; 170 of them end one byte before the last that fits. */
    char text[2000];
    for (int i = 0; i < 400; i++)
        memcpy(text + i * 3, "\xE2\x82\xAC", 4);
    struct error err;
    error_set(&err, ERROR_REFUSED, "%s", text);
    cr_assert_eq(strlen(err.message), 510u);
    error_set(&err, ERROR_REFUSED, "x%s", text);
    cr_assert_eq(strlen(err.message), 511u);
    cr_assert_str_eq(err.message + 508, "\xE2\x82\xAC");
}

Test(error, wraps_a_long_message_without_losing_the_context)
{
    char text[600];
    memset(text, 'm', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct error err;
    error_set(&err, ERROR_REFUSED, "%s", text);
    error_wrap(&err, "reading");
    cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
    cr_assert(strncmp(err.message, "reading: mmm", 12) == 0);
    text[599] = '\0';
    error_wrap(&err, "%s", text);
    cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
}

Test(error, a_long_path_never_hides_the_line)
{
    char path[600];
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    struct error err;
    error_set(&err, ERROR_USAGE, "bad");
    error_at(&err, path, 2147483647, 1);
    cr_assert_str_eq(err.at + strlen(err.at) - 13, ":2147483647:1");
}

Test(error, every_kind_has_its_own_name)
{
    for (enum error_kind a = ERROR_NONE; a <= ERROR_INTERNAL; a++)
        for (enum error_kind b = ERROR_NONE; b < a; b++)
            cr_assert_str_neq(error_kind_name(a), error_kind_name(b));
    cr_assert_str_eq(error_kind_name(ERROR_NOT_FOUND), "not_found");
    cr_assert_str_eq(error_kind_name(ERROR_UNKNOWN), "unknown");
}

/* JSON takes no text that is not UTF-8, and would leave the whole message out. */
Test(error, what_is_said_is_utf8_whatever_was_cut_into_it)
{
    struct error err;
    error_set(&err, ERROR_USAGE, "\"%.2s\" is no name", "x\u00fc");
    error_wrap(&err, "%.1s", "\u00fc");
    cr_expect_str_eq(err.message, "\uFFFD: \"x\uFFFD\" is no name");
    error_hint(&err, "\xFF");
    cr_expect_str_eq(err.hint, "\uFFFD");
    error_at(&err, "\xFF.yaml", 1, 2);
    cr_expect_str_eq(err.at, "\uFFFD.yaml:1:2");
}
