/*
 * proxy_event.h - what API Gateway would hand to the function for a request, and what it makes of
 * the answer. Pure.
 *
 * Source: "Working with AWS Lambda proxy integrations for HTTP APIs", payload format version 2.0.
 */
#ifndef AWS_PROXY_EVENT_H
#define AWS_PROXY_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* path may carry a query. id ties the calls in the function's log to us. Yours. */
char *proxy_event_make(const char *method, const char *path, const char *id, int64_t now_ms);

struct proxy_reply {
    int status;
    char *body; /* owned */
    size_t len;
};
/* A payload without a statusCode is a body of 200, as API Gateway takes it. */
bool proxy_event_read_reply(const char *payload, struct proxy_reply *out,
                            struct error *err) FD_MUST_USE;
void proxy_event_clear_reply(struct proxy_reply *r);

#endif
