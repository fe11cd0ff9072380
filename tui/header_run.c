/* header_run.c - the parts of the second line: what happens, how the service does, the way back. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/header_parts.h"
#include "tui/panes/traffic_view.h"

#define NEAR 1e-6      /* two weights are the same */
#define LAST_CELL 0.92 /* of the bar: full is what has ended */
#define BAR_CELLS 12
#define DIGEST_SHOWN 8
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "sha256:7e3e8f96..." of an image, or "". */
static void put_digest(char *out, size_t size, const char *image)
{
    const char *at = strstr(image, "sha256:");
    snprintf(out, size, "%.*s", at != NULL ? DIGEST_SHOWN : 0, at != NULL ? at + 7 : "");
}

/* After the end: what is served now, where one version has everything. */
static bool put_served(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    const json_t *alias = app_alias_status(app);
    char version[32];

    if (run == NULL || !run_is_over(run) || alias == NULL ||
        json_object_size(json_object_get(alias, "weights")) > 0)
        return false;
    snprintf(out->whole, sizeof out->whole, "%s serves",
             app_version_text(app_text_of(alias, "version"), version));
    text_copy(out->brief, sizeof out->brief, out->whole);
    return true;
}

static void fill_shipped(const struct app *app, struct part *out)
{
    if (put_served(app, out))
        return;
    const struct app_environment *e = app_environment(app);
    const struct run *run = app_run(app);
    const json_t *inputs = json_object_get(run != NULL && run->plan != NULL ? run->plan
                                           : e != NULL                      ? e->plan.document
                                                                            : NULL,
                                           "inputs");
    char old[32], fresh[32], digest[16] = "";
    const char *arrow = app->options.is_ascii ? ">" : "→";
    const char *from = run != NULL && run->old_version[0] != '\0'
                           ? run->old_version
                           : app_text_of(json_object_get(inputs, "running"), "version");

    put_digest(digest, sizeof digest, app_text_of(inputs, "image"));
    bool is_known = run != NULL && run->new_version[0] != '\0';
    app_version_text(is_known ? run->new_version : digest[0] != '\0' ? "new" : "", fresh);
    app_version_text(from, old);
    if (fresh[0] == '\0') {
        const json_t *alias = app_alias_status(app);
        app_version_text(app_text_of(alias, "version"), old);
        snprintf(out->whole, sizeof out->whole, "%s", old);
        text_copy(out->brief, sizeof out->brief, out->whole);
        return;
    }
    snprintf(out->brief, sizeof out->brief, "%s%s%s %s", old, old[0] != '\0' ? " " : "", arrow,
             fresh);
    snprintf(out->whole, sizeof out->whole, "%.80s%s%s", out->brief,
             digest[0] != '\0' ? " image " : "", digest);
}

static void fill_run(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    text_copy(out->whole, sizeof out->whole, run != NULL ? run->id : "");
}

static void fill_step(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    int number = 0;
    const struct run_step *step = app_current_step(run, &number);
    if (step == NULL || run_is_over(run))
        return;
    snprintf(out->whole, sizeof out->whole, "step %d/%zu %.60s", number, run->step_count, step->id);
    snprintf(out->brief, sizeof out->brief, "%d/%zu", number, run->step_count);
}

static void put_bar(char *out, size_t size, double share)
{
    int filled = (int)((share > 1 ? 1 : share < 0 ? 0 : share) * BAR_CELLS);
    size_t at = 0;
    out[at++] = '[';
    for (int i = 0; i < BAR_CELLS && at + 2 < size; i++)
        out[at++] = i < filled ? '#' : '-';
    out[at++] = ']';
    out[at] = '\0';
}

/* "weight 1 of 6": time says little where a person is asked at each of them. */
static bool put_weights(const struct app *app, const struct run_step *step, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    const json_t *ladder = json_object_get(e->about, "ladder"), *weight;
    size_t count = json_array_size(ladder), reached = 0, i;
    char bar[BAR_CELLS + 3];

    if (!step->moves_traffic || count < 2 || app_is_by_hand(e->run) || app_is_way_back(e->run))
        return false;
    json_array_foreach((json_t *)(uintptr_t)ladder, i, weight) reached +=
        e->run->weight > 0 && json_number_value(weight) <= e->run->weight + NEAR;
    put_bar(bar, sizeof bar, reached == 0 ? 0 : ((double)reached - 0.5) / (double)count);
    snprintf(out->brief, sizeof out->brief, "weight %zu of %zu", reached, count);
    snprintf(out->whole, sizeof out->whole, "%s %.60s", bar, out->brief);
    return true;
}

static void fill_progress(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    int number = 0;
    const struct run_step *step = app_current_step(run, &number);
    char took[32], of[32], bar[BAR_CELLS + 3];

    if (step == NULL || step->started_at_ms == 0 || run_is_over(run) || run_is_going_back(run))
        return;
    if (put_weights(app, step, out) || app_waiting_step(run) != NULL)
        return;
    int64_t elapsed = app->world_ms - step->started_at_ms;
    int64_t expected = app_expected_ms(run, step->id);
    header_clock_text(took, sizeof took, elapsed);
    header_clock_text(of, sizeof of, expected);
    text_copy(out->brief, sizeof out->brief, took);
    if (expected <= 0) {
        text_copy(out->whole, sizeof out->whole, took);
        return;
    }
    double share = (double)elapsed / (double)expected;
    put_bar(bar, sizeof bar, share < LAST_CELL ? share : LAST_CELL);
    snprintf(out->whole, sizeof out->whole, "%s %s of ~%s", bar, took, of);
    snprintf(out->brief, sizeof out->brief, "%s of ~%s", took, of);
}

static enum role outcome_role(const struct run *run)
{
    switch (run->status) {
    case RUN_SUCCEEDED:
        return ROLE_GOOD;
    case RUN_PROGRESSING:
        return ROLE_ACTIVE;
    case RUN_WAITING:
    case RUN_PAUSED:
    case RUN_INTERRUPTED:
        return ROLE_WARN;
    case RUN_ABORTING:
    case RUN_ABORTED:
    case RUN_ROLLING_BACK:
    case RUN_ROLLED_BACK:
    case RUN_ROLLBACK_FAILED:
    case RUN_FAILED:
        return ROLE_BAD;
    case RUN_PENDING:
        return ROLE_TEXT;
    }
    return ROLE_TEXT;
}

/* Who is waited for, with the key or the pane. Yours; NULL: it is no checklist and no approval. */
static char *waits_text(const struct app *app, struct part *out)
{
    const struct run *run = app_run(app);
    const struct run_step *step =
        run != NULL && run->status == RUN_WAITING && run->prompt_count == 0 ? app_waiting_step(run)
                                                                            : NULL;
    if (step == NULL || step->state != STEP_WAITING)
        return NULL;
    if (strcmp(step->kind, "approval") == 0) {
        text_copy(out->brief, sizeof out->brief,
                  app_is_started_by_us(app) ? "waits for another" : "waits for approval");
        return app_approval_text(app, step);
    }
    struct app_open_items open = app_open_items(app_environment(app), step->id);
    size_t all = open.for_people + open.for_probes;
    if (strcmp(step->kind, "checklist") != 0 || all == 0)
        return NULL;
    snprintf(out->brief, sizeof out->brief, "waits for you, 2: %zu item%s", all,
             all == 1 ? "" : "s");
    return xstrdup(out->brief);
}

static void fill_outcome(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    const struct run *run = app_run(app);
    if (app->is_lost && app->stopped == NULL) {
        text_copy(out->whole, sizeof out->whole, "THE ENGINE IS GONE");
        text_copy(out->brief, sizeof out->brief, "THE ENGINE IS GONE");
        out->role = ROLE_BAD;
        return;
    }
    if (app_is_going(app) && e->driver == DRIVER_NOBODY) {
        text_copy(out->whole, sizeof out->whole, "run: NOBODY DRIVES IT");
        text_copy(out->brief, sizeof out->brief, "NOBODY DRIVES IT");
        out->role = ROLE_BAD;
        return;
    }
    if (app_is_going(app) && run->status == RUN_INTERRUPTED && e->driver == DRIVER_HERE) {
        text_copy(out->whole, sizeof out->whole, "run: judged on, C lets it go forward");
        text_copy(out->brief, sizeof out->brief, "C lets it go forward");
        out->role = ROLE_WARN;
        return;
    }
    if (app_is_going(app) && app_stopped_step(run) == NULL && traffic_view_has_drift(app)) {
        text_copy(out->whole, sizeof out->whole, "run: DRIFT, somebody else moved it");
        text_copy(out->brief, sizeof out->brief, "DRIFT, not by us");
        out->role = ROLE_BAD;
        return;
    }
    auto_free char *text = waits_text(app, out);
    if (text == NULL)
        text = app_outcome_text(run);
    snprintf(out->whole, sizeof out->whole, "%s%.100s", run != NULL ? "run: " : "", text);
    out->role = run != NULL ? outcome_role(run) : ROLE_FAINT;
    if (out->brief[0] != '\0')
        return;
    text_copy(out->brief, sizeof out->brief, text);
}

static void fill_health(const struct app *app, struct part *out)
{
    static const struct {
        const char *state, *word;
        enum role role;
    } words[] = {
        {"healthy", "healthy", ROLE_GOOD},
        {"degraded", "DEGRADED", ROLE_BAD},
        {"progressing", "changing", ROLE_ACTIVE},
    };
    const struct app_environment *e = app_environment(app);
    const char *state = e != NULL ? app_text_of(e->status.document, "health") : "";
    const char *word = "not known";

    if (e == NULL)
        return;
    out->role = ROLE_WARN;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i].state, state) == 0 && e->status.trouble == NULL) {
            word = words[i].word;
            out->role = words[i].role;
        }
    snprintf(out->whole, sizeof out->whole, "service %s", word);
    snprintf(out->brief, sizeof out->brief, "svc %s", word);
}

/* By the run of the screen, and by what is served: else it need not be ready for anything. */
static bool has_moved(const struct app *app)
{
    const struct run *run = app_run(app);
    const json_t *weights = json_object_get(app_alias_status(app), "weights");

    return json_object_size(weights) > 0 ||
           (run != NULL && run_moved_traffic(run) &&
            !(app_is_way_back(run) && run->status == RUN_SUCCEEDED) &&
            (run->status != RUN_ROLLED_BACK || run_is_at_risk(run)));
}

static void fill_ready(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    if (e == NULL)
        return;
    const char *revision = app_text_of(app_alias_status(app), "revision_id");
    bool is_nowhere = e->nowhere_at != NULL && strcmp(e->nowhere_at, revision) == 0;
    bool is_ready = strcmp(e->ready_state, "yes") == 0, is_no = strcmp(e->ready_state, "no") == 0;
    snprintf(out->whole, sizeof out->whole, "%s",
             is_ready ? "rollback ready"
             : is_no  ? "rollback: REFUSED"
                      : "rollback: not proved");
    snprintf(out->brief, sizeof out->brief, "%s",
             is_ready ? "back: ready"
             : is_no  ? "back: REFUSED"
                      : "back: ?");
    out->role = is_ready ? ROLE_GOOD : is_no ? ROLE_BAD : ROLE_WARN;
    if (!is_ready || (!is_nowhere && has_moved(app)))
        return;
    bool is_back = app_run(app) != NULL && run_moved_traffic(app_run(app));
    text_copy(out->whole, sizeof out->whole,
              is_nowhere || is_back ? "nothing to go back to" : "nothing moved yet");
    text_copy(out->brief, sizeof out->brief, "back: nothing");
    out->role = ROLE_FAINT;
}

/* The age of what the line says of the world: only where it is old. */
static void fill_age(const struct app *app, struct part *out)
{
    const struct app_environment *e = app_environment(app);
    char age[32];
    if (e == NULL || e->status.document == NULL)
        return;
    int64_t poll_ms = wire_whole(json_object_get(app->hello, "poll_ms"));
    bool is_old = e->status.is_cached || e->status.trouble != NULL;
    app_age_text(app, e->status.at_ms, is_old ? 0 : poll_ms > 0 ? poll_ms : APP_POLL_MS, age);
    if (age[0] == '\0')
        return;
    snprintf(out->whole, sizeof out->whole, "seen %s", age);
    text_copy(out->brief, sizeof out->brief, age);
    out->role = ROLE_WARN;
}

const struct part_kind header_run[] = {
    {fill_shipped, 20, 3, false, 0}, {fill_run, 0, 17, false, 6},
    {fill_step, 10, 5, false, 20},   {fill_progress, 18, 13, false, 28},
    {fill_outcome, 19, 0, false, 0}, {fill_health, 12, 2, true, 0},
    {fill_ready, 11, 4, true, 0},    {fill_age, 14, 7, true, 0},
};

const size_t header_run_count = COUNT(header_run);
