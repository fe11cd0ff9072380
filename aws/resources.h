/*
 * resources.h - the resource kinds of aws/: one line each. A new kind is a file in aws/resources/
 * and a line here.
 */
#ifndef AWS_RESOURCES_H
#define AWS_RESOURCES_H

#include "core/resource.h"

#define AWS_RESOURCE_KINDS(X)                                                                      \
    X(lambda)                                                                                      \
    X(http_api)                                                                                    \
    X(rds)

#define RESOURCE_KIND_DECLARE(name) extern const struct resource_kind resource_##name;
AWS_RESOURCE_KINDS(RESOURCE_KIND_DECLARE)
#undef RESOURCE_KIND_DECLARE

#endif
