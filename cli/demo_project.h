/*
 * demo_project.h - the FinAlly example as a throw-away git repository, one commit ahead of its
 * branch.
 */
#ifndef CLI_DEMO_PROJECT_H
#define CLI_DEMO_PROJECT_H

#include "core/error.h"

/* Makes DIRECTORY/finally from the installed or the source's example. *out is its path, yours. */
bool demo_project_make(const char *directory, char **out, struct error *err) FD_MUST_USE;

#endif
