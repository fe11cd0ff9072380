/* traffic_view.c - see traffic_view.h. */
#include "tui/panes/traffic_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/panes/traffic_view_parts.h"

#define NEAR 1e-6
#define CONVERGED 0.02              /* seen and set, at most so far apart */
#define SILENT_AFTER_MS (5 * 60000) /* CloudWatch has spoken by then */
#define STEADY_REQUESTS 50          /* where the judge does not say how many it needs */
#define SEEN_PERIODS 5
#define LOOK_TAKES_MS 10000 /* what was answered so soon after a write may be from before it */

const char *traffic_view_state_name(enum traffic_state state)
{
    static const char *const names[TRAFFIC_STATE_COUNT] = {
        [TRAFFIC_UNKNOWN] = "not read yet",  [TRAFFIC_IDLE] = "idle",
        [TRAFFIC_STAGED] = "staged",         [TRAFFIC_PREVIEWED] = "previewed",
        [TRAFFIC_ASKED] = "asked",           [TRAFFIC_APPLYING] = "applying",
        [TRAFFIC_CONVERGING] = "converging", [TRAFFIC_STEADY] = "steady",
        [TRAFFIC_DRIFT] = "drift",           [TRAFFIC_CONVICTED] = "going back",
        [TRAFFIC_FAILED] = "failed",         [TRAFFIC_ROLLED_BACK] = "rolled back",
    };
    return names[state];
}

/* ---- the alias as it was read ---- */

static void find_alias(struct traffic_view *v, const json_t *status, size_t alias_at)
{
    const json_t *resources = json_object_get(status, "resources"), *one;
    size_t i;

    json_array_foreach(resources, i, one)
    {
        if (json_object_get(one, "alias") == NULL)
            continue;
        if (v->alias_count <= alias_at) {
            v->alias = one;
            v->alias_at = v->alias_count;
        }
        v->alias_count++;
    }
    v->function = traffic_view_text(v->alias, "function");
    v->alias_name = traffic_view_text(v->alias, "alias");
    v->revision_id = traffic_view_text(v->alias, "revision_id");
}

static bool serves(const json_t *alias, const char *version)
{
    return strcmp(traffic_view_text(alias, "version"), version) == 0 ||
           json_object_get(json_object_get(alias, "weights"), version) != NULL;
}

static double share_of(const json_t *alias, const char *version)
{
    json_t *weights = json_object_get(alias, "weights");
    const json_t *given = json_object_get(weights, version);
    double rest = 1;

    if (version[0] == '\0')
        return 0;
    if (given != NULL)
        return json_number_value(given);
    if (strcmp(traffic_view_text(alias, "version"), version) != 0)
        return 0;
    for (void *i = json_object_iter(weights); i != NULL; i = json_object_iter_next(weights, i))
        rest -= json_number_value(json_object_iter_value(i));
    return rest;
}

/* By the numbers of its versions; by its plan where they are none. */
static bool goes_backward(const struct run *run)
{
    double old, fresh;

    if (text_to_double(run->old_version, &old) && text_to_double(run->new_version, &fresh))
        return fresh < old;
    return strcmp(run->plan_name, "rollback") == 0 && run->old_version[0] != '\0';
}

/* The two versions: by the run, by whoever moves it, or by how it is split. */
static void find_versions(struct traffic_view *v)
{
    const json_t *mover = json_object_get(v->alias, "moved_by");
    json_t *weights = json_object_get(v->alias, "weights");
    void *split = json_object_iter(weights);

    if (v->run != NULL && v->run->new_version[0] != '\0') {
        v->is_backward = goes_backward(v->run);
        text_copy(v->old, sizeof v->old,
                  v->is_backward ? v->run->new_version : v->run->old_version);
        text_copy(v->fresh, sizeof v->fresh,
                  v->is_backward ? v->run->old_version : v->run->new_version);
        return;
    }
    text_copy(v->old, sizeof v->old, traffic_view_text(v->alias, "version"));
    if (split != NULL)
        text_copy(v->fresh, sizeof v->fresh, json_object_iter_key(split));
    if (json_is_object(mover) && serves(v->alias, traffic_view_text(mover, "new_version"))) {
        text_copy(v->old, sizeof v->old, traffic_view_text(mover, "old_version"));
        text_copy(v->fresh, sizeof v->fresh, traffic_view_text(mover, "new_version"));
    }
}

/* ---- the run ---- */

static bool names_alias(const struct app_environment *e, const struct traffic_view *v)
{
    const char *colon = strrchr(e->alias != NULL ? e->alias : "", ':');
    size_t length = colon != NULL ? (size_t)(colon - e->alias) : 0;

    if (v->alias == NULL || v->alias_count < 2 || colon == NULL)
        return true;
    return strcmp(colon + 1, v->alias_name) == 0 && strlen(v->function) == length &&
           strncmp(e->alias, v->function, length) == 0;
}

static const struct run_step *moving_step(const struct run *run)
{
    const struct run_step *found = NULL;
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].moves_traffic && (found == NULL || run->steps[i].state != STEP_PENDING))
            found = &run->steps[i];
    return found;
}

/* One that is over tells nothing about versions that serve no more. */
static void find_run(struct traffic_view *v, const struct app_environment *e)
{
    const struct run *run = e->run;

    if (run == NULL || !names_alias(e, v))
        return;
    bool is_open = !run_is_over(run);
    if (!is_open && v->alias != NULL && run->new_version[0] != '\0' &&
        !serves(v->alias, run->new_version) && !serves(v->alias, run->old_version))
        return;
    if (run->status == RUN_PENDING)
        return;
    v->run = run;
    v->is_open = is_open;
    v->step = moving_step(run);
    for (size_t i = 0; v->step != NULL && i < run->prompt_count; i++)
        if (strcmp(run->prompts[i].step, v->step->id) == 0)
            v->prompt = &run->prompts[i];
}

static double of_fresh(const struct traffic_view *v, double share)
{
    return v->is_backward ? 1 - share : share;
}

static void read_asked(struct traffic_view *v, const struct app_environment *e)
{
    const json_t *asked = v->step != NULL ? json_object_get(v->step->facts, "asked") : NULL;
    const struct event *event = traffic_view_newest(e, "noted", "asked");

    if (v->run == NULL)
        return;
    const struct event *back = traffic_view_newest(e, "rollback_started", NULL);
    if (back == NULL)
        back = traffic_view_newest(e, "abort_requested", NULL);
    if (back != NULL)
        v->asked = (struct traffic_mark){true, of_fresh(v, 0), back->at_ms};
    else if (json_is_number(asked))
        v->asked = (struct traffic_mark){true, of_fresh(v, json_number_value(asked)),
                                         event != NULL ? event->at_ms : 0};
    else if (v->is_backward && v->step != NULL && v->step->started_at_ms > 0)
        v->asked = (struct traffic_mark){true, 0, v->step->started_at_ms};
}

int64_t traffic_view_looked_ms(const struct app_environment *e, const json_t *alias)
{
    int64_t at_ms = 0;
    const char *observed = traffic_view_text(alias, "observed_at");
    return observed[0] != '\0' && clock_parse_stamp(observed, &at_ms) && at_ms < e->status.at_ms
               ? at_ms
               : e->status.at_ms;
}

bool traffic_view_read_back(const struct app_environment *e, int64_t looked_ms, double *share,
                            int64_t *at_ms)
{
    const struct event *event =
        e->run != NULL && e->run->new_version[0] != '\0' && e->run->status != RUN_PENDING
            ? traffic_view_newest(e, "noted", "weight")
            : NULL;

    if (event == NULL || looked_ms > event->at_ms + LOOK_TAKES_MS)
        return false;
    *share = e->run->weight;
    *at_ms = event->at_ms;
    return true;
}

/* What was read back last: by the run after its own write, or by looking at the alias. */
static void read_set(struct traffic_view *v, const struct app_environment *e)
{
    double share;
    int64_t at_ms;

    if (v->alias != NULL)
        v->set = (struct traffic_mark){true, share_of(v->alias, v->fresh), v->read_ms};
    if (v->run != NULL &&
        traffic_view_read_back(e, v->alias != NULL ? v->read_ms : 0, &share, &at_ms))
        v->set = (struct traffic_mark){true, of_fresh(v, share), at_ms};
}

bool traffic_view_is_alone(const struct traffic_view *v)
{
    return v->set.is_known && v->other_share <= NEAR &&
           (v->set.share <= NEAR || v->set.share >= 1 - NEAR);
}

double traffic_view_old_share(const struct traffic_view *v)
{
    return 1 - v->set.share - v->other_share;
}

/* ---- how it stands ---- */

static bool is_write_open(const struct traffic_view *v)
{
    const struct run *run = v->run;
    for (size_t i = run->effect_count; i-- > 0;)
        if (v->step != NULL && strcmp(run->effects[i].step, v->step->id) == 0)
            return run->effects[i].state == EFFECT_INTENT ||
                   run->effects[i].state == EFFECT_UNKNOWN;
    return false;
}

/* When the run changed the alias last, or meant to. */
static int64_t last_write_ms(const struct traffic_view *v, const struct app_environment *e)
{
    static const char *const keys[] = {"asked", "weight"};
    int64_t last_ms = 0;

    for (size_t i = 0; i < v->run->effect_count; i++) {
        const struct run_effect *effect = &v->run->effects[i];
        bool is_its = v->step != NULL && strcmp(effect->step, v->step->id) == 0;
        int64_t at_ms = effect->ended_at_ms > 0 ? effect->ended_at_ms : effect->intended_at_ms;
        last_ms = is_its && at_ms > last_ms ? at_ms : last_ms;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct event *event = traffic_view_newest(e, "noted", keys[i]);
        last_ms = event != NULL && event->at_ms > last_ms ? event->at_ms : last_ms;
    }
    return last_ms;
}

static bool is_newer_than_ours(const struct traffic_view *v, const struct app_environment *e)
{
    return v->run == NULL || v->read_ms > last_write_ms(v, e) + LOOK_TAKES_MS;
}

static void add_other(struct traffic_view *v, const char *version)
{
    if (version[0] == '\0' || strcmp(version, v->old) == 0 || strcmp(version, v->fresh) == 0)
        return;
    text_copy(v->other, sizeof v->other, version);
    v->other_share += share_of(v->alias, version);
}

/* Neither what the run replaces nor what it brings. */
static void find_other(struct traffic_view *v, const struct app_environment *e)
{
    json_t *weights = json_object_get(v->alias, "weights");

    if (v->alias == NULL || !is_newer_than_ours(v, e))
        return;
    add_other(v, traffic_view_text(v->alias, "version"));
    for (void *i = json_object_iter(weights); i != NULL; i = json_object_iter_next(weights, i))
        add_other(v, json_object_iter_key(i));
}

static void say_drift(struct traffic_view *v, double now, double ours)
{
    int used = 0;

    if (v->other_share > NEAR)
        used = snprintf(v->drift, sizeof v->drift, "v%s has %.4g %% and ", v->other,
                        v->other_share * 100);
    (void)snprintf(v->drift + used, sizeof v->drift - (size_t)used,
                   "v%s has %.4g %%, and this run set %.4g %%: somebody else changed it", v->fresh,
                   now * 100, ours * 100);
}

/* Said by the engine, which stopped then; or seen by us: a look that is newer than our write. */
static void find_drift(struct traffic_view *v, const struct app_environment *e)
{
    const struct event *seen = traffic_view_newest(e, "drift_seen", NULL);
    const struct event *begun = traffic_view_newest(e, "step_started", NULL);
    const struct event *weight = traffic_view_newest(e, "noted", "weight");

    if (v->run == NULL)
        return;
    if (seen != NULL && (begun == NULL || begun->seq < seen->seq)) {
        const char *reason = traffic_view_text(seen->body, "reason");
        text_copy(v->drift, sizeof v->drift,
                  reason[0] != '\0' ? reason : "somebody else changed it");
        return;
    }
    if (traffic_view_taken_back_ms(v) > 0)
        return; /* by AWS, for this run: whoever takes it up is told */
    if (!v->is_open || v->alias == NULL || weight == NULL || is_write_open(v) ||
        run_is_going_back(v->run) || !is_newer_than_ours(v, e))
        return;
    double now = share_of(v->alias, v->fresh), ours = of_fresh(v, v->run->weight);
    if (fabs(now - ours) > NEAR || v->other_share > NEAR)
        say_drift(v, now, ours);
}

static enum traffic_state converged(const struct traffic_view *v)
{
    int64_t needed = v->requests_needed > 0 ? v->requests_needed : STEADY_REQUESTS;

    if (traffic_view_is_alone(v)) /* nothing to compare: what it was moved to is what it is */
        return v->has_verdict && v->verdict == VERDICT_NO_DATA ? TRAFFIC_CONVERGING
                                                               : TRAFFIC_STEADY;
    return v->seen.mark.is_known && v->seen.all >= needed &&
                   fabs(v->seen.mark.share - v->set.share) <= CONVERGED
               ? TRAFFIC_STEADY
               : TRAFFIC_CONVERGING;
}

/* On its way back, or convicted and about to go: nobody is asked about that. */
static bool is_convicted(const struct traffic_view *v)
{
    bool asks =
        v->prompt != NULL || (v->step != NULL && strcmp(v->step->waiting_on, "person") == 0);

    return v->is_open &&
           (run_is_going_back(v->run) || (v->has_verdict && v->verdict == VERDICT_BAD && !asks));
}

static enum traffic_state state_of_run(const struct traffic_view *v)
{
    const struct run *run = v->run;

    if (run->status == RUN_ROLLBACK_FAILED || run_is_at_risk(run))
        return TRAFFIC_FAILED;
    if ((run->status == RUN_ROLLED_BACK || run->status == RUN_ABORTED) && run_moved_traffic(run))
        return TRAFFIC_ROLLED_BACK;
    if (run->status == RUN_SUCCEEDED && v->is_backward)
        return TRAFFIC_ROLLED_BACK;
    if (is_convicted(v))
        return TRAFFIC_CONVICTED;
    if (v->is_open && v->step != NULL &&
        (v->step->state == STEP_FAILED || v->step->state == STEP_ERRORED))
        return TRAFFIC_FAILED;
    if (v->is_open && (is_write_open(v) || (v->asked.is_known && v->set.is_known &&
                                            fabs(v->asked.share - v->set.share) > NEAR)))
        return TRAFFIC_APPLYING;
    return v->set.is_known && v->set.share > 0 && v->is_open ? converged(v) : TRAFFIC_IDLE;
}

int64_t traffic_view_taken_back_ms(const struct traffic_view *v)
{
    const char *at = traffic_view_text(json_object_get(v->alias, "taken_back"), "at");
    int64_t at_ms = 0;

    if (v->is_open && at[0] != '\0')
        FD_IGNORE(clock_parse_stamp(at, &at_ms));
    return at_ms;
}

static enum traffic_state state_of(const struct traffic_view *v)
{
    if (v->alias == NULL && v->run == NULL)
        return TRAFFIC_UNKNOWN;
    if (traffic_view_taken_back_ms(v) > 0)
        return TRAFFIC_ROLLED_BACK;
    if (v->drift[0] != '\0')
        return TRAFFIC_DRIFT;
    enum traffic_state state = v->run != NULL ? state_of_run(v) : TRAFFIC_IDLE;
    bool is_split = v->set.is_known && v->set.share > NEAR && v->set.share < 1 - NEAR;
    return state == TRAFFIC_IDLE && is_split ? converged(v) : state;
}

/* ---- what requests show, where no judge counts them ---- */

const json_t *traffic_view_series(const struct app *app, const char *what, const char *version)
{
    const struct app_environment *e = app_environment(app);
    const json_t *series = e != NULL ? json_object_get(e->metrics.document, "series") : NULL, *one;
    size_t i;

    json_array_foreach(series, i,
                       one) if (strstr(traffic_view_text(one, "id"), what) != NULL &&
                                strcmp(traffic_view_text(one, "version"), version) == 0) return one;
    return NULL;
}

/* When its newest settled period began that has a value; 0 = none. */
static int64_t newest_of(const json_t *series)
{
    const json_t *values = json_object_get(series, "values");
    int64_t settled_s = wire_whole(json_object_get(series, "settled_until"));

    for (size_t i = json_array_size(values); i-- > 0;) {
        const json_t *point = json_array_get(values, i);
        int64_t at_s = wire_whole(json_array_get(point, 0));
        if (at_s < settled_s && json_is_number(json_array_get(point, 1)))
            return at_s;
    }
    return 0;
}

/* The sum of its settled periods from `since_s` on; how many there were. */
static size_t sum_of(const json_t *series, int64_t since_s, double *sum)
{
    const json_t *values = json_object_get(series, "values"), *point;
    int64_t settled_s = wire_whole(json_object_get(series, "settled_until"));
    size_t count = 0, i;

    json_array_foreach(values, i, point)
    {
        int64_t at_s = wire_whole(json_array_get(point, 0));
        if (at_s < since_s || at_s >= settled_s || !json_is_number(json_array_get(point, 1)))
            continue;
        *sum += json_number_value(json_array_get(point, 1));
        count++;
    }
    return count;
}

/* Of the same minutes: what a version had before it was taken back is not what comes now. */
static void read_rates(const struct app *app, struct traffic_view *v)
{
    const struct app_environment *e = app_environment(app);
    int64_t whole_s = wire_whole(json_object_get(e->metrics.document, "period_s"));
    double period_s = (double)whole_s, fresh = 0, old = 0, all = 0;
    const json_t *of_fresh =
        v->fresh[0] != '\0' ? traffic_view_series(app, "invocations", v->fresh) : NULL;
    const json_t *of_old = traffic_view_series(app, "invocations", v->old);
    const json_t *of_all = traffic_view_series(app, "invocations", "");
    int64_t until_s = newest_of(of_fresh), old_s = newest_of(of_old);
    until_s = old_s > until_s ? old_s : until_s;
    int64_t all_s = newest_of(of_all) - (SEEN_PERIODS - 1) * whole_s;
    int64_t since_s = until_s - (SEEN_PERIODS - 1) * whole_s;
    size_t fresh_count = sum_of(of_fresh, since_s, &fresh),
           old_count = sum_of(of_old, since_s, &old), all_count = sum_of(of_all, all_s, &all);

    v->fresh_per_s = v->old_per_s = v->requests_per_s = -1;
    if (period_s <= 0)
        return;
    if (fresh_count > 0)
        v->fresh_per_s = fresh / (double)fresh_count / period_s;
    if (old_count > 0)
        v->old_per_s = old / (double)old_count / period_s;
    if (all_count > 0)
        v->requests_per_s = all / (double)all_count / period_s;
    else if (fresh_count > 0 && old_count > 0)
        v->requests_per_s =
            (fresh + old) / (double)(fresh_count > old_count ? fresh_count : old_count) / period_s;
    if (!v->seen.mark.is_known && v->run == NULL && !traffic_view_is_alone(v) && fresh_count > 0 &&
        old_count > 0 && fresh + old > 0) {
        v->seen.fresh = llround(fresh);
        v->seen.all = llround(fresh + old);
        v->seen.mark = (struct traffic_mark){true, fresh / (fresh + old), until_s * 1000};
    }
}

static void look_for_silence(const struct app *app, struct traffic_view *v)
{
    bool is_due = v->set.is_known && v->set.share > NEAR && v->rung_now >= 0 &&
                  app->world_ms - v->rungs[v->rung_now].since_ms > SILENT_AFTER_MS;
    v->seen.is_silent = (v->has_verdict && v->verdict == VERDICT_NO_DATA) ||
                        (is_due && v->seen.all == 0 && v->measurement != NULL);
}

void traffic_view_of(const struct app *app, size_t alias_at, struct traffic_view *out)
{
    struct traffic_view *v = out;
    const struct app_environment *e = app_environment(app);

    *v = (struct traffic_view){.function = "",
                               .alias_name = "",
                               .revision_id = "",
                               .sentence = "",
                               .rung_now = -1,
                               .requests_per_s = -1,
                               .fresh_per_s = -1,
                               .old_per_s = -1};
    if (e == NULL)
        return;
    v->is_loaded = e->status.document != NULL || e->run != NULL;
    v->is_cached = e->status.is_cached;
    v->read_ms = e->status.at_ms;
    v->trouble = e->status.trouble;
    find_alias(v, e->status.document, alias_at);
    v->read_ms = traffic_view_looked_ms(e, v->alias);
    find_run(v, e);
    find_versions(v);
    read_asked(v, e);
    read_set(v, e);
    traffic_view_judge(e, v);
    traffic_view_ladder(e, v);
    read_rates(app, v);
    look_for_silence(app, v);
    find_other(v, e);
    if (traffic_view_is_alone(v) || v->other_share > NEAR) /* what was counted says nothing of it */
        v->seen.mark.is_known = false;
    find_drift(v, e);
    v->state = state_of(v);
}

bool traffic_view_has_drift(const struct app *app)
{
    struct traffic_view v;
    size_t at = 0;

    do
        traffic_view_of(app, at, &v);
    while (v.run == NULL && ++at < v.alias_count);
    return v.drift[0] != '\0';
}

double traffic_view_next(const struct traffic_view *v)
{
    for (size_t i = 0; i < v->rung_count; i++)
        if (v->rungs[i].weight > (v->set.is_known ? v->set.share : 0) + NEAR)
            return v->rungs[i].weight;
    return -1;
}
