/* text.c - pieces of text, numbers, slugs, suggestions, and text that must not act on a terminal.
 */
#include "core/text.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(text, trims_white_space_at_both_ends)
{
    static const struct {
        const char *in, *out;
    } cases[] = {{"", ""}, {"  ", ""}, {"a", "a"}, {" \t a b\r\n", "a b"}};
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect(text_eq(text_trim(text_of(cases[i].in)), cases[i].out), "\"%s\"", cases[i].in);
}

Test(text, compares_whole_pieces)
{
    cr_assert(text_eq((struct text){"abc", 2}, "ab"));
    cr_assert_not(text_eq((struct text){"abc", 2}, "abc"));
    cr_assert_not(text_eq((struct text){"abc", 3}, "ab"));
    cr_assert(text_eq(text_of(NULL), ""));
}

Test(text, knows_starts_and_ends)
{
    cr_assert(text_starts_with("production", "prod"));
    cr_assert(text_starts_with("x", ""));
    cr_assert_not(text_starts_with("prod", "production"));
    cr_assert(text_ends_with("plan.yaml", ".yaml"));
    cr_assert_not(text_ends_with("l", "yaml"));
    cr_assert(text_ends_with("", ""));
}

Test(text, finds_without_regard_to_case)
{
    static const struct {
        const char *haystack, *needle;
        bool is_found;
    } cases[] = {
        {"Code Quality", "QUAL", true}, {"abc", "", true},    {"", "", true},
        {"ab", "abc", false},           {"aab", "AB", true},  {"f\xC3\xBCr", "\xC3\xBC", true},
        {"[x]", "{X}", false},          {"a@b", "A`B", false}};
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(text_contains_nocase(cases[i].haystack, cases[i].needle), cases[i].is_found,
                     "%s in %s", cases[i].needle, cases[i].haystack);
}

static void expect_pieces(const char *whole, size_t count, const char *const *pieces)
{
    struct text rest = text_of(whole);
    struct text piece;
    for (size_t i = 0; i < count; i++) {
        cr_expect(text_split(&rest, ',', &piece), "\"%s\" piece %zu", whole, i);
        cr_expect(text_eq(piece, pieces[i]), "\"%s\" piece %zu", whole, i);
    }
    cr_expect_not(text_split(&rest, ',', &piece), "\"%s\" has more", whole);
    cr_expect_not(text_split(&rest, ',', &piece), "\"%s\" starts again", whole);
}

Test(text, splits_into_as_many_pieces_as_separators_and_one)
{
    expect_pieces("", 1, (const char *const[]){""});
    expect_pieces("a", 1, (const char *const[]){"a"});
    expect_pieces("a,bc", 2, (const char *const[]){"a", "bc"});
    expect_pieces(",a,", 3, (const char *const[]){"", "a", ""});
}

Test(text, duplicates_a_piece)
{
    auto_free char *copy = text_dup((struct text){"abc", 2});
    cr_assert_str_eq(copy, "ab");
}

Test(text, reads_whole_numbers_only)
{
    static const struct {
        const char *in;
        bool is_number;
        int64_t value;
    } cases[] = {{"0", true, 0},
                 {"42", true, 42},
                 {"-7", true, -7},
                 {"007", true, 7},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"-9223372036854775809", false, 0},
                 {"", false, 0},
                 {"-", false, 0},
                 {"+1", false, 0},
                 {" 1", false, 0},
                 {"1 ", false, 0},
                 {"1.0", false, 0},
                 {"0x10", false, 0},
                 {"1e3", false, 0},
                 {NULL, false, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value = 1234;
        cr_expect_eq(text_to_int64(cases[i].in, &value), cases[i].is_number, "%s", cases[i].in);
        cr_expect_eq(value, cases[i].is_number ? cases[i].value : 1234, "%s", cases[i].in);
    }
}

Test(text, reads_decimal_fractions_only)
{
    static const struct {
        const char *in;
        bool is_number;
        double value;
    } cases[] = {
        {"0", true, 0},         {"0.5", true, 0.5},  {".5", true, 0.5},      {"5.", true, 5},
        {"-2.25", true, -2.25}, {"1e3", true, 1000}, {"2.5E-1", true, 0.25}, {"", false, 0},
        {".", false, 0},        {"-", false, 0},     {"1e", false, 0},       {"1e+", false, 0},
        {"nan", false, 0},      {"inf", false, 0},   {"0x1p3", false, 0},    {"1,5", false, 0},
        {"1.5s", false, 0},     {" 1", false, 0},    {"1e999", false, 0},    {NULL, false, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        double value = 1234;
        cr_expect_eq(text_to_double(cases[i].in, &value), cases[i].is_number, "%s", cases[i].in);
        cr_expect_float_eq(value, cases[i].is_number ? cases[i].value : 1234, 1e-12, "%s",
                           cases[i].in);
    }
}

Test(text, makes_slugs)
{
    static const struct {
        const char *in, *out;
    } cases[] = {{"Code Quality", "code-quality"},
                 {"  CI/CD: tests & lint!  ", "ci-cd-tests-lint"},
                 {"f\xC3\xBCr alle", "f-r-alle"},
                 {"v41 -> v42", "v41-v42"},
                 {"---", ""},
                 {"", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *slug = text_slug(cases[i].in);
        cr_expect_str_eq(slug, cases[i].out, "%s", cases[i].in);
    }
}

Test(text, suggests_only_what_is_near)
{
    static const char *const words[] = {"alias", "environments", "plan", "metrics", "id"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {{"alais", "alias"},
                 {"Alias", "alias"},
                 {"enviroments", "environments"},
                 {"metric", "metrics"},
                 {"palns", "plan"},
                 {"guide", NULL},
                 {"xyz", NULL},
                 {"", NULL},
                 {"ib", "id"},
                 {"q", NULL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *nearest = text_nearest(cases[i].word, words, COUNT(words));
        if (cases[i].nearest)
            cr_expect_str_eq(nearest ? nearest : "(none)", cases[i].nearest, "%s", cases[i].word);
        else
            cr_expect_null(nearest, "%s gave %s", cases[i].word, nearest);
    }
}

Test(text, suggests_nothing_for_a_word_that_is_too_long)
{
    static const char *const words[] = {"alias"};
    char word[5000];
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    cr_assert_null(text_nearest(word, words, 1));
}

Test(text, tells_utf8_from_what_is_not)
{
    static const struct {
        const char *bytes;
        bool is_utf8;
    } cases[] = {
        {"", true},
        {"plain", true},
        {"\xC2\x80", true},
        {"\xDF\xBF", true},
        {"\xE0\xA0\x80", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xEF\xBF\xBF", true},
        {"\xF0\x90\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\x80", false},             /* a continuation alone */
        {"\xC0\x80", false},         /* overlong NUL */
        {"\xC1\xBF", false},         /* overlong 0x7F */
        {"\xE0\x9F\xBF", false},     /* overlong U+07FF */
        {"\xF0\x8F\xBF\xBF", false}, /* overlong U+FFFF */
        {"\xED\xA0\x80", false},     /* surrogate U+D800 */
        {"\xED\xBF\xBF", false},     /* surrogate U+DFFF */
        {"\xF4\x90\x80\x80", false}, /* U+110000 */
        {"\xF5\x80\x80\x80", false},
        {"\xFF", false},
        {"\xC3", false}, /* cut off */
        {"\xE2\x82", false},
        {"\xF0\x9F\x98", false},
        {"\xE2\x82x", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(text_is_utf8(cases[i].bytes, strlen(cases[i].bytes)), cases[i].is_utf8,
                     "case %zu", i);
}

#define REPLACED "\xEF\xBF\xBD"

Test(text, leaves_what_people_write)
{
    static const char *const same[] = {
        "plain ASCII ~!@#$%^&*()_+ \\x1b",
        "\xC2\xA0",                                  /* no-break space, the first after C1 */
        "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC",            /* ete, euro sign */
        "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",          /* Hebrew */
        "\xE6\x97\xA5\xE6\x9C\xAC",                  /* Japanese */
        "\xF0\x9F\x9A\x80 \xE2\x9A\xA0\xEF\xB8\x8F", /* emoji, one with its variation selector */
        "e\xCC\x81",                                 /* a combining accent */
        REPLACED,
    };
    for (size_t i = 0; i < COUNT(same); i++) {
        auto_free char *safe = text_safe(same[i]);
        cr_expect_str_eq(safe, same[i]);
    }
}

Test(text, shows_what_would_act_on_a_terminal)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"\x1b[2J", "\\x1b[2J"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
        {"a\x08 b", "a\\x08 b"},
        {"\x7f", "\\x7f"},
        {"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
        {"\xC2\x80", "\\x80"},
        {"\xC2\x9B"
         "31m",
         "\\x9b31m"}, /* CSI in one character */
        {"\xC2\x9F", "\\x9f"},
        {"\xE2\x80\xAA|\xE2\x80\xAE", "<U+202A>|<U+202E>"},
        {"\xE2\x81\xA6|\xE2\x81\xA9", "<U+2066>|<U+2069>"},
        {"\xE2\x80\x8E\xE2\x80\x8F", "<U+200E><U+200F>"},
        {"\xD8\x9C", "<U+061C>"},
        {"\xE2\x80\x8B\xE2\x80\x8C\xE2\x80\x8D", "<U+200B><U+200C><U+200D>"},
        {"\xE2\x81\xA0\xEF\xBB\xBF", "<U+2060><U+FEFF>"},
        {"\xE2\x80\xA8\xE2\x80\xA9", "<U+2028><U+2029>"},
        {"pro\xC2\xAD"
         "duction",
         "pro<U+00AD>duction"},
        {"\xF3\xA0\x81\x81", "<U+E0041>"}, /* a tag */
        {"\xEF\xBF\xBE\xEF\xBF\xBF", "<U+FFFE><U+FFFF>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *safe = text_safe(cases[i].in);
        cr_expect_str_eq(safe, cases[i].out, "case %zu gave %s", i, safe);
    }
}

Test(text, replaces_what_is_not_utf8_and_reads_on_behind_it)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\x80z", "a" REPLACED "z"},
        {"\x9B"
         "31m",
         REPLACED "31m"}, /* CSI for a terminal that reads bytes */
        {"\xC0\xAF", REPLACED REPLACED},
        {"\xC1\x9B", REPLACED REPLACED},
        {"\xE0\x80\x9B", REPLACED REPLACED REPLACED},
        {"\xED\xA0\x80", REPLACED REPLACED REPLACED},
        {"\xF4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED},
        {"\xFF\xFE", REPLACED REPLACED},
        {"\xE2\x82", REPLACED}, /* cut off: the longest start is one mistake */
        {"\xF0\x9F\x98z", REPLACED "z"},
        {"\xE2\x82\x1b[A", REPLACED "\\x1b[A"}, /* a start must not swallow the ESC */
        {"\xC3\xC3\xA9", REPLACED "\xC3\xA9"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *safe = text_safe(cases[i].in);
        cr_expect_str_eq(safe, cases[i].out, "case %zu", i);
    }
}

Test(text, keeps_lines_and_tabs_only_when_asked)
{
    static const char in[] = "a\tb\r\nc\rd\n\x1b[m\0e";
    auto_buf out;
    buf_init(&out, 1000);
    text_sanitize(&out, in, sizeof(in) - 1, true);
    cr_assert_str_eq(out.ptr, "a\tb\nc\\x0dd\n\\x1b[m\\x00e");
}

/* Whatever the bytes, what comes out is UTF-8 without a control or an invisible character. */
Test(text, is_safe_for_every_pair_and_many_runs_of_bytes)
{
    uint32_t seed = 1;
    for (size_t round = 0; round < 200000; round++) {
        char bytes[8];
        size_t len = round < 65536 ? 2 : sizeof(bytes);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* Mostly the bytes that matter: starts, continuations and controls. */
            bytes[i] = (char)(seed >> 24 | (seed >> 20 & 1 ? 0x80u : 0));
        }
        if (round < 65536) {
            bytes[0] = (char)(round >> 8);
            bytes[1] = (char)(round & 255);
        }
        auto_buf out;
        auto_buf again;
        buf_init(&out, 1000);
        buf_init(&again, 1000);
        text_sanitize(&out, bytes, len, false);
        cr_assert(text_is_utf8(out.ptr, out.len));
        for (size_t i = 0; i < out.len; i++)
            cr_assert((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f);
        text_sanitize(&again, out.ptr, out.len, false);
        cr_assert_str_eq(again.ptr, out.ptr, "it is not safe at the first time");
    }
}

Test(text, copies_what_fits_in_whole_characters)
{
    static const struct {
        const char *from;
        size_t size;
        const char *to;
    } cases[] = {
        {"", 1, ""},
        {"abc", 4, "abc"},
        {"abc", 3, "ab"},
        {"a\u20ac", 5, "a\u20ac"},
        {"a\u20ac", 4, "a"},
        {"a\u20ac", 3, "a"},
        {"\U0001F600", 4, ""},
        {"abc", 1, ""},
        {"\xFFz", 8, "\uFFFDz"},
        {"\xC3\"", 8, "\uFFFD\""},
        {"ab\xE2\x82", 6, "ab\uFFFD"},
        {"ab\xE2\x82", 5, "ab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char to[8];
        text_copy(to, cases[i].size, cases[i].from);
        cr_expect_str_eq(to, cases[i].to, "case %zu", i);
    }
}
