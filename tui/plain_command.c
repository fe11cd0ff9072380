/* plain_command.c - a line that was typed: a key, a pane to read, a name of the palette, an answer.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/panes.h"
#include "tui/plain_parts.h"

#define MOST_ROWS 400 /* of a pane that is read out whole */
#define READ_COLS 78
#define UNLOCK "unlock "

/* ---- reading out ---- */

static bool is_rule(const struct cell *cell)
{
    return cell->role == ROLE_BORDER || cell->role == ROLE_BORDER_FOCUS;
}

/* Lines that only part others are no news to a reader. */
static bool is_only_border(const struct canvas *c, int y)
{
    for (int x = 0; x < c->cols; x++) {
        const struct cell *cell = canvas_cell(c, y, x);
        if (cell->text[0] != L' ' && cell->text[0] != L'\0' && !is_rule(cell))
            return false;
    }
    return true;
}

static void say_rows(struct plain *p, const struct canvas *c)
{
    for (int y = 0; y < c->rows && !p->is_over; y++) {
        if (is_only_border(c, y))
            continue;
        auto_free char *row = canvas_row(c, y);
        bool is_chosen = canvas_cell(c, y, c->cols - 1)->is_selected;
        plain_say(p, "%s %s", is_chosen ? ">" : " ", row);
    }
}

static struct canvas *new_canvas(const struct plain *p, int rows)
{
    struct canvas *c = canvas_new(rows, READ_COLS);
    c->is_ascii = p->is_ascii;
    return c;
}

void plain_read_pane(struct plain *p, enum pane_id id)
{
    const struct pane *pane = panes[id];
    char about[120] = "";
    struct canvas *c = new_canvas(p, MOST_ROWS);

    pane->about(p->app, about, sizeof about);
    plain_say(p, "%s%s%s", pane->title, about[0] != '\0' ? ": " : "", about);
    pane->draw(p->app, c, canvas_all(c));
    say_rows(p, c);
    canvas_free(c);
}

void plain_read_dialog(struct plain *p)
{
    const struct dialog *d = p->app->dialog;
    char title[200] = "";
    int rows = MOST_ROWS, cols = READ_COLS;

    d->kind->title(p->app, d, title, sizeof title);
    plain_say(p, "? %s", title);
    d->kind->size(p->app, d, &rows, &cols);
    struct canvas *c = new_canvas(p, rows > MOST_ROWS ? MOST_ROWS : rows > 3 ? rows : 3);
    d->kind->draw(p->app, d, c, canvas_all(c));
    say_rows(p, c);
    canvas_free(c);
    if (d->is_typing)
        plain_say(p, "? type the text and Enter; \"esc\" goes back");
    else
        plain_say(p, "? answer with the key that is named, and Enter; \"esc\" goes back");
    const struct app_environment *e = app_environment(p->app);
    bool is_locked = e != NULL && e->is_production && !p->app->is_unlocked &&
                     !p->app->options.is_read_only && d->level == LEVEL_TRAFFIC;
    if (is_locked)
        plain_say(p, "? \"unlock %s\" first, to be allowed to", e->name);
}

/* The line that the cursor of the focused pane is on. */
static void say_chosen(struct plain *p)
{
    struct canvas *c = new_canvas(p, MOST_ROWS);

    panes[p->app->focus]->draw(p->app, c, canvas_all(c));
    for (int y = 0; y < c->rows; y++) {
        if (!canvas_cell(c, y, c->cols - 1)->is_selected)
            continue;
        auto_free char *row = canvas_row(c, y);
        plain_say(p, "> %s", row);
    }
    canvas_free(c);
}

/* ---- names ---- */

/* KEY_CODE_NONE: the line is no key. A character, or as help spells it: "Down". */
static int key_of(const char *line)
{
    char shown[24];

    if (line[0] != '\0' && line[1] == '\0')
        return (unsigned char)line[0];
    for (int code = KEY_CODE_UP; code <= KEY_CODE_F12; code++)
        if (strcasecmp(keys_shown(code, shown), line) == 0)
            return code;
    static const int others[] = {' ', KEY_CODE_TAB, KEY_CODE_ENTER, KEY_CODE_ESCAPE};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcasecmp(keys_shown(others[i], shown), line) == 0)
            return others[i];
    return strcasecmp(line, "esc") == 0 ? KEY_CODE_ESCAPE : KEY_CODE_NONE;
}

typedef bool each_row(struct plain *p, const struct key *row, int pane, const char *line);

/* The pane on the screen first, so that a name that two have is its own. */
static bool for_rows(struct plain *p, each_row *each, const char *line)
{
    enum pane_id focus = p->app->focus;

    for (int i = 0; i < PANE_COUNT; i++) {
        int id = i == 0 ? (int)focus : i <= (int)focus ? i - 1 : i;
        for (const struct key *row = panes[id]->keys; row != NULL && row->code != 0; row++)
            if (row->name != NULL && each(p, row, id, line))
                return true;
    }
    for (const struct key *row = keys_global; row->code != 0; row++)
        if (row->name != NULL && each(p, row, -1, line))
            return true;
    return false;
}

static bool list_row(struct plain *p, const struct key *row, int pane, const char *line)
{
    char shown[24];
    const char *key = keys_shown(row->code, shown), *help = row->help != NULL ? row->help : "";

    (void)line;
    plain_say(p, "  %s%s%s%s%s%s%s", row->name, key[0] != '\0' ? " (" : "", key,
              key[0] != '\0' ? ")" : "", pane < 0 ? "" : ", of ", pane < 0 ? "" : panes[pane]->name,
              help[0] != '\0' ? ":" : "");
    if (help[0] != '\0')
        plain_say(p, "      %s", help);
    return false;
}

static bool run_row(struct plain *p, const struct key *row, int pane, const char *line)
{
    bool is_meant = strcasecmp(row->name, line) == 0 ||
                    (row->label != NULL && strcasecmp(row->label, line) == 0);
    if (!is_meant)
        return false;
    if (pane >= 0)
        p->app->focus = (enum pane_id)pane;
    plain_press(p, row->code);
    return true;
}

static void help(struct plain *p)
{
    plain_say(p, "panes, read out by their names:");
    for (int i = 0; i < PANE_COUNT; i++)
        plain_say(p, "  %s", panes[i]->name);
    plain_say(p, "unlock NAME: allows this console to write to production, as W does");
    plain_say(p, "commands, or the key alone:");
    (void)for_rows(p, list_row, "");
}

static bool read_named_pane(struct plain *p, const char *line)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        bool is_number = line[0] == '1' + i && line[1] == '\0';
        if (!is_number && strcasecmp(line, panes[i]->name) != 0)
            continue;
        p->app->focus = (enum pane_id)i;
        plain_read_pane(p, (enum pane_id)i);
        return true;
    }
    return false;
}

/* ---- answers ---- */

static void type(struct plain *p, const char *line)
{
    const struct dialog *d = p->app->dialog;
    struct text rest = text_of(line);

    while (rest.len > 0 && p->app->dialog == d) {
        size_t len = 1;
        while (len < rest.len && ((unsigned char)rest.ptr[len] & 0xc0) == 0x80)
            len++;
        wchar_t wide = 0;
        auto_free char *one = xstrndup(rest.ptr, len);
        if (mbtowc(&wide, one, len) > 0)
            plain_press(p, (int)wide);
        rest.ptr += len;
        rest.len -= len;
    }
    if (p->app->dialog == d)
        plain_press(p, KEY_CODE_ENTER);
}

static void answer(struct plain *p, const char *line)
{
    if (strcasecmp(line, "esc") == 0 || strcasecmp(line, "back") == 0) {
        plain_press(p, KEY_CODE_ESCAPE);
        return;
    }
    if (p->app->dialog->is_typing) {
        type(p, line);
        return;
    }
    int key = strcasecmp(line, "yes") == 0 ? 'y' : strcasecmp(line, "no") == 0 ? 'n' : key_of(line);
    if (key == KEY_CODE_NONE)
        plain_say(p, "error: that is no key; \"esc\" goes back");
    else
        plain_press(p, key);
}

/* "unlock production": W and its name in one. True: it was that. */
static bool unlock_named(struct plain *p, const char *line)
{
    const struct app_environment *e = app_environment(p->app);
    const char *name = line + sizeof UNLOCK - 1;

    if (strncasecmp(line, UNLOCK, sizeof UNLOCK - 1) != 0 ||
        app_environment_of(p->app, name) == NULL)
        return false;
    while (p->app->dialog != NULL)
        plain_press(p, KEY_CODE_ESCAPE);
    if (e == NULL || strcmp(e->name, name) != 0) {
        plain_say(p, "error: %s is not on the screen; > shows the next environment", name);
        return true;
    }
    plain_press(p, 'W');
    if (p->app->dialog != NULL && p->app->dialog->is_typing)
        type(p, name);
    return true;
}

void plain_command(struct plain *p, const char *line)
{
    auto_free char *word = text_dup(text_trim(text_of(line)));

    if (word[0] == '\0') /* Enter alone does nothing, here too */
        return;
    if (unlock_named(p, word))
        return;
    if (p->app->dialog != NULL) {
        answer(p, word);
        return;
    }
    if (strcasecmp(word, "help") == 0 || strcmp(word, "?") == 0) {
        help(p);
        return;
    }
    if (read_named_pane(p, word) || for_rows(p, run_row, word))
        return;
    int key = key_of(word);
    if (key == KEY_CODE_NONE) {
        plain_say(p, "error: there is no command \"%s\"; help lists them", word);
        return;
    }
    plain_press(p, key);
    if (p->app->dialog == NULL && !p->is_over)
        say_chosen(p);
}
