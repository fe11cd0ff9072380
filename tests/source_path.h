/*
 * source_path.h - files of the repository, from wherever a test runs.
 *
 * CTest says where the sources are (SOURCE_DIR); by hand it is the current folder.
 */
#ifndef TESTS_SOURCE_PATH_H
#define TESTS_SOURCE_PATH_H

#include <stdlib.h>

#include "core/mem.h"

/* "examples/finally/DEPLOYMENT.md". Yours. */
static inline char *source_path(const char *file)
{
    const char *root = getenv("SOURCE_DIR");
    return xasprintf("%s/%s", root != NULL ? root : ".", file);
}

#endif
