/*
 * arguments.c - see arguments.h.
 */
#include "cli/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

#define MOST_CANDIDATES 64

const struct cli_option arguments_everybody[] = {
    {.name = "config",
     .value = "FILE",
     .help = "the configuration; default: flightdeck.yaml here or above"},
    {.name = "set",
     .value = "KEY=VALUE",
     .help = "wins over the configuration, e.g. production.url=...",
     .is_repeated = true},
    {.name = "state-dir",
     .value = "DIR",
     .help = "where the journal is; default: $FLIGHTDECK_STATE_DIR, else per "
             "project"},
    {.name = "profile", .value = "NAME", .help = "the profile of the AWS files to sign in with"},
    {.name = "region", .value = "NAME", .help = "the AWS region, instead of the configuration's"},
    {.name = "endpoint-url", .value = "URL", .help = "send AWS requests there: a sandbox, moto"},
    {.name = "json", .help = "print JSON on stdout and nothing else there"},
    {.name = "help", .help = "explain the verb"},
    {0},
};

const struct subcommand *arguments_subcommand(const struct subcommand *const *subcommands,
                                              const char *name)
{
    for (; *subcommands != NULL; subcommands++)
        if (strcmp((*subcommands)->name, name) == 0)
            return *subcommands;
    return NULL;
}

static const struct cli_option *find_in(const struct cli_option *options, struct text name)
{
    for (; options != NULL && options->name != NULL; options++)
        if (text_eq(name, options->name))
            return options;
    return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, struct text name)
{
    const struct cli_option *own =
        cli->subcommand != NULL ? find_in(cli->subcommand->options, name) : NULL;
    return own != NULL ? own : find_in(arguments_everybody, name);
}

/* An option that only the console has, before any verb: then the console is meant. */
static void settle_console(struct cli *cli, const struct subcommand *const *subcommands,
                           struct text name)
{
    const struct subcommand *console = arguments_subcommand(subcommands, ARGUMENTS_DEFAULT);

    if (cli->subcommand == NULL && console != NULL && find_in(arguments_everybody, name) == NULL &&
        find_in(console->options, name) != NULL)
        cli->subcommand = console;
}

static size_t add_names(const char **names, size_t count, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL && count < MOST_CANDIDATES; options++)
        names[count++] = options->name;
    return count;
}

static bool refuse_option(const struct cli *cli, struct text name, struct error *err)
{
    const char *names[MOST_CANDIDATES];
    size_t count = add_names(names, 0, arguments_everybody);
    if (cli->subcommand != NULL)
        count = add_names(names, count, cli->subcommand->options);
    auto_free char *word = text_dup(name);
    const char *near = text_nearest(word, names, count);

    if (cli->subcommand != NULL)
        error_set(err, ERROR_USAGE, "%s knows no option --%s", cli->subcommand->name, word);
    else
        error_set(err, ERROR_USAGE, "there is no option --%s before the verb", word);
    if (near != NULL)
        return error_hint(err, "Did you mean --%s?", near);
    return error_hint(err, "`flightdeck help%s%s` lists the options.",
                      cli->subcommand != NULL ? " " : "",
                      cli->subcommand != NULL ? cli->subcommand->name : "");
}

static bool refuse_verb(const struct subcommand *const *subcommands, const char *word,
                        struct error *err)
{
    const char *names[MOST_CANDIDATES];
    size_t count = 0;
    for (; subcommands[count] != NULL && count < MOST_CANDIDATES; count++)
        names[count] = subcommands[count]->name;
    const char *near = text_nearest(word, names, count);

    error_set(err, ERROR_USAGE, "there is no verb \"%s\"", word);
    return near != NULL
               ? error_hint(err, "Did you mean `flightdeck %s`?", near)
               : error_hint(err, "`flightdeck help` lists them; an environment is shown by "
                                 "`flightdeck console ENV`.");
}

static bool keep_option(struct cli *cli, const struct cli_option *option, const char *value,
                        struct error *err)
{
    for (size_t i = 0; i < cli->given_count && !option->is_repeated && option->value != NULL; i++)
        if (cli->given[i].option == option)
            return error_set(err, ERROR_USAGE, "--%s was given twice", option->name);
    cli->given[cli->given_count++] = (struct given_option){option, value};
    if (strcmp(option->name, "json") == 0)
        cli->is_json = true;
    return true;
}

/* `word` starts with "--". *next is what follows it; *used becomes true when
 * that was its value. */
static bool read_option(struct cli *cli, const struct subcommand *const *subcommands,
                        const char *word, const char *next, bool *used, struct error *err)
{
    const char *equals = strchr(word, '=');
    struct text name = {word + 2, equals != NULL ? (size_t)(equals - word - 2) : strlen(word + 2)};

    settle_console(cli, subcommands, name);
    const struct cli_option *option = find_option(cli, name);

    if (option == NULL)
        return refuse_option(cli, name, err);
    if (option->value == NULL) {
        if (equals != NULL)
            return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
        return keep_option(cli, option, NULL, err);
    }
    if (equals != NULL)
        return keep_option(cli, option, equals + 1, err);
    if (next == NULL) {
        error_set(err, ERROR_USAGE, "--%s needs a value", option->name);
        return error_hint(err, "--%s %s: %s", option->name, option->value, option->help);
    }
    *used = true;
    return keep_option(cli, option, next, err);
}

/* Answers "as asked" also when the command line is wrong before --json is
 * reached. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static const char *long_form(const char *word)
{
    static const struct {
        const char *brief, *full;
    } forms[] = {{"-h", "--help"}, {"-?", "--help"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(word, forms[i].brief) == 0)
            return forms[i].full;
    return word;
}

bool arguments_parse(int argc, char **argv, const struct subcommand *const *subcommands,
                     struct cli *out, struct error *err)
{
    bool takes_options = true;
    size_t room = argc > 0 ? (size_t)argc : 1;

    *out = (struct cli){
        .arguments = xcalloc(room, sizeof *out->arguments),
        .given = xcalloc(room, sizeof *out->given),
        .is_json = asks_for_json(argc, argv),
    };
    for (int i = 1; i < argc; i++) {
        const char *word = takes_options ? long_form(argv[i]) : argv[i];
        if (takes_options && strcmp(word, "--") == 0) {
            takes_options = false;
        } else if (takes_options && out->subcommand == NULL && strcmp(word, "--version") == 0) {
            out->subcommand = arguments_subcommand(subcommands, "version");
        } else if (takes_options && text_starts_with(word, "--")) {
            bool is_used = false;
            if (!read_option(out, subcommands, word, i + 1 < argc ? argv[i + 1] : NULL, &is_used,
                             err))
                return false;
            i += is_used ? 1 : 0;
        } else if (takes_options && word[0] == '-' && word[1] != '\0') {
            error_set(err, ERROR_USAGE, "there is no option %s", word);
            return error_hint(err, "Options are long ones: --help lists them.");
        } else if (out->subcommand != NULL) {
            out->arguments[out->argument_count++] = word;
        } else if ((out->subcommand = arguments_subcommand(subcommands, word)) == NULL) {
            return refuse_verb(subcommands, word, err);
        }
    }
    return true;
}

void arguments_clear(struct cli *cli)
{
    free(cli->arguments);
    free(cli->given);
    *cli = (struct cli){0};
}
