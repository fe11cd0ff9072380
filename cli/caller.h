/*
 * caller.h - as whom, and by which configuration, a console would act: what an engine compares
 * before it lets one in, so that nobody acts with another's keys, or by what was written before.
 *
 * Two fingerprints; no secret goes into them.
 */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

#define CALLER_SIZE 17

struct session;

struct caller {
    char sign_in[CALLER_SIZE];       /* profile, key id, region, endpoint, ...: not the keys */
    char configuration[CALLER_SIZE]; /* with its defaults and --set, and where it stands */
};

/* Of a session whose configuration is loaded. */
void caller_of(const struct session *s, struct caller *out);

#endif
