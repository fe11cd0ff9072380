/* canvas.c - tests of tui/canvas.c: nothing is drawn outside, and nothing acts on the terminal. */
#include "tui/canvas.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/mem.h"

#define ROUNDS 4000
#define OUTSIDE 0x2591 /* what the cells around hold: a light shade */

static void expect_row(const struct canvas *c, int y, const char *wanted)
{
    auto_free char *row = canvas_row(c, y);
    cr_expect_str_eq(row, wanted, "row %d is \"%s\", not \"%s\"", y, row, wanted);
}

/* ---- text ---- */

Test(canvas, text_is_cut_with_an_ellipsis_by_columns)
{
    static const struct {
        int width;
        const char *text, *wanted;
        int used;
    } cases[] = {
        {5, "hello", "hello", 5},
        {5, "hello!", "hell…", 5},
        {1, "hello", "…", 1},
        {0, "hello", "", 0},
        {5, "", "", 0},
        {6, "日本語", "日本語", 6},
        {5, "日本語", "日本…", 5},
        {4, "日本語", "日…", 3}, /* no half of a character */
        {1, "日", "…", 1},
        {4, "e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301", 4},
        {3, "e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301…", 3},
        {8, "\u0301x", " \u0301x", 2}, /* a mark with nothing to stand on */
        {8, "a\u0301\u0302\u0303\u0304b", "a\u0301\u0302b", 2}, /* what a cell holds */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct canvas *c = canvas_new(1, cases[i].width);
        int used = canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, cases[i].text);
        expect_row(c, 0, cases[i].wanted);
        cr_expect_eq(used, cases[i].used, "case %zu used %d", i, used);
        canvas_free(c);
    }
}

Test(canvas, what_would_act_on_a_terminal_is_shown)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"a\x1b[31mb", "a\\x1b[31mb"},
        {"a\tb\nc", "a\\x09b\\x0ac"},
        {"a\x7f", "a\\x7f"},
        {"a\xc2\x9b"
         "1m",
         "a\\x9b1m"},
        {"a\u202eb", "a<U+202E>b"},
        {"a\u200bb", "a<U+200B>b"},
        {"a\xff\xc3", "a��"},
        {"\xed\xa0\x80", "���"},
        {"\ufeffx", "<U+FEFF>x"},
        {"\u0378", "�"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct canvas *c = canvas_new(1, 40);
        int used = canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, cases[i].text);
        expect_row(c, 0, cases[i].wanted);
        cr_expect_eq(used, canvas_width(cases[i].text));
        canvas_free(c);
    }
}

Test(canvas, widths_do_not_depend_on_the_locale)
{
    static const char *const locales[] = {"C", "C.UTF-8"};
    for (size_t i = 0; i < 2; i++) {
        setlocale(LC_ALL, locales[i]);
        cr_expect_eq(canvas_width("日本 e\u0301 … 🎉"), 11);
        cr_expect_eq(canvas_width(""), 0);
        cr_expect_eq(canvas_width("\x1b"), 4);
    }
}

Test(canvas, half_of_a_wide_character_is_not_left_over)
{
    struct canvas *c = canvas_new(1, 6);
    canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, "日本語");
    canvas_char(c, canvas_all(c), 0, 1, ROLE_TEXT, L'x');
    expect_row(c, 0, " x本語");
    canvas_char(c, canvas_all(c), 0, 4, ROLE_TEXT, L'y');
    expect_row(c, 0, " x本y");
    canvas_char(c, canvas_all(c), 0, 1, ROLE_TEXT, L'国');
    expect_row(c, 0, " 国 y");
    canvas_char(c, canvas_all(c), 0, 5, ROLE_TEXT, L'国'); /* its right half has no place */
    expect_row(c, 0, " 国 y");
    canvas_free(c);
}

Test(canvas, in_ascii_every_character_keeps_its_width)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"a … – — → ← ≥ ≤ × · • ✓ ✗ ▸", "a ~ - - > < > < x . * + x >"},
        {"▁▂▃▄▅▆▇█░", "_.-=+*%#-"},
        {"⠀⠁⣀⠛⣿", " ..:#"},
        {"┌─┬┐│└┴┘", "+-+++"},
        {"José Žižek ß", "Jose Zizek s"},
        {"日x", "? x"},
        {"e\u0301x", "ex"},
        {"ю", "?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct canvas *c = canvas_new(1, 60);
        c->is_ascii = true;
        int used = canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, cases[i].text);
        if (i != 3)
            expect_row(c, 0, cases[i].wanted);
        else
            expect_row(c, 0, "+-++|+++");
        cr_expect_eq(used, canvas_width(cases[i].text));
        canvas_free(c);
    }
}

Test(canvas, right_and_center_keep_what_matters)
{
    struct canvas *c = canvas_new(5, 10);
    struct area a = canvas_all(c);
    cr_expect_eq(canvas_put_right(c, a, 0, 10, ROLE_TEXT, "abc"), 3);
    cr_expect_eq(canvas_put_right(c, a, 1, 4, ROLE_TEXT, "abcdef"), 4);
    cr_expect_eq(canvas_put_center(c, a, 2, ROLE_TEXT, "abcd"), 4);
    canvas_put_center(c, a, 3, ROLE_TEXT, "abcdefghijkl");
    cr_expect_eq(canvas_putf(c, a, 4, 2, ROLE_TEXT, "%d %s", 7, "x"), 3);
    expect_row(c, 0, "       abc");
    expect_row(c, 1, "abc…");
    expect_row(c, 2, "   abcd");
    expect_row(c, 3, "abcdefghi…");
    expect_row(c, 4, "  7 x");
    canvas_free(c);
}

Test(canvas, a_very_long_line_is_looked_at_only_where_it_is_seen)
{
    struct canvas *c = canvas_new(1, 5);
    size_t len = 1 << 20;
    auto_free char *text = xmalloc(len + 1);
    memset(text, 'a', len);
    text[len] = '\0';
    cr_expect_eq(canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, text), 5);
    expect_row(c, 0, "aaaa…");
    for (size_t i = 1; i + 1 < len; i += 2)
        memcpy(text + i, "\u0301", 2);
    text[1 + 2 * ((len - 2) / 2)] = '\0';
    cr_expect_eq(canvas_put(c, canvas_all(c), 0, 0, ROLE_TEXT, text), 2);
    expect_row(c, 0, "a\u0301\u0301…aa…");
    canvas_free(c);
}

/* ---- wrapping ---- */

Test(canvas, wraps_at_words_and_newlines)
{
    static const struct {
        int width, x, indent;
        const char *text;
        int rows;
        const char *wanted[5];
    } cases[] = {
        {11, 0, 0, "one two three four", 2, {"one two", "three four"}},
        {11, 2, 0, "one two three", 2, {"  one two", "  three"}},
        {11, 0, 2, "one two three four", 3, {"one two", "  three", "  four"}},
        {7, 0, 0, "one two  three", 2, {"one two", "three"}},
        {4, 0, 0, "abcdefghij", 3, {"abcd", "efgh", "ij"}},
        {4, 0, 0, "ab cdefgh", 3, {"ab", "cdef", "gh"}},
        {9, 0, 0, "a\n\nb", 3, {"a", "", "b"}},
        {3, 0, 0, "abc\ndef", 2, {"abc", "def"}},
        {3, 0, 0, "abc \ndef", 2, {"abc", "def"}},
        {5, 0, 0, "日本語です", 3, {"日本", "語で", "す"}},
        {9, 0, 0, "  in front", 2, {"  in", "front"}},
        {9, 0, 0, "", 0, {NULL}},
        {8, 0, 0, "\x1b[1m ok", 2, {"\\x1b[1m", "ok"}},
        {4, 4, 0, "x", 0, {NULL}},
        {3, 1, 9, "a b c", 3, {" a", " b", " c"}}, /* no room for the indent */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct canvas *c = canvas_new(5, cases[i].width);
        int rows =
            canvas_wrap(c, canvas_all(c), 0, cases[i].x, cases[i].indent, ROLE_TEXT, cases[i].text);
        cr_expect_eq(rows, cases[i].rows, "case %zu has %d rows", i, rows);
        for (int y = 0; y < cases[i].rows; y++)
            expect_row(c, y, cases[i].wanted[y]);
        cr_expect_eq(
            canvas_wrap_height(cases[i].width - cases[i].x, cases[i].indent, cases[i].text), rows);
        canvas_free(c);
    }
}

Test(canvas, text_that_goes_on_below_the_area_says_so)
{
    struct canvas *c = canvas_new(4, 12);
    struct area a = {.y = 0, .x = 0, .h = 2, .w = 12};
    cr_expect_eq(canvas_wrap(c, a, 0, 0, 0, ROLE_TEXT, "one two three four five six"), 3);
    expect_row(c, 0, "one two");
    expect_row(c, 1, "three four…");
    expect_row(c, 2, "");
    canvas_free(c);
}

/* ---- shapes ---- */

Test(canvas, a_box_is_made_of_lines)
{
    struct canvas *c = canvas_new(4, 6);
    canvas_box(c, canvas_all(c), ROLE_BORDER);
    auto_free char *text = canvas_text(c);
    cr_expect_str_eq(text, "┌────┐\n│    │\n│    │\n└────┘\n");
    canvas_clear(c);
    c->is_ascii = true;
    canvas_box(c, (struct area){.y = 1, .x = 1, .h = 3, .w = 4}, ROLE_BORDER);
    auto_free char *ascii = canvas_text(c);
    cr_expect_str_eq(ascii, "\n +--+\n |  |\n +--+\n");
    cr_expect_eq(canvas_cell(c, 1, 1)->role, ROLE_BORDER);
    canvas_free(c);
}

Test(canvas, every_glyph_is_one_column_and_has_an_ascii_form)
{
    struct canvas *c = canvas_new(1, 1);
    for (int is_ascii = 0; is_ascii < 2; is_ascii++) {
        c->is_ascii = is_ascii != 0;
        for (int i = 0; i < GLYPH_COUNT; i++) {
            canvas_clear(c);
            canvas_glyph(c, canvas_all(c), 0, 0, ROLE_TEXT, (enum glyph)i);
            wchar_t drawn = canvas_cell(c, 0, 0)->text[0];
            cr_expect(drawn > L' ' && (!is_ascii || drawn < 0x7F), "glyph %d", i);
        }
    }
    canvas_free(c);
}

Test(canvas, a_selected_row_is_seen_without_colour)
{
    struct canvas *c = canvas_new(3, 6);
    struct area a = {.y = 0, .x = 1, .h = 3, .w = 4};
    canvas_put(c, a, 1, 1, ROLE_TEXT, "ab");
    canvas_put(c, a, 2, 0, ROLE_TEXT, "cd");
    canvas_select(c, a, 1);
    canvas_select(c, a, 2);
    expect_row(c, 1, " ▸ab");
    expect_row(c, 2, " cd");
    cr_expect_eq(canvas_cell(c, 1, 0)->is_selected, 0);
    cr_expect_eq(canvas_cell(c, 1, 1)->is_selected, 1);
    cr_expect_eq(canvas_cell(c, 1, 4)->is_selected, 1);
    cr_expect_eq(canvas_cell(c, 1, 5)->is_selected, 0);
    canvas_fill(c, a, ROLE_DIALOG, L' ');
    cr_expect_eq(canvas_cell(c, 1, 1)->is_selected, 0);
    canvas_select(c, a, 3);
    canvas_select(c, a, -1);
    canvas_free(c);
}

Test(canvas, parts_of_an_area_are_never_outside_of_it)
{
    struct area a = {.y = 3, .x = 4, .h = 5, .w = 6};
    for (int from = -2; from < 9; from++)
        for (int count = -1; count < 9; count++) {
            struct area rows = canvas_rows(a, from, count), cols = canvas_cols(a, from, count);
            struct area inner = canvas_inner(a, from, count);
            const struct area parts[] = {rows, cols, inner};
            for (size_t i = 0; i < 3; i++)
                cr_expect(parts[i].h >= 0 && parts[i].w >= 0 && parts[i].y >= a.y &&
                              parts[i].x >= a.x && parts[i].y + parts[i].h <= a.y + a.h &&
                              parts[i].x + parts[i].w <= a.x + a.w,
                          "part %zu of %d, %d", i, from, count);
        }
}

Test(canvas, roles_are_known_by_their_names)
{
    enum role role;
    for (int i = 0; i < ROLE_COUNT; i++) {
        cr_expect(canvas_role_parse(canvas_role_name((enum role)i), &role));
        cr_expect_eq(role, (enum role)i);
    }
    cr_expect(!canvas_role_parse("bands", &role));
    cr_expect_str_eq(canvas_role_name(ROLE_COUNT), "");
}

/* ---- properties ---- */

static unsigned dice;

/* The same in every run. */
static int roll(int below)
{
    dice = dice * 1664525U + 1013904223U;
    return (int)((dice >> 8) % (unsigned)below);
}

static char *any_text(void)
{
    static const char *const pieces[] = {
        "a",      "bc ",  "日",       "本",     "e\u0301", "\u0301", "\x1b[2J",
        "\u202e", "\xff", "\xe6\x97", "🎉",      "…",       " ",      "\n",
        "\t",     "\x7f", "⣿",        "\u200d", "word",    "\u1100", "\u1161",
        "\u0378", "│",    "\xf0\x9f", "ｗ",     "\u00ad",  "é",
    };
    int count = roll(40);
    char *text = xcalloc(1, 512);
    for (int i = 0; i < count; i++) {
        const char *piece = pieces[roll((int)(sizeof pieces / sizeof pieces[0]))];
        memcpy(text + strlen(text), piece, strlen(piece) + 1);
    }
    return text;
}

static struct area any_area(const struct canvas *c)
{
    return (struct area){.y = roll(c->rows + 6) - 3,
                         .x = roll(c->cols + 6) - 3,
                         .h = roll(c->rows + 4) - 1,
                         .w = roll(c->cols + 4) - 1};
}

static void draw_anything(struct canvas *c, struct area a)
{
    auto_free char *text = any_text();
    int y = roll(c->rows + 4) - 2, x = roll(c->cols + 6) - 3;
    enum role role = (enum role)roll(ROLE_COUNT);
    switch (roll(11)) {
    case 0:
        canvas_put(c, a, y, x, role, text);
        break;
    case 1:
        canvas_putf(c, a, y, x, role, "%s%d", text, x);
        break;
    case 2:
        canvas_put_right(c, a, y, roll(c->cols + 4), role, text);
        break;
    case 3:
        canvas_put_center(c, a, y, role, text);
        break;
    case 4:
        canvas_wrap(c, a, y, x, roll(5), role, text);
        break;
    case 5:
        canvas_glyph(c, a, y, x, role, (enum glyph)roll(GLYPH_COUNT));
        break;
    case 6:
        canvas_char(c, a, y, x, role, (wchar_t)roll(0x20000));
        break;
    case 7:
        canvas_fill(c, a, role, (wchar_t)roll(0x3100));
        break;
    case 8:
        canvas_hline(c, a, y, x, roll(c->cols + 5), role, GLYPH_HLINE);
        break;
    case 9:
        canvas_box(c, a, role);
        break;
    default:
        canvas_select(c, a, y);
        break;
    }
}

static bool is_inside(struct area a, int y, int x)
{
    return y >= a.y && y < a.y + a.h && x >= a.x && x < a.x + a.w;
}

/* Each cell holds one that can be shown, and each right half has its left one. */
static void expect_sound(const struct canvas *c)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++) {
            const struct cell *cell = canvas_cell(c, y, x);
            wchar_t first = cell->text[0];
            cr_assert_eq(cell->text[CELL_TEXT_SIZE - 1], L'\0');
            cr_assert_lt(cell->role, ROLE_COUNT);
            if (first == L'\0') {
                cr_assert(x > 0 && wcwidth(canvas_cell(c, y, x - 1)->text[0]) == 2,
                          "half a character at %d, %d", y, x);
                continue;
            }
            cr_assert(first >= 0x20 && (first < 0x7F || first > 0x9F), "a control character");
            cr_assert(!c->is_ascii || first < 0x7F);
            int width = wcwidth(first);
            const struct cell *right = canvas_cell(c, y, x + 1);
            cr_assert(width == 1 || (width == 2 && right && right->text[0] == L'\0'),
                      "U+%04X at %d, %d of %dx%d", (unsigned)first, y, x, c->rows, c->cols);
        }
}

Test(canvas, nothing_is_ever_drawn_outside_of_its_area)
{
    setlocale(LC_ALL, "C.UTF-8");
    for (int round = 0; round < ROUNDS; round++) {
        dice = (unsigned)round * 7919U + 1U;
        bool is_large = round % 50 == 0;
        struct canvas *c = canvas_new(1 + roll(is_large ? 100 : 12), 1 + roll(is_large ? 300 : 24));
        c->is_ascii = roll(4) == 0;
        canvas_fill(c, canvas_all(c), ROLE_FAINT, OUTSIDE);
        wchar_t around = canvas_cell(c, 0, 0)->text[0];
        struct area a = any_area(c);
        for (int i = 0; i < 6; i++)
            draw_anything(c, a);
        for (int y = 0; y < c->rows; y++)
            for (int x = 0; x < c->cols; x++) {
                const struct cell *cell = canvas_cell(c, y, x);
                cr_assert(is_inside(a, y, x) || (cell->text[0] == around &&
                                                 cell->role == ROLE_FAINT && !cell->is_selected),
                          "round %d changed %d, %d", round, y, x);
            }
        expect_sound(c);
        canvas_free(c);
    }
}

Test(canvas, what_is_drawn_over_each_other_stays_sound)
{
    setlocale(LC_ALL, "C.UTF-8");
    for (int round = 0; round < ROUNDS / 4; round++) {
        dice = (unsigned)round * 104729U + 1U;
        struct canvas *c = canvas_new(1 + roll(8), 1 + roll(20));
        for (int i = 0; i < 30; i++)
            draw_anything(c, any_area(c));
        expect_sound(c);
        canvas_free(c);
    }
}

Test(canvas, what_put_returns_is_what_it_used)
{
    for (int round = 0; round < ROUNDS / 4; round++) {
        dice = (unsigned)round * 31337U + 1U;
        auto_free char *text = any_text();
        int width = roll(40);
        struct canvas *c = canvas_new(1, 41);
        struct area a = {.y = 0, .x = 0, .h = 1, .w = width};
        canvas_fill(c, canvas_all(c), ROLE_FAINT, OUTSIDE);
        int used = canvas_put(c, a, 0, 0, ROLE_TEXT, text), whole = canvas_width(text);
        cr_expect(used <= width && (whole > width || used == whole));
        for (int x = 0; x < 41; x++)
            cr_expect_eq(canvas_cell(c, 0, x)->role == ROLE_TEXT, x < used, "round %d", round);
        canvas_free(c);
    }
}

Test(canvas, any_size_can_be_made_and_made_anew)
{
    struct canvas *c = canvas_new(0, 0);
    static const int sizes[][2] = {{1, 1}, {100, 300}, {0, 5}, {5, 0}, {-1, -1}, {24, 80}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        canvas_resize(c, sizes[i][0], sizes[i][1]);
        canvas_box(c, canvas_all(c), ROLE_BORDER);
        auto_free char *text = canvas_text(c);
        cr_expect_not_null(text);
        cr_expect_null(canvas_cell(c, c->rows, 0));
        cr_expect_null(canvas_cell(c, 0, -1));
    }
    cr_expect_eq(c->cursor_y, -1);
    canvas_free(c);
    canvas_free(NULL);
}
