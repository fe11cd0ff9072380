/* traffic_view_judge.c - what the judge and the ladder of a run say. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "core/run.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"
#include "tui/panes/traffic_view_parts.h"

#define NEAR 1e-6
#define RECENT_IS_ALL_MS (7 * 60000) /* the last five minutes lie within this weight then */
#define KEY_SIZE 32

const char *traffic_view_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

const struct event *traffic_view_newest(const struct app_environment *e, const char *type,
                                        const char *key)
{
    for (size_t i = e->event_count; i-- > 0;) {
        const struct event *event = e->events[i];
        if (strcmp(event->type, type) == 0 &&
            (key == NULL || strcmp(traffic_view_text(event->body, "key"), key) == 0))
            return event;
    }
    return NULL;
}

static int64_t integer_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return wire_whole(value);
}

/* ---- the judge ---- */

static struct traffic_count count_of(const json_t *measurement, const char *span, const char *which,
                                     const char *aspect)
{
    const json_t *spans = json_object_get(measurement, "counts");
    const json_t *tally = json_object_get(json_object_get(spans, span), which);
    const json_t *count = json_object_get(tally, aspect);
    return (struct traffic_count){integer_of(count, "count"), integer_of(count, "of")};
}

static void read_verdict(struct traffic_view *v, const json_t *verdict)
{
    static const enum verdict_kind kinds[] = {VERDICT_INCONCLUSIVE, VERDICT_GOOD, VERDICT_BAD,
                                              VERDICT_NO_DATA, VERDICT_ERROR};
    const char *kind = traffic_view_text(verdict, "kind");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, step_verdict_name(kinds[i])) == 0) {
            v->verdict = kinds[i];
            v->has_verdict = true;
        }
    v->sentence = traffic_view_text(verdict, "sentence");
    v->is_held = v->prompt != NULL && v->has_verdict && v->verdict != VERDICT_GOOD &&
                 v->verdict != VERDICT_BAD;
}

/* Numbers since this weight was set; once it is old enough, those of the last minutes. */
static void read_seen(struct traffic_view *v, const json_t *measurement)
{
    bool is_old = v->judged_ms - integer_of(measurement, "since_ms") > RECENT_IS_ALL_MS;
    const char *span = is_old ? "recent" : "weight";
    int64_t fresh = count_of(measurement, span, "new", "failed").whole;
    int64_t old = count_of(measurement, span, "old", "failed").whole;

    v->seen.fresh = fresh;
    v->seen.all = fresh + old;
    if (v->seen.all > 0)
        v->seen.mark = (struct traffic_mark){true, (double)fresh / (double)v->seen.all,
                                             integer_of(measurement, "settled_until_ms")};
}

static void read_measurement(struct traffic_view *v, const json_t *measurement)
{
    static const char *const names[] = {"failed", "slow"};
    const json_t *needed = json_object_get(measurement, "needed");

    v->measurement = measurement;
    v->bake_until_ms = integer_of(measurement, "bake_until_ms");
    v->minutes = integer_of(measurement, "settled_minutes");
    v->requests = integer_of(measurement, "settled_requests");
    v->minutes_needed = integer_of(needed, "minutes");
    v->requests_needed = integer_of(needed, "requests");
    v->slow_limit_ms = (double)integer_of(needed, "slow_limit_ms");
    for (size_t i = 0; i < 2; i++)
        v->aspects[i] =
            (struct traffic_aspect){names[i], count_of(measurement, "weight", "new", names[i]),
                                    count_of(measurement, "weight", "old", names[i]),
                                    json_number_value(json_object_get(needed, names[i]))};
    read_seen(v, measurement);
}

void traffic_view_judge(const struct app_environment *e, struct traffic_view *v)
{
    const struct run *run = v->run;
    const struct event *weight = traffic_view_newest(e, "noted", "weight");

    if (run == NULL || run->measured_count == 0)
        return;
    const struct event *newest = run->measured[run->measured_count - 1];
    const json_t *verdict = json_object_get(newest->body, "verdict");
    const json_t *measurement = json_object_get(newest->body, "measurement");
    double about = json_number_value(json_object_get(verdict, "weight"));
    bool is_of_now = weight == NULL || weight->seq < newest->seq;

    v->judged_ms = newest->at_ms;
    /* A conviction stays on the screen also when the traffic is back. */
    bool is_told = is_of_now && (!v->set.is_known || fabs(about - v->set.share) < NEAR);
    read_verdict(v, verdict);
    if (!is_told && v->verdict != VERDICT_BAD) {
        v->has_verdict = false;
        v->sentence = "";
        v->judged_ms = 0;
        return;
    }
    if (json_object_size(measurement) > 0)
        read_measurement(v, measurement);
    if (!is_told) /* of a weight that is not set any more */
        v->seen = (struct traffic_seen){0};
}

/* ---- the ladder ---- */

static void read_rung(struct traffic_view *v, size_t i)
{
    struct traffic_rung *r = &v->rungs[i];
    char key[KEY_SIZE];
    const json_t *facts = v->step != NULL ? v->step->facts : NULL;

    (void)snprintf(key, sizeof key, "rung-%zu", i + 1);
    const json_t *rung = json_object_get(facts, key);
    (void)snprintf(key, sizeof key, "cleared-%zu", i + 1);
    if (json_is_object(rung)) {
        r->since_ms = integer_of(rung, "since_ms");
        r->bake_ms = integer_of(rung, "bake_ms");
        r->cleared_ms = integer_of(facts, key);
        if (v->is_open && !run_is_going_back(v->run))
            v->rung_now = (int)i;
    }
}

static void name_rungs(struct traffic_view *v)
{
    bool is_next_named = false;
    bool is_by_hand = v->step != NULL && strcmp(v->step->kind, "set-weight") == 0;

    for (size_t i = 0; i < v->rung_count; i++) {
        struct traffic_rung *r = &v->rungs[i];
        bool is_below = v->set.is_known && r->weight <= v->set.share + NEAR;
        if (v->run == NULL || is_by_hand) /* nobody cleared any */
            r->state = is_below ? RUNG_NEXT : RUNG_LATER;
        else if ((int)i == v->rung_now && r->cleared_ms == 0)
            r->state = RUNG_NOW;
        else if (is_below && (v->rung_now < 0 || (int)i <= v->rung_now))
            r->state = RUNG_DONE;
        else if (!is_next_named && !is_below) {
            r->state = RUNG_NEXT;
            is_next_named = true;
        } else
            r->state = RUNG_LATER;
    }
}

/* By the traffic of now, as the plan reckoned. */
static void read_estimate(const struct app_environment *e, struct traffic_view *v)
{
    const json_t *ladder = json_object_get(e->plan.document, "ladder");
    const json_t *weights = json_object_get(ladder, "weights"), *one;
    const struct traffic_rung *now = v->rung_now >= 0 ? &v->rungs[v->rung_now] : NULL;
    size_t i;

    if (now == NULL || now->cleared_ms > 0)
        return;
    v->clears_ms = now->since_ms + now->bake_ms;
    json_array_foreach(weights, i, one)
    {
        const json_t *estimate = json_object_get(one, "now");
        if (fabs(json_number_value(json_object_get(one, "weight")) - now->weight) > NEAR ||
            estimate == NULL)
            continue;
        int64_t clear_ms = integer_of(estimate, "clear_ms"),
                convict_ms = integer_of(estimate, "convict_ms");
        if (clear_ms > 0 && now->since_ms + clear_ms > v->clears_ms)
            v->clears_ms = now->since_ms + clear_ms;
        if (convict_ms > 0)
            v->convicts_ms = now->since_ms + convict_ms;
    }
}

void traffic_view_ladder(const struct app_environment *e, struct traffic_view *v)
{
    const json_t *ladder = json_object_get(e->about, "ladder");
    const json_t *bakes = json_object_get(e->about, "bakes_ms");

    if (v->is_backward) /* it climbs none */
        return;
    for (size_t i = 0; i < json_array_size(ladder) && i < TRAFFIC_MOST_RUNGS; i++) {
        const json_t *bake = json_array_get(bakes, i);
        v->rungs[i] = (struct traffic_rung){.weight = json_number_value(json_array_get(ladder, i)),
                                            .bake_ms = wire_whole(bake)};
        read_rung(v, i);
        v->rung_count++;
    }
    name_rungs(v);
    read_estimate(e, v);
}
