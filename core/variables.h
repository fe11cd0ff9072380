/*
 * variables.h - environment variables as somebody else has them: of a console, for the engine that
 * acts for it and for the programs that it starts. In memory only; values are secrets.
 *
 * All of them are theirs, but for those that say which AWS is reached (regions, endpoints,
 * certificates), which are this process's for everybody. Immutable, references are counted. Thread:
 * any. NULL stands for this process's own, all of them.
 */
#ifndef CORE_VARIABLES_H
#define CORE_VARIABLES_H

#include <jansson.h>

struct variables;

/* Of this process, but for values that are no UTF-8 or longer than VARIABLES_LONGEST, and what
 * comes after VARIABLES_MOST bytes. Yours (variables_unref). */
#define VARIABLES_LONGEST 4096
#define VARIABLES_MOST 24576
struct variables *variables_of_process(void);
/* {"NAME":"value"}: as variables_json made it. NULL when it is not. Yours (variables_unref). */
struct variables *variables_of_json(const json_t *object);
json_t *variables_json(const struct variables *v); /* new reference */
/* Those of v, but what signs in (AWS_*, HOME) of `from`. Yours (variables_unref). Both may be NULL.
 */
struct variables *variables_signing(struct variables *v, struct variables *from);
/* What signs in, alone: the same for the same sign-in. New reference. */
json_t *variables_signing_json(const struct variables *v);
struct variables *variables_ref(struct variables *v);
void variables_unref(struct variables *v); /* wipes them with the last reference */

/* Borrowed from v, or from this process where it is none of theirs; NULL = not set. */
const char *variables_get(const struct variables *v, const char *name);
/* For execve. Yours (free); the texts are borrowed from v and this process. */
const char **variables_block(const struct variables *v);

#endif
