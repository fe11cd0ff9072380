/*
 * services.h - the services of the sandbox. A new one is a file serve_NAME.c and a line here.
 */
#ifndef SANDBOX_SERVICES_H
#define SANDBOX_SERVICES_H

#include "sandbox/operation.h"

#define SERVICES(X)                                                                                \
    X(sts)                                                                                         \
    X(lambda)                                                                                      \
    X(cloudwatch)                                                                                  \
    X(rds)                                                                                         \
    X(apigateway)                                                                                  \
    X(scheduler)

#define SERVICE_DECLARE(name) extern const struct service serve_##name##_service;
SERVICES(SERVICE_DECLARE)
#undef SERVICE_DECLARE

#endif
