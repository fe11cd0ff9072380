/*
 * inputs.h - what a plan needs to know before it can be made: which image is shipped, what changed.
 */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include <jansson.h>

#include "core/error.h"

struct environment;
struct session;

#define INPUTS_NOT_KNOWN                                                                           \
    "what changed is not known: no release before this one, so every item applies"

/*
 * The bill of lading: {"image": "repo@sha256:...", "image_from": "staging v17", "running":
 * {"version", "image"}, "commit", "base_commit", "base_is", "changed_files", "uncommitted_files",
 * "changes": {class: bool}}, each key only where it is known. The image is the configuration's (or
 * --set), else what the `from` environment's alias runs now: reads only. New reference.
 */
bool inputs_resolve(struct session *s, const struct environment *environment, json_t **out,
                    struct error *err) FD_MUST_USE;

/*
 * What changes are counted from: the commit of the environment's last release, before the first one
 * where HEAD left its branch. "" when neither is known, as on the branch itself. Yours.
 */
char *inputs_base_commit(struct session *s, const struct environment *environment,
                         bool *is_release);

#endif
