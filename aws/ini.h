/*
 * ini.h - the format of ~/.aws/config and ~/.aws/credentials.
 *
 * Sections, `key = value`, comment lines with # or ;, and one level of indented sub-keys under a
 * key without a value. Keys are lower-cased. The values may be secrets: they are wiped when freed.
 * Source: "Configuration and credential file settings", AWS SDKs and Tools Reference Guide.
 */
#ifndef AWS_INI_H
#define AWS_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct ini;

/* A file that does not exist gives an empty ini. Errors carry file:line. */
bool ini_load(const char *path, struct ini **out, struct error *err) FD_MUST_USE;
/* `name` is used in errors. */
bool ini_parse(const char *text, size_t len, const char *name, struct ini **out,
               struct error *err) FD_MUST_USE;
void ini_free(struct ini *ini);

bool ini_has_section(const struct ini *ini, const char *section);
/* NULL when absent or empty. Borrowed from the ini. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);
const char *ini_get_nested(const struct ini *ini, const char *section, const char *key,
                           const char *sub_key);

#endif
