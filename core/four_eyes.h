/*
 * four_eyes.h - which approval counts, by the names alone. Pure.
 *
 * Only names that AWS gave (ARNs) can be told apart. Beside such a starter a name that nobody
 * verified does not count: it may be the starter's own, in another shell. Where the starter is not
 * verified either, it counts, and is called self-approved.
 */
#ifndef CORE_FOUR_EYES_H
#define CORE_FOUR_EYES_H

#include <stdbool.h>

struct config;
struct people_group;
struct run;
struct run_approval;

/* NULL when `people:` has no such group. */
const struct people_group *four_eyes_group(const struct config *config, const char *name);
/* Why it does not count; NULL when it does. group NULL: membership is not looked at. */
const char *four_eyes_objection(const struct run *run, const struct people_group *group,
                                const struct run_approval *approval);
/* It counts, but may come from who started the run. */
bool four_eyes_is_self(const struct run *run, const struct run_approval *approval);

#endif
