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
/*
 * The error of such a call says that this sign-in is none any more: temporary keys that ran out, or
 * keys that were deleted or made inactive. The call needs no permission, and a policy that denies
 * it is not asked (AWS STS API Reference, GetCallerIdentity). The codes are those of its page
 * "Common Errors" and, of keys alone, of "Error codes" in the references of EC2 and S3: there
 * RequestExpired is also what is said of temporary keys that ran out, and what a clock was wrong
 * for has been tried again. The client says ExpiredToken itself of keys whose end it knows.
 */
bool sts_has_ended(const struct error *err);

#endif
