/*
 * answer.h - finds AWS's error code and message in whatever body came: JSON, XML or a proxy's HTML.
 */
#ifndef AWS_ANSWER_H
#define AWS_ANSWER_H

#include <stddef.h>

struct http_reply;

struct answer_error {
    char code[64];     /* "" when the body had none */
    char message[400]; /* safe for a terminal; never "" */
};

/* Also used on answers that are no error: the code is "" then. */
void answer_read_error(const struct http_reply *reply, struct answer_error *out);
/* The service's id of the request, "" when it gave none. */
void answer_request_id(const struct http_reply *reply, char *out, size_t size);

#endif
