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

static json_t *verb_json(const struct subcommand *verb)
{
    json_t *options = json_array();
    for (const struct cli_option *o = verb->options; o != NULL && o->name != NULL; o++)
        json_array_append_new(options, json_pack("{s:s, s:s?, s:s}", "name", o->name, "value",
                                                 o->value, "help", o->help));
    return json_pack("{s:s, s:s, s:s, s:o}", "verb", verb->name, "arguments", verb->arguments,
                     "summary", verb->summary, "options", options);
}

static json_t *verbs_json(void)
{
    json_t *verbs = json_array();
    for (const struct subcommand *const *s = cli_subcommands(); *s != NULL; s++)
        json_array_append_new(verbs, verb_json(*s));
    return json_pack("{s:o}", "verbs", verbs);
}

static int run(struct cli *cli)
{
    const char *name = cli_argument(cli, 0);
    if (name == NULL && cli_is_json(cli)) {
        cli_json(cli, verbs_json());
        return EXIT_DONE;
    }
    if (name == NULL) {
        help_overview(cli_subcommands());
        return EXIT_DONE;
    }
    const struct subcommand *verb = arguments_subcommand(cli_subcommands(), name);
    if (verb == NULL)
        return no_such_verb(cli, name);
    if (cli_is_json(cli))
        cli_json(cli, verb_json(verb));
    else
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
