/*
 * rough_config.h - what a configuration that cannot be used still says about an alias.
 *
 * Only for going back: a mistake somewhere in the file is no reason to leave users on a bad
 * version.
 */
#ifndef CLI_ROUGH_CONFIG_H
#define CLI_ROUGH_CONFIG_H

#include <stdbool.h>

#include "aws/lambda.h"

struct rough_place {
    char function[LAMBDA_NAME_SIZE], alias[132]; /* "" = not found */
    char region[32], account[16];
    bool is_sure; /* the file is YAML and what they are is known: it may be acted on */
};

/* The first function of the environment; name NULL = the only environment. */
void rough_config_read(const char *path, const char *name, struct rough_place *out);

#endif
