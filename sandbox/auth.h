/*
 * auth.h - whose request is it? Signature Version 4, checked as AWS checks it.
 *
 * The signature is computed again over what arrived: exactly the headers that it names, with host
 * and every x-amz-* among them, and the hash of the body as received. The clock is wall time, five
 * minutes either way. Errors are AWS's own, in the words of the request's form. Thread: any.
 */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/sigv4.h"
#include "sandbox/operation.h"

struct auth_keys {
    char key_id[24], secret_key[48];
};

/* Random ones, never the same. */
void auth_keys_make(struct auth_keys *out);

struct auth_scope {
    char key_id[64], date[16], region[32], service[32]; /* as the request claims */
};

/* What is received, with its headers in the order of the wire. */
struct auth_request {
    struct wire_request wire;
    const struct sigv4_header *headers;
    size_t header_count;
};

/* NULL when it is not there. */
const char *auth_header(const struct auth_request *q, const char *name);
/* The scope that the request claims, to know in whose words to answer; false when there is none. */
bool auth_read_scope(const struct auth_request *q, struct auth_scope *out);
/* False: *reply refuses it, in the form of r. */
bool auth_check(const struct auth_keys *keys, const char *region, const struct auth_request *q,
                int64_t wall_now_ms, const struct request *r, struct reply *reply);

#endif
