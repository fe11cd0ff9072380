/*
 * desk_back.h - what the two lanes of going back share: the one that looks, and the one that does.
 */
#ifndef CLI_DESK_BACK_H
#define CLI_DESK_BACK_H

#include <stdbool.h>

#include "cli/put_back.h"

struct desk;
struct environment;

/* What was shown is what is done next: it need not be read again for a while. Any thread. */
void desk_back_keep(struct desk *d, const struct environment *environment,
                    const struct put_back *p);

#endif
