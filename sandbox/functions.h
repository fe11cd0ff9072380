/*
 * functions.h - Lambda functions as AWS keeps them: $LATEST, versions, aliases, revision ids.
 *
 * The rules of the service and its words of refusal are here; serve_lambda.c reads requests and
 * writes answers. Facts: AWS Lambda API reference, 2015-03-31. Thread: between world_enter and
 * world_leave.
 */
#ifndef SANDBOX_FUNCTIONS_H
#define SANDBOX_FUNCTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/world.h"

#define FUNCTIONS_DESCRIPTION_SIZE 257
#define FUNCTIONS_ARN_SIZE 320
#define FUNCTIONS_TIMEOUT_S 30

/* $LATEST (number 0), or a published version. */
struct function_version {
    int number;
    char digest[72]; /* of the image: 64 hex characters, also its CodeSha256 */
    char image_uri[512];
    char description[FUNCTIONS_DESCRIPTION_SIZE];
    char role[160], dead_letter_target[160];
    char revision_id[WORLD_UUID_SIZE];
    char next_revision_id[WORLD_UUID_SIZE]; /* of $LATEST, when its update is done; "" = none */
    int64_t modified_ms;
    int64_t ready_ms; /* Pending, or of $LATEST: its update is in progress, until then */
};

struct function_alias {
    char name[129];
    char description[FUNCTIONS_DESCRIPTION_SIZE];
    char revision_id[WORLD_UUID_SIZE];
    int version;        /* 0 = $LATEST */
    int additional;     /* 0 = no weights */
    double weight;      /* of `additional`, 0 <= weight < 1 */
    int64_t written_ms; /* the last write */
};

/* How many requests through an alias a version got since the first shift. */
struct function_tally {
    int version;
    long long requests, failed;
};

struct function {
    const struct world_place *place;
    const char *name;
    struct function_version latest;
    struct function_version *versions; /* ascending */
    size_t version_count, version_capacity;
    struct function_alias *aliases;
    size_t alias_count, alias_capacity;
    int newest_at_first; /* versions above this are new */
    bool is_shifted;     /* an alias has carried weights, or another version, since the beginning */
    bool is_disturbed;   /* the foreign change has happened */
    struct function_tally *tallies;
    size_t tally_count, tally_capacity;
    uint64_t arrived; /* real requests so far: their draws go by it */
};

/* Why AWS says no. */
struct refusal {
    int status;
    const char *code;
    char message[768];
};

struct function *functions_new(struct world *w, const struct world_place *place);
void functions_free(struct function *f);
/* What time does to all of them: updates end, other people interfere. */
void functions_settle(struct world *w);

const struct function_version *functions_version(const struct function *f,
                                                 int number);                 /* or NULL */
struct function_alias *functions_alias(struct function *f, const char *name); /* or NULL */
/* qualifier "", "$LATEST", a number or an alias; false: refused as AWS refuses it. An alias stands
 * for the version it points to. */
bool functions_resolve(struct function *f, const char *qualifier,
                       const struct function_version **out, struct refusal *no);
bool functions_is_ready(const struct world *w, const struct function_version *v);
bool functions_is_new(const struct function *f, const struct function_version *v);
/* arn:aws:lambda:...:function:NAME[:QUALIFIER] */
const char *functions_arn(const struct function *f, const char *qualifier,
                          char out[static FUNCTIONS_ARN_SIZE]);

/* revision_id and code_sha256: NULL = no precondition. */
bool functions_update_code(struct world *w, struct function *f, const char *image_uri,
                           const char *revision_id, struct refusal *no);
bool functions_publish(struct world *w, struct function *f, const char *description,
                       const char *revision_id, const char *code_sha256,
                       const struct function_version **out, struct refusal *no);

/* What a request says about an alias; NULL, and weight_count negative: it says nothing. */
struct alias_wish {
    const char *description, *version, *revision_id;
    int weight_count; /* more than one is refused; 0 takes the weights away */
    const char *additional;
    double weight;
};
/* The text of a member of a request; NULL where it is absent or null. *is_ok becomes false on
 * another type. */
const char *functions_text_member(const json_t *object, const char *name, bool *is_ok);
/* Of CreateAlias and UpdateAlias; borrows from call. False: a member has another type. */
bool functions_read_wish(const json_t *call, struct alias_wish *out);
bool functions_create_alias(struct world *w, struct function *f, const char *name,
                            const struct alias_wish *wish, const struct function_alias **out,
                            struct refusal *no);
bool functions_update_alias(struct world *w, struct function *f, const char *name,
                            const struct alias_wish *wish, const struct function_alias **out,
                            struct refusal *no);

#endif
