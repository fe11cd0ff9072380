/*
 * scheduler.h - the EventBridge Scheduler operations flightdeck uses (API version 2021-06-30):
 * schedules that fire once, in the group "default".
 *
 * Facts: EventBridge Scheduler API reference; User Guide, "One-time schedules" (to the second
 * given, carried out within the minute) and "Universal targets". All functions block; `cancel` may
 * be NULL.
 */
#ifndef AWS_SCHEDULER_H
#define AWS_SCHEDULER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct aws;
struct cancel;

#define SCHEDULER_NAME_SIZE 65

struct scheduler_once {
    const char *name;        /* [0-9a-zA-Z-_.], at most 64 */
    const char *description; /* at most 512 */
    int64_t at_ms;           /* UTC, cut to seconds */
    const char *target;      /* "arn:aws:scheduler:::aws-sdk:lambda:updateAlias" */
    const char *role;        /* the ARN of what it is carried out as */
    const json_t *input;     /* the parameters of the call */
};
/* The body of a request: at its time it is carried out, and then the schedule is gone. New
 * reference. */
json_t *scheduler_once_json(const struct scheduler_once *once);

/* body as above; token: the same twice makes one. ERROR_CONFLICT when there is one of that name. */
bool scheduler_create(struct aws *a, const char *name, const json_t *body, const char *token,
                      struct cancel *cancel, struct error *err) FD_MUST_USE;
/* Replaces it whole; repeated where the answer is lost, since the same twice is the same.
 * ERROR_NOT_FOUND: there is none, or it was carried out. */
bool scheduler_update(struct aws *a, const char *name, const json_t *body, struct cancel *cancel,
                      struct error *err) FD_MUST_USE;
/* Is there one? */
bool scheduler_find(struct aws *a, const char *name, struct cancel *cancel, bool *is_there,
                    struct error *err) FD_MUST_USE;
/* ERROR_NOT_FOUND when there is none. */
bool scheduler_delete(struct aws *a, const char *name, struct cancel *cancel,
                      struct error *err) FD_MUST_USE;

#endif
