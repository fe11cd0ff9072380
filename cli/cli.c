/*
 * cli.c - finds the verb in the tables and runs it; what verbs see of their
 * arguments and answers.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/subcommands.h"
#include "cli/wrapped.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/secret.h"

#define SUBCOMMAND_ROW(name) &subcommand_##name,
static const struct subcommand *const subcommands[] = {SUBCOMMANDS(SUBCOMMAND_ROW) NULL};

const struct subcommand *const *cli_subcommands(void) { return subcommands; }

const char *cli_argument(const struct cli *cli, size_t index)
{
    return index < cli->argument_count ? cli->arguments[index] : NULL;
}

size_t cli_argument_count(const struct cli *cli) { return cli->argument_count; }

static const struct given_option *find_given(const struct cli *cli, const char *name, size_t index)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0 && index-- == 0)
            return &cli->given[i];
    return NULL;
}

bool cli_flag(const struct cli *cli, const char *name) { return find_given(cli, name, 0) != NULL; }

const char *cli_value(const struct cli *cli, const char *name)
{
    return cli_value_at(cli, name, 0);
}

const char *cli_value_at(const struct cli *cli, const char *name, size_t index)
{
    const struct given_option *given = find_given(cli, name, index);
    return given != NULL ? given->value : NULL;
}

bool cli_is_json(const struct cli *cli) { return cli->is_json; }

void cli_say(const struct cli *cli, const char *fmt, ...)
{
    if (cli->is_json)
        return;
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    wrapped_line(TONE_PLAIN, strspn(text, " ") + 2, text);
}

void cli_note(const struct cli *cli, const char *fmt, ...)
{
    (void)cli;
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    wrapped_note(strspn(text, " ") + 2, text);
}

void cli_json(const struct cli *cli, json_t *document)
{
    (void)cli;
    /* Escaped to ASCII: no byte of it can act on a terminal or break a reader. */
    char *text = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
    json_decref(document);
    auto_free char *line = xasprintf("%s\n", text != NULL ? text : "null");
    free(text);
    answer_raw(line, strlen(line));
}

static int exit_code_of(const struct error *err)
{
    static const struct {
        const char *code;
        int exit_code;
    } by_code[] = {{"locked", EXIT_LOCKED}, {"gate-closed", EXIT_GATE_CLOSED}};
    static const int by_kind[] = {
        [ERROR_NONE] = EXIT_FAILED,     [ERROR_USAGE] = EXIT_USAGE,
        [ERROR_DENIED] = EXIT_FAILED,   [ERROR_NOT_FOUND] = EXIT_FAILED,
        [ERROR_CONFLICT] = EXIT_FAILED, [ERROR_TRANSIENT] = EXIT_FAILED,
        [ERROR_UNKNOWN] = EXIT_UNKNOWN, [ERROR_CANCELLED] = EXIT_INTERRUPTED,
        [ERROR_REFUSED] = EXIT_FAILED,  [ERROR_INTERNAL] = EXIT_FAILED,
    };
    for (size_t i = 0; i < sizeof by_code / sizeof by_code[0]; i++)
        if (strcmp(err->code, by_code[i].code) == 0)
            return by_code[i].exit_code;
    return by_kind[err->kind];
}

static char *redacted(const char *text)
{
    struct buf out;
    buf_init(&out, 1u << 16);
    secret_redact(&out, text, strlen(text));
    return buf_steal(&out);
}

static json_t *error_json(const struct error *err)
{
    auto_free char *message = redacted(err->message);
    auto_free char *hint = redacted(err->hint);
    json_t *at = err->at[0] != '\0' ? json_string(err->at) : json_null();
    json_t *about = json_object();
    json_object_set_new(about, "kind", json_string(error_kind_name(err->kind)));
    json_object_set_new(about, "code", json_string(err->code));
    json_object_set_new(about, "message", json_string(message));
    json_object_set_new(about, "hint", json_string(hint));
    json_object_set_new(about, "at", at);
    return about;
}

static void note_error(const struct cli *cli, const struct error *err)
{
    auto_free char *message = redacted(err->message);
    auto_free char *hint = redacted(err->hint);
    cli_note(cli, "flightdeck: %s%s%s", err->at, err->at[0] != '\0' ? ": " : "", message);
    if (hint[0] != '\0')
        cli_note(cli, "  %s", hint);
}

int cli_fail(const struct cli *cli, const struct error *err)
{
    if (cli->is_json)
        cli_json(cli, json_pack("{s:o}", "error", error_json(err)));
    note_error(cli, err);
    return exit_code_of(err);
}

int cli_fail_all(const struct cli *cli, const struct error *errors, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(all, error_json(&errors[i]));
        note_error(cli, &errors[i]);
    }
    if (cli->is_json)
        cli_json(cli, json_pack("{s:o, s:O}", "error", error_json(&errors[0]), "errors", all));
    json_decref(all);
    return exit_code_of(&errors[0]);
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
    struct error err;
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    error_set(&err, ERROR_USAGE, "%s", text);
    error_hint(&err, "`flightdeck help %s` explains it.",
               cli->subcommand != NULL ? cli->subcommand->name : "");
    return cli_fail(cli, &err);
}

/* Without a verb: the console where there is a terminal, the overview elsewhere. */
static bool opens_console(struct cli *cli)
{
    if (!cli->is_json && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1)
        cli->subcommand = arguments_subcommand(subcommands, ARGUMENTS_DEFAULT);
    return cli->subcommand != NULL;
}

static int run_verb(struct cli *cli)
{
    if (cli->subcommand == NULL && (cli_flag(cli, "help") || !opens_console(cli))) {
        help_overview(subcommands);
        return EXIT_DONE;
    }
    if (cli_flag(cli, "help")) {
        help_verb(cli->subcommand);
        return EXIT_DONE;
    }
    return cli->subcommand->run(cli);
}

int cli_main(int argc, char **argv)
{
    struct cli cli;
    struct error err;
    int code;

    if (!arguments_parse(argc, argv, subcommands, &cli, &err) || !clock_init_from_environment(&err))
        code = cli_fail(&cli, &err);
    else
        code = run_verb(&cli);
    arguments_clear(&cli);
    if (code == EXIT_DONE && answer_has_failed())
        code = EXIT_FAILED;
    return code;
}
