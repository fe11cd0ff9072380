/*
 * help.c - `flightdeck help`: what there is, or one verb explained.
 */
#include "cli/help.h"

#include "cli/arguments.h"
#include "cli/subcommands.h"
#include "core/text.h"

#define MOST_VERBS 64

static int no_such_verb(struct cli *cli, const char *name)
{
    const char *names[MOST_VERBS];
    size_t count = 0;
    for (const struct subcommand *const *s = cli_subcommands(); *s != NULL && count < MOST_VERBS;
         s++)
        names[count++] = (*s)->name;
    const char *near = text_nearest(name, names, count);
    if (near != NULL)
        return cli_usage(cli, "there is no verb \"%s\"; did you mean \"%s\"?", name, near);
    return cli_usage(cli, "there is no verb \"%s\"", name);
}

static int run(struct cli *cli)
{
    const char *name = cli_argument(cli, 0);
    if (name == NULL) {
        help_overview(cli_subcommands());
        return EXIT_DONE;
    }
    const struct subcommand *verb = arguments_subcommand(cli_subcommands(), name);
    if (verb == NULL)
        return no_such_verb(cli, name);
    help_verb(verb);
    return EXIT_DONE;
}

const struct subcommand subcommand_help = {
    .name = "help",
    .arguments = "[VERB]",
    .summary = "List the verbs, or explain one",
    .options = NULL,
    .run = run,
};
