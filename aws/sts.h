/*
 * sts.h - who am I (GetCallerIdentity, Query protocol, version 2011-06-15).
 */
#ifndef AWS_STS_H
#define AWS_STS_H

#include <stdint.h>

#include "core/error.h"

struct aws;
struct cancel;

struct sts_identity {
    char account[16], arn[512], user_id[160];
};

/* limit_ms: wall, of an attempt; 0 = as every call. */
bool sts_get_caller_identity_within(struct aws *a, int64_t limit_ms, struct cancel *cancel,
                                    struct sts_identity *out, struct error *err) FD_MUST_USE;
bool sts_get_caller_identity(struct aws *a, struct cancel *cancel, struct sts_identity *out,
                             struct error *err) FD_MUST_USE;

#endif
