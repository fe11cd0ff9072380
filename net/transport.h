/*
 * transport.h - the one thread that owns the only curl multi handle.
 *
 * Any thread posts a request and waits. Connections are kept open per endpoint. Redirects are never
 * followed. A speed other than 1 (clock.h) is refused for endpoints that are not loopback.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include "net/http.h"

struct transport;
struct cancel;

bool transport_open(struct transport **out, struct error *err) FD_MUST_USE;
void transport_close(
    struct transport *t); /* ends all requests with ERROR_CANCELLED, joins the thread */
/*
 * Performs one exchange and fills *reply for every HTTP status. Fails when no whole reply came:
 * ERROR_CANCELLED, ERROR_TRANSIENT (nothing was sent: resolve, connect, TLS), ERROR_UNKNOWN (bytes
 * may have arrived; *sent tells), ERROR_INTERNAL (reply over the ceiling, not HTTP), ERROR_DENIED
 * (the server's certificate is not trusted), ERROR_USAGE (address or certificate file). error.code
 * is one of RESOLVE CONNECT TLS TLS_NOT_TRUSTED TLS_CA_FILE TIMEOUT CONNECTION_LOST TRUNCATED
 * TOO_LARGE NOT_HTTP. *reply must have been initialised; what it held is freed. The crash points
 * before-send and after-receive (core/crash.h) are here.
 */
bool transport_exchange(struct transport *t, const struct http_request *request,
                        struct cancel *cancel, struct http_reply *reply, enum http_sent *sent,
                        struct error *err) FD_MUST_USE;
/* Only loopback endpoints from now on (the demo): others fail with ERROR_USAGE before any byte. */
void transport_only_loopback(struct transport *t);
/* Keeps one connection to the origin open while it is asked for now and then. */
void transport_warm(struct transport *t, const char *origin);

#endif
