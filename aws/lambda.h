/*
 * lambda.h - the Lambda operations flightdeck uses (API version 2015-03-31).
 *
 * Facts: AWS Lambda API reference. All functions block; `cancel` may be NULL.
 */
#ifndef AWS_LAMBDA_H
#define AWS_LAMBDA_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct aws;
struct cancel;

#define LAMBDA_NAME_SIZE 176
#define LAMBDA_VERSION_SIZE 24
#define LAMBDA_DESCRIPTION_SIZE (256 * 4 + 1) /* AWS allows 256 characters */

struct lambda_configuration {
    char function[LAMBDA_NAME_SIZE];
    char version[LAMBDA_VERSION_SIZE]; /* "$LATEST" or a number */
    char revision_id[64];              /* "" when the server gives none */
    char code_sha256[80];
    char state[24], last_update_status[24]; /* "Active", "Successful"; "" = absent */
    char state_reason[256], last_update_reason[256];
    char role[256], dead_letter_target[256];
    char description[LAMBDA_DESCRIPTION_SIZE];
    char
        last_modified[40]; /* of a version: when it was published; "2026-11-24T10:11:00.000+0000" */
    char image_uri[512], resolved_image_uri[512]; /* GetFunction only; resolved = repo@sha256:... */
    int timeout_s, memory_mb;
    json_t *environment_names; /* array of names only, never values; owned; may be NULL */
};

/* An alias: `version` takes all the traffic but what the one additional weight takes. */
struct lambda_alias {
    char name[132];
    char arn[400];
    char version[LAMBDA_VERSION_SIZE];
    char additional_version[LAMBDA_VERSION_SIZE]; /* "" = no weights */
    double additional_weight;                     /* 0..1 exclusive of 1; 0 when none */
    char description[LAMBDA_DESCRIPTION_SIZE];
    char revision_id[64];
    int weight_count; /* as read: more than one means somebody else's layout */
};

void lambda_configuration_clear(struct lambda_configuration *c);

bool lambda_get_function(struct aws *a, const char *function, const char *qualifier,
                         struct cancel *cancel, struct lambda_configuration *out,
                         struct error *err) FD_MUST_USE;
/* image_uri is a digest reference; revision_id may be "" (no precondition). */
bool lambda_update_function_code(struct aws *a, const char *function, const char *image_uri,
                                 const char *revision_id, struct lambda_configuration *out,
                                 struct error *err) FD_MUST_USE;
bool lambda_publish_version(struct aws *a, const char *function, const char *code_sha256,
                            const char *revision_id, const char *description,
                            struct lambda_configuration *out, struct error *err) FD_MUST_USE;
/* All pages, in the server's order; *out is an array of count, yours to free with
 * lambda_versions_free. */
bool lambda_list_versions(struct aws *a, const char *function, struct cancel *cancel,
                          struct lambda_configuration **out, size_t *count,
                          struct error *err) FD_MUST_USE;
void lambda_versions_free(struct lambda_configuration *versions, size_t count);
bool lambda_get_alias(struct aws *a, const char *function, const char *alias, struct cancel *cancel,
                      struct lambda_alias *out, struct error *err) FD_MUST_USE;
bool lambda_create_alias(struct aws *a, const char *function, const char *alias,
                         const char *version, const char *description, struct lambda_alias *out,
                         struct error *err) FD_MUST_USE;
/*
 * Always sends FunctionVersion, AdditionalVersionWeights (also when empty), Description and
 * RevisionId. additional_version "" = no weights. revision_id "" only for an emergency that re-read
 * the alias.
 */
bool lambda_update_alias(struct aws *a, const char *function, const char *alias,
                         const char *version, const char *additional_version,
                         double additional_weight, const char *description, const char *revision_id,
                         struct lambda_alias *out, struct error *err) FD_MUST_USE;

/* The same, whose wait ends soon after it is cancelled (NULL = never): ERROR_CANCELLED, and it may
 * have been done. */
bool lambda_update_alias_until(struct aws *a, const char *function, const char *alias,
                               const char *version, const char *additional_version,
                               double additional_weight, const char *description,
                               const char *revision_id, struct cancel *cancel,
                               struct lambda_alias *out, struct error *err) FD_MUST_USE;

struct lambda_invocation {
    int status;
    char executed_version[LAMBDA_VERSION_SIZE];
    char function_error[32]; /* "" = none; "Unhandled" ... */
    char *payload;           /* NUL-terminated, owned */
    int64_t elapsed_us;
};
void lambda_invocation_clear(struct lambda_invocation *i);
bool lambda_invoke(struct aws *a, const char *function, const char *qualifier, const char *payload,
                   struct cancel *cancel, struct lambda_invocation *out,
                   struct error *err) FD_MUST_USE;
/* The resource policy document of function:qualifier as JSON; ERROR_NOT_FOUND when it has none.
 * Yours. */
bool lambda_get_policy(struct aws *a, const char *function, const char *qualifier,
                       struct cancel *cancel, json_t **out, struct error *err) FD_MUST_USE;

#endif
