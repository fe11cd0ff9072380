/*
 * members.h - a request of the Query protocol as the JSON of newer clients, and answers back.
 *
 * "Dimensions.member.1.Name=x" is {"Dimensions":[{"Name":"x"}]}; all values stay text. So a service
 * that speaks both is written once, for JSON.
 */
#ifndef SANDBOX_MEMBERS_H
#define SANDBOX_MEMBERS_H

#include <jansson.h>

#include "core/buf.h"

struct request;

/* Of all parameters; NULL when two of them contradict each other. Yours. */
json_t *members_read(const struct request *r);
/* What is inside of the result's element. Keys that end in Timestamp or Timestamps hold epoch
 * seconds, written as ISO 8601. */
void members_write(struct buf *out, json_t *object);

#endif
