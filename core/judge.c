/*
 * judge.c - see judge.h. Each look forms opinions; the gravest one is the verdict.
 */
#include "core/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * How seldom what is fine may look like this at one look. A release is looked at some hundred
 * times, on three spans and three aspects: in all that makes less than one false alarm in 10,000
 * (tests/core/judge.c plays it).
 */
#define STRAY 1e-5
/* The same for what only delays: a weight is not cleared while it looks like this. */
#define DOUBT 1e-4
/* What is fine, of a limit that comes without a normal rate of its own: half of it. */
#define NORMAL_PART 0.5
/* The environment's rates drift by the hour; what rises by less is no reason to stop. */
#define DRIFT 1.5
/* Minutes in a row over a threshold that is not a rate. */
#define GAUGE_MINUTES 3

#define WORDS_SIZE 80
#define COUNTS_SIZE 180
#define PERCENT_SIZE 32
#define MOST_DIGITS 9

struct aspect {
    const char *name, *metric; /* metric: NULL = the duration */
    size_t part, whole;        /* in struct judge_tally */
    size_t limit;              /* in struct judge_settings: a double, 0..1 */
    bool has_normal;           /* error_rate_normal; else a part of the limit */
};
#define TALLY(name) offsetof(struct judge_tally, name)
static const struct aspect aspects[] = {
    {"failed", "error rate", TALLY(failed), TALLY(requests),
     offsetof(struct judge_settings, error_rate_bad), true},
    {"slow", NULL, TALLY(slow), TALLY(timed), offsetof(struct judge_settings, slow_share), false},
    {"throttled", "throttles", TALLY(throttled), TALLY(attempts),
     offsetof(struct judge_settings, error_rate_bad), true},
};

static const char *const span_names[JUDGE_SPAN_COUNT] = {"run", "weight", "recent"};

static struct judge_rate rate_of(const struct aspect *a, const struct judge_tally *tally)
{
    const char *base = (const char *)tally;
    struct judge_rate rate;
    memcpy(&rate.part, base + a->part, sizeof rate.part);
    memcpy(&rate.whole, base + a->whole, sizeof rate.whole);
    return rate;
}

static double limit_of(const struct aspect *a, const struct judge_settings *s)
{
    double limit;
    memcpy(&limit, (const char *)s + a->limit, sizeof limit);
    return limit;
}

static double normal_of(const struct aspect *a, const struct judge_settings *s)
{
    return a->has_normal ? s->error_rate_normal : limit_of(a, s) * NORMAL_PART;
}

static double share(struct judge_rate r)
{
    return r.whole > 0 ? (double)r.part / (double)r.whole : 0;
}

/* "error rate", "duration over 2 s": what a sentence that doubts or convicts begins with. */
static const char *metric_of(const struct aspect *a, const struct judge_settings *s,
                             char out[static WORDS_SIZE])
{
    if (a->metric != NULL)
        return a->metric;
    (void)snprintf(out, WORDS_SIZE, "duration over %.4g s", (double)s->slow_limit_ms / 1000);
    return out;
}

/* Two digits of a percentage, and more where it would look like the one it is compared with. */
static const char *percent_beside(double value, double other, char out[static PERCENT_SIZE])
{
    char compared[PERCENT_SIZE];
    for (int digits = 2; digits <= MOST_DIGITS; digits++) {
        (void)snprintf(out, PERCENT_SIZE, "%.*g", digits, value * 100);
        (void)snprintf(compared, sizeof compared, "%.*g", digits, other * 100);
        if (strcmp(out, compared) != 0)
            break;
    }
    return out;
}

static const char *span_words(const struct judge_input *in, enum judge_span span,
                              char out[static WORDS_SIZE])
{
    switch (span) {
    case JUDGE_RUN:
        return "";
    case JUDGE_WEIGHT:
        (void)snprintf(out, WORDS_SIZE, " at %.4g %%", in->weight * 100);
        return out;
    case JUDGE_RECENT:
        return " in the last minutes";
    case JUDGE_SPAN_COUNT:
        break;
    }
    return "";
}

/* ---- opinions ---- */

/* Gravest first. */
static const enum verdict_kind gravity[] = {VERDICT_BAD,   VERDICT_HOLD,         VERDICT_NO_DATA,
                                            VERDICT_ERROR, VERDICT_INCONCLUSIVE, VERDICT_GOOD};

static size_t rank_of(enum verdict_kind kind)
{
    size_t rank = 0;
    while (rank < COUNT(gravity) && gravity[rank] != kind)
        rank++;
    return rank;
}

/* The first of the gravest stays. */
static void FD_PRINTF(3, 4) say(struct verdict *out, enum verdict_kind kind, const char *fmt, ...)
{
    va_list ap;
    if (out->sentence[0] != '\0' && rank_of(kind) >= rank_of(out->kind))
        return;
    out->kind = kind;
    va_start(ap, fmt);
    (void)vsnprintf(out->sentence, sizeof out->sentence, fmt, ap);
    va_end(ap);
}

/* Over the limit beyond doubt, and not what a thing at its normal rate ever looks like. */
static bool is_over(struct judge_rate r, double limit, double normal, double confidence)
{
    return share(r) > limit && judge_tail(r.part, r.whole, limit) <= 1 - confidence &&
           judge_tail(r.part, r.whole, normal) <= STRAY;
}

/* ---- the new version against the old one ---- */

/* The old version over the same minutes; where it had hardly a request then, over all it had. */
static struct judge_rate compared_with(const struct judge_input *in, const struct aspect *a,
                                       enum judge_span span)
{
    struct judge_rate same = rate_of(a, &in->old[span]);
    if (same.whole >= in->settings->min_requests)
        return same;
    struct judge_rate run = rate_of(a, &in->old[JUDGE_RUN]), before = rate_of(a, &in->old_before);
    return (struct judge_rate){run.part + before.part, run.whole + before.whole};
}

/*
 * More than normal, and no breach. Where it may still be one, more requests will tell; where it is
 * surely none, it is worse than the old version all the same, and a person should look.
 */
static void weigh_doubt(const struct judge_input *in, const struct aspect *a, enum judge_span span,
                        struct judge_rate mine, struct judge_rate old, struct verdict *out)
{
    const struct judge_settings *s = in->settings;
    double limit = limit_of(a, s), normal = normal_of(a, s);
    double chance = judge_tail(mine.part, mine.whole, normal);
    char metric[WORDS_SIZE], where[WORDS_SIZE];

    if (chance > DOUBT)
        return;
    if (judge_upper_bound(mine.part, mine.whole, s->confidence) > limit)
        say(out, VERDICT_INCONCLUSIVE,
            "%s: v%s %lld of %lld %s%s (%.3g %%, normal %.3g %%, limit %.4g %%): more requests are "
            "needed to tell what it is",
            metric_of(a, s, metric), in->new_version, (long long)mine.part, (long long)mine.whole,
            a->name, span_words(in, span, where), share(mine) * 100, normal * 100, limit * 100);
    else if (chance <= STRAY && judge_is_worse(mine.part, mine.whole, old.part, old.whole,
                                               1 + s->worse_than_old, STRAY))
        say(out, VERDICT_HOLD,
            "%s: v%s %lld of %lld %s%s (%.3g %%, normal %.3g %%), v%s %lld of %lld: worse than it, "
            "held",
            metric_of(a, s, metric), in->new_version, (long long)mine.part, (long long)mine.whole,
            a->name, span_words(in, span, where), share(mine) * 100, normal * 100, in->old_version,
            (long long)old.part, (long long)old.whole);
}

static void weigh(const struct judge_input *in, const struct aspect *a, enum judge_span span,
                  struct verdict *out)
{
    const struct judge_settings *s = in->settings;
    struct judge_rate mine = rate_of(a, &in->fresh[span]), old = compared_with(in, a, span);
    double limit = limit_of(a, s), normal = normal_of(a, s), factor = 1 + s->worse_than_old;
    char metric[WORDS_SIZE], where[WORDS_SIZE], bound[PERCENT_SIZE];

    if (share(mine) <= normal)
        return;
    if (is_over(mine, limit, normal, s->confidence)) {
        bool is_worse = old.whole == 0 || judge_is_worse(mine.part, mine.whole, old.part, old.whole,
                                                         factor, 1 - s->confidence);
        say(out, is_worse ? VERDICT_BAD : VERDICT_HOLD,
            "%s: v%s %lld of %lld %s%s (%.3g %%; at least %s %% with %.4g %% confidence, limit "
            "%.4g %%), v%s %lld of %lld%s",
            metric_of(a, s, metric), in->new_version, (long long)mine.part, (long long)mine.whole,
            a->name, span_words(in, span, where), share(mine) * 100,
            percent_beside(judge_lower_bound(mine.part, mine.whole, s->confidence), limit, bound),
            s->confidence * 100, limit * 100, in->old_version, (long long)old.part,
            (long long)old.whole,
            is_worse ? ": bad" : " (no better): held, it is not the new version alone");
        return;
    }
    weigh_doubt(in, a, span, mine, old, out);
}

/* ---- the environment against the minutes before the first shift ---- */

/*
 * What failed more than before belongs to somebody. If to the new version, would it be bad? A
 * handled failure (an answer of 500) shows nowhere else, and at a small weight hardly here.
 */
static void weigh_excess(const struct judge_input *in, const struct judge_condition *c,
                         enum judge_span span, struct verdict *out)
{
    struct judge_rate now = c->spans[span], before = c->rate_before;
    double excess = (double)now.part - (double)now.whole * share(before);
    double requests = (double)in->fresh[span].requests;

    if (excess <= 0 || requests <= 0 || excess / requests <= in->settings->error_rate_bad ||
        !judge_is_worse(now.part, now.whole, before.part, before.whole, DRIFT, STRAY))
        return;
    say(out, VERDICT_HOLD,
        "%s: %lld of %lld (%.3g %%), before the first shift %lld of %lld (%.3g %%): %.0f more than "
        "then; if v%s makes them, it fails %.3g %% of its requests: held",
        c->text, (long long)now.part, (long long)now.whole, share(now) * 100,
        (long long)before.part, (long long)before.whole, share(before) * 100, excess,
        in->new_version, fmin(excess / requests, 1) * 100);
}

static void weigh_rate(const struct judge_input *in, const struct judge_condition *c,
                       struct verdict *out)
{
    double confidence = in->settings->confidence;
    char bound[PERCENT_SIZE];
    for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++) {
        struct judge_rate now = c->spans[span], before = c->rate_before;
        bool has_before = before.whole >= in->settings->min_requests;
        if (is_over(now, c->threshold, c->threshold * NORMAL_PART, confidence) &&
            (!has_before ||
             judge_is_worse(now.part, now.whole, before.part, before.whole, 1, STRAY)))
            say(out, c->rolls_back ? VERDICT_BAD : VERDICT_HOLD,
                "%s: %lld of %lld (%.3g %%; at least %s %% with %.4g %% confidence), before the "
                "first shift %lld of %lld (%.3g %%): %s",
                c->text, (long long)now.part, (long long)now.whole, share(now) * 100,
                percent_beside(judge_lower_bound(now.part, now.whole, confidence), c->threshold,
                               bound),
                confidence * 100, (long long)before.part, (long long)before.whole,
                share(before) * 100, c->rolls_back ? "bad" : "held");
        if (has_before)
            weigh_excess(in, c, span, out);
    }
}

static bool breaches(const struct judge_condition *c, double value)
{
    return c->comparison == '>' ? value > c->threshold : value < c->threshold;
}

/* Minutes in a row. What was so before the first shift already is nobody's fault here, and still
 * no time to go on. */
static void weigh_gauge(const struct judge_condition *c, struct verdict *out)
{
    if (c->value_count < GAUGE_MINUTES)
        return;
    for (size_t i = c->value_count - GAUGE_MINUTES; i < c->value_count; i++)
        if (!breaches(c, c->values[i]))
            return;
    bool was_so = c->has_before && breaches(c, c->value_before);
    bool is_bad = c->rolls_back && !was_so;
    say(out, is_bad ? VERDICT_BAD : VERDICT_HOLD,
        "%s: %.4g %s now, %d minutes in a row; before the first shift %.4g: %s", c->text,
        c->values[c->value_count - 1], c->unit, GAUGE_MINUTES, c->value_before,
        is_bad ? "bad" : "held");
}

/* Of few requests a high percentile is their slowest: drawn, and believed only with enough of them.
 * It never convicts. */
static void weigh_percentile(const struct judge_condition *c, struct verdict *out)
{
    if (c->value_count == 0 || c->requests < c->needed || !breaches(c, c->values[0]) ||
        (c->has_before && breaches(c, c->value_before)))
        return;
    say(out, VERDICT_HOLD, "%s: %.4g %s of %lld requests, before the first shift %.4g: held",
        c->text, c->values[0], c->unit, (long long)c->requests, c->value_before);
}

static void weigh_condition(const struct judge_input *in, const struct judge_condition *c,
                            struct verdict *out)
{
    switch (c->measure) {
    case JUDGE_RATE:
        weigh_rate(in, c, out);
        return;
    case JUDGE_GAUGE:
        weigh_gauge(c, out);
        return;
    case JUDGE_PERCENTILE:
        weigh_percentile(c, out);
        return;
    }
}

/* ---- is there enough to clear it? ---- */

static void weigh_evidence(const struct judge_input *in, struct verdict *out)
{
    const struct judge_settings *s = in->settings;
    char until[CLOCK_STAMP_SIZE], bake[48] = "";

    if (in->silent_since_ms > 0)
        say(out, VERDICT_NO_DATA, "no numbers since %s: no data is not success",
            clock_time_of_day(in->silent_since_ms, until));
    if (in->settled_minutes > 0 && in->fresh[JUDGE_WEIGHT].requests == 0)
        say(out, VERDICT_NO_DATA,
            "v%s has %.4g %%, but no request of it was seen in %lld settled minutes",
            in->new_version, in->weight * 100, (long long)in->settled_minutes);
    bool is_baking = in->now_ms < in->bake_until_ms;
    if (is_baking)
        (void)snprintf(bake, sizeof bake, "; bakes until %s",
                       clock_time_of_day(in->bake_until_ms, until));
    if (is_baking || in->settled_minutes < s->min_minutes || in->settled_requests < s->min_requests)
        say(out, VERDICT_INCONCLUSIVE,
            "v%s at %.4g %%: %lld request%s (%lld needed) in %lld settled minute%s (%lld needed)%s",
            in->new_version, in->weight * 100, (long long)in->settled_requests,
            in->settled_requests == 1 ? "" : "s", (long long)s->min_requests,
            (long long)in->settled_minutes, in->settled_minutes == 1 ? "" : "s",
            (long long)s->min_minutes, bake);
}

/* "3 of 1500 failed, 2 of 1400 slower than 2 s". */
static const char *counts_words(const struct judge_settings *s, const struct judge_tally *t,
                                char out[static COUNTS_SIZE])
{
    (void)snprintf(out, COUNTS_SIZE, "%lld of %lld failed, %lld of %lld slower than %.4g s",
                   (long long)t->failed, (long long)t->requests, (long long)t->slow,
                   (long long)t->timed, (double)s->slow_limit_ms / 1000);
    return out;
}

static void say_good(const struct judge_input *in, struct verdict *out)
{
    const struct judge_tally *old = &in->old[JUDGE_WEIGHT];
    char mine[COUNTS_SIZE], theirs[COUNTS_SIZE];

    counts_words(in->settings, &in->fresh[JUDGE_WEIGHT], mine);
    if (old->requests == 0)
        say(out, VERDICT_GOOD, "v%s at %.4g %%: %s: good", in->new_version, in->weight * 100, mine);
    else
        say(out, VERDICT_GOOD, "v%s at %.4g %%: %s; v%s %s: good", in->new_version,
            in->weight * 100, mine, in->old_version, counts_words(in->settings, old, theirs));
}

void judge_verdict(const struct judge_input *in, struct verdict *out)
{
    *out = (struct verdict){.weight = in->weight, .at_ms = in->now_ms};
    if (!(in->weight > 0)) {
        say(out, VERDICT_INCONCLUSIVE, "v%s has no traffic yet", in->new_version);
        return;
    }
    for (size_t a = 0; a < COUNT(aspects); a++)
        for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++)
            weigh(in, &aspects[a], span, out);
    for (size_t i = 0; i < in->condition_count; i++)
        weigh_condition(in, &in->conditions[i], out);
    weigh_evidence(in, out);
    say_good(in, out);
}

/* ---- our own calls ---- */

void judge_probes(const struct judge_settings *settings, const char *version,
                  const struct judge_tally *calls, struct verdict *out)
{
    *out = (struct verdict){0};
    for (size_t i = 0; i < COUNT(aspects); i++) {
        char metric[WORDS_SIZE], bound[PERCENT_SIZE];
        struct judge_rate r = rate_of(&aspects[i], calls);
        double limit = limit_of(&aspects[i], settings);
        if (is_over(r, limit, normal_of(&aspects[i], settings), settings->confidence))
            say(out, VERDICT_BAD,
                "%s: v%s %lld of %lld of our own calls %s (at least %s %% with %.4g %% confidence, "
                "limit %.4g %%): bad",
                metric_of(&aspects[i], settings, metric), version, (long long)r.part,
                (long long)r.whole, aspects[i].name,
                percent_beside(judge_lower_bound(r.part, r.whole, settings->confidence), limit,
                               bound),
                settings->confidence * 100, limit * 100);
    }
    say(out, VERDICT_GOOD,
        "v%s answered our own calls: %lld of %lld failed, %lld slow; at most %.2g %% fail with "
        "%.4g %% confidence",
        version, (long long)calls->failed, (long long)calls->requests, (long long)calls->slow,
        judge_upper_bound(calls->failed, calls->requests, settings->confidence) * 100,
        settings->confidence * 100);
}

/* ---- for the journal ---- */

static json_t *rate_json(struct judge_rate r, double confidence)
{
    return json_pack("{s:I, s:I, s:f, s:f}", "count", (json_int_t)r.part, "of", (json_int_t)r.whole,
                     "at_least", judge_lower_bound(r.part, r.whole, confidence), "at_most",
                     r.whole > 0 ? judge_upper_bound(r.part, r.whole, confidence) : 1.0);
}

static json_t *tally_json(const struct judge_tally *tally, double confidence)
{
    json_t *out = json_object();
    for (size_t i = 0; i < COUNT(aspects); i++)
        json_object_set_new(out, aspects[i].name,
                            rate_json(rate_of(&aspects[i], tally), confidence));
    return out;
}

static json_t *condition_json(const struct judge_condition *c, double confidence)
{
    json_t *out = json_pack("{s:s, s:b}", "condition", c->text, "rolls_back", (int)c->rolls_back);
    if (c->measure == JUDGE_RATE) {
        for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++)
            json_object_set_new(out, span_names[span], rate_json(c->spans[span], confidence));
        json_object_set_new(out, "before", rate_json(c->rate_before, confidence));
        return out;
    }
    if (c->value_count > 0)
        json_object_set_new(out, "value", json_real(c->values[c->value_count - 1]));
    if (c->has_before)
        json_object_set_new(out, "before", json_real(c->value_before));
    if (c->measure == JUDGE_PERCENTILE) {
        json_object_set_new(out, "requests", json_integer(c->requests));
        json_object_set_new(out, "needed", json_integer(c->needed));
    }
    return out;
}

/* What clears, and the limits that convict: a screen shows how far it is. */
static json_t *needed_json(const struct judge_settings *s)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:I}", "minutes", (json_int_t)s->min_minutes, "requests",
                     (json_int_t)s->min_requests, "failed", s->error_rate_bad, "slow",
                     s->slow_share, "slow_limit_ms", (json_int_t)s->slow_limit_ms);
}

json_t *judge_json(const struct judge_input *in)
{
    double confidence = in->settings->confidence;
    json_t *spans = json_object(), *environment = json_array();

    for (enum judge_span span = 0; span < JUDGE_SPAN_COUNT; span++)
        json_object_set_new(spans, span_names[span],
                            json_pack("{s:o, s:o}", "new", tally_json(&in->fresh[span], confidence),
                                      "old", tally_json(&in->old[span], confidence)));
    for (size_t i = 0; i < in->condition_count; i++)
        json_array_append_new(environment, condition_json(&in->conditions[i], confidence));
    return json_pack("{s:s, s:s, s:f, s:f, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "new_version",
                     in->new_version, "old_version", in->old_version, "weight", in->weight,
                     "confidence", confidence, "bake_until_ms", (json_int_t)in->bake_until_ms,
                     "settled_minutes", (json_int_t)in->settled_minutes, "settled_requests",
                     (json_int_t)in->settled_requests, "counts", spans, "old_before",
                     tally_json(&in->old_before, confidence), "environment", environment, "needed",
                     needed_json(in->settings));
}
