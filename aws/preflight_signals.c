/*
 * preflight_signals.c - what the judge and the alerts will look at: is it there, and quiet?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/cloudwatch.h"
#include "aws/metrics.h"
#include "aws/preflight_parts.h"
#include "core/clock.h"
#include "core/resource.h"

#define SEEN_WINDOW_S (INT64_C(3) * 60 * 60)
#define ALERT_WINDOW_S (INT64_C(10) * 60)
#define SETTLED_AFTER_S 180
#define MOST_CONDITIONS 64
#define SHORTEST_PREFIX 4

/* ---- what the judge will see ---- */

static int64_t last_minute_s(void) { return clock_world_ms() / 60000 * 60; }

static double sum_of(const struct metrics_answer *answer)
{
    double sum = 0;

    for (size_t i = 0; i < answer->count; i++)
        sum += answer->values[i].value;
    return sum;
}

void preflight_seen(const struct preflight_scene *t, struct preflight_findings *f)
{
    const struct metrics_question questions[] = {
        {.resource = t->resource, .metric = "invocations", .version = "", .period_s = 60},
        {.resource = t->resource,
         .metric = "invocations",
         .version = t->alias.version,
         .period_s = 60},
    };
    struct metrics_answer answers[2] = {{0}};
    int64_t end_s = last_minute_s();
    struct error err;

    if (!metrics_read(t->world->aws, t->environment, questions, 2, end_s - SEEN_WINDOW_S, end_s,
                      t->cancel, answers, &err)) {
        preflight_say(f, FINDING_UNKNOWN, "the requests of v%s could not be read: %s",
                      t->alias.version, err.message);
        return;
    }
    double all = sum_of(&answers[0]), of_version = sum_of(&answers[1]);
    if (of_version > 0)
        preflight_say(f, FINDING_PASS, "%.0f requests of v%s were seen in the last 3 h", of_version,
                      t->alias.version);
    else if (all > 0)
        preflight_say(f, FINDING_FAIL,
                      "%.0f requests in the last 3 h, but none is counted for v%s; "
                      "counts come up to 3 minutes late",
                      all, t->alias.version);
    else
        preflight_say(f, FINDING_NOTE,
                      "no requests in the last 3 h: how they are counted cannot be told");
    metrics_answers_clear(answers, 2);
}

/* ---- the alerts of the configuration ---- */

/* Of the whole window for rates, else the newest. False: there is none. */
static bool newest_value(const struct metrics_answer *answer, double *out)
{
    if (answer->is_rate && answer->denominator > 0) {
        *out = answer->numerator / answer->denominator * 100;
        return true;
    }
    if (answer->is_rate || answer->count == 0)
        return false;
    *out = answer->values[answer->count - 1].value;
    return true;
}

static bool holds(const struct condition *condition, double value)
{
    double threshold = condition->is_percent ? condition->threshold * 100 : condition->threshold;

    return condition->comparison == '>' ? value > threshold : value < threshold;
}

struct alerting {
    const struct alert_rule *rule;
    const struct condition *condition;
};

static size_t collect_conditions(const struct preflight_scene *t, struct alerting *rows,
                                 struct metrics_question *questions)
{
    const struct config *config = t->context->config;
    size_t count = 0;

    for (size_t i = 0; i < config->alert_count; i++)
        for (size_t k = 0; k < config->alerts[i].condition_count; k++) {
            const struct condition *c = &config->alerts[i].conditions[k];
            const struct resource *resource = config_resource(t->environment, c->resource);
            if (resource == NULL || count == MOST_CONDITIONS)
                continue;
            rows[count] = (struct alerting){&config->alerts[i], c};
            questions[count++] = (struct metrics_question){
                .resource = resource, .metric = c->metric, .version = "", .period_s = 60};
        }
    return count;
}

static void say_alerts(const struct alerting *rows, const struct metrics_answer *answers,
                       size_t count, struct preflight_findings *f)
{
    size_t quiet = 0, silent = 0;
    double value;

    for (size_t i = 0; i < count; i++) {
        if (!newest_value(&answers[i], &value))
            silent++;
        else if (!holds(rows[i].condition, value))
            quiet++;
        else
            preflight_say(f, rows[i].rule->rolls_back ? FINDING_FAIL : FINDING_NOTE,
                          "alert %s holds before anything was changed: %s (%.4g)",
                          rows[i].rule->name, rows[i].condition->text, value);
    }
    if (quiet + silent == count)
        preflight_say(
            f, silent == count ? FINDING_NOTE : FINDING_PASS,
            "no alert of the configuration holds; conditions looked at: %zu, without data: %zu",
            count, silent);
}

void preflight_alerts(const struct preflight_scene *t, struct preflight_findings *f)
{
    struct alerting rows[MOST_CONDITIONS];
    struct metrics_question questions[MOST_CONDITIONS];
    struct metrics_answer answers[MOST_CONDITIONS] = {{0}};
    int64_t end_s = last_minute_s() - SETTLED_AFTER_S;
    struct error err;
    size_t count = collect_conditions(t, rows, questions);

    if (count == 0)
        return;
    if (!metrics_read(t->world->aws, t->environment, questions, count, end_s - ALERT_WINDOW_S,
                      end_s, t->cancel, answers, &err)) {
        preflight_say(f, FINDING_UNKNOWN, "the metrics of the alerts could not be read: %s",
                      err.message);
        return;
    }
    say_alerts(rows, answers, count, f);
    metrics_answers_clear(answers, count);
}

/* ---- CloudWatch's own alarms ---- */

/* What the names of the environment's resources begin with: "finally-prod-". */
static void common_prefix(const struct environment *environment, const char *function,
                          char out[static LAMBDA_NAME_SIZE])
{
    (void)snprintf(out, LAMBDA_NAME_SIZE, "%s", function);
    for (size_t i = 0; i < environment->resource_count; i++) {
        const struct resource *r = &environment->resources[i];
        const char *name = config_resource_text(r, r->kind->params[0].name);
        size_t same = 0;
        while (out[same] != '\0' && out[same] == name[same])
            same++;
        if (same >= SHORTEST_PREFIX)
            out[same] = '\0';
    }
}

void preflight_alarms(const struct preflight_scene *t, struct preflight_findings *f)
{
    char prefix[LAMBDA_NAME_SIZE];
    struct alarm *alarms = NULL;
    size_t count = 0, firing = 0;
    struct error err;

    common_prefix(t->environment, t->function, prefix);
    if (!cloudwatch_describe_alarms(t->world->aws, prefix, NULL, 0, t->cancel, &alarms, &count,
                                    &err)) {
        preflight_say_unread(f, "the alarms of CloudWatch", &err);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(alarms[i].state, "ALARM") == 0 && firing++ == 0)
            preflight_say(f, FINDING_FAIL, "alarm %s fires: %.200s", alarms[i].name,
                          alarms[i].reason);
    if (count == 0)
        preflight_say(f, FINDING_NOTE, "CloudWatch has no alarm whose name begins with %s", prefix);
    else if (firing == 0)
        preflight_say(f, FINDING_PASS, "no alarm of %s* fires; looked at: %zu", prefix, count);
    free(alarms);
}
