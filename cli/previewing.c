/*
 * previewing.c - see previewing.h.
 */
#include "cli/previewing.h"

#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "cli/cli.h"
#include "cli/put_back.h"
#include "core/config.h"
#include "core/filled.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define NOTHING "nothing: "
#define IRREVERSIBLE "irreversible: "

void previewing_head(const struct cli *cli, const struct environment *environment, const char *you)
{
    cli_note(cli, "ROLL BACK %s   %s %s   you: %s", environment->name, environment->region,
             environment->account, you);
}

static void preview_traffic(const struct cli *cli, const struct run *run)
{
    if (run->weight > 0 && run->weight < 1)
        cli_note(cli, "  1 traffic   v%s %.4g %%, v%s %.4g %% -> v%s 100 %%, in one write",
                 run->old_version, (1 - run->weight) * 100, run->new_version, run->weight * 100,
                 run->old_version);
    else if (run->weight > 0)
        cli_note(cli, "  1 traffic   v%s 100 %% -> v%s 100 %%, in one write", run->new_version,
                 run->old_version);
    else
        cli_note(cli, "  1 traffic   as before %s: v%s, whatever v%s was given", run->id,
                 run->old_version, run->new_version);
}

static bool wrote(const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (strcmp(run->effects[i].step, id) == 0 && run->effects[i].state != EFFECT_FAILED)
            return true;
    return false;
}

static void preview_step(const struct cli *cli, const struct run *run, const struct run_step *step,
                         size_t *number)
{
    auto_free char *undo = filled_undo(run, step->id);

    if (text_starts_with(undo, NOTHING))
        cli_note(cli, "  - %-9s stays: %s", step->id, undo + strlen(NOTHING));
    else if (text_starts_with(undo, IRREVERSIBLE))
        cli_note(cli, "  - %-9s CANNOT be taken back: %s", step->id, undo + strlen(IRREVERSIBLE));
    else
        cli_note(cli, "  %zu %-9s %s", ++*number, step->id, undo);
}

void previewing_run(const struct cli *cli, const struct run *run)
{
    size_t number = 0;

    cli_note(cli, "  run %s of %s is %s", run->id, run->by, run_status_name(run->status));
    if (run_moved_traffic(run)) {
        preview_traffic(cli, run);
        number = 1;
    } else {
        cli_note(cli, "  - traffic   stays: none was moved");
    }
    for (size_t i = run->step_count; i-- > 0;)
        if (!run->steps[i].moves_traffic && run->steps[i].state != STEP_UNDONE &&
            wrote(run, run->steps[i].id))
            preview_step(cli, run, &run->steps[i], &number);
}

void previewing_alias(const struct cli *cli, const struct put_back *p)
{
    auto_free char *split = alias_split_text(&p->before);

    cli_note(cli, "  1 traffic   %s -> v%s 100 %%, in one write to %s:%s (%s)", split, p->target,
             p->function, p->alias, p->why);
}
