/*
 * apigateway.h - HTTP APIs (apigatewayv2): does the API call the alias at all?
 */
#ifndef AWS_APIGATEWAY_H
#define AWS_APIGATEWAY_H

#include <stddef.h>

#include "core/error.h"

struct aws;
struct cancel;

struct http_api {
    char id[40], name[160], endpoint[260], protocol[16];
};
struct api_integration {
    char id[40], type[24];
    bool has_role; /* calls with a role of its own: needs no resource policy */
    /* arn:aws:lambda:...:function:NAME[:ALIAS], also inside an apigateway: path ARN */
    char uri[512];
};

bool apigateway_get_api(struct aws *a, const char *api_id, struct cancel *cancel,
                        struct http_api *out, struct error *err) FD_MUST_USE;
/* All pages; *out yours to free(). */
bool apigateway_list_apis(struct aws *a, struct cancel *cancel, struct http_api **out,
                          size_t *count, struct error *err) FD_MUST_USE;
bool apigateway_list_integrations(struct aws *a, const char *api_id, struct cancel *cancel,
                                  struct api_integration **out, size_t *count,
                                  struct error *err) FD_MUST_USE;

#endif
