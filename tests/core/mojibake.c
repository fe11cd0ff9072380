/* mojibake.c - damaged text is put right; text that only looks odd is left alone. */
#include "core/mojibake.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

static const struct repair_case {
    const char *from, *to, *said;
} cases[] = {
    {"", "", ""},
    {"plain", "plain", ""},
    {"caf\u00e9 \u2192 \u4e2d", "caf\u00e9 \u2192 \u4e2d", ""},
    {"a \u201a\u00dc\u00ed b", "a \u2192 b", "UTF-8 that was read as MacRoman: repaired 1 place"},
    {"\uf8ff\u00fc\u00ec\u00b6", "\U0001f4e6", /* a parcel, four bytes */
     "UTF-8 that was read as MacRoman: repaired 1 place"},
    {"a \u00e2\u2020\u2019 b", "a \u2192 b",
     "UTF-8 that was read as Windows-1252: repaired 1 place"},
    {"a \xc3\xa2\xc2\x86\xc2\x92 b", "a \u2192 b", /* Latin-1 keeps the controls */
     "UTF-8 that was read as Windows-1252: repaired 1 place"},
    {"caf\u00c3\u00a9", "caf\u00e9", "UTF-8 that was read as Windows-1252: repaired 1 place"},
    {"caf\xe9!", "caf\u00e9!", "1 byte that is not UTF-8, read as Windows-1252"},
    {"\x93"
     "a\x94",
     "\u201c"
     "a\u201d",
     "2 bytes that are not UTF-8, read as Windows-1252"},
    {"\xef\xbb\xbfx", "x", ""},
    {"\xed\xa0\x80", "\u00ed\u00a0\u20ac", "3 bytes that are not UTF-8, read as Windows-1252"},
    /* A page about mojibake: one place, and more that is in order. */
    {"\u201a\u00dc\u00ed means \u2192, \u00e9 and \u2192",
     "\u201a\u00dc\u00ed means \u2192, \u00e9 and \u2192", ""},
    /* Cut off in the middle of a character: what is whole is repaired. */
    {"\u201a\u00dc\u00ed\u201a\u00dc\u00ed\u201a\u00dc\u00ed \u201a\u00dc",
     "\u2192\u2192\u2192 \u201a\u00dc", "UTF-8 that was read as MacRoman: repaired 3 places"},
};

Test(mojibake, repairs_each_case)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        auto_buf out;
        buf_init(&out, 4096);
        auto_free char *said = mojibake_repair(cases[i].from, strlen(cases[i].from), &out);
        cr_expect_str_eq(out.ptr, cases[i].to, "%zu: %s", i, out.ptr);
        cr_expect_str_eq(said, cases[i].said, "%zu: %s", i, said);
    }
}
