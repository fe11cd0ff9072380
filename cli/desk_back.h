/*
 * desk_back.h - what the two lanes of going back share: the one that looks, and the one that does.
 */
#ifndef CLI_DESK_BACK_H
#define CLI_DESK_BACK_H

#include <stdbool.h>

#include "cli/put_back.h"

struct desk;
struct engine;
struct environment;
struct session;

/* What was shown is what is done next: it need not be read again for a while. Any thread. */
void desk_back_keep(struct desk *d, const struct environment *environment,
                    const struct put_back *p);

/* What the sign-in of the run that is driven there may not do any more is done with that of whoever
 * asks for the way back, where that is another one. The caller holds the engine. */
void desk_back_ask_as(struct desk *d, const struct environment *environment,
                      struct session *session, struct engine *engine);

#endif
