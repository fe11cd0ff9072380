/*
 * desk_back_look.c - the lane that says what a way back would do: from what is known here already,
 * with one short look at the alias where no run is under way.
 */
#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "cli/desk_asked.h"
#include "cli/desk_back.h"
#include "cli/desk_callers.h"
#include "cli/desk_flight.h"
#include "cli/desk_parts.h"
#include "cli/gone_back.h"
#include "cli/limit.h"
#include "cli/session.h"
#include "cli/way_back.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/text.h"

#define SAID_BYTES 81
#define LOOK_LIMIT_MS 3000 /* wall: then the journal has to be enough */

struct looking {
    struct desk *desk;
    const struct environment *environment;
    struct session *session; /* of whoever asks */
    const char *version;     /* wanted; NULL = what was replaced */
    const struct resource *api;
    struct put_back alias;
    struct run *run, *latest;
    bool is_foreign; /* the latest stopped at what somebody else had changed */
};

static char *calls_as(const struct looking *l)
{
    struct actor actor;
    const char *narrow = l->desk->config->rollback_profile;

    session_known_actor(l->session, l->environment, &actor);
    return narrow[0] != '\0' ? xasprintf("%s, else as profile %s", actor.name, narrow)
                             : xstrdup(actor.name);
}

/* ---- of a run ---- */

static void split_rest(const struct run *run, json_t *out)
{
    json_t *all = way_back_rest(run), *rest = json_array(), *stays = json_array(), *row;
    size_t i;

    json_array_foreach(all, i, row)
    {
        const char *step = desk_asked_text(row, "step"), *text = desk_asked_text(row, "text"),
                   *fate = desk_asked_text(row, "fate");
        if (strcmp(fate, "undone") == 0)
            json_array_append_new(
                rest, json_pack("{s:s, s:s, s:b}", "step", step, "text", text, "lossy", 0));
        else
            json_array_append_new(stays,
                                  strcmp(fate, "lost") == 0
                                      ? json_sprintf("%s cannot be taken back: %s", step, text)
                                      : json_sprintf("%s: %s", step, text));
    }
    json_decref(all);
    json_object_set_new(out, "rest", rest);
    json_object_set_new(out, "stays", stays);
}

static json_t *call_of_run(const struct looking *l)
{
    const json_t *before = way_back_before(l->run);

    if (!run_moved_traffic(l->run) || before == NULL)
        return json_null();
    struct alias_layout layout = alias_before_layout(before);
    return alias_call(l->alias.function, l->alias.alias, &layout);
}

static json_t *shares_of(const struct lambda_alias *alias)
{
    return desk_asked_shares(alias->version, alias->additional_version, alias->additional_weight);
}

/* Where the run goes back to: what it found. */
static json_t *shares_found(const struct run *run)
{
    const json_t *before = way_back_before(run);

    if (before == NULL)
        return desk_asked_shares(run->old_version, "", 0);
    struct alias_layout found = alias_before_layout(before);
    return desk_asked_shares(found.version, found.additional_version, found.additional_weight);
}

/* What it rests on, and what is in its way. Yours. */
static char *why_of_run(const struct looking *l, bool is_foreign, const struct error *unread)
{
    const struct lambda_alias *now = &l->alias.before;
    auto_free char *traffic = way_back_traffic_text(l->run);
    auto_free char *split = alias_split_text(now);
    auto_free char *safe = text_safe(now->description);
    char said[SAID_BYTES];

    text_copy(said, sizeof said, safe); /* JSON takes no half characters */
    if (is_foreign)
        return xasprintf("somebody else changed it since %s did: it serves %s (\"%s\"); this goes "
                         "over that, in one write",
                         l->run->id, split, said);
    if (unread != NULL)
        return xasprintf("%s began with it; traffic %s; what it serves now could not be read: %s",
                         l->run->id, traffic, unread->message);
    return xasprintf("%s began with it; traffic %s", l->run->id, traffic);
}

/*
 * unread: why the alias could not be read; NULL: it was. A run that moved nothing leaves the
 * traffic where it is; over what somebody else left there it goes only where that was shown.
 */
static json_t *preview_run(const struct looking *l, const struct error *unread)
{
    const struct run *run = l->run;
    const char *target = run->old_version[0] != '\0' ? run->old_version : NULL;
    bool is_foreign =
        unread == NULL && run_moved_traffic(run) && way_back_is_foreign(run, &l->alias);
    json_t *from = unread == NULL
                       ? shares_of(&l->alias.before)
                       : desk_asked_shares(run->old_version, run->new_version, run->weight);
    json_t *to =
        unread == NULL && !run_moved_traffic(run) ? json_deep_copy(from) : shares_found(run);
    auto_free char *as = calls_as(l);
    auto_free char *why = why_of_run(l, is_foreign, unread);
    json_t *out = json_pack("{s:s, s:o, s:s, s:o, s:o, s:s?, s:s, s:b, s:s}", "run", run->id,
                            "call", call_of_run(l), "resource", l->api->name, "from", from, "to",
                            to, "target", target, "why", why, "needed", 1, "calls_as", as);

    if (is_foreign)
        json_object_set_new(out, "over", json_string(l->alias.before.revision_id));
    split_rest(run, out);
    return out;
}

/* ---- of the alias ---- */

/* It goes over what somebody else did: that is said. */
static bool choose_over_foreign(struct looking *l, struct aws *aws, struct error *err)
{
    if (!put_back_choose(&l->alias, aws, l->latest->old_version, err))
        return false;
    (void)snprintf(l->alias.why, sizeof l->alias.why,
                   "%s began with it; it goes over what somebody else changed since",
                   l->latest->id);
    return true;
}

typedef bool look_fn(struct looking *l, struct error *err);

static bool read_alias(struct looking *l, struct error *err)
{
    const struct world *world;

    return session_connect(l->session, l->environment, &world, err) &&
           put_back_read(&l->alias, world->aws, err);
}

static bool look_at_alias(struct looking *l, struct error *err)
{
    const struct world *world;

    if (l->is_foreign && l->version == NULL && l->latest->old_version[0] != '\0')
        return session_connect(l->session, l->environment, &world, err) &&
               put_back_read(&l->alias, world->aws, err) && choose_over_foreign(l, world->aws, err);
    return session_connect(l->session, l->environment, &world, err) &&
           put_back_read(&l->alias, world->aws, err) &&
           ((l->version == NULL && way_back_ask_latest(l->latest, &l->alias)) ||
            put_back_choose(&l->alias, world->aws, l->version, err));
}

static bool look_in_time(struct looking *l, look_fn *look, struct error *err)
{
    struct limit limit;

    limit_begin_here(&limit, LOOK_LIMIT_MS);
    bool ok = look(l, err);
    if (limit_end(&limit) && !ok)
        error_set(err, ERROR_TRANSIENT, "AWS did not say within %d s what it serves",
                  LOOK_LIMIT_MS / 1000);
    return ok;
}

/* AWS is silent: what the last run here replaced is what there is to go back to. */
static bool take_from_journal(struct looking *l, const struct error *silence)
{
    const struct run *latest = l->latest;
    struct put_back *p = &l->alias;

    if (silence->kind == ERROR_USAGE || silence->kind == ERROR_NOT_FOUND)
        return false;
    if (l->version != NULL) {
        text_copy(p->target, sizeof p->target, l->version + (l->version[0] == 'v'));
        text_copy(p->why, sizeof p->why, "as asked; what it serves now could not be read");
        return true;
    }
    if (latest == NULL || latest->old_version[0] == '\0')
        return false;
    text_copy(p->target, sizeof p->target, latest->old_version);
    (void)snprintf(p->why, sizeof p->why, "%s replaced it; what it serves now could not be read",
                   latest->id);
    return true;
}

static json_t *preview_alias(const struct looking *l, bool is_read)
{
    const struct put_back *p = &l->alias;
    auto_free char *as = calls_as(l);
    struct actor actor;

    session_known_actor(l->session, l->environment, &actor);
    auto_free char *mark =
        xasprintf("flightdeck " ALIAS_ROLLBACK " %s %s>%s until ${time}", actor.user_host,
                  is_read ? p->before.version : "${before}", p->target);
    struct alias_layout layout = alias_layout_whole(p->target, mark);
    json_t *from = is_read ? shares_of(&p->before) : json_object();

    return json_pack("{s:n, s:s?, s:o, s:s, s:o, s:o, s:s, s:s, s:[], s:[], s:b, s:s}", "run",
                     "shown", is_read ? p->before.revision_id : NULL, "call",
                     alias_call(p->function, p->alias, &layout), "resource", l->api->name, "from",
                     from, "to", desk_asked_shares(p->target, "", 0), "target", p->target, "why",
                     p->why, "rest", "stays", "needed", !is_read || put_back_is_needed(p),
                     "calls_as", as);
}

/* ---- the lane ---- */

static bool find_run(struct looking *l, struct error *err)
{
    struct engine *engine = desk_flight_enter(l->desk, l->environment);
    struct journal *journal;

    l->run = engine != NULL ? engine_snapshot(engine) : NULL;
    if (engine != NULL)
        desk_flight_leave(l->desk, l->environment);
    if (l->run != NULL && !run_is_over(l->run) && run_wrote(l->run))
        return true;
    run_free(l->run);
    l->run = NULL;
    if (!desk_journal_is_there(l->desk->state_directory))
        return true;
    if (!journal_open(l->desk->state_directory, &journal, err))
        return false;
    bool ok =
        way_back_find(journal, l->environment->name, l->version != NULL, &l->run, &l->latest, err);
    journal_close(journal);
    if (ok && l->run != NULL && way_back_was_foreign(l->run)) {
        l->latest = l->run;
        l->run = NULL;
        l->is_foreign = true;
    }
    return ok;
}

static void find_run_again(struct looking *l)
{
    struct error ignored;

    run_free(l->run);
    run_free(l->latest);
    l->run = l->latest = NULL;
    FD_IGNORE(find_run(l, &ignored));
}

/* Of a run that is at work: what it wrote between the two looks is its own. False: it is over. */
static bool look_beside_run(struct looking *l, json_t **out)
{
    struct error no_answer;
    bool is_read = look_in_time(l, read_alias, &no_answer);

    if (is_read && way_back_is_foreign(l->run, &l->alias))
        find_run_again(l);
    if (l->run == NULL)
        return false;
    *out = preview_run(l, is_read ? NULL : &no_answer);
    return true;
}

static bool preview(struct looking *l, json_t **out, struct error *err)
{
    struct error no_journal;

    if (!desk_asked_environment(l->environment, err) ||
        !way_back_alias(l->environment, NULL, &l->api, &l->alias, err))
        return false;
    FD_IGNORE(find_run(l, &no_journal)); /* without one AWS has to be enough */
    FD_IGNORE(way_back_alias(l->environment, l->run != NULL ? l->run : l->latest, &l->api,
                             &l->alias, &no_journal));
    if (l->run != NULL && gone_back_is_forward(l->run)) {
        if (!run_is_over(l->run) &&
            engine_is_driven(l->desk->state_directory, l->environment->name))
            return gone_back_refuse(l->run, err);
        run_free(l->latest);
        l->latest = l->run; /* its process is gone: what it began is begun anew */
        l->run = NULL;
    }
    if (l->run != NULL) {
        if (!way_back_permits(l->run, l->version, err))
            return false;
        if (look_beside_run(l, out))
            return true;
    }
    bool is_read = look_in_time(l, look_at_alias, err);
    if (!is_read && !take_from_journal(l, err))
        return false;
    if (is_read)
        desk_back_keep(l->desk, l->environment, &l->alias);
    *out = preview_alias(l, is_read);
    return true;
}

static void preview_rollback(struct lane *lane, const struct environment *environment,
                             const json_t *request)
{
    struct looking l = {.desk = lane->desk,
                        .environment = environment,
                        .session = desk_session(lane->desk, request),
                        .version = desk_asked_given(request, "version")};
    json_t *result = NULL;
    struct error err;
    bool ok = preview(&l, &result, &err);

    desk_asked_end(lane->desk, request, ok, result, &err);
    run_free(l.run);
    run_free(l.latest);
}

static const struct desk_verb verbs[] = {{"preview_rollback", preview_rollback}, {0}};

const struct lane_kind lane_back_look = {.name = "back_look", .verbs = verbs};
