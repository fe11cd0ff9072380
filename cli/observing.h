/*
 * observing.h - reads every resource of environments at once: a thread each, so that a slow one
 * delays nobody.
 */
#ifndef CLI_OBSERVING_H
#define CLI_OBSERVING_H

#include <jansson.h>

#include "core/error.h"
#include "core/resource.h"

struct environment;
struct session;

struct observed_resource {
    const struct resource *resource;
    struct observation observation; /* of an error: health unknown and the reason as its summary */
};

struct observed_environment {
    const struct environment *environment;
    struct observed_resource *resources;
    size_t count;
    enum health health; /* the worst of all */
    struct error error; /* kind ERROR_NONE, or why nothing could be read */
};

/* Main thread; waits for all. Yours: observing_clear each, then free the array. */
struct observed_environment *
observing_read(struct session *s, const struct environment *const *environments, size_t count);
void observing_clear(struct observed_environment *o);
/* One element of `status --json`. */
json_t *observing_json(const struct observed_environment *o);

#endif
