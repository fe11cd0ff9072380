/*
 * judging.c - one look: asks, sums up over the spans, has the judge decide. See judging.h.
 */
#include "aws/judging.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws/judging_parts.h"
#include "core/clock.h"
#include "core/mem.h"

#define RECENT_MS (5 * JUDGE_MINUTE_MS)
/* Nobody's numbers for so long, and it is CloudWatch that is silent. */
#define SILENCE_MS (10 * JUDGE_MINUTE_MS)
/* So many requests lie beyond a percentile before it is believed. */
#define BEYOND 10

struct look {
    const struct judging_subject *subject;
    const struct judging_weight *now; /* the weight of now */
    int64_t now_ms, start_s, end_s, settled_s;
    struct judging_call call;
    struct judging_series fresh, old;
    struct judging_conditions conditions;
    struct judge_condition *judged;
    struct judge_input input;
};

static int64_t minute_s(int64_t at_ms) { return at_ms / JUDGE_MINUTE_MS * JUDGING_MINUTE_S; }

/* ---- the versions ---- */

/* From the first whole minute after the start-up of each weight on, until the next change. */
static bool is_timed(const struct look *l, int64_t at_s)
{
    const struct judging_subject *s = l->subject;
    size_t i = s->weight_count;
    while (i > 1 && s->weights[i - 1].since_ms >= (at_s + JUDGING_MINUTE_S) * 1000)
        i--;
    return at_s * 1000 >= judge_first_minute_ms(&s->config->judge, s->weights[i - 1].since_ms);
}

/* The first minute of each span. */
static int64_t span_start_s(const struct look *l, enum judge_span span)
{
    switch (span) {
    case JUDGE_RUN:
        return l->start_s;
    case JUDGE_WEIGHT:
        return minute_s(l->now->since_ms);
    case JUDGE_RECENT:
        return minute_s(l->now_ms - JUDGE_DELIVERY_MS - RECENT_MS);
    case JUDGE_SPAN_COUNT:
        break;
    }
    return l->end_s;
}

/* A minute of which CloudWatch says nothing, of neither version, was not seen: it clears nothing.
 */
static bool has_numbers(const struct look *l, int64_t at_s)
{
    return !isnan(judging_at(&l->call, l->fresh.requests, at_s)) ||
           !isnan(judging_at(&l->call, l->old.requests, at_s));
}

static void fold_versions(struct look *l)
{
    int64_t clearing_s = judge_first_minute_ms(&l->subject->config->judge, l->now->since_ms) / 1000;

    for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++)
        for (int64_t at_s = span_start_s(l, span); at_s < l->end_s; at_s += JUDGING_MINUTE_S) {
            judging_fold_minute(&l->call, &l->fresh, at_s, is_timed(l, at_s),
                                &l->input.fresh[span]);
            judging_fold_minute(&l->call, &l->old, at_s, is_timed(l, at_s), &l->input.old[span]);
        }
    struct judge_tally settled = {0};
    for (int64_t at_s = clearing_s; at_s < l->settled_s; at_s += JUDGING_MINUTE_S) {
        judging_fold_minute(&l->call, &l->fresh, at_s, false, &settled);
        l->input.settled_minutes += has_numbers(l, at_s);
    }
    l->input.settled_requests = settled.requests;
}

/* The end of the newest minute in which anybody was seen. */
static int64_t newest_ms(const struct look *l)
{
    int64_t newest_s = l->start_s;
    const size_t seen[] = {l->fresh.requests, l->old.requests};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        const struct metric_series *s = &l->call.result.series[seen[i]];
        if (s->count > 0 && s->points[s->count - 1].at_s + JUDGING_MINUTE_S > newest_s)
            newest_s = s->points[s->count - 1].at_s + JUDGING_MINUTE_S;
    }
    return newest_s * 1000;
}

static struct judge_tally tally_before(const json_t *captured)
{
    const json_t *old = json_object_get(captured, "old");
#define BEFORE(name) .name = json_integer_value(json_object_get(old, #name))
    return (struct judge_tally){BEFORE(requests),  BEFORE(failed), BEFORE(attempts),
                                BEFORE(throttled), BEFORE(timed),  BEFORE(slow)};
#undef BEFORE
}

/* ---- the environment ---- */

static void fold_rate(const struct look *l, const struct judging_condition *c,
                      struct judge_condition *out)
{
    const struct metric_series *wholes = &l->call.result.series[c->whole];
    for (size_t i = 0; i < wholes->count; i++) {
        int64_t at_s = wholes->points[i].at_s, whole = llround(wholes->points[i].value);
        double part = judging_at(&l->call, c->value, at_s);
        for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++)
            if (at_s >= span_start_s(l, span)) {
                out->spans[span].whole += whole;
                out->spans[span].part += isnan(part) ? 0 : llround(fmin(part, (double)whole));
            }
    }
}

/* Minutes, newest last; of a rate that must not fall, its share. */
static void fold_gauge(const struct look *l, struct judging_condition *c,
                       struct judge_condition *out)
{
    const struct metric_series *s = &l->call.result.series[c->value];
    c->values = xcalloc(s->count + 1, sizeof *c->values);
    for (size_t i = 0; i < s->count; i++) {
        double value = s->points[i].value * c->definition->factor;
        double whole = judging_at(&l->call, c->whole, s->points[i].at_s);
        if (c->definition->denominator != NULL && !(whole > 0))
            continue;
        if (c->definition->denominator != NULL)
            value /= whole;
        c->values[out->value_count++] = value;
    }
    out->values = c->values;
}

static int64_t needed_for(const char *statistic)
{
    double beyond = 1 - strtod(statistic + 1, NULL) / 100;
    return beyond > 0 ? llround(BEYOND / beyond) : INT64_MAX;
}

/* The newest whole period that is settled. */
static void fold_percentile(const struct look *l, struct judging_condition *c,
                            struct judge_condition *out)
{
    const struct metric_series *s = &l->call.result.series[c->value];
    c->values = xcalloc(1, sizeof *c->values);
    out->values = c->values;
    out->needed = needed_for(c->definition->statistic);
    for (size_t i = s->count; i-- > 0;) {
        int64_t at_s = s->points[i].at_s;
        double requests = judging_at(&l->call, c->whole, at_s);
        if (at_s + JUDGING_PERCENTILE_S > l->settled_s || isnan(requests))
            continue;
        c->values[0] = s->points[i].value * c->definition->factor;
        out->value_count = 1;
        out->requests = llround(requests);
        return;
    }
}

static void add_before(const struct look *l, const struct judging_condition *c,
                       struct judge_condition *out)
{
    const json_t *before =
        json_object_get(json_object_get(l->subject->captured, "environment"), c->condition->text);
    const json_t *value = json_object_get(before, "value");
    out->rate_before = (struct judge_rate){json_integer_value(json_object_get(before, "part")),
                                           json_integer_value(json_object_get(before, "whole"))};
    out->has_before = json_is_number(value);
    out->value_before = json_number_value(value);
}

static void fold_conditions(struct look *l)
{
    l->judged = xcalloc(l->conditions.count + 1, sizeof *l->judged);
    for (size_t i = 0; i < l->conditions.count; i++) {
        struct judging_condition *c = &l->conditions.rows[i];
        struct judge_condition *out = &l->judged[i];
        *out = (struct judge_condition){.text = c->condition->text,
                                        .rolls_back = c->rolls_back,
                                        .measure = c->measure,
                                        .comparison = c->condition->comparison,
                                        .threshold = judging_threshold(c),
                                        .unit = c->condition->unit};
        add_before(l, c, out);
        switch (c->measure) {
        case JUDGE_RATE:
            fold_rate(l, c, out);
            break;
        case JUDGE_GAUGE:
            fold_gauge(l, c, out);
            break;
        case JUDGE_PERCENTILE:
            fold_percentile(l, c, out);
            break;
        }
    }
    l->input.conditions = l->judged;
    l->input.condition_count = l->conditions.count;
}

/* ---- the look ---- */

static bool ask(struct look *l, struct aws *aws, struct cancel *cancel, struct error *err)
{
    const struct judging_subject *s = l->subject;

    judging_ask_version(&l->call, &l->fresh, s->function, s->new_version, &s->config->judge);
    judging_ask_version(&l->call, &l->old, s->function, s->old_version, &s->config->judge);
    judging_conditions_init(&l->conditions, s->config, s->environment,
                            json_object_get(s->captured, "identities"));
    judging_ask_conditions(&l->call, &l->conditions, JUDGING_PERCENTILE_S);
    return judging_ask(&l->call, aws, l->start_s, l->end_s, cancel, err);
}

static void decide(struct look *l, json_t **measurement, struct verdict *verdict)
{
    const struct judging_subject *s = l->subject;

    fold_versions(l);
    fold_conditions(l);
    l->input.settings = &s->config->judge;
    l->input.new_version = s->new_version;
    l->input.old_version = s->old_version;
    l->input.weight = l->now->weight;
    l->input.now_ms = l->now_ms;
    l->input.bake_until_ms = l->now->since_ms + l->now->bake_ms;
    l->input.old_before = tally_before(s->captured);
    int64_t silent_ms = newest_ms(l);
    if (l->now_ms - silent_ms > judge_settling_ms(judging_timeout_s(s->captured)) + SILENCE_MS)
        l->input.silent_since_ms = silent_ms;
    judge_verdict(&l->input, verdict);
    *measurement = judge_json(&l->input);
    json_object_set_new(*measurement, "since_ms", json_integer(l->now->since_ms));
    json_object_set_new(*measurement, "from_ms", json_integer(l->start_s * 1000));
    json_object_set_new(*measurement, "settled_until_ms", json_integer(l->settled_s * 1000));
}

bool judging_look(struct aws *aws, const struct judging_subject *subject, int64_t now_ms,
                  struct cancel *cancel, json_t **measurement, struct verdict *verdict,
                  struct error *err)
{
    if (subject->weight_count == 0) {
        const struct judge_input nothing = {.settings = &subject->config->judge,
                                            .new_version = subject->new_version,
                                            .old_version = subject->old_version,
                                            .now_ms = now_ms};
        judge_verdict(&nothing, verdict);
        *measurement = json_object();
        return true;
    }
    struct look l = {
        .subject = subject,
        .now = &subject->weights[subject->weight_count - 1],
        .now_ms = now_ms,
        .start_s = minute_s(subject->weights[0].since_ms),
        .end_s = minute_s(now_ms) + JUDGING_MINUTE_S,
        .settled_s = minute_s(now_ms - judge_settling_ms(judging_timeout_s(subject->captured)))};
    bool ok = ask(&l, aws, cancel, err);
    if (ok)
        decide(&l, measurement, verdict);
    free(l.judged);
    judging_conditions_clear(&l.conditions);
    judging_call_clear(&l.call);
    return ok || error_wrap(err, "reading the numbers");
}
