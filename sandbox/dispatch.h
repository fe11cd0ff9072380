/*
 * dispatch.h - what happens to a request that arrived whole: signature, faults, limits, operation.
 *
 * Knows nothing of sockets: what a fault does to the connection is the server's business. Thread:
 * any; the parts lock themselves.
 */
#ifndef SANDBOX_DISPATCH_H
#define SANDBOX_DISPATCH_H

#include "sandbox/auth.h"
#include "sandbox/faults.h"

struct ledger;
struct limits;
struct people;
struct world;

struct dispatch { /* borrowed, all of it */
    struct world *world;
    struct people *people; /* at least one */
    struct faults *faults;
    struct limits *limits;
    struct ledger *ledger;
};

/* Fills in *reply; returns what shall happen to the connection, FAULT_NONE to send it. */
enum fault dispatch_request(const struct dispatch *d, const struct auth_request *q,
                            struct reply *reply);

#endif
