/* keys.c - the global rows, and which row a key means now. */
#include "tui/keys.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "core/text.h"
#include "tui/app.h"
#include "tui/app_actions.h"
#include "tui/panes.h"
#include "tui/panes/traffic_preview.h"

#define UNBOUND KEY_CODE_UNBOUND

/* code other label name help rank refused act is_write */
const struct key keys_global[] = {
    {'!', KEY_CODE_F9, "ROLLBACK", "roll back",
     "The way back: shows what it would do, then y. From everywhere and from every "
     "seat; F9 rolls back while you type.",
     1, NULL, app_roll_back, false},
    {'?', KEY_CODE_F1, "all keys", "help", "Every key that works here, with search.", 1, NULL,
     app_help, false},
    {'R', 0, "start release", "start the release", "Starts the plan of this environment, after y.",
     10, app_no_start, app_start, true},
    {'P', 0, "promote", "promote to the next weight",
     "The weight was cleared: shows the call for the next one, then y.", 2, app_no_promote,
     traffic_preview_next, true},
    {'C', 0, "answer", "answer the run",
     "A step failed or asks: shows the choices with what each would do.", 4, app_no_other_question,
     app_answer_run, true},
    {'C', 0, NULL, "answer what the run asks",
     "A step failed or asks: shows the choices with what each would do.", 4, app_no_answer_run,
     app_answer_run, true},
    {'C', 0, "go on", "resume the run", "Goes on with a run that is paused or that nobody drives.",
     4, app_no_resume, app_resume, true},
    {'A', 0, "approve", "approve the plan that is waited for",
     "Says that you have read this very plan; whoever started the run does not count.", 3,
     app_no_approve_now, app_approve, true},
    {'A', 0, NULL, "approve the plan before it starts", "Says that you have read this very plan.",
     0, app_no_approve, app_approve, true},
    {'I', 0, "sign in", "sign in again",
     "The AWS CLI has this terminal and asks for what it needs; what is done here is then done as "
     "whoever signed in.",
     3, app_no_sign_in_now, app_sign_in, false},
    {'I', 0, NULL, "sign in again, or as somebody else",
     "The AWS CLI has this terminal and asks for what it needs; what is done here is then done as "
     "whoever signed in.",
     0, app_no_sign_in, app_sign_in, false},
    {'W', 0, "unlock writes", "unlock writes to production",
     "Production is read-only until its name was typed here; W again locks it.", 12,
     app_no_unlock_seat, app_unlock_seat, false},
    {'W', 0, NULL, "make production read-only again", "Locks this seat.", 0, app_no_lock_seat,
     app_lock_seat, false},
    {KEY_CODE_TAB, 0, "pane", "next pane", "Goes to the next pane; Shift-Tab to the one before.",
     60, NULL, app_go_next_pane, false},
    {KEY_CODE_SHIFT_TAB, 0, NULL, "previous pane", "Goes to the pane before.", 0, NULL,
     app_go_previous_pane, false},
    {'1', 0, NULL, "status", "Shows 1 Status.", 0, NULL, app_go_status, false},
    {'2', 0, NULL, "checklist", "Shows 2 Checklist.", 0, NULL, app_go_checklist, false},
    {'3', 0, NULL, "plan", "Shows 3 Plan.", 0, NULL, app_go_plan, false},
    {'4', 0, NULL, "traffic", "Shows 4 Traffic.", 0, NULL, app_go_traffic, false},
    {'5', 0, NULL, "metrics", "Shows 5 Metrics.", 0, NULL, app_go_metrics, false},
    {'6', 0, NULL, "log", "Shows 6 Log.", 0, NULL, app_go_log, false},
    {'z', 0, "zoom", "zoom", "The pane has the whole screen, and back.", 65, NULL, app_zoom, false},
    {'f', 0, "freeze", "freeze",
     "The picture stands still; what happens is collected, and f shows it.", 75, NULL, app_freeze,
     false},
    {':', 0, "command", "commands", "Every command by name.", 70, NULL, app_palette, false},
    {'>', 0, "environment", "next environment", "Shows the next environment.", 80,
     app_no_other_environment, app_next_environment, false},
    {'<', 0, NULL, "previous environment", "Shows the environment before.", 0,
     app_no_other_environment, app_previous_environment, false},
    {'E', 0, NULL, "messages", "What was said in the bottom line, the newest first.", 0, NULL,
     app_messages, false},
    {'M', 0, NULL, "mouse on or off", "Gives the mouse back to the terminal, to select text.", 0,
     NULL, app_mouse, false},
    {KEY_CODE_F5, 0, NULL, "refresh: read everything now", "Reads status, checklist and numbers.",
     0, NULL, app_refresh, false},
    {'q', 0, "back", "quit", "Goes back; at the top it leaves, and asks when a release is driven.",
     90, NULL, app_back, false},
    {KEY_CODE_ESCAPE, 0, NULL, NULL, "Goes back, closes, clears; never leaves.", 0, NULL,
     app_escape, false},
    {KEY_CODE_CONTROL('c'), 0, NULL, NULL, "Cancels what is typed; twice within a second leaves.",
     0, NULL, app_interrupt, false},
    {KEY_CODE_CONTROL('l'), 0, NULL, "redraw", "Draws everything anew.", 0, NULL, app_redraw,
     false},
    {KEY_CODE_CONTROL('z'), 0, NULL, "suspend", "Back to the shell; `fg` returns.", 0,
     app_no_suspend, app_suspend, false},
    {UNBOUND, 0, NULL, "prepare: open a run", "Opens the run that ticks and approvals gather on.",
     0, app_no_prepare, app_prepare, true},
    {UNBOUND, 0, NULL, "pause the run", "Nothing new is begun; what has traffic is still judged.",
     0, app_no_pause, app_pause, true},
    {UNBOUND, 0, NULL, "abort: stop the release", "Stops for good; what was changed is taken back.",
     0, app_no_abort, app_abort, false},
    {UNBOUND, 0, NULL, "lock the environment",
     "Nothing may be released into it until it is opened.", 0, app_no_lock, app_lock, true},
    {UNBOUND, 0, NULL, "unlock the environment", "Lets releases into it again.", 0, app_no_unlock,
     app_unlock, true},
    {UNBOUND, 0, NULL, "trust the commands of the configuration",
     "Shows what the configuration may run on this computer, then y.", 0, app_no_trust, app_trust,
     false},
    {UNBOUND, 0, NULL, "report", "The run as a page to read, and as a file.", 0, app_no_report,
     app_report, false},
    {UNBOUND, 0, NULL, "history", "The runs of this environment.", 0, NULL, app_history, false},
    {UNBOUND, 0, NULL, "screenshot", "Writes this screen into a file.", 0, NULL, app_screenshot,
     false},
    {UNBOUND, 0, NULL, "theme", "How everything looks.", 0, NULL, app_theme, false},
    {0},
};

/* ---- how a key is written ---- */

static const struct {
    int code;
    const char *shown;
} names[] = {
    {KEY_CODE_TAB, "Tab"},
    {KEY_CODE_ENTER, "Enter"},
    {KEY_CODE_ESCAPE, "Esc"},
    {KEY_CODE_BACKSPACE, "Backspace"},
    {' ', "Space"},
    {KEY_CODE_UP, "Up"},
    {KEY_CODE_DOWN, "Down"},
    {KEY_CODE_LEFT, "Left"},
    {KEY_CODE_RIGHT, "Right"},
    {KEY_CODE_SHIFT_LEFT, "Shift-Left"},
    {KEY_CODE_SHIFT_RIGHT, "Shift-Right"},
    {KEY_CODE_HOME, "Home"},
    {KEY_CODE_END, "End"},
    {KEY_CODE_PAGE_UP, "PgUp"},
    {KEY_CODE_PAGE_DOWN, "PgDn"},
    {KEY_CODE_DELETE, "Del"},
    {KEY_CODE_INSERT, "Ins"},
    {KEY_CODE_SHIFT_TAB, "Shift-Tab"},
    {KEY_CODE_UNBOUND, ""},
};

const char *keys_shown(int code, char out[static 24])
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].shown;
    if (code >= KEY_CODE_F1 && code <= KEY_CODE_F12)
        snprintf(out, 24, "F%d", code - KEY_CODE_F1 + 1);
    else if (code > 0 && code < 0x20)
        snprintf(out, 24, "Ctrl-%c", code + '@');
    else if (code > 0 && code < 0x80)
        snprintf(out, 24, "%c", code);
    else
        snprintf(out, 24, "U+%04X", (unsigned)code);
    return out;
}

/* ---- which row ---- */

const char *keys_refused(const struct app *app, const struct key *key)
{
    const char *refused = key->refused != NULL ? key->refused(app) : NULL;
    if (refused == NULL && key->is_write)
        refused = app_write_refused(app);
    return refused;
}

static bool is_for(const struct key *key, int code)
{
    return code != KEY_CODE_UNBOUND &&
           (key->code == code || (key->other != 0 && key->other == code));
}

static const struct key *find_in(const struct app *app, const struct key *table, int code,
                                 const char **refused)
{
    const struct key *first = NULL;
    for (const struct key *key = table; key != NULL && key->code != 0; key++) {
        if (!is_for(key, code))
            continue;
        const char *why = keys_refused(app, key);
        if (why == NULL) {
            *refused = NULL;
            return key;
        }
        /* That the seat is locked says more than that one of several rows does not fit. */
        bool is_nearer = first == NULL || (key->refused != NULL && key->refused(app) == NULL);
        if (is_nearer) {
            first = key;
            *refused = why;
        }
    }
    return first;
}

/* The tables that are asked now, most specific first. */
static size_t tables(const struct app *app, const struct key *out[static 2])
{
    size_t count = 0;
    if (app->dialog != NULL) {
        out[count++] = app->dialog->kind->keys;
        return count;
    }
    out[count++] = panes[app->focus]->keys;
    out[count++] = keys_global;
    return count;
}

const struct key *keys_find(const struct app *app, int code, const char **refused)
{
    const struct key *asked[2], *key = NULL;
    size_t count = tables(app, asked);

    *refused = NULL;
    for (size_t i = 0; i < count && key == NULL; i++)
        key = find_in(app, asked[i], code, refused);
    /* Over a dialog only the way back and what is about the terminal. */
    if (key == NULL && app->dialog != NULL &&
        (code == '!' || code == KEY_CODE_F9 || code == KEY_CODE_CONTROL('l') ||
         code == KEY_CODE_CONTROL('z')))
        key = find_in(app, keys_global, code, refused);
    return key;
}

static bool is_there(const struct key *const *out, size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if (code != KEY_CODE_UNBOUND && is_for(out[i], code))
            return true;
    return false;
}

size_t keys_now(const struct app *app, const struct key **out, size_t most)
{
    const struct key *asked[2];
    size_t tables_count = tables(app, asked), count = 0;

    for (size_t i = 0; i < tables_count; i++) {
        for (const struct key *key = asked[i]; key != NULL && key->code != 0; key++) {
            if (!is_there(out, count, key->code) && keys_refused(app, key) == NULL && count < most)
                out[count++] = key;
        }
    }
    return count;
}
