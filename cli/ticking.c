/*
 * ticking.c - see ticking.h.
 */
#include "cli/ticking.h"

#include <stdio.h>
#include <string.h>

#include "cli/checking.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/under_way.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define NAME_LIMIT_MS 2000 /* wall: a tick does not wait for AWS */

/* The name that AWS gives us where it can be asked. */
static void find_actor(struct checking *c, struct actor *out)
{
    const struct signed_in *who;
    struct error ignored;

    if (session_sign_in_within(c->session, c->environment, NAME_LIMIT_MS, &who, &ignored))
        *out = who->actor;
    else
        session_actor(c->session, out);
}

/* Nobody drives: for a moment we do, without a way to AWS, which no tick needs. */
static bool record_here(struct checking *c, const struct command *command,
                        const struct actor *actor, const char *directory, char run_id[static 32],
                        struct error *err)
{
    struct engine *engine;
    const struct engine_options options = {
        .house = tables_house(),
        .config = c->session->config,
        .environment = c->environment,
        .state_directory = directory,
        .actor = *actor,
        .is_unattended = true,
    };
    if (!engine_open(&options, &engine, err))
        return false;
    bool ok =
        engine_prepare(engine, "default", run_id, err) && engine_command(engine, command, err);
    engine_close(engine);
    return ok;
}

bool ticking_permits(const struct checklist_item *item, struct command *command, struct error *err)
{
    const char *kind = checklist_item_kind(item);

    if (command->verb != COMMAND_TICK || item->is_person)
        return true;
    if (command->reason[0] == '\0') {
        error_set(err, ERROR_USAGE, "\"%s\" is proved by `%s`, which `flightdeck check` asks",
                  item->guide->text, kind);
        return error_hint(err, "To accept it all the same say why: --reason; typed: because");
    }
    auto_free char *reason = xasprintf("override of `%s`: %s", kind, command->reason);
    text_copy(command->reason, sizeof command->reason, reason);
    return true;
}

bool ticking_command(const struct checklist_item *item, enum command_verb verb, const char *reason,
                     const char *by, struct command *out, struct error *err)
{
    struct command command = {.verb = verb};

    text_copy(command.step, sizeof command.step, item->guide->id);
    text_copy(command.reason, sizeof command.reason, reason);
    text_copy(command.by, sizeof command.by, by);
    if (!ticking_permits(item, &command, err))
        return false;
    if (strlen(item->guide->id) >= sizeof command.step)
        return error_set(err, ERROR_USAGE,
                         "the id of the item is too long; give it a shorter one: <!-- id: x -->");
    *out = command;
    return true;
}

bool ticking_record(struct checking *c, const struct checklist_item *item, enum command_verb verb,
                    const char *reason, char run_id[static 32], struct error *err)
{
    const char *directory;
    struct actor actor;
    struct command command;

    if (!session_state_directory(c->session, &directory, err))
        return false;
    find_actor(c, &actor);
    if (!ticking_command(item, verb, reason, actor.name, &command, err))
        return false;
    if (c->is_run_open && engine_is_driven(directory, c->environment->name)) {
        (void)snprintf(run_id, 32, "%s", c->run->id);
        if (under_way_post(c->journal, directory, c->run, &command, err))
            return true;
        if (strcmp(err->code, UNDER_WAY_GONE) != 0)
            return false;
    }
    return record_here(c, &command, &actor, directory, run_id, err);
}
