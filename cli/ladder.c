/*
 * ladder.c - see ladder.h.
 */
#include "cli/ladder.h"

#include <stdio.h>
#include <string.h>

#include "aws/judging.h"
#include "aws/lambda.h"
#include "cli/columns.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/wrapped.h"
#include "core/clock.h"
#include "core/judge.h"
#include "core/mem.h"
#include "core/opening.h"
#include "core/step.h"

#define HOUR_MS INT64_C(3600000)
#define HOURS_AHEAD (8 * 24)
#define CELL_SIZE 80

/* The traffic that a column is about. */
static const struct {
    const char *name, *title;
} columns[] = {{"now", "now"}, {"start", "when it may start"}, {"quietest", "quietest hour"}};
#define COLUMNS (sizeof columns / sizeof columns[0])
enum { NOW, START };

struct traffic {
    bool is_known[COLUMNS];
    double rates[COLUMNS];
    int hours[COLUMNS]; /* of UTC */
    int timeout_s;
};

static const struct resource *shifted(const struct environment *environment)
{
    for (size_t i = 0; i < environment->step_count; i++) {
        const struct plan_step *step = &environment->steps[i];
        if (strcmp(step->kind->name, "shift") == 0)
            return config_resource(environment,
                                   json_string_value(json_object_get(step->params, "resource")));
    }
    return NULL;
}

/* The first whole hour from now on in which a release may begin; -1 = not within a week. */
static int starting_hour(const struct environment *environment, int64_t now_ms)
{
    struct error ignored;
    for (int64_t i = 0; i < HOURS_AHEAD; i++)
        if (opening_check(environment, now_ms + i * HOUR_MS, &ignored))
            return (int)((now_ms / HOUR_MS + i) % 24);
    return -1;
}

static bool read_traffic(struct session *s, const struct environment *environment,
                         const struct resource *function, struct traffic *out, struct error *err)
{
    int64_t now_ms = clock_world_ms();
    struct lambda_configuration serving = {0};
    struct judging_rates rates;
    const struct world *world;

    if (!session_connect(s, environment, &world, err) ||
        !lambda_get_function(world->aws, config_resource_text(function, "lambda"),
                             config_resource_text(function, "alias"), interrupt_cancel(), &serving,
                             err))
        return false;
    int timeout_s = serving.timeout_s;
    lambda_configuration_clear(&serving);
    if (!judging_read_rates(world->aws, function, now_ms, interrupt_cancel(), &rates, err))
        return false;
    if (!rates.is_known)
        return error_set(err, ERROR_NOT_FOUND, "no request was seen in the last day");
    int start = starting_hour(environment, now_ms);
    *out = (struct traffic){
        .is_known = {true, start >= 0 && rates.hours[start] > 0, true},
        .rates = {rates.now, start >= 0 ? rates.hours[start] : 0, rates.hours[rates.quietest_hour]},
        .hours = {(int)(now_ms / HOUR_MS % 24), start, rates.quietest_hour},
        .timeout_s = timeout_s};
    return true;
}

static json_t *time_json(int64_t ms) { return ms < 0 ? json_null() : json_integer(ms); }

static json_t *ladder_json(const struct config *config, const struct environment *environment,
                           const struct traffic *t)
{
    json_t *rates = json_object(), *hours = json_object(), *weights = json_array();

    for (size_t c = 0; c < COLUMNS; c++)
        if (t->is_known[c]) {
            json_object_set_new(rates, columns[c].name, json_real(t->rates[c]));
            json_object_set_new(hours, columns[c].name, json_integer(t->hours[c]));
        }
    for (size_t i = 0; i < environment->rung_count; i++) {
        const struct rung *rung = &environment->ladder[i];
        json_t *row = json_pack("{s:f}", "weight", rung->weight);
        for (size_t c = 0; c < COLUMNS; c++) {
            struct judge_estimate e = judge_ladder(&config->judge, rung, t->timeout_s, t->rates[c]);
            if (t->is_known[c])
                json_object_set_new(row, columns[c].name,
                                    json_pack("{s:o, s:o}", "clear_ms", time_json(e.clear_ms),
                                              "convict_ms", time_json(e.convict_ms)));
        }
        json_array_append_new(weights, row);
    }
    return json_pack("{s:o, s:o, s:o}", "requests_per_s", rates, "hours_utc", hours, "weights",
                     weights);
}

void ladder_add(struct session *s, const struct environment *environment, json_t *plan)
{
    const struct resource *function = shifted(environment);
    struct traffic traffic = {0};
    struct error err;

    if (function == NULL)
        return;
    json_object_set_new(plan, "ladder",
                        read_traffic(s, environment, function, &traffic, &err)
                            ? ladder_json(s->config, environment, &traffic)
                            : json_pack("{s:s}", "unknown", err.message));
}

/* ---- saying it ---- */

static const char *time_text(const json_t *ms, char out[static CLOCK_STAMP_SIZE])
{
    return json_is_integer(ms) ? clock_duration_text(json_integer_value(ms), out) : "never";
}

static void print_weights(const json_t *ladder)
{
    struct columns table;
    size_t i;
    json_t *row;

    columns_init(&table, 1 + COLUMNS);
    char titles[COLUMNS][CELL_SIZE], cells[COLUMNS][CELL_SIZE], weight[CELL_SIZE];
    const char *texts[1 + COLUMNS] = {"at"};
    for (size_t c = 0; c < COLUMNS; c++) {
        const json_t *rate =
            json_object_get(json_object_get(ladder, "requests_per_s"), columns[c].name);
        const json_t *hour = json_object_get(json_object_get(ladder, "hours_utc"), columns[c].name);
        (void)snprintf(titles[c], CELL_SIZE, rate != NULL ? "%s (%02d:00Z, %.3g/s)" : "%s",
                       columns[c].title, (int)json_integer_value(hour), json_number_value(rate));
        texts[1 + c] = titles[c];
    }
    columns_add(&table, TONE_FAINT, texts);
    json_array_foreach(json_object_get(ladder, "weights"), i, row)
    {
        (void)snprintf(weight, sizeof weight, "%.4g %%",
                       json_number_value(json_object_get(row, "weight")) * 100);
        texts[0] = weight;
        for (size_t c = 0; c < COLUMNS; c++) {
            const json_t *times = json_object_get(row, columns[c].name);
            char clear[CLOCK_STAMP_SIZE], convict[CLOCK_STAMP_SIZE];
            (void)snprintf(cells[c], CELL_SIZE, times != NULL ? "%s / %s" : "not known",
                           time_text(json_object_get(times, "clear_ms"), clear),
                           time_text(json_object_get(times, "convict_ms"), convict));
            texts[1 + c] = cells[c];
        }
        columns_add(&table, TONE_PLAIN, texts);
    }
    columns_print(&table, 2);
    columns_clear(&table);
}

void ladder_print(const json_t *plan)
{
    const json_t *ladder = json_object_get(plan, "ladder");
    const char *unknown = json_string_value(json_object_get(ladder, "unknown"));

    if (unknown != NULL)
        answer_linef(TONE_WARN, "how long the ladder takes is not known: %s", unknown);
    if (ladder == NULL || unknown != NULL)
        return;
    wrapped_line(TONE_PLAIN, 0,
                 "each weight is cleared after, and a version that fails one request in "
                 "ten is convicted after:");
    print_weights(ladder);
}

bool ladder_can_decide(const json_t *plan, struct error *err)
{
    const json_t *ladder = json_object_get(plan, "ladder");
    const json_t *rates = json_object_get(ladder, "requests_per_s");
    const char *when =
        columns[json_object_get(rates, columns[START].name) != NULL ? START : NOW].name;
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(ladder, "weights"), i, row)
    {
        const json_t *times = json_object_get(row, when);
        if (times == NULL || !json_is_null(json_object_get(times, "clear_ms")))
            continue;
        error_set(err, ERROR_USAGE,
                  "%.4g %% cannot be cleared before its deadline at %.3g requests/s",
                  json_number_value(json_object_get(row, "weight")) * 100,
                  json_number_value(json_object_get(rates, when)));
        return error_hint(err, "Begin with a larger weight, or give judge: a longer deadline or "
                               "fewer min-requests");
    }
    return true;
}
