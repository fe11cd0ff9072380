/*
 * desk_asked.c - see desk_asked.h.
 */
#include "cli/desk_asked.h"

#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/journal.h"
#include "core/run.h"

const char *desk_asked_text(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));
    return text != NULL ? text : "";
}

const char *desk_asked_given(const json_t *request, const char *key)
{
    const char *text = desk_asked_text(request, key);
    return text[0] != '\0' ? text : NULL;
}

void desk_asked_end(struct desk *d, const json_t *request, bool ok, json_t *result,
                    const struct error *err)
{
    if (ok) {
        desk_answer(d, request, result);
        return;
    }
    json_decref(result);
    desk_refuse(d, request, err);
}

json_t *desk_asked_run(const char *run_id) { return json_pack("{s:s}", "run", run_id); }

bool desk_asked_environment(const struct environment *environment, struct error *err)
{
    return environment != NULL || error_set(err, ERROR_USAGE, "which environment?");
}

void desk_asked_actor(struct desk *d, const json_t *request, const struct environment *environment,
                      int64_t limit_ms, struct actor *out)
{
    struct session *session = desk_session(d, request);
    const struct signed_in *who;
    struct error ignored;

    if (session_sign_in_within(session, environment, limit_ms, &who, &ignored))
        *out = who->actor;
    else
        session_actor(session, out);
}

bool desk_asked_open_run(struct desk *d, const struct environment *environment, struct run **out,
                         struct error *err)
{
    struct engine *engine = desk_flight_enter(d, environment);
    struct journal *journal;

    *out = engine != NULL ? engine_snapshot(engine) : NULL;
    if (engine != NULL)
        desk_flight_leave(d, environment);
    if (*out != NULL && !run_is_over(*out))
        return true;
    run_free(*out);
    *out = NULL;
    if (!desk_journal_is_there(d->state_directory))
        return true;
    if (!journal_open(d->state_directory, &journal, err))
        return false;
    bool ok = runs_find_open(journal, environment->name, out, err);
    journal_close(journal);
    return ok;
}

json_t *desk_asked_shares(const char *version, const char *other, double weight)
{
    json_t *shares = json_object();

    if (version[0] != '\0' && weight < 1)
        json_object_set_new(shares, version, json_real(1 - weight));
    if (other[0] != '\0' && weight > 0)
        json_object_set_new(shares, other, json_real(weight));
    return shares;
}
