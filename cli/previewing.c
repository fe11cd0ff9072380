/*
 * previewing.c - see previewing.h.
 */
#include "cli/previewing.h"

#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "cli/cli.h"
#include "cli/put_back.h"
#include "cli/way_back.h"
#include "core/config.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

void previewing_head(const struct cli *cli, const struct environment *environment)
{
    cli_note(cli, "ROLL BACK %s   %s %s", environment->name, environment->region,
             environment->account);
}

void previewing_you(const struct cli *cli, const char *by)
{
    cli_note(cli, "  you: %s", event_text_person(by));
}

static void preview_step(const struct cli *cli, const json_t *step, size_t *number)
{
    const char *fate = json_string_value(json_object_get(step, "fate")),
               *id = json_string_value(json_object_get(step, "step")),
               *text = json_string_value(json_object_get(step, "text"));

    if (strcmp(fate, "stays") == 0)
        cli_note(cli, "  - %-9s stays: %s", id, text);
    else if (strcmp(fate, "lost") == 0)
        cli_note(cli, "  - %-9s CANNOT be taken back: %s", id, text);
    else
        cli_note(cli, "  %zu %-9s %s", ++*number, id, text);
}

void previewing_run(const struct cli *cli, const struct run *run)
{
    bool is_moved = run_moved_traffic(run);
    size_t number = is_moved, i;
    auto_free char *traffic = way_back_traffic_text(run);
    json_t *rest = way_back_rest(run), *step;

    cli_note(cli, "  run %s of %s is %s", run->id, run->by, run_status_name(run->status));
    cli_note(cli, "  %s traffic   %s", is_moved ? "1" : "-", traffic);
    json_array_foreach(rest, i, step) preview_step(cli, step, &number);
    json_decref(rest);
}

void previewing_foreign(const struct cli *cli, const struct put_back *p)
{
    auto_free char *split = alias_split_text(&p->before);
    auto_free char *safe = text_safe(p->before.description);

    cli_note(cli,
             "  SOMEBODY ELSE changed %s:%s since: it serves %s (\"%.80s\"); this goes over that",
             p->function, p->alias, split, safe);
}

void previewing_alias(const struct cli *cli, const struct put_back *p)
{
    auto_free char *split = alias_split_text(&p->before);

    cli_note(cli, "  1 traffic   %s -> v%s 100 %%, in one write to %s:%s (%s)", split, p->target,
             p->function, p->alias, p->why);
}
