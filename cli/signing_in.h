/*
 * signing_in.h - signs in at the terminal with the AWS CLI, which asks for what it needs: a
 * browser, a code. Its keys stay in memory.
 *
 * Source: `aws configure export-credentials --format process` (AWS CLI 2.9 on), whose output
 * is that of credential_process.
 */
#ifndef CLI_SIGNING_IN_H
#define CLI_SIGNING_IN_H

#include <jansson.h>

#include "core/error.h"

/* For the thread that has the terminal, and draws nothing meanwhile. *keys: {"AWS_...": value},
 * secrets, a new reference. */
bool signing_in(const char *profile, json_t **keys, struct error *err) FD_MUST_USE;

#endif
