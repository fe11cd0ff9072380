/*
 * retry.h - what an AWS error means and whether the request may be sent again. Pure: no clock, no
 * I/O.
 *
 * Rules: botocore's mode "standard" (transient and throttling tables, full jitter, a bucket of 500
 * retry tokens per service), narrowed for writes: a write is repeated only when nothing of it was
 * sent or when it was throttled, because then nothing was changed.
 */
#ifndef AWS_RETRY_H
#define AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

enum retry_class {
    RETRY_CLASS_FINAL,     /* asking again gives the same answer */
    RETRY_CLASS_TRANSIENT, /* 5xx, a lost connection: a read may be repeated */
    RETRY_CLASS_THROTTLED, /* not done, on purpose: anything may be repeated, later */
    RETRY_CLASS_CLOCK,     /* not done: our clock is wrong, or so it says */
};

/* code is "" when the answer had none. */
enum retry_class retry_classify(int status, const char *code, const char *message);
/* The kind of an error answer. AWS's code decides; without one the status does, more carefully. */
enum error_kind retry_error_kind(int status, const char *code, bool is_write);
/* What to try, or "" when nothing general is known. */
const char *retry_error_hint(const char *code);

#define RETRY_BUCKET_FULL 500
struct retry_bucket {
    int tokens;
};
void retry_bucket_init(struct retry_bucket *b);
/* Pays for one retry; false when the bucket is empty: then give up at once. */
bool retry_bucket_take(struct retry_bucket *b, bool is_timeout, int *cost);
/* A call succeeded; cost is what its last retry cost, 0 when it needed none. */
void retry_bucket_refund(struct retry_bucket *b, int cost);

struct retry_limits {
    int attempts;           /* in all, for transient errors */
    int throttled_attempts; /* in all, when throttled */
};
/* AWS_MAX_ATTEMPTS as text, or NULL for the default of 3 (6 when throttled). */
bool retry_limits_parse(const char *text, struct retry_limits *out, struct error *err) FD_MUST_USE;
bool retry_may_repeat(const struct retry_limits *limits, enum retry_class class, bool is_write,
                      bool was_sent, int attempt);
/*
 * Wall milliseconds before the attempt after `attempt` (1 = the first). random is in [0,1).
 * retry_after_s is the header's, 0 = none; it is a lower bound and capped at 20 s.
 */
int64_t retry_delay_ms(int attempt, double random, int64_t retry_after_s);

#endif
