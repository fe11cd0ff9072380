/*
 * completion.c - `flightdeck completion bash`: a completion script made from
 * the tables.
 */
#include <string.h>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "cli/offering.h"
#include "cli/subcommands.h"
#include "core/buf.h"

#define SCRIPT_CEILING (1u << 16)
#define VALUE_ROWS (sizeof values / sizeof values[0])

static void add_option_words(struct buf *out, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        buf_addf(out, " --%s", options->name);
}

/* What a verb's arguments are, by the words of its help. */
static const struct {
    const char *argument, *kind;
} offered[] = {{"ENV", "environments"}, {"RUN", "runs"}};

static void add_verb(struct buf *out, const struct subcommand *verb)
{
    buf_addf(out, "    %s) words=\"", verb->name);
    for (const char *const *action = verb->actions; action != NULL && *action != NULL; action++)
        buf_addf(out, "%s%s", action == verb->actions ? "" : " ", *action);
    add_option_words(out, verb->options);
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
        if (strstr(verb->arguments, offered[i].argument) != NULL)
            buf_addf(out, " $(_flightdeck_words %s)", offered[i].kind);
    buf_adds(out, "\" ;;\n");
}

/* What may follow an option, by the name of its value; the first row that fits. */
static const struct {
    const char *option, *value, *words; /* NULL: any */
} values[] = {
    {"scenario", NULL, "-W \"$(_flightdeck_words scenarios)\""},
    {"theme", NULL, "-W \"$(_flightdeck_words themes)\""},
    {"env", NULL, "-W \"$(_flightdeck_words environments)\""},
    {"plan", NULL, "-W default"},
    {NULL, "FILE", "-f"},
    {NULL, "DIR", "-d"},
    {NULL, "ID", "-W \"$(_flightdeck_words runs)\""},
};

static bool is_of(const struct cli_option *option, size_t row)
{
    return option->value != NULL &&
           (values[row].option == NULL || strcmp(values[row].option, option->name) == 0) &&
           (values[row].value == NULL || strcmp(values[row].value, option->value) == 0);
}

static void add_value_options(struct buf *out, const struct cli_option *options, size_t row)
{
    for (; options != NULL && options->name != NULL; options++)
        if (row < VALUE_ROWS ? is_of(options, row) : options->value != NULL)
            buf_addf(out, "%s--%s", out->ptr[out->len - 1] == ' ' ? "" : "|", options->name);
}

/* A line per kind of value; after the others nothing is offered. */
static void add_values(struct buf *out)
{
    const struct subcommand *const *verbs = cli_subcommands();
    buf_adds(out, "  case $before in\n");
    for (size_t row = 0; row <= VALUE_ROWS; row++) {
        buf_adds(out, "    ");
        add_value_options(out, arguments_everybody, row);
        for (size_t i = 0; verbs[i] != NULL; i++)
            add_value_options(out, verbs[i]->options, row);
        if (row < VALUE_ROWS)
            buf_addf(out, ") COMPREPLY=($(compgen %s -- \"$word\")); return ;;\n",
                     values[row].words);
        else
            buf_adds(out, ") return ;;\n");
    }
    buf_adds(out, "  esac\n");
}

static const char head[] =
    "# bash completion for flightdeck; made by `flightdeck completion bash`\n"
    "_flightdeck_words() {\n"
    "  flightdeck completion words \"$1\" \"${given[@]}\" 2>/dev/null </dev/null\n"
    "}\n"
    "_flightdeck() {\n"
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= words= i\n"
    "  local -a given=()\n"
    "  COMPREPLY=()\n"
    "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "    case ${COMP_WORDS[i]} in\n"
    "      --config|--state-dir) given+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[i+1]}\") ;;\n"
    "    esac\n"
    "  done\n";

static void add_script(struct buf *out)
{
    const struct subcommand *const *verbs = cli_subcommands();
    buf_adds(out, head);
    add_values(out);
    buf_adds(out, "  case $before in\n"
                  "    tick|untick|waive) words=$(_flightdeck_words items)\n"
                  "      COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); return ;;\n"
                  "  esac\n"
                  "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "    case ${COMP_WORDS[i]} in\n      ");
    for (size_t i = 0; verbs[i] != NULL; i++)
        buf_addf(out, "%s%s", i > 0 ? "|" : "", verbs[i]->name);
    buf_adds(out, ") verb=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n"
                  "  case $verb in\n    \"\") words=\"");
    for (size_t i = 0; verbs[i] != NULL; i++)
        buf_addf(out, "%s%s", i > 0 ? " " : "", verbs[i]->name);
    buf_adds(out, "\" ;;\n");
    for (size_t i = 0; verbs[i] != NULL; i++)
        add_verb(out, verbs[i]);
    buf_adds(out, "  esac\n  words=\"$words");
    add_option_words(out, arguments_everybody);
    buf_adds(out, "\"\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                  "complete -F _flightdeck flightdeck\n");
}

static int run(struct cli *cli)
{
    const char *shell = cli_argument(cli, 0);
    if (shell == NULL)
        return cli_usage(cli, "which shell? `flightdeck completion bash`");
    /* The script asks for words itself; people have no use for that. */
    if (strcmp(shell, "words") == 0 && cli_argument(cli, 1) != NULL)
        return offering_print(cli, cli_argument(cli, 1)) ? EXIT_DONE : EXIT_USAGE;
    if (strcmp(shell, "bash") != 0)
        return cli_usage(cli, "completion is made for bash, not for %s", shell);
    auto_buf script;
    buf_init(&script, SCRIPT_CEILING);
    add_script(&script);
    if (cli_is_json(cli))
        cli_json(cli, json_pack("{s:s, s:s}", "shell", "bash", "script", script.ptr));
    else
        answer_raw(script.ptr, script.len);
    return EXIT_DONE;
}

static const char *const actions[] = {"bash", NULL};

const struct subcommand subcommand_completion = {
    .name = "completion",
    .arguments = "SHELL",
    .summary = "Print a completion script for your shell",
    .details = "Examples:\n"
               "  flightdeck completion bash > "
               "~/.local/share/bash-completion/completions/flightdeck",
    .run = run,
    .actions = actions,
};
