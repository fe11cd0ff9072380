/*
 * control.h - the sandbox about itself, in plain JSON without signatures: /_sandbox/NAME.
 *
 * For tests, demos and game days: what was done, what users met, and faults on order. Thread: any.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox/dispatch.h"

#define CONTROL_PREFIX "/_sandbox/"

/* uri: with its query, below CONTROL_PREFIX. */
void control_serve(const struct dispatch *d, const struct wire_request *wire, struct reply *reply);

#endif
