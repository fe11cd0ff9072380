/*
 * overriding.h - window and freezes before a forward move, and --override REASON, which goes past
 * them and stands in the report.
 */
#ifndef CLI_OVERRIDING_H
#define CLI_OVERRIDING_H

#include <jansson.h>

#include "core/error.h"

struct cli;
struct environment;

/* Going back never asks this. reason: of an override; NULL = none is wanted. */
bool overriding_allows(const char *reason, const struct environment *environment,
                       struct error *err) FD_MUST_USE;
/* Writes into the plan what was overridden, when something was. reason may be NULL. */
void overriding_write(const char *reason, const struct environment *environment, json_t *plan,
                      const char *by);

/* The same two with the reason of --override. */
bool overriding_permits(const struct cli *cli, const struct environment *environment,
                        struct error *err) FD_MUST_USE;
void overriding_keep(const struct cli *cli, const struct environment *environment, json_t *plan,
                     const char *by);

#endif
