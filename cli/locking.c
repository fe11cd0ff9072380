/*
 * locking.c - see locking.h.
 */
#include "cli/locking.h"

#include "cli/cli.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/locked.h"

static void tell(struct cli *cli, const char *environment, const struct environment_lock *before,
                 const struct environment_lock *lock)
{
    char at[CLOCK_STAMP_SIZE];
    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:b, s:s, s:s, s:s}", "env", environment, "locked",
                                (int)lock->is_locked, "by", lock->by, "reason", lock->reason, "at",
                                clock_stamp(lock->at_ms, at)));
    if (!lock->is_locked && !before->is_locked) {
        cli_say(cli, "%s was not locked", environment);
        return;
    }
    cli_say(cli, "%s is %s: %s", environment, lock->is_locked ? "locked" : "open again",
            lock->reason);
    if (lock->is_locked)
        cli_say(cli, "Going back is still possible: flightdeck rollback %s", environment);
    if (before->is_locked)
        cli_say(cli, "It was locked by %s since %s: %s", locked_by(before),
                clock_stamp(before->at_ms, at), before->reason);
}

int locking_change(struct cli *cli, bool is_locked)
{
    const char *name = cli_argument(cli, 0), *reason = cli_value(cli, "reason");
    const struct environment *environment;
    struct environment_lock before, lock;
    struct session session;
    struct journal *journal = NULL;
    struct actor actor;
    struct error err;

    if (name == NULL)
        return cli_usage(cli, "which environment?");
    if (reason == NULL || reason[0] == '\0')
        return cli_usage(cli, "say why with --reason: whoever finds it %s wants to know",
                         is_locked ? "locked" : "open");
    session_init(&session, cli);
    session_actor(&session, &actor);
    bool ok = session_environment(&session, name, &environment, &err) &&
              session_journal(&session, &journal, &err) &&
              locked_read(journal, environment->name, &before, &err) &&
              ((!is_locked && !before.is_locked) ||
               locked_write(journal, environment->name, is_locked, actor.name, reason, &err)) &&
              locked_read(journal, environment->name, &lock, &err);
    if (ok)
        tell(cli, environment->name, &before, &lock);
    int code = ok ? EXIT_DONE : cli_fail(cli, &err);
    journal_close(journal);
    session_clear(&session);
    return code;
}
