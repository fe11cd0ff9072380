/* judge.c - bounds against known values, verdicts case by case, and whole ladders played. */
#include "core/judge.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct judge_settings settings = {.error_rate_normal = 0.005,
                                               .error_rate_bad = 0.02,
                                               .slow_limit_ms = 2000,
                                               .slow_share = 0.01,
                                               .worse_than_old = 0.2,
                                               .min_requests = 50,
                                               .min_minutes = 3,
                                               .interval_ms = 60000,
                                               .initial_delay_ms = 60000,
                                               .deadline_ms = 3600000,
                                               .confidence = 0.99};

TestSuite(judge, .timeout = 300);

/* ---- exact bounds; the values are sums of the binomial distribution, term by term ---- */

Test(judge, bounds_are_those_of_clopper_and_pearson)
{
    static const struct {
        int64_t k, n;
        double lower, upper, tail_2, tail_05;
    } cases[] = {
        {6, 76, 0.024005004, 0.181113022, 4.239866e-03, 2.531347e-06},
        {3, 682, 0.000640096831, 0.0146530217, 9.998841e-01, 6.628640e-01},
        {1, 1, 0.01, 1, 2e-2, 5e-3},
        {3, 3, 0.215443469, 1, 8e-6, 1.25e-7},
        {0, 50, 0, 0.0879891606, 1, 1},
        {50, 1000, 0.0352814999, 0.0684048937, 7.884717e-09, 7.923714e-33},
        {500, 20000, 0.0225008474, 0.0276888201, 6.238787e-07, 6.704804e-180},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t k = cases[i].k, n = cases[i].n;
        cr_expect_float_eq(judge_lower_bound(k, n, 0.99), cases[i].lower, 1e-8, "lower %zu", i);
        cr_expect_float_eq(judge_upper_bound(k, n, 0.99), cases[i].upper, 1e-8, "upper %zu", i);
        cr_expect_float_eq(judge_tail(k, n, 0.02) / cases[i].tail_2, 1, 1e-6, "2 %% %zu", i);
        cr_expect_float_eq(judge_tail(k, n, 0.005) / cases[i].tail_05, 1, 1e-6, "0.5 %% %zu", i);
    }
}

/* ---- case by case ---- */

struct look {
    struct judge_input in;
    struct judge_condition condition;
    struct verdict verdict;
};

/* v42 at 10 % for long enough, everything as usual. */
static struct look usual(void)
{
    struct look l = {.in = {.settings = &settings,
                            .new_version = "42",
                            .old_version = "41",
                            .weight = 0.1,
                            .now_ms = 3600000,
                            .bake_until_ms = 3000000,
                            .settled_minutes = 5,
                            .settled_requests = 1500}};
    for (enum judge_span s = 0; s < JUDGE_SPAN_COUNT; s++) {
        l.in.fresh[s] = (struct judge_tally){
            .requests = 1500, .failed = 3, .attempts = 1500, .timed = 1400, .slow = 2};
        l.in.old[s] = (struct judge_tally){
            .requests = 13500, .failed = 27, .attempts = 13500, .timed = 13000, .slow = 20};
    }
    return l;
}

static void set_fresh(struct look *l, struct judge_tally tally)
{
    for (enum judge_span s = 0; s < JUDGE_SPAN_COUNT; s++)
        l->in.fresh[s] = tally;
    l->in.settled_requests = tally.requests;
}

static void look(struct look *l)
{
    if (l->condition.text != NULL) {
        l->in.conditions = &l->condition;
        l->in.condition_count = 1;
    }
    judge_verdict(&l->in, &l->verdict);
}

Test(judge, a_version_like_the_old_one_is_cleared)
{
    struct look l = usual();
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_GOOD, "%s", l.verdict.sentence);
    cr_expect_str_eq(l.verdict.sentence,
                     "v42 at 10 %: 3 of 1500 failed, 2 of 1400 slower than 2 s; "
                     "v41 27 of 13500 failed, 20 of 13000 slower than 2 s: "
                     "good");
}

Test(judge, the_sentence_of_a_conviction_shows_its_arithmetic)
{
    struct look l = usual();
    set_fresh(&l, (struct judge_tally){.requests = 76, .failed = 6, .attempts = 76, .timed = 76});
    for (enum judge_span s = 0; s < JUDGE_SPAN_COUNT; s++)
        l.in.old[s] = (struct judge_tally){.requests = 682, .failed = 3, .attempts = 682};
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_BAD);
    cr_expect_str_eq(
        l.verdict.sentence,
        "error rate: v42 6 of 76 failed (7.89 %; at least 2.4 % with 99 % confidence, limit 2 %), "
        "v41 3 of 682: bad");
}

Test(judge, the_sentence_of_a_conviction_names_its_metric)
{
    static const struct {
        struct judge_tally fresh;
        const char *begins;
    } cases[] = {
        {{.requests = 1000, .failed = 60}, "error rate: v42 60 of 1000 failed ("},
        {{.requests = 1000, .timed = 1000, .slow = 60}, "duration over 2 s: v42 60 of 1000 slow ("},
        {{.requests = 940, .attempts = 1000, .throttled = 60},
         "throttles: v42 60 of 1000 throttled ("},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look l = usual();
        set_fresh(&l, cases[i].fresh);
        look(&l);
        cr_expect_eq(l.verdict.kind, VERDICT_BAD);
        cr_expect_eq(strncmp(l.verdict.sentence, cases[i].begins, strlen(cases[i].begins)), 0, "%s",
                     l.verdict.sentence);
    }
}

Test(judge, a_bound_over_its_limit_looks_like_that)
{
    struct look l = usual();
    set_fresh(&l, (struct judge_tally){.requests = 10000, .failed = 237, .attempts = 10000});
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_BAD);
    cr_expect_str_eq(
        l.verdict.sentence,
        "error rate: v42 237 of 10000 failed (2.37 %; at least 2.03 % with 99 % confidence, limit "
        "2 %), v41 27 of 13500: bad");
}

Test(judge, what_is_missing_is_said_so_that_people_understand_it)
{
    struct look l = usual();
    l.in.settled_requests = 126;
    l.in.settled_minutes = 1;
    l.in.bake_until_ms = l.in.now_ms + 60000;
    look(&l);
    cr_expect_str_eq(l.verdict.sentence,
                     "v42 at 10 %: 126 requests (50 needed) in 1 settled minute "
                     "(3 needed); bakes until 01:01:00Z");
}

Test(judge, counts_decide)
{
    static const struct {
        const char *why;
        struct judge_tally fresh;
        enum verdict_kind kind;
    } cases[] = {
        {"dead, from its third call on", {.requests = 3, .failed = 3}, VERDICT_BAD},
        {"one bad call is no evidence", {.requests = 1, .failed = 1}, VERDICT_INCONCLUSIVE},
        {"two of two may still be chance", {.requests = 2, .failed = 2}, VERDICT_INCONCLUSIVE},
        {"one in ten", {.requests = 120, .failed = 12}, VERDICT_BAD},
        {"normal", {.requests = 4000, .failed = 20}, VERDICT_GOOD},
        {"between normal and bad, open", {.requests = 600, .failed = 12}, VERDICT_INCONCLUSIVE},
        {"surely under the limit but worse than the old one",
         {.requests = 20000, .failed = 240},
         VERDICT_HOLD},
        {"slow", {.requests = 1000, .timed = 1000, .slow = 30}, VERDICT_BAD},
        {"harmlessly slow", {.requests = 10000, .timed = 10000, .slow = 20}, VERDICT_GOOD},
        {"the slowest of a few", {.requests = 60, .timed = 60, .slow = 1}, VERDICT_GOOD},
        {"refused", {.requests = 900, .throttled = 100}, VERDICT_BAD},
        {"too few", {.requests = 49}, VERDICT_INCONCLUSIVE},
        {"none", {.requests = 0}, VERDICT_NO_DATA},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look l = usual();
        struct judge_tally tally = cases[i].fresh;
        tally.attempts = tally.requests + tally.throttled;
        set_fresh(&l, tally);
        look(&l);
        cr_expect_eq(l.verdict.kind, cases[i].kind, "%s: %s", cases[i].why, l.verdict.sentence);
    }
}

Test(judge, what_both_versions_do_is_held_not_convicted)
{
    struct look l = usual();
    set_fresh(&l, (struct judge_tally){.requests = 1000, .failed = 100, .attempts = 1000});
    for (enum judge_span s = 0; s < JUDGE_SPAN_COUNT; s++)
        l.in.old[s] = (struct judge_tally){.requests = 9000, .failed = 900, .attempts = 9000};
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_HOLD, "%s", l.verdict.sentence);
}

Test(judge, at_all_the_traffic_the_old_version_is_remembered)
{
    struct look l = usual();
    l.in.weight = 1;
    l.in.old[JUDGE_WEIGHT] = l.in.old[JUDGE_RECENT] = (struct judge_tally){0};
    set_fresh(&l, (struct judge_tally){.requests = 1000, .failed = 100, .attempts = 1000});
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_BAD, "%s", l.verdict.sentence);
}

Test(judge, what_begins_late_is_not_diluted)
{
    struct look l = usual();
    l.in.fresh[JUDGE_RUN] = l.in.fresh[JUDGE_WEIGHT] =
        (struct judge_tally){.requests = 90000, .failed = 500, .attempts = 90000, .timed = 90000};
    l.in.fresh[JUDGE_RECENT] =
        (struct judge_tally){.requests = 15000, .failed = 450, .attempts = 15000, .timed = 15000};
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_BAD, "%s", l.verdict.sentence);
}

Test(judge, clearing_waits_for_its_evidence)
{
    static const struct {
        int64_t bake_until_ms, minutes, requests;
        enum verdict_kind kind;
    } cases[] = {{3000000, 3, 50, VERDICT_GOOD},
                 {3600001, 3, 50, VERDICT_INCONCLUSIVE},
                 {3000000, 2, 50, VERDICT_INCONCLUSIVE},
                 {3000000, 3, 49, VERDICT_INCONCLUSIVE}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct look l = usual();
        l.in.bake_until_ms = cases[i].bake_until_ms;
        l.in.settled_minutes = cases[i].minutes;
        l.in.settled_requests = cases[i].requests;
        look(&l);
        cr_expect_eq(l.verdict.kind, cases[i].kind, "%zu: %s", i, l.verdict.sentence);
    }
}

Test(judge, silence_of_cloudwatch_is_no_data)
{
    struct look l = usual();
    l.in.silent_since_ms = 3000000;
    look(&l);
    cr_expect_eq(l.verdict.kind, VERDICT_NO_DATA, "%s", l.verdict.sentence);
}

/* ---- the environment ---- */

static const double hot[] = {91, 95, 93}, warm[] = {95, 89, 93}, late[] = {2600};

static const struct {
    const char *why;
    struct judge_condition condition;
    enum verdict_kind kind;
} alarms[] = {
    {"5xx far over its limit",
     {.rolls_back = true,
      .threshold = 0.01,
      .spans = {{300, 15000}, {300, 15000}, {300, 15000}},
      .rate_before = {180, 90000}},
     VERDICT_BAD},
    {"the same, but it was so before",
     {.rolls_back = true,
      .threshold = 0.01,
      .spans = {{300, 15000}, {300, 15000}, {300, 15000}},
      .rate_before = {1800, 90000}},
     VERDICT_GOOD},
    {"under its limit, but more than v42 may fail",
     {.rolls_back = true,
      .threshold = 0.01,
      .spans = {{105, 15000}, {105, 15000}, {105, 15000}},
      .rate_before = {180, 90000}},
     VERDICT_HOLD},
    {"a drift of the hour",
     {.rolls_back = true,
      .threshold = 0.01,
      .spans = {{38, 15000}, {38, 15000}, {38, 15000}},
      .rate_before = {180, 90000}},
     VERDICT_GOOD},
    {"busy processor",
     {.rolls_back = true,
      .measure = JUDGE_GAUGE,
      .threshold = 90,
      .values = hot,
      .value_count = 3,
      .value_before = 40,
      .has_before = true},
     VERDICT_BAD},
    {"busy now and then",
     {.rolls_back = true,
      .measure = JUDGE_GAUGE,
      .threshold = 90,
      .values = warm,
      .value_count = 3},
     VERDICT_GOOD},
    {"busy as before",
     {.rolls_back = true,
      .measure = JUDGE_GAUGE,
      .threshold = 90,
      .values = hot,
      .value_count = 3,
      .value_before = 92,
      .has_before = true},
     VERDICT_HOLD},
    {"a percentile holds, and never convicts",
     {.rolls_back = true,
      .measure = JUDGE_PERCENTILE,
      .threshold = 2000,
      .values = late,
      .value_count = 1,
      .requests = 1000,
      .needed = 1000},
     VERDICT_HOLD},
    {"a percentile of few",
     {.measure = JUDGE_PERCENTILE,
      .threshold = 2000,
      .values = late,
      .value_count = 1,
      .requests = 999,
      .needed = 1000},
     VERDICT_GOOD},
};

Test(judge, the_environment_stops_a_release)
{
    for (size_t i = 0; i < COUNT(alarms); i++) {
        struct look l = usual();
        l.condition = alarms[i].condition;
        l.condition.text = "it";
        l.condition.unit = "";
        l.condition.comparison = '>';
        look(&l);
        cr_expect_eq(l.verdict.kind, alarms[i].kind, "%s: %s", alarms[i].why, l.verdict.sentence);
    }
}

/* ---- whole ladders ---- */

static uint64_t seed;

static double random_share(void)
{
    seed += 0x9e3779b97f4a7c15u;
    uint64_t x = seed;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

/* Poisson; for large means the normal distribution. */
static int64_t draw(double mean)
{
    if (mean > 200) {
        double z = sqrt(-2 * log(1 - random_share())) * cos(6.283185307179586 * random_share());
        return (int64_t)fmax(0, round(mean + z * sqrt(mean)));
    }
    int64_t k = 0;
    for (double p = random_share(), limit = exp(-mean); p > limit; k++)
        p *= random_share();
    return k;
}

struct behaviour {
    double failed, slow, handled;
};

static void add_minute(struct judge_tally *tally, double requests, struct behaviour b,
                       struct judge_rate *errors)
{
    int64_t n = draw(requests);
    int64_t failed = draw((double)n * b.failed), slow = draw((double)n * b.slow);
    failed = failed < n ? failed : n;
    tally->requests += n;
    tally->attempts += n;
    tally->timed += n;
    tally->failed += failed;
    tally->slow += slow < n ? slow : n;
    errors->whole += n;
    errors->part += failed + (b.handled > 0 ? draw((double)n * b.handled) : 0);
}

#define RECENT 5
static const double weights[] = {0.01, 0.05, 0.1, 0.25, 0.5, 1};
static const int bakes[] = {5, 5, 10, 10, 10, 30};

struct game {
    struct look l;
    struct judge_tally fresh[RECENT], old[RECENT]; /* ring of minutes */
    struct judge_rate errors[RECENT];
    int minute;
};

static void add(struct judge_tally *sum, const struct judge_tally *more)
{
    sum->requests += more->requests;
    sum->failed += more->failed;
    sum->attempts += more->attempts;
    sum->timed += more->timed;
    sum->slow += more->slow;
}

static void play_minute(struct game *g, double rate, double weight, struct behaviour new_one,
                        struct behaviour old_one)
{
    struct judge_input *in = &g->l.in;
    struct judge_tally fresh = {0}, old = {0};
    struct judge_rate errors = {0};
    int at = g->minute++ % RECENT;

    add_minute(&fresh, rate * 60 * weight, new_one, &errors);
    add_minute(&old, rate * 60 * (1 - weight), old_one, &errors);
    g->fresh[at] = fresh;
    g->old[at] = old;
    g->errors[at] = errors;
    for (enum judge_span s = JUDGE_RUN; s <= JUDGE_WEIGHT; s++) {
        add(&in->fresh[s], &fresh);
        add(&in->old[s], &old);
        g->l.condition.spans[s].part += errors.part;
        g->l.condition.spans[s].whole += errors.whole;
    }
    in->fresh[JUDGE_RECENT] = in->old[JUDGE_RECENT] = (struct judge_tally){0};
    g->l.condition.spans[JUDGE_RECENT] = (struct judge_rate){0};
    for (int i = 0; i < RECENT; i++) {
        add(&in->fresh[JUDGE_RECENT], &g->fresh[i]);
        add(&in->old[JUDGE_RECENT], &g->old[i]);
        g->l.condition.spans[JUDGE_RECENT].part += g->errors[i].part;
        g->l.condition.spans[JUDGE_RECENT].whole += g->errors[i].whole;
    }
}

static void begin_weight(struct game *g, double weight)
{
    g->l.in.weight = weight;
    g->l.in.fresh[JUDGE_WEIGHT] = g->l.in.old[JUDGE_WEIGHT] = (struct judge_tally){0};
    g->l.condition.spans[JUDGE_WEIGHT] = (struct judge_rate){0};
}

/* Plays a ladder with a look each minute. The first verdict that stops it, else GOOD. */
static enum verdict_kind play(double rate, struct behaviour new_one, struct behaviour old_one,
                              struct verdict *last)
{
    struct game g = {.l = usual()};
    struct judge_tally before = {0};
    memset(g.l.in.fresh, 0, sizeof g.l.in.fresh);
    memset(g.l.in.old, 0, sizeof g.l.in.old);
    g.l.condition = (struct judge_condition){.text = "gateway 5xx rate > 1%",
                                             .unit = "%",
                                             .comparison = '>',
                                             .threshold = 0.01,
                                             .rolls_back = true};
    for (int i = 0; i < 30; i++)
        add_minute(&before, rate * 60, old_one, &g.l.condition.rate_before);
    g.l.in.old_before = before;
    for (size_t w = 0; w < COUNT(weights); w++) {
        begin_weight(&g, weights[w]);
        for (int minute = 1;; minute++) {
            play_minute(&g, rate, weights[w], new_one, old_one);
            g.l.in.settled_minutes = minute;
            g.l.in.settled_requests = g.l.in.fresh[JUDGE_WEIGHT].requests;
            g.l.in.bake_until_ms = minute >= bakes[w] ? 0 : g.l.in.now_ms + 1;
            look(&g.l);
            *last = g.l.verdict;
            if (last->kind == VERDICT_BAD || last->kind == VERDICT_HOLD)
                return last->kind;
            if (last->kind == VERDICT_GOOD)
                break;
            if (minute > 70)
                return VERDICT_INCONCLUSIVE; /* its deadline */
        }
    }
    return VERDICT_GOOD;
}

static const struct behaviour healthy = {.failed = 0.002, .handled = 0.0005};

#define GAMES 15000

/* None of 30,000: with 95 % confidence fewer than 1 in 10,000. */
Test(judge, healthy_ladders_are_not_stopped)
{
    static const struct behaviour slowish = {.failed = 0.002, .slow = 0.002, .handled = 0.0005};
    static const double rates[] = {4, 50};
    for (size_t r = 0; r < COUNT(rates); r++)
        for (uint64_t game = 1; game <= GAMES; game++) {
            struct verdict last;
            seed = game << 20;
            cr_assert_eq(play(rates[r], slowish, healthy, &last), VERDICT_GOOD,
                         "%g/s, game %llu: %s", rates[r], (unsigned long long)game, last.sentence);
        }
}

/* At its normal rate, not better: chance has a little more room. */
Test(judge, a_version_at_its_normal_rate_is_not_convicted)
{
    static const struct behaviour normal = {.failed = 0.005, .handled = 0.0005};
    for (uint64_t game = 1; game <= 2000; game++) {
        struct verdict last;
        seed = game << 20;
        cr_assert_neq(play(4, normal, healthy, &last), VERDICT_BAD, "game %llu: %s",
                      (unsigned long long)game, last.sentence);
    }
}

Test(judge, what_is_bad_never_gets_all_the_traffic)
{
    static const struct {
        const char *why;
        double rate;
        struct behaviour fresh;
    } cases[] = {{"one in ten fails", 50, {.failed = 0.1}},
                 {"one in ten fails, little traffic", 4, {.failed = 0.1}},
                 {"all fail", 4, {.failed = 1}},
                 {"3 % are slow", 50, {.failed = 0.002, .slow = 0.03}},
                 {"handled failures", 50, {.failed = 0.002, .handled = 0.1}},
                 {"handled failures, little traffic", 4, {.failed = 0.002, .handled = 0.1}}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (uint64_t game = 1; game <= 300; game++) {
            struct verdict last;
            seed = game << 20;
            enum verdict_kind kind = play(cases[i].rate, cases[i].fresh, healthy, &last);
            cr_expect(kind == VERDICT_BAD || kind == VERDICT_HOLD, "%s, game %llu: %s",
                      cases[i].why, (unsigned long long)game, last.sentence);
            cr_expect_lt(last.weight, 1, "%s, game %llu: %s", cases[i].why,
                         (unsigned long long)game, last.sentence);
            if (cases[i].fresh.handled == 0)
                cr_expect_eq(kind, VERDICT_BAD, "%s, game %llu: %s", cases[i].why,
                             (unsigned long long)game, last.sentence);
        }
}

/* ---- our own calls, and how long it takes ---- */

Test(judge, own_calls_convict_but_say_what_they_are)
{
    struct verdict verdict;
    judge_probes(&settings, "42",
                 &(struct judge_tally){.requests = 300, .failed = 30, .attempts = 300}, &verdict);
    cr_expect_eq(verdict.kind, VERDICT_BAD);
    judge_probes(&settings, "42", &(struct judge_tally){.requests = 300, .attempts = 300},
                 &verdict);
    cr_expect_eq(verdict.kind, VERDICT_GOOD);
    cr_expect_not_null(strstr(verdict.sentence, "our own calls"), "%s", verdict.sentence);
}

Test(judge, a_weight_that_cannot_be_cleared_before_its_deadline_is_known_beforehand)
{
    static const struct {
        double rate, weight;
        int64_t bake_ms, clear_minutes; /* -1 = never */
    } cases[] = {
        {50, 0.01, 300000, 7},   /* 1 not looked at, 3 minutes, 2 and the function's timeout */
        {50, 0.01, 900000, 15},  /* its bake */
        {4.2, 0.01, 300000, 24}, /* 50 requests at 2.52 a minute */
        {0.05, 0.01, 300000, -1}, {0, 1, 0, -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rung rung = {.weight = cases[i].weight, .bake_ms = cases[i].bake_ms};
        struct judge_estimate e = judge_ladder(&settings, &rung, 30, cases[i].rate);
        int64_t wanted = cases[i].clear_minutes < 0 ? -1 : cases[i].clear_minutes;
        cr_expect_eq(e.clear_ms < 0 ? -1 : (e.clear_ms + 59999) / 60000, wanted, "%zu: %lld", i,
                     (long long)e.clear_ms);
        cr_expect(wanted < 0 || e.convict_ms > 0, "%zu", i);
    }
}

Test(judge, the_journal_has_every_count)
{
    struct look l = usual();
    json_t *json = judge_json(&l.in);
    const json_t *failed = json_object_get(
        json_object_get(json_object_get(json_object_get(json, "counts"), "weight"), "new"),
        "failed");
    cr_expect_eq(json_integer_value(json_object_get(failed, "count")), 3);
    cr_expect_eq(json_integer_value(json_object_get(failed, "of")), 1500);
    cr_expect_float_eq(json_number_value(json_object_get(failed, "at_least")),
                       judge_lower_bound(3, 1500, 0.99), 1e-12);
    const json_t *needed = json_object_get(json, "needed");
    cr_expect_eq(json_integer_value(json_object_get(needed, "requests")),
                 l.in.settings->min_requests);
    cr_expect_float_eq(json_number_value(json_object_get(needed, "failed")),
                       l.in.settings->error_rate_bad, 1e-12);
    json_decref(json);
}
