/*
 * plans.h - a plan for people: its steps, calls, undo map and how long its ladder takes.
 */
#ifndef CLI_PLANS_H
#define CLI_PLANS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct cli;
struct environment;
struct session;

/* Resolves the inputs and makes the default plan. New reference. */
bool plans_make(struct session *s, const struct environment *environment, json_t **out,
                struct error *err) FD_MUST_USE;
/* Exactly this hash: what it would do has not changed since somebody looked. */
bool plans_is(const json_t *plan, const char *hash, struct error *err) FD_MUST_USE;
/* --expect HASH (or its first 8 and more characters): another plan than the one that was approved
 * is refused. */
bool plans_expect(const struct cli *cli, const json_t *plan, struct error *err) FD_MUST_USE;
/* What is shipped, over what runs there now. */
void plans_print_bill(const struct cli *cli, const json_t *inputs);
/* "finally-api@sha256:7e3e8f968c0d (staging v58)"; yours. NULL: nothing is shipped, or not known.
 */
char *plans_ships_text(const json_t *inputs);
/* Fits a screen: what each step does and how it is taken back; with_calls: every call exactly. */
void plans_print(const struct cli *cli, const json_t *plan, bool with_calls);
/* The sum of what the steps take at least, world ms. */
json_int_t plans_least_ms(const json_t *plan);

#endif
