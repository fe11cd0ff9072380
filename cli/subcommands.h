/*
 * subcommands.h - the verbs, in the order of `help`. A new verb is a file in
 * cli/subcommands/ and a line here.
 */
#ifndef CLI_SUBCOMMANDS_H
#define CLI_SUBCOMMANDS_H

#include "cli/cli.h"

#define SUBCOMMANDS(X)                                                                             \
    X(console)                                                                                     \
    X(engine)                                                                                      \
    X(demo)                                                                                        \
    X(sandbox)                                                                                     \
    X(status)                                                                                      \
    X(check)                                                                                       \
    X(prepare)                                                                                     \
    X(plan)                                                                                        \
    X(run)                                                                                         \
    X(shift)                                                                                       \
    X(rollback)                                                                                    \
    X(lock)                                                                                        \
    X(unlock)                                                                                      \
    X(metrics)                                                                                     \
    X(history)                                                                                     \
    X(report)                                                                                      \
    X(log)                                                                                         \
    X(doctor)                                                                                      \
    X(config)                                                                                      \
    X(completion)                                                                                  \
    X(version)                                                                                     \
    X(help)

#define SUBCOMMAND_DECLARE(name) extern const struct subcommand subcommand_##name;
SUBCOMMANDS(SUBCOMMAND_DECLARE)
#undef SUBCOMMAND_DECLARE

#endif
