/*
 * desk_runs.h - runs of other processes, as they write them into the journal; all static.
 */
#ifndef TESTS_DESK_RUNS_H
#define TESTS_DESK_RUNS_H

#include <criterion/criterion.h>
#include <jansson.h>

#include "core/event.h"
#include "core/journal.h"
#include "core/run.h"

static bool desk_run_fold(void *closure, struct event *e, const struct run **after,
                          struct error *err)
{
    struct run *run = closure;
    if (!run_apply(run, e, err))
        return false;
    *after = run;
    return true;
}

static void desk_run_append(struct journal *journal, struct run *run, const char *type,
                            const char *step, json_t *body)
{
    struct event *e = event_new("r-0001", type, step, "ana", body);
    struct error err;
    cr_assert(journal_append(journal, e, desk_run_fold, run, &err), "%s", err.message);
    event_unref(e);
}

static json_t *desk_run_json(const char *body)
{
    json_t *out = json_loads(body, 0, NULL);
    cr_assert_not_null(out, "%s", body);
    return out;
}

/* It has moved all traffic from v40 to v41, and is about to end. */
static void desk_run_shipping(struct journal *journal, struct run *run)
{
    static const struct {
        const char *type, *step, *body;
    } events[] = {
        {"run_opened", "",
         "{\"project\":\"finally\",\"environment\":\"production\",\"plan_name\":\"default\"}"},
        {"run_started", "",
         "{\"plan\":{\"env\":\"production\",\"plan\":\"default\",\"hash\":\"h1\",\"steps\":["
         "{\"id\":\"shift\",\"kind\":\"shift\",\"undo\":\"back\",\"moves_traffic\":true}]}}"},
        {"step_started", "shift", "{\"attempt\":1}"},
        {"decided", "shift", "{\"key\":\"old_version\",\"value\":\"40\"}"},
        {"decided", "shift", "{\"key\":\"new_version\",\"value\":\"41\"}"},
        {"effect_intent", "shift",
         "{\"key\":\"whole\",\"intent\":{\"what\":{\"service\":\"lambda\",\"operation\":"
         "\"UpdateAlias\",\"params\":{}}}}"},
        {"effect_outcome", "shift", "{\"key\":\"whole\",\"state\":\"done\",\"result\":{}}"},
        {"noted", "shift", "{\"key\":\"weight\",\"value\":1.0}"},
        {"step_ended", "shift", "{\"state\":\"succeeded\"}"},
    };

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        desk_run_append(journal, run, events[i].type, events[i].step,
                        desk_run_json(events[i].body));
}

#endif
