/*
 * offering.h - the words that a shell may complete: what the configuration and the journal name.
 *
 * Completion waits for it at each press of Tab: no network is used, and what cannot be read gives
 * no words instead of an error.
 */
#ifndef CLI_OFFERING_H
#define CLI_OFFERING_H

#include <stdbool.h>

struct cli;

/* "environments", "runs", "items", "scenarios": a word per line on stdout. False: no such kind. */
bool offering_print(struct cli *cli, const char *kind);

#endif
