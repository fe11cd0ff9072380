/*
 * bare_alias.c - see bare_alias.h.
 */
#include "cli/bare_alias.h"

#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/client.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/no_answer.h"
#include "cli/trying.h"
#include "core/call.h"
#include "core/clock.h"
#include "core/mem.h"

static void preview(const struct bare_alias *b)
{
    const struct put_back *p = &b->p;
    struct alias_layout layout = alias_layout_whole(p->target, p->description);
    json_t *call = alias_call(p->function, p->alias, &layout);
    auto_free char *text = call_text(call);
    auto_free char *split = alias_split_text(&p->before);

    json_decref(call);
    cli_note(b->cli, "ROLL BACK %s:%s", p->function, p->alias);
    cli_note(b->cli, "  1 traffic   %s -> v%s 100 %% (%s)", split, p->target, p->why);
    cli_note(b->cli, "              %s", text);
}

static bool confirm(const struct bare_alias *b, struct error *err)
{
    if (b->is_agreed)
        return true;
    if (!answer_can_ask()) {
        error_set(err, ERROR_USAGE, "without a terminal nobody can be asked; nothing was begun");
        return error_hint(err, "Say --yes.");
    }
    return answer_confirm("Do this now?", "nothing was begun", err);
}

static bool prepare(struct bare_alias *b, struct error *err)
{
    struct trying trying = {0};

    while (!put_back_prepare(&b->p, b->aws, b->version, b->actor, err)) {
        if (err->kind == ERROR_DENIED && aws_has_keys(b->other) && b->aws != b->other)
            b->aws = b->other;
        else if (!trying_again(&trying, b->cli, err))
            return false;
    }
    return true;
}

static bool carry_out(struct bare_alias *b, struct error *err)
{
    struct trying trying = {0};

    while (!put_back_carry_out(&b->p, b->aws, &b->after, err)) {
        if (err->kind == ERROR_DENIED && aws_has_keys(b->other) && b->aws != b->other)
            b->aws = b->other;
        else if (!trying_again(&trying, b->cli, err))
            return false;
    }
    return true;
}

bool bare_alias_put_back(struct bare_alias *b, struct error *err)
{
    struct no_answer silence;

    no_answer_begin(&silence, b->cli, "Ctrl-C ends it: nothing was written");
    bool is_ready = prepare(b, err);
    no_answer_end(&silence);
    if (interrupt_count() > 0) /* a look that was ended is no leave to write */
        return error_set(err, ERROR_CANCELLED, "interrupted; nothing was written");
    if (!is_ready)
        return false;
    b->after = b->p.before;
    if (!put_back_is_needed(&b->p))
        return true;
    preview(b);
    if (!confirm(b, err))
        return false;
    int64_t began_ms = clock_boot_ms();
    no_answer_begin(&silence, b->cli, "Ctrl-C gives up");
    b->is_changed = carry_out(b, err);
    no_answer_end(&silence);
    b->took_ms = clock_boot_ms() - began_ms;
    return b->is_changed;
}

char *bare_alias_outcome(const struct bare_alias *b)
{
    auto_free char *before = alias_split_text(&b->p.before);

    if (!b->is_changed)
        return xasprintf("nothing to roll back: v%s serves all traffic of %s:%s already (%s)",
                         b->p.target, b->p.function, b->p.alias, b->p.why);
    char took[CLOCK_STAMP_SIZE];
    return xasprintf("v%s serves all traffic of %s:%s; before it was %s; read back after %s",
                     b->after.version, b->p.function, b->p.alias, before,
                     clock_elapsed_text(b->took_ms * 1000, took));
}

void bare_alias_list(const struct cli *cli, struct aws *aws, const char *function,
                     const struct error *err)
{
    auto_free char *lines =
        strcmp(err->code, "which-version") == 0 ? put_back_versions(aws, function) : NULL;

    if (lines == NULL)
        return;
    cli_note(cli, "The newest versions of %s:", function);
    for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        cli_note(cli, "%s", line);
    }
}
