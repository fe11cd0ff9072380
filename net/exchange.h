/*
 * exchange.h - one request on its way through curl: its options, its callbacks and how it ended.
 *
 * Private to net/: transport.c decides when an exchange starts and ends, exchange.c how it looks.
 * Thread: made by the caller; from being posted until done_fd fires everything in it but
 * `is_cancel_asked` belongs to the transport thread; then to the caller again.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "net/http.h"

struct exchange {
    struct exchange *next;              /* in a list of the transport */
    const struct http_request *request; /* borrowed from the waiting caller, or &own_request */
    struct http_request own_request;    /* of a warm-up, which nobody waits for */
    bool is_detached;                   /* a warm-up: freed by the thread */
    bool is_loopback;                   /* never through a proxy */
    bool is_plain;                      /* http:// */
    CURL *easy;
    struct curl_slist *header_list;
    char *target; /* path?query, sent byte for byte */
    char *origin; /* scheme://host[:port], for messages */
    struct http_reply reply;
    size_t header_bytes;
    size_t body_bytes_out;
    int times_started;   /* how often curl was about to write the request */
    bool has_header_end; /* the empty line behind the headers came */
    bool is_over_ceiling;
    bool is_repeat_refused;
    atomic_bool is_cancel_asked; /* set by the caller, or by transport_close */
    bool is_ok;
    struct error err;
    char curl_text[CURL_ERROR_SIZE];
    int done_fd;
};

/* The request is borrowed and must outlive the exchange. */
struct exchange *exchange_new(const struct http_request *request);
/* A request that nobody waits for; it is the exchange's own. */
struct exchange *exchange_new_detached(const char *method, const char *url, int64_t limit_ms);
void exchange_free(struct exchange *x);
/* Makes x->easy with all its options; false when curl is out of handles. */
bool exchange_open_handle(struct exchange *x);
/* Judges what curl says and what arrived: fills reply, is_ok and err. */
void exchange_finish(struct exchange *x, CURLcode code);

#endif
