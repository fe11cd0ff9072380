/*
 * server.h - the sandbox on a socket: HTTP/1.1 on loopback only.
 *
 * One thread per connection, which clients keep open: a slow answer holds up nobody else. Three
 * kinds of addresses: AWS (signed), /app/ENVIRONMENT/... (the released application), and
 * /_sandbox/... (control.h). Thread: of whoever started it.
 */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "core/error.h"
#include "sandbox/dispatch.h"

struct server;

/* listen: "127.0.0.1:0", "localhost:4566", "4566"; port 0 takes any free one. dispatch: borrowed.
 */
bool server_start(const struct dispatch *dispatch, const char *listen, struct server **out,
                  struct error *err) FD_MUST_USE;
void server_stop(struct server *s);             /* answers that are slow on purpose are cut off */
const char *server_url(const struct server *s); /* http://127.0.0.1:PORT */

#endif
