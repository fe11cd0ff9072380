/*
 * client.h - one signed-in client of AWS: account, region, keys, budgets, clock offsets.
 *
 * Services (lambda.h, cloudwatch.h, ...) fill a struct aws_call and read its answer; none of them
 * sees curl or keys. Reads are retried (mode standard); a write is repeated only if no byte of it
 * left us or it was throttled, and otherwise ends as ERROR_UNKNOWN for its `verify` to decide.
 * Thread: any; calls block the caller, the transport thread does the work.
 */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include <jansson.h>

#include "aws/credentials.h"
#include "core/buf.h"
#include "core/error.h"

struct transport;
struct cancel;
struct aws;

enum aws_service {
    AWS_STS,
    AWS_LAMBDA,
    AWS_CLOUDWATCH,
    AWS_RDS,
    AWS_APIGATEWAY,
    AWS_SCHEDULER,
    AWS_SERVICE_COUNT,
};

bool aws_open(struct transport *transport, const struct aws_options *options, struct aws **out,
              struct error *err) FD_MUST_USE;
/* Another client of the same region and endpoints, with the keys that a has now: nothing is read.
 * sign_in: for aws_renew. */
struct aws *aws_copy(struct aws *a, struct sign_in *sign_in);
/* Of another profile, which has no keys before aws_renew finds some: AWS is not asked without. */
struct aws *aws_copy_unread(struct aws *a, struct sign_in *sign_in, const char *profile);
bool aws_has_keys(struct aws *a); /* false of NULL. Any thread. */
void aws_close(struct aws *a);
/* Its credentials and profile only while no other thread may call aws_renew. */
const struct aws_settings *aws_settings(const struct aws *a);
/* "" = none. Yours. Any thread. */
char *aws_profile(struct aws *a);
/* Would another client change anything? Any thread. */
bool aws_has_same_keys(struct aws *a, struct aws *b);
/* From the next request on with the keys that `from` has now. Any thread. */
void aws_take_keys(struct aws *a, struct aws *from);
/* When the keys end: wall, 0 = not known. Any thread. */
int64_t aws_expires_at_ms(struct aws *a);
/*
 * Reads variables and files anew, after somebody signed in again or the sign-in became another's:
 * other keys are used from the next request on, and *is_new says whether there were any. The region
 * and the endpoints stay.
 */
bool aws_renew(struct aws *a, bool *is_new, struct error *err) FD_MUST_USE;
/* scheme://host[:port] that requests of the service go to, for doctor and transport_warm. */
const char *aws_origin(const struct aws *a, enum aws_service service);
/* Keeps a connection to the service open: asked for while a write may have to be quick. */
void aws_keep_warm(struct aws *a, enum aws_service service);
const char *aws_service_name(enum aws_service service); /* "lambda" */

struct aws_call {
    enum aws_service service;
    const char *operation; /* "UpdateAlias": for errors, logs, budgets */
    const char *method;
    char *path; /* owned; encoded path and query, "/2015-03-31/functions/x?Qualifier=1" */
    struct buf body;
    const char *content_type; /* NULL = none */
    const char *target;       /* X-Amz-Target or NULL */
    bool is_write;
    bool ends_on_cancel; /* a write whose outcome nobody needs once it is cancelled (Invoke) */
    int64_t grace_ms;    /* wall; of such a write: so long its answer is waited for all the same */
    bool is_raw_reply;   /* the body is the caller's own (Invoke): never parsed here */
    int64_t limit_ms;    /* wall, per attempt; 0 = 20 s */
    struct cancel *cancel;
};

struct aws_answer {
    int status;
    struct buf body;
    json_t *json;              /* an object, when the service speaks JSON; else NULL */
    char executed_version[24]; /* x-amz-executed-version of Invoke */
    char function_error[32];   /* x-amz-function-error of Invoke */
    char request_id[64];
    int64_t elapsed_us; /* of the attempt that answered */
};

void aws_call_init(struct aws_call *c, enum aws_service service, const char *operation,
                   const char *method);
void aws_call_clear(struct aws_call *c);
void aws_answer_init(struct aws_answer *a);
void aws_answer_clear(struct aws_answer *a);
/* 2xx only is true. Else the mapped error: code = AWS's own, kind by the tables in retry.c. */
bool aws_perform(struct aws *a, struct aws_call *call, struct aws_answer *answer,
                 struct error *err) FD_MUST_USE;
/*
 * A 2xx answer that lacks what it must have: ERROR_INTERNAL, or ERROR_UNKNOWN for a write, which
 * was probably done. Always returns false.
 */
bool aws_bad_answer(const struct aws_call *call, struct error *err, const char *fmt, ...)
    FD_PRINTF(3, 4);
/* Appends s percent-encoded (unreserved A-Za-z0-9-_.~ kept). */
void aws_encode(struct buf *out, const char *s);

/* Counters for bench and doctor. */
struct aws_statistics {
    int64_t calls, retries, throttled;
    int64_t
        clock_offset_ms; /* the largest learnt: server's time minus ours; 0 = our clock is right */
};
struct aws_statistics aws_statistics(const struct aws *a);

#endif
