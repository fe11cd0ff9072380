/*
 * traffic.h - who calls the functions, which version answers, and how well.
 *
 * Per world second a generator keyed by seed, function and second draws the requests that come
 * through the API to the alias. Requests that really arrive are routed by the same weights and
 * counted with them; the bugs of a version are in its work with people's data, so that /health and
 * a refused sign-in fail only where a version fails at everything: checks pass, users suffer.
 * Thread: between world_enter and world_leave.
 */
#ifndef SANDBOX_TRAFFIC_H
#define SANDBOX_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct function;
struct function_version;
struct world;

/* Draws one second of every function. Seconds are asked for in order, each once. */
void traffic_draw_second(struct world *w, int64_t second);

/* One request that really arrives. */
struct traffic_request {
    const char *method, *path; /* "GET", "/health" */
    bool has_authorization;
    bool is_through_api; /* over HTTP at /app/..., else a direct Invoke */
};

struct traffic_answer {
    const struct function_version *version; /* who answered */
    bool is_thrown;     /* the function threw: Invoke says Unhandled, the API answers 500 */
    int status;         /* of the API's answer */
    double duration_ms; /* of the world; nobody waits for it here */
    char body[512];     /* JSON: the API's answer, or what was thrown for Invoke */
};

/*
 * qualifier: an alias (routed by its weights), a version, or NULL for $LATEST. It exists and may
 * be invoked. Counted in the numbers, and with is_through_api in the API's too.
 */
void traffic_serve(struct world *w, struct function *f, const char *qualifier,
                   const struct traffic_request *request, struct traffic_answer *out);

/* {"versions":{"42":{"since_first_weight":N,"failed":N}}}; failed counts since then too. */
json_t *traffic_json(const struct function *f);

#endif
