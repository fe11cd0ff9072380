/*
 * publishing.h - an image becomes a version of a function: update $LATEST, publish, prove.
 *
 * Both writes are effects, guarded by the revision that was read before: what somebody else changed
 * is never overwritten and never published. Each function may be called again after a crash.
 */
#ifndef AWS_PUBLISHING_H
#define AWS_PUBLISHING_H

#include "aws/lambda.h"
#include "core/step.h"

#define PUBLISHING_LATEST "$LATEST"

struct publishing {
    struct step_ctx *ctx;
    struct aws *aws;
    const char *function, *image;     /* borrowed */
    const char *looked_at;            /* private */
    struct lambda_configuration seen; /* $LATEST, or the new version, as last read; owned */
};

/* An image is named by its digest: a tag may be another image tomorrow. */
bool publishing_check_image(const char *image, struct error *err) FD_MUST_USE;
/* image has passed that check. */
bool publishing_has(const struct lambda_configuration *version, const char *image);

/* For plans and intents. New references. */
json_t *publishing_update_call(const char *function, const char *image);
json_t *publishing_publish_call(const char *function, const char *code_sha256,
                                const char *description);

/* Into *out, which may hold an older reading. */
bool publishing_read(struct publishing *p, const char *qualifier, struct lambda_configuration *out,
                     struct error *err) FD_MUST_USE;
/* Waits until nobody's update of $LATEST is in progress; it is in `seen` then. */
bool publishing_settle(struct publishing *p, const char *key, struct error *err) FD_MUST_USE;
bool publishing_is_begun(struct publishing *p, const char *key); /* "update", "publish" */

/* After publishing_settle. $LATEST runs the image afterwards, as `seen` says. */
bool publishing_update(struct publishing *p, struct error *err) FD_MUST_USE;
/* The number of the version: an old one when neither code nor configuration changed. */
bool publishing_publish(struct publishing *p, const char *old_version,
                        char version[static LAMBDA_VERSION_SIZE], struct error *err) FD_MUST_USE;
/* Waits until the version is active and has seen to it that it runs the image; it is in `seen`. */
bool publishing_prove(struct publishing *p, const char *version, struct error *err) FD_MUST_USE;

#endif
