/*
 * put_back.h - puts an alias back with nothing but AWS: no configuration, no journal, no
 * repository.
 *
 * The way of the last resort, so it tries on: a revision that changed meanwhile is read again, an
 * answer that was lost is looked up in the alias. Thread: any; blocks; a signal
 * ends its reads.
 */
#ifndef CLI_PUT_BACK_H
#define CLI_PUT_BACK_H

#include <stdint.h>

#include "aws/lambda.h"
#include "core/error.h"

struct put_back {
    char function[LAMBDA_NAME_SIZE], alias[132];
    struct lambda_alias before;
    char target[LAMBDA_VERSION_SIZE];          /* the version that is to take everything */
    char why[200];                             /* how the target was found */
    char description[LAMBDA_DESCRIPTION_SIZE]; /* what the alias is to say afterwards */
};

/* "FUNCTION:ALIAS"; the function may be an ARN. */
bool put_back_parse(const char *text, struct put_back *out, struct error *err) FD_MUST_USE;
/* Reads what the alias serves now. */
bool put_back_read(struct put_back *p, struct aws *aws, struct error *err) FD_MUST_USE;
/*
 * Settles the target: `version`, which must be there, or NULL for what the alias and its version
 * say was replaced. Code "which-version": a person has to name it; put_back_versions lists them.
 */
bool put_back_choose(struct put_back *p, struct aws *aws, const char *version,
                     struct error *err) FD_MUST_USE;
/* put_back_read, put_back_choose, and what the alias is to say afterwards. */
bool put_back_prepare(struct put_back *p, struct aws *aws, const char *version, const char *actor,
                      struct error *err) FD_MUST_USE;
bool put_back_is_needed(const struct put_back *p);
/* Writes and reads back; true only when AWS was seen to serve the target alone. *after is what was
 * read. */
bool put_back_carry_out(struct put_back *p, struct aws *aws, struct lambda_alias *after,
                        struct error *err) FD_MUST_USE;
/* The newest versions with their dates and descriptions, a line each; NULL when they could not be
 * read. Yours. */
char *put_back_versions(struct aws *aws, const char *function);

#endif
