/*
 * completion.c - `flightdeck completion bash`: a completion script made from
 * the tables.
 */
#include <string.h>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "cli/subcommands.h"
#include "core/buf.h"

#define SCRIPT_CEILING (1u << 16)

static void add_option_words(struct buf *out, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        buf_addf(out, " --%s", options->name);
}

static void add_verb(struct buf *out, const struct subcommand *verb)
{
    buf_addf(out, "    %s) words=\"", verb->name);
    for (const char *const *action = verb->actions; action != NULL && *action != NULL; action++)
        buf_addf(out, "%s%s", action == verb->actions ? "" : " ", *action);
    add_option_words(out, verb->options);
    buf_adds(out, "\" ;;\n");
}

/* Options that are followed by a value: nothing of ours is offered after them
 * but files. */
static void add_value_options(struct buf *out, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        if (options->value != NULL)
            buf_addf(out, "%s--%s", out->ptr[out->len - 1] == ' ' ? "" : "|", options->name);
}

static void add_script(struct buf *out)
{
    const struct subcommand *const *verbs = cli_subcommands();
    buf_adds(out, "# bash completion for flightdeck; made by `flightdeck completion bash`\n"
                  "_flightdeck() {\n"
                  "  local word=${COMP_WORDS[COMP_CWORD]} "
                  "before=${COMP_WORDS[COMP_CWORD-1]} verb= words= i\n"
                  "  COMPREPLY=()\n"
                  "  case $before in\n    ");
    add_value_options(out, arguments_everybody);
    for (size_t i = 0; verbs[i] != NULL; i++)
        add_value_options(out, verbs[i]->options);
    buf_adds(out, ")\n      COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n  esac\n"
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
