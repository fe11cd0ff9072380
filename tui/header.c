/* header.c - see header.h. Each part of a line is a row of a table with a rank. */
#include "tui/header.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/header_parts.h"

#define GAP 2

enum form { FORM_WHOLE, FORM_BRIEF, FORM_GONE };

/* ---- laying out ---- */

#define MOST_PARTS 16

struct line {
    const struct part_kind *kinds;
    struct part parts[MOST_PARTS];
    enum form forms[MOST_PARTS];
    size_t count;
    bool has_room; /* for the columns that parts keep */
};

static const char *text_of_part(const struct line *line, size_t i)
{
    return line->forms[i] == FORM_WHOLE   ? line->parts[i].whole
           : line->forms[i] == FORM_BRIEF ? line->parts[i].brief
                                          : "";
}

static int width_of(const struct line *line)
{
    int width = 1;
    for (size_t i = 0; i < line->count; i++)
        if (text_of_part(line, i)[0] != '\0')
            width += canvas_width(text_of_part(line, i)) + GAP;
    return width;
}

static int kept(const struct line *line, size_t i)
{
    int width = canvas_width(text_of_part(line, i));
    return width < line->kinds[i].least ? line->kinds[i].least : width;
}

static int width_with_room(const struct line *line)
{
    int width = 1;
    for (size_t i = 0; i < line->count; i++)
        if (kept(line, i) > 0)
            width += kept(line, i) + GAP;
    return width;
}

static bool can_shorten(const struct line *line, size_t i)
{
    const struct part *part = &line->parts[i];
    return line->kinds[i].shortens > 0 && line->forms[i] == FORM_WHOLE && part->brief[0] != '\0' &&
           strcmp(part->brief, part->whole) != 0;
}

/* Makes the least important part that can still give way shorter; false: none can. */
static bool shrink(struct line *line)
{
    size_t least = 0;
    int most = 0;
    for (size_t i = 0; i < line->count; i++) {
        int rank = can_shorten(line, i)               ? line->kinds[i].shortens
                   : text_of_part(line, i)[0] != '\0' ? line->kinds[i].goes
                                                      : 0;
        if (rank > most) {
            most = rank;
            least = i;
        }
    }
    if (most > 0)
        line->forms[least] = can_shorten(line, least) ? FORM_BRIEF : FORM_GONE;
    return most > 0;
}

/* What it said before it last gave way. */
static enum form fuller(const struct line *line, size_t i)
{
    const struct part *part = &line->parts[i];
    bool has_brief = line->kinds[i].shortens > 0 && part->brief[0] != '\0' &&
                     strcmp(part->brief, part->whole) != 0;
    return line->forms[i] == FORM_GONE && has_brief ? FORM_BRIEF : FORM_WHOLE;
}

/* The most important part that gave way and was not tried yet; count = none. */
static size_t next_to_grow(const struct line *line, const bool *is_tried)
{
    size_t found = line->count;
    int least = 0;
    for (size_t i = 0; i < line->count; i++) {
        if (line->forms[i] == FORM_WHOLE || is_tried[i])
            continue;
        int rank = line->forms[i] == FORM_GONE ? line->kinds[i].goes : line->kinds[i].shortens;
        if (found == line->count || rank < least) {
            found = i;
            least = rank;
        }
    }
    return found;
}

/* A long part that gave way may have made more room than was needed. */
static void grow(struct line *line, int width)
{
    bool is_tried[MOST_PARTS] = {false};
    for (size_t i; (i = next_to_grow(line, is_tried)) < line->count;) {
        enum form before = line->forms[i];
        line->forms[i] = fuller(line, i);
        if ((line->has_room ? width_with_room(line) : width_of(line)) <= width)
            continue;
        line->forms[i] = before;
        is_tried[i] = true;
    }
}

static void make_line(const struct app *app, const struct part_kind *kinds, size_t count, int width,
                      struct line *line)
{
    memset(line, 0, sizeof *line);
    line->kinds = kinds;
    line->count = count;
    for (size_t i = 0; i < count; i++) {
        kinds[i].fill(app, &line->parts[i]);
        auto_free char *whole = text_safe(line->parts[i].whole);
        auto_free char *brief = text_safe(line->parts[i].brief);
        text_copy(line->parts[i].whole, PART_SIZE, whole);
        text_copy(line->parts[i].brief, PART_SIZE, brief);
    }
    while (width_of(line) > width && shrink(line))
        continue;
    bool is_steady = kinds == header_where || app_is_going(app);
    line->has_room = is_steady && width_with_room(line) <= width;
    grow(line, width);
}

/* band: the role of every part, or ROLE_TEXT for its own. */
static void draw_line(const struct line *line, struct canvas *c, struct area a, enum role band)
{
    int x = 1, end = a.w - 1;
    for (size_t i = 0; i < line->count; i++) {
        const char *text = text_of_part(line, i);
        enum role role = band != ROLE_TEXT ? band : line->parts[i].role;
        if (line->kinds[i].is_right || (text[0] == '\0' && !line->has_room))
            continue;
        canvas_put(c, a, 0, x, role, text);
        int used = line->has_room ? kept(line, i) : canvas_width(text);
        x += used > 0 ? used + GAP : 0;
    }
    for (size_t i = line->count; i > 0; i--) {
        const char *text = text_of_part(line, i - 1);
        enum role role = band != ROLE_TEXT ? band : line->parts[i - 1].role;
        if (text[0] == '\0' || !line->kinds[i - 1].is_right || end - canvas_width(text) < x)
            continue;
        canvas_put_right(c, a, 0, end, role, text);
        end -= canvas_width(text) + GAP;
    }
}

static enum role band_of(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    return e != NULL && e->is_production ? ROLE_BAND_PRODUCTION : ROLE_BAND;
}

void header_draw(const struct app *app, struct canvas *c, struct area a)
{
    struct line line;
    enum role band = band_of(app);

    if (a.h < 1)
        return;
    canvas_fill(c, canvas_rows(a, 0, 1), band, L' ');
    make_line(app, header_where, header_where_count, a.w, &line);
    draw_line(&line, c, canvas_rows(a, 0, 1), band);
    if (a.h < 2)
        return;
    make_line(app, header_run, header_run_count, a.w, &line);
    draw_line(&line, c, canvas_rows(a, 1, 1), ROLE_TEXT);
}

/* ---- everything in one row ---- */

static const char *way_back_words(int columns)
{
    return columns >= 12 ? "! ROLLBACK" : columns >= 9 ? "!ROLLBACK" : "!";
}

void header_draw_line(const struct app *app, struct canvas *c, struct area a)
{
    const char *back = way_back_words(a.w);
    int room = a.w - canvas_width(back) - 1, number = 0;
    const struct run *run = app_run(app);
    const struct run_step *step = app_current_step(run, &number);
    char word[PART_SIZE], rest[PART_SIZE] = "", share[16];

    canvas_fill(c, canvas_rows(a, 0, 1), band_of(app), L' ');
    header_word(app, word, sizeof word, room);
    int x = room > 0 ? canvas_put(c, a, 0, 0, band_of(app), word) + 1 : 0;
    if (step != NULL && !run_is_over(run))
        snprintf(rest, sizeof rest, "%d/%zu %s", number, run->step_count,
                 app_percent_text(run->weight, share));
    else if (run != NULL) {
        auto_free char *outcome = app_outcome_text(run);
        text_copy(rest, sizeof rest, outcome);
    }
    if (rest[0] != '\0' && x + canvas_width(rest) <= room)
        canvas_put(c, a, 0, x, band_of(app), rest);
    canvas_put_right(c, a, 0, a.w, ROLE_ROLLBACK, back);
}
