/*
 * trying.h - a way back that meets no answer is tried on, for half an hour, and says so.
 *
 * Wall time. A signal ends it. Thread: main.
 */
#ifndef CLI_TRYING_H
#define CLI_TRYING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct cli;

struct trying {
    int64_t began_ms, word_ms, pause_ms; /* 0 at first */
};

/* After *err: true when it may pass, and then it was said and waited for. */
bool trying_again(struct trying *t, const struct cli *cli, const struct error *err);

#endif
