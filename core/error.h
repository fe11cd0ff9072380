/*
 * error.h - one error value, carried by the caller.
 *
 * A function that can fail returns bool and takes `struct error *err` last.
 * false always means *err is filled in; true means it is untouched.
 * The struct owns nothing, so it is copied by assignment and never freed.
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdbool.h>

enum error_kind {
    ERROR_NONE,
    ERROR_USAGE,     /* the configuration, the plan or a flag is wrong: fix the input */
    ERROR_DENIED,    /* credentials or policy */
    ERROR_NOT_FOUND, /* the named thing does not exist */
    ERROR_CONFLICT,  /* someone else is changing it, or a precondition failed: read it again */
    ERROR_TRANSIENT, /* nothing was changed: retry now */
    ERROR_UNKNOWN, /* a write was sent and no answer came, or 5xx: read back, never send blindly */
    ERROR_CANCELLED, /* a person or a deadline ended the wait */
    ERROR_REFUSED,   /* the world said no: a limit, a gate, a failed check */
    ERROR_INTERNAL,  /* our bug, or an answer we cannot parse */
};

struct error {
    enum error_kind kind; /* what the caller can do */
    char code[64];        /* theirs: "ResourceConflictException", "23505", "ECONNREFUSED" */
    char message[512];    /* one line, lower case, no full stop */
    char hint[256];       /* a sentence on what to try, or "" */
    char at[256];         /* file:line:col for bad input, or "" */
};

#define FD_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define FD_MUST_USE __attribute__((warn_unused_result))
/* Says that a failure does not matter here; gcc does not take a cast to void alone for that. */
#define FD_IGNORE(call) ((void)!(call))

/* Fills *err (code, hint and place are cleared). Always returns false. */
bool error_set(struct error *err, enum error_kind kind, const char *fmt, ...) FD_PRINTF(3, 4);
/* Puts "context: " before the message. Always returns false. */
bool error_wrap(struct error *err, const char *fmt, ...) FD_PRINTF(2, 3);
/* These add to an error that is set already. Always return false. */
bool error_code(struct error *err, const char *code);
bool error_hint(struct error *err, const char *fmt, ...) FD_PRINTF(2, 3);
bool error_at(struct error *err, const char *file, int line, int column);
/* "usage", "denied", ... as `--json` spells it. */
const char *error_kind_name(enum error_kind kind);

#endif
