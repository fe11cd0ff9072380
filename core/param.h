/*
 * param.h - one table row per parameter: it drives the configuration's checks, `help` and the docs.
 */
#ifndef CORE_PARAM_H
#define CORE_PARAM_H

#include <stdbool.h>

enum param_type {
    PARAM_TEXT,
    PARAM_INTEGER,
    PARAM_BOOL,
    PARAM_DURATION,  /* "30m", "24h", "90s": stored as integer milliseconds */
    PARAM_PERCENT,   /* "5%": stored as a real 0..1 */
    PARAM_TEXT_LIST, /* a list of text, or one text */
    PARAM_RESOURCE,  /* the name of a resource of the environment */
    PARAM_JSON,      /* any value; the kind's own check looks at it */
};

struct param {
    const char *name;
    enum param_type type;
    bool is_required;
    const char *fallback; /* as it would be written, or NULL */
    const char *help;     /* one line */
    const char *of;       /* PARAM_RESOURCE: only of this kind ("lambda"); NULL = any */
};
/*
 * Tables end with {0}. The first row is what the short form sets: `- wait: 5m`, `{http: URL}`.
 * A text called `command` is a command line that this computer will run: config_commands lists it.
 * A required PARAM_RESOURCE that is left out is the only resource of its kind, where there is one.
 */

#endif
