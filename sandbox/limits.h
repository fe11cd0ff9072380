/*
 * limits.h - how many requests per second the services take, as their quota pages say.
 *
 * Token buckets on wall time, because clients pace themselves on it. They hold twenty seconds'
 * worth: demos and benches hurry more than people do. Thread: any.
 */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct limits;
struct reply;
struct request;

struct limits *limits_new(int64_t wall_now_ms);
void limits_free(struct limits *l);
/* False: it is one too many; *retry_after_s is when to come again. */
bool limits_take(struct limits *l, const char *service, const char *operation, int64_t wall_now_ms,
                 int *retry_after_s);
/* Refuses in the words of the service. retry_after_s 0 = not said. Returns false. */
bool limits_refuse(const struct request *r, struct reply *reply, int retry_after_s);

#endif
