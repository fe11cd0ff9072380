/*
 * sliding.h - a hand on the slider: which version, may it move, and the run of one step that moves
 * it. Asks and tells nobody. For the verb and for the console.
 */
#ifndef CLI_SLIDING_H
#define CLI_SLIDING_H

#include <jansson.h>
#include <stdbool.h>

#include "aws/alias.h"
#include "aws/lambda.h"
#include "cli/by_hand.h"
#include "core/error.h"

struct aws;
struct journal;

struct slide {
    const struct environment *environment;
    const struct resource *api;
    double weight; /* wanted, 0..1 */
    struct lambda_alias alias;
    char version[LAMBDA_VERSION_SIZE]; /* the new one */
};

bool sliding_read(struct slide *s, struct aws *aws, struct error *err) FD_MUST_USE;
/* The one that is named, else the one that has a share now, else the newest that is not serving. */
bool sliding_choose(struct slide *s, struct aws *aws, const char *version,
                    struct error *err) FD_MUST_USE;
/* What the new version has now. */
double sliding_share(const struct slide *s);
/* What would be written, its description apart. ERROR_REFUSED: there is no place for it. */
bool sliding_layout(const struct slide *s, struct alias_layout *out, struct error *err) FD_MUST_USE;
/* A run under way moves the traffic itself. */
bool sliding_is_free(struct journal *journal, const char *environment,
                     struct error *err) FD_MUST_USE;
/* Less for the new version is going back, which no lock, window or freeze stops. override: its
 * reason, or NULL; journal NULL: there is none, so nothing is locked. */
bool sliding_may_move(const struct slide *s, struct journal *journal, const char *override,
                      struct error *err) FD_MUST_USE;
/* Both yours. */
bool sliding_plan(const struct slide *s, const struct config *config, struct by_hand *hand,
                  json_t **plan, struct error *err) FD_MUST_USE;

#endif
