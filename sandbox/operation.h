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
/* "InstanceIds.member.1", ".2", ...: the same with a number from 1. */
const char *operation_numbered(const struct request *r, const char *name_fmt, size_t number);
/* Answers with an error as the form writes it, e.g. 412 "PreconditionFailedException". Returns
 * false. */
bool operation_refuse(const struct request *r, struct reply *reply, int status, const char *code,
                      const char *fmt, ...) FD_PRINTF(5, 6);
/* Answers with JSON; takes the reference. Returns true. */
bool operation_answer(struct reply *reply, int status, json_t *document);
void operation_header(struct reply *reply, const char *name, const char *value);
/* Appends text as XML character data. */
void operation_xml_text(struct buf *out, const char *text);

struct operation {
    const char *name;   /* "UpdateAlias": faults and counters go by it */
    const char *method; /* of WIRE_REST_JSON; NULL otherwise */
    const char *path;   /* of WIRE_REST_JSON: "/2015-03-31/functions/{}/aliases/{}" */
    bool is_write;
    /* False: refused, nothing was changed. True of a write: an effect, counted. */
    bool (*serve)(struct world *world, const struct request *request, struct reply *reply);
};

struct service {
    const char
        *name; /* of the signature's scope: "lambda", "monitoring", "rds", "sts", "apigateway" */
    enum wire_form form;                /* CloudWatch is WIRE_JSON_1_0, and takes WIRE_QUERY too */
    const char *target_prefix;          /* of WIRE_JSON_1_0: "GraniteServiceVersion20100801." */
    const struct operation *operations; /* ends with {0} */
};

/* Of serve_NAME.c each. */
extern const struct service serve_lambda_service, serve_cloudwatch_service;

#endif
