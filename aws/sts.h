/*
 * sts.h - who am I (GetCallerIdentity, Query protocol, version 2011-06-15).
 */
#ifndef AWS_STS_H
#define AWS_STS_H

#include "core/error.h"

struct aws;
struct cancel;

struct sts_identity {
    char account[16], arn[512], user_id[160];
};

bool sts_get_caller_identity(struct aws *a, struct cancel *cancel, struct sts_identity *out,
                             struct error *err) FD_MUST_USE;

#endif
