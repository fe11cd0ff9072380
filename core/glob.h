/*
 * glob.h - patterns for paths, as in .gitignore files.
 *
 * `*` and `?` stop at '/', `**` does not; "docs/" followed by two stars and "/x" also fits
 * "docs/x". Everything else stands for itself.
 */
#ifndef CORE_GLOB_H
#define CORE_GLOB_H

#include <stdbool.h>

/* The whole path must fit. Time grows with the product of both lengths, whatever the pattern. */
bool glob_matches(const char *pattern, const char *path);

#endif
