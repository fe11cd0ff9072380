/*
 * app.h - the released application over HTTP, behind its alias: /app/ENVIRONMENT/PATH.
 *
 * Each request is routed to a version by the alias's weights and counted with the drawn traffic.
 * Thread: any.
 */
#ifndef SANDBOX_APP_H
#define SANDBOX_APP_H

#include "sandbox/auth.h"

struct world;

#define APP_PREFIX "/app/"

void app_serve(struct world *world, const struct auth_request *q, struct reply *reply);

#endif
