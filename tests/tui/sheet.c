/* sheet.c - the part of a page that is shown is the part around its cursor. */
#include "tui/sheet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

static void write_page(struct sheet *s, int from, int count)
{
    sheet_init(s, 20, false);
    int y = sheet_row(s, NULL);
    canvas_put(s->page, sheet_area(s), y, 0, ROLE_STRONG, "heading");
    for (int i = from; i < from + count; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "n%d", i);
        y = sheet_row(s, id);
        canvas_put(s->page, sheet_area(s), y, 2, ROLE_TEXT, id);
    }
}

static char *shown(struct sheet *s, struct sheet_cursor *cursor, int rows)
{
    struct canvas *c = canvas_new(rows, 22);
    sheet_show(s, cursor, c, canvas_all(c), true);
    char *text = canvas_text(c);
    canvas_free(c);
    return text;
}

static bool clicks(const struct sheet *s, struct sheet_cursor *cursor, int y)
{
    const struct input press = {.kind = INPUT_MOUSE, .mouse = MOUSE_PRESS, .y = y};

    return sheet_mouse(s, cursor, &press, (struct area){.h = 10});
}

Test(sheet, more_rows_than_at_first_are_kept)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    write_page(&s, 0, 500);
    sheet_move(&s, &cursor, SHEET_FAR);
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n499");
    auto_free char *text = shown(&s, &cursor, 5);
    cr_expect(strstr(text, "n499") != NULL && strstr(text, "n494") == NULL, "%s", text);
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, the_cursor_stays_on_its_id_and_near_its_place_when_that_is_gone)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    write_page(&s, 0, 10);
    sheet_move(&s, &cursor, 4);
    auto_free char *before = shown(&s, &cursor, 5);
    sheet_clear(&s);
    write_page(&s, 2, 10); /* two above it are gone */
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n4");
    auto_free char *after = shown(&s, &cursor, 5);
    sheet_clear(&s);
    write_page(&s, 6, 3); /* it is gone, too */
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n8");
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, the_heading_above_the_first_is_seen_again)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    write_page(&s, 0, 20);
    sheet_move(&s, &cursor, SHEET_FAR);
    auto_free char *end = shown(&s, &cursor, 5);
    sheet_move(&s, &cursor, -SHEET_FAR);
    auto_free char *start = shown(&s, &cursor, 5);
    cr_expect(strncmp(start, "heading", 7) == 0, "%s", start);
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, the_cursor_is_on_the_first_when_something_comes)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    sheet_init(&s, 20, false);
    sheet_wrap(&s, NULL, 0, 0, ROLE_FAINT, "nothing yet");
    auto_free char *nothing = shown(&s, &cursor, 5);
    sheet_clear(&s);
    write_page(&s, 0, 20);
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n0");
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, a_page_without_ids_scrolls)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    sheet_init(&s, 20, false);
    for (int i = 0; i < 30; i++) {
        char text[24];
        (void)snprintf(text, sizeof text, "line %d", i);
        sheet_wrap(&s, NULL, 0, 0, ROLE_TEXT, text);
    }
    auto_free char *start = shown(&s, &cursor, 4);
    sheet_move(&s, &cursor, 7);
    auto_free char *text = shown(&s, &cursor, 4);
    cr_expect(strncmp(text, "line 7", 6) == 0, "%s", text);
    sheet_move(&s, &cursor, SHEET_FAR);
    auto_free char *end = shown(&s, &cursor, 4);
    cr_expect(strncmp(end, "line 26", 7) == 0, "%s", end);
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, pinned_rows_stay_where_there_is_room)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    sheet_init(&s, 20, false);
    sheet_wrap(&s, NULL, 0, 0, ROLE_BAD, "what matters");
    sheet_pin(&s);
    for (int i = 0; i < 20; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "n%d", i);
        sheet_wrap(&s, id, 2, 0, ROLE_TEXT, id);
    }
    sheet_move(&s, &cursor, SHEET_FAR);
    auto_free char *text = shown(&s, &cursor, 8);
    cr_expect(strncmp(text, "what matters", 12) == 0 && strstr(text, "n19") != NULL, "%s", text);
    cr_expect(clicks(&s, &cursor, 1));
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n13");
    cr_expect_not(clicks(&s, &cursor, 0));
    sheet_move(&s, &cursor, SHEET_FAR);
    auto_free char *small = shown(&s, &cursor, 4);
    cr_expect(strstr(small, "what matters") == NULL && strstr(small, "n19") != NULL, "%s", small);
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}

Test(sheet, a_click_selects_what_is_there_and_nothing_else)
{
    struct sheet s;
    struct sheet_cursor cursor = {0};
    write_page(&s, 0, 3);
    auto_free char *text = shown(&s, &cursor, 10);
    cr_expect(clicks(&s, &cursor, 2));
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n1");
    cr_expect_not(clicks(&s, &cursor, 0), "the heading is nobody's");
    cr_expect_not(clicks(&s, &cursor, 9));
    cr_expect_not(clicks(&s, &cursor, -1));
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n1");
    const struct input down = {.kind = INPUT_MOUSE, .mouse = MOUSE_WHEEL_DOWN};
    cr_expect(sheet_mouse(&s, &cursor, &down, (struct area){.h = 10}));
    cr_expect_str_eq(sheet_selected(&s, &cursor), "n2", "the wheel stops at the end");
    sheet_cursor_clear(&cursor);
    sheet_clear(&s);
}
