/*
 * config_expand.h - `$name` in texts of a configuration: only what the configuration itself
 * defines.
 *
 * The caller's environment is never looked at. `$$` is a dollar sign; `$` before anything but a
 * letter stays as it is. Private to core/config*.c.
 */
#ifndef CORE_CONFIG_EXPAND_H
#define CORE_CONFIG_EXPAND_H

#include <stdbool.h>

#include "core/error.h"

struct environment;

struct config_scope {
    const char *project;
    const struct environment *environment; /* NULL: outside of environments */
    /* Bindings hold for every environment: names of it are checked, and filled in by probe_expand.
     */
    bool is_for_probe;
};

/* Yours. The error has no place yet. */
bool config_expand(const struct config_scope *scope, const char *text, char **out,
                   struct error *err) FD_MUST_USE;

#endif
