/*
 * alias.h - everything that is written to a Lambda alias, and who says there that he moves it.
 *
 * While a run moves traffic the alias's Description is `flightdeck RUN ACTOR@HOST OLD>NEW until
 * TIME`, so that every machine sees it. Each write sends version, weights and description with the
 * revision that was read before, and is read back. What somebody else wrote is never overwritten.
 * Down to the last section all is pure.
 */
#ifndef AWS_ALIAS_H
#define AWS_ALIAS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "aws/lambda.h"
#include "core/error.h"
#include "core/run.h"
#include "core/step.h"

/* ---- who moves it ---- */

struct alias_owner {
    char run[40], actor[128]; /* actor without spaces: "ana@mbp" */
    char old_version[LAMBDA_VERSION_SIZE], new_version[LAMBDA_VERSION_SIZE];
    int64_t until_ms;
    const char
        *former; /* what the alias said before, kept behind the mark; NULL = not kept there */
};

/* At most the 256 characters that AWS takes; what does not fit is cut off `former`. Yours. */
char *alias_describe(const struct alias_owner *owner);
/* False: the text is nobody's mark. */
bool alias_read_owner(const char *description, struct alias_owner *out);
/* What the owner of the alias wrote there: all of it, or what is kept behind a mark. Yours. */
char *alias_former(const char *description);
/* Stands for a run in the mark of a way back: OLD was taken back for NEW, and is not to return. */
#define ALIAS_ROLLBACK "rollback"
/* Stands for the actor there when AWS did it (dead_man.h): ALIAS_SILENCE RUN-ACTOR@HOST. */
#define ALIAS_SILENCE "silence-of-"
#define ALIAS_SILENCE_CODE "silent" /* of errors that tell it */

/* Did a dead-man switch put there what it serves? owner.actor is "silence-of-r-0142-ana@mbp" then,
 * until_ms when that was. */
bool alias_is_taken_back(const struct lambda_alias *seen, struct alias_owner *owner);

/* ---- what it serves ---- */

struct alias_layout {
    char version[LAMBDA_VERSION_SIZE];
    char additional_version[LAMBDA_VERSION_SIZE]; /* "" = no weights */
    double additional_weight;
    char description[LAMBDA_DESCRIPTION_SIZE];
};

/* All to one version. */
struct alias_layout alias_layout_whole(const char *version, const char *description);
/* `weight` (0..1) of it to another; 0 and 1 are whole. */
struct alias_layout alias_layout_split(const char *version, const char *other, double weight,
                                       const char *description);
/* Versions and weights, not the description. */
bool alias_serves(const struct lambda_alias *seen, const struct alias_layout *wanted);
/* The description too. */
bool alias_is_as(const struct lambda_alias *seen, const struct alias_layout *wanted);
/* "v41 90 %, v42 10 %". Yours. */
char *alias_split_text(const struct lambda_alias *alias);

/* For plans and intents: {"service","operation","params"}. New reference. */
json_t *alias_call(const char *function, const char *alias, const struct alias_layout *layout);
struct alias_layout alias_layout_of_call(const json_t *call);

/* All of what was read, for whoever writes next. New reference. False: it is none. */
json_t *alias_seen_json(const struct lambda_alias *alias);
bool alias_seen_of_json(const json_t *seen, struct lambda_alias *out);
/* What it was before the run's first write: to be decided, and put back. New reference. */
json_t *alias_before_json(const struct lambda_alias *alias);
struct alias_layout alias_before_layout(const json_t *before);

/* ---- whose it is ---- */

bool alias_is_write_to(const struct run_effect *e, const char *function, const char *alias);
/* Is what was seen what one of this run's own writes left there, or AWS for it? */
bool alias_is_ours(const struct run *run, const char *function, const char *alias,
                   const struct lambda_alias *seen);

/*
 * The revision that the run's last write left there: "" where one of them is in doubt, and
 * untouched where it has written nothing.
 */
void alias_own_revision(const struct run *run, const char *function, const char *alias,
                        char out[static 64]);
/* Did the dead-man switch of this run put it there? */
bool alias_is_by_silence(const struct run *run, const char *function, const char *alias,
                         const struct lambda_alias *seen);

/* ---- writing: alias_write.c ---- */

#define ALIAS_FOREIGN "somebody else changed" /* so begins what is said then */

/* ERROR_CONFLICT with AWS's code PreconditionFailedException, as alias_write says it. Always false.
 */
bool alias_refuse_foreign(const char *function, const char *alias, const struct lambda_alias *seen,
                          struct error *err);

/*
 * The effect `key`: writes, reads back. revision (in and out) is the alias's as last read. An alias
 * that somebody else changed is ERROR_CONFLICT with AWS's code PreconditionFailedException: nothing
 * was written.
 */
bool alias_write(struct step_ctx *ctx, struct aws *aws, const char *key, const char *function,
                 const char *alias, const struct alias_layout *layout, char revision[static 64],
                 struct error *err) FD_MUST_USE;

/*
 * The effect of the attempt-th write of that name ("back", "back-2", ...) by this step, beside
 * those that were done by an earlier process: they stay what they were, and the alias is looked at
 * anew. Yours.
 */
char *alias_write_key(struct step_ctx *ctx, const char *name, int attempt);

/*
 * The first read of a step that will move it, decided as "before" (borrowed from the run), with the
 * facts old_version and new_version. Refused while another run's mark stands there and its time has
 * not passed.
 */
bool alias_begin(struct step_ctx *ctx, const char *function, const char *alias,
                 const char *new_version, struct lambda_alias *seen, const json_t **before,
                 struct error *err) FD_MUST_USE;
/* All traffic stays on `version`; the description is again what it was. The effect "description".
 */
bool alias_describe_as_before(struct step_ctx *ctx, const char *function, const char *alias,
                              const char *version, const json_t *before,
                              struct error *err) FD_MUST_USE;

/*
 * With the run's sign-in; where that may not, with that of whoever asked for the way back, then
 * with that of `rollback.as`. Which one it was is said, but for the first.
 */
typedef bool alias_way_back(void *closure, struct aws *aws, struct error *err);
bool alias_go_back_as(struct step_ctx *ctx, alias_way_back *go, void *closure,
                      struct error *err) FD_MUST_USE;

/*
 * The undo of every step that moves the alias of its `resource`, from its fact `before`: in one
 * write to what it was before, description too, seen to be so. Unknown when somebody else changed
 * it meanwhile: then it is left alone.
 */
enum step_outcome alias_put_back(struct step_ctx *ctx, struct error *err);

#endif
