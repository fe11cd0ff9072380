/* app_draw.c - the whole picture: header, tabs, frames, panes, footer, dialogs. */
#include <stdio.h>
#include <string.h>

#include "tui/app_parts.h"
#include "tui/footer.h"
#include "tui/header.h"
#include "tui/panes.h"

#define ABOUT_SIZE 160
#define TAB_GAP 2
#define TAB_ABOUT_MOST 5

struct layout app_layout(const struct app *app)
{
    return layout_of(app->rows, app->cols, app->focus, app->is_zoomed);
}

struct area app_pane_inner(const struct layout *l, enum pane_id pane)
{
    return canvas_inner(l->panes[pane], 1, 1);
}

/* ---- tabs ---- */

struct tab {
    char text[ABOUT_SIZE];
    int x, width;
};

/* Of "8/39, 7 stop it" only "8/39" stands in a tab; what is not so short, nowhere. */
static void shorten_about(char about[static ABOUT_SIZE])
{
    char *comma = strchr(about, ',');
    if (comma != NULL)
        *comma = '\0';
    bool is_mark = strchr(about, '/') != NULL && canvas_width(about) <= TAB_ABOUT_MOST;
    if (!is_mark)
        about[0] = '\0';
}

/* What stands behind a title is left out first, then the titles of those that have no focus. */
static int lay_tabs(const struct app *app, int width, struct tab tabs[static PANE_COUNT])
{
    int x = 0;
    for (int form = 0; form < 3; form++) {
        x = 1;
        for (int i = 0; i < PANE_COUNT; i++) {
            char about[ABOUT_SIZE] = "";
            bool has_focus = app->focus == (enum pane_id)i;
            if (form == 0 && panes[i]->about != NULL)
                panes[i]->about(app, about, sizeof about);
            shorten_about(about);
            snprintf(tabs[i].text, sizeof tabs[i].text, "%d %s%s%.*s", i + 1,
                     form < 2 || has_focus ? panes[i]->title : "", about[0] != '\0' ? " " : "",
                     TAB_ABOUT_MOST, about);
            tabs[i].x = x;
            tabs[i].width = canvas_width(tabs[i].text) + (has_focus ? 2 : 0);
            x += tabs[i].width + TAB_GAP;
        }
        if (x - TAB_GAP <= width)
            break;
    }
    return x;
}

static void draw_tabs(const struct app *app, struct canvas *c, struct area a)
{
    struct tab tabs[PANE_COUNT];
    if (a.h == 0)
        return;
    lay_tabs(app, a.w, tabs);
    for (int i = 0; i < PANE_COUNT; i++) {
        bool has_focus = app->focus == (enum pane_id)i;
        canvas_putf(c, a, 0, tabs[i].x, has_focus ? ROLE_TITLE_FOCUS : ROLE_TITLE,
                    has_focus ? "[%s]" : "%s", tabs[i].text);
    }
}

enum pane_id app_tab_at(const struct app *app, struct area tabs, int x)
{
    struct tab all[PANE_COUNT];
    lay_tabs(app, tabs.w, all);
    for (int i = 0; i < PANE_COUNT; i++)
        if (x - tabs.x >= all[i].x && x - tabs.x < all[i].x + all[i].width)
            return (enum pane_id)i;
    return PANE_COUNT;
}

/* ---- frames ---- */

static void draw_title(const struct app *app, struct canvas *c, struct area frame, enum pane_id id)
{
    bool has_focus = app->focus == id;
    enum role role = has_focus ? ROLE_TITLE_FOCUS : ROLE_TITLE;
    char about[ABOUT_SIZE] = "", title[ABOUT_SIZE], at[48];
    struct area a = canvas_cols(canvas_rows(frame, 0, 1), 2, frame.w - 4);

    if (panes[id]->about != NULL)
        panes[id]->about(app, about, sizeof about);
    if (app->is_frozen)
        snprintf(title, sizeof title, " %d %s  FROZEN since %s ", (int)id + 1, panes[id]->title,
                 app_time_text(app, app->frozen_at_ms, at));
    else
        snprintf(title, sizeof title, " %s%d %s ", has_focus ? "*" : "", (int)id + 1,
                 panes[id]->title);
    int used = canvas_put(c, a, 0, 0, role, title);
    if (about[0] == '\0')
        return;
    char padded[ABOUT_SIZE + 2];
    snprintf(padded, sizeof padded, " %s ", about);
    int room = a.w - used - 1;
    if (canvas_width(padded) <= room)
        canvas_put_right(c, a, 0, a.w, has_focus ? ROLE_TEXT : ROLE_FAINT, padded);
    else if (room > 8)
        canvas_put(c, canvas_cols(a, used + 1, room), 0, 0, has_focus ? ROLE_TEXT : ROLE_FAINT,
                   padded);
}

static void draw_pane(const struct app *app, struct canvas *c, const struct layout *l,
                      enum pane_id id)
{
    struct area frame = l->panes[id], inner = app_pane_inner(l, id);

    if (frame.h < 1 || frame.w < 1)
        return;
    canvas_box(c, frame, app->focus == id ? ROLE_BORDER_FOCUS : ROLE_BORDER);
    draw_title(app, c, frame, id);
    if (inner.h > 0 && inner.w > 0)
        panes[id]->draw(app, c, inner);
}

void app_draw(const struct app *app, struct canvas *c)
{
    struct layout l = layout_of(c->rows, c->cols, app->focus, app->is_zoomed);

    c->is_ascii = c->is_ascii || app->options.is_ascii;
    canvas_clear(c);
    if (l.size == LAYOUT_LINE) {
        header_draw_line(app, c, l.header);
        footer_draw(app, c, &l);
    } else {
        header_draw(app, c, l.header);
        draw_tabs(app, c, l.tabs);
        for (int i = 0; i < PANE_COUNT; i++)
            draw_pane(app, c, &l, (enum pane_id)i);
        footer_draw(app, c, &l);
    }
    dialog_draw(app, c);
}
