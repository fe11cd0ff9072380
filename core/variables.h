/*
 * variables.h - environment variables as somebody else has them: of a console, for the engine that
 * acts for it and for the programs that it starts. In memory only; values are secrets.
 *
 * Carried are those that decide who signs in to AWS and which programs are found (AWS_* but for
 * regions and endpoints, HOME, PATH, SSH_AUTH_SOCK), and those that the configuration names.
 * Immutable, references are counted. Thread: any. NULL stands for this process's own, all of them.
 */
#ifndef CORE_VARIABLES_H
#define CORE_VARIABLES_H

#include <jansson.h>

struct variables;

/* Of this process. named: an array of further names; NULL = none. Yours (variables_unref). */
struct variables *variables_of_process(const json_t *named);
/* {"NAME":"value", or null where it is not set}: as variables_json made it. NULL when it is not.
 * Yours (variables_unref). */
struct variables *variables_of_json(const json_t *object);
json_t *variables_json(const struct variables *v); /* new reference */
struct variables *variables_ref(struct variables *v);
void variables_unref(struct variables *v); /* wipes them with the last reference */

/* Borrowed from v, or from this process where v does not carry that name; NULL = not set. */
const char *variables_get(const struct variables *v, const char *name);
/* For execve: this process's, with theirs in the place of ours. Yours (free); the texts are
 * borrowed from v and this process. */
const char **variables_block(const struct variables *v);

/* Names in `$NAME` and `${NAME}` of a text, as the shell spells variables that are exported: added
 * to an array. */
void variables_find_names(const char *text, json_t *names);

#endif
