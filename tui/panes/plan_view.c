/* plan_view.c - the rows of the pane "Plan": a run with its steps, or what R would start. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/mem.h"
#include "core/report.h"
#include "core/text.h"
#include "core/waiting.h"
#include "tui/app_parts.h"
#include "tui/panes/plan_parts.h"
#include "tui/panes/traffic_view.h"
#include "tui/reading.h"

#define ID_X 6
#define ID_MOST 16
#define CALLS_WIDTH 140 /* from here on the calls stand beside the steps */
#define NARROW 44
#define SENTENCE_LEAST 24 /* columns */
#define SENTENCE_CEILING 2000
#define PLAN_INTERVALS 60 /* it is made when it is asked for */
#define BAR_MOST 24
#define NEXT_PLAN_WIDTH 15
#define HANDS_WIDTH 70 /* from here on a run says in a row by whom it was started */
#define IRREVERSIBLE "irreversible"
#define NOTHING "nothing"

static const struct plan_look looks[] = {
    [STEP_PENDING] = {"[ ]", "", ROLE_FAINT},
    [STEP_RUNNING] = {"[~]", "", ROLE_ACTIVE},
    [STEP_WAITING] = {"[.]", "waits", ROLE_WARN},
    [STEP_SUCCEEDED] = {"[x]", "", ROLE_GOOD},
    [STEP_FAILED] = {"NO ", "it said no", ROLE_BAD},
    [STEP_ERRORED] = {"???", "could not tell", ROLE_BAD},
    [STEP_SKIPPED] = {"[-]", "skipped", ROLE_WARN},
    [STEP_ABORTED] = {"[/]", "stopped", ROLE_WARN},
    [STEP_UNKNOWN] = {"???", "nobody knows what became of it", ROLE_BAD},
    [STEP_UNDONE] = {"[<]", "taken back", ROLE_WARN},
};

static const struct plan_look left = {"[.]", "handed over", ROLE_WARN};

int64_t plan_view_interval_ms(const struct app *app)
{
    return PLAN_INTERVALS * reading_interval_ms(app);
}

const struct plan_look *plan_view_look(const struct run *run, const struct run_step *done)
{
    return run_is_left_step(run, done) ? &left : &looks[done->state];
}

/* ---- what is shown ---- */

const struct run *plan_view_run(const struct app *app, const struct plan_state *state)
{
    const struct run *run = app_run(app);
    return run == NULL || run->plan == NULL || state->shows_next ? NULL : run;
}

const json_t *plan_view_document(const struct app *app, const struct plan_state *state)
{
    const struct run *run = plan_view_run(app, state);
    const struct app_environment *e = app_environment(app);
    return run != NULL ? run->plan : e != NULL ? e->plan.document : NULL;
}

const json_t *plan_view_step(const json_t *plan, const char *id)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(plan, "steps"), i,
                       step) if (strcmp(reading_text(step, "id"), id) == 0) return step;
    return NULL;
}

bool plan_view_has_stopped(const struct run_step *step)
{
    return step->state == STEP_FAILED || step->state == STEP_ERRORED || step->state == STEP_UNKNOWN;
}

const struct run_step *plan_view_current(const struct run *run)
{
    const struct run_step *stopped = app_stopped_step(run);
    for (size_t i = 0; stopped == NULL && i < run->step_count; i++)
        if (run->steps[i].state == STEP_RUNNING || run->steps[i].state == STEP_WAITING)
            return &run->steps[i];
    return stopped;
}

/* What a step will know, by the name that the plan gives it: as far as it is known now. */
static const char *known_value(const char *name, size_t length, const struct run *run,
                               const json_t *plan, char out[static 32])
{
    const char *running =
        reading_text(json_object_get(json_object_get(plan, "inputs"), "running"), "version");
    const char *dot = memchr(name, '.', length);
    size_t rest = dot != NULL ? length - (size_t)(dot + 1 - name) : 0;

    if (rest == strlen("old_version") && strncmp(dot + 1, "old_version", rest) == 0) {
        const char *old = run != NULL && run->old_version[0] != '\0' ? run->old_version : running;
        return old[0] != '\0' ? app_version_text(old, out) : "the version from before";
    }
    if (rest == strlen("new_version") && strncmp(dot + 1, "new_version", rest) == 0)
        return run != NULL && run->new_version[0] != '\0' ? app_version_text(run->new_version, out)
                                                          : "the new version";
    return NULL;
}

/* "all traffic to ${deploy.old_version}" as "all traffic to v41". Yours. */
static char *filled_in(const char *text, const struct run *run, const json_t *plan)
{
    auto_buf out;
    char name[32];

    buf_init(&out, SENTENCE_CEILING);
    while (*text != '\0') {
        const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        const char *value =
            end != NULL ? known_value(text + 2, (size_t)(end - text) - 2, run, plan, name) : NULL;
        if (value != NULL)
            buf_adds(&out, value);
        else
            buf_addc(&out, *text);
        text = value != NULL ? end + 1 : text + 1;
    }
    return buf_steal(&out);
}

char *plan_view_undo(const json_t *step, const struct run *run, const json_t *plan)
{
    auto_free char *undo = filled_in(reading_text(step, "undo"), run, plan);

    if (undo[0] == '\0' || strcmp(undo, "nothing to undo") == 0)
        return xstrdup("");
    if (text_starts_with(undo, IRREVERSIBLE))
        return xasprintf("cannot be taken back%s", undo + strlen(IRREVERSIBLE));
    if (text_starts_with(undo, NOTHING)) {
        const char *why = strchr(undo, ':');
        return xasprintf("nothing to take back%s", why != NULL ? why : "");
    }
    return xasprintf("taken back by %s", undo);
}

static bool is_current(const struct run_step *done)
{
    return done->state == STEP_RUNNING || done->state == STEP_WAITING;
}

static const struct {
    const char *on, *words;
} waits[] = {{"person", "waits for a person"}, {"time", "waits"}, {"traffic", "waits for traffic"}};

static const char *word_of(const struct run *run, const struct run_step *done)
{
    if (done->waiting_on[0] != '\0' && !plan_view_has_stopped(done))
        for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
            if (strcmp(waits[i].on, done->waiting_on) == 0)
                return waits[i].words;
    return plan_view_look(run, done)->word;
}

char *plan_view_sentence(const struct app *app, const struct run *run, const struct run_step *done,
                         const json_t *step)
{
    const char *summary = reading_text(step, "summary"), *word = word_of(run, done);
    auto_free char *who = plan_wait_text(app, run, done);
    bool is_told = done->reason[0] != '\0';
    auto_free char *held = waiting_held(run);
    char name[32], percent[16];

    if (who[0] != '\0')
        return xstrdup(who);
    if (run_is_over(run) && is_told && word[0] != '\0' && run->reason != NULL &&
        strcmp(done->reason, run->reason) == 0) /* it stands above all steps */
        return xstrdup(word);
    if (is_current(done) && done->moves_traffic && traffic_view_has_drift(app))
        return xstrdup("drift: somebody else changed the traffic, 4 shows it");
    if (is_current(done) && done->moves_traffic && run->new_version[0] != '\0')
        return xasprintf("%s has %s%s%s", app_version_text(run->new_version, name),
                         app_percent_text(run->weight, percent), held != NULL ? ", " : "",
                         held != NULL                               ? held
                         : strcmp(done->waiting_on, "traffic") == 0 ? ", being judged"
                                                                    : "");
    if (word[0] == '\0')
        return xstrdup(is_told && done->state != STEP_SUCCEEDED ? done->reason : summary);
    if (is_told && text_starts_with(done->reason, "waits"))
        return xstrdup(done->reason);
    return is_told ? xasprintf("%s: %s", word, done->reason) : xstrdup(word);
}

/* ---- times ---- */

static int64_t expected_ms(const json_t *step)
{
    int64_t usual_ms = reading_number(step, "p50_ms");
    return usual_ms > 0 ? usual_ms : reading_number(step, "expected_ms");
}

static const char *when_text(const struct app *app, const struct run_step *done, const json_t *step,
                             char out[static 48])
{
    char span[32];
    int64_t ms = expected_ms(step);

    out[0] = '\0';
    if (done != NULL && done->started_at_ms > 0) {
        int64_t end_ms = done->ended_at_ms > 0 ? done->ended_at_ms : reading_now_ms(app);
        if (done->ended_at_ms > 0 || is_current(done))
            (void)snprintf(out, 48, "%s", reading_span(end_ms - done->started_at_ms, span));
    } else if (ms > 0) {
        (void)snprintf(out, 48, "%s%s", reading_span(ms, span),
                       reading_number(step, "p50_ms") > 0 ? "" : " or more");
    }
    return out;
}

/* The deadline that was fixed last for it; NULL = none that is still to come. */
static const struct run_wait *wait_of(const struct run *run, const char *id, int64_t now_ms)
{
    for (size_t i = run->wait_count; i-- > 0;)
        if (strcmp(run->waits[i].step, id) == 0)
            return run->waits[i].deadline_ms > now_ms ? &run->waits[i] : NULL;
    return NULL;
}

static void put_bar(struct sheet *s, int y, int x, int width, double share)
{
    int filled = share > 0 ? (int)(share * width) : 0;

    filled = filled >= width ? width - 1 : filled; /* what goes on is never full */

    canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, "[");
    canvas_hline(s->page, sheet_area(s), y, x + 1, filled, ROLE_ACTIVE, GLYPH_BAR);
    canvas_hline(s->page, sheet_area(s), y, x + 1 + filled, width - filled, ROLE_FAINT,
                 GLYPH_HLINE);
    canvas_put(s->page, sheet_area(s), y, x + 1 + width, ROLE_FAINT, "]");
}

/* "12:14 of 49:30 or more"; beyond what was planned that it is. */
static char *elapsed_text(int64_t elapsed_ms, int64_t expected_ms, bool is_usual)
{
    char a_span[32], b_span[32];

    reading_span(elapsed_ms, a_span);
    reading_span(expected_ms, b_span);
    if (expected_ms <= 0)
        return xstrdup(a_span);
    if (elapsed_ms > expected_ms)
        return xasprintf("%s, %s %s", a_span, is_usual ? "usually" : "planned", b_span);
    return xasprintf("%s of %s%s", a_span, b_span, is_usual ? " usually" : " or more");
}

static char *deadline_text(const struct app *app, const struct run_wait *wait, int64_t now_ms)
{
    char span[32], at[48];
    return xasprintf("%s %s, in %s", strcmp(wait->key, "until") == 0 ? "until" : "gives up at",
                     app_time_text(app, wait->deadline_ms, at),
                     reading_span(wait->deadline_ms - now_ms, span));
}

/* "[####----] 12:14 of 49:30", and until when it may wait. */
static void write_progress(struct sheet *s, const struct app *app, const struct run *run,
                           const struct run_step *done, const json_t *step)
{
    int64_t now_ms = reading_now_ms(app), expected = expected_ms(step);
    int64_t elapsed = now_ms - done->started_at_ms;
    const struct run_wait *wait = wait_of(run, done->id, now_ms);
    int room = s->page->cols - ID_X - 22, x = s->page->cols < NARROW ? 2 : ID_X;
    double share = expected > 0 ? fmin((double)elapsed / (double)expected, 1) : NAN;

    if (isnan(share) && wait == NULL)
        return;
    int y = sheet_row(s, done->id);
    if (!isnan(share)) {
        auto_free char *text = elapsed_text(elapsed, expected, reading_number(step, "p50_ms") > 0);
        int width = room > BAR_MOST ? BAR_MOST : room;
        if (width >= 4) {
            put_bar(s, y, x, width, share);
            x += width + 3;
        }
        x += canvas_put(s->page, sheet_area(s), y, x, ROLE_TEXT, text) + 2;
    }
    if (wait != NULL) {
        auto_free char *text = deadline_text(app, wait, now_ms);
        if (x + canvas_width(text) > s->page->cols && !isnan(share))
            sheet_wrap(s, done->id, ID_X, 0, ROLE_FAINT, text);
        else
            canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, text);
    }
}

/* ---- a step ---- */

struct row_place { /* what every step's row needs */
    struct sheet *s;
    const struct app *app;
    const struct plan_state *state;
    const struct run *run; /* NULL: before a run */
    const json_t *plan;
    const char *told; /* the step whose reason stands above; "" */
    int ids;          /* width of the column */
    bool is_roomy;    /* there are rows for whole sentences; else only that of the cursor's step */
};

static void write_undo(struct row_place *p, const char *id, const json_t *step)
{
    auto_free char *undo = plan_view_undo(step, p->run, p->plan);
    bool is_lost = text_starts_with(reading_text(step, "undo"), IRREVERSIBLE);
    if (undo[0] != '\0')
        sheet_wrap(p->s, id, p->s->page->cols < NARROW ? 4 : ID_X + 2, 0,
                   is_lost ? ROLE_WARN : ROLE_FAINT, undo);
}

static bool is_short_of_room(const struct row_place *p) { return p->s->page->cols < NARROW; }

/* Time and traffic are waited for as planned: nobody has to do anything. */
static bool is_waiting_by_itself(const struct run *run, const struct run_step *done)
{
    for (size_t i = 0; i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].step, done->id) == 0)
            return false;
    return done->state == STEP_WAITING && done->waiting_on[0] != '\0' &&
           strcmp(done->waiting_on, "person") != 0;
}

/* Where there is room the first call stands beside the step. Returns where the rest ends. */
static int write_calls(struct row_place *p, int y, int end, const json_t *step)
{
    const json_t *calls = json_object_get(step, "calls");
    int x = p->s->page->cols * 9 / 20;

    if (json_array_size(calls) == 0)
        return end;
    auto_free char *call = call_text(json_array_get(calls, 0));
    auto_free char *more = json_array_size(calls) > 1
                               ? xasprintf("  +%zu more", json_array_size(calls) - 1)
                               : xstrdup("");
    struct area a = canvas_cols(sheet_area(p->s), 0, end - canvas_width(more));
    x += canvas_put(p->s->page, a, y, x, ROLE_FAINT, call);
    canvas_put(p->s->page, sheet_area(p->s), y, x, ROLE_FAINT, more);
    return p->s->page->cols * 9 / 20 - 2;
}

static int widest_word(const char *text)
{
    int widest = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        auto_free char *word = xstrndup(text, length);
        int width = canvas_width(word);
        widest = width > widest ? width : widest;
        text += length + strspn(text + length, " ");
    }
    return widest;
}

/* From column x to `end`, or below in the whole width where that is too narrow; cut off where there
 * is no room for more rows, or it is told above. */
static void write_sentence(struct row_place *p, const char *id, int y, int x, int end,
                           enum role role, const char *sentence)
{
    const char *at = p->state->cursor.id;
    bool is_whole = (p->is_roomy || (at != NULL && strcmp(at, id) == 0)) &&
                    strcmp(p->told, id) != 0 && canvas_width(sentence) > end - x;

    if (is_whole && (end - x < SENTENCE_LEAST || end - x < widest_word(sentence))) {
        sheet_wrap(p->s, id, ID_X + 2, 0, role, sentence);
        return;
    }
    for (int rows = is_whole ? canvas_wrap_height(end - x, 0, sentence) : 1; rows > 1; rows--)
        (void)sheet_row(p->s, id);
    struct area a = canvas_cols(sheet_area(p->s), 0, end);
    if (is_whole)
        (void)canvas_wrap(p->s->page, a, y, x, 0, role, sentence);
    else
        canvas_put(p->s->page, a, y, x, role, sentence);
}

static void write_step(struct row_place *p, const json_t *step)
{
    const char *id = reading_text(step, "id");
    const struct run_step *done = p->run != NULL ? run_step(p->run, id) : NULL;
    const struct plan_look *look =
        done != NULL ? plan_view_look(p->run, done) : &looks[STEP_PENDING];
    auto_free char *sentence = done != NULL ? plan_view_sentence(p->app, p->run, done, step)
                                            : xstrdup(reading_text(step, "summary"));
    char when[48];
    int y = sheet_row(p->s, id), end = p->s->page->cols - 1, x = ID_X + p->ids + 1;
    struct area a = sheet_area(p->s);
    enum role state_role =
        done != NULL && is_waiting_by_itself(p->run, done) ? ROLE_ACTIVE : look->role;
    enum role role = done == NULL || look->role == ROLE_GOOD ? ROLE_FAINT : state_role;

    canvas_put(p->s->page, a, y, 2, state_role, look->mark);
    when_text(p->app, done, step, when);
    if (when[0] != '\0' && end > 20)
        end -= canvas_put_right(p->s->page, a, y, end, ROLE_FAINT, when) + 1;
    if (p->s->page->cols >= CALLS_WIDTH)
        end = write_calls(p, y, end, step);
    a = canvas_cols(a, 0, end);
    bool is_now = done != NULL && is_current(done);
    canvas_put(p->s->page, is_short_of_room(p) ? a : canvas_cols(a, 0, x - 1), y, ID_X,
               is_now ? ROLE_STRONG : ROLE_TEXT, id);
    bool is_worth_it = done != NULL && role != ROLE_FAINT && strcmp(p->told, id) != 0;
    bool is_cut = canvas_width(sentence) > end - x;
    if (!is_short_of_room(p) && !(is_cut && is_worth_it))
        write_sentence(p, id, y, x, end, role, sentence);
    else if (is_worth_it)
        sheet_wrap(p->s, id, is_short_of_room(p) ? 4 : ID_X + 2, 0, role, sentence);
    if (done != NULL && done->attempt > 1) {
        auto_free char *text = xasprintf("attempt %d", done->attempt);
        sheet_wrap(p->s, id, ID_X, 0, ROLE_FAINT, text);
    }
    if (is_now)
        write_progress(p->s, p->app, p->run, done, step);
    if (p->state->shows_undo)
        write_undo(p, id, step);
}

static void write_steps(struct row_place *p, const json_t *plan)
{
    size_t i;
    json_t *step;

    p->ids = 4;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        int w = canvas_width(reading_text(step, "id"));
        p->ids = w > p->ids ? w : p->ids;
    }
    p->ids = p->ids > ID_MOST ? ID_MOST : p->ids;
    json_array_foreach(json_object_get(plan, "steps"), i, step) write_step(p, step);
}

/* ---- above the steps ---- */

static bool is_bad_end(const struct run *run)
{
    return run->status == RUN_ROLLBACK_FAILED || run->status == RUN_FAILED || run_is_at_risk(run);
}

static void write_serving(struct sheet *s, const struct app *app, const struct run *run)
{
    if (app_stopped_step(run) == NULL && !run_is_going_back(run) && !is_bad_end(run))
        return;
    auto_free char *text = app_serving_text(app);
    if (text != NULL && text[0] != '\0')
        sheet_wrap(s, NULL, 1, 1, ROLE_STRONG, text);
}

static void write_end(struct sheet *s, const struct run *run)
{
    auto_free char *outcome = report_outcome(run);
    char name[32];

    sheet_wrap(s, NULL, 1, 1,
               is_bad_end(run)                ? ROLE_BAD
               : run->status == RUN_SUCCEEDED ? ROLE_GOOD
                                              : ROLE_WARN,
               outcome);
    int y = sheet_row(s, NULL), x = 1;
    x += sheet_put_key(s, y, x, ":report", "the whole story") + 2;
    if (run->status == RUN_SUCCEEDED && run->old_version[0] != '\0' && run_moved_traffic(run) &&
        strcmp(run->plan_name, "rollback") != 0) {
        x += canvas_put(s->page, sheet_area(s), y, x, ROLE_ROLLBACK, "!") + 1;
        x += canvas_putf(s->page, sheet_area(s), y, x, ROLE_FAINT, "still goes back to %s",
                         app_version_text(run->old_version, name)) +
             2;
    }
    if (x + NEXT_PLAN_WIDTH > s->page->cols) {
        y = sheet_row(s, NULL);
        x = 1;
    }
    (void)sheet_put_key(s, y, x, "v", "the next plan");
}

/* Whose it is: "r-0142, started by ana@example.com"; with little room "r-0142 by ana". */
static char *hands_text(const struct row_place *p)
{
    const struct run *run = p->run;
    const char *by = event_text_person(run->by), *now = event_text_person(run->acts_as);
    bool is_anothers = now[0] != '\0' && strcmp(now, by) != 0;
    const char *hand = is_anothers ? run->acts_as : run->by;
    char name[32];

    if (hand[0] == '\0')
        return xstrdup(run->id);
    if (!p->is_roomy && p->s->page->cols < HANDS_WIDTH)
        return xasprintf("%s by %s", run->id, plan_wait_name(hand, name));
    return xasprintf("%s, started by %s%s%s", run->id, by, is_anothers ? ", goes on as " : "",
                     is_anothers ? now : "");
}

static void write_standing(struct row_place *p)
{
    const struct app *app = p->app;
    const struct run *run = p->run;
    auto_free char *waiting = waiting_reason(run);
    auto_free char *status = app_outcome_text(run);
    auto_free char *hands = hands_text(p);
    auto_free char *held = waiting_held(run);
    char at[48], span[32];

    if (run->status == RUN_PAUSED || run->status == RUN_INTERRUPTED) {
        auto_free char *stopped = xasprintf("%s (%s)", waiting != NULL ? waiting : status, hands);
        sheet_wrap(p->s, NULL, 1, 1, ROLE_WARN, stopped);
        plan_wait_answer(p->s, app, run);
        return;
    }
    if (waiting != NULL) {
        sheet_wrap(p->s, NULL, 1, 1, ROLE_WARN, waiting);
        plan_wait_answer(p->s, app, run);
        if (p->is_roomy)
            sheet_wrap(p->s, NULL, 1, 1, ROLE_FAINT, hands);
        return;
    }
    auto_free char *text =
        xasprintf("%s, %s since %s (%s)", hands, held != NULL ? "under way" : status,
                  app_time_text(app, run->started_at_ms, at),
                  reading_span(reading_now_ms(app) - run->started_at_ms, span));
    sheet_wrap(p->s, NULL, 1, 1, run_is_going_back(run) ? ROLE_WARN : ROLE_FAINT, text);
}

/* The step that waiting_reason() tells of. */
static const char *told_step(const struct run *run)
{
    if (run_is_over(run))
        return "";
    if (run->prompt_count > 0)
        return run->prompts[0].step;
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return run->steps[i].id;
    return "";
}

static void write_run(struct row_place *p, const json_t *plan)
{
    p->told = told_step(p->run);
    write_serving(p->s, p->app, p->run);
    if (p->run->needs_newer)
        sheet_wrap(p->s, NULL, 1, 1, ROLE_BAD,
                   "a newer flightdeck wrote this run; parts of it are not understood here");
    if (run_is_over(p->run))
        write_end(p->s, p->run);
    else
        write_standing(p);
    sheet_pin(p->s);
    write_steps(p, plan);
}

/* ---- before a run ---- */

static void write_dry_run(struct row_place *p, const struct app_environment *e)
{
    const json_t *plan = e->plan.document;
    const struct run *run = app_run(p->app);
    int64_t sum_ms = 0;
    size_t i;
    json_t *step;
    char span[32];

    json_array_foreach(json_object_get(plan, "steps"), i, step) sum_ms += expected_ms(step);
    int y = sheet_row(p->s, NULL), x = 1;
    x += canvas_put(p->s->page, sheet_area(p->s), y, x, ROLE_STRONG, "Nothing runs yet.") + 1;
    x += sheet_put_key(p->s, y, x, "R", "would do this") + 1;
    if (sum_ms > 0)
        canvas_putf(p->s->page, sheet_area(p->s), y, x, ROLE_FAINT, "in %s or more",
                    reading_span(sum_ms, span));
    if (run != NULL && run->approval_count > 0) {
        auto_free char *text = xasprintf("%zu approval%s on %s", run->approval_count,
                                         run->approval_count == 1 ? "" : "s", run->id);
        sheet_wrap(p->s, NULL, 1, 1, ROLE_GOOD, text);
    }
    plan_bill_write(p->s, plan);
    (void)sheet_row(p->s, NULL);
    write_steps(p, plan);
    plan_bill_write_ladder(p->s, plan);
}

static void write_nothing(struct sheet *s, const struct app_environment *e)
{
    if (e != NULL && e->plan_error != NULL) {
        auto_free char *text = xasprintf("there is no plan: %s", e->plan_error);
        sheet_wrap(s, NULL, 1, 1, ROLE_BAD, text);
        (void)sheet_put_key(s, sheet_row(s, NULL), 1, "r", "makes it again");
        return;
    }
    if (e == NULL || e->plan.trouble == NULL)
        sheet_wrap(s, NULL, 1, 1, ROLE_FAINT,
                   "the plan is being made: what would ship, each step with its exact calls, what "
                   "takes it back, and how long each weight takes");
}

static void write_page(struct sheet *s, const struct app *app, const struct plan_state *state,
                       int width, bool is_ascii, bool is_roomy)
{
    const struct app_environment *e = app_environment(app);
    const json_t *plan = plan_view_document(app, state);
    struct row_place place = {.s = s,
                              .app = app,
                              .state = state,
                              .run = plan_view_run(app, state),
                              .plan = plan,
                              .told = "",
                              .is_roomy = is_roomy};

    sheet_init(s, width, is_ascii);
    if (e != NULL && place.run == NULL)
        reading_put_age(s, app, &e->plan, plan_view_interval_ms(app), "the plan");
    if (plan == NULL || (place.run == NULL && e->plan_error != NULL))
        write_nothing(s, e);
    if (plan != NULL && place.run != NULL)
        write_run(&place, plan);
    else if (plan != NULL)
        write_dry_run(&place, e);
}

void plan_view_write(struct sheet *s, const struct app *app, const struct plan_state *state,
                     int width, bool is_ascii)
{
    write_page(s, app, state, width, is_ascii, true);
    if (s->rows <= state->cursor.pinned + state->cursor.height)
        return;
    sheet_clear(s);
    write_page(s, app, state, width, is_ascii, false);
}
