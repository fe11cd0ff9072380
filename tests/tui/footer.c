/* footer.c - tests of tui/footer.c: the keys that work now, and the newest message. */
#include "tui/footer.h"

#include "core/wire.h"
#include "tests/tui/screen.h"

static char *footer(struct screen *s)
{
    app_draw(s->app, s->canvas);
    return canvas_row(s->canvas, s->canvas->rows - 2);
}

Test(footer, help_and_the_way_back_are_never_cut)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    for (int cols = 40; cols <= 250; cols++) {
        screen_resize(&s, 24, cols);
        auto_free char *row = footer(&s);
        cr_assert_not_null(strstr(row, "? all keys"), "%d columns: %s", cols, row);
        cr_assert_not_null(strstr(row, "! ROLLBACK"), "%d columns: %s", cols, row);
    }
    screen_close(&s);
}

Test(footer, in_a_text_field_the_way_back_is_another_key)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    screen_keys(&s, ":");
    auto_free char *row = footer(&s);
    cr_expect_not_null(strstr(row, "F9 ROLLBACK"), "%s", row);
    screen_close(&s);
}

Test(footer, a_popup_says_its_keys_and_they_are_not_clicked)
{
    struct screen s;
    screen_open(&s, "before", 24, 80);
    screen_unlock(&s);
    screen_keys(&s, "R");
    screen_wait_arming(&s);
    auto_free char *row = footer(&s);
    const char *y = strstr(row, "y start the release");
    cr_assert_not_null(y, "%s", row);
    cr_expect_not_null(strstr(row, "Esc back"), "%s", row);
    screen_mouse(&s, MOUSE_PRESS, 22, (int)(y - row));
    cr_expect_null(screen_asked(&s, "start"), "the mouse applies nothing");
    screen_close(&s);
}

Test(footer, a_hint_that_is_clicked_is_the_key_that_is_written_there)
{
    struct screen s;
    screen_open(&s, "going-back", 24, 80);
    auto_free char *row = footer(&s);
    struct layout l = layout_of(24, 80, s.app->focus, false);
    const char *unlock = strstr(row, "W unlock");
    cr_assert_not_null(unlock, "%s", row);
    cr_expect_eq(footer_key_at(s.app, &l, 22, (int)(unlock - row)), 'W');
    cr_expect_eq(footer_key_at(s.app, &l, 22, (int)(unlock - row) + 5), 'W');
    cr_expect_eq(footer_key_at(s.app, &l, 22, 0), 0);
    cr_expect_eq(footer_key_at(s.app, &l, 21, (int)(unlock - row)), 0);
    screen_close(&s);
}

Test(footer, what_does_nothing_now_is_not_offered)
{
    struct screen s;
    screen_open(&s, "before", 24, 200);
    auto_free char *locked = footer(&s);
    cr_expect_not_null(strstr(locked, "W unlock"));
    cr_expect_null(strstr(locked, "start release"));
    screen_unlock(&s);
    auto_free char *open = footer(&s);
    cr_expect_null(strstr(open, "W unlock"));
    cr_expect_not_null(strstr(open, "R start release"));
    cr_expect_null(strstr(open, "approve"), "nobody waits for it");
    screen_close(&s);
}

Test(footer, a_message_stands_for_five_seconds_and_is_kept)
{
    struct screen s;
    screen_open(&s, "no-run", 24, 80);
    app_toast(s.app, false, "the %s is on fire", "house");
    screen_expect_text(&s, "the house is on fire");
    cr_expect_leq(app_next_tick_ms(s.app), s.wall_ms + TOAST_LIFE_MS);
    screen_wait(&s, TOAST_LIFE_MS);
    screen_expect_no_text(&s, "the house is on fire");
    screen_keys(&s, "E");
    screen_expect_text(&s, "the house is on fire");
    screen_close(&s);
}

Test(footer, what_is_bad_is_not_pushed_away_by_what_comes_behind_it)
{
    struct screen s;
    screen_open(&s, "no-run", 24, 80);
    app_toast(s.app, true, "it burns");
    app_toast(s.app, false, "nice weather");
    screen_expect_text(&s, "it burns");
    for (int i = 0; i < 3 * TOAST_HISTORY; i++)
        app_toast(s.app, false, "line %d", i);
    cr_expect_leq(s.app->toast_count, TOAST_HISTORY);
    screen_close(&s);
}
