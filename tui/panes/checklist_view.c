/* checklist_view.c - the rows of the pane "Checklist": sections, marks, what stops the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event_text.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/panes/checklist_parts.h"
#include "tui/reading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_X 6
#define CHECK_INTERVALS 6 /* an item says itself how long its evidence holds */
#define INLINE_WIDTH 100  /* from here on the evidence stands beside the item */
#define NAME_MOST 30
#define NEXT_COLS 12
#define NARROW 44 /* below it the end of a line is one short word */

static const struct checklist_look looks[] = {
    {"todo", "[ ]", "to do", ROLE_TEXT},         {"running", "[~]", "being proved", ROLE_ACTIVE},
    {"pass", "[x]", "holds", ROLE_GOOD},         {"fail", "NO ", "does not hold", ROLE_BAD},
    {"stale", "old", "is too old", ROLE_WARN},   {"waived", "[w]", "waived", ROLE_WARN},
    {"na", " - ", "does not apply", ROLE_FAINT},
};

const struct checklist_look *checklist_view_look(const char *state)
{
    for (size_t i = 0; i < COUNT(looks); i++)
        if (strcmp(looks[i].name, state) == 0)
            return &looks[i];
    return &looks[0];
}

/* ---- the document ---- */

const json_t *checklist_view_item(const struct app *app, const char *id)
{
    size_t i;
    json_t *item;

    if (id == NULL)
        return NULL;
    json_array_foreach(json_object_get(checklist_view_document(app), "items"), i,
                       item) if (strcmp(reading_text(item, "id"), id) == 0) return item;
    return NULL;
}

/* A question for a person ("ask") has a kind of its own, and nothing but a person ticks it. */
bool checklist_view_is_persons(const json_t *item)
{
    const char *kind = reading_text(item, "kind");
    return strcmp(kind, "person") == 0 || strcmp(kind, "ask") == 0;
}

bool checklist_view_is_twin(const json_t *item) { return reading_text(item, "same_as")[0] != '\0'; }

bool checklist_view_is_before_writes(const json_t *gate)
{
    return json_is_true(json_object_get(gate, "before_first_write"));
}

static const char *summary_of(const json_t *item)
{
    const char *reason = reading_text(item, "reason");
    return reason[0] != '\0' ? reason : reading_text(json_object_get(item, "evidence"), "summary");
}

/* "ana" of "arn:...:assumed-role/release-manager/ana@finally.com". */
static const char *name_of(const json_t *item, int *length)
{
    const char *whole = event_text_person(reading_text(item, "by")), *slash = strrchr(whole, '/');
    const char *name = slash != NULL ? slash + 1 : whole; /* the page has the role, too */
    int most = (int)strcspn(name, "@ ");

    *length = most < NAME_MOST ? most : NAME_MOST;
    return name;
}

/* The summary, or that its tick was taken back, by whom and why. Yours. */
static char *told_of(const struct app *app, const json_t *item)
{
    const char *summary = summary_of(item);
    int64_t at_ms = reading_stamp_ms(json_object_get(item, "evidence"), "at");
    char at[48];
    int length;

    if (!checklist_view_is_persons(item) || strcmp(reading_text(item, "state"), "todo") != 0 ||
        reading_text(item, "by")[0] == '\0')
        return xstrdup(summary);
    const char *name = name_of(item, &length);
    return xasprintf("taken back by %.*s%s%s%s%s", length, name, at_ms > 0 ? " " : "",
                     at_ms > 0 ? app_time_text(app, at_ms, at) : "", summary[0] != '\0' ? ": " : "",
                     summary);
}

bool checklist_view_shows(const struct checklist_state *state, const json_t *item)
{
    const char *wanted = state->filter;

    if (checklist_view_is_twin(item))
        return false;
    if (!state->shows_na && strcmp(reading_text(item, "state"), "na") == 0)
        return false;
    if (wanted == NULL)
        return true;
    return text_contains_nocase(reading_text(item, "text"), wanted) ||
           text_contains_nocase(reading_text(item, "section"), wanted) ||
           text_contains_nocase(reading_text(item, "kind"), wanted) ||
           text_contains_nocase(checklist_view_look(reading_text(item, "state"))->word, wanted) ||
           text_contains_nocase(summary_of(item), wanted);
}

struct writing { /* of one page */
    struct sheet *s;
    const struct app *app;
    const struct checklist_state *state;
    struct checklist_index index;
};

/* ---- the end of a line ---- */

struct tail {
    char text[80];
    enum role role;
};

static struct tail person_tail(const struct app *app, const json_t *item, bool is_narrow)
{
    struct tail tail = {.role = ROLE_FAINT};
    char at[48];
    int length;
    const char *name = name_of(item, &length);
    int64_t at_ms = reading_stamp_ms(json_object_get(item, "evidence"), "at");

    if (is_narrow || at_ms == 0)
        (void)snprintf(tail.text, sizeof tail.text, "%.*s", length, name);
    else
        (void)snprintf(tail.text, sizeof tail.text, "%.*s %s", length, name,
                       app_time_text(app, at_ms, at));
    return tail;
}

static struct tail time_tail(const struct app *app, const json_t *item)
{
    struct tail tail = {.role = ROLE_FAINT};
    int64_t now_ms = reading_now_ms(app);
    int64_t expires_ms = reading_stamp_ms(json_object_get(item, "evidence"), "expires_at");
    char left[32];

    if (expires_ms > 0)
        (void)snprintf(tail.text, sizeof tail.text, "%s",
                       expires_ms >= now_ms ? reading_left(now_ms, expires_ms, left)
                                            : "its time is over");
    return tail;
}

static struct tail stale_tail(const struct app *app, const json_t *item)
{
    struct tail tail = {.role = ROLE_WARN};
    char old[40];
    int64_t at_ms = reading_stamp_ms(json_object_get(item, "evidence"), "at");
    if (at_ms > 0)
        (void)snprintf(tail.text, sizeof tail.text, "%s",
                       reading_old(reading_now_ms(app), at_ms, old));
    return tail;
}

int64_t checklist_view_next_ms(const struct app *app, const json_t *item)
{
    int64_t expires_ms = reading_stamp_ms(json_object_get(item, "evidence"), "expires_at");

    if (expires_ms == 0 || strcmp(reading_text(item, "state"), "pass") != 0 ||
        checklist_view_is_persons(item))
        return -1;
    return reading_next_left_ms(reading_now_ms(app), expires_ms);
}

static const struct tail whens[] = {
    [CHECKLIST_NOT_ASKED] = {"", ROLE_FAINT},     [CHECKLIST_YOURS] = {"for you", ROLE_WARN},
    [CHECKLIST_FAILING] = {"stops it", ROLE_BAD}, [CHECKLIST_PROVED] = {"at the start", ROLE_FAINT},
    [CHECKLIST_NOW] = {"now", ROLE_ACTIVE},       [CHECKLIST_LATER] = {"later", ROLE_FAINT},
};

/* What matters most about it, in a few words: it stops the start; its age; who and when. */
static struct tail tail_of(const struct writing *w, const json_t *item, bool is_narrow)
{
    struct tail tail = {.role = ROLE_ACTIVE};
    const char *flight = reading_text(w->state->in_flight, reading_text(item, "id"));
    const char *name = reading_text(item, "state");

    if (flight[0] != '\0') {
        (void)snprintf(tail.text, sizeof tail.text, "%s", flight);
        return tail;
    }
    if (strcmp(name, "stale") == 0)
        tail = stale_tail(w->app, item);
    else if (strcmp(name, "pass") == 0 || strcmp(name, "waived") == 0)
        tail = reading_text(item, "by")[0] != '\0' && checklist_view_is_persons(item)
                   ? person_tail(w->app, item, is_narrow)
                   : time_tail(w->app, item);
    const char *said = whens[checklist_view_when(&w->index, item)].text;
    if (said[0] != '\0' && (tail.text[0] == '\0' || is_narrow)) {
        (void)snprintf(tail.text, sizeof tail.text, "%s", said);
        tail.role = whens[checklist_view_when(&w->index, item)].role;
    }
    return tail;
}

/* ---- below the line ---- */

/* What to do with the item under the cursor. */
static const char *advice_for(const struct writing *w, const json_t *item)
{
    const char *state = reading_text(item, "state");
    bool is_proved = checklist_view_when(&w->index, item) == CHECKLIST_PROVED;

    if (checklist_view_is_ended(w->app))
        return "as it stood when the run ended; v shows the next list";
    if (strcmp(state, "waived") == 0)
        return "Space takes the waiver back";
    if (checklist_view_is_persons(item))
        return strcmp(state, "pass") == 0 ? "Space takes the tick back, with a reason"
                                          : "Space ticks it: you vouch for it";
    if (strcmp(state, "na") == 0)
        return "it does not apply to this release";
    if (is_proved && w->index.run == NULL)
        return "proved when the release starts; r proves it now";
    return strcmp(state, "pass") == 0 ? "r proves it again" : "r proves it again, w waives it";
}

static enum role summary_role(const struct checklist_look *look)
{
    if (look->role == ROLE_GOOD || look->role == ROLE_FAINT)
        return ROLE_FAINT;
    return look->role == ROLE_TEXT ? ROLE_WARN : look->role; /* it could not be told */
}

static void write_below(struct writing *w, const json_t *item, bool is_selected,
                        bool is_summary_shown)
{
    struct sheet *s = w->s;
    const struct checklist_look *look = checklist_view_look(reading_text(item, "state"));
    const char *id = reading_text(item, "id");
    auto_free char *summary = told_of(w->app, item);
    bool is_good = look->role == ROLE_GOOD || look->role == ROLE_FAINT;
    int x = s->page->cols > 2 * TEXT_X ? TEXT_X : 0;

    if (!is_summary_shown && summary[0] != '\0' && (is_selected || !is_good))
        sheet_wrap(s, id, x, 0, summary_role(look), summary);
    if (!is_selected)
        return;
    const char *twin = reading_text(w->index.twins, id);
    auto_free char *text =
        xasprintf("%s%s%s", advice_for(w, item), twin[0] != '\0' ? "; also asked in " : "", twin);
    sheet_wrap(s, id, x, 0, ROLE_FAINT, text);
}

/* ---- an item ---- */

static void write_item(struct writing *w, const json_t *item, bool is_selected)
{
    struct sheet *s = w->s;
    const struct checklist_look *look = checklist_view_look(reading_text(item, "state"));
    auto_free char *summary = told_of(w->app, item);
    int width = s->page->cols, end = width - 1;
    struct tail tail = tail_of(w, item, width < NARROW);
    int y = sheet_row(s, reading_text(item, "id"));
    struct area a = sheet_area(s);
    bool is_inline = width >= INLINE_WIDTH && summary[0] != '\0';
    bool is_running = reading_text(w->state->in_flight, reading_text(item, "id"))[0] != '\0';

    canvas_put(s->page, a, y, 2, is_running ? ROLE_ACTIVE : look->role,
               is_running ? "[~]" : look->mark);
    if (tail.text[0] != '\0' && width >= 24)
        end -= canvas_put_right(s->page, a, y, end, tail.role, tail.text) + 1;
    int middle = TEXT_X + (width - TEXT_X) * 2 / 5;
    bool fits = is_inline && canvas_width(summary) <= end - middle - 2;
    int text_end = fits ? middle : end;
    canvas_put(s->page, canvas_cols(a, 0, text_end), y, TEXT_X,
               look->role == ROLE_FAINT ? ROLE_FAINT : ROLE_TEXT, reading_text(item, "text"));
    if (fits)
        canvas_put(s->page, canvas_cols(a, 0, end), y, text_end + 1, summary_role(look), summary);
    write_below(w, item, is_selected, fits);
}

/* ---- sections ---- */

struct tally {
    size_t shown, done, all, na;
};

static bool is_done(const char *state)
{
    return strcmp(state, "pass") == 0 || strcmp(state, "waived") == 0;
}

static struct tally tally_section(const struct checklist_state *state, const json_t *items,
                                  const char *section)
{
    struct tally tally = {0};
    size_t i;
    json_t *item;

    json_array_foreach(items, i, item)
    {
        const char *name = reading_text(item, "state");
        if (strcmp(reading_text(item, "section"), section) != 0 || checklist_view_is_twin(item))
            continue;
        tally.shown += checklist_view_shows(state, item);
        tally.na += strcmp(name, "na") == 0;
        tally.all += strcmp(name, "na") != 0;
        tally.done += is_done(name);
    }
    return tally;
}

static void write_heading(struct sheet *s, const char *section, const struct tally *tally,
                          bool shows_na)
{
    char count[64];
    int y = sheet_row(s, NULL), end = s->page->cols - 1;
    struct area a = sheet_area(s);
    const char *last = strrchr(section, '/');
    bool has_folded = tally->na > 0 && !shows_na;

    bool is_empty = tally->all == 0;
    if (is_empty)
        (void)snprintf(count, sizeof count, "does not apply");
    else
        (void)snprintf(count, sizeof count, has_folded ? "%zu of %zu, %zu n/a" : "%zu of %zu",
                       tally->done, tally->all, tally->na);
    end -= canvas_put_right(s->page, a, y, end,
                            tally->done == tally->all && !is_empty ? ROLE_GOOD : ROLE_FAINT, count);
    bool fits = canvas_width(section) + 2 <= end;
    canvas_put(s->page, canvas_cols(a, 0, end), y, 1, is_empty ? ROLE_FAINT : ROLE_STRONG,
               fits || last == NULL ? section : last + 1);
}

static void write_items(struct writing *w, const json_t *items)
{
    const struct checklist_state *state = w->state;
    const char *section = NULL;
    size_t i;
    json_t *item;
    bool is_first = state->cursor.id == NULL;

    json_array_foreach(items, i, item)
    {
        const char *its = reading_text(item, "section"), *id = reading_text(item, "id");
        if (section == NULL || strcmp(section, its) != 0) {
            struct tally tally = tally_section(state, items, its);
            section = its;
            if (tally.shown > 0 || (tally.na > 0 && state->filter == NULL))
                write_heading(w->s, its, &tally, state->shows_na || state->filter != NULL);
        }
        if (!checklist_view_shows(state, item))
            continue;
        bool is_selected =
            is_first || (state->cursor.id != NULL && strcmp(state->cursor.id, id) == 0);
        write_item(w, item, is_selected);
        is_first = false;
    }
}

/* ---- above all ---- */

/* What is not for now, as far as there is room for the whole number. */
static void put_rest(struct sheet *s, int y, int x, const struct checklist_index *index)
{
    const struct {
        const char *words;
        size_t count;
        enum role role;
    } parts[] = {{"for now", index->now, ROLE_ACTIVE}, {"later", index->later, ROLE_FAINT}};

    for (size_t i = 0; i < COUNT(parts); i++) {
        auto_free char *text = xasprintf("; %zu %s", parts[i].count, parts[i].words);
        if (parts[i].count > 0 && x + canvas_width(text) <= s->page->cols)
            x += canvas_put(s->page, sheet_area(s), y, x, parts[i].role, text);
    }
}

static void write_start(struct sheet *s, const struct checklist_index *index)
{
    auto_free char *open = checklist_view_open(index, false);
    const char *good = index->run != NULL  ? "every item asked so far holds"
                       : !index->has_gates ? "the plan here asks for none of it"
                       : index->is_locked  ? "every item asked before holds; locked: :unlock first"
                                           : "may start: every item asked before holds";
    const char *said = open[0] != '\0' ? open : good;

    sheet_wrap(s, NULL, 1, 1, open[0] != '\0' ? ROLE_WARN : ROLE_GOOD, said);
    put_rest(s, s->rows - 1, 1 + canvas_width(said), index);
}

static void write_ended(struct sheet *s, const struct app *app)
{
    size_t done, all;

    checklist_view_count(app, &done, &all);
    auto_free char *text =
        xasprintf("%s is released: %zu of %zu held at its end", app_run(app)->id, done, all);
    int y = sheet_row(s, NULL), x = 1;
    x += canvas_put(s->page, sheet_area(s), y, x, ROLE_GOOD, text) + 2;
    if (x + NEXT_COLS <= s->page->cols)
        sheet_put_key(s, y, x, "v", "next list");
}

static void write_filter(struct sheet *s, const struct app *app,
                         const struct checklist_state *state, const json_t *items)
{
    size_t i, shown = 0, done, all;
    json_t *item;

    checklist_view_count(app, &done, &all);
    json_array_foreach(items, i, item) shown +=
        checklist_view_shows(state, item) && strcmp(reading_text(item, "state"), "na") != 0;
    auto_free char *text =
        xasprintf("only what holds \"%s\": %zu of %zu; Esc shows all", state->filter, shown, all);
    sheet_wrap(s, NULL, 1, 1, ROLE_STAGED, text);
}

void checklist_view_write(struct sheet *s, const struct app *app,
                          const struct checklist_state *state, int width, bool is_ascii)
{
    const struct app_environment *e = app_environment(app);
    const json_t *items = json_object_get(checklist_view_document(app), "items");

    sheet_init(s, width, is_ascii);
    if (e != NULL && !checklist_view_is_ended(app))
        reading_put_age(s, app, &e->check, CHECK_INTERVALS * reading_interval_ms(app),
                        "the checklist");
    if (e == NULL || e->check.document == NULL) {
        if (e == NULL || e->check.trouble == NULL)
            sheet_wrap(s, NULL, 1, 1, ROLE_FAINT,
                       "the checklist is being read, and every item that can be proved is proved");
        return;
    }
    if (json_array_size(items) == 0) {
        sheet_wrap(
            s, NULL, 1, 1, ROLE_FAINT,
            "no checklist: write `guide: FILE.md` into flightdeck.yaml, a Markdown file with "
            "boxes to tick, and its items stand here");
        return;
    }
    struct writing w = {.s = s, .app = app, .state = state};
    checklist_view_index(app, &w.index);
    if (checklist_view_is_ended(app))
        write_ended(s, app);
    else
        write_start(s, &w.index);
    if (state->filter != NULL)
        write_filter(s, app, state, items);
    sheet_pin(s);
    write_items(&w, items);
    checklist_view_clear_index(&w.index);
}
