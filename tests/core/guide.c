/* guide.c - task lists become items in their sections, whatever was done to the file's encoding. */
#include "core/guide.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tests/source_path.h"

static char *vector_path(const char *file)
{
    auto_free char *path = xasprintf("tests/vectors/guide/%s", file);
    return source_path(path);
}

static struct guide load(const char *file)
{
    auto_free char *path = vector_path(file);
    struct guide guide;
    struct error err;
    cr_assert(guide_load(path, &guide, &err), "%s: %s", file, err.message);
    return guide;
}

/* One line per item, as the .expected files have it. */
static char *listing(const struct guide *guide)
{
    auto_buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < guide->count; i++) {
        const struct guide_item *item = &guide->items[i];
        buf_addf(&out, "%d %s %s | %s | %s\n", item->line, item->is_checked ? "[x]" : "[ ]",
                 item->id, item->section, item->text);
    }
    return buf_steal(&out);
}

static char *read_text(const char *file)
{
    auto_free char *path = vector_path(file);
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    auto_buf text;
    buf_init(&text, 1 << 16);
    for (int c; (c = fgetc(stream)) != EOF;)
        buf_addc(&text, (char)c);
    fclose(stream);
    return buf_steal(&text);
}

static const struct vector {
    const char *file, *expected, *repair;
} vectors[] = {
    {"sections.md", "sections.expected", ""},
    {"two-titles.md", "two-titles.expected", ""},
    {"nothing.md", "nothing.expected", ""},
    {"carriage-returns.md", "sections.expected", ""},
    {"byte-order-mark.md", "sections.expected", ""},
    {"damaged-macroman.md", "sections.expected",
     "UTF-8 that was read as MacRoman: repaired 13 places"},
    {"damaged-macroman-twice.md", "sections.expected",
     "UTF-8 that was read as MacRoman: repaired 38 places; "
     "UTF-8 that was read as MacRoman: repaired 13 places"},
    {"damaged-windows-1252.md", "sections.expected",
     "UTF-8 that was read as Windows-1252: repaired 13 places"},
    {"damaged-latin-1.md", "sections.expected",
     "UTF-8 that was read as Windows-1252: repaired 13 places"},
    {"damaged-and-edited.md", "sections.expected",
     "UTF-8 that was read as MacRoman: repaired 13 places"},
};

Test(guide, reads_the_items_of_each_vector)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct guide guide = load(vectors[i].file);
        auto_free char *got = listing(&guide);
        auto_free char *want = read_text(vectors[i].expected);
        cr_expect_str_eq(got, want, "%s:\n%s", vectors[i].file, got);
        cr_expect_str_eq(guide.repair, vectors[i].repair, "%s: %s", vectors[i].file, guide.repair);
        guide_clear(&guide);
    }
}

static bool parse(const char *text, struct guide *out, struct error *err)
{
    return guide_parse("guide.md", text, strlen(text), out, err);
}

Test(guide, refuses_an_id_that_is_given_twice)
{
    struct guide guide;
    struct error err;
    cr_assert_not(parse("- [ ] one <!-- id: a -->\n- [ ] two <!-- id: a -->\n", &guide, &err));
    cr_expect_eq(err.kind, ERROR_USAGE);
    cr_expect_str_eq(err.at, "guide.md:2:1");
    cr_expect(strstr(err.message, "lines 1 and 2") != NULL, "%s", err.message);
}

Test(guide, gives_way_to_an_explicit_id)
{
    struct guide guide;
    struct error err;
    cr_assert(parse("## A\n- [ ] one\n- [ ] two <!-- id: a/one -->\n", &guide, &err));
    cr_expect_str_eq(guide.items[0].id, "a/one-2");
    cr_expect_str_eq(guide.items[1].id, "a/one");
    guide_clear(&guide);
}

Test(guide, ends_the_bold_section_at_the_next_heading)
{
    struct guide guide;
    struct error err;
    cr_assert(parse("## A\n**b:**\n- [ ] one\n## C\n- [ ] two\n", &guide, &err));
    cr_expect_str_eq(guide.items[0].section, "A/b");
    cr_expect_str_eq(guide.items[1].section, "C");
    guide_clear(&guide);
}

Test(guide, says_why_it_cannot_be_read)
{
    struct guide guide;
    struct error err;
    cr_assert_not(guide_load("/nowhere/GUIDE.md", &guide, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect(strstr(err.message, "/nowhere/GUIDE.md") != NULL);
    cr_assert_not(guide_load("/", &guide, &err));
    cr_expect(strstr(err.message, "could not read") != NULL, "%s", err.message);
}

Test(guide, has_ceilings)
{
    auto_buf text;
    struct guide guide;
    struct error err;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 5001; i++)
        buf_adds(&text, "- [ ] x\n");
    cr_assert_not(parse(text.ptr, &guide, &err));
    cr_expect(strstr(err.message, "more than 5000") != NULL, "%s", err.message);
    buf_reset(&text);
    buf_adds(&text, "- [ ] ");
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, 'x');
    cr_assert(parse(text.ptr, &guide, &err));
    cr_assert_eq(guide.count, 1);
    cr_expect_eq(strlen(guide.items[0].text), 4096);
    guide_clear(&guide);
}
