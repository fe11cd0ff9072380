/*
 * http_check.h - one GET or HEAD and what must be in its reply. Shared by the http probe and the
 * http step.
 */
#ifndef NET_HTTP_CHECK_H
#define NET_HTTP_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct buf;
struct cancel;
struct transport;

struct http_check {
    const char *method; /* "GET" or "HEAD"; with may_post also "POST" */
    const char *url;
    int status;             /* expected */
    const json_t *expected; /* must be contained in the reply (json_match.h); NULL = any body */
    int64_t limit_ms;       /* wall */
    bool may_post;          /* whoever wrote the check knows that it does no harm */
};

/* Appends what is wrong with an answer; nothing when it is as the check expects. Pure. */
void http_check_judge(const struct http_check *check, int status, const char *body, size_t len,
                      struct buf *wrong);
/* The method and the address can work. */
bool http_check_validate(const char *method, const char *url, struct error *err) FD_MUST_USE;
/*
 * *summary (yours, safe to show) says what was seen: "200 in 41 ms", "503, expected 200". False: no
 * whole reply came, so nothing can be told.
 */
bool http_check_run(struct transport *transport, const struct http_check *check,
                    struct cancel *cancel, bool *passed, char **summary,
                    struct error *err) FD_MUST_USE;

#endif
