/* panes_status.c - the pane "Status" says how everything is, and never that unknown is good. */
#include "tests/tui/pane_fixture.h"

static void open_known(struct pane_test *t)
{
    pane_open(t, PANE_STATUS);
    pane_hello(t);
    pane_statuses(t);
}

Test(panes_status, every_resource_of_every_environment_is_seen)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_all(&t, "status");
    pane_expect(&t, "status", 12, 36);
    pane_close(&t);
}

Test(panes_status, what_could_not_be_read_is_never_called_healthy)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_text(&t, 30, 58, "could not read it: AccessDenied");
    pane_close(&t);
}

Test(panes_status, a_lock_names_the_person_and_its_whole_reason_at_any_width)
{
    static const int widths[] = {36, 58, 78, 118};
    struct pane_test t;
    open_known(&t);
    json_t *all = pane_vector("status"), *production = json_array_get(all, 2);
    json_object_set_new(production, "run", json_null());
    json_object_set_new(production, "lock",
                        json_pack("{s:s, s:s}", "by",
                                  "arn:aws:sts::123456789012:assumed-role/Release/ana", "reason",
                                  "the auditors look at each table until Friday, ask in #release"));
    pane_document(&t, "status", "production", json_incref(production), false);
    json_decref(all);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        pane_expect_text(&t, 40, widths[i], "locked by ana");
        pane_expect_text(&t, 40, widths[i], "#release");
        pane_expect_no_text(&t, 40, widths[i], "arn:aws:sts");
    }
    pane_close(&t);
}

Test(panes_status, somebody_elses_move_is_told)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_no_text(&t, 30, 100, "somebody else");
    json_t *all = pane_vector("status"), *production = json_array_get(all, 2);
    json_object_set_new(production, "run", json_null());
    pane_document(&t, "status", "production", json_incref(production), false);
    json_decref(all);
    pane_expect_text(&t, 30, 100,
                     "somebody else: r-0142 of ana@mbp moves v41 to v42, until 14:32Z");
    pane_close(&t);
}

Test(panes_status, says_what_it_is_for_before_anything_is_known)
{
    struct pane_test t;
    pane_open(&t, PANE_STATUS);
    pane_expect_text(&t, 10, 60, "the configuration is being read");
    pane_hello(&t);
    pane_expect_text(&t, 10, 60, "nothing is known yet: it is being read");
    pane_expect_no_text(&t, 10, 60, "healthy");
    pane_close(&t);
}

Test(panes_status, what_is_of_an_earlier_time_says_so)
{
    struct pane_test t;
    pane_open(&t, PANE_STATUS);
    pane_hello(&t);
    json_t *all = pane_vector("status");
    pane_document(&t, "status", "production", json_incref(json_array_get(all, 2)), true);
    json_decref(all);
    pane_expect_text(&t, 20, 58, "as of 14:02Z");
    pane_close(&t);
}

Test(panes_status, what_gets_old_says_how_old)
{
    struct pane_test t;
    open_known(&t);
    pane_expect_no_text(&t, 30, 90, "ago");
    pane_later(&t, 60);
    pane_expect_text(&t, 30, 90, "1 min ago");
    pane_close(&t);
}

Test(panes_status, trouble_is_said_with_its_reason)
{
    struct pane_test t;
    open_known(&t);
    pane_news(&t, json_pack("{s:s, s:s, s:s, s:{s:s}}", "news", "trouble", "env", "production",
                            "what", "status", "error", "message", "no route to host"));
    pane_expect_text(&t, 20, 90, "could not read production: no route to host");
    pane_close(&t);
}

Test(panes_status, enter_puts_another_environment_on_the_screen)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *drawn = pane_picture(&t, 20, 58);
    for (int i = 0; i < 4; i++)
        pane_key(&t, 'j');
    pane_key(&t, KEY_CODE_ENTER);
    cr_expect_str_eq(app_environment(t.app)->name, "dev");
    cr_expect_not_null(pane_asked(&t, "look"));
    pane_close(&t);
}

Test(panes_status, enter_on_a_resource_opens_all_that_is_known_and_y_copies)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *drawn = pane_picture(&t, 20, 58);
    pane_key(&t, 'j');
    pane_key(&t, 'Y');
    cr_expect_str_eq(
        t.effects.copied,
        "arn:aws:lambda:eu-central-1:123456789012:function:finally-prod-api:production");
    pane_key(&t, KEY_CODE_ENTER);
    cr_assert_not_null(t.app->dialog);
    cr_expect_str_eq(t.app->dialog->kind->name, "facts");
    for (int i = 0; i < 3; i++)
        pane_key(&t, 'j');
    pane_key(&t, 'y');
    cr_expect_str_eq(t.effects.copied, "aws lambda get-alias --function-name finally-prod-api "
                                       "--name production --region eu-central-1");
    pane_close(&t);
}

Test(panes_status, the_cursor_stays_on_its_line_when_another_environment_comes_first)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *drawn = pane_picture(&t, 20, 58);
    pane_key(&t, 'G');
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "AccessDenied") != NULL);
    pane_key(&t, '>');
    pane_key(&t, 'y');
    cr_expect(strstr(t.effects.copied, "AccessDenied") != NULL);
    pane_close(&t);
}

Test(panes_status, a_click_selects_and_r_reads_again)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *drawn = pane_picture(&t, 20, 58);
    struct input click = {.kind = INPUT_MOUSE, .mouse = MOUSE_PRESS, .y = 4, .x = 5};
    cr_expect(panes[PANE_STATUS]->input(t.app, &click, (struct area){.y = 0, .h = 20, .w = 58},
                                        &t.effects));
    pane_key(&t, 'y');
    cr_expect_str_eq(t.effects.copied, "p9d0g7h8i9 calls finally-prod-api:production");
    pane_key(&t, 'r');
    cr_expect_str_eq(json_string_value(json_object_get(pane_asked(&t, "refresh"), "what")),
                     "status");
    pane_close(&t);
}

Test(panes_status, any_size_can_be_drawn)
{
    struct pane_test t;
    pane_open(&t, PANE_STATUS);
    pane_expect_any_size(&t);
    pane_hello(&t);
    pane_expect_any_size(&t);
    pane_statuses(&t);
    pane_expect_any_size(&t);
    pane_close(&t);
}

Test(panes_status, nothing_but_ascii_is_drawn_where_that_is_asked_for)
{
    struct pane_test t;
    open_known(&t);
    auto_free char *picture = pane_picture_of(&t, 14, 60, true);
    for (const char *c = picture; *c != '\0'; c++)
        cr_assert((unsigned char)*c < 0x80, "%s", picture);
    pane_close(&t);
}

Test(panes_status, another_environment_on_the_screen_stands_first_and_the_cursor_is_on_it)
{
    struct pane_test t;
    struct canvas *c = canvas_new(6, 58);
    pane_open(&t, PANE_STATUS);
    pane_hello(&t);
    pane_statuses(&t);
    panes[PANE_STATUS]->draw(t.app, c, canvas_all(c));
    pane_key(&t, KEY_CODE_END);
    panes[PANE_STATUS]->draw(t.app, c, canvas_all(c));
    pane_key(&t, '>');
    panes[PANE_STATUS]->draw(t.app, c, canvas_all(c));
    auto_free char *first = canvas_row(c, 0);
    const char *name = app_environment(t.app)->name;
    cr_expect_not_null(strstr(first, "▸"), "%s", first);
    cr_expect_not_null(strstr(first, name), "%s", first);
    canvas_free(c);
    pane_close(&t);
}

Test(panes_status, the_title_names_the_one_that_is_not_healthy)
{
    char about[80];
    struct pane_test t;
    pane_open(&t, PANE_STATUS);
    pane_hello(&t);
    pane_statuses(&t);
    panes[PANE_STATUS]->about(t.app, about, sizeof about);
    cr_expect_not_null(strstr(about, " of 3 healthy"), "%s", about);
    cr_expect(about[0] < '0' || about[0] > '9', "%s", about);
    pane_close(&t);
}
