/*
 * operation.h - port: one operation of one AWS service, as the sandbox serves it.
 *
 * The server (server.c) has read the request, checked its signature, applied faults and rate
 * limits, and found the row; `serve` changes or reads the world and fills in the reply. It is
 * called with the world's lock held and the world advanced to now. Thread: any of the server's.
 */
#ifndef SANDBOX_OPERATION_H
#define SANDBOX_OPERATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"

struct world;
struct operation;
struct service;

#define OPERATION_MAX_PARTS 4
#define OPERATION_MAX_HEADERS 8

/* How a service writes its requests, answers and errors. */
enum wire_form {
    WIRE_REST_JSON, /* Lambda, API Gateway: path and JSON; errors carry x-amzn-errortype */
    WIRE_JSON_1_0,  /* CloudWatch: X-Amz-Target; errors {"__type"} */
    WIRE_QUERY,     /* STS, RDS (and CloudWatch for older clients): form in, XML out */
};

struct request {
    enum wire_form form;
    const char *method;
    const char *parts[OPERATION_MAX_PARTS]; /* what stood at each {} of the path, decoded */
    const char *body;                       /* NUL-terminated */
    size_t body_len;
    json_t *json;          /* the body, where the form is JSON and there is one; else NULL */
    const void *arguments; /* query string and form: private to operation.c */
    const char *region;    /* of the signature's scope */
    const char *user, *user_id, *account; /* whose signature it is: "ana@finally.com" */
    const struct service *service;        /* NULL when the signature names none of ours */
    const struct operation *operation;    /* NULL until it is found */
    char request_id[40];                  /* a UUID; every answer and error quotes it */
};

struct reply {
    int status; /* 200 at first */
    const char *content_type;
    struct buf body;
    struct {
        const char *name;
        char value[256];
    } headers[OPERATION_MAX_HEADERS];
    size_t header_count;
};

/* A parameter of the query string or the form, decoded; NULL when it is not there. */
const char *operation_argument(const struct request *r, const char *name);
/* The parameters in order, from 0; false at the end. */
bool operation_argument_at(const struct request *r, size_t index, const char **name,
                           const char **value);
/* Answers with an error as the form writes it, e.g. 412 "PreconditionFailedException". Returns
 * false. */
bool operation_refuse(const struct request *r, struct reply *reply, int status, const char *code,
                      const char *fmt, ...) FD_PRINTF(5, 6);
/* Answers with JSON; takes the reference. Returns true. */
bool operation_answer(struct reply *reply, int status, json_t *document);
void operation_header(struct reply *reply, const char *name, const char *value);
/* Appends text as XML character data. */
void operation_xml_text(struct buf *out, const char *text);

/* Answers in WIRE_QUERY: <NameResponse><NameResult>, what the caller appends, and the rest. */
void operation_xml_begin(const struct request *r, struct reply *reply);
void operation_xml_element(struct buf *out, const char *name, const char *text);
bool operation_xml_end(const struct request *r, struct reply *reply); /* returns true */

struct operation {
    const char *name;   /* "UpdateAlias": faults and counters go by it */
    const char *method; /* of WIRE_REST_JSON; NULL otherwise */
    const char *path;   /* of WIRE_REST_JSON: "/2015-03-31/functions/{}/aliases/{}" */
    bool is_write;
    const char *target; /* of a write in WIRE_QUERY: the argument that names what it changes; the
                           parts of the path name it otherwise */
    /* False: refused, nothing was changed. True of a write: an effect, counted. */
    bool (*serve)(struct world *world, const struct request *request, struct reply *reply);
};

struct service {
    const char
        *name; /* of the signature's scope: "lambda", "monitoring", "rds", "sts", "apigateway" */
    enum wire_form form;                /* CloudWatch is WIRE_JSON_1_0, and takes WIRE_QUERY too */
    const char *target_prefix;          /* of WIRE_JSON_1_0: "GraniteServiceVersion20100801." */
    const struct operation *operations; /* ends with {0} */
    const char *xml_namespace;          /* of answers in WIRE_QUERY */
};

/*
 * For the server, and for tests of one service: what a request on the wire is. The uri is the path
 * and the query as sent; target is X-Amz-Target or NULL. Copies what it needs, but borrows body.
 * `out` is to be cleared in any case. NULL: it is none of the service, or it cannot be read, and
 * *reply says so.
 */
struct wire_request {
    const char *method, *uri;
    const char *content_type, *target; /* NULL where there is none */
    const char *body;                  /* NUL-terminated */
    size_t body_len;
};
const struct operation *operation_read(const struct service *service,
                                       const struct wire_request *wire, struct request *out,
                                       struct reply *reply);
/* The form alone: enough to refuse in the right words. service: or NULL. Nothing to clear. */
void operation_guess(const struct service *service, const struct wire_request *wire,
                     struct request *out);
/* A request to no service of AWS: its query string, and plain JSON back. */
void operation_read_plain(const struct wire_request *wire, struct request *out);
void operation_request_clear(struct request *r);
void operation_reply_init(struct reply *reply);
void operation_reply_clear(struct reply *reply);
/* "finally-prod-api/production": what the request is about. */
void operation_target(const struct request *r, struct buf *out);

#endif
