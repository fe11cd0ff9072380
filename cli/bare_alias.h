/*
 * bare_alias.h - an alias is put back with nothing but AWS: shown, asked, done, read back, tried
 * on. It is the last resort: what was changed between the showing and the write is gone over.
 *
 * What `rollback --lambda` does, and `rollback ENV` where the configuration or the journal fails.
 * Thread: main.
 */
#ifndef CLI_BARE_ALIAS_H
#define CLI_BARE_ALIAS_H

#include "cli/put_back.h"

struct cli;

struct bare_alias {
    struct cli *cli;
    struct aws *aws;
    struct aws *other;   /* tried where the first may not; NULL = none */
    const char *version; /* NULL = what was replaced */
    const char *actor;   /* "ana@mbp" */
    bool is_agreed;      /* nobody is asked any more */
    struct put_back p;   /* function and alias are set by the caller */
    /* out */
    struct lambda_alias after;
    bool is_changed;
    int64_t took_ms; /* wall, from the first write to the read-back */
};

bool bare_alias_put_back(struct bare_alias *b, struct error *err) FD_MUST_USE;
/* "v41 serves all traffic of fn:live; before it was v41 90 %, v42 10 %". Yours. */
char *bare_alias_outcome(const struct bare_alias *b);
/* To stderr, where the error asks for a version. */
void bare_alias_list(const struct cli *cli, struct aws *aws, const char *function,
                     const struct error *err);

#endif
