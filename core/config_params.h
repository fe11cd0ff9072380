/*
 * config_params.h - reads parameters by the tables of param.h. Private to core/config*.c.
 */
#ifndef CORE_CONFIG_PARAMS_H
#define CORE_CONFIG_PARAMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/param.h"

struct config_reader;

struct config_params {
    const struct param *params;
    const char *kind;          /* its key: whose value is the first parameter */
    const char *what;          /* "step", "probe": for errors */
    const char *const *beside; /* other keys that may stand there; NULL-terminated */
    bool shows_expanded;       /* --explain prints what `$name` stands for */
};

/*
 * The kind's key and its parameters in one map: {deploy: api, image: x}. *out is a new object of
 * checked and expanded values with defaults; shown (may be NULL) gets what --explain prints.
 * Resources are looked up in the environment of the reader's scope.
 */
bool config_params_read(struct config_reader *r, const struct config_params *table, json_t *given,
                        json_t **out, json_t *shown, struct error *err) FD_MUST_USE;

#endif
