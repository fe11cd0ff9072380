/*
 * people.h - who may sign: people, the keys that they have now, and those that have ended.
 *
 * Thread: any; locks itself.
 */
#ifndef SANDBOX_PEOPLE_H
#define SANDBOX_PEOPLE_H

#include "sandbox/auth.h"

struct people;

struct person {
    char name[80], id[24], account[16]; /* "ana@finally.com" */
    struct auth_keys keys;
    bool has_ended; /* the keys: as of a temporary sign-in */
};

struct people *people_new(void);
void people_free(struct people *p);
/* New keys; the ones of that name until now have ended. account NULL = the sandbox's own. False:
 * there are too many. */
bool people_sign_in(struct people *p, const char *name, const char *account, struct person *out);
/* Whose key that is; false: nobody's, and *out is who signed in first. */
bool people_find(struct people *p, const char *key_id, struct person *out);

#endif
