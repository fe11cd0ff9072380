/*
 * api_lookup.h - finds an HTTP API by id or name, and says what its integrations call.
 */
#ifndef AWS_API_LOOKUP_H
#define AWS_API_LOOKUP_H

#include <stddef.h>

#include "aws/apigateway.h"

/* Two APIs of one name are ERROR_USAGE: then only the id is clear. */
bool api_lookup_find(struct aws *a, const char *id_or_name, struct cancel *cancel,
                     struct http_api *out, struct error *err) FD_MUST_USE;

enum api_target {
    API_TARGET_OTHER,       /* something else than this function */
    API_TARGET_ALIAS,       /* the function, through the alias */
    API_TARGET_UNQUALIFIED, /* the function, past every alias: $LATEST */
    API_TARGET_QUALIFIED,   /* the function, through another alias or version */
};
/* Pure. function is a name or an ARN; uri as API Gateway has it, with or without its path ARN. */
enum api_target api_lookup_target(const char *uri, const char *function, const char *alias);
/* The best that one of the integrations does: the alias before anything else. */
enum api_target api_lookup_best_target(const struct api_integration *integrations, size_t count,
                                       const char *function, const char *alias);

#endif
