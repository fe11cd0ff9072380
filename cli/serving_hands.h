/*
 * serving_hands.h - a console that signs in anew: it acts as before until AWS has named whoever it
 * wants to be. Thread: the hub's.
 */
#ifndef CLI_SERVING_HANDS_H
#define CLI_SERVING_HANDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"

struct desk;
struct sign_in;

struct serving_hands {
    json_int_t asked; /* the request that is carried out with it; 0 = none */
    int caller;       /* of it, while it is tried */
    char key[HASH_HEX_SIZE];
    struct sign_in *sign_in;
};

/* Takes what `as` of the request says out of it. Refused while another one is tried. */
bool serving_hands_try(struct serving_hands *h, struct desk *desk, int64_t screen, json_t *request,
                       struct error *err) FD_MUST_USE;
/* The request was answered, or its console is gone (is_good false). *caller: of the console. */
void serving_hands_settle(struct serving_hands *h, struct desk *desk, int64_t screen, bool is_good,
                          int *caller);

#endif
