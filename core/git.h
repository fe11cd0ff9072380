/*
 * git.h - questions to the repository that holds the configuration. Reads only, never the network.
 *
 * `directory` is inside the work tree; paths in answers are relative to it, and files outside of it
 * do not count. Errors say what git said. Thread: any; blocks while git runs (at most 30 s).
 */
#ifndef CORE_GIT_H
#define CORE_GIT_H

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct cancel;

struct git {
    const char *directory;
    struct cancel *cancel; /* may be NULL */
};

/* The full commit id of a revision ("HEAD", "origin/main"). ERROR_NOT_FOUND when there is none.
 * Yours. */
bool git_commit(const struct git *git, const char *revision, char **out,
                struct error *err) FD_MUST_USE;
/* Where HEAD left the revision. Yours. */
bool git_merge_base(const struct git *git, const char *revision, char **out,
                    struct error *err) FD_MUST_USE;
/* Files that HEAD changed since it left base. New array of text. */
bool git_changed_files(const struct git *git, const char *base, json_t **out,
                       struct error *err) FD_MUST_USE;
/* Files in the work tree that differ from HEAD or are not in it. New array of text. */
bool git_uncommitted_files(const struct git *git, json_t **out, struct error *err) FD_MUST_USE;
/* True in *out when HEAD has every commit of the revision. */
bool git_contains(const struct git *git, const char *revision, bool *out,
                  struct error *err) FD_MUST_USE;

#endif
