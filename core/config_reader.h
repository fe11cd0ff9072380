/*
 * config_reader.h - reads parts of a configuration by tables. Private to core/config*.c.
 *
 * One row of a table is one key: it checks the value, names the key in errors and suggestions,
 * holds the default that --explain prints, and the help. Errors get path and place here and nowhere
 * else.
 */
#ifndef CORE_CONFIG_READER_H
#define CORE_CONFIG_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/config.h"
#include "core/config_expand.h"
#include "core/error.h"

struct house;
struct yaml_tree;

struct config_reader {
    struct yaml_tree *tree;
    const struct house *house;
    struct config *config;            /* being filled in */
    struct config_scope scope;        /* what `$name` may stand for now */
    struct config_mistakes *mistakes; /* NULL: the first one ends it */
};

enum config_type {
    CONFIG_TEXT,     /* char *, expanded, never NULL afterwards */
    CONFIG_INTEGER,  /* int64_t */
    CONFIG_DURATION, /* int64_t, milliseconds */
    CONFIG_PERCENT,  /* double, 0..1 */
    CONFIG_CHOICE,   /* an enum: the number of the choice */
    CONFIG_SECTION,  /* a map whose keys are `keys`, for the same struct */
    CONFIG_OWN,      /* `read` does it */
};

struct config_key {
    const char *name;
    enum config_type type;
    size_t offset; /* of the member in the struct that the table fills in */
    bool is_required;
    const char *fallback;                               /* as it would be written; NULL = none */
    const char *help;                                   /* one line */
    const char *const *choices;                         /* CONFIG_CHOICE; NULL-terminated */
    const struct config_key *keys;                      /* CONFIG_SECTION */
    bool (*check)(const char *text, struct error *err); /* CONFIG_TEXT; the place is added */
    /*
     * CONFIG_OWN. given is NULL when the key is absent and has no fallback. What --explain shall
     * print goes to *shown (a new reference); left NULL it is what was given.
     */
    bool (*read)(struct config_reader *r, json_t *given, void *into, json_t **shown,
                 struct error *err);
};
/* Tables end with {0}. */

/* The keys of one part of the file, for the docs and their test. */
struct config_part {
    const char *path; /* "environments.NAME" */
    const struct config_key *keys;
};

/* Fills *into from an object (NULL = nothing given), row by row in the table's order; adds to
 * shown. */
bool config_reader_keys(struct config_reader *r, const struct config_key *keys, json_t *given,
                        void *into, json_t *shown, struct error *err) FD_MUST_USE;

/* The two halves of it: every key is one of the table's; one row is read. */
bool config_reader_names(struct config_reader *r, const struct config_key *keys, json_t *given,
                         struct error *err) FD_MUST_USE;
bool config_reader_key(struct config_reader *r, const struct config_key *key, json_t *given,
                       void *into, json_t *shown, struct error *err) FD_MUST_USE;
/* Keeps a mistake, and whatever does not rest on it may be read all the same. False: stop here. */
bool config_reader_goes_on(struct config_reader *r, const struct error *err);

/* A scalar that is not empty; borrowed. */
bool config_reader_text(struct config_reader *r, const json_t *value, const char **out,
                        struct error *err) FD_MUST_USE;
/* The same, expanded. Yours. */
bool config_reader_expanded(struct config_reader *r, json_t *value, char **out,
                            struct error *err) FD_MUST_USE;
bool config_reader_is_object(struct config_reader *r, const json_t *value,
                             struct error *err) FD_MUST_USE;
/* A list, or one value for a list of one: how many there are, and each. False: a map or nothing. */
bool config_reader_count(struct config_reader *r, const json_t *value, size_t *out,
                         struct error *err) FD_MUST_USE;
json_t *config_reader_at(const json_t *value, size_t index); /* borrowed */
/* Letters, digits and dashes, as environments, resources, groups and classes are called. */
bool config_reader_is_name(struct config_reader *r, const json_t *value, const char *name,
                           struct error *err) FD_MUST_USE;

/* Errors. All return false. The first sets a message at the value, the second at its key. */
bool config_reader_fail(struct config_reader *r, const json_t *value, struct error *err,
                        const char *fmt, ...) FD_PRINTF(4, 5);
bool config_reader_fail_key(struct config_reader *r, const json_t *value, struct error *err,
                            const char *fmt, ...) FD_PRINTF(4, 5);
/* Completes an error that something else set about this value: path, place. */
bool config_reader_locate(struct config_reader *r, const json_t *value, struct error *err);
/* "there is no key ..." with the nearest of the names, else all of them. */
bool config_reader_unknown(struct config_reader *r, const json_t *value, const char *what,
                           const char *word, const char *const *names, size_t count,
                           struct error *err);
/* The place of a value's key (what stands in config.h). */
struct place config_reader_place(const struct config_reader *r, const json_t *value);

#endif
