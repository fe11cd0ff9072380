/*
 * arguments.h - reads a command line by the tables of options: no option is
 * known only to code.
 *
 * `flightdeck [OPTION]... VERB [OPTION | ARGUMENT]...`; "--name value" and
 * "--name=value" are the same, "--" ends the options. A word that is not known
 * is an error that names the nearest one.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

struct given_option {
    const struct cli_option *option;
    const char *value; /* NULL for a flag */
};

struct cli {
    const struct subcommand *subcommand; /* NULL: no verb was given */
    const char **arguments;              /* borrowed from argv */
    size_t argument_count;
    struct given_option *given;
    size_t given_count;
    bool is_json;
};

#define ARGUMENTS_DEFAULT "console" /* the verb that an option of its own alone stands for */

/* What every verb takes. Ends with {0}. */
extern const struct cli_option arguments_everybody[];

/* Fills *out (arguments_clear) also on failure, as far as it came, so that the
 * error can be told as asked. */
bool arguments_parse(int argc, char **argv, const struct subcommand *const *subcommands,
                     struct cli *out, struct error *err) FD_MUST_USE;
void arguments_clear(struct cli *cli);
const struct subcommand *arguments_subcommand(const struct subcommand *const *subcommands,
                                              const char *name);

#endif
