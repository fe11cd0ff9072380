/*
 * approving.c - see approving.h.
 */
#include "cli/approving.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/plans.h"
#include "cli/session.h"
#include "core/journal.h"
#include "core/run.h"

static bool fold(void *closure, struct event *e, const struct run **after, struct error *err)
{
    struct run *run = closure;
    *after = run;
    return run_apply(run, e, err);
}

/* Who approves has seen the plan, or names its hash. */
static bool has_read(const struct session *s, const json_t *plan, struct error *err)
{
    if (cli_value(s->cli, "expect") != NULL)
        return plans_expect(s->cli, plan, err);
    if (cli_is_json(s->cli) || !answer_can_ask()) {
        error_set(err, ERROR_USAGE, "say which plan is approved");
        return error_hint(err, "run approve --expect HASH, of `flightdeck plan`");
    }
    plans_print(s->cli, plan, false);
    return answer_confirm("Approve this plan?", "nothing was recorded", err);
}

bool approving_record(struct journal *journal, struct run *run, const json_t *plan, const char *by,
                      struct error *err)
{
    json_t *body = json_pack("{s:O}", "hash", json_object_get(plan, "hash"));
    struct event *e = event_new(run->id, "approved", "", by, body);
    bool ok = journal_append(journal, e, fold, run, err);

    event_unref(e);
    return ok;
}

bool approving_pending(struct session *s, struct journal *journal, struct run *run, const char *by,
                       struct error *err)
{
    const struct environment *environment;
    json_t *plan = NULL;

    bool ok = session_environment(s, run->environment, &environment, err) &&
              plans_make(s, environment, &plan, err) && has_read(s, plan, err) &&
              approving_record(journal, run, plan, by, err);
    json_decref(plan);
    return ok;
}
