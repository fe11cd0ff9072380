/*
 * caller.h - whoever opens a console: which AWS is reached and how, by which configuration, and as
 * whom. An engine lets in those of the same place and configuration, and acts for each of them as
 * themselves.
 */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

#include <jansson.h>
#include <stdbool.h>

#include "core/hash.h"

#define CALLER_SIZE 17

struct session;
struct sign_in;

struct caller {
    /* fingerprints, without secrets */
    char place[CALLER_SIZE];         /* region, endpoints, proxies, certificates */
    char configuration[CALLER_SIZE]; /* with its defaults and --set, and where it stands */
    json_t *as; /* {"profile"?, "variables"}: as whom, for the wire only; has secrets */
};

/* Of a session whose configuration is loaded. caller_clear. */
void caller_of(const struct session *s, struct caller *out);
void caller_clear(struct caller *c);
/* `as`, but signed in with these keys ("AWS_...": value). New reference. */
json_t *caller_with_keys(const json_t *as, const json_t *keys);

/* What `as` says: a sign-in (sign_in_unref), and a key that is the same for the same one. False: it
 * says nothing that can be read. */
bool caller_read(const json_t *as, struct sign_in **out, char key[static HASH_HEX_SIZE]);

#endif
