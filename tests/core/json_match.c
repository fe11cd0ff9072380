/* json_match.c - an expectation is contained in a reply, or the first difference is named. */
#include "core/json_match.h"

#include <criterion/criterion.h>

#include "core/buf.h"

static const struct match_case {
    const char *expected, *actual, *difference; /* "" = contained */
} cases[] = {
    {"{}", "{\"a\":1}", ""},
    {"{\"success\":true,\"data\":{\"status\":\"healthy\"}}",
     "{\"data\":{\"status\":\"healthy\",\"db\":\"ok\"},\"success\":true}", ""},
    {"{\"success\":true,\"data\":{\"status\":\"healthy\"}}",
     "{\"data\":{\"status\":\"sick\"},\"success\":true}",
     "data.status is \"sick\", expected \"healthy\""},
    {"{\"data\":{\"status\":\"healthy\"}}", "{\"data\":null}",
     "data is null, expected {\"status\":\"healthy\"}"},
    {"{\"a\":1}", "{\"b\":1}", "a is missing, expected 1"},
    {"{\"a\":1}", "{\"a\":1.0}", ""},
    {"{\"a\":1}", "{\"a\":1.5}", "a is 1.5, expected 1"},
    {"{\"a\":1}", "{\"a\":\"1\"}", "a is \"1\", expected 1"},
    {"{\"a\":true}", "{\"a\":false}", "a is false, expected true"},
    {"{\"a\":null}", "{}", "a is missing, expected null"},
    {"{\"a\":[{\"x\":1},{}]}", "{\"a\":[{\"x\":1,\"y\":2},{\"z\":1}]}", ""},
    {"{\"a\":[1,{\"x\":1}]}", "{\"a\":[1,{\"x\":2}]}", "a[1].x is 2, expected 1"},
    {"{\"a\":[1]}", "{\"a\":[1,2]}", "a is [1,2], expected [1]"},
    {"{\"a\":1}", "[]", "it is [], expected {\"a\":1}"},
    {"{\"a\":{\"b\":1},\"c\":2}", "{\"a\":{\"b\":1},\"c\":3}", "c is 3, expected 2"},
    {"{\"a\":\"x\"}", "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890\"}",
     "a is \"01234567890123456789012345678901234567890123456789012345678..., expected \"x\""},
};

Test(json_match, compares_each_case)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *expected = json_loads(cases[i].expected, 0, NULL);
        json_t *actual = json_loads(cases[i].actual, 0, NULL);
        auto_buf difference;
        buf_init(&difference, 500);
        bool is_contained = json_match_contains(expected, actual, &difference);
        cr_expect_str_eq(difference.ptr, cases[i].difference, "%zu: %s", i, difference.ptr);
        cr_expect_eq(is_contained, cases[i].difference[0] == '\0');
        json_decref(expected);
        json_decref(actual);
    }
}

/* Whoever reads "nothing is wrong" from an empty sentence must not be misled by long names. */
Test(json_match, says_something_however_long_the_names_are)
{
    char name[201] = {0};
    memset(name, 'k', 200);
    json_t *expected = json_pack("{s:{s:{s:s}}, s:i}", name, name, name, name, "z", 1);
    json_t *actual = json_deep_copy(expected);
    json_object_set_new(json_object_get(json_object_get(actual, name), name), name, json_null());
    auto_buf difference;
    buf_init(&difference, JSON_MATCH_SENTENCE);
    cr_expect_not(json_match_contains(expected, actual, &difference));
    cr_expect_not(difference.is_full);
    cr_expect_not_null(strstr(difference.ptr, "is null, expected"), "%s", difference.ptr);
    json_decref(expected);

    /* what did not fit before does not stay in the way */
    expected = json_pack("{s:{s:s}, s:i}", name, name, "", "z", 1);
    json_decref(actual);
    actual = json_pack("{s:{s:s}, s:i}", name, name, "", "z", 2);
    buf_reset(&difference);
    cr_expect_not(json_match_contains(expected, actual, &difference));
    cr_expect_str_eq(difference.ptr, "z is 2, expected 1");
    json_decref(expected);
    json_decref(actual);
}
