/*
 * locking.h - `flightdeck lock ENV` and `unlock ENV`.
 */
#ifndef CLI_LOCKING_H
#define CLI_LOCKING_H

#include <stdbool.h>

struct cli;

int locking_change(struct cli *cli, bool is_locked);

#endif
