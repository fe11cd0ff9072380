/*
 * help.h - the texts of `help`, made from the tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct subcommand;

void help_overview(const struct subcommand *const *subcommands);
void help_verb(const struct subcommand *subcommand);

#endif
