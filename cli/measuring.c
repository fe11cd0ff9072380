/*
 * measuring.c - see measuring.h.
 */
#include "cli/measuring.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/lambda.h"
#include "aws/metrics.h"
#include "cli/interrupt.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/judge.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/run.h"
#include "core/text.h"

#define MINUTE_S 60
#define MOST_PERIODS 240
/* CloudWatch is up to two minutes late, and a call is counted when it ends. */
#define LATE_S 120
#define GATEWAY_TIMEOUT_S 30 /* the longest that an HTTP API waits for its integration */

const char *measuring_state_name(enum measured_state state)
{
    static const char *const names[] = {
        [MEASURED_NO_LIMIT] = "",
        [MEASURED_SUCCESSFUL] = "successful",
        [MEASURED_INCONCLUSIVE] = "inconclusive",
        [MEASURED_FAILED] = "failed",
        [MEASURED_NO_DATA] = "no_data",
    };
    return names[state];
}

char *measuring_label(const struct measured_series *series)
{
    bool is_split = series->version[0] != '\0';
    return xasprintf("%s %s%s%s", series->resource->name, series->metric->name,
                     is_split ? " v" : "", series->version);
}

/* ---- which series there are ---- */

static const struct metric_name *find_metric(const struct resource *resource, const char *name)
{
    const struct metric_name *m = resource->kind->metrics;
    while (m != NULL && m->name != NULL && strcmp(m->name, name) != 0)
        m++;
    return m != NULL && m->name != NULL ? m : NULL;
}

static void add_series(struct measured_environment *m, const struct resource *resource,
                       const struct metric_name *metric, const char *version, int64_t late_s)
{
    int64_t settled_s = clock_world_ms() / 1000 - late_s;
    m->series = xrealloc(m->series, (m->count + 1) * sizeof *m->series);
    struct measured_series *s = &m->series[m->count++];
    *s = (struct measured_series){
        .resource = resource, .metric = metric, .newest = NAN, .total = NAN, .now = NAN};
    (void)snprintf(s->version, sizeof s->version, "%s", version);
    s->settled_until_s = settled_s - settled_s % m->period_s;
}

static bool is_kind(const struct resource *r, const char *kind)
{
    return strcmp(r->kind->name, kind) == 0;
}

/* The versions that share the traffic of an alias, or did: two, or none apart. And how late its
 * numbers are. */
struct split {
    char versions[2][LAMBDA_VERSION_SIZE];
    bool is_former[2];
    size_t count;
    int64_t late_s;
};

/* Its share is gone, its minutes are not. moved: the run that moved traffic last; NULL = none. */
static void split_by_run(const struct run *moved, const char *serving, struct split *out)
{
    if (moved == NULL || moved->old_version[0] == '\0' || moved->new_version[0] == '\0' ||
        strcmp(moved->old_version, moved->new_version) == 0 ||
        (strcmp(serving, moved->old_version) != 0 && strcmp(serving, moved->new_version) != 0))
        return;
    const char *const versions[] = {moved->old_version, moved->new_version};
    for (size_t i = 0; i < 2; i++) {
        text_copy(out->versions[i], sizeof out->versions[i], versions[i]);
        out->is_former[i] = strcmp(versions[i], serving) != 0;
    }
    out->count = 2;
}

static bool read_split(const struct world *world, const struct resource *r, const struct run *moved,
                       struct split *out, struct error *err)
{
    struct lambda_configuration function;
    struct lambda_alias alias;
    const char *name = config_resource_text(r, "lambda"),
               *alias_name = config_resource_text(r, "alias");

    *out = (struct split){.late_s = LATE_S + (is_kind(r, "http-api") ? GATEWAY_TIMEOUT_S : 0)};
    if (!is_kind(r, "lambda"))
        return true;
    if (!lambda_get_function(world->aws, name, "", interrupt_cancel(), &function, err))
        return false;
    out->late_s += function.timeout_s;
    lambda_configuration_clear(&function);
    if (alias_name[0] == '\0')
        return true;
    if (!lambda_get_alias(world->aws, name, alias_name, interrupt_cancel(), &alias, err))
        return false;
    if (alias.additional_version[0] == '\0') {
        split_by_run(moved, alias.version, out);
        return true;
    }
    (void)snprintf(out->versions[0], sizeof out->versions[0], "%s", alias.version);
    (void)snprintf(out->versions[1], sizeof out->versions[1], "%s", alias.additional_version);
    out->count = 2;
    return true;
}

static bool choose_of_resource(const struct config *c, const struct world *world,
                               const struct resource *r, const struct run *moved,
                               struct measured_environment *m, struct error *err)
{
    struct split split;
    if (!read_split(world, r, moved, &split, err))
        return false;
    for (size_t i = 0; i < c->metric_count; i++) {
        const struct metric_name *metric = find_metric(r, c->metrics[i].metric);
        if (metric == NULL || strcmp(c->metrics[i].resource, r->name) != 0)
            continue;
        if (split.count == 0)
            add_series(m, r, metric, "", split.late_s);
        for (size_t v = 0; v < split.count; v++) {
            add_series(m, r, metric, split.versions[v], split.late_s);
            m->series[m->count - 1].is_former = split.is_former[v];
        }
    }
    return true;
}

/* ---- values ---- */

size_t measuring_settled_count(const struct measured_environment *m,
                               const struct measured_series *series)
{
    int64_t settled = (series->settled_until_s - m->start_s) / m->period_s;
    return settled <= 0 ? 0 : (size_t)settled > m->period_count ? m->period_count : (size_t)settled;
}

static bool is_count(const struct measured_series *series)
{
    const struct metrics_definition *definition =
        metrics_definition(series->resource->kind, series->metric->name);
    return definition != NULL && definition->denominator == NULL &&
           strcmp(definition->statistic, "Sum") == 0;
}

/* NaN when all are missing. */
static double sum_of(const double *values, size_t count)
{
    double sum = NAN;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            sum = isnan(sum) ? values[i] : sum + values[i];
    return sum;
}

static void take_answer(const struct measured_environment *m, struct measured_series *series,
                        const struct metrics_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        int64_t period = (answer->values[i].at_s - m->start_s) / m->period_s;
        if (period >= 0 && (size_t)period < m->period_count)
            series->values[period] = answer->values[i].value;
    }
    for (size_t i = measuring_settled_count(m, series); i-- > 0 && isnan(series->newest);)
        series->newest = series->values[i];
    series->now = series->newest;
    if (is_count(series))
        series->total = sum_of(series->values, measuring_settled_count(m, series));
    if (answer->is_rate && answer->denominator > 0 && !isnan(series->now)) {
        series->part = llround(answer->numerator);
        series->whole = llround(answer->denominator);
        series->now = answer->numerator / answer->denominator * 100;
        series->total = series->now;
    }
}

/* Asking again piece by piece makes sense: AWS answered. */
static bool is_answered(const struct error *err)
{
    return err->kind != ERROR_TRANSIENT && err->kind != ERROR_CANCELLED;
}

/* Each alone; what is refused has no data and says why. False when all are. */
static bool read_each(const struct world *world, struct measured_environment *m,
                      const struct metrics_question *questions, struct metrics_answer *answers,
                      struct error *err)
{
    size_t read = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (metrics_read(world->aws, m->environment, &questions[i], 1, m->start_s, m->end_s,
                         interrupt_cancel(), &answers[i], err)) {
            read++;
            continue;
        }
        answers[i] = (struct metrics_answer){0};
        m->series[i].why = xstrdup(err->message);
        if (!is_answered(err))
            return false;
    }
    return read > 0;
}

/*
 * All in one question. A server that refuses a part of it (moto knows no percentiles, a policy
 * allows less) refuses all: then each is asked alone.
 */
static bool read_values(const struct world *world, struct measured_environment *m,
                        struct error *err)
{
    struct metrics_question *questions = xcalloc(m->count + 1, sizeof *questions);
    struct metrics_answer *answers = xcalloc(m->count + 1, sizeof *answers);

    for (size_t i = 0; i < m->count; i++)
        questions[i] = (struct metrics_question){.resource = m->series[i].resource,
                                                 .metric = m->series[i].metric->name,
                                                 .version = m->series[i].version,
                                                 .period_s = m->period_s};
    bool ok = metrics_read(world->aws, m->environment, questions, m->count, m->start_s, m->end_s,
                           interrupt_cancel(), answers, err);
    if (!ok && is_answered(err))
        ok = read_each(world, m, questions, answers, err);
    for (size_t i = 0; ok && i < m->count; i++)
        take_answer(m, &m->series[i], &answers[i]);
    metrics_answers_clear(answers, m->count);
    free(answers);
    free(questions);
    return ok;
}

/* ---- limits ---- */

static enum measured_state compare(const struct measured_series *s, const struct condition *limit,
                                   double threshold, double confidence)
{
    if (isnan(s->now))
        return MEASURED_NO_DATA;
    if (limit->comparison == '>' ? s->now <= threshold : s->now >= threshold)
        return MEASURED_SUCCESSFUL;
    if (s->whole > 0 && limit->comparison == '>' &&
        judge_lower_bound(s->part, s->whole, confidence) * 100 <= threshold)
        return MEASURED_INCONCLUSIVE;
    return MEASURED_FAILED;
}

/* Of several limits the one that is nearest to be broken; of equals the first. */
static void apply_limits(const struct config *c, struct measured_series *s)
{
    for (size_t a = 0; a < c->alert_count; a++)
        for (size_t i = 0; i < c->alerts[a].condition_count; i++) {
            const struct condition *limit = &c->alerts[a].conditions[i];
            double threshold = limit->is_percent ? limit->threshold * 100 : limit->threshold;
            if (strcmp(limit->resource, s->resource->name) != 0 ||
                strcmp(limit->metric, s->metric->name) != 0)
                continue;
            enum measured_state state = compare(s, limit, threshold, c->judge.confidence);
            if (s->limit != NULL && state <= s->state)
                continue;
            s->alert = c->alerts[a].name;
            s->limit = limit;
            s->threshold = threshold;
            s->state = state;
        }
}

/* ---- all of it ---- */

static void choose_window(struct measured_environment *m, int64_t since_ms)
{
    int64_t now_s = clock_world_ms() / 1000, minutes = (since_ms / 1000 + MINUTE_S - 1) / MINUTE_S;
    if (minutes < 1)
        minutes = 1;
    m->period_s = (int)((minutes + MOST_PERIODS - 1) / MOST_PERIODS) * MINUTE_S;
    m->period_count = (size_t)((minutes * MINUTE_S + m->period_s - 1) / m->period_s);
    m->end_s = now_s - now_s % m->period_s;
    m->start_s = m->end_s - (int64_t)m->period_count * m->period_s;
}

/* Of what the newest run of the window moved; NULL: nothing, or it is not known. Looking makes no
 * folder. */
static struct run *find_moved(struct session *s, const char *environment, int64_t since_ms)
{
    struct journal *journal = NULL;
    struct run *run = NULL;
    const char *directory;
    struct error ignored;

    if (!session_state_directory(s, &directory, &ignored) || access(directory, F_OK) != 0 ||
        !journal_open(directory, &journal, &ignored))
        return NULL;
    bool ok = runs_find_last_moved(journal, environment, &run, &ignored);
    journal_close(journal);
    bool is_in = ok && run != NULL &&
                 (run->ended_at_ms == 0 || run->ended_at_ms > clock_world_ms() - since_ms);
    if (is_in)
        return run;
    if (ok)
        run_free(run);
    return NULL;
}

bool measuring_read(struct session *s, const struct environment *environment, int64_t since_ms,
                    struct measured_environment *out, struct error *err)
{
    const struct signed_in *who = NULL;
    struct measured_environment m = {.environment = environment};
    bool ok = session_sign_in(s, environment, &who, err);

    const struct resource *lambda = config_resource_of_kind(environment, "lambda");
    struct run *moved = ok ? find_moved(s, environment->name, since_ms) : NULL;

    choose_window(&m, since_ms);
    for (size_t i = 0; i < environment->resource_count && ok; i++)
        if (environment->resources[i].kind->metrics != NULL)
            ok = choose_of_resource(s->config, &who->world, &environment->resources[i],
                                    &environment->resources[i] == lambda ? moved : NULL, &m, err);
    for (size_t i = 0; i < m.count; i++) {
        m.series[i].values = xcalloc(m.period_count, sizeof(double));
        for (size_t k = 0; k < m.period_count; k++)
            m.series[i].values[k] = NAN;
    }
    run_free(moved);
    ok = ok && read_values(&who->world, &m, err);
    for (size_t i = 0; i < m.count; i++) {
        apply_limits(s->config, &m.series[i]);
        if (m.series[i].is_former)
            m.series[i].state = MEASURED_NO_LIMIT;
    }
    if (ok)
        *out = m;
    else
        measuring_clear(&m);
    return ok;
}

void measuring_clear(struct measured_environment *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->series[i].values);
        free(m->series[i].why);
    }
    free(m->series);
    *m = (struct measured_environment){0};
}

/* ---- JSON ---- */

static json_t *values_json(const struct measured_environment *m, const struct measured_series *s)
{
    json_t *values = json_array();
    for (size_t i = 0; i < m->period_count; i++) {
        json_t *value = isnan(s->values[i]) ? json_null() : json_real(s->values[i]);
        json_int_t at = (json_int_t)(m->start_s + (int64_t)i * m->period_s);
        json_array_append_new(values, json_pack("[I, o]", at, value));
    }
    return values;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *series_json(const struct measured_environment *m, const struct measured_series *s)
{
    auto_free char *label = measuring_label(s);
    auto_free char *id = text_slug(label);
    json_t *out = json_object();

    json_object_set_new(out, "id", json_string(id));
    json_object_set_new(out, "label", json_string(label));
    json_object_set_new(out, "unit", json_string(s->metric->unit));
    json_object_set_new(out, "version", text_or_null(s->version));
    json_object_set_new(out, "values", values_json(m, s));
    json_object_set_new(out, "settled_until", json_integer(s->settled_until_s));
    json_object_set_new(out, "now", number_or_null(s->now));
    json_object_set_new(out, "newest", number_or_null(s->newest));
    json_object_set_new(out, "total", number_or_null(s->total));
    json_object_set_new(out, "threshold", s->limit != NULL ? json_real(s->threshold) : json_null());
    json_object_set_new(out, "comparison",
                        s->limit != NULL ? json_stringn(&s->limit->comparison, 1) : json_null());
    json_object_set_new(out, "count", s->whole > 0 ? json_integer(s->part) : json_null());
    json_object_set_new(out, "of", s->whole > 0 ? json_integer(s->whole) : json_null());
    json_object_set_new(out, "alert", text_or_null(s->alert));
    json_object_set_new(out, "error", text_or_null(s->why));
    json_object_set_new(out, "state", text_or_null(measuring_state_name(s->state)));
    return out;
}

json_t *measuring_json(const struct measured_environment *m)
{
    json_t *listed = json_array();
    for (size_t i = 0; i < m->count; i++)
        json_array_append_new(listed, series_json(m, &m->series[i]));
    return json_pack("{s:s, s:i, s:o}", "env", m->environment->name, "period_s", m->period_s,
                     "series", listed);
}
