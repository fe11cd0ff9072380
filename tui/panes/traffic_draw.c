/* traffic_draw.c - see traffic_draw.h: which blocks are seen, and the rows that each gets. */
#include "tui/panes/traffic_draw.h"

#include <string.h>

#include "tui/app.h"
#include "tui/panes/traffic_stage.h"
#include "tui/panes/traffic_view.h"

#define MOST_BLOCKS 16
#define RANKS 16
#define EXTRAS 12 /* from this rank on: only what the others leave */

struct placed {
    const struct traffic_block *block;
    int wanted, rows;
    bool has_rule;
};

static size_t collect(const struct traffic_scene *scene, int width, struct placed *out)
{
    const struct traffic_block *const lists[] = {traffic_draw_slider, traffic_draw_judge,
                                                 traffic_draw_past};
    size_t count = 0;

    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        for (const struct traffic_block *b = lists[l]; b->draw != NULL; b++) {
            int wanted = b->rows(scene, width);
            if (wanted > 0 && count < MOST_BLOCKS)
                out[count++] = (struct placed){.block = b, .wanted = wanted};
        }
    return count;
}

/* First what is needed, by rank; then what is liked. Returns the rows that are left. */
static int share_out(struct placed *placed, size_t count, int from, int to, int left)
{
    for (int rank = from; rank < to; rank++)
        for (size_t i = 0; i < count; i++) {
            const struct traffic_block *b = placed[i].block;
            int least = b->least < placed[i].wanted ? b->least : placed[i].wanted;
            if (b->rank != rank || least > left)
                continue;
            placed[i].rows = least;
            left -= least;
        }
    for (int rank = from; rank < to; rank++)
        for (size_t i = 0; i < count; i++) {
            struct placed *p = &placed[i];
            if (p->block->rank != rank || p->rows == 0)
                continue;
            if (p->block->title != NULL && left > 2) {
                p->has_rule = true;
                left--;
            }
            int more = p->wanted - p->rows < left ? p->wanted - p->rows : left;
            if (p->block->is_whole && p->rows + more < p->wanted)
                continue;
            p->rows += more;
            left -= more;
        }
    return left;
}

static void draw_rule(struct canvas *c, struct area a, const char *title)
{
    canvas_hline(c, a, 0, 0, a.w, ROLE_BORDER, GLYPH_HLINE);
    canvas_putf(c, a, 0, 2, ROLE_FAINT, " %s ", title);
}

static void draw_nothing(const struct traffic_scene *scene, struct area a)
{
    const struct app_environment *e = app_environment(scene->app);
    int y = a.h / 2 - (a.h > 2 ? 1 : 0);

    if (e == NULL) {
        canvas_put_center(scene->c, a, y, ROLE_FAINT, "no environment yet");
        return;
    }
    canvas_put_center(scene->c, a, y, ROLE_FAINT,
                      e->alias == NULL || e->alias[0] == '\0' ? "no alias in this environment"
                                                              : "the alias was not read yet");
    if (scene->v->trouble != NULL)
        canvas_put_center(scene->c, a, y + 1, ROLE_BAD, scene->v->trouble);
}

void traffic_draw(const struct app *app, struct canvas *c, struct area a)
{
    struct traffic_view v;
    struct placed placed[MOST_BLOCKS];
    const struct traffic_scene scene = {app, &v, traffic_stage_of(app), c};

    traffic_stage_view(app, &v);
    if (v.alias == NULL && v.run == NULL) {
        draw_nothing(&scene, a);
        return;
    }
    size_t count = collect(&scene, a.w, placed);
    share_out(placed, count, EXTRAS, RANKS, share_out(placed, count, 0, EXTRAS, a.h));
    int y = 0;
    for (size_t i = 0; i < count; i++) {
        struct placed *p = &placed[i];
        if (p->rows == 0)
            continue;
        if (p->has_rule)
            draw_rule(c, canvas_rows(a, y++, 1), p->block->title);
        p->block->draw(&scene, canvas_rows(a, y, p->rows));
        y += p->rows;
    }
}
