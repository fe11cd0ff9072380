/*
 * trusting.c - see trusting.h.
 */
#include "cli/trusting.h"

#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "core/journal.h"
#include "core/trust.h"

/* CI has nobody to ask; whoever wrote --config into the pipeline has decided. */
static bool is_trusted_by_ci(const struct session *s)
{
    const char *ci = getenv("CI");
    return ci != NULL && strcmp(ci, "true") == 0 && cli_value(s->cli, "config") != NULL;
}

bool trusting_is_given(struct session *s, bool *out, struct error *err)
{
    const char *directory;
    if (!session_load(s, err) || !session_state_directory(s, &directory, err))
        return false;
    if (!s->is_own_state && !is_trusted_by_ci(s))
        return trust_check(directory, s->config, out, err);
    *out = true;
    return true;
}

bool trusting_give(struct session *s, struct error *err)
{
    struct journal *journal;
    const char *directory;

    if (!session_load(s, err) || !session_state_directory(s, &directory, err) ||
        !journal_open(directory, &journal, err)) /* makes the folder, and refuses unfit ones */
        return false;
    journal_close(journal);
    return trust_add(directory, s->config, err);
}

static void show_commands(const struct session *s)
{
    json_t *commands = config_commands(s->config);
    size_t i;
    json_t *command;
    cli_note(s->cli, "%s would run these commands on this computer:", s->config->path);
    json_array_foreach(commands, i, command) cli_note(s->cli, "  %s", json_string_value(command));
    json_decref(commands);
}

bool trusting_require(struct session *s, struct error *err)
{
    bool is_given = false;
    if (!trusting_is_given(s, &is_given, err))
        return false;
    if (is_given)
        return true;
    show_commands(s);
    if (answer_can_ask() && !cli_is_json(s->cli))
        return answer_confirm("Do you trust them?", "they are not trusted, and nothing was begun",
                              err) &&
               trusting_give(s, err);
    error_set(err, ERROR_USAGE, "the commands of %s are not trusted yet", s->config->path);
    return error_hint(err, "Read them, then: flightdeck config trust");
}
