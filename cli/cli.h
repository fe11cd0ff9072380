/*
 * cli.h - the command line: a table of subcommands, parsed arguments, ways to
 * answer.
 *
 * One file per subcommand in cli/subcommands/, one line in cli/subcommands.h.
 * People's text goes to stdout through cli_say (made safe for terminals); with
 * --json one document and nothing else goes there; diagnostics go to stderr.
 * Thread: main only.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* Exit codes: the contract of docs and man page. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,        /* usage or configuration */
    EXIT_GATE_CLOSED = 3,  /* before the first write */
    EXIT_ROLLED_BACK = 4,  /* rolled back or aborted, traffic verified on stable */
    EXIT_LOCKED = 5,       /* someone else holds the lock */
    EXIT_UNKNOWN = 6,      /* could not tell; a person must look */
    EXIT_START_AGAIN = 75, /* of an engine, to systemd (EX_TEMPFAIL of sysexits.h) */
    EXIT_INTERRUPTED = 130,
};

struct cli_option {
    const char *name;  /* long name without dashes */
    const char *value; /* "NAME" when it takes one, NULL for a flag */
    const char *help;
    bool is_repeated; /* may be given several times: cli_value_at */
};

struct cli;

struct subcommand {
    const char *name;
    const char *arguments;            /* "[ENV]" */
    const char *summary;              /* one line of `help` */
    const char *details;              /* paragraphs and examples of `help NAME` */
    const struct cli_option *options; /* ends with {0}; --json, --config, --help are everybody's */
    int (*run)(struct cli *cli);      /* returns an enum exit_code */
    const char *const *actions;       /* words that may come first ("approve"), for
                                         completion; NULL = none */
};

/* Parsed arguments. */
const char *cli_argument(const struct cli *cli, size_t index); /* NULL past the end */
size_t cli_argument_count(const struct cli *cli);
bool cli_flag(const struct cli *cli, const char *name);
const char *cli_value(const struct cli *cli, const char *name); /* NULL when not given */
const char *cli_value_at(const struct cli *cli, const char *name, size_t index); /* repeated ones */
bool cli_is_json(const struct cli *cli);

/* Answers. */
void cli_say(const struct cli *cli, const char *fmt, ...)
    FD_PRINTF(2, 3); /* a line on stdout; nothing with --json */
void cli_note(const struct cli *cli, const char *fmt, ...) FD_PRINTF(2, 3); /* a line on stderr */
void cli_json(const struct cli *cli,
              json_t *document); /* takes the reference; prints it on stdout, one line */
/* Prints the error (place, message, hint; as JSON with --json) and maps its
 * kind to an exit code. */
int cli_fail(const struct cli *cli, const struct error *err);
/* The same for several that have nothing to do with each other; at least one. */
int cli_fail_all(const struct cli *cli, const struct error *errors, size_t count);
int cli_usage(const struct cli *cli, const char *fmt, ...)
    FD_PRINTF(2, 3);                                   /* EXIT_USAGE with a pointer to help */
const struct subcommand *const *cli_subcommands(void); /* NULL-terminated, in the order of `help` */

int cli_main(int argc, char **argv);

#endif
